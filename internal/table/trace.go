package table

import (
	"slices"

	"github.com/trellis-authz/trellis/internal/bits"
)

// Question is a decision as explanations and what-ifs put it: any grants on any path, with all that lies there looked
// at one by one.
type Question struct {
	Given       // in any order
	Limits      Limits
	Path        []Step
	Now         Instant
	First, Last int
	Trace       *Trace   // nil: none is kept
	Without     bits.Set // boundaries taken as lying nowhere: what would be held without them?
}

// Answer decides the question for each of its leaves. Granted is the level that the grants give, before boundaries
// and limits; held is what is left of it. A condition is asked at a step of the path, and only where it matters. What
// holds is not kept: so it may stay on the stack, with all that it needs.
func (t *Tables) Answer(q *Question, granted, held []Level, holds func(condition int32, step int) Truth) {
	clear(granted)
	clear(held)
	w := t.walk(q, granted, held)
	for step := range q.Path {
		for b := range t.Lying(q.Path, step) {
			w.closely.bounds = append(w.closely.bounds, Lying{b, int32(step)})
		}
	}
	w.addEach(q.Given)
	for c, step, more := w.Ask(); more; c, step, more = w.Ask() {
		w.Tell(holds(c, step))
	}
}

// walk returns a value, so that it stays on the stack of the one who decides.
func (t *Tables) walk(q *Question, granted, held []Level) Walk {
	w := Walk{
		Place: &Place{Path: q.Path, n: int32(len(q.Path))}, Now: q.Now, Limits: q.Limits, First: q.First, Last: q.Last, Enough: Exactly,
		Granted: granted, Held: held, closely: &closely{trace: q.Trace, without: q.Without},
	}
	w.Start(t)
	return w
}

// Trace is what a decision went through. The decision fills it while it decides, so that the explanation cannot
// tell another story than the answer. Each decision takes a new one.
type Trace struct {
	Grants     []GrantTrace    // in step with the question's grants
	Boundaries []BoundaryTrace // every one that lies on the path
	Joined     Level           // what all grants give together, before the limits that lie on the whole

	room struct { // for as many as most have
		grants  [8]GrantTrace
		entries [16]EntryTrace
	}
}

// GrantTrace is how a grant stood.
type GrantTrace struct {
	InTime  bool
	Step    int     // the step of the path in which it is given; -1: none of them
	Covers  bool    // by its role's reach
	Joined  bool    // its holder has joined a scope further down the path
	Counts  bool    // what its role requires is there
	Missing []int32 // the required roles that are not
	Entries []EntryTrace

	// Of the first leaf in question: what the role gives, what the limit of the assignment leaves of that, and what the
	// boundaries that select the role leave of that.
	Given, Limited, Left Level
}

// EntryTrace is how an entry of the grant's role stood; in step with the role's entries.
type EntryTrace struct {
	Covers bool  // by its own reach
	Truth  Truth // of its condition; True when it has none; only asked when the grant counts and the entry covers
}

// Gives reports whether the entry contributes.
func (g *GrantTrace) Gives(entry int) bool {
	return g.Counts && g.Step >= 0 && g.Entries[entry].Covers && g.Entries[entry].Truth == True
}

// BoundaryTrace is how a boundary stood on a step of the path.
type BoundaryTrace struct {
	Boundary int32
	Step     int
	Truth    Truth // of its condition; True when it has none. It applies unless this is False
	// Lowers: of the first leaf in question it leaves less than would be held without the boundaries of its sort (those
	// that select roles, or those that lie on the whole).
	Lowers bool
}

// Stand judges every grant of the question without asking a condition: how it stands at the scope, whatever it
// gives there. No boundary is looked at.
func (t *Tables) Stand(q *Question) []GrantTrace {
	w := t.walk(q, nil, nil)
	w.closely.trace = &Trace{}
	w.addEach(q.Given)
	w.stand()
	return w.closely.trace.Grants
}

func (tr *Trace) standings(w *Walk) {
	if tr == nil {
		return
	}
	n := 0
	for i := range w.standings.n {
		if s := w.standings.at(i); s.role >= 0 {
			n += len(w.tables.Roles[s.role].Entries)
		}
	}
	tr.Grants = slices.Grow(tr.room.grants[:0], w.standings.n)[:w.standings.n]
	room := slices.Grow(tr.room.entries[:0], n)[:n] // for those of all grants
	for i := range w.standings.n {
		s, gt := w.standings.at(i), &tr.Grants[i]
		*gt = GrantTrace{InTime: s.inTime, Step: int(s.depth), Covers: s.role >= 0 && s.inTime && w.covers(s), Joined: s.depth >= 0 && s.depth < w.deepest, Counts: s.counts}
		if s.role < 0 {
			continue
		}
		if s.inTime && !s.counts {
			w.lacks(s.role, &gt.Missing)
		}
		entries := w.tables.Roles[s.role].Entries
		gt.Entries, room = room[:len(entries):len(entries)], room[len(entries):]
		for e := range entries {
			gt.Entries[e].Covers = s.inTime && s.depth >= 0 && s.class.reaches(entries[e].Reach)
			if entries[e].When == Always {
				gt.Entries[e].Truth = True
			}
		}
	}
}

func (tr *Trace) entry(grant, entry int, truth Truth) {
	if tr != nil {
		tr.Grants[grant].Entries[entry].Truth = truth
	}
}

func (tr *Trace) boundary(b Lying, truth Truth) {
	if tr != nil {
		tr.Boundaries = append(tr.Boundaries, BoundaryTrace{Boundary: b.Boundary, Step: int(b.Step), Truth: truth})
	}
}

// contributions notes what each grant gives of the first leaf, and which boundaries matter.
func (tr *Trace) contributions(w *Walk) {
	if tr == nil {
		return
	}
	t, leaf := w.tables, w.First
	w.phase = contributing // under the boundaries that select roles
	for i := range tr.Grants {
		gt, s := &tr.Grants[i], w.standings.at(i)
		if s.role < 0 {
			continue
		}
		for e := range gt.Entries {
			if gt.Gives(e) {
				gt.Given = max(gt.Given, t.Roles[s.role].Entries[e].Row[leaf])
			}
		}
		gt.Limited = s.terms.under(leaf, gt.Given)
		gt.Left = w.contribution(s, 0, gt.Given)
		tr.Joined = max(tr.Joined, gt.Left)
	}
	w.phase = done
	for i := range tr.Boundaries {
		b := &tr.Boundaries[i]
		bound := &t.Boundaries[b.Boundary]
		if b.Truth == False {
			continue
		}
		if bound.Selects == Everything {
			b.Lowers = bound.Row[leaf] < tr.Joined
			continue
		}
		for g := range tr.Grants {
			limited := tr.Grants[g].Limited
			b.Lowers = b.Lowers || bound.Limits(w.standings.at(g).role) && bound.Row[leaf] < limited && tr.Joined < limited
		}
	}
}
