package store

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/internal/table"
)

// Principal is a principal as it is put in and found. What is found must not be changed. X is what few principals have.
type Principal[X any] struct {
	ID     string
	Kind   uint8
	Status uint8
	Timed  bool // some of the grants begin or end
	Grants []table.Grant
	Terms  []table.Terms // which the grants name
	Groups []int32
	Extra  *X // nil: none
}

// Principals hold principals by their ids: a bucket of eight is a few arrays, in which each takes some tens of bytes
// besides its id and its grants. They are immutable; the zero value is empty, and cannot be edited: see Pack.
type Principals[X any] struct {
	hashing
	buckets Vec[bucket[X]]
	next    uint32 // the number of the next one that is put in
}

// fullBucket is how many principals there are for each bucket.
const fullBucket = 8

// bucket holds its principals one after the other in the same arrays. Each record says where its own parts end; they
// begin where those of the record before it end.
type bucket[X any] struct {
	ids     string // and then the tags of each, eight by eight, so that few ids have to be looked at
	records []record
	grants  []table.Grant
	rare    *rare[X] // nil: none has any
}

type record struct {
	number uint32 // the order in which they were put in
	id     uint32
	grants uint32
	groups uint32
	terms  uint32
	extra  int32 // in the extras; -1: none
	kind   uint8
	status uint8
	timed  bool
}

type rare[X any] struct {
	groups []int32
	terms  []table.Terms
	extras []*X
}

// Len returns the number of principals.
func (p *Principals[X]) Len() int { return p.n }

// Find returns the principal of an id.
func (p *Principals[X]) Find(id string) (found Principal[X], ok bool) {
	k := p.Locate(id)
	if !k.Found() {
		return found, false
	}
	return k.Principal(), true
}

// Locate finds where the principal of an id is kept.
func (p *Principals[X]) Locate(id string) (k Kept[X]) {
	if p.n == 0 {
		return k
	}
	hash := p.hash(id)
	b := p.buckets.At(p.slot(hash))
	if i := b.find(id, hash); i >= 0 {
		k.bucket, k.i = b, i
	}
	return k
}

// Kept is where a principal is kept, for those who do not need all of it. The methods but Found are for one that was found.
type Kept[X any] struct {
	bucket *bucket[X]
	i      int
}

// Found reports whether there is such a principal.
func (k Kept[X]) Found() bool { return k.bucket != nil }

// Is returns what the principal is, and whether some of its grants begin or end.
func (k Kept[X]) Is() (kind, status uint8, timed bool) {
	r := &k.bucket.records[k.i]
	return r.kind, r.status, r.timed
}

// Grants returns what it is granted.
func (k Kept[X]) Grants() []table.Grant {
	records, from := k.bucket.records, uint32(0)
	if k.i > 0 {
		from = records[k.i-1].grants
	}
	to := records[k.i].grants
	return k.bucket.grants[from:to:to]
}

// Rare returns what few have: terms, an extra, and whether there are groups.
func (k Kept[X]) Rare() (terms []table.Terms, x *X, grouped bool) {
	rare := k.bucket.rare
	if rare == nil {
		return nil, nil, false
	}
	var from, before uint32
	if k.i > 0 {
		from, before = k.bucket.records[k.i-1].terms, k.bucket.records[k.i-1].groups
	}
	r := &k.bucket.records[k.i]
	if r.extra >= 0 {
		x = rare.extras[r.extra]
	}
	return rare.terms[from:r.terms:r.terms], x, r.groups > before
}

// Principal returns all of it.
func (k Kept[X]) Principal() Principal[X] { return k.bucket.at(k.i) }

// find returns which of the principals has an id; -1: none.
func (b *bucket[X]) find(id string, hash uint64) int {
	n := len(b.records)
	tags := b.ids[len(b.ids)-padded(n):]
	for from := 0; from < n; from += 8 {
		for found := tagged(eight(tags[from:]), tag(hash)); found != 0; found &= found - 1 {
			if i := from + bits.TrailingZeros64(found)/8; i < n && b.id(i) == id {
				return i
			}
		}
	}
	return -1
}

