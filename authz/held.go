package authz

import (
	"context"
	"iter"

	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/table"
)

// Holdings is what a subject holds at a scope: the whole tree of areas. It is immutable, safe for concurrent use, and says
// what was so when it was asked for. Nil holds nothing and lists no areas.
//
// It has a byte for each leaf, and nothing for what stands above: a heading is summed up when it is read. So how much memory
// it takes depends on the leaves alone, whatever the shape of the tree.
type Holdings struct {
	tree   *model.Tree
	levels []string      // by level
	held   []table.Level // by leaf: what is held, or absent
	room   [64]table.Level
}

// absent stands for the level of a leaf that does not exist at the scope: higher than any, so that it is never the lowest.
const absent = ^table.Level(0)

// Holding is what a subject holds in one area. It is a small value, to be copied; the zero value is no area, and holds
// nothing.
type Holding struct {
	in   *Holdings
	area int // in the tree
}

// Held lists what the subject holds at a scope: the whole tree of areas. The levels are those that a check of each area
// would go by. The error is a [*DeniedError] when the request is invalid, or the principal or the scope is not known; the
// tree is nil then. Somebody who is not active holds the least level everywhere. Cost: one decision over all leaves, and
// one allocation where there are no more than 64 of them, two where there are more; what the areas say is looked up when
// they are read.
func (s *Subject) Held(ctx context.Context, scope string, facts Facts) (*Holdings, error) {
	q := question{ctx: ctx, subject: s, path: scope, facts: facts}
	denial, ok := q.open()
	if ok {
		denial, ok = q.parties()
	}
	if !ok {
		return nil, &DeniedError{Scope: scope, Decision: denial}
	}
	e := q.engine
	h := &Holdings{tree: e.policy.tree, levels: e.policy.chain.Names()}
	var room [len(h.room)]table.Level
	n := h.tree.Leaves()
	granted, held := room[:], h.room[:]
	if n > len(room) {
		granted, held = halves(nil, n)
	}
	granted, held = granted[:n], held[:n]
	if reason, _ := q.standing(); reason == Granted {
		q.walk(0, n, table.Exactly, granted, held)
		q.close()
	}
	exist := e.tables.Exists[q.place.Kind]
	for leaf := range held {
		if !exist.Has(leaf) {
			held[leaf] = absent
		}
	}
	h.held = held
	return h, nil
}

// Areas yields the areas that stand in no other, in the order of the policy.
func (h *Holdings) Areas() iter.Seq[Holding] {
	return func(yield func(Holding) bool) {
		if h == nil || h.tree == nil {
			return
		}
		for _, i := range h.tree.Roots() {
			if !yield(Holding{h, i}) {
				return
			}
		}
	}
}

// Area returns what is held in an area, by its whole name: "analytics.dashboards". It reports false when the policy has no
// such area. Cost: one look-up in a map.
func (h *Holdings) Area(name string) (Holding, bool) {
	if h == nil || h.tree == nil {
		return Holding{}, false
	}
	i, ok := h.tree.Find(name)
	if !ok {
		return Holding{}, false
	}
	return Holding{h, i}, true
}

// node returns the area; nil for the zero value.
func (h Holding) node() *model.Node {
	if h.in == nil {
		return nil
	}
	return h.in.tree.Area(h.area)
}

// Area returns the whole name of the area: "analytics.dashboards".
func (h Holding) Area() string {
	if n := h.node(); n != nil {
		return n.Name
	}
	return ""
}

// Description returns what the policy says of the area.
func (h Holding) Description() string {
	if n := h.node(); n != nil {
		return n.Description
	}
	return ""
}

// Exists reports whether something of the area exists at such a scope.
func (h Holding) Exists() bool {
	for _, l := range h.leaves() {
		if l != absent {
			return true
		}
	}
	return false
}

// Level returns what a check of the area goes by: of an area with sub-areas, the lowest level beneath. Where nothing of the
// area exists it is the least; of the zero value it is "". Cost: a look at each leaf beneath.
func (h Holding) Level() string {
	held := h.leaves()
	if len(held) == 0 {
		return ""
	}
	lowest := held[0]
	for _, l := range held[1:] {
		lowest = min(lowest, l)
	}
	if lowest == absent {
		lowest = 0
	}
	return h.in.levels[lowest]
}

// Highest returns the highest level beneath: a heading is worth showing when this is more than the least. Cost: a look at
// each leaf beneath.
func (h Holding) Highest() string {
	held := h.leaves()
	if len(held) == 0 {
		return ""
	}
	highest := table.Level(0)
	for _, l := range held {
		if l != absent {
			highest = max(highest, l)
		}
	}
	return h.in.levels[highest]
}

// leaves returns what is held in the leaves of the area; none of the zero value.
func (h Holding) leaves() []table.Level {
	if h.in == nil {
		return nil
	}
	n := h.in.tree.Area(h.area)
	return h.in.held[n.First:n.Last]
}

// Areas yields the sub-areas, in the order of the policy; of a leaf none.
func (h Holding) Areas() iter.Seq[Holding] {
	return func(yield func(Holding) bool) {
		if n := h.node(); n != nil {
			for _, i := range n.Children {
				if !yield(Holding{h.in, i}) {
					return
				}
			}
		}
	}
}

// MarshalJSON writes the areas that stand in no other as a list, each as [Holding.MarshalJSON] does.
func (h *Holdings) MarshalJSON() ([]byte, error) { return marshal(views(h.Areas())) }

// MarshalJSON writes {"area":"analytics","exists":true,"level":"none","highest":"edit"}, with its "description" and its
// sub-areas as "areas" where it has any: what a page draws a sidebar from.
func (h Holding) MarshalJSON() ([]byte, error) { return marshal(h.view()) }

type holdingView struct {
	Area        string        `json:"area"`
	Description string        `json:"description,omitempty"`
	Exists      bool          `json:"exists"`
	Level       string        `json:"level"`
	Highest     string        `json:"highest"`
	Areas       []holdingView `json:"areas,omitempty"`
}

func (h Holding) view() holdingView {
	return holdingView{h.Area(), h.Description(), h.Exists(), h.Level(), h.Highest(), views(h.Areas())}
}

// views never returns nil: of no areas it is an empty list.
func views(areas iter.Seq[Holding]) []holdingView {
	list := []holdingView{}
	for h := range areas {
		list = append(list, h.view())
	}
	return list
}
