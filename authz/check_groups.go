package authz

import (
	"iter"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/graph"
	"github.com/trellis-authz/trellis/internal/names"
	"github.com/trellis-authz/trellis/internal/report"
)

func (d *directory) checkGroups(p *policy, list []Group, at report.Path, r *report.Reporter) {
	models := make([]*Group, 0, len(list)+2)
	for i := range list {
		g := &list[i]
		q := at.Name(g.Name)
		if _, again := d.groups[g.Name]; again {
			r.Errorf("duplicate-name", report.Key(q), "the group %s is declared twice", diag.Quote(g.Name))
			continue
		}
		d.checkGroupName(g.Name, q, r)
		d.groups[g.Name] = len(d.groupList)
		d.groupList = append(d.groupList, group{name: g.Name, at: q})
		models = append(models, g)
	}
	for _, name := range []string{Authenticated, Everyone} {
		if _, ok := d.groups[name]; !ok {
			d.groups[name] = len(d.groupList)
			d.groupList = append(d.groupList, group{name: name, at: at.Name(name)})
			models = append(models, &Group{Name: name})
		}
	}
	for i, g := range models {
		q := at.Name(g.Name)
		d.checkGroup(p, i, g, q, r)
	}
	_, cycles, _ := graph.Cycles(len(d.groupList), d.ups)
	for _, c := range cycles {
		var circle []string
		for _, i := range c {
			circle = append(circle, d.groupList[i].name)
		}
		from, to := models[c[len(c)-1]], circle[0]
		r.Errorf("groups-cycle", report.Value(at.Name(from.Name).Name("groups").Index(slices.Index(from.Groups, to))),
			"groups cannot be members of each other in a circle: %s", strings.Join(append(circle, to), " -> "))
	}
}

func (d *directory) checkGroupName(name string, at report.Path, r *report.Reporter) {
	if !names.Name(name) {
		r.Errorf("bad-name", report.Key(at), "%s is no name of a group: %s", diag.Quote(name), names.NameRule)
	}
}

// checkGroup resolves the i-th group.
func (d *directory) checkGroup(p *policy, i int, g *Group, at report.Path, r *report.Reporter) {
	if builtin(g.Name) && len(g.Groups) > 0 {
		r.Errorf("builtin-group", report.Value(at.Name("groups")), "the members of the built-in group %s are not members of another: give them assignments of their own", diag.Quote(g.Name))
	} else {
		d.groupList[i].groups = d.memberships(nil, g.Groups, at.Lazy().Name("groups"), r)
	}
	var all assigned
	d.resolve(p, g.Assignments, at.Lazy().Name("assignments"), r, &all)
	d.groupList[i].assigned = all
}

// ups returns the groups that a group is a member of.
func (d *directory) ups(i int) []int {
	list := make([]int, len(d.groupList[i].groups))
	for j, g := range d.groupList[i].groups {
		list[j] = int(g)
	}
	return list
}

// maxAll is how many groups may be noted as those that a membership leads to: in a long chain of groups they would come
// to the square of its length.
const maxAll = 64

// closeGroups notes what the members of each group are members of by it, and the built-in groups. There is no circle.
func (d *directory) closeGroups() {
	for i := range d.groupList {
		g := &d.groupList[i]
		g.all, g.timedAll = nil, false
		for up := range d.eachGroup([]int32{int32(i)}) {
			if len(g.all) == maxAll {
				g.all = nil
				break
			}
			g.all = append(g.all, up)
			g.timedAll = g.timedAll || d.groupList[up].timed
		}
	}
	for _, name := range []string{Authenticated, Everyone} {
		i, ok := d.groups[name]
		if !ok || len(d.groupList[i].Grants) == 0 {
			continue
		}
		d.builtin[1] = append(d.builtin[1], int32(i))
		if name == Everyone {
			d.builtin[0] = append(d.builtin[0], int32(i))
		}
	}
}

// deep reports whether groups lead to more others than are noted.
func (d *directory) deep(groups []int32) bool {
	for _, g := range groups {
		if d.groupList[g].all == nil {
			return true
		}
	}
	return false
}

// eachGroup yields every group that members of those in the lists are members of, directly or by another, each once.
func (d *directory) eachGroup(lists ...[]int32) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		var seen bits.Set
		var queue []int32
		add := func(list []int32) {
			for _, g := range list {
				if !seen.Has(int(g)) {
					seen.Add(int(g))
					queue = append(queue, g)
				}
			}
		}
		for _, list := range lists {
			add(list)
		}
		for i := 0; i < len(queue); i++ {
			if !yield(queue[i]) {
				return
			}
			add(d.groupList[queue[i]].groups)
		}
	}
}

// builtins returns the built-in groups whose member a principal of that kind is, as far as they are assigned anything.
func (d *directory) builtins(of Kind) []int32 {
	if of == anonymous {
		return d.builtin[0]
	}
	return d.builtin[1]
}

func builtin(group string) bool { return group == Authenticated || group == Everyone }

// memberships appends the groups that a group or a principal names.
func (d *directory) memberships(refs []int32, list []string, at report.Lazy, r *report.Reporter) []int32 {
	for j, name := range list {
		q := at.Index(j)
		i, ok := d.groups[name]
		switch {
		case r.BrokenAt(q):
		case !ok:
			r.Unknown("unknown-group", report.Value(q()), name, d.groupNames(), "there is no group %s", diag.Quote(name))
		case builtin(name):
			r.Warnf("builtin-member", report.Value(q()), "the group %s is built in: its members need not, and cannot, be named", diag.Quote(name))
		case slices.Contains(refs, int32(i)):
			r.Errorf("duplicate-name", report.Value(q()), "%s is listed twice", diag.Quote(name))
		default:
			refs = append(refs, int32(i))
		}
	}
	if list != nil && len(list) == 0 {
		r.Warnf("empty-groups", report.Value(at()), "an empty list names no group: leave the key out")
	}
	return refs
}

func (d *directory) groupNames() []string {
	var list []string
	for i := range d.groupList {
		if !d.groupList[i].gone {
			list = append(list, d.groupList[i].name)
		}
	}
	return list
}
