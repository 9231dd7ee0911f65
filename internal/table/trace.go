package table

// Trace is what a decision went through. The decision fills it while it decides, so that the explanation cannot
// tell another story than the answer.
type Trace struct {
	Grants     []GrantTrace    // in step with the question's grants
	Boundaries []BoundaryTrace // every one that lies on the path
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
}

// EntryTrace is how an entry of the grant's role stood; in step with the role's entries.
type EntryTrace struct {
	Covers bool  // by its own reach
	Truth  Truth // of its condition; True when it has none; only asked when the grant counts and the entry covers
}

// Gives reports whether the entry contributes.
func (g *GrantTrace) Gives(entry int) bool {
	return g.Counts && g.Entries[entry].Covers && g.Entries[entry].Truth == True
}

// BoundaryTrace is how a boundary stood on a step of the path.
type BoundaryTrace struct {
	Boundary int32
	Step     int
	Truth    Truth // of its condition; True when it has none. It applies unless this is False
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
			reach := entry.Reach
			if reach == Inherit {
				reach = role.Reach
			}
			et.Covers = s.inTime && s.within(reach, last)
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
		tr.Boundaries = append(tr.Boundaries, BoundaryTrace{b, step, truth})
	}
}
