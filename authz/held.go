package authz

import (
	"context"

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
	n := e.policy.tree.Leaves()
	levels := make([]table.Level, 2*n)
	if reason, _ := q.standing(); reason == Granted {
		q.walk(0, n, table.Exactly, levels[:n], levels[n:])
	}
	var list []Holding
	for i := range e.policy.tree.Len() {
		if e.policy.tree.Area(i).Parent < 0 {
			list = append(list, q.holding(i, levels[n:]))
		}
	}
	return list, nil
}

func (q *question) holding(i int, held []table.Level) Holding {
	e := q.engine
	area := e.policy.tree.Area(i)
	kind := q.place.Kind
	level, exists := e.tables.Area(kind, area.First, held[area.First:area.Last])
	var highest table.Level
	for leaf := area.First; leaf < area.Last; leaf++ {
		if e.tables.Exists[kind].Has(leaf) {
			highest = max(highest, held[leaf])
		}
	}
	h := Holding{
		Area:        area.Name,
		Description: area.Description,
		Exists:      exists,
		Level:       e.policy.chain.Name(level),
		Highest:     e.policy.chain.Name(highest),
	}
	for _, c := range area.Children {
		h.Areas = append(h.Areas, q.holding(c, held))
	}
	return h
}
