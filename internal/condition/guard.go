package condition

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/functions"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/interpreter"
)

// CEL charges for a call after it was made, and for many calls the same whatever they are given: one replace could
// make a terabyte before its cost is looked at, one == compare a million elements for a hundredth of the limit. What
// follows prices such calls before they are made, against a budget of its own.

// meter is what is left of the budget of one evaluation.
type meter struct{ left int }

// meterName is the variable through which calls find the meter: no source can write it.
const meterName = "@meter"

// price says what a call will cost, or why it cannot be made.
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
func (m *metered) OverloadID() string                       { return "" }         // CEL charges the least
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
	if err != nil {
		return types.LabelErrNode(m.id, types.WrapErr(err))
	}
	budget, _ := frame.ResolveName(meterName)
	left, ok := budget.(*meter)
	if !ok || cost < 0 || cost > left.left {
		return types.LabelErrNode(m.id, types.WrapErr(ErrCost))
	}
	left.left -= cost
	return types.LabelErrNode(m.id, m.impl(args...))
}

// options are how a program is evaluated.
func (e *Env) options(checked *ast.AST) ([]cel.ProgramOption, error) {
	b, err := standard()
	if err != nil {
		return nil, err
	}
	nodes := map[int64]ast.Expr{}
	ast.PostOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) { nodes[e.ID()] = e }))
	return []cel.ProgramOption{
		cel.CustomDecoratorV2(func(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
			call, ok := i.(interpreter.InterpretableCall)
			if !ok || nodes[i.ID()] == nil {
				return i, nil
			}
			return guard(call, nodes[i.ID()], checked, b.bindings)
		}),
		cel.EvalOptions(cel.OptOptimize),
		cel.CostLimit(MaxCost),
		cel.CostTrackerOptions(trackers...),
		cel.InterruptCheckFrequency(interruptEvery),
	}, nil
}

// guard returns the call, metered if need be.
func guard(
	call interpreter.InterpretableCall, e ast.Expr, checked *ast.AST, bindings map[string]functions.FunctionOp,
) (interpreter.InterpretableV2, error) {
	args, overload := call.Args(), call.OverloadID()
	with := func(p price, impl functions.FunctionOp) (interpreter.InterpretableV2, error) {
		return &metered{call.ID(), args, p, impl}, nil
	}
	if p, ok := prices[overload]; ok && bindings[overload] != nil {
		return with(p, bindings[overload])
	}
	if field, ok := zoneFields[overload]; ok {
		return with(priceZone, func(args ...ref.Val) ref.Val { return inZone(args[0], args[1], field) })
	}
	switch overload {
	case overloads.AddString, overloads.AddBytes:
		return with(priceAdd, func(args ...ref.Val) ref.Val { return args[0].(traits.Adder).Add(args[1]) })
	case overloads.AddList:
		if accumulates(e) {
			return call, nil
		}
		return with(priceAddList, addLists)
	case overloads.Matches, overloads.MatchesString:
		return guardMatches(call)
	case overloads.InList:
		constant, ok := args[1].(interpreter.InterpretableConst)
		if ok && constant.Value().(traits.Sizer).Size() != types.IntZero {
			return call, nil // CEL makes a set of it
		}
		return with(priceIn, func(args ...ref.Val) ref.Val { return args[1].(traits.Container).Contains(args[0]) })
	case overloads.Equals, overloads.NotEquals:
		if !composite(checked.GetType(args[0].ID())) && !composite(checked.GetType(args[1].ID())) {
			return call, nil
		}
		same := overload == overloads.Equals
		return with(priceEqual, func(args ...ref.Val) ref.Val {
			return types.Bool((types.Equal(args[0], args[1]) == types.True) == same)
		})
	}
	return call, nil
}

// composite reports whether values of the type hold others, or may.
func composite(t *types.Type) bool {
	return t == nil || t.Kind() == types.ListKind || t.Kind() == types.MapKind || t.Kind() == types.DynKind || t.Kind() == types.TypeParamKind
}

