package condition

import (
	"context"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/functions"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// An evaluation has a budget, and what could take long pays from it before it is done. CEL has a cost limit of its
// own, which is of no use here: it charges for a call after it was made (one replace could make a terabyte first), for
// many calls the same whatever they are given (an == may compare a million elements), for some loops nothing; and the
// list in which it looks up what things cost grows with every step of a loop, so that keeping the account takes the
// square of the time of the work.
//
// A condition without loops evaluates each of its nodes at most once, and there are no more nodes than words. So
// there only calls pay whose time depends on what they are given; in loops every call and every step does.

// meter is what is left of the budget of one evaluation, and the context that may end it before that is used up.
type meter struct {
	ctx  context.Context
	left int
	next int // the context is asked when no more than this is left
}

func newMeter(ctx context.Context) meter { return meter{ctx, MaxCost, MaxCost - askEvery} }

// meterName is the variable through which calls find the meter: no source can write it.
const meterName = "@meter"

// meterOf returns the meter of an evaluation.
func meterOf(frame *interpreter.ExecutionFrame) *meter {
	found, _ := frame.ResolveName(meterName)
	if m, ok := found.(*meter); ok {
		return m
	}
	return &meter{left: -1} // which pays for nothing
}

// pay takes a cost from the budget. When the budget does not allow it, or the context is done, the evaluation ends: by
// the panic with which CEL's own limits end one, and which CEL recovers. An error would not do, for exists and ||
// absorb errors, and the loop would go on.
func (m *meter) pay(cost int) {
	if cost < 0 || cost > m.left {
		panic(interpreter.EvalCancelledError{Cause: interpreter.CostLimitExceeded, Message: ErrCost.Error()})
	}
	if m.left -= cost; m.left <= m.next {
		m.next = m.left - askEvery
		if m.ctx.Err() != nil {
			panic(interpreter.EvalCancelledError{Cause: interpreter.ContextCancelled, Message: doneMessage})
		}
	}
}

// price says what a call will cost, and why it cannot be made, if it cannot. It is paid in either case.
type price func(args []ref.Val) (int, error)

// walk is a call that pays as it goes, for what it comes to look at.
type walk func(m *meter, args []ref.Val) ref.Val

// priced makes a call that pays before it is made.
func priced(price price, impl functions.FunctionOp) walk {
	return func(m *meter, args []ref.Val) ref.Val {
		cost, err := price(args)
		m.pay(cost)
		if err != nil {
			return types.WrapErr(err)
		}
		return impl(args...)
	}
}

// metered is a call that pays.
type metered struct {
	id   int64
	args []interpreter.InterpretableV2
	call walk
}

var _ interpreter.InterpretableCall = (*metered)(nil)

func (m *metered) ID() int64                                { return m.id }
func (m *metered) Args() []interpreter.InterpretableV2      { return m.args }
func (m *metered) Function() string                         { return "@metered" } // no optimizer of CEL's knows it
func (m *metered) OverloadID() string                       { return "" }
func (m *metered) Eval(vars interpreter.Activation) ref.Val { return m.Exec(interpreter.AsFrame(vars)) }

// Exec evaluates the arguments, pays and calls. An argument that is an error is the result.
func (m *metered) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	args := make([]ref.Val, len(m.args))
	for i, arg := range m.args {
		if args[i] = arg.Exec(frame); types.IsUnknownOrError(args[i]) {
			return args[i]
		}
	}
	return types.LabelErrNode(m.id, unshared(m.call(meterOf(frame), args)))
}

// sharedError is one of the errors that CEL keeps for all its users.
type sharedError struct{ error }

// unshared replaces an error that has no node yet by one that only this evaluation has. CEL keeps two errors that all
// evaluations share, its host's own included, and would write into them where this one failed: a race, and a wrong
// place for all but the first.
func unshared(v ref.Val) ref.Val {
	if err, ok := v.(*types.Err); ok && err.NodeID() == 0 {
		return types.WrapErr(sharedError{err})
	}
	return v
}

// Unwrap returns CEL's error.
func (e sharedError) Unwrap() error { return e.error }

// tolled is what a loop evaluates at each of its steps: it pays for the step.
type tolled struct {
	interpreter.InterpretableV2
	toll int
}

