package table

import "iter"

// Answer decides the question for each of its leaves. Granted is the level that the principal's grants give,
// before boundaries and limits; held is what is left of it. Both have a place for each leaf in question and are
// zeroed first. Only conditions that can change the answer are asked, unless a trace is kept. It may be called
// by many goroutines at once, each with a question of its own.
func (t *Tables) Answer(q *Question, granted, held []Level) {
	clear(granted)
	clear(held)
	var room [64]standing
	grants := t.stand(q, room[:0])

	for i, g := range grants { // sentence 5, joined over the grants of sentences 2 to 4
		t.give(q, i, g, nil, granted)
	}
	if q.Trace == nil && empty(granted) {
		return
	}
	var lies [64]lying
	boundaries, selecting := t.applying(q, granted, lies[:0])

	if selecting { // sentence 7: each contribution under the boundaries that select its role
		for i, g := range grants {
			t.give(q, i, g, boundaries, held)
		}
	} else {
		copy(held, granted)
	}
	for _, b := range boundaries { // sentence 7: the whole under those that select none
		if t.Boundaries[b.boundary].Selects == Everything {
			meet(held, t.Boundaries[b.boundary].Row[q.First:q.Last])
		}
	}
	for _, limit := range q.Limits {
		if limit != nil {
			meet(held, limit[q.First:q.Last])
		}
	}
	q.Trace.contributions(t, q, boundaries)
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

// standing is how a grant stands at the scope in question.
type standing struct {
	inTime bool
	depth  int  // the step of the path in which it is given; -1: none of them
	covers bool // by its role's reach
	counts bool // what its role requires is there
	joined bool // its holder has joined a scope further down the path
}

// stand judges every grant: sentences 2 (time), 3 (covers) and 4 (counts).
func (t *Tables) stand(q *Question, list []standing) []standing {
	last, deepest := len(q.Path)-1, -1
	for i := range q.Grants {
		g := &q.Grants[i]
		s := standing{depth: -1, inTime: !q.Now.Before(g.From) && q.Now.Before(g.Until)}
		for d := last; d >= 0; d-- {
			if q.Path[d].Scope == g.Scope {
				s.depth = d
				break
			}
		}
		if s.inTime {
			deepest = max(deepest, s.depth)
		}
		list = append(list, s)
	}
	waiting := false
	for i := range list {
		s, g := &list[i], &q.Grants[i]
		s.joined = s.depth >= 0 && deepest > s.depth
		if g.Role < 0 || !s.inTime {
			continue
		}
		role := &t.Roles[g.Role]
		s.covers = s.within(role.Reach, last)
		s.counts = len(role.Requires) == 0
		waiting = waiting || !s.counts
	}
	for waiting { // the least set: start from those that require nothing, add until nothing is added
		waiting = false
		for i := range list {
			s, g := &list[i], &q.Grants[i]
			if s.counts || g.Role < 0 || !s.inTime {
				continue
			}
			if t.lacks(q, list, g.Role, nil) == 0 {
				s.counts, waiting = true, true
			}
		}
	}
	q.Trace.standings(t, q, list)
	return list
}

// within reports whether a grant that stands so covers the scope in question with that reach.
func (s *standing) within(reach Reach, last int) bool {
	return s.depth == last || s.depth >= 0 && (reach == All || reach == Joined && s.joined)
}

// lacks counts the required roles of a role that no counted, covering grant meets, and appends them to missing
// when it is not nil.
func (t *Tables) lacks(q *Question, list []standing, role int32, missing *[]int32) int {
	n := 0
next:
	for _, required := range t.Roles[role].Requires {
		for i := range list {
			if s := &list[i]; s.counts && s.covers && t.Roles[q.Grants[i].Role].Is.Has(int(required)) {
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

// give joins to levels what a grant contributes, under the boundaries that select its role.
func (t *Tables) give(q *Question, i int, s standing, boundaries []lying, levels []Level) {
	g := &q.Grants[i]
	if g.Role < 0 || !s.counts || s.depth < 0 {
		return
	}
	role, last := &t.Roles[g.Role], len(q.Path)-1
	for e := range role.Entries {
		entry := &role.Entries[e]
		if !s.within(entry.Reach, last) {
			continue
		}
		asked, truth := entry.When == Always, True
		for j := range levels {
			leaf := q.First + j
			l := t.under(boundaries, g, leaf, g.under(leaf, entry.Row[leaf]))
			if l <= levels[j] {
				continue
			}
			if !asked {
				asked, truth = true, q.Holds(entry.When, last)
			}
			if truth == True {
				levels[j] = l
			}
		}
	}
}

// under returns what the limit of the assignment leaves of a level.
func (g *Grant) under(leaf int, l Level) Level {
	if g.Limit != nil {
		l = min(l, g.Limit[leaf])
	}
	return l
}

// under returns what those of the boundaries that select the grant's role leave of a level.
func (t *Tables) under(boundaries []lying, g *Grant, leaf int, l Level) Level {
	for _, b := range boundaries {
		if bound := &t.Boundaries[b.boundary]; bound.Limits(g.Role) {
			l = min(l, bound.Row[leaf])
		}
	}
	return l
}

// lying is a boundary on a step of the path.
type lying struct {
	boundary int32
	step     int
}

// applying returns the boundaries that apply (sentence 6) and can lower anything that was granted, and whether any
// of them selects roles.
func (t *Tables) applying(q *Question, granted []Level, list []lying) (_ []lying, selecting bool) {
	consider := func(b int32, step int) {
		bound := &t.Boundaries[b]
		if q.Without.Has(int(b)) {
			return
		}
		if q.Trace == nil && !lowers(granted, bound.Row[q.First:q.Last]) {
			return
		}
		truth := True
		if bound.When != Always {
			truth = q.Holds(bound.When, step)
		}
		q.Trace.boundary(b, step, truth)
		if truth == False {
			return
		}
		selecting = selecting || bound.Selects != Everything
		list = append(list, lying{b, step})
	}
	for step := range q.Path {
		for b := range t.Lying(q.Path, step) {
			consider(b, step)
		}
	}
	return list, selecting
}

// Lying yields the boundaries that lie on a step of a path, each once.
func (t *Tables) Lying(path []Step, step int) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		at := path[step]
		for _, list := range [2][]int32{t.ByKind[at.Kind], t.ByScope[at.Scope]} {
			for _, b := range list {
				if under := t.Boundaries[b].Under; under >= 0 && !onPath(path[:step+1], under) {
					continue
				}
				if !yield(b) {
					return
				}
			}
		}
	}
}

func onPath(path []Step, scope int32) bool {
	for _, s := range path {
		if s.Scope == scope {
			return true
		}
	}
	return false
}

func empty(levels []Level) bool {
	for _, l := range levels {
		if l > 0 {
			return false
		}
	}
	return true
}

// lowers reports whether the limit is below a level anywhere.
func lowers(levels, limit []Level) bool {
	for i, l := range levels {
		if limit[i] < l {
			return true
		}
	}
	return false
}

func meet(levels, limit []Level) {
	for i, l := range limit {
		levels[i] = min(levels[i], l)
	}
}
