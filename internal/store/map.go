package store

import "slices"

// Map leads from texts to values. It is immutable; the zero Map is empty, and cannot be edited: see NewMap.
type Map[V any] struct {
	hashing
	slots Vec[[]entry[V]]
}

type entry[V any] struct {
	key   string
	tag   uint32
	value V
}

// fullSlot is how many keys there are for each slot: few, for they are looked at one by one.
const fullSlot = 1

// NewMap returns a map that is empty.
func NewMap[V any]() Map[V] {
	m := Map[V]{hashing: sized(0, fullSlot)}
	e := m.slots.Edit()
	e.Append(nil)
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
	slot := *m.slots.At(m.slot(hash))
	for i := range slot {
		if e := &slot[i]; e.tag == tag(hash) && e.key == key {
			return e.value, true
		}
	}
	return value, false
}

// MapEdit is a Map that is being changed, by one goroutine.
type MapEdit[V any] struct {
	Map[V]
	edit *VecEdit[[]entry[V]]
}

// Edit begins a change. The map itself stays as it is.
func (m *Map[V]) Edit() *MapEdit[V] {
	e := &MapEdit[V]{Map: *m, edit: m.slots.Edit()}
	e.slots = e.edit.Vec
	return e
}

// Put sets the value of a key.
func (e *MapEdit[V]) Put(key string, value V) {
	hash := e.hash(key)
	slot := e.edit.Change(e.slot(hash))
	added := entry[V]{key, tag(hash), value}
	for i := range *slot {
		if (*slot)[i].key == key {
			*slot = slices.Clone(*slot)
			(*slot)[i] = added
			e.slots = e.edit.Vec
			return
		}
	}
	*slot = append(slices.Clip(*slot), added)
	e.n++
	if e.crowded() {
		e.spread()
	}
	e.slots = e.edit.Vec
}

// spread splits a slot in two.
func (e *MapEdit[V]) spread() {
	from := e.grow()
	old := *e.edit.At(from)
	last := e.edit.Len()
	var stay, go_ []entry[V]
	for _, x := range old {
		if e.slot(e.hash(x.key)) == last {
			go_ = append(go_, x)
		} else {
			stay = append(stay, x)
		}
	}
	*e.edit.Change(from) = stay
	e.edit.Append(go_)
}

// Remove takes a key out.
func (e *MapEdit[V]) Remove(key string) {
	slot := e.edit.Change(e.slot(e.hash(key)))
	for i := range *slot {
		if (*slot)[i].key == key {
			*slot = slices.Delete(slices.Clone(*slot), i, i+1)
			e.n--
			break
		}
	}
	e.slots = e.edit.Vec
}

// Done returns the changed map. The edit must not be used any more.
func (e *MapEdit[V]) Done() Map[V] {
	e.slots = e.edit.Done()
	return e.Map
}
