package table

import (
	"sort"

	"github.com/trellis-authz/trellis/internal/bits"
)

// Walk is one decision. Whoever decides fills in the exported fields, adds the grants, and then answers what it
// asks until it asks no more:
//
//	for c, step, more := w.Ask(); more; c, step, more = w.Ask() {
//		w.Tell(holds(c, step))
//	}
//
// Then Granted is the level that the grants give, before boundaries and limits, and Held what is left of it. Only
// conditions that can change the answer are asked, unless a trace is kept; the same one may be asked more than once.
// A Walk calls nothing that it does not know, so that all of it stays on the stack of the one who decides.
type Walk struct {
	Place         *Place
	Now           Instant
	Limits        [2][]Level // the principal's own and the key's; nil: none
	First, Last   int        // the leaves in question
	Enough        Level      // to hold more than this is of no interest; a need, or Exactly
	Granted, Held []Level    // a place for each leaf in question; zeroed first
	Trace         *Trace     // nil: none is kept

	tables  *Tables
	bounds  []Lying
	without bits.Set // boundaries taken as lying nowhere
	all     bool     // every grant is judged, whether or not it matters here
	deepest int8     // the lowest step of the path that the holder has joined

	standings list[standing]
	applying  list[Lying]

	phase     phase
	grant     int // the grant and its entry, and the boundary, that are looked at next
	entry     int
	boundary  int
	selecting bool
}

// Exactly has a walk find out the exact level.
const Exactly = ^Level(0)

type phase uint8

const (
	judging phase = iota
	granting
	bounding
	contributing
	done
)

// standing is how a grant stands at the scope in question.
type standing struct {
	terms  *Terms
	role   int32
	depth  int8 // the step of the path in which it is given; -1: none of them
	class  class
	inTime bool
	covers bool // by its role's reach
	counts bool // what its role requires is there
}

// list holds a few without a word to the heap. What more there are stands one pointer further away than need be: were
// they appended to a slice in the list itself, the compiler would take all that a walk points to for lost to the heap.
type list[T any] struct {
	room [8]T
	more *[]T
	n    int
}

func (l *list[T]) add(x T) {
	if l.n < len(l.room) {
		l.room[l.n] = x
	} else {
		if l.more == nil {
			l.more = new([]T)
		}
		*l.more = append(*l.more, x)
	}
	l.n++
}

func (l *list[T]) at(i int) *T {
	if i < len(l.room) {
		return &l.room[i]
	}
	return &(*l.more)[i-len(l.room)]
}

// Start begins a decision by these tables.
func (w *Walk) Start(t *Tables) {
	clear(w.Granted)
	clear(w.Held)
	w.tables, w.deepest, w.bounds = t, -1, w.Place.rest
}

// Few is how many grants are looked at one by one: more are searched.
const Few = 16

// Add adds grants of the holder, sorted by their scopes, and the list of terms that they name.
func (w *Walk) Add(grants []Grant, list []Terms) {
	path := w.Place.Path
	if len(grants) <= Few {
		w.addEach(grants, list)
		return
	}
	for _, step := range path {
		from := sort.Search(len(grants), func(i int) bool { return grants[i].Scope >= step.Scope })
		to := from
		for to < len(grants) && grants[to].Scope == step.Scope {
			to++
		}
		w.addEach(grants[from:to], list)
	}
}

// addEach adds grants in any order: sentence 2.
func (w *Walk) addEach(grants []Grant, list []Terms) {
	path := w.Place.Path
	for i := range grants {
		g := &grants[i]
		depth := int8(len(path)) - 1
		for depth >= 0 && path[depth].Scope != g.Scope {
			depth--
		}
		if depth < 0 && !w.all {
			continue
		}
		var terms *Terms
		inTime := true
		if g.Terms != 0 {
			terms = w.tables.Of(*g, list)
			inTime = terms.holds(w.Now)
		}
		if inTime && depth > w.deepest {
			w.deepest = depth
		}
		if w.all || inTime && g.Role >= 0 {
			w.standings.add(standing{role: g.Role, depth: depth, terms: terms, inTime: inTime})
		}
	}
}

