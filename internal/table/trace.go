package table

// Trace is what a decision went through. The decision fills it while it decides, so that the explanation cannot
// tell another story than the answer.
type Trace struct {
	Grants     []GrantTrace    // in step with the question's grants
	Boundaries []BoundaryTrace // every one that lies on the path
	Joined     Level           // what all grants give together, before the limits that lie on the whole
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
	judged := *q
	judged.Trace = &Trace{}
	judged.Holds = func(int32, int) Truth { return False }
	t.stand(&judged, nil)
	return judged.Trace.Grants
}

func (tr *Trace) standings(t *Tables, q *Question, list []standing) {
	if tr == nil {
		return
	}
	last := len(q.Path) - 1
	tr.Grants = make([]GrantTrace, len(list))
	for i := range list {
		s, g := &list[i], &q.Grants[i]
		gt := &tr.Grants[i]
		*gt = GrantTrace{InTime: s.inTime, Step: s.depth, Covers: s.covers, Joined: s.joined, Counts: s.counts}
		if g.Role < 0 {
			continue
		}
		role := &t.Roles[g.Role]
		if s.inTime && !s.counts {
			t.lacks(q, list, g.Role, &gt.Missing)
		}
		gt.Entries = make([]EntryTrace, len(role.Entries))
		for e := range role.Entries {
			entry, et := &role.Entries[e], &gt.Entries[e]
			et.Covers = s.inTime && s.within(entry.Reach, last)
			et.Truth = True
			if entry.When != Always {
				et.Truth = False
				if s.counts && et.Covers {
					et.Truth = q.Holds(entry.When, last)
				}
			}
		}
	}
}

func (tr *Trace) boundary(b int32, step int, truth Truth) {
	if tr != nil {
		tr.Boundaries = append(tr.Boundaries, BoundaryTrace{Boundary: b, Step: step, Truth: truth})
	}
}

// contributions notes what each grant gives of the first leaf, and which boundaries matter.
func (tr *Trace) contributions(t *Tables, q *Question, applying []lying) {
	if tr == nil {
		return
	}
	leaf := q.First
	for i := range tr.Grants {
		gt, g := &tr.Grants[i], &q.Grants[i]
		if g.Role < 0 {
			continue
		}
		for e := range gt.Entries {
			if gt.Gives(e) {
				gt.Given = max(gt.Given, t.Roles[g.Role].Entries[e].Row[leaf])
			}
		}
		gt.Limited = g.under(leaf, gt.Given)
		gt.Left = t.under(applying, g, leaf, gt.Limited)
		tr.Joined = max(tr.Joined, gt.Left)
	}
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
			b.Lowers = b.Lowers || bound.Limits(q.Grants[g].Role) && bound.Row[leaf] < limited && tr.Joined < limited
		}
	}
}
