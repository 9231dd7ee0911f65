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
	full  bool
	room  struct { // for as many as most have
		grants [8]table.Grant
		from   [8]given
		leads  [4]lead
		seen   [4]uint64
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
func (q *question) through(g given) []string {
	if g.lead == direct {
		return nil
	}
	leads := q.detail.leads
	last := &leads[g.lead]
	if last.way == nil {
		n := 0
		for at := g.lead; at != direct; at = leads[at].from {
			n++
		}
		last.way = make([]string, n)
		for at := g.lead; at != direct; at = leads[at].from {
			n--
			last.way[n] = q.engine.directory.groupList[leads[at].group].name
		}
	}
	return last.way
}

// givenAt returns where the assignment of a grant stands.
func (q *question) givenAt(g given) diag.Position {
	if g.nth < 0 {
		return diag.Position{}
	}
	e := q.engine
	var list doc.Spot
	if g.lead == direct {
		list = e.places.assignments(q.subject.principal)
	} else {
		list = e.places.directory.At(e.directory.groupList[q.detail.leads[g.lead].group].at).Name("assignments")
	}
	return list.Index(int(g.nth)).Position()
}

// lead is a group that leads to grants.
type lead struct {
	group int32
	from  int32    // the lead that led to it; direct: it is one of the principal's own
	way   []string // the groups from the principal's own to this one; made when it is told
}

// lead notes the groups of the principal and all that those lead to, on the shortest way to each.
func (d *detail) lead(s *Subject) {
	in, seen := s.engine.directory, bits.Set(d.room.seen[:0])
	d.leads = d.room.leads[:0]
	add := func(groups []int32, from int) {
		for _, g := range groups {
			if !seen.Has(int(g)) {
				seen.Add(int(g))
				d.leads = append(d.leads, lead{group: g, from: int32(from)})
			}
		}
	}
	add(s.principal.groups, direct)
	add(in.builtins(s.principal.kind), direct)
	for i := 0; i < len(d.leads); i++ {
		add(in.groupList[d.leads[i].group].groups, i)
	}
}

// fill expands the groups of a subject once more. Cost: linear in the grants.
func (d *detail) fill(s *Subject) {
	own, groups := &s.principal.assigned, s.engine.directory.groupList
	d.full = true
	d.lead(s)
	n := len(own.Grants)
	for _, l := range d.leads {
		n += len(groups[l.group].Grants)
	}
	d.Grants, d.from = slices.Grow(d.room.grants[:0], n), slices.Grow(d.room.from[:0], n)
	d.take(s.engine.directory, own, direct)
	for i, l := range d.leads {
		d.take(s.engine.directory, &groups[l.group].assigned, int32(i))
	}
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