// padded is the room that so many tags take.
func padded(n int) int { return (n + 7) &^ 7 }

// id returns the id of the i-th principal.
func (b *bucket[X]) id(i int) string {
	from := uint32(0)
	if i > 0 {
		from = b.records[i-1].id
	}
	return b.ids[from:b.records[i].id]
}

// at returns the i-th principal.
func (b *bucket[X]) at(i int) Principal[X] {
	var before record
	if i > 0 {
		before = b.records[i-1]
	}
	r := &b.records[i]
	p := Principal[X]{
		ID: b.ids[before.id:r.id], Kind: r.kind, Status: r.status, Timed: r.timed,
		Grants: b.grants[before.grants:r.grants:r.grants],
	}
	if b.rare != nil {
		p.Groups = b.rare.groups[before.groups:r.groups:r.groups]
		p.Terms = b.rare.terms[before.terms:r.terms:r.terms]
		if r.extra >= 0 {
			p.Extra = b.rare.extras[r.extra]
		}
	}
	return p
}

// IDs returns the ids of all principals in the order in which they were put in. Cost: linear, with a sort.
func (p *Principals[X]) IDs() []string {
	type numbered struct {
		number uint32
		id     string
	}
	all := make([]numbered, 0, p.n)
	for i := range p.buckets.Len() {
		b := p.buckets.At(i)
		for j := range b.records {
			all = append(all, numbered{b.records[j].number, b.id(j)})
		}
	}
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].id
	}
	return ids
}

// filling is a bucket that is put together.
type filling[X any] struct {
	bucket[X]
	ids  strings.Builder
	tags []byte
}

// reserve makes room: what is put together once is not copied again.
func (f *filling[X]) reserve(records, grants, ids int) {
	f.records = make([]record, 0, records)
	f.grants = make([]table.Grant, 0, grants)
	f.ids.Grow(ids + padded(records))
}

func (f *filling[X]) add(tag byte, number uint32, p *Principal[X]) {
	f.ids.WriteString(p.ID)
	f.tags = append(f.tags, tag)
	f.grants = append(f.grants, p.Grants...)
	r := record{
		number: number, kind: p.Kind, status: p.Status, timed: p.Timed, extra: -1,
		id: uint32(f.ids.Len()), grants: uint32(len(f.grants)),
	}
	if f.rare == nil && (p.Extra != nil || len(p.Terms) > 0 || len(p.Groups) > 0) {
		f.rare = &rare[X]{}
	}
	if f.rare != nil {
		f.rare.groups = append(f.rare.groups, p.Groups...)
		f.rare.terms = append(f.rare.terms, p.Terms...)
		r.groups, r.terms = uint32(len(f.rare.groups)), uint32(len(f.rare.terms))
		if p.Extra != nil {
			r.extra = int32(len(f.rare.extras))
			f.rare.extras = append(f.rare.extras, p.Extra)
		}
	}
	f.records = append(f.records, r)
}

func (f *filling[X]) done() bucket[X] {
	b := f.bucket
	f.ids.Write(f.tags)
	f.ids.Write(make([]byte, padded(len(f.tags))-len(f.tags)))
	b.ids = f.ids.String()
	return b
}

// with returns the bucket without the principals that drop names, and with one that is added, if it is.
func (b *bucket[X]) with(drop func(i int) bool, tag byte, number uint32, added *Principal[X]) bucket[X] {
	f := filling[X]{tags: make([]byte, 0, 2*fullBucket)}
	grants, ids := len(b.grants), len(b.ids)
	if added != nil {
		grants, ids = grants+len(added.Grants), ids+len(added.ID)
	}
	f.reserve(len(b.records)+1, grants, ids)
	tags := b.ids[len(b.ids)-padded(len(b.records)):]
	for i := range b.records {
		if !drop(i) {
			p := b.at(i)
			f.add(tags[i], b.records[i].number, &p)
		}
	}
	if added != nil {
		f.add(tag, number, added)
	}
	return f.done()
}
