package condition

import (
	"cmp"
	"math"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

// equals translates ==. What is compared is of one type: CEL's checker sees to that.
func (t *translator) equals(left, right ast.Expr) boolOf {
	switch t.typeOf(left).Kind() {
	case types.StringKind:
		if v, ok := t.constant(right).(types.String); ok {
			return equalsConstant(t.text(left), string(v))
		}
		if a, b := t.direct(left), t.direct(right); a != nil && b != nil {
			return func(f Facts) (bool, bool) {
				v, _ := a.read(f)
				w, _ := b.read(f)
				x, ok := v.(types.String)
				y, also := w.(types.String)
				return x == y, ok && also
			}
		}
		return same(t.text(left), t.text(right))
	case types.BoolKind:
		return same(t.bool(left), t.bool(right))
	case types.IntKind:
		if v, ok := t.constant(right).(types.Int); ok {
			return equalsConstant(t.int(left), int64(v))
		}
		return same(t.int(left), t.int(right))
	case types.DoubleKind:
		return same(t.double(left), t.double(right))
	case types.DurationKind:
		return same(t.span(left), t.span(right))
	case types.TimestampKind:
		a, b := t.time(left), t.time(right)
		return func(f Facts) (bool, bool) {
			x, ok := a(f)
			y, also := b(f)
			return x.Equal(y), ok && also
		}
	case types.StructKind:
		a, b := t.object(left), t.object(right)
		return func(f Facts) (bool, bool) {
			x, _, ok := a(f)
			y, _, also := b(f)
			return ok && also && x.same(y), ok && also
		}
	}
	a, b := t.value(left), t.value(right)
	return func(f Facts) (bool, bool) {
		x, y := a(f), b(f)
		if x == nil || y == nil {
			return false, false
		}
		m := unmetered()
		return m.equal(x, y), true
	}
}

// unmetered is a meter that pays for everything: what is translated was reckoned when it was compiled.
func unmetered() meter { return meter{left: math.MaxInt, next: math.MinInt} }

func same[T comparable](left, right func(Facts) (T, bool)) boolOf {
	return func(f Facts) (bool, bool) {
		a, ok := left(f)
		b, also := right(f)
		return a == b, ok && also
	}
}

func equalsConstant[T comparable](left func(Facts) (T, bool), constant T) boolOf {
	return func(f Facts) (bool, bool) {
		a, ok := left(f)
		return a == constant, ok
	}
}

// order is which results of a comparison an operator takes.
type order struct{ less, equal, greater bool }

// ordered translates <, <=, > and >= of two values of one type; nil for what is none. Those of two types, and of
// unsigned numbers and bytes, are left to CEL's functions.
func (t *translator) ordered(overload string, args []ast.Expr) boolOf {
	name, of := cutLast(overload)
	o, ok := map[string]order{
		"less": {less: true}, "less_equals": {less: true, equal: true},
		"greater": {greater: true}, "greater_equals": {greater: true, equal: true},
	}[name]
	if !ok {
		return nil
	}
	switch of {
	case "string":
		return compares(t.text(args[0]), t.text(args[1]), o)
	case "duration":
		return compares(t.span(args[0]), t.span(args[1]), o)
	case "int64":
		return compares(t.int(args[0]), t.int(args[1]), o)
	case "double":
		return t.orderedDoubles(args, o)
	case "timestamp":
		a, b := t.time(args[0]), t.time(args[1])
		return func(f Facts) (bool, bool) {
			x, ok := a(f)
			y, also := b(f)
			return o.takes(x.Compare(y)), ok && also
		}
	}
	return nil
}

// cutLast cuts the last word off an overload: less_equals_int64 compares ints.
func cutLast(overload string) (before, last string) {
	i := strings.LastIndexByte(overload, '_')
	return overload[:max(i, 0)], overload[i+1:]
}

func (o order) takes(c int) bool {
	switch {
	case c < 0:
		return o.less
	case c > 0:
		return o.greater
	}
	return o.equal
}

func compares[T cmp.Ordered](left, right func(Facts) (T, bool), o order) boolOf {
	return func(f Facts) (bool, bool) {
		a, ok := left(f)
		b, also := right(f)
		switch {
		case a < b:
			return o.less, ok && also
		case a > b:
			return o.greater, ok && also
		}
		return o.equal, ok && also
	}
}

// orderedDoubles compares doubles. NaN has no order: nothing is less, greater or equal.
func (t *translator) orderedDoubles(args []ast.Expr, o order) boolOf {
	left, right := t.double(args[0]), t.double(args[1])
	return func(f Facts) (bool, bool) {
		a, ok := left(f)
		b, also := right(f)
		if math.IsNaN(a) || math.IsNaN(b) {
			return false, ok && also
		}
		return o.takes(cmp.Compare(a, b)), ok && also
	}
}

// in translates in, over lists and maps.
func (t *translator) in(sought, within ast.Expr) boolOf {
	if t.typeOf(within).Kind() == types.MapKind {
		return t.inMap(sought, within)
	}
	if groups := t.groups(within); groups != nil {
		text := t.text(sought)
		return func(f Facts) (bool, bool) {
			of, ok := groups(f)
			s, also := text(f)
			return ok && also && holdsText(of, s), ok && also
		}
	}
	if l, ok := t.constant(within).(*list); ok {
		switch t.typeOf(sought).Kind() {
		case types.StringKind:
			return among(t.text(sought), texts(l))
		case types.IntKind:
			return among(t.int(sought), ints(l))
		}
	}
	list := t.list(within)
	if t.typeOf(sought).Kind() == types.StringKind {
		text := t.text(sought)
		return func(f Facts) (bool, bool) {
			l, _, ok := list(f)
			s, also := text(f)
			if !ok || !also {
				return false, false
			}
			for _, elem := range l.elems {
				if e, ok := elem.(types.String); ok && string(e) == s {
					return true, true
				}
			}
			return false, true
		}
	}
	if t.typeOf(sought).Kind() == types.StructKind {
		of := t.object(sought)
		return func(f Facts) (bool, bool) {
			l, _, ok := list(f)
			o, _, also := of(f)
			if !ok || !also {
				return false, false
			}
			for _, elem := range l.elems {
				if e, ok := elem.(*Object); ok && o.same(e) {
					return true, true
				}
			}
			return false, true
		}
	}
	of := t.value(sought)
	return func(f Facts) (bool, bool) {
		l, _, ok := list(f)
		v := of(f)
		if !ok || v == nil {
			return false, false
		}
		m := unmetered()
		return m.contains(l, v), true
	}
}

// fewConstants is up to how many constants are compared one by one, which is faster than to look into a set.
const fewConstants = 8

// among translates in over what is written out.
func among[T comparable](of func(Facts) (T, bool), constants []T) boolOf {
	if len(constants) <= fewConstants {
		return func(f Facts) (bool, bool) {
			v, ok := of(f)
			for _, c := range constants {
				if c == v {
					return true, ok
				}
			}
			return false, ok
		}
	}
	set := make(map[T]struct{}, len(constants))
	for _, c := range constants {
		set[c] = struct{}{}
	}
	return func(f Facts) (bool, bool) {
		v, ok := of(f)
		_, found := set[v]
		return found, ok
	}
}

func (t *translator) inMap(sought, within ast.Expr) boolOf {
	key, of := t.value(sought), t.value(within)
	if t.typeOf(sought).Kind() == types.StringKind && t.constant(sought) == nil {
		text := t.text(sought) // is not made a value to be looked up
		return func(f Facts) (bool, bool) {
			m, ok := of(f).(*dict)
			s, also := text(f)
			if !ok || !also {
				return false, false
			}
			_, found := m.entries[types.String(s)]
			return found, true
		}
	}
	return func(f Facts) (bool, bool) {
		m, ok := of(f).(*dict)
		k := key(f)
		if !ok || k == nil {
			return false, false
		}
		_, found := m.Mapper.Find(k)
		return found, true
	}
}

// sets translates the functions of sets; nil for what is none.
func (t *translator) sets(overload string, args []ast.Expr) boolOf {
	switch overload {
	case setContains, setIntersects, setEquivalent:
	default:
		return nil
	}
	left, right := t.list(args[0]), t.list(args[1])
	return func(f Facts) (bool, bool) {
		a, _, ok := left(f)
		b, _, also := right(f)
		if !ok || !also {
			return false, false
		}
		m := unmetered()
		switch overload {
		case setContains:
			return m.containsAll(a, b), true
		case setIntersects:
			return m.containsAny(a, b), true
		}
		return m.containsAll(a, b) && m.containsAll(b, a), true
	}
}

// textTest translates what is asked of a text; nil for other functions.
func (t *translator) textTest(overload string, args []ast.Expr) boolOf {
	var test func(text, part string) bool
	switch overload {
	case overloads.StartsWithString:
		test = strings.HasPrefix
	case overloads.EndsWithString:
		test = strings.HasSuffix
	case overloads.ContainsString:
		test = strings.Contains
	default:
		return nil
	}
	text, part := t.text(args[0]), t.text(args[1])
	return func(f Facts) (bool, bool) {
		s, ok := text(f)
		p, also := part(f)
		return ok && also && test(s, p), ok && also
	}
}
