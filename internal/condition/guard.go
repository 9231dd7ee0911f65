package condition

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/functions"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/interpreter"
)

// The overloads of the functions of sets, which have no names in CEL.
const (
	setContains   = "list_sets_contains_list"
	setEquivalent = "list_sets_equivalent_list"
	setIntersects = "list_sets_intersects_list"
)

// guarded are the overloads that guard knows by name, apart from those with a price.
var guarded = []string{
	setContains, setEquivalent, setIntersects, overloads.AddString, overloads.AddBytes, overloads.AddList, overloads.Matches,
	overloads.MatchesString, overloads.InList, overloads.Equals, overloads.NotEquals,
}

// guard returns the call, metered if need be.
func (p *plan) guard(call interpreter.InterpretableCall, e ast.Expr) (interpreter.InterpretableV2, error) {
	args, overload := call.Args(), call.OverloadID()
	walks := func(w walk) (interpreter.InterpretableV2, error) { return &metered{call.ID(), args, w}, nil }
	with := func(price price, impl functions.FunctionOp) (interpreter.InterpretableV2, error) {
		return walks(priced(price, impl))
	}
	if _, ok := zoneFields[overload]; ok {
		impl, price := p.function(call.Function(), overload)
		return with(price, impl)
	}
	switch overload {
	case overloads.AddList:
		if accumulates(e) {
			return call, nil
		}
		fallthrough
	case overloads.AddString, overloads.AddBytes:
		impl, price := p.function(call.Function(), overload)
		return with(price, impl)
	case overloads.Matches, overloads.MatchesString:
		return guardMatches(call)
	case overloads.InList:
		if constant, ok := args[1].(interpreter.InterpretableConst); ok && hashed(constant.Value()) {
			return call, nil // CEL makes a set of it
		}
		return walks(func(m *meter, args []ref.Val) ref.Val { return types.Bool(m.contains(args[1], args[0])) })
	case overloads.Equals, overloads.NotEquals:
		if !p.looped[e.ID()] && !p.composite(args[0]) && !p.composite(args[1]) {
			return call, nil
		}
		wanted := overload == overloads.Equals
		return walks(func(m *meter, args []ref.Val) ref.Val { return types.Bool(m.equal(args[0], args[1]) == wanted) })
	case setContains:
		return walks(func(m *meter, args []ref.Val) ref.Val { return types.Bool(m.containsAll(args[0], args[1])) })
	case setEquivalent:
		return walks(func(m *meter, args []ref.Val) ref.Val {
			return types.Bool(m.containsAll(args[0], args[1]) && m.containsAll(args[1], args[0]))
		})
	case setIntersects:
		return walks(func(m *meter, args []ref.Val) ref.Val { return types.Bool(m.containsAny(args[0], args[1])) })
	}
	bound := p.implementation(call.Function(), overload)
	if value := fold(overload, bound, args); value != nil {
		return interpreter.NewConstValue(call.ID(), value), nil
	}
	switch price := prices[overload]; {
	case bound == nil || lenient[call.Function()]:
		return call, nil
	case price != nil:
		return with(price, bound)
	case p.looped[e.ID()]:
		return with(priceByLength, bound)
	}
	return call, nil
}

// implementation returns what a function does; nil for what is CEL's own business.
func (p *plan) implementation(function, overload string) functions.FunctionOp {
	bound := p.bindings[overload]
	if bound == nil {
		bound = p.bindings[function] // one implementation for all overloads
	}
	if overload == overloads.TimestampToString {
		bound = func(args ...ref.Val) ref.Val {
			return types.String(args[0].(types.Timestamp).UTC().Format(time.RFC3339Nano))
		}
	}
	return p.readably(function, bound)
}

// function returns what a call does outside of loops, and what says that it cannot be done; nil for what is none.
func (p *plan) function(function, overload string) (functions.FunctionOp, price) {
	if field, ok := zoneFields[overload]; ok {
		return func(args ...ref.Val) ref.Val { return inZone(args[0], args[1], field) }, priceZone
	}
	switch overload {
	case overloads.AddString, overloads.AddBytes:
		return func(args ...ref.Val) ref.Val { return args[0].(traits.Adder).Add(args[1]) }, priceAdd
	case overloads.AddList:
		return addLists, priceAddList
	}
	return p.implementation(function, overload), prices[overload]
}

// hashed reports whether CEL makes a set of a list that is written out.
func hashed(v ref.Val) bool {
	elems, ok := v.Value().([]ref.Val)
	if !ok || len(elems) == 0 {
		return false
	}
	switch elems[0].(type) {
	case types.String, types.Int, types.Uint, types.Double, types.Bool:
		return true
	}
	return false
}

