package authz

import (
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/report"
)

// directory reads a directory file.
func (d decoder) directory(n *doc.Node) Directory {
	var dir Directory
	var at report.Path
	if !d.Fields(n, at, "version", "scopes", "groups", "principals") {
		return dir
	}
	d.Version(n, at)
	d.Each(n.Get("scopes"), at.Name("scopes"), func(path string, n *doc.Node, p report.Path) {
		dir.Scopes = append(dir.Scopes, Scope{Path: path, Attributes: d.Attributes(n, p)})
	})
	d.Each(n.Get("groups"), at.Name("groups"), func(name string, n *doc.Node, p report.Path) {
		g := Group{Name: name}
		if d.Fields(n, p, "assignments", "groups") {
			g.Assignments = d.assignments(n.Get("assignments"), p.Name("assignments"))
			g.Groups = d.List(n.Get("groups"), p.Name("groups"))
		}
		dir.Groups = append(dir.Groups, g)
	})
	d.Each(n.Get("principals"), at.Name("principals"), func(id string, n *doc.Node, p report.Path) {
		x := Principal{ID: id}
		if d.Fields(n, p, principalKeys...) {
			x = d.principal(id, n, p)
			x.Owner = d.Text(n.Get("owner"), p.Name("owner"))
		}
		dir.Principals = append(dir.Principals, x)
	})
	return dir
}

var principalKeys = []string{"kind", "status", "groups", "attributes", "assignments", "limit", "only", "owner", "in", "until"}

// principal reads a principal, all but its owner, from a mapping whose keys have been looked at.
func (d decoder) principal(id string, n *doc.Node, p report.Path) Principal {
	d.Required(n, p, "status")
	return Principal{
		ID:          id,
		Kind:        Kind(d.Text(n.Get("kind"), p.Name("kind"))),
		Status:      Status(d.Text(n.Get("status"), p.Name("status"))),
		Groups:      d.List(n.Get("groups"), p.Name("groups")),
		Attributes:  d.Attributes(n.Get("attributes"), p.Name("attributes")),
		Assignments: d.assignments(n.Get("assignments"), p.Name("assignments")),
		Limit:       d.limit(n, p),
		In:          d.List(n.Get("in"), p.Name("in")),
		Until:       d.Instant(n.Get("until"), p.Name("until")),
	}
}

func (d decoder) assignments(n *doc.Node, p report.Path) []Assignment {
	var list []Assignment
	d.Items(n, p, func(n *doc.Node, q report.Path) {
		var a Assignment
		if d.Fields(n, q, "roles", "profiles", "in", "limit", "only", "from", "until") {
			d.Required(n, q, "in")
			if d.Lacks(n, q, "roles", "profiles") {
				d.Errorf("missing-key", report.Value(q.Name("roles")), "the key \"roles\" or \"profiles\" is missing: an assignment gives one or both")
			}
			a.Roles = d.List(n.Get("roles"), q.Name("roles"))
			a.Profiles = d.List(n.Get("profiles"), q.Name("profiles"))
			a.In = d.List(n.Get("in"), q.Name("in"))
			a.Limit = d.limit(n, q)
			a.From = d.Instant(n.Get("from"), q.Name("from"))
			a.Until = d.Instant(n.Get("until"), q.Name("until"))
		} else {
			d.Break(q)
		}
		list = append(list, a)
	})
	return list
}
