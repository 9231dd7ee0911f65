package store

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/internal/table"
)

// Principal is a principal as it is put in and found. What is found must not be changed. X is what few principals have.
type Principal[X any] struct {
	ID     string // of 256 bytes at most
	Kind   uint8  // below four, as is Status
	Status uint8
	Timed  bool // some of the grants begin or end
	table.Given
	Groups []int32
	Extra  *X // nil: none
}

// Principals hold principals by their ids: some of them share a bucket, in which each takes some tens of bytes
// besides its id and its grants. They are immutable; the zero value is empty, and cannot be edited: see Pack.
type Principals[X any] struct {
	hashing
	buckets Vec[bucket[X]]
	next    uint32 // the number of the next one that is put in
}

// fullBucket is how many principals there are for each bucket. It is half of what has room, so that few buckets have
// more: those that are to be split last have twice as many as the others.
const fullBucket = roomy / 2

// roomy is how many principals have room in a bucket.
const roomy = 8

// bucket holds its principals one after the other in the same arrays: where the parts of each end stands here, and they
// begin where those of the one before it end. Finding one takes two steps in memory: to the bucket, which is two lines of
// the cache, and from there to the id and to the grants at once.
type bucket[X any] struct {
	tags   uint64       // a byte of the hash of each
	is     [roomy]state // what each is
	ids    string       // each behind its number
	idEnds [roomy]uint16
	extras *[roomy]*X // nil: none has one
	few    *few       // nil: none has anything of it

	grants    []table.Grant
	grantEnds [roomy]uint32
	more      *bucket[X] // of those that there is no room for; nil: none
}

// few is what few principals have.
type few struct {
	groups parts[int32]
	terms  *parts[*table.Terms] // nil: none has any
}

// parts are lists of all principals of a bucket, one after the other.
type parts[T any] struct {
	list []T
	ends [roomy]uint32
}

func (p *parts[T]) of(i int) []T {
	from, to := span(&p.ends, i)
	return p.list[from:to:to]
}

// state is what a principal is, in a byte.
type state uint8

const (
	there state = 1 << iota // there is a principal
	timed
	rare // it has an extra, terms or groups
	_
	kindBit // two bits
	_
	statusBit // likewise
	_
	twoBits = 0b11
)

func stateOf[X any](p *Principal[X]) state {
	s := there | state(p.Kind&twoBits)*kindBit | state(p.Status&twoBits)*statusBit
	if p.Timed {
		s |= timed
	}
	if p.Extra != nil || len(p.Terms) > 0 || len(p.Groups) > 0 {
		s |= rare
	}
	return s
}

func (s state) kind() uint8   { return uint8(s / kindBit & twoBits) }
func (s state) status() uint8 { return uint8(s / statusBit & twoBits) }

// Len returns the number of principals.
func (p *Principals[X]) Len() int { return p.n }

// Find returns the principal of an id.
func (p *Principals[X]) Find(id string) (found Principal[X], ok bool) {
	k := p.Seek(id).Find(id)
	if !k.Found() {
		return found, false
	}
	return k.Principal(), true
}

// Seek begins to find where the principal of an id is kept: what that takes is on its way from memory while the caller
// does something else.
func (p *Principals[X]) Seek(id string) Sought[X] {
	if p.n == 0 {
		return Sought[X]{}
	}
	hash := p.hash(id)
	b := p.buckets.At(p.slot(hash))
	return Sought[X]{b, hash, b.tags}
}

// Sought is where a principal may be kept.
type Sought[X any] struct {
	bucket *bucket[X]
	hash   uint64
	tags   uint64 // of the bucket: so that it is read
}

