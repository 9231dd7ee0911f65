package authz

import (
	"context"
	"iter"

	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/table"
)

// Holdings is what a subject holds at a scope: the whole tree of areas. It is immutable, safe for concurrent use, and says
// what was so when it was asked for. Nil holds nothing and lists no areas.
type Holdings struct {
	policy *policy
	areas  []span // in step with those of the tree
	room   [64]span
}

// span is the lowest and the highest level of the leaves of an area that exist at a scope: where none does, the lowest is the
// higher one.
type span struct{ lowest, highest table.Level }

var nowhere = span{lowest: ^table.Level(0)}

// Holding is what a subject holds in one area. It is a small value, to be copied; the zero value is no area, and holds
// nothing.
type Holding struct {
	in   *Holdings
	area int // in the tree
}

// Held lists what the subject holds at a scope: the whole tree of areas. The levels are those that a check of each area
// would go by. The error is a [*DeniedError] when the request is invalid, or the principal or the scope is not known; the
// tree is nil then. Somebody who is not active holds the least level everywhere. Cost: one decision over all leaves, and
// one allocation where there are no more than 64 of them; what the areas say is looked up when they are read.
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
	var room [2 * 64]table.Level
	granted, held := halves(room[:], e.policy.tree.Leaves())
	if reason, _ := q.standing(); reason == Granted {
		q.walk(0, len(held), table.Exactly, granted, held)
		q.close()
	}
	h := &Holdings{policy: e.policy}
	h.fill(held, e.tables.Exists[q.place.Kind])
	return h, nil
}

// fill sums up what is held in the leaves, of which some exist.
func (h *Holdings) fill(held []table.Level, exist bits.Set) {
	tree := h.policy.tree
	n := tree.Len()
	if h.areas = h.room[:min(n, len(h.room))]; n > len(h.room) {
		h.areas = make([]span, n)
	}
	for i := range h.areas {
		h.areas[i] = nowhere
	}
	for i := n - 1; i >= 0; i-- { // each behind the area that it stands in
		area, is := tree.Area(i), &h.areas[i]
		if area.Leaf() && exist.Has(area.First) {
			*is = span{held[area.First], held[area.First]}
		}
		if area.Parent >= 0 {
			above := &h.areas[area.Parent]
			above.lowest, above.highest = min(above.lowest, is.lowest), max(above.highest, is.highest)
		}
	}
}

// Areas yields the areas that stand in no other, in the order of the policy.
func (h *Holdings) Areas() iter.Seq[Holding] {
	return func(yield func(Holding) bool) {
		if h == nil || h.policy == nil {
			return
		}
		tree := h.policy.tree
		for i := range tree.Len() {
			if tree.Area(i).Parent < 0 && !yield(Holding{h, i}) {
				return
			}
		}
	}
}

// Area returns what is held in an area, by its whole name: "analytics.dashboards". It reports false when the policy has no
// such area. Cost: one look-up in a map.
func (h *Holdings) Area(name string) (Holding, bool) {
	if h == nil || h.policy == nil {
		return Holding{}, false
	}
	i, ok := h.policy.tree.Find(name)
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
	return h.in.policy.tree.Area(h.area)
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
	is := h.span()
	return is.lowest <= is.highest
}

// Level returns what a check of the area goes by: of an area with sub-areas, the lowest level beneath. Where nothing of the
// area exists it is the least; of the zero value it is "".
func (h Holding) Level() string {
	is := h.span()
	return h.name(min(is.lowest, is.highest))
}

// Highest returns the highest level beneath: a heading is worth showing when this is more than the least.
func (h Holding) Highest() string { return h.name(h.span().highest) }

func (h Holding) span() span {
	if h.in == nil {
		return nowhere
	}
	return h.in.areas[h.area]
}

func (h Holding) name(l table.Level) string {
	if h.in == nil {
		return ""
	}
	return h.in.policy.chain.Name(l)
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
