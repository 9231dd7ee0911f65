package condition

import (
	"math"
	"time"
	"unicode/utf8"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

// int translates an expression that yields an int.
func (t *translator) int(e ast.Expr) intOf {
	if v, ok := t.constant(e).(types.Int); ok {
		return func(Facts) (int64, bool) { return int64(v), true }
	}
	switch e.Kind() {
	case ast.SelectKind:
		if raw := t.attribute(e); raw != nil {
			return func(f Facts) (int64, bool) {
				v, _ := raw(f)
				n, ok := v.(types.Int)
				return int64(n), ok
			}
		}
	case ast.CallKind:
		if of := t.intCall(e); of != nil {
			return of
		}
	}
	of := t.value(e)
	return func(f Facts) (int64, bool) {
		n, ok := of(f).(types.Int)
		return int64(n), ok
	}
}

// intCall translates the calls for which there are closures; nil for others.
func (t *translator) intCall(e ast.Expr) intOf {
	args, overload := arguments(e.AsCall()), t.overload(e)
	if operation := arithmetic[overload]; operation != nil {
		a, b := t.int(args[0]), t.int(args[1])
		return func(f Facts) (int64, bool) {
			x, ok := a(f)
			y, also := b(f)
			if !ok || !also {
				return 0, false
			}
			return operation(x, y)
		}
	}
	if of := t.timeField(overload, args); of != nil {
		return of
	}
	switch overload {
	case "negate_int64":
		a := t.int(args[0])
		return func(f Facts) (int64, bool) {
			x, ok := a(f)
			return -x, ok && x != math.MinInt64
		}
	case overloads.SizeString, overloads.SizeStringInst:
		text := t.text(args[0])
		return func(f Facts) (int64, bool) {
			s, ok := text(f)
			return int64(utf8.RuneCountInString(s)), ok
		}
	case overloads.SizeList, overloads.SizeListInst:
		return t.sizeOfList(args[0])
	}
	return nil
}

func (t *translator) sizeOfList(e ast.Expr) intOf {
	if groups := t.groups(e); groups != nil {
		return func(f Facts) (int64, bool) {
			of, ok := groups(f)
			return int64(len(of)), ok
		}
	}
	of := t.list(e)
	return func(f Facts) (int64, bool) {
		l, _, ok := of(f)
		if !ok {
			return 0, false
		}
		return int64(len(l.elems)), true
	}
}

// arithmetic is that of ints, each operation with whether its result fits.
var arithmetic = map[string]func(x, y int64) (int64, bool){
	overloads.AddInt64:      add,
	overloads.SubtractInt64: subtract,
	overloads.MultiplyInt64: multiply,
	overloads.DivideInt64:   divide,
	overloads.ModuloInt64:   modulo,
}

func add(x, y int64) (int64, bool) { return x + y, (x+y > x) == (y > 0) }

func subtract(x, y int64) (int64, bool) { return x - y, (x-y < x) == (y > 0) }

func multiply(x, y int64) (int64, bool) {
	if x == 0 || y == 0 {
		return 0, true
	}
	if x == -1 && y == math.MinInt64 || y == -1 && x == math.MinInt64 {
		return 0, false
	}
	return x * y, x*y/y == x
}

func divide(x, y int64) (int64, bool) {
	if y == 0 || x == math.MinInt64 && y == -1 {
		return 0, false
	}
	return x / y, true
}

func modulo(x, y int64) (int64, bool) {
	if y == 0 || x == math.MinInt64 && y == -1 {
		return 0, false
	}
	return x % y, true
}

// double translates an expression that yields a double.
func (t *translator) double(e ast.Expr) doubleOf {
	if v, ok := t.constant(e).(types.Double); ok {
		return func(Facts) (float64, bool) { return float64(v), true }
	}
	switch e.Kind() {
	case ast.SelectKind:
		if raw := t.attribute(e); raw != nil {
			return func(f Facts) (float64, bool) {
				v, _ := raw(f)
				n, ok := v.(types.Double)
				return float64(n), ok
			}
		}
	case ast.CallKind:
		if of := t.doubleCall(e); of != nil {
			return of
		}
	}
	of := t.value(e)
	return func(f Facts) (float64, bool) {
		n, ok := of(f).(types.Double)
		return float64(n), ok
	}
}

// doubleCall translates the arithmetic of doubles; nil for other calls. It never fails.
func (t *translator) doubleCall(e ast.Expr) doubleOf {
	args := arguments(e.AsCall())
	var operation func(x, y float64) float64
	switch t.overload(e) {
	case overloads.AddDouble:
		operation = func(x, y float64) float64 { return x + y }
	case overloads.SubtractDouble:
		operation = func(x, y float64) float64 { return x - y }
	case overloads.MultiplyDouble:
		operation = func(x, y float64) float64 { return x * y }
	case overloads.DivideDouble:
		operation = func(x, y float64) float64 { return x / y }
	default:
		return nil
	}
	a, b := t.double(args[0]), t.double(args[1])
	return func(f Facts) (float64, bool) {
		x, ok := a(f)
		y, also := b(f)
		return operation(x, y), ok && also
	}
}

// span translates an expression that yields a duration.
func (t *translator) span(e ast.Expr) spanOf {
	if v, ok := t.constant(e).(types.Duration); ok {
		return func(Facts) (time.Duration, bool) { return v.Duration, true }
	}
	switch e.Kind() {
	case ast.SelectKind:
		if raw := t.attribute(e); raw != nil {
			return func(f Facts) (time.Duration, bool) {
				v, _ := raw(f)
				d, ok := v.(types.Duration)
				return d.Duration, ok
			}
		}
	case ast.CallKind:
		if of := t.spanCall(e); of != nil {
			return of
		}
	}
	of := t.value(e)
	return func(f Facts) (time.Duration, bool) {
		d, ok := of(f).(types.Duration)
		return d.Duration, ok
	}
}

func (t *translator) spanCall(e ast.Expr) spanOf {
	args, overload := arguments(e.AsCall()), t.overload(e)
	switch overload {
	case overloads.AddDurationDuration, overloads.SubtractDurationDuration:
		operation := add
		if overload == overloads.SubtractDurationDuration {
			operation = subtract
		}
		a, b := t.span(args[0]), t.span(args[1])
		return func(f Facts) (time.Duration, bool) {
			x, ok := a(f)
			y, also := b(f)
			sum, fits := operation(int64(x), int64(y))
			return time.Duration(sum), ok && also && fits
		}
	case overloads.SubtractTimestampTimestamp:
		a, b := t.time(args[0]), t.time(args[1])
		return func(f Facts) (time.Duration, bool) {
			x, ok := a(f)
			y, also := b(f)
			between, fits := since(x, y)
			return between, ok && also && fits
		}
	}
	return nil
}

// text translates an expression that yields a text.
func (t *translator) text(e ast.Expr) textOf {
	if v, ok := t.constant(e).(types.String); ok {
		return func(Facts) (string, bool) { return string(v), true }
	}
	switch e.Kind() {
	case ast.SelectKind:
		if d := t.direct(e); d != nil {
			return func(f Facts) (string, bool) {
				v, _ := d.read(f)
				s, ok := v.(types.String)
				return string(s), ok
			}
		}
		if raw := t.attribute(e); raw != nil {
			return func(f Facts) (string, bool) {
				v, _ := raw(f)
				s, ok := v.(types.String)
				return string(s), ok
			}
		}
		if of := t.builtinText(e); of != nil {
			return of
		}
	case ast.CallKind:
		args := e.AsCall().Args()
		switch {
		case t.overload(e) == overloads.AddString:
			a, b := t.text(args[0]), t.text(args[1])
			return func(f Facts) (string, bool) {
				x, ok := a(f)
				y, also := b(f)
				if !ok || !also || len(x)+len(y) > MaxText {
					return "", false
				}
				return x + y, true
			}
		case e.AsCall().FunctionName() == operators.Index:
			if groups := t.groups(args[0]); groups != nil {
				return t.group(groups, t.int(args[1]))
			}
		}
	}
	of := t.value(e)
	return func(f Facts) (string, bool) {
		s, ok := of(f).(types.String)
		return string(s), ok
	}
}

// group translates principal.groups[i].
func (t *translator) group(groups func(Facts) ([]string, bool), index intOf) textOf {
	return func(f Facts) (string, bool) {
		of, ok := groups(f)
		i, also := index(f)
		if !ok || !also || i < 0 || i >= int64(len(of)) {
			return "", false
		}
		return of[i], true
	}
}