// accumulates reports whether a + is that of a macro, which appends to a list of its own.
func accumulates(e ast.Expr) bool {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Add {
		return false
	}
	left := e.AsCall().Args()[0]
	return left.Kind() == ast.IdentKind && strings.HasPrefix(left.AsIdent(), "@")
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
		return &metered{call.ID(), args, func(args []ref.Val) (int, error) { return matchPrice(args[0], size), nil },
			func(args ...ref.Val) ref.Val { return types.Bool(pattern.MatchString(string(args[0].(types.String)))) }}, nil
	}
	return &metered{call.ID(), args, func(args []ref.Val) (int, error) {
		text := string(args[1].(types.String))
		size, err := patternSize(text)
		return 200 + 20*len(text) + 10*size + matchPrice(args[0], size), err
	}, func(args ...ref.Val) ref.Val {
		pattern, err := regexp.Compile(string(args[1].(types.String)))
		if err != nil {
			return types.WrapErr(err)
		}
		return types.Bool(pattern.MatchString(string(args[0].(types.String))))
	}}, nil
}

func matchPrice(text ref.Val, size int) int { return 1 + (length(text)+1)*size/8 }

// prices are those of the calls that CEL prices too low or too late, by their overload.
var prices = map[string]price{
	"string_replace_string_string":     priceReplace,
	"string_replace_string_string_int": priceReplace,
	"string_index_of_string":           priceSearch,
	"string_index_of_string_int":       priceSearch,
	"string_last_index_of_string":      priceSearch,
	"string_last_index_of_string_int":  priceSearch,
	"string_format":                    priceFormat,
	"strings_quote":                    priceQuote,
	"list_join":                        priceJoin,
	"list_join_string":                 priceJoin,
	"list_sets_contains_list":          priceSets,
	"list_sets_equivalent_list":        priceSets,
	"list_sets_intersects_list":        priceSets,
}

func tooLong(what string, bytes int) error {
	return fmt.Errorf("%s would make a text of %s bytes; a text may have at most %s", what, thousands(bytes), thousands(MaxText))
}

// length returns the bytes of a text, 0 for what is none.
func length(v ref.Val) int {
	switch v := v.(type) {
	case types.String:
		return len(v)
	case types.Bytes:
		return len(v)
	}
	return 0
}

func priceAdd(args []ref.Val) (int, error) {
	n := length(args[0]) + length(args[1])
	if n > MaxText {
		return 0, tooLong("+", n)
	}
	return 1 + n/64, nil
}

func priceReplace(args []ref.Val) (int, error) {
	text, old, by := string(args[0].(types.String)), string(args[1].(types.String)), string(args[2].(types.String))
	count := strings.Count(text, old)
	if len(args) > 3 {
		if n := int(args[3].(types.Int)); n >= 0 && n < count {
			count = n
		}
	}
	n := len(text) + count*(len(by)-len(old))
	if n > MaxText {
		return 0, tooLong("replace", n)
	}
	return 1 + (len(text)+n)/16, nil
}

func priceSearch(args []ref.Val) (int, error) {
	text, part := length(args[0]), length(args[1])
	return 1 + (text+part)/32 + text*part/128, nil
}

func priceQuote(args []ref.Val) (int, error) { return 1 + length(args[0])/4, nil }

func priceJoin(args []ref.Val) (int, error) {
	total, count := 0, 0
	for it := args[0].(traits.Lister).Iterator(); it.HasNext() == types.True; count++ {
		if total += length(it.Next()); total > MaxText {
			return 0, tooLong("join", total)
		}
	}
	if len(args) > 1 && count > 0 {
		total += (count - 1) * length(args[1])
	}
	if total > MaxText {
		return 0, tooLong("join", total)
	}
	return 1 + total/16 + count/4, nil
}

