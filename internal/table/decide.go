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
	Limits        Limits
	First, Last   int     // the leaves in question
	Granted, Held []Level // a place for each leaf in question, zero
	Enough        Level   // to hold more than this is of no interest; a need, or Exactly

	tables    *Tables
	closely   *closely // nil: only what can change the answer is looked at
	standings list[standing]
	applying  list[Lying]

	grant     int32 // the grant and its entry, and the boundary, that are looked at next
	entry     int32
	boundary  int32
	phase     phase
	deepest   int8 // the lowest step of the path that the holder has joined
	asks      bool // one of the grants has entries on a condition
	requires  bool // one of the roles requires others
	selecting bool // one of the boundaries that apply selects roles
}

// Limits are what lies on all that somebody holds: the principal's own and the key's; nil: none.
type Limits [2]*[]Level

// of returns what the limits leave of a leaf.
func (l *Limits) of(leaf int) Level {
	left := ^Level(0)
	for _, row := range l {
		if row != nil {
			left = min(left, (*row)[leaf])
		}
	}
	return left
}

// closely is a walk that looks at everything.
type closely struct {
	trace   *Trace   // nil: none is kept
	bounds  []Lying  // all that lie on the path
	without bits.Set // boundaries taken as lying nowhere
}

func (w *Walk) trace() *Trace {
	if w.closely == nil {
		return nil
	}
	return w.closely.trace
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
	counts bool // what its role requires is there
}

