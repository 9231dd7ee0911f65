package store

import (
	"strings"

	"github.com/trellis-authz/trellis/internal/table"
)

// Pack is a stream of principals that become [Principals] together: each is put into its bucket once.
type Pack[X any] struct {
	chunks []*chunk[X] // all but the last are full
	n      int
}

// chunkSize is how many principals a chunk holds.
const chunkSize = 1 << 12

// chunk holds principals one after the other until all are there.
type chunk[X any] struct {
	ids     strings.Builder
	records []record[X]
	grants  []table.Grant
	terms   []*table.Terms
	groups  []int32
}

// record says where the parts of a principal end.
type record[X any] struct {
	id, grants, terms, groups uint32
	is                        state
	extra                     *X
}

// Add adds a principal. Nothing of it is kept but the extra and the terms.
func (k *Pack[X]) Add(p *Principal[X]) {
	if k.n%chunkSize == 0 {
		k.chunks = append(k.chunks, k.another())
	}
	k.chunks[len(k.chunks)-1].add(p)
	k.n++
}

// another returns a chunk with the room that the last one took, and some more: most often it has not to grow.
func (k *Pack[X]) another() *chunk[X] {
	next := &chunk[X]{}
	if k.n == 0 {
		return next
	}
	last := k.chunks[len(k.chunks)-1]
	next.ids.Grow(spare(last.ids.Len()))
	next.records = make([]record[X], 0, chunkSize)
	next.grants = make([]table.Grant, 0, spare(len(last.grants)))
	next.terms = make([]*table.Terms, 0, spare(len(last.terms)))
	next.groups = make([]int32, 0, spare(len(last.groups)))
	return next
}

// spare returns n and a little more.
func spare(n int) int { return n + n/16 }

func (c *chunk[X]) add(p *Principal[X]) {
	c.ids.WriteString(p.ID)
	c.grants = append(c.grants, p.Grants...)
	c.terms = append(c.terms, p.Terms...)
	c.groups = append(c.groups, p.Groups...)
	c.records = append(c.records, record[X]{
		uint32(c.ids.Len()), uint32(len(c.grants)), uint32(len(c.terms)), uint32(len(c.groups)), stateOf(p), p.Extra})
}

// id returns the id of the i-th principal.
func (k *Pack[X]) id(i uint32) string {
	c, n := k.chunks[i/chunkSize], i%chunkSize
	from := uint32(0)
	if n > 0 {
		from = c.records[n-1].id
	}
	return c.ids.String()[from:c.records[n].id]
}

// at returns the i-th principal.
func (k *Pack[X]) at(i uint32) Principal[X] {
	c, n := k.chunks[i/chunkSize], i%chunkSize
	var before record[X]
	if n > 0 {
		before = c.records[n-1]
	}
	r := &c.records[n]
	return Principal[X]{
		ID: c.ids.String()[before.id:r.id], Kind: r.is.kind(), Status: r.is.status(), Timed: r.is&timed != 0,
		Given:  table.Given{Grants: c.grants[before.grants:r.grants], Terms: c.terms[before.terms:r.terms]},
		Groups: c.groups[before.groups:r.groups], Extra: r.extra,
	}
}

// Len returns the number of principals that were added.
func (k *Pack[X]) Len() int { return k.n }

// Done returns the principals; twice is called with each id that was added more than once, of which the first counts.
// The pack must not be used any more.
func (k *Pack[X]) Done(twice func(id string)) Principals[X] {
	p := Principals[X]{hashing: sized(k.n, fullBucket), next: uint32(k.n)}
	// Counted and put in order by bucket, so that each bucket is filled at once.
	tags, slots := make([]byte, k.n), make([]uint32, k.n)
	starts := make([]uint32, p.hashing.buckets()+1)
	for i := range slots {
		hash := p.hash(k.id(uint32(i)))
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
	var all []member[X]
	for slot := range p.hashing.buckets() {
		all = all[:0]
		for _, i := range order[starts[slot]:starts[slot+1]] {
			if m := k.at(i); index(all, m.ID) < 0 {
				all = append(all, member[X]{m, tags[i], i})
			} else {
				p.n--
				twice(m.ID)
			}
		}
		edit.Append(holding(all))
	}
	p.buckets = edit.Done()
	return p
}