func priceFormat(args []ref.Val) (int, error) {
	const perValue = 128 // what a number or a time takes at most, with the greatest precision
	n := length(args[0]) + textSize(args[1], perValue)
	if n > MaxText {
		return 0, tooLong("format", n)
	}
	return 1 + n/4, nil
}

// textSize bounds the length of a value as format writes it, and stops counting at MaxText.
func textSize(v ref.Val, perValue int) int {
	size := 0
	visit(v, func(v ref.Val) bool {
		size += perValue + 2*length(v) // %x writes two digits for a byte
		return size <= MaxText
	})
	return size
}

// visit calls see for a value and all that it holds, until see returns false.
func visit(v ref.Val, see func(ref.Val) bool) bool {
	if !see(v) {
		return false
	}
	switch v := v.(type) {
	case traits.Mapper:
		for it := v.Iterator(); it.HasNext() == types.True; {
			k := it.Next()
			if !see(k) || !visit(v.Get(k), see) {
				return false
			}
		}
	case traits.Lister:
		for it := v.Iterator(); it.HasNext() == types.True; {
			if !visit(it.Next(), see) {
				return false
			}
		}
	}
	return true
}

// weight is what comparing a value with another may cost, and stops counting above MaxCost.
func weight(v ref.Val) int {
	w := 0
	visit(v, func(v ref.Val) bool {
		w += 1 + length(v)/256
		return w <= MaxCost
	})
	return w
}

func priceEqual(args []ref.Val) (int, error) { return min(weight(args[0]), weight(args[1])), nil }

func priceIn(args []ref.Val) (int, error) {
	if length(args[0]) == 0 && composite(args[0].Type().(*types.Type)) {
		return weight(args[1]), nil
	}
	return 1 + int(args[1].(traits.Sizer).Size().(types.Int))*(1+length(args[0])/256)/4, nil
}

func priceSets(args []ref.Val) (int, error) {
	left, right := weight(args[0]), weight(args[1])
	return 1 + left*right/4, nil
}

func priceAddList(args []ref.Val) (int, error) {
	n := int(args[0].(traits.Sizer).Size().(types.Int)) + int(args[1].(traits.Sizer).Size().(types.Int))
	if n > MaxElements {
		return 0, fmt.Errorf("+ would make a list of %s elements; a list may have at most %s", thousands(n), thousands(MaxElements))
	}
	return 1 + n, nil
}

// addLists copies. CEL's own + links the two lists, and reading from a chain of links takes the square of its length.
func addLists(args ...ref.Val) ref.Val {
	return types.NewRefValList(types.DefaultTypeAdapter, append(collect(args[0].(traits.Iterable)), collect(args[1].(traits.Iterable))...))
}

// trackers correct what CEL charges for calls that stay its own. Its own count the characters of a text each time,
// which takes longer than the call.
var trackers = []interpreter.CostTrackerOption{
	interpreter.OverloadCostTracker(overloads.Equals, chargeLesser),
	interpreter.OverloadCostTracker(overloads.NotEquals, chargeLesser),
	interpreter.OverloadCostTracker(overloads.LessString, chargeLesser),
	interpreter.OverloadCostTracker(overloads.LessEqualsString, chargeLesser),
	interpreter.OverloadCostTracker(overloads.GreaterString, chargeLesser),
	interpreter.OverloadCostTracker(overloads.GreaterEqualsString, chargeLesser),
	interpreter.OverloadCostTracker(overloads.SizeString, chargeFirst),
	interpreter.OverloadCostTracker(overloads.SizeStringInst, chargeFirst),
	interpreter.OverloadCostTracker(overloads.InMap, chargeFirst),
	interpreter.OverloadCostTracker("in_cidr_string_string", chargeFirst),
}

func chargeLesser(args []ref.Val, _ ref.Val) *uint64 {
	return charge(min(length(args[0]), length(args[1])))
}

func chargeFirst(args []ref.Val, _ ref.Val) *uint64 { return charge(length(args[0])) }

func charge(bytes int) *uint64 {
	cost := uint64(1 + bytes/128)
	return &cost
}
