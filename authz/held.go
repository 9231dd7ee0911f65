package authz

import (
	"context"

	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/table"
)

// Holding is what a subject holds in an area at a scope.
type Holding struct {
	Area        string // the whole name: "analytics.dashboards"
	Description string
	Exists      bool      // something of the area exists at such a scope
	Level       string    // what a check of the area goes by: of an area with sub-areas, the lowest beneath
	Highest     string    // the highest level beneath: a heading is worth showing when this is more than the least
	Areas       []Holding // the sub-areas
}

// Held lists what the subject holds at a scope: the whole tree of areas, in the order of the policy. The levels are
// those that a check of each area would go by. The error is a [*DeniedError] when the request is invalid, or
// the principal or the scope is not known; the tree is nil then. Somebody who is not active holds the least level
// everywhere. Cost: one decision over all leaves.
func (s *Subject) Held(ctx context.Context, scope string, facts Facts) ([]Holding, error) {
	q := question{ctx: ctx, subject: s, path: scope, facts: facts}
	denial, ok := q.open()
	if ok {
		denial, ok = q.parties()
	}
	if !ok {
		return nil, &DeniedError{Scope: scope, Decision: denial}
	}
	e := q.engine
	var room [2 * 64]table.Level
	levels, n := room[:], e.policy.tree.Leaves()
	if 2*n > len(levels) {
		levels = make([]table.Level, 2*n)
	}
	granted, held := levels[:n], levels[n:2*n]
	if reason, _ := q.standing(); reason == Granted {
		q.walk(0, n, table.Exactly, granted, held)
		q.close()
	}
	t := holder{policy: e.policy, exists: e.tables.Exists[q.place.Kind], held: held}
	all := make([]Holding, e.policy.tree.Len())
	return t.roots(&all), nil
}

// holder lists what is held. The lists are cut from one piece of memory, which is kept apart from the levels: those stay
// on the stack.
type holder struct {
	policy *policy
	exists bits.Set
	held   []table.Level
}

// cut takes a list of n from what is left. A caller may append to it without running into the next one.
func cut(room *[]Holding, n int) []Holding {
	list := (*room)[:n:n]
	*room = (*room)[n:]
	return list
}

// roots lists the areas that stand in no other.
func (t *holder) roots(room *[]Holding) []Holding {
	tree, n := t.policy.tree, 0
	for i := range tree.Len() {
		if tree.Area(i).Parent < 0 {
			n++
		}
	}
	list := cut(room, n)
	n = 0
	for i := range tree.Len() {
		if tree.Area(i).Parent < 0 {
			t.fill(&list[n], i, room)
			n++
		}
	}
	return list
}

// fill fills in an area and all beneath, and returns the lowest and the highest level of the leaves that exist.
func (t *holder) fill(h *Holding, i int, room *[]Holding) (lowest, highest table.Level) {
	area := t.policy.tree.Area(i)
	h.Area, h.Description = area.Name, area.Description
	if area.Leaf() {
		if h.Exists = t.exists.Has(area.First); h.Exists {
			lowest, highest = t.held[area.First], t.held[area.First]
		}
	} else {
		h.Areas = cut(room, len(area.Children))
		for n, child := range area.Children {
			low, high := t.fill(&h.Areas[n], child, room)
			switch {
			case !h.Areas[n].Exists:
			case !h.Exists:
				h.Exists, lowest, highest = true, low, high
			default:
				lowest, highest = min(lowest, low), max(highest, high)
			}
		}
	}
	h.Level, h.Highest = t.policy.chain.Name(lowest), t.policy.chain.Name(highest)
	return lowest, highest
}