// list holds a few without a word to the heap. What more there are stands one pointer further away than need be: were
// they appended to a slice in the list itself, the compiler would take all that a walk points to for lost to the heap.
type list[T any] struct {
	n    int
	more *[]T
	room [6]T
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
func (w *Walk) Start(t *Tables) { w.tables, w.deepest = t, -1 }

// Few is how many grants are looked at one by one: more are searched.
const Few = 16

// Add adds what the holder is given, sorted by the scopes.
func (w *Walk) Add(given Given) {
	if len(given.Grants) <= Few {
		w.addEach(given)
		return
	}
	for _, step := range w.Place.Path {
		w.addEach(given.part(within(given.Grants, step.Scope)))
	}
}

// within finds the grants in a scope among many, which are sorted.
func within(grants []Grant, scope int32) (from, to int) {
	from = sort.Search(len(grants), func(i int) bool { return grants[i].Scope >= scope })
	for to = from; to < len(grants) && grants[to].Scope == scope; {
		to++
	}
	return from, to
}

// addEach adds grants in any order: sentence 2.
func (w *Walk) addEach(given Given) {
	path := w.Place.Path
	for i := range given.Grants {
		g := &given.Grants[i]
		depth := len(path) - 1
		for depth >= 0 && path[depth].Scope != g.Scope {
			depth--
		}
		if depth >= 0 || w.closely != nil {
			w.add(g, int8(depth), given.On(i))
		}
	}
}

func (w *Walk) add(g *Grant, depth int8, on *Terms) {
	s := standing{role: g.Role, depth: depth, terms: on, inTime: on.holds(w.Now), counts: true}
	if s.inTime && depth > w.deepest {
		w.deepest = depth
	}
	s.counts = s.inTime && g.Role >= 0
	if !s.counts {
		if w.closely == nil {
			return
		}
	} else if plain := &w.tables.plain[g.Role]; plain.special {
		w.asks = w.asks || plain.asks
		w.requires = w.requires || plain.requires
	}
	w.standings.add(s)
}

// stand judges every grant: sentences 3 (covers) and 4 (counts).
func (w *Walk) stand() {
	last := int8(len(w.Place.Path)) - 1
	for i := range w.standings.n {
		switch s := w.standings.at(i); {
		case s.depth == last:
			s.class = here
		case w.deepest > s.depth:
			s.class = joined
		default:
			s.class = beneath
		}
	}
	if w.requires {
		w.require()
	}
	w.trace().standings(w)
}

// require finds the least set of grants that count: it starts from those that require nothing, and adds until nothing is
// added.
func (w *Walk) require() {
	for i := range w.standings.n {
		s := w.standings.at(i)
		s.counts = s.counts && !w.tables.plain[s.role].requires
	}
	for added := true; added; {
		added = false
		for i := range w.standings.n {
			s := w.standings.at(i)
			if !s.counts && s.inTime && s.role >= 0 && w.lacks(s.role, nil) == 0 {
				s.counts, added = true, true
			}
		}
	}
}

// covers reports whether the grant covers the scope in question by its role's reach.
func (w *Walk) covers(s *standing) bool {
	return s.depth >= 0 && s.class.reaches(w.tables.Roles[s.role].Reach)
}

// lacks counts the required roles of a role that no counted, covering grant meets, and appends them to missing
// when it is not nil.
func (w *Walk) lacks(role int32, missing *[]int32) int {
	n := 0
next:
	for _, required := range w.tables.Roles[role].Requires {
		for i := range w.standings.n {
			if s := w.standings.at(i); s.counts && w.covers(s) && w.tables.Roles[s.role].Is.Has(int(required)) {
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
			if w.asks {
				if e := w.nextEntry(w.Granted); e != nil {
					return e.When, len(w.Place.Path) - 1, true
				}
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
		w.applies(w.bounds()[w.boundary-1], truth)
		return
	}
	s := w.standings.at(int(w.grant))
	w.trace().entry(int(w.grant), int(w.entry)-1, truth)
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
		if at := w.tables.plain[s.role].row[s.class]; at > 0 {
			w.give(s, w.tables.rows[at:], levels)
		}
	}
}

// give joins a row to the levels, under the terms of the grant and the boundaries that select its role.
func (w *Walk) give(s *standing, row []Level, levels []Level) {
	row = row[w.First:w.Last]
	if w.phase < contributing && (s.terms == nil || s.terms.Limit == nil) {
		bits.Join(levels, row)
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
	for ; int(w.grant) < w.standings.n; w.grant, w.entry = w.grant+1, 0 {
		s := w.standings.at(int(w.grant))
		if !s.gives() || s.role < 0 || !w.tables.plain[s.role].asks {
			continue
		}
		entries := w.tables.Roles[s.role].Entries
		for int(w.entry) < len(entries) {
			e := &entries[w.entry]
			w.entry++
			if e.When != Always && s.class.reaches(e.Reach) && (w.trace() != nil || w.raises(s, e, levels)) {
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
	if w.closely != nil {
		return false
	}
	if len(w.Granted) == 1 && w.Enough != Exactly {
		return w.Granted[0] < w.Enough
	}
	return bits.Zero(w.Granted)
}

// limit puts what is left of the levels by the limits that are known beforehand into Held.
func (w *Walk) limit(levels []Level) {
	copy(w.Held, levels)
	if w.closely != nil {
		return
	}
	if whole := w.Place.whole(); whole != nil {
		bits.Meet(w.Held, whole[w.First:w.Last])
	}
	w.own()
}

// own meets what is held with the principal's own limit and the key's.
func (w *Walk) own() {
	for _, l := range w.Limits {
		if l != nil {
			bits.Meet(w.Held, (*l)[w.First:w.Last])
		}
	}
}

func (w *Walk) bounds() []Lying {
	if w.closely != nil {
		return w.closely.bounds
	}
	return w.Place.rest()
}

// nextBoundary goes on to the next boundary on a condition that can lower what is held otherwise.
func (w *Walk) nextBoundary() *Lying {
	for bounds := w.bounds(); int(w.boundary) < len(bounds); {
		b := &bounds[w.boundary]
		w.boundary++
		bound := &w.tables.Boundaries[b.Boundary]
		switch {
		case w.closely != nil && w.closely.without.Has(int(b.Boundary)):
		case w.trace() == nil && !w.lowers(bound.Row[w.First:w.Last]):
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
	w.trace().boundary(b, truth)
	if truth == False {
		return
	}
	bound := &w.tables.Boundaries[b.Boundary]
	if bound.Selects != Everything {
		w.selecting = true
	} else if w.closely == nil { // what another would lower less need not be asked
		bits.Meet(w.Held, bound.Row[w.First:w.Last])
	}
	w.applying.add(b)
}

// conclude meets what is held with the boundaries that select no roles, and where that has not been done with the
// other limits on the whole: sentence 7.
func (w *Walk) conclude() {
	for i := range w.applying.n {
		if bound := &w.tables.Boundaries[w.applying.at(i).Boundary]; bound.Selects == Everything {
			bits.Meet(w.Held, bound.Row[w.First:w.Last])
		}
	}
	if w.closely != nil {
		w.own()
	}
	w.trace().contributions(w)
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
