package reference

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// truth is the outcome of a condition.
type truth int

const (
	no truth = iota
	failed
	yes
)

// holds asks a condition. One that is left out holds always.
func (w *World) holds(when string, s sight) truth {
	if when == "" {
		return yes
	}
	if w.texts == nil {
		w.texts = map[string]expr{}
	}
	e, ok := w.texts[when]
	if !ok {
		e = parse(when)
		w.texts[when] = e
	}
	switch v := (eval{w, s, nil}).value(e).(type) {
	case bool:
		if v {
			return yes
		}
		return no
	case failure:
		return failed
	default:
		panic(fmt.Sprintf("the condition %q is no bool: %v", when, v))
	}
}

// failure is the value of an expression that has none.
type failure struct{}

type eval struct {
	world *World
	sight sight
	bound map[string]any // the variables of exists and all
}

func (e eval) value(x expr) any {
	switch x.op {
	case "lit":
		return x.val
	case "name":
		if v, ok := e.bound[x.text]; ok {
			return v
		}
		if v, ok := e.world.variable(x.text, e.sight); ok {
			return v
		}
		return failure{}
	case "list":
		list := []any{}
		for _, a := range x.args {
			list = append(list, e.value(a))
		}
		if slices.Contains(list, any(failure{})) {
			return failure{}
		}
		return list
	case ".", "has":
		return e.field(x)
	case "&&", "||":
		return e.logic(x)
	case "?":
		switch c := e.value(x.args[0]); c {
		case true:
			return e.value(x.args[1])
		case false:
			return e.value(x.args[2])
		}
		return failure{}
	case "call":
		if x.text == "exists" || x.text == "all" {
			return e.loop(x)
		}
	}
	var args []any
	for _, a := range x.args {
		v := e.value(a)
		if v == (any)(failure{}) {
			return failure{}
		}
		args = append(args, v)
	}
	name := x.op
	if name == "call" {
		name = x.text
	}
	return e.apply(name, args)
}

// field reads x.y, or whether it is there.
func (e eval) field(x expr) any {
	of := e.value(x.args[0])
	if p, ok := of.(person); ok {
		of = e.world.read(p, e.sight)
	}
	var v any
	var there bool
	switch of := of.(type) {
	case object:
		v, there = of.fields[x.text]
	case map[string]any:
		v, there = of[x.text]
	case failure:
		return failure{}
	default:
		panic(fmt.Sprintf("the reference reads no field %s of %v", x.text, of))
	}
	switch {
	case x.op == "has":
		return there
	case !there:
		return failure{}
	}
	return v
}

// logic: "its final result counts (`false && error` is false, `error || true` is true)".
func (e eval) logic(x expr) any {
	decides := x.op == "||"
	a, b := e.value(x.args[0]), e.value(x.args[1])
	switch {
	case a == decides || b == decides:
		return decides
	case a == (any)(failure{}) || b == (any)(failure{}):
		return failure{}
	}
	return !decides
}

// loop is list.exists(v, …) and list.all(v, …): an element that decides outweighs one that fails.
func (e eval) loop(x expr) any {
	list, ok := e.value(x.args[0]).([]any)
	if !ok {
		return failure{}
	}
	decides, outcome := x.text == "exists", any(x.text == "all")
	for _, v := range list {
		inner := e
		inner.bound = map[string]any{x.args[1].text: v}
		for name, b := range e.bound {
			if name != x.args[1].text {
				inner.bound[name] = b
			}
		}
		switch inner.value(x.args[2]) {
		case decides:
			return decides
		case failure{}:
			outcome = failure{}
		}
	}
	return outcome
}

