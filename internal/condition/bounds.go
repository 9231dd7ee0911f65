package condition

import (
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

// What is translated has no meter. So that it never has a value where the meter would have ended the evaluation, a
// condition is translated only if it could not cost too much with the largest facts that there may be.

// bound is how large a value may be.
type bound struct {
	bytes    int  // of all texts in it
	longest  int  // of one of them
	elements int  // of all lists and maps in it
	copied   bool // it may be a list that CEL made, whose elements are copied to be compared
}

// enough is more than anything may have or cost, and small enough to be added and multiplied without care.
const enough = 1 << 30

func (b bound) with(other bound) bound {
	return bound{
		min(b.bytes+other.bytes, enough), max(b.longest, other.longest), min(b.elements+other.elements, enough), b.copied || other.copied,
	}
}

func (b bound) or(other bound) bound {
	return bound{
		max(b.bytes, other.bytes), max(b.longest, other.longest), max(b.elements, other.elements), b.copied || other.copied,
	}
}

func aText(bytes int) bound { return bound{bytes: min(bytes, enough), longest: min(bytes, enough)} }

// reckoning sums what an evaluation may cost.
type reckoning struct {
	*plan
	cost int
	ok   bool // nothing is unknown
}

// worst returns the most that an evaluation may cost, and whether that is known.
func (p *plan) worst() (cost int, ok bool) {
	r := &reckoning{plan: p, ok: true}
	r.bound(p.checked.Expr())
	return r.cost, r.ok
}

func (r *reckoning) pay(costs ...int) {
	for _, cost := range costs {
		r.cost = min(r.cost+min(cost, enough), enough)
	}
}

// bound adds up what a value costs, and returns how large it may be.
func (r *reckoning) bound(e ast.Expr) bound {
	switch e.Kind() {
	case ast.LiteralKind:
		return aText(length(e.AsLiteral()))
	case ast.IdentKind:
		return bound{}
	case ast.SelectKind:
		return r.within(e, r.bound(e.AsSelect().Operand()))
	case ast.ListKind:
		whole := bound{elements: e.AsList().Size()}
		for _, elem := range e.AsList().Elements() {
			whole = whole.with(r.bound(elem))
		}
		return whole
	case ast.MapKind:
		whole := bound{elements: e.AsMap().Size()}
		for _, entry := range e.AsMap().Entries() {
			whole = whole.with(r.bound(entry.AsMapEntry().Key())).with(r.bound(entry.AsMapEntry().Value()))
		}
		return whole
	case ast.CallKind:
		var args []bound
		for _, arg := range arguments(e.AsCall()) {
			args = append(args, r.bound(arg))
		}
		return r.call(e, args)
	}
	r.ok = false
	return bound{}
}

// within returns how large a part of a value may be, which is read out of it: no larger than it, nor, where that is an
// object, than facts may be.
func (r *reckoning) within(e ast.Expr, whole bound) bound {
	switch t := r.checked.GetType(e.ID()); {
	case whole == bound{} && t.Kind() == types.StringKind:
		return aText(MaxText)
	case whole == bound{} && (t.Kind() == types.ListKind || t.Kind() == types.MapKind):
		return bound{MaxBytes, MaxText, MaxElements, false}
	case t.Kind() == types.StringKind || t.Kind() == types.BytesKind:
		return aText(whole.longest)
	case t.Kind() == types.ListKind || t.Kind() == types.MapKind:
		return whole
	}
	return bound{}
}

// call adds up what a call costs, and returns how large its result may be.
func (r *reckoning) call(e ast.Expr, args []bound) bound {
	switch overload := r.overload(e); overload {
	case overloads.Equals, overloads.NotEquals:
		r.pay(comparing(args[0], args[1]))
		return bound{}
	case overloads.InList:
		r.pay(searching(args[1], args[0]))
		return bound{}
	case setContains, setIntersects:
		r.pay(searchingAll(args[0], args[1]))
		return bound{}
	case setEquivalent:
		r.pay(searchingAll(args[0], args[1]), searchingAll(args[1], args[0]))
		return bound{}
	case overloads.AddString, overloads.AddBytes:
		r.pay(1 + (args[0].bytes+args[1].bytes)/64)
		return aText(min(MaxText, args[0].bytes+args[1].bytes))
	case overloads.AddList:
		r.pay(1 + 3*MaxElements)
		sum := args[0].with(args[1])
		sum.copied = false
		return sum
	default:
		r.paysFor(overload, args)
	}
	switch e.AsCall().FunctionName() {
	case operators.Conditional:
		return args[1].or(args[2])
	case operators.Index:
		return r.within(e, args[0])
	}
	return r.result(e, args)
}

// result returns how large what a function makes may be.
func (r *reckoning) result(e ast.Expr, args []bound) bound {
	const number = 64 // what a number, a time, an address take as texts
	switch r.checked.GetType(e.ID()).Kind() {
	case types.StringKind, types.BytesKind:
	case types.ListKind: // split
		return bound{args[0].bytes, args[0].longest, args[0].bytes + 1, true}
	default:
		return bound{}
	}
	switch e.AsCall().FunctionName() {
	case "replace", "join", "format":
		return aText(MaxText)
	case "strings.quote": // writes two characters for some
		return aText(2*args[0].bytes + 2)
	case "charAt", "substring", "lowerAscii", "upperAscii", "reverse", "trim", overloads.TypeConvertBytes, overloads.TypeConvertString:
		return aText(max(args[0].bytes, number))
	}
	r.ok = false
	return bound{}
}

// paysFor adds up what a call of a function pays.
func (r *reckoning) paysFor(overload string, args []bound) {
	if _, ok := zoneFields[overload]; ok {
		r.pay(MaxCost / 100)
		return
	}
	if prices[overload] == nil {
		return
	}
	text := args[0].bytes
	switch overload {
	case "string_split_string", "string_split_string_int", "strings_quote":
		r.pay(2 + 3*(text+bytesOf(args[1:])))
	case "string_replace_string_string", "string_replace_string_string_int":
		r.pay(1 + (text+MaxText)/4)
	case "string_index_of_string", "string_index_of_string_int", "string_last_index_of_string", "string_last_index_of_string_int":
		r.pay(1+(text+args[1].bytes)/4, min(text, enough>>14)*min(args[1].bytes, enough>>14)/64)
	case "string_format": // which stops to weigh the values at the first that is too much
		r.pay(1 + (text+MaxText+128+2*args[1].longest)/4)
	case "list_join", "list_join_string":
		r.pay(1 + (MaxText+args[0].longest+bytesOf(args[1:]))/16 + args[0].elements)
	default: // the prices of characters and of conversions
		r.pay(4 + (text+bytesOf(args[1:]))/2)
	}
}

func bytesOf(args []bound) int {
	n := 0
	for _, arg := range args {
		n += arg.bytes
	}
	return n
}

// comparing is the most that an == may cost: two for each pair of elements, and what is copied.
func comparing(a, b bound) int {
	cost := 2 + 2*min(a.elements, b.elements) + min(a.bytes, b.bytes)/perLookup
	if a.copied || b.copied {
		cost += a.elements + b.elements
	}
	return cost
}

// searching is the most that an in may cost.
func searching(within, sought bound) int {
	cost := 2 + within.elements + within.bytes/perLookup
	if within.copied {
		cost += within.elements
	}
	if sought.elements > 0 || within.copied || sought.copied { // lists among lists
		cost += 2*within.elements + times(within.elements, sought.elements)
	}
	return cost
}

// searchingAll is the most that looking for all elements of one list in another may cost.
func searchingAll(within, sought bound) int {
	cost := 2 + sought.elements
	one := searching(within, bound{})
	if within.copied || sought.copied {
		one += 4 * within.elements
		cost += sought.elements
	}
	return min(cost+times(sought.elements, one)+times(sought.elements, within.elements), enough)
}

func times(a, b int) int {
	if a > 0 && b > enough/a {
		return enough
	}
	return a * b
}