// stand judges every grant: sentences 3 (covers) and 4 (counts).
func (w *Walk) stand() {
	t, last, waiting := w.tables, int8(len(w.Place.Path))-1, false
	for i := range w.standings.n {
		s := w.standings.at(i)
		switch {
		case s.depth == last:
			s.class = here
		case w.deepest > s.depth:
			s.class = joined
		default:
			s.class = beneath
		}
		if s.role < 0 || !s.inTime {
			continue
		}
		s.covers = s.depth >= 0 && s.class.reaches(t.Roles[s.role].Reach)
		s.counts = !t.plain[s.role].requires
		waiting = waiting || !s.counts
	}
	for waiting { // the least set: start from those that require nothing, add until nothing is added
		waiting = false
		for i := range w.standings.n {
			s := w.standings.at(i)
			if s.counts || s.role < 0 || !s.inTime {
				continue
			}
			if w.lacks(s.role, nil) == 0 {
				s.counts, waiting = true, true
			}
		}
	}
	w.Trace.standings(w)
}

// lacks counts the required roles of a role that no counted, covering grant meets, and appends them to missing
// when it is not nil.
func (w *Walk) lacks(role int32, missing *[]int32) int {
	n := 0
next:
	for _, required := range w.tables.Roles[role].Requires {
		for i := range w.standings.n {
			if s := w.standings.at(i); s.counts && s.covers && w.tables.Roles[s.role].Is.Has(int(required)) {
				continue next
			}
		}
		n++
		if missing != nil {
			*missing = append(*missing, required)
		}
	}
	return n
}

// gives reports whether the grant contributes what its entries reach.
func (s *standing) gives() bool { return s.counts && s.depth >= 0 }

// Ask returns a condition that matters, and the step of the path at which it has to be asked. The answer is told
// before the next is asked for.
func (w *Walk) Ask() (condition int32, step int, more bool) {
	for {
		switch w.phase {
		case judging:
			w.stand()
			w.plainly(w.Granted)
			w.phase = granting
		case granting: // sentence 5, joined over the grants of sentences 2 to 4
			if e := w.nextEntry(w.Granted); e != nil {
				return e.When, len(w.Place.Path) - 1, true
			}
			w.phase = bounding
			if w.decided() {
				w.phase = done
				continue
			}
			w.limit(w.Granted)
		case bounding: // sentence 6
			if b := w.nextBoundary(); b != nil {
				return w.tables.Boundaries[b.Boundary].When, int(b.Step), true
			}
			w.phase = done
			if w.selecting { // sentence 7: each contribution under the boundaries that select its role
				w.phase, w.grant, w.entry = contributing, 0, 0
				clear(w.Held)
				w.plainly(w.Held)
				continue
			}
			w.conclude()
		case contributing:
			if e := w.nextEntry(w.Held); e != nil {
				return e.When, len(w.Place.Path) - 1, true
			}
			w.phase = done
			w.limit(w.Held)
			w.conclude()
		case done:
			return 0, 0, false
		}
	}
}

// Tell answers what was asked last.
func (w *Walk) Tell(truth Truth) {
	if w.phase == bounding {
		w.applies(w.bounds[w.boundary-1], truth)
		return
	}
	s := w.standings.at(w.grant)
	w.Trace.entry(w.grant, w.entry-1, truth)
	if truth == True {
		levels := w.Granted
		if w.phase == contributing {
			levels = w.Held
		}
		w.give(s, w.tables.Roles[s.role].Entries[w.entry-1].Row, levels)
	}
}

// plainly joins what is given without a condition.
func (w *Walk) plainly(levels []Level) {
	for i := range w.standings.n {
		s := w.standings.at(i)
		if !s.gives() || s.role < 0 {
			continue
		}
		if at := w.tables.plain[s.role].row[s.class]; at >= 0 {
			w.give(s, w.tables.rows[at:], levels)
		}
	}
}

// give joins a row to the levels, under the terms of the grant and the boundaries that select its role.
func (w *Walk) give(s *standing, row []Level, levels []Level) {
	row = row[w.First:w.Last]
	if w.phase < contributing && (s.terms == nil || s.terms.Limit == nil) {
		join(levels, row)
		return
	}
	for i := range levels {
		levels[i] = max(levels[i], w.contribution(s, i, row[i]))
	}
}

// contribution is what is left of a level that a grant gives, in the i-th of the leaves in question.
func (w *Walk) contribution(s *standing, i int, l Level) Level {
	leaf := w.First + i
	l = s.terms.under(leaf, l)
	if w.phase < contributing {
		return l
	}
	for i := range w.applying.n {
		if bound := &w.tables.Boundaries[w.applying.at(i).Boundary]; bound.Limits(s.role) {
			l = min(l, bound.Row[leaf])
		}
	}
	return l
}