// Find finds where the principal is kept: id is that which was sought.
func (s Sought[X]) Find(id string) (k Kept[X]) {
	tags := s.tags
	for b := s.bucket; b != nil; {
		for found := tagged(tags, tag(s.hash)); found != 0; found &= found - 1 {
			i := bits.TrailingZeros64(found) / 8 & (roomy - 1)
			if b.is[i]&there != 0 && b.id(i) == id {
				return Kept[X]{b, i}
			}
		}
		if b = b.more; b != nil {
			tags = b.tags
		}
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

// Is returns what the principal is, whether some of its grants begin or end, and whether [Kept.Rare] has anything to tell.
func (k Kept[X]) Is() (kind, status uint8, begins, few bool) {
	s := k.bucket.is[k.i&(roomy-1)]
	return s.kind(), s.status(), s&timed != 0, s&rare != 0
}

// Grants returns what it is granted.
func (k Kept[X]) Grants() []table.Grant {
	b := k.bucket
	from, to := span(&b.grantEnds, k.i)
	return b.grants[from:to:to]
}

// Rare returns what few have: terms, an extra, and groups.
func (k Kept[X]) Rare() (terms []*table.Terms, x *X, groups []int32) {
	b := k.bucket
	if b.extras != nil {
		x = b.extras[k.i&(roomy-1)]
	}
	if b.few != nil {
		groups = b.few.groups.of(k.i)
		if b.few.terms != nil {
			terms = b.few.terms.of(k.i)
		}
	}
	return terms, x, groups
}

// Principal returns all of it.
func (k Kept[X]) Principal() Principal[X] {
	p := Principal[X]{ID: k.bucket.id(k.i)}
	p.Grants = k.Grants()
	p.Kind, p.Status, p.Timed, _ = k.Is()
	p.Terms, p.Extra, p.Groups = k.Rare()
	return p
}

// span returns where the parts of the i-th begin and end. It takes no branch: which of a bucket is asked for cannot be
// foreseen.
func span[N uint16 | uint32](ends *[roomy]N, i int) (from, to N) {
	behind := N(-int64(i) >> 63) // all bits, but none for the first
	return ends[(i-1)&(roomy-1)] & behind, ends[i&(roomy-1)]
}

// numberSize is how many bytes the number of a principal takes.
const numberSize = 4

// id returns the id of the i-th principal.
func (b *bucket[X]) id(i int) string {
	from, to := span(&b.idEnds, i)
	return b.ids[from+numberSize : to]
}

// number returns the order in which the i-th principal was put in.
func (b *bucket[X]) number(i int) uint32 {
	from, _ := span(&b.idEnds, i)
	return binary.LittleEndian.Uint32([]byte(b.ids[from : from+numberSize]))
}

// members returns the principals of a bucket, in the order in which they were put into it.
func (b *bucket[X]) members(all []member[X]) []member[X] {
	for ; b != nil; b = b.more {
		for i, s := range b.is {
			if s&there != 0 {
				all = append(all, member[X]{Kept[X]{b, i}.Principal(), byte(b.tags >> (8 * i)), b.number(i)})
			}
		}
	}
	return all
}

// member is a principal that is in a bucket, or will be.
type member[X any] struct {
	Principal[X]
	tag    byte
	number uint32 // the order in which they were put in
}

// usual is how many members a bucket has at most, most often.
const usual = 2 * roomy

// holding returns a bucket of these principals.
func holding[X any](all []member[X]) (b bucket[X]) {
	here := all[:min(len(all), roomy)]
	ids, grants := 0, 0
	for i := range here {
		ids, grants = ids+numberSize+len(here[i].ID), grants+len(here[i].Grants)
	}
	var text strings.Builder
	text.Grow(ids)
	b.grants = make([]table.Grant, 0, grants)
	for i := range here {
		m := &here[i]
		b.tags |= uint64(m.tag) << (8 * i)
		b.is[i] = stateOf(&m.Principal)
		var number [numberSize]byte
		binary.LittleEndian.PutUint32(number[:], m.number)
		text.Write(number[:])
		text.WriteString(m.ID)
		b.grants = append(b.grants, m.Grants...)
		b.idEnds[i], b.grantEnds[i] = uint16(text.Len()), uint32(len(b.grants))
		if m.Extra != nil {
			if b.extras == nil {
				b.extras = new([roomy]*X)
			}
			b.extras[i] = m.Extra
		}
	}
	b.ids, b.few = text.String(), fewOf(here)
	if rest := all[len(here):]; len(rest) > 0 {
		more := holding(rest)
		b.more = &more
	}
	return b
}

// fewOf returns what few of these principals have; nil: none has anything.
func fewOf[X any](all []member[X]) *few {
	terms, groups := 0, 0
	for i := range all {
		terms, groups = terms+len(all[i].Terms), groups+len(all[i].Groups)
	}
	if terms+groups == 0 {
		return nil
	}
	f := &few{groups: parts[int32]{list: make([]int32, 0, groups)}}
	if terms > 0 {
		f.terms = &parts[*table.Terms]{list: make([]*table.Terms, 0, terms)}
	}
	for i := range all {
		f.groups.add(i, all[i].Groups)
		if f.terms != nil {
			f.terms.add(i, all[i].Terms)
		}
	}
	return f
}

// add adds what the i-th principal has of them.
func (p *parts[T]) add(i int, list []T) {
	p.list = append(p.list, list...)
	p.ends[i] = uint32(len(p.list))
}

// IDs returns the ids of all principals in the order in which they were put in. Cost: linear, with a sort.
func (p *Principals[X]) IDs() []string {
	type numbered struct {
		number uint32
		id     string
	}
	all := make([]numbered, 0, p.n)
	for i := range p.buckets.Len() {
		for b := p.buckets.At(i); b != nil; b = b.more {
			for j, s := range b.is {
				if s&there != 0 {
					all = append(all, numbered{b.number(j), b.id(j)})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].id
	}
	return ids
}
