package authz

import (
	"context"
	"slices"

	"github.com/trellis-authz/trellis/internal/model"
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
	return e.policy.outline.list(q.place.Kind, e.policy.chain, held, granted), nil
}

// outline is the tree of areas in the order in which it is listed: each list of sub-areas in one piece, behind the area
// that they stand in. A listing is one pass over it, and cut from one piece of memory.
type outline struct {
	areas    []outlined
	headings []int32   // those of the areas that have sub-areas
	roots    int       // how many areas stand in no other: the first ones
	missing  [][]int32 // kind -> the leaves that do not exist at its scopes
}

// outlined is an area in an outline.
type outlined struct {
	name, description string
	first, last       int32 // its leaves, last not included
	below, end        int32 // where its sub-areas are listed, end not included
}

// outlineOf returns the outline of a tree, for scopes of so many kinds.
func outlineOf(tree *model.Tree, kinds int) outline {
	var order []int
	for i := range tree.Len() {
		if tree.Area(i).Parent < 0 {
			order = append(order, i)
		}
	}
	o := outline{roots: len(order), missing: make([][]int32, kinds)}
	for i := 0; i < len(order); i++ { // which grows: what is beneath an area comes behind all that was there before
		a, below := tree.Area(order[i]), len(order)
		order = append(order, a.Children...)
		if !a.Leaf() {
			o.headings = append(o.headings, int32(i))
		}
		o.areas = append(o.areas, outlined{a.Name, a.Description, int32(a.First), int32(a.Last), int32(below), int32(len(order))})
	}
	for kind := range kinds {
		for leaf := range tree.Leaves() {
			if !tree.Exists(leaf, kind) {
				o.missing[kind] = append(o.missing[kind], int32(leaf))
			}
		}
	}
	return o
}

// list lists what is held at a scope of a kind. The levels are used up, and so is the room for as many.
//
// Most of its time goes into the memory of the list, and into telling the collector of the pointers in it while that is
// at work: each is written once, and those of an area together.
func (o *outline) list(kind int32, chain *model.Chain, held, room []table.Level) []Holding {
	lowest, highest := room, held // they differ where a leaf does not exist: it is none of those beneath an area
	copy(lowest, held)
	for _, leaf := range o.missing[kind] {
		lowest[leaf], highest[leaf] = ^table.Level(0), 0
	}
	areas, levels := o.areas, chain.Names()
	all := make([]Holding, len(areas))
	for i := range areas { // as if each were a leaf
		a, h := &areas[i], &all[i]
		level := highest[a.first]
		name := levels[level]
		h.Exists = lowest[a.first] == level
		h.Area, h.Description, h.Level, h.Highest = a.name, a.description, name, name
	}
	for _, i := range o.headings {
		a, h := &areas[i], &all[i]
		low, high := slices.Min(lowest[a.first:a.last]), slices.Max(highest[a.first:a.last])
		least, most := levels[min(low, high)], levels[high]
		h.Exists = low <= high
		h.Level, h.Highest, h.Areas = least, most, all[a.below:a.end:a.end] // who appends to it does not run into the next
	}
	return all[:o.roots:o.roots]
}
