package condition

import (
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// Comparing pays as it goes. To weigh two values before they are compared would take longer than to compare them, which
// mostly ends at the first difference.

// perCompare is how many bytes of two texts are compared for a unit, and scanned how many elements of a list are.
const (
	perCompare = 1024
	scanned    = 4
)

// equal is CEL's ==, at a unit for every pair of values that it comes to.
func (m *meter) equal(a, b ref.Val) bool {
	m.pay(1)
	switch a := a.(type) {
	case types.String:
		b, ok := b.(types.String)
		if !ok || len(a) != len(b) {
			return false
		}
		m.pay(len(a) / perCompare)
		return a == b
	case types.Bytes:
		m.pay(len(a) / perCompare)
	case *dict:
		if b, ok := b.(*dict); ok {
			return m.equalDicts(a, b)
		}
	case traits.Lister:
		if b, ok := b.(traits.Lister); ok {
			return m.equalLists(a, b)
		}
	}
	return types.Equal(a, b) == types.True
}

func (m *meter) equalLists(a, b traits.Lister) bool {
	x, y := m.elements(a), m.elements(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !m.equal(x[i], y[i]) {
			return false
		}
	}
	return true
}

func (m *meter) equalDicts(a, b *dict) bool {
	if len(a.keys) != len(b.keys) {
		return false
	}
	for _, key := range a.keys {
		m.pay(1 + length(key)/perLookup)
		other, ok := b.entries[key]
		if !ok || !m.equal(a.entries[key], other) {
			return false
		}
	}
	return true
}

// elements returns the elements of a list. Principals among them are not bound: comparing looks at their ids alone.
func (m *meter) elements(v ref.Val) []ref.Val {
	if l, ok := v.(*list); ok {
		return l.elems
	}
	if elems, ok := v.Value().([]ref.Val); ok {
		return elems
	}
	n := size(v)
	m.pay(n) // CEL makes no other lists; one that it does is copied
	return collect(make([]ref.Val, 0, n), v)
}

// contains is CEL's in, for lists.
func (m *meter) contains(v, sought ref.Val) bool {
	m.pay(1)
	elems := m.elements(v)
	switch sought := sought.(type) {
	case types.String:
		for i, elem := range elems {
			if i%scanned == 0 {
				m.pay(1)
			}
			if text, ok := elem.(types.String); ok && len(text) == len(sought) {
				m.pay(len(text) / perCompare)
				if text == sought {
					return true
				}
			}
		}
	default:
		for _, elem := range elems {
			if m.equal(sought, elem) {
				return true
			}
		}
	}
	return false
}

func (m *meter) containsAll(v, sought ref.Val) bool {
	m.pay(1)
	for _, elem := range m.elements(sought) {
		if !m.contains(v, elem) {
			return false
		}
	}
	return true
}

func (m *meter) containsAny(v, sought ref.Val) bool {
	m.pay(1)
	for _, elem := range m.elements(sought) {
		if m.contains(v, elem) {
			return true
		}
	}
	return false
}