// Exec pays and goes on.
func (t *tolled) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	meterOf(frame).pay(t.toll)
	return t.InterpretableV2.Exec(frame)
}

// Eval is Exec over variables.
func (t *tolled) Eval(vars interpreter.Activation) ref.Val { return t.Exec(interpreter.AsFrame(vars)) }

// sought is what is looked up in a map or in a set, which goes over all of a text: it pays for its length.
type sought struct{ interpreter.InterpretableV2 }

// Exec pays and hands on.
func (s *sought) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	v := s.InterpretableV2.Exec(frame)
	if n := length(v); n >= perLookup {
		meterOf(frame).pay(n / perLookup)
	}
	return v
}

// Eval is Exec over variables.
func (s *sought) Eval(vars interpreter.Activation) ref.Val { return s.Exec(interpreter.AsFrame(vars)) }

// plan is what the metering of one program needs to know of it.
type plan struct {
	checked  *ast.AST
	nodes    map[int64]ast.Expr
	looped   map[int64]bool // nodes within a loop
	tolls    map[int64]int  // of the nodes that loops evaluate at each step
	sought   map[int64]bool // what is looked up in a map or a set, in a loop
	bindings map[string]functions.FunctionOp
	direct   map[string]*functions.Overload
}

// newPlan notes what the evaluation of a program has to pay for.
func newPlan(checked *ast.AST) (*plan, error) {
	b, err := standard()
	if err != nil {
		return nil, err
	}
	p := &plan{checked, map[int64]ast.Expr{}, map[int64]bool{}, map[int64]int{}, map[int64]bool{}, b.bindings, b.direct}
	p.note(checked.Expr(), false)
	return p, nil
}

// options are how CEL evaluates a program.
func (p *plan) options() []cel.ProgramOption {
	return []cel.ProgramOption{
		cel.CustomDecoratorV2(p.decorate),
		cel.EvalOptions(cel.OptOptimize),
	}
}

func (p *plan) note(e ast.Expr, looped bool) {
	p.nodes[e.ID()], p.looped[e.ID()] = e, looped
	children(e, func(child ast.Expr, declared ...string) { p.note(child, looped || len(declared) > 0) })
	switch {
	case looped && e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Index:
		p.sought[e.AsCall().Args()[1].ID()] = true
	case looped && e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.In:
		p.sought[e.AsCall().Args()[0].ID()] = true
	case looped && e.Kind() == ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			p.sought[entry.AsMapEntry().Key().ID()] = true
		}
	case e.Kind() == ast.ComprehensionKind:
		loop := e.AsComprehension()
		p.tolls[loop.LoopCondition().ID()] = 1 + steepness(loop.LoopCondition()) + steepness(loop.LoopStep())
	}
}

// steepness is what evaluating an expression costs, whatever its values: by its nodes. A loop within it pays for its
// own steps.
func steepness(e ast.Expr) int {
	cost := 1
	switch e.Kind() {
	case ast.ListKind:
		cost = 4
	case ast.MapKind: // whose keys are sorted
		cost = 10 + 10*e.AsMap().Size()
	case ast.SelectKind:
		cost = 2
	case ast.CallKind: // may be an index, which looks into a map
		cost = 3
	case ast.ComprehensionKind:
		loop := e.AsComprehension()
		return 5 + steepness(loop.IterRange()) + steepness(loop.AccuInit()) + steepness(loop.Result())
	}
	children(e, func(child ast.Expr, _ ...string) { cost += steepness(child) })
	return cost
}

// decorate replaces what has to pay.
func (p *plan) decorate(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	if call, ok := i.(interpreter.InterpretableCall); ok && p.nodes[i.ID()] != nil {
		guarded, err := p.guard(call, p.nodes[i.ID()])
		if err != nil {
			return nil, err
		}
		i = guarded
	}
	if literal, ok := i.(interpreter.InterpretableConstructor); ok && literal.Type() == types.MapType {
		i = orderedMap(literal)
	}
	if _, constant := i.(interpreter.InterpretableConst); p.sought[i.ID()] && !constant {
		i = &sought{i}
	}
	if toll := p.tolls[i.ID()]; toll > 0 {
		return &tolled{i, toll}, nil
	}
	return i, nil
}
