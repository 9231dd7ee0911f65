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
	hash := e.hash(p.ID)
	slot := e.edit.Change(e.slot(hash))
	number, found := e.next, slot.find(p.ID, hash)
	if found >= 0 {
		number = slot.records[found].number
	}
	*slot = slot.with(func(i int) bool { return i == found }, tag(hash), number, p)
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
	hash := e.hash(id)
	slot := e.edit.Change(e.slot(hash))
	found := slot.find(id, hash)
	if found < 0 {
		return false
	}
	*slot = slot.with(func(i int) bool { return i == found }, 0, 0, nil)
	e.n--
	e.buckets = e.edit.Vec
	return true
}

// spread splits a bucket in two.
func (e *PrincipalsEdit[X]) spread() {
	from := e.grow()
	last := e.edit.Len()
	b := *e.edit.At(from)
	goes := func(i int) bool { return e.slot(e.hash(b.id(i))) == last }
	*e.edit.Change(from) = b.with(goes, 0, 0, nil)
	e.edit.Append(b.with(func(i int) bool { return !goes(i) }, 0, 0, nil))
}

// Done returns the changed principals. The edit must not be used any more.
func (e *PrincipalsEdit[X]) Done() Principals[X] {
	e.buckets = e.edit.Done()
	return e.Principals
}

// Pack is a stream of principals that become [Principals] together: each is put into its bucket once.
type Pack[X any] struct {
	chunks []bucket[X]
	last   filling[X]
	n      int
}

const chunk = 1 << 12

// Add adds a principal. Nothing of it is kept but the extra.
func (k *Pack[X]) Add(p *Principal[X]) {
	if len(k.last.records) == chunk {
		k.chunks = append(k.chunks, k.last.done())
		k.last = filling[X]{}
	}
	k.last.add(0, uint32(k.n), p)
	k.n++
}

// Len returns the number of principals that were added.
func (k *Pack[X]) Len() int { return k.n }

// Done returns the principals; twice is called with each id that was added more than once, of which the first counts.
// The pack must not be used any more.
func (k *Pack[X]) Done(twice func(id string)) Principals[X] {
	k.chunks = append(k.chunks, k.last.done())
	p := Principals[X]{hashing: sized(k.n, fullBucket), next: uint32(k.n)}
	// Counted and put in order by bucket, so that each bucket is filled at once.
	tags, slots := make([]byte, k.n), make([]uint32, k.n)
	starts := make([]uint32, p.hashing.buckets()+1)
	for i := range k.n {
		hash := p.hash(k.chunks[i/chunk].id(i % chunk))
		tags[i], slots[i] = tag(hash), uint32(p.slot(hash))
		starts[slots[i]+1]++
	}
	for i := range starts[1:] {
		starts[i+1] += starts[i]
	}
	order := make([]uint32, k.n)
	next := append([]uint32(nil), starts...)
	for i, slot := range slots {
		order[next[slot]] = uint32(i)
		next[slot]++
	}
	edit := p.buckets.Edit()
	for slot := range p.hashing.buckets() {
		edit.Append(k.gather(order[starts[slot]:starts[slot+1]], tags, func(id string) {
			p.n--
			twice(id)
		}))
	}
	p.buckets = edit.Done()
	return p
}

// gather puts the principals of one bucket together.
func (k *Pack[X]) gather(members []uint32, tags []byte, twice func(id string)) bucket[X] {
	var room [2 * fullBucket]Principal[X]
	all := room[:0]
	grants, ids := 0, 0
	for _, i := range members {
		p := k.chunks[i/chunk].at(int(i % chunk))
		all = append(all, p)
		grants, ids = grants+len(p.Grants), ids+len(p.ID)
	}
	f := filling[X]{tags: make([]byte, 0, 2*fullBucket)}
	f.reserve(len(members), grants, ids)
	for n := range all {
		again := false
		for i := range all[:n] {
			again = again || all[i].ID == all[n].ID
		}
		if again {
			twice(all[n].ID)
		} else {
			f.add(tags[members[n]], members[n], &all[n])
		}
	}
	return f.done()
}
