package condition

import (
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// bool translates an expression that yields true or false.
func (t *translator) bool(e ast.Expr) boolOf {
	if v, ok := t.constant(e).(types.Bool); ok {
		return func(Facts) (bool, bool) { return bool(v), true }
	}
	switch e.Kind() {
	case ast.SelectKind:
		if e.AsSelect().IsTestOnly() {
			return t.has(e)
		}
		if d := t.direct(e); d != nil {
			return func(f Facts) (bool, bool) {
				v, _ := d.read(f)
				b, ok := v.(types.Bool)
				return bool(b), ok
			}
		}
		if raw := t.attribute(e); raw != nil {
			return func(f Facts) (bool, bool) {
				v, _ := raw(f)
				b, ok := v.(types.Bool)
				return bool(b), ok
			}
		}
	case ast.CallKind:
		if of := t.boolCall(e); of != nil {
			return of
		}
	}
	of := t.value(e)
	return func(f Facts) (bool, bool) {
		b, ok := of(f).(types.Bool)
		return bool(b), ok
	}
}

// boolCall translates the calls for which there are closures; nil for others.
func (t *translator) boolCall(e ast.Expr) boolOf {
	call, args := e.AsCall(), arguments(e.AsCall())
	switch call.FunctionName() {
	case operators.LogicalAnd:
		return all(t.terms(args), false)
	case operators.LogicalOr:
		return all(t.terms(args), true)
	case operators.LogicalNot:
		of := t.bool(args[0])
		return func(f Facts) (bool, bool) {
			v, ok := of(f)
			return !v, ok
		}
	case operators.Conditional:
		when, then, otherwise := t.bool(args[0]), t.bool(args[1]), t.bool(args[2])
		return func(f Facts) (bool, bool) {
			holds, ok := when(f)
			switch {
			case !ok:
				return false, false
			case holds:
				return then(f)
			}
			return otherwise(f)
		}
	case operators.Equals:
		return t.equals(args[0], args[1])
	case operators.NotEquals:
		of := t.equals(args[0], args[1])
		return func(f Facts) (bool, bool) {
			v, ok := of(f)
			return !v, ok
		}
	case operators.In:
		return t.in(args[0], args[1])
	}
	overload := t.overload(e)
	if of := t.ordered(overload, args); of != nil {
		return of
	}
	if of := t.sets(overload, args); of != nil {
		return of
	}
	if of := t.textTest(overload, args); of != nil {
		return of
	}
	return t.networkTest(overload, args)
}

func (t *translator) terms(args []ast.Expr) []boolOf {
	var terms []boolOf
	for _, arg := range args {
		terms = append(terms, t.bool(arg))
	}
	return terms
}

// all returns && of its terms, or || when decisive is true.
func all(terms []boolOf, decisive bool) boolOf {
	whole := terms[0]
	for _, term := range terms[1:] {
		whole = both(whole, term, decisive)
	}
	return whole
}

// both returns && or || of two terms: one that is decisive decides, whatever the other is, even one that fails; else
// one that fails makes the whole fail.
func both(left, right boolOf, decisive bool) boolOf {
	return func(f Facts) (bool, bool) {
		v, ok := left(f)
		if ok && v == decisive {
			return decisive, true
		}
		w, also := right(f)
		if also && w == decisive {
			return decisive, true
		}
		return !decisive, ok && also
	}
}
