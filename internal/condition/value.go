package condition

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// Object is one of the things that a condition sees: the principal, the request, a scope, or a principal that an
// attribute names. Objects are immutable and may be shared between goroutines and requests. They belong to the Env
// that made them.
type Object struct {
	class  *class
	id     string
	path   string    // of a scope
	kind   string    // of the principal itself
	status string    // of a principal
	key    string    // of the principal itself
	groups ref.Val   // of the principal itself
	now    time.Time // of the request
	known  bool      // a named principal whose facts were given with it, so that it is not looked up
	attrs  Attributes
	lookup Lookup
}

var _ ref.Val = (*Object)(nil)

// Type, Value, Equal, ConvertToNative and ConvertToType make an Object a value of CEL.

// With returns the object with another lookup for the principals that its attributes name.
func (o *Object) With(l Lookup) *Object {
	other := *o
	other.lookup = l
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
	return types.Bool(ok && o.class == p.class && o.id == p.id && o.path == p.path && o.key == p.key && o.now.Equal(p.now))
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
func (o *Object) facts() (status string, a Attributes, l Lookup) {
	if o.class.kind != personClass || o.known {
		return o.status, o.attrs, o.lookup
	}
	if o.lookup != nil {
		if status, a, ok := o.lookup(o.id); ok {
			return status, a, o.lookup
		}
	}
	return unknownStatus, Attributes{}, o.lookup
}

const unknownStatus = "unknown"

// attribute returns the i-th declared attribute, nil when it is not set.
func (o *Object) attribute(i int) ref.Val {
	_, a, l := o.facts()
	if a.class != o.class.attributes || i >= len(a.values) || a.values[i] == nil {
		return nil
	}
	return bind(a.values[i], l)
}

// bind gives the principals that a value names the lookup of the object that holds the value.
func bind(v ref.Val, l Lookup) ref.Val {
	if l == nil {
		return v
	}
	switch v := v.(type) {
	case *Object:
		bound := *v
		bound.lookup = l
		return &bound
	case *list:
		if v.refers {
			return &list{Lister: v.Lister, refers: true, lookup: l}
		}
	case *dict:
		if v.refers {
			return &dict{Mapper: v.Mapper, keys: v.keys, refers: true, lookup: l}
		}
	}
	return v
}

// list is a list among the facts. When it holds principals they are bound as they are read: binding them all for the
// one that is read would make reads as dear as the list is long.
type list struct {
	traits.Lister
	refers bool
	lookup Lookup
}

func (l *list) Get(i ref.Val) ref.Val { return bind(l.Lister.Get(i), l.lookup) }

func (l *list) Iterator() traits.Iterator {
	if !l.refers {
		return l.Lister.Iterator()
	}
	return &bindingIterator{l.Lister.Iterator(), l.lookup}
}

func (l *list) Add(other ref.Val) ref.Val {
	return types.NewRefValList(types.DefaultTypeAdapter, collect(l)).Add(other)
}

// collect returns the elements of a list or the keys of a map.
func collect(v ref.Val) []ref.Val {
	elems := make([]ref.Val, 0, size(v))
	for it := v.(traits.Iterable).Iterator(); it.HasNext() == types.True; {
		elems = append(elems, it.Next())
	}
	return elems
}

type bindingIterator struct {
	traits.Iterator
	lookup Lookup
}

func (i *bindingIterator) Next() ref.Val { return bind(i.Iterator.Next(), i.lookup) }

// dict is a map whose keys come in order. A loop over a map of Go's would see them in another order each time, and
// m.map(k, k)[0] would decide otherwise from one request to the next.
type dict struct {
	traits.Mapper
	keys   []ref.Val
	refers bool
	lookup Lookup
}

func newDict(m traits.Mapper, refers bool) *dict {
	keys := collect(m)
	slices.SortFunc(keys, compareKeys)
	return &dict{Mapper: m, keys: keys, refers: refers}
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
		v = bind(v, d.lookup)
	}
	return v, ok
}

func (d *dict) Get(key ref.Val) ref.Val { return bind(d.Mapper.Get(key), d.lookup) }
