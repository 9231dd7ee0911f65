package store

import (
	"math/bits"
	"slices"
)

// Map leads from texts to values. It is immutable; the zero Map is empty, and cannot be edited: see NewMap.
type Map[V any] struct {
	hashing
	slots Vec[slot[V]]
}

// slot holds the keys of one hash, and most often finds one with a single comparison.
type slot[V any] struct {
	tags    uint64 // of the first eight entries
	entries []entry[V]
}

type entry[V any] struct {
	key   string
	value V
}

// fullSlot is how many keys there are for each slot.
const fullSlot = 3

// NewMap returns a map that is empty.
func NewMap[V any]() Map[V] {
	m := Map[V]{hashing: sized(0, fullSlot)}
	e := m.slots.Edit()
	e.Append(slot[V]{})
	m.slots = e.Done()
	return m
}

// Len returns the number of keys.
func (m *Map[V]) Len() int { return m.n }

// Find returns the value of a key.
func (m *Map[V]) Find(key string) (value V, ok bool) {
	if m.n == 0 {
		return value, false
	}
	hash := m.hash(key)
	s := m.slots.At(m.slot(hash))
	for found := tagged(s.tags, tag(hash)); found != 0; found &= found - 1 {
		i := bits.TrailingZeros64(found) / 8
		if i < len(s.entries) && s.entries[i].key == key {
			return s.entries[i].value, true
		}
	}
	for i := 8; i < len(s.entries); i++ {
		if s.entries[i].key == key {
			return s.entries[i].value, true
		}
	}
	return value, false
}

// MapEdit is a Map that is being changed, by one goroutine.
type MapEdit[V any] struct {
	Map[V]
	edit *VecEdit[slot[V]]
}

// Edit begins a change. The map itself stays as it is.
func (m *Map[V]) Edit() *MapEdit[V] {
	e := &MapEdit[V]{Map: *m, edit: m.slots.Edit()}
	e.slots = e.edit.Vec
	return e
}

// Put sets the value of a key.
func (e *MapEdit[V]) Put(key string, value V) {
	s := e.edit.Change(e.slot(e.hash(key)))
	added := entry[V]{key, value}
	if i := s.index(key); i >= 0 {
		s.entries = slices.Clone(s.entries)
		s.entries[i] = added
		e.slots = e.edit.Vec
		return
	}
	*s = e.holding(append(slices.Clip(s.entries), added))
	e.n++
	if e.crowded() {
		e.spread()
	}
	e.slots = e.edit.Vec
}

func (s *slot[V]) index(key string) int {
	return slices.IndexFunc(s.entries, func(x entry[V]) bool { return x.key == key })
}

// holding returns a slot of these entries.
func (e *MapEdit[V]) holding(entries []entry[V]) slot[V] {
	s := slot[V]{entries: entries}
	for i := range entries[:min(len(entries), 8)] {
		s.tags |= uint64(tag(e.hash(entries[i].key))) << (8 * i)
	}
	return s
}

// spread splits a slot in two.
func (e *MapEdit[V]) spread() {
	from := e.grow()
	old := e.edit.At(from).entries
	last := e.edit.Len()
	var stay, go_ []entry[V]
	for _, x := range old {
		if e.slot(e.hash(x.key)) == last {
			go_ = append(go_, x)
		} else {
			stay = append(stay, x)
		}
	}
	*e.edit.Change(from) = e.holding(stay)
	e.edit.Append(e.holding(go_))
}

// Remove takes a key out.
func (e *MapEdit[V]) Remove(key string) {
	s := e.edit.Change(e.slot(e.hash(key)))
	if i := s.index(key); i >= 0 {
		*s = e.holding(slices.Delete(slices.Clone(s.entries), i, i+1))
		e.n--
	}
	e.slots = e.edit.Vec
}

// Done returns the changed map. The edit must not be used any more.
func (e *MapEdit[V]) Done() Map[V] {
	e.slots = e.edit.Done()
	return e.Map
}