// nextEntry goes on to the next entry on a condition that could raise one of the levels.
func (w *Walk) nextEntry(levels []Level) *Entry {
	for ; w.grant < w.standings.n; w.grant, w.entry = w.grant+1, 0 {
		s := w.standings.at(w.grant)
		if !s.gives() || s.role < 0 || !w.tables.plain[s.role].asks {
			continue
		}
		entries := w.tables.Roles[s.role].Entries
		for w.entry < len(entries) {
			e := &entries[w.entry]
			w.entry++
			if e.When != Always && s.class.reaches(e.Reach) && (w.Trace != nil || w.raises(s, e, levels)) {
				return e
			}
		}
	}
	return nil
}

func (w *Walk) raises(s *standing, e *Entry, levels []Level) bool {
	for i, l := range levels {
		if l < w.Enough && w.contribution(s, i, e.Row[w.First+i]) > l {
			return true
		}
	}
	return false
}

// decided reports whether nothing that limits matters any more: nothing is granted, or too little in the only leaf.
func (w *Walk) decided() bool {
	if w.Trace != nil {
		return false
	}
	if len(w.Granted) == 1 && w.Enough != Exactly {
		return w.Granted[0] < w.Enough
	}
	return empty(w.Granted)
}

// limit puts what is left of the levels by the limits that are known beforehand into Held.
func (w *Walk) limit(levels []Level) {
	copy(w.Held, levels)
	if w.Trace != nil || w.without != nil {
		return
	}
	if whole := w.Place.whole; whole != nil {
		meet(w.Held, whole[w.First:w.Last])
	}
	for _, l := range w.Limits {
		if l != nil {
			meet(w.Held, l[w.First:w.Last])
		}
	}
}

// nextBoundary goes on to the next boundary on a condition that can lower what is held otherwise.
func (w *Walk) nextBoundary() *Lying {
	for w.boundary < len(w.bounds) {
		b := &w.bounds[w.boundary]
		w.boundary++
		bound := &w.tables.Boundaries[b.Boundary]
		switch {
		case w.without.Has(int(b.Boundary)):
		case w.Trace == nil && !w.lowers(bound.Row[w.First:w.Last]):
		case bound.When != Always:
			return b
		default:
			w.applies(*b, True)
		}
	}
	return nil
}

// lowers reports whether a limit is below what is held anywhere.
func (w *Walk) lowers(limit []Level) bool {
	for i, l := range w.Held {
		if limit[i] < l && limit[i] < w.Enough {
			return true
		}
	}
	return false
}

// applies notes a boundary, which applies unless its condition is false.
func (w *Walk) applies(b Lying, truth Truth) {
	w.Trace.boundary(b, truth)
	if truth == False {
		return
	}
	w.selecting = w.selecting || w.tables.Boundaries[b.Boundary].Selects != Everything
	w.applying.add(b)
}

// conclude meets what is held with the boundaries that select no roles, and where that has not been done with the
// other limits on the whole: sentence 7.
func (w *Walk) conclude() {
	for i := range w.applying.n {
		if bound := &w.tables.Boundaries[w.applying.at(i).Boundary]; bound.Selects == Everything {
			meet(w.Held, bound.Row[w.First:w.Last])
		}
	}
	if w.Trace != nil || w.without != nil {
		for _, l := range w.Limits {
			if l != nil {
				meet(w.Held, l[w.First:w.Last])
			}
		}
	}
	w.Trace.contributions(w)
}

// Area reduces the levels of leaves from first on to that of the area they make up (sentence 9): the least over
// the leaves that exist at scopes of the kind, and whether any does.
func (t *Tables) Area(kind int32, first int, levels []Level) (level Level, exists bool) {
	level = ^Level(0)
	for i, l := range levels {
		if t.Exists[kind].Has(first + i) {
			level, exists = min(level, l), true
		}
	}
	if !exists {
		return 0, false
	}
	return level, true
}

func empty(levels []Level) bool {
	for _, l := range levels {
		if l > 0 {
			return false
		}
	}
	return true
}

func fill(levels []Level, l Level) {
	for i := range levels {
		levels[i] = l
	}
}

// join raises levels to those of a row.
func join(levels, row []Level) {
	row = row[:len(levels)]
	for i, l := range row {
		levels[i] = max(levels[i], l)
	}
}

// meet lowers levels to those of a limit.
func meet(levels, limit []Level) {
	limit = limit[:len(levels)]
	for i, l := range limit {
		levels[i] = min(levels[i], l)
	}
}