// fold converts once what is written out: timestamp("2026-06-01T00:00:00Z"), cidr("10.0.0.0/8"). What fails is left to
// the evaluation, which may not come to it.
func fold(overload string, bound functions.FunctionOp, args []interpreter.InterpretableV2) ref.Val {
	if !conversions[overload] || bound == nil || len(args) != 1 {
		return nil
	}
	constant, ok := args[0].(interpreter.InterpretableConst)
	if !ok {
		return nil
	}
	if value := bound(constant.Value()); !types.IsUnknownOrError(value) {
		return value
	}
	return nil
}

// readably gives a function that reads texts better errors than its own.
func (p *plan) readably(function string, bound functions.FunctionOp) functions.FunctionOp {
	check, ok := literals[function]
	if !ok || bound == nil {
		return bound
	}
	return func(args ...ref.Val) ref.Val {
		out := bound(args...)
		text, ok := args[min(check.argument, len(args)-1)].(types.String)
		if ok && (types.IsError(out) || function == overloads.TypeConvertDouble) { // a double may be read, and be no number
			if err := check.valid(string(text)); err != nil {
				return types.WrapErr(err)
			}
		}
		return out
	}
}

// ordered is a map that a condition writes, with its keys in order, each once.
type ordered struct {
	interpreter.InterpretableConstructor
	parts []interpreter.InterpretableV2 // key, value, key, value
}

func orderedMap(literal interpreter.InterpretableConstructor) interpreter.InterpretableV2 {
	o := &ordered{literal, literal.InitVals()}
	for _, part := range o.parts {
		if _, constant := part.(interpreter.InterpretableConst); !constant {
			return o
		}
	}
	return interpreter.NewConstValue(literal.ID(), o.Eval(interpreter.EmptyActivation()))
}

// Exec makes the map. Of two keys that turn out the same none says which one counts.
func (o *ordered) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	entries := make(map[ref.Val]ref.Val, len(o.parts)/2)
	for i := 0; i < len(o.parts); i += 2 {
		key := o.parts[i].Exec(frame)
		if types.IsUnknownOrError(key) {
			return key
		}
		value := o.parts[i+1].Exec(frame)
		if types.IsUnknownOrError(value) {
			return value
		}
		if _, twice := entries[key]; twice {
			return types.NewErrWithNodeID(o.ID(), "the key %s stands in the map twice", describeKey(key))
		}
		entries[key] = value
	}
	return newDict(entries, false)
}

func describeKey(key ref.Val) string {
	if text, ok := key.(types.String); ok {
		return quoted(string(text))
	}
	return fmt.Sprint(key.Value())
}

// Eval is Exec over variables.
func (o *ordered) Eval(vars interpreter.Activation) ref.Val { return o.Exec(interpreter.AsFrame(vars)) }

// lenient are the functions that want to see errors among their arguments, and are CEL's own business.
var lenient = map[string]bool{
	operators.LogicalAnd: true, operators.LogicalOr: true, operators.Conditional: true, operators.NotStrictlyFalse: true,
}

// composite reports whether the value is one that holds others, or may be.
func (p *plan) composite(i interpreter.InterpretableV2) bool {
	switch p.checked.GetType(i.ID()).Kind() {
	case types.ListKind, types.MapKind, types.DynKind, types.TypeParamKind:
		return true
	}
	return false
}

// accumulates reports whether a + is that of a macro, which appends to a list of its own.
func accumulates(e ast.Expr) bool {
	left := e.AsCall().Args()[0]
	return left.Kind() == ast.IdentKind && strings.HasPrefix(left.AsIdent(), "@")
}

// addLists copies. CEL's own + links the two lists, and reading from a chain of links takes the square of its length.
func addLists(args ...ref.Val) ref.Val {
	sum := make([]ref.Val, 0, size(args[0])+size(args[1]))
	return newList(collect(collect(sum, args[0]), args[1]), false)
}

// guardMatches compiles a pattern that is written out once, and bounds one that is not as it comes.
func guardMatches(call interpreter.InterpretableCall) (interpreter.InterpretableV2, error) {
	args := call.Args()
	if constant, ok := args[1].(interpreter.InterpretableConst); ok {
		text, _ := constant.Value().(types.String)
		size, err := patternSize(string(text))
		if err != nil {
			return nil, err
		}
		pattern, err := regexp.Compile(string(text))
		if err != nil {
			return nil, err
		}
		return &metered{
			call.ID(), args, priced(
				func(args []ref.Val) (int, error) { return priceMatch(args[0], size), nil },
				func(args ...ref.Val) ref.Val { return types.Bool(pattern.MatchString(string(args[0].(types.String)))) },
			)}, nil
	}
	return &metered{
		call.ID(), args, priced(func(args []ref.Val) (int, error) {
			size, err := patternSize(string(args[1].(types.String)))
			return pricePattern(args[1], size) + priceMatch(args[0], size), err
		},
			func(args ...ref.Val) ref.Val {
				pattern, err := regexp.Compile(string(args[1].(types.String)))
				if err != nil {
					return types.WrapErr(err)
				}
				return types.Bool(pattern.MatchString(string(args[0].(types.String))))
			})}, nil
}
