package condition

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/functions"
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

// meter is what is left of the budget of one evaluation.
type meter struct{ left int }

// meterName is the variable through which calls find the meter: no source can write it.
const meterName = "@meter"

// pay takes a cost from the budget. When the budget does not allow it the evaluation ends: by the panic with which
// CEL's own limits end one, and which CEL recovers. An error would not do, for exists and || absorb errors, and the
// loop would go on.
func pay(frame *interpreter.ExecutionFrame, cost int) {
	budget, _ := frame.ResolveName(meterName)
	m, ok := budget.(*meter)
	if !ok || cost < 0 || cost > m.left {
		panic(interpreter.EvalCancelledError{Cause: interpreter.CostLimitExceeded, Message: ErrCost.Error()})
	}
	m.left -= cost
}

// price says what a call will cost, and why it cannot be made, if it cannot. It is paid in either case.
type price func(args []ref.Val) (int, error)

// metered is a call that is paid before it is made.
type metered struct {
	id    int64
	args  []interpreter.InterpretableV2
	price price
	impl  functions.FunctionOp
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
	cost, err := m.price(args)
	pay(frame, cost)
	if err != nil {
		return types.LabelErrNode(m.id, types.WrapErr(err))
	}
	return types.LabelErrNode(m.id, m.impl(args...))
}

// tolled is what a loop evaluates at each of its steps: it pays for the step.
type tolled struct {
	interpreter.InterpretableV2
	toll int
}

// Exec pays and goes on.
func (t *tolled) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	pay(frame, t.toll)
	return t.InterpretableV2.Exec(frame)
}

// Eval is Exec over variables.
func (t *tolled) Eval(vars interpreter.Activation) ref.Val { return t.Exec(interpreter.AsFrame(vars)) }

// plan is what the metering of one program needs to know of it.
type plan struct {
	checked  *ast.AST
	nodes    map[int64]ast.Expr
	looped   map[int64]bool // nodes within a loop
	tolls    map[int64]int  // of the nodes that loops evaluate at each step
	bindings map[string]functions.FunctionOp
}

// options are how a program is evaluated.
func (e *Env) options(checked *ast.AST) ([]cel.ProgramOption, error) {
	b, err := standard()
	if err != nil {
		return nil, err
	}
	p := &plan{checked, map[int64]ast.Expr{}, map[int64]bool{}, map[int64]int{}, b.bindings}
	p.note(checked.Expr(), false)
	return []cel.ProgramOption{
		cel.CustomDecoratorV2(p.decorate),
		cel.EvalOptions(cel.OptOptimize),
		cel.InterruptCheckFrequency(interruptEvery),
	}, nil
}

func (p *plan) note(e ast.Expr, looped bool) {
	p.nodes[e.ID()], p.looped[e.ID()] = e, looped
	children(e, func(child ast.Expr, declared ...string) { p.note(child, looped || len(declared) > 0) })
	if e.Kind() == ast.ComprehensionKind {
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
		cost = 10 + 5*e.AsMap().Size()
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
	if toll := p.tolls[i.ID()]; toll > 0 {
		return &tolled{i, toll}, nil
	}
	return i, nil
}