func (e eval) apply(name string, args []any) any {
	a := args[0]
	var b any
	if len(args) > 1 {
		b = args[1]
	}
	switch name {
	case "!":
		return !a.(bool)
	case "==":
		return equal(a, b)
	case "!=":
		return !equal(a, b)
	case "<", "<=", ">", ">=":
		return compare(name, a, b)
	case "in":
		if m, ok := b.(map[string]any); ok {
			_, there := m[a.(string)]
			return there
		}
		return slices.ContainsFunc(b.([]any), func(v any) bool { return equal(a, v) })
	case "index":
		return index(a, b)
	case "+", "-", "*", "/", "%", "neg":
		return arithmetic(name, a, b)
	case "size":
		switch v := a.(type) {
		case string:
			return int64(len([]rune(v)))
		case []any:
			return int64(len(v))
		case map[string]any:
			return int64(len(v))
		}
	case "startsWith":
		return strings.HasPrefix(a.(string), b.(string))
	case "endsWith":
		return strings.HasSuffix(a.(string), b.(string))
	case "contains":
		return strings.Contains(a.(string), b.(string))
	case "timestamp":
		t, err := time.Parse(time.RFC3339Nano, a.(string))
		if err != nil {
			return failure{}
		}
		return t
	case "duration":
		d, err := time.ParseDuration(a.(string))
		if err != nil {
			return failure{}
		}
		return d
	case "getHours":
		return int64(a.(time.Time).UTC().Hour())
	case "getDayOfWeek":
		return int64(a.(time.Time).UTC().Weekday())
	case "inCIDR":
		ip, err := netip.ParseAddr(a.(string))
		network := netip.MustParsePrefix(b.(string))
		if err != nil {
			return failure{}
		}
		return network.Contains(ip)
	}
	panic(fmt.Sprintf("the reference does not know the function %s", name))
}

func index(a, b any) any {
	switch a := a.(type) {
	case []any:
		if i := b.(int64); i >= 0 && i < int64(len(a)) {
			return a[i]
		}
	case map[string]any:
		if v, ok := a[b.(string)]; ok {
			return v
		}
	}
	return failure{}
}

func equal(a, b any) bool {
	switch a := a.(type) {
	case time.Time:
		return a.Equal(b.(time.Time))
	case person:
		return a.id == b.(person).id
	case object:
		return a.id == b.(object).id
	case []any:
		return slices.EqualFunc(a, b.([]any), equal)
	case map[string]any:
		other := b.(map[string]any)
		for k, v := range a {
			if w, ok := other[k]; !ok || !equal(v, w) {
				return false
			}
		}
		return len(a) == len(other)
	}
	return a == b
}

func compare(op string, a, b any) bool {
	var c int
	switch a := a.(type) {
	case int64:
		c = order(a < b.(int64), a == b.(int64))
	case float64:
		c = order(a < b.(float64), a == b.(float64))
	case string:
		c = strings.Compare(a, b.(string))
	case time.Time:
		c = a.Compare(b.(time.Time))
	case time.Duration:
		c = order(a < b.(time.Duration), a == b.(time.Duration))
	default:
		panic(fmt.Sprintf("the reference does not compare %T", a))
	}
	return map[string]bool{"<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[op]
}

func order(less, same bool) int {
	switch {
	case less:
		return -1
	case same:
		return 0
	}
	return 1
}

// arithmetic fails where the result is no number of its type: division by zero, and whatever does not fit.
func arithmetic(op string, a, b any) any {
	switch a := a.(type) {
	case int64:
		if op == "neg" {
			return -a
		}
		return integers(op, a, b.(int64))
	case float64:
		switch b := b.(float64); op {
		case "+":
			return a + b
		case "-":
			return a - b
		case "*":
			return a * b
		case "/":
			return a / b
		}
	case string:
		return a + b.(string)
	case time.Time:
		switch b := b.(type) {
		case time.Time:
			return a.Sub(b)
		case time.Duration:
			if op == "-" {
				b = -b
			}
			return a.Add(b)
		}
	case time.Duration:
		if op == "+" {
			return a + b.(time.Duration)
		}
	}
	panic(fmt.Sprintf("the reference does not know %T %s %T", a, op, b))
}

func integers(op string, a, b int64) any {
	switch op {
	case "+":
		if s := a + b; (s > a) == (b > 0) {
			return s
		}
	case "-":
		if s := a - b; (s < a) == (b > 0) {
			return s
		}
	case "*":
		if a == 0 || b == 0 {
			return int64(0)
		}
		if s := a * b; s/b == a && !(a == math.MinInt64 && b == -1) {
			return s
		}
	case "/":
		if b != 0 {
			return a / b
		}
	case "%":
		if b != 0 {
			return a % b
		}
	}
	return failure{}
}
