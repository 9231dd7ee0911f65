package authz

import (
	"cmp"
	"slices"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/table"
)

// detail is what somebody is assigned and where each grant comes from, for explanations.
type detail struct {
	table.Given
	from  []given // in step with the grants
	leads []lead
	room  struct { // for as many as most have
		grants [8]table.Grant
		from   [8]given
	}
}

// given is where a grant comes from. Where that stands is looked for when it is told.
type given struct {
	lead int32 // the group that leads to it; direct: none
	nth  int32 // of the assignments
}

// direct is the lead to what a principal is assigned itself.
const direct = -1

// through returns the groups that lead to a grant, from the principal's own on; nil: it is assigned to the principal.
func (d *detail) through(g given) []string {
	if g.lead == direct {
		return nil
	}
	return d.leads[g.lead].way
}

// givenAt returns where the assignment of a grant stands.
func (q *question) givenAt(g given) diag.Position {
	if g.nth < 0 {
		return diag.Position{}
	}
	e := q.engine
	var of doc.Spot
	if g.lead == direct {
		of = e.places.principal(q.subject.principal)
	} else {
		of = e.places.directory.At(e.directory.groupList[q.detail.leads[g.lead].group].at)
	}
	return of.Name("assignments").Index(int(g.nth)).Position()
}

// lead is a group that leads to grants, and the way to it from the principal's own groups.
type lead struct {
	group int32
	way   []string
}

// leads returns the groups of the principal and all that those lead to, on the shortest way to each.
func (s *Subject) leads() []lead {
	e := s.engine.directory
	var queue []lead
	var seen bits.Set
	add := func(g int32, way []string) {
		if !seen.Has(int(g)) {
			seen.Add(int(g))
			queue = append(queue, lead{g, append(slices.Clip(way), e.groupList[g].name)})
		}
	}
	for _, list := range [2][]int32{s.principal.groups, e.builtins(s.principal.kind)} {
		for _, g := range list {
			add(g, nil)
		}
	}
	for i := 0; i < len(queue); i++ {
		next := queue[i]
		for _, up := range e.groupList[next.group].groups {
			add(up, next.way)
		}
	}
	return queue
}

// detail expands the groups once more. Cost: linear in the grants.
func (s *Subject) detail() *detail {
	own, groups := &s.principal.assigned, s.engine.directory.groupList
	d := &detail{leads: s.leads()}
	n := len(own.Grants)
	for _, l := range d.leads {
		n += len(groups[l.group].Grants)
	}
	d.Grants, d.from = slices.Grow(d.room.grants[:0], n), slices.Grow(d.room.from[:0], n)
	d.take(s.engine.directory, own, direct)
	for i, l := range d.leads {
		d.take(s.engine.directory, &groups[l.group].assigned, int32(i))
	}
	return d
}

// take appends what somebody is assigned, in the order of the assignments.
func (d *detail) take(in *directory, a *assigned, lead int32) {
	var room [16]int32
	order := room[:0]
	for i, g := range a.Grants {
		if !in.dropped(g.Scope) {
			order = append(order, int32(i))
		}
	}
	if a.nth != nil {
		slices.SortStableFunc(order, func(i, j int32) int { return cmp.Compare(a.nth[i], a.nth[j]) })
	}
	for _, i := range order {
		d.Add(a.Grants[i], a.On(int(i)))
		from := given{lead, -1}
		if a.nth != nil {
			from.nth = a.nth[i]
		}
		d.from = append(d.from, from)
	}
}

// dropped reports whether a scope was dropped: what was assigned there is still stored, and nobody's.
func (d *directory) dropped(scope int32) bool {
	return d.given && int(scope) < d.scopes.list.Len() && d.scopes.at(scope) == nil
}
