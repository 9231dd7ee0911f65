package authz

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/scope"
)

// instant returns a point in time as the tables compare it.
func instant(t time.Time) table.Instant {
	return table.Instant{Sec: t.Unix(), Nsec: int32(t.Nanosecond())}
}

// facts holds attributes against their declarations, for one who reports what is wrong with them.
type facts struct {
	env   *condition.Env // nil: the declarations are wrong, and that has been said
	known func(id string) bool
	*report.Reporter
	elements int
}

// declared is one of the checks of [condition.Env].
type declared func(map[string]any) (condition.Attributes, []condition.FactError)

// check returns attributes as conditions read them, and reports at paths under at what is undeclared, of another type
// than declared, or restates what is known of a principal.
func (f *facts) check(a Attributes, at report.Path, as func(*condition.Env) declared) condition.Attributes {
	if f.env == nil {
		return condition.Attributes{}
	}
	attributes, faults := as(f.env)(f.attributes(a, at, 0))
	reportFacts(f.Reporter, at, faults)
	return attributes
}

// Lists and maps of Go may hold themselves, and the principals among them each other.
const maxFactDepth = 8

var principalType = reflect.TypeFor[Principal]()

// attributes returns the attributes as plain values: a Principal, at any depth, becomes what conditions read of one.
func (f *facts) attributes(a Attributes, at report.Path, depth int) map[string]any {
	if a == nil {
		return nil
	}
	m := make(map[string]any, len(a))
	for _, name := range sortedKeys(a) {
		switch v := a[name].(type) {
		case string, bool, int, int64, float64, time.Time, time.Duration: // most are, and hold nobody
			m[name] = v
		default:
			m[name] = f.plain(reflect.ValueOf(v), at.Name(name), depth)
		}
	}
	return m
}

func (f *facts) plain(v reflect.Value, at report.Path, depth int) any {
	for v.IsValid() && (v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer && v.Type().Elem() == principalType) {
		v = v.Elem()
	}
	switch {
	case !v.IsValid():
		return nil
	case v.Type() != principalType && !holdsMore(v.Type()):
		return v.Interface()
	case depth >= maxFactDepth:
		f.Errorf("wrong-fact", report.Value(at), "lists, maps and principals stand in each other more than %d deep", maxFactDepth)
		return nil
	case v.Type() == principalType:
		return f.principal(v.Interface().(Principal), at, depth+1)
	case v.Kind() == reflect.Map:
		m := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next() && f.room(at); {
			name := it.Key().String()
			m[name] = f.plain(it.Value(), at.Name(name), depth+1)
		}
		return m
	}
	list := make([]any, v.Len())
	for i := 0; i < len(list) && f.room(at); i++ {
		list[i] = f.plain(v.Index(i), at.Index(i), depth+1)
	}
	return list
}

// room counts an element, and reports whether there is room for it. Few elements that hold each other come to many.
func (f *facts) room(at report.Path) bool {
	if f.elements++; f.elements == condition.MaxElements+1 {
		f.Errorf("wrong-fact", report.Value(at), "lists and maps have more than %d elements together", condition.MaxElements)
	}
	return f.elements <= condition.MaxElements
}

// holdsMore reports whether values of a type are lists or maps that may hold a principal.
func holdsMore(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Map:
		return t.Key().Kind() == reflect.String && mayHold(t.Elem())
	case reflect.Slice, reflect.Array:
		return mayHold(t.Elem())
	}
	return false
}

func mayHold(t reflect.Type) bool {
	return t.Kind() == reflect.Interface || t == principalType || t == reflect.PointerTo(principalType) || holdsMore(t)
}

// principal reads somebody who stands among the facts. Whoever brings facts must not make somebody active whom the
// directory lists, or of whom the request has said something else already.
func (f *facts) principal(p Principal, at report.Path, depth int) any {
	ref := condition.Ref{ID: p.ID, Status: string(p.Status)}
	known := f.known != nil && f.known(p.ID)
	switch why := scope.BadID(p.ID); {
	case why != "":
		f.Errorf("wrong-fact", report.Value(at), "the id %s of the principal %s", diag.Quote(p.ID), why)
	case known:
		f.Errorf("restated", report.Value(at), "the principal %s is known: name it by its id alone", diag.Quote(p.ID))
	case !slices.Contains(statusNames, string(p.Status)):
		f.Errorf("wrong-fact", report.Value(at), "the status of the principal %s is %s; it is active, invited, suspended or deactivated", diag.Quote(p.ID), diag.Quote(string(p.Status)))
	case p.Groups != nil || p.Assignments != nil || !p.Limit.None() || p.Owner != "" || p.In != nil || !p.Until.IsZero():
		f.Errorf("wrong-fact", report.Value(at), "conditions read the id, the status and the attributes of the principal %s, and nothing else of it", diag.Quote(p.ID))
	default:
		ref.Attributes = f.attributes(p.Attributes, at.Name("attributes"), depth)
	}
	return ref
}

// sortedKeys returns the keys of a map in their order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
