package store

// PrincipalsEdit is a change of principals, by one goroutine.
type PrincipalsEdit[X any] struct {
	Principals[X]
	edit *VecEdit[bucket[X]]
}

// Edit begins a change. The principals themselves stay as they are.
func (p *Principals[X]) Edit() *PrincipalsEdit[X] {
	e := &PrincipalsEdit[X]{Principals: *p, edit: p.buckets.Edit()}
	e.buckets = e.edit.Vec
	return e
}

// Put adds a principal, or replaces the one of the same id, which keeps its place in the order. Nothing of what is put in
// is kept but the extra. Cost: a copy of its bucket.
func (e *PrincipalsEdit[X]) Put(p *Principal[X]) {
	var room [usual]member[X]
	hash := e.hash(p.ID)
	slot := e.edit.Change(e.slot(hash))
	all := slot.members(room[:0])
	added := member[X]{*p, tag(hash), e.next}
	found := index(all, p.ID)
	if found >= 0 {
		added.number = all[found].number
		all[found] = added
	} else {
		all = append(all, added)
	}
	*slot = holding(all)
	if found < 0 {
		e.next++
		if e.n++; e.crowded() {
			e.spread()
		}
	}
	e.buckets = e.edit.Vec
}

// Remove takes a principal out, and reports whether it was there.
func (e *PrincipalsEdit[X]) Remove(id string) bool {
	var room [usual]member[X]
	slot := e.edit.Change(e.slot(e.hash(id)))
	all := slot.members(room[:0])
	found := index(all, id)
	if found < 0 {
		return false
	}
	*slot = holding(append(all[:found], all[found+1:]...))
	e.n--
	e.buckets = e.edit.Vec
	return true
}

func index[X any](all []member[X], id string) int {
	for i := range all {
		if all[i].ID == id {
			return i
		}
	}
	return -1
}

// spread splits a bucket in two.
func (e *PrincipalsEdit[X]) spread() {
	var room [usual]member[X]
	from := e.grow()
	last := e.edit.Len()
	stay, leave := parted(e.edit.At(from).members(room[:0]), func(m *member[X]) bool { return e.slot(e.hash(m.ID)) == last })
	*e.edit.Change(from) = holding(stay)
	e.edit.Append(holding(leave))
}

// Done returns the changed principals. The edit must not be used any more.
func (e *PrincipalsEdit[X]) Done() Principals[X] {
	e.buckets = e.edit.Done()
	return e.Principals
}
