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

// inSlot is how many keys have room in a slot.
const inSlot = 4

// fullSlot is how many keys there are for each slot.
const fullSlot = inSlot / 2

// slot holds the keys of one hash, and most often finds one with a single comparison.
type slot[V any] struct {
	tags    uint32 // of the entries
	n       int32
	entries [inSlot]entry[V]
	more    *slot[V] // those that there is no room for; nil: none
}

type entry[V any] struct {
	key   string
	value V
}

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
func (m *Map[V]) Find(key string) (value V, ok bool) { return m.Seek(key).Find(key) }

// Seek begins to find a key: what that takes is on its way from memory while the caller does something else.
func (m *Map[V]) Seek(key string) Slot[V] {
	if m.n == 0 {
		return Slot[V]{}
	}
	hash := m.hash(key)
	s := m.slots.At(m.slot(hash))
	return Slot[V]{s, s.tags, tag(hash)}
}

// Slot is where a key may be.
type Slot[V any] struct {
	slot *slot[V]
	tags uint32 // of the slot: so that it is read
	tag  byte
}

// Find returns the value of the key that was sought.
func (at Slot[V]) Find(key string) (value V, ok bool) {
	tags := at.tags
	for s := at.slot; s != nil; {
		for found := tagged(uint64(tags), at.tag) & (1<<(8*inSlot) - 1); found != 0; found &= found - 1 {
			i := bits.TrailingZeros64(found) / 8 & (inSlot - 1)
			if e := &s.entries[i]; int32(i) < s.n && e.key == key {
				return e.value, true
			}
		}
		if s = s.more; s != nil {
			tags = s.tags
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
	var room [2 * inSlot]entry[V]
	s := e.edit.Change(e.slot(e.hash(key)))
	all, added := s.all(room[:0]), entry[V]{key, value}
	found := indexOf(all, key)
	if found >= 0 {
		all[found] = added
	} else {
		all = append(all, added)
	}
	*s = e.holding(all)
	if found < 0 {
		e.n++
		if e.crowded() {
			e.spread()
		}
	}
	e.slots = e.edit.Vec
}

// all returns the entries of a slot.
func (s *slot[V]) all(list []entry[V]) []entry[V] {
	for ; s != nil; s = s.more {
		list = append(list, s.entries[:s.n]...)
	}
	return list
}

func indexOf[V any](all []entry[V], key string) int {
	return slices.IndexFunc(all, func(x entry[V]) bool { return x.key == key })
}

// holding returns a slot of these entries.
func (e *MapEdit[V]) holding(all []entry[V]) (s slot[V]) {
	s.n = int32(copy(s.entries[:], all))
	for i := range s.entries[:s.n] {
		s.tags |= uint32(tag(e.hash(all[i].key))) << (8 * i)
	}
	if rest := all[s.n:]; len(rest) > 0 {
		more := e.holding(rest)
		s.more = &more
	}
	return s
}

// spread splits a slot in two.
func (e *MapEdit[V]) spread() {
	var room [2 * inSlot]entry[V]
	from := e.grow()
	last := e.edit.Len()
	stay, leave := parted(e.edit.At(from).all(room[:0]), func(x *entry[V]) bool { return e.slot(e.hash(x.key)) == last })
	*e.edit.Change(from) = e.holding(stay)
	e.edit.Append(e.holding(leave))
}

// Remove takes a key out.
func (e *MapEdit[V]) Remove(key string) {
	var room [2 * inSlot]entry[V]
	s := e.edit.Change(e.slot(e.hash(key)))
	all := s.all(room[:0])
	if i := indexOf(all, key); i >= 0 {
		*s = e.holding(append(all[:i], all[i+1:]...))
		e.n--
	}
	e.slots = e.edit.Vec
}

// Done returns the changed map. The edit must not be used any more.
func (e *MapEdit[V]) Done() Map[V] {
	e.slots = e.edit.Done()
	return e.Map
}
