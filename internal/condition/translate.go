package condition

import (
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/functions"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// A condition without loops and patterns is translated to closures, one for each of its nodes and each for the Go type
// of its value, which evaluate it in a tenth of the time and without memory. CEL decides what they mean: where they
// fail, it evaluates the condition again, and says why in its words; and what they cannot do, or could cost more than
// an evaluation may, is evaluated by CEL alone. So they need neither a meter nor places nor errors, only "it failed".

// The closures, by what they yield. What fails yields false, and of a value nil.
type (
	boolOf   func(Facts) (bool, bool)
	textOf   func(Facts) (string, bool)
	intOf    func(Facts) (int64, bool)
	doubleOf func(Facts) (float64, bool)
	timeOf   func(Facts) (time.Time, bool)
	spanOf   func(Facts) (time.Duration, bool)
	objectOf func(Facts) (*Object, People, bool) // whom to ask for it, and for whom it names
	listOf   func(Facts) (*list, People, bool)   // likewise for its elements; nil: whom they were made with
	valueOf  func(Facts) ref.Val                 // of any type
)

// translator makes the closures of one condition.
type translator struct {
	*plan
	env       *Env
	roots     map[int64]int     // nodes that are variables
	constants map[int64]ref.Val // what was folded; nil for what is not constant
	refused   bool              // a node cannot be translated, so that the condition is not
}

// translate returns the condition as a closure, or nil when it cannot be translated.
func (e *Env) translate(p *plan, roots map[int64]int) boolOf {
	if cost, ok := p.worst(); !ok || cost > MaxCost {
		return nil
	}
	t := &translator{plan: p, env: e, roots: roots, constants: map[int64]ref.Val{}}
	if run := t.bool(p.checked.Expr()); !t.refused {
		return run
	}
	return nil
}

func (t *translator) refuse() valueOf {
	t.refused = true
	return func(Facts) ref.Val { return nil }
}

func (t *translator) typeOf(e ast.Expr) *types.Type { return t.checked.GetType(e.ID()) }

// arguments returns the arguments of a call, its target first.
func arguments(call ast.CallExpr) []ast.Expr {
	if call.IsMemberFunction() {
		return append([]ast.Expr{call.Target()}, call.Args()...)
	}
	return call.Args()
}

// overload returns which function a call is of: sound has seen to it that there is one.
func (p *plan) overload(e ast.Expr) string { return p.checked.GetOverloadIDs(e.ID())[0] }

// constant returns the value of an expression that reads no variable, once for all evaluations. What fails is not
// folded: an evaluation may not come to it.
func (t *translator) constant(e ast.Expr) ref.Val {
	if e.Kind() == ast.LiteralKind {
		return e.AsLiteral()
	}
	if v, done := t.constants[e.ID()]; done {
		return v
	}
	t.constants[e.ID()] = nil
	if !t.variable(e) {
		t.constants[e.ID()] = t.made(e)(noFacts)
	}
	return t.constants[e.ID()]
}

var noFacts = Facts{Around: &nothing}

// variable reports whether a variable stands beneath an expression.
func (t *translator) variable(e ast.Expr) (found bool) {
	if e.Kind() == ast.IdentKind {
		return true
	}
	children(e, func(child ast.Expr, _ ...string) { found = found || t.variable(child) })
	return found
}

// value translates an expression of any type.
func (t *translator) value(e ast.Expr) valueOf {
	if v := t.constant(e); v != nil {
		return func(Facts) ref.Val { return v }
	}
	return t.made(e)
}

// made is value without folding.
func (t *translator) made(e ast.Expr) valueOf {
	switch e.Kind() {
	case ast.IdentKind:
		return t.boxedObject(e)
	case ast.SelectKind:
		return t.selected(e)
	case ast.ListKind:
		return t.listLiteral(e)
	case ast.MapKind:
		return t.mapLiteral(e)
	case ast.CallKind:
		return t.called(e)
	}
	return t.refuse()
}

func (t *translator) called(e ast.Expr) valueOf {
	call := e.AsCall()
	switch call.FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Equals, operators.NotEquals, operators.In:
		return boxedBool(t.boolCall(e))
	case operators.Conditional:
		when, then, otherwise := t.bool(call.Args()[0]), t.value(call.Args()[1]), t.value(call.Args()[2])
		return func(f Facts) ref.Val {
			holds, ok := when(f)
			switch {
			case !ok:
				return nil
			case holds:
				return then(f)
			}
			return otherwise(f)
		}
	case operators.Index:
		return t.indexed(e)
	}
	switch t.overload(e) {
	case setContains, setEquivalent, setIntersects:
		return boxedBool(t.boolCall(e))
	}
	return t.function(e)
}

// function translates a call of a function to one of CEL's own, or of what stands in for it, on values.
func (t *translator) function(e ast.Expr) valueOf {
	call, overload := e.AsCall(), t.overload(e)
	impl, price := t.plan.function(call.FunctionName(), overload)
	if impl == nil || overload == overloads.Matches || overload == overloads.MatchesString {
		return t.refuse()
	}
	if t.typeOf(e).Kind() == types.ListKind {
		of := impl
		impl = func(args ...ref.Val) ref.Val { return ownList(of(args...)) }
	}
	var args []valueOf
	for _, arg := range arguments(call) {
		args = append(args, t.value(arg))
	}
	if direct := t.plan.direct[overload]; direct != nil && price == nil && t.typeOf(e).Kind() != types.ListKind {
		switch {
		case len(args) == 1 && direct.Unary != nil:
			return unary(direct.Unary, args[0])
		case len(args) == 2 && direct.Binary != nil:
			return binary(direct.Binary, args[0], args[1])
		}
	}
	return func(f Facts) ref.Val {
		values := make([]ref.Val, len(args))
		for i, arg := range args {
			if values[i] = arg(f); values[i] == nil {
				return nil
			}
		}
		if price != nil { // which says what cannot be done
			if _, err := price(values); err != nil {
				return nil
			}
		}
		return succeeded(impl(values...))
	}
}

func unary(call functions.UnaryOp, arg valueOf) valueOf {
	return func(f Facts) ref.Val {
		if v := arg(f); v != nil {
			return succeeded(call(v))
		}
		return nil
	}
}

func binary(call functions.BinaryOp, left, right valueOf) valueOf {
	return func(f Facts) ref.Val {
		a := left(f)
		if a == nil {
			return nil
		}
		if b := right(f); b != nil {
			return succeeded(call(a, b))
		}
		return nil
	}
}

// succeeded returns what a function of CEL's yields, and nil for an error.
func succeeded(v ref.Val) ref.Val {
	if types.IsUnknownOrError(v) {
		return nil
	}
	return v
}

func boxedBool(of boolOf) valueOf {
	return func(f Facts) ref.Val {
		if v, ok := of(f); ok {
			return types.Bool(v)
		}
		return nil
	}
}
