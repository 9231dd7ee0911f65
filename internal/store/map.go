package store

import "slices"

// Map leads from texts to numbers. It is immutable; the zero Map is empty, and cannot be edited: see NewMap.
type Map struct {
	hashing
	slots Vec[[]entry]
}

type entry struct {
	key   string
	tag   uint32
	value int32
}

// NewMap returns a map that is empty.
func NewMap() Map {
	m := Map{hashing: sized(0)}
	e := m.slots.Edit()
	e.Append(nil)
	m.slots = e.Done()
	return m
}

// Len returns the number of keys.
func (m *Map) Len() int { return m.n }

// Find returns the value of a key.
func (m *Map) Find(key string) (int32, bool) {
	if m.n == 0 {
		return 0, false
	}
	hash := m.hash(key)
	for _, e := range *m.slots.At(m.slot(hash)) {
		if e.tag == tag(hash) && e.key == key {
			return e.value, true
		}
	}
	return 0, false
}

// MapEdit is a Map that is being changed, by one goroutine.
type MapEdit struct {
	Map
	edit *VecEdit[[]entry]
}

// Edit begins a change. The map itself stays as it is.
func (m *Map) Edit() *MapEdit {
	e := &MapEdit{Map: *m, edit: m.slots.Edit()}
	e.slots = e.edit.Vec
	return e
}

// Put sets the value of a key.
func (e *MapEdit) Put(key string, value int32) {
	hash := e.hash(key)
	slot := e.edit.Change(e.slot(hash))
	added := entry{key, tag(hash), value}
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
func (e *MapEdit) spread() {
	from := e.grow()
	old := *e.edit.At(from)
	last := e.edit.Len()
	var stay, go_ []entry
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
func (e *MapEdit) Remove(key string) {
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
func (e *MapEdit) Done() Map {
	e.slots = e.edit.Done()
	return e.Map
}
