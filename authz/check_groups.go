package authz

import (
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
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
		if !names.Name(g.Name) {
			r.Errorf("bad-name", report.Key(q), "%s is no name of a group: %s", diag.Quote(g.Name), names.NameRule)
		}
		d.groups[g.Name] = len(d.groupList)
		d.groupList = append(d.groupList, group{name: g.Name})
		models = append(models, g)
	}
	for _, name := range []string{Authenticated, Everyone} {
		if _, ok := d.groups[name]; !ok {
			d.groups[name] = len(d.groupList)
			d.groupList = append(d.groupList, group{name: name})
			models = append(models, &Group{Name: name})
		}
	}
	for i, g := range models {
		q := at.Name(g.Name)
		if builtin(g.Name) && len(g.Groups) > 0 {
			r.Errorf("builtin-group", report.Value(q.Name("groups")), "the members of the built-in group %s are not members of another: give them assignments of their own", diag.Quote(g.Name))
		} else {
			d.groupList[i].groups = d.memberships(g.Groups, q.Name("groups"), r)
		}
		d.groupList[i].given = d.resolve(p, g.Assignments, q.Name("assignments"), r)
	}
	_, cycles, _ := graph.Cycles(len(d.groupList), func(i int) []int { return d.groupList[i].groups })
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

func builtin(group string) bool { return group == Authenticated || group == Everyone }

// memberships resolves the groups that a group or a principal names.
func (d *directory) memberships(list []string, at report.Path, r *report.Reporter) []int {
	var refs []int
	for j, name := range list {
		q := at.Index(j)
		i, ok := d.groups[name]
		switch {
		case r.Broken(q):
		case !ok:
			r.Unknown("unknown-group", report.Value(q), name, d.groupNames(), "there is no group %s", diag.Quote(name))
		case builtin(name):
			r.Warnf("builtin-member", report.Value(q), "the group %s is built in: its members need not, and cannot, be named", diag.Quote(name))
		case slices.Contains(refs, i):
			r.Errorf("duplicate-name", report.Value(q), "%s is listed twice", diag.Quote(name))
		default:
			refs = append(refs, i)
		}
	}
	if list != nil && len(list) == 0 {
		r.Warnf("empty-groups", report.Value(at), "an empty list names no group: leave the key out")
	}
	return refs
}

func (d *directory) groupNames() []string {
	list := make([]string, len(d.groupList))
	for i := range d.groupList {
		list[i] = d.groupList[i].name
	}
	return list
}
