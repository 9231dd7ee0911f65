package condition

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// Object is one of the things that a condition sees: the principal, the request, a scope, or a principal that an
// attribute names. Objects are immutable and may be shared between goroutines and requests. They belong to the Env
// that made them.
type Object struct {
	class  *class    // with values what nearly every condition reads, and mostly alone
	values []ref.Val // of its attributes, as [Attributes] has them
	people People
	id     string
	status string // of a principal
	number int32  // of a scope: see [Object.Number]
	known  bool   // a named principal whose facts were given with it, so that it is not looked up
	own    *own   // nil for a principal that an attribute names: these are copied as they are read, and so are small
}

// own is what only the principal itself, the request or a scope has.
type own struct {
	path   string   // of a scope
	kind   string   // of the principal, as are key and groups
	key    string   //
	groups []string // a list of CEL's is made of them when one is read, once
	list   atomic.Pointer[list]
	now    time.Time
}

var _ ref.Val = (*Object)(nil)

// Number returns the number that a scope was set with; of others 0.
func (o *Object) Number() int32 { return o.number }

// Type, Value, Equal, ConvertToNative and ConvertToType make an Object a value of CEL.

func (o *Object) with(p People) *Object {
	other := *o
	other.people = p
	return &other
}

// Type returns the object's type in CEL.
func (o *Object) Type() ref.Type { return o.class.cel }

// Value returns the object itself: field reads get it back.
func (o *Object) Value() any { return o }

// Equal reports whether other is the same principal or scope. Attributes are not compared: a circle of managers has
// no end.
func (o *Object) Equal(other ref.Val) ref.Val {
	p, ok := other.(*Object)
	return types.Bool(ok && o.same(p))
}

func (o *Object) same(p *Object) bool {
	switch {
	case o.class != p.class || o.id != p.id:
		return false
	case o.own == nil || p.own == nil:
		return o.own == p.own
	}
	return o.own.path == p.own.path && o.own.key == p.own.key && o.own.now.Equal(p.own.now)
}

// ConvertToNative fails: objects stay inside conditions.
func (o *Object) ConvertToNative(want reflect.Type) (any, error) {
	return nil, fmt.Errorf("%s cannot be converted to %s", o.class.title, want)
}

// ConvertToType fails: objects are of no other type.
func (o *Object) ConvertToType(want ref.Type) ref.Val {
	return types.NewErr("%s cannot be converted to %s", o.class.title, want.TypeName())
}

// facts returns what is known of the object when a condition reads it. A named principal is looked up, each time:
// what came of it belongs to the one who answers, and keeping it here would let one object grow with every read.
func (o *Object) facts() (status string, a Attributes) { return o.factsOf(o.people) }

// factsOf is facts where others than the object's own are asked.
func (o *Object) factsOf(people People) (status string, a Attributes) {
	if o.class.kind != personClass || o.known {
		return o.status, o.Attributes()
	}
	if people != nil {
		if status, a, ok := people.Person(o.id); ok {
			return status, a
		}
	}
	return unknownStatus, Attributes{}
}

const unknownStatus = "unknown"

// Attributes returns the attributes that the object was made with; of nil none.
func (o *Object) Attributes() Attributes {
	if o == nil {
		return Attributes{}
	}
	return Attributes{o.class.attributes, o.values}
}

// attribute returns the i-th declared attribute, nil when it is not set.
func (o *Object) attribute(i int) ref.Val {
	_, a := o.facts()
	return bind(a.at(o.class.attributes, i), o.people)
}

// at returns the i-th attribute of those that are declared, nil when it is not set.
func (a Attributes) at(declared *attributes, i int) ref.Val {
	if values := a.of(declared); i < len(values) {
		return values[i]
	}
	return nil
}

// of returns the values, if they are those of the attributes that are declared.
func (a Attributes) of(declared *attributes) []ref.Val {
	if a.class != declared {
		return nil
	}
	return a.values
}

// bind gives the principals that a value names those who answer for the object that holds the value.
func bind(v ref.Val, people People) ref.Val {
	if people == nil {
		return v
	}
	switch v := v.(type) {
	case *Object:
		bound := *v
		bound.people = people
		return &bound
	case *list:
		if v.refers {
			bound := *v
			bound.people = people
			return &bound
		}
	case *dict:
		if v.refers {
			bound := *v
			bound.people = people
			return &bound
		}
	}
	return v
}

// list is a list among the facts, or one that a condition joined. When it holds principals they are bound as they are
// read: binding them all for the one that is read would make reads as dear as the list is long.
type list struct {
	traits.Lister
	elems  []ref.Val
	refers bool
	people People
}

func newList(elems []ref.Val, refers bool) *list {
	return &list{Lister: types.NewRefValList(types.DefaultTypeAdapter, elems), elems: elems, refers: refers}
}

func (l *list) Get(i ref.Val) ref.Val { return bind(l.Lister.Get(i), l.people) }

func (l *list) Iterator() traits.Iterator {
	if !l.refers {
		return l.Lister.Iterator()
	}
	return &bindingIterator{l.Lister.Iterator(), l.people}
}

func (l *list) Add(other ref.Val) ref.Val { return addLists(l, other) }

// collect appends the elements of a list, or the keys of a map.
func collect(elems []ref.Val, v ref.Val) []ref.Val {
	for it := v.(traits.Iterable).Iterator(); it.HasNext() == types.True; {
		elems = append(elems, it.Next())
	}
	return elems
}

type bindingIterator struct {
	traits.Iterator
	people People
}

func (i *bindingIterator) Next() ref.Val { return bind(i.Iterator.Next(), i.people) }

// dict is a map whose keys come in order. A loop over a map of Go's would see them in another order each time, and
// m.map(k, k)[0] would decide otherwise from one request to the next.
type dict struct {
	traits.Mapper
	entries map[ref.Val]ref.Val
	keys    []ref.Val
	refers  bool
	people  People
}

func newDict(entries map[ref.Val]ref.Val, refers bool) *dict {
	keys := slices.SortedFunc(maps.Keys(entries), compareKeys)
	return &dict{Mapper: types.NewRefValMap(types.DefaultTypeAdapter, entries), entries: entries, keys: keys, refers: refers}
}

// compareKeys orders the keys of a map: by type, then by value.
func compareKeys(a, b ref.Val) int {
	if x, y := a.Type().TypeName(), b.Type().TypeName(); x != y {
		if x < y {
			return -1
		}
		return 1
	}
	if c, ok := a.(traits.Comparer); ok {
		if n, ok := c.Compare(b).(types.Int); ok {
			return int(n)
		}
	}
	return 0
}

func (d *dict) Iterator() traits.Iterator {
	return types.NewRefValList(types.DefaultTypeAdapter, d.keys).Iterator()
}

func (d *dict) Find(key ref.Val) (ref.Val, bool) {
	v, ok := d.Mapper.Find(key)
	if v != nil {
		v = bind(v, d.people)
	}
	return v, ok
}

func (d *dict) Get(key ref.Val) ref.Val { return bind(d.Mapper.Get(key), d.people) }
