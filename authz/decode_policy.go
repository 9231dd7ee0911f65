package authz

import (
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/profiles"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// policy reads a policy file.
func (d decoder) policy(n *doc.Node) Policy {
	var p Policy
	var at report.Path
	if !d.Fields(n, at, "version", "name", "levels", "scopes", "principal", "request", "areas", "actions", "roles", "profiles", "boundaries") {
		return p
	}
	d.Version(n, at)
	d.Required(n, at, "name", "scopes", "areas", "roles")
	p.Name = d.Text(n.Get("name"), at.Name("name"))
	p.Levels = d.List(n.Get("levels"), at.Name("levels"))
	p.Principal = d.Types(n.Get("principal"), at.Name("principal"))
	p.Request = d.Types(n.Get("request"), at.Name("request"))
	d.Each(n.Get("scopes"), at.Name("scopes"), func(name string, n *doc.Node, q report.Path) {
		k := scope.Kind{Name: name}
		if d.Fields(n, q, "in", "attributes") {
			k.In = d.List(n.Get("in"), q.Name("in"))
			k.Attributes = d.Types(n.Get("attributes"), q.Name("attributes"))
		}
		p.Scopes = append(p.Scopes, k)
	})
	p.Areas = d.areas(n.Get("areas"), at.Name("areas"))
	d.Each(n.Get("actions"), at.Name("actions"), func(name string, n *doc.Node, q report.Path) {
		a := Action{Name: name}
		if n.Kind != doc.Map {
			a.Permission = d.Text(n, q)
		} else if d.Fields(n, q, "permission", "title", "description") {
			d.Required(n, q, "permission")
			a.Permission = d.Text(n.Get("permission"), q.Name("permission"))
			a.Title, a.Description = d.labels(n, q)
		}
		p.Actions = append(p.Actions, a)
	})
	d.Each(n.Get("roles"), at.Name("roles"), func(name string, n *doc.Node, q report.Path) {
		p.Roles = append(p.Roles, d.role(name, n, q))
	})
	d.Each(n.Get("profiles"), at.Name("profiles"), func(name string, n *doc.Node, q report.Path) {
		x := profiles.Profile{Name: name}
		if d.Fields(n, q, "title", "description", "roles", "limit", "only", "given_with") {
			d.Required(n, q, "roles")
			x.Title, x.Description = d.labels(n, q)
			x.Roles = d.List(n.Get("roles"), q.Name("roles"))
			x.Limit = d.limit(n, q)
			x.GivenWith = d.givenWith(n.Get("given_with"), q.Name("given_with"))
		}
		p.Profiles = append(p.Profiles, x)
	})
	d.Each(n.Get("boundaries"), at.Name("boundaries"), func(name string, n *doc.Node, q report.Path) {
		p.Boundaries = append(p.Boundaries, d.boundary(name, n, q))
	})
	return p
}

func (d decoder) labels(n *doc.Node, p report.Path) (title, description string) {
	return d.Text(n.Get("title"), p.Name("title")), d.Text(n.Get("description"), p.Name("description"))
}

// areas reads a level of the tree. A scalar, or nothing, is a leaf and its description.
func (d decoder) areas(n *doc.Node, p report.Path) []roles.Area {
	var list []roles.Area
	d.Each(n, p, func(name string, n *doc.Node, q report.Path) {
		a := roles.Area{Name: name}
		switch {
		case d.Refused(n, q), n.Kind == doc.Null:
		case n.Kind != doc.Map:
			a.Description = d.Text(n, q)
		case d.Fields(n, q, "description", "at", "areas"):
			a.Description = d.Text(n.Get("description"), q.Name("description"))
			a.At = d.List(n.Get("at"), q.Name("at"))
			a.Areas = d.areas(n.Get("areas"), q.Name("areas"))
		}
		list = append(list, a)
	})
	return list
}

func (d decoder) role(name string, n *doc.Node, p report.Path) roles.Role {
	r := roles.Role{Name: name}
	if !d.Fields(n, p, "title", "description", "at", "reach", "inherits", "areas", "grants", "limit", "only", "requires", "given_with", "needs_limit", "exceeds_giver") {
		return r
	}
	r.Title, r.Description = d.labels(n, p)
	r.At = d.List(n.Get("at"), p.Name("at"))
	r.Reach = d.reach(n.Get("reach"), p.Name("reach"))
	r.Inherits = d.List(n.Get("inherits"), p.Name("inherits"))
	r.Areas = d.grant(n.Get("areas"), p.Name("areas"))
	r.Limit = d.limit(n, p)
	r.Requires = d.List(n.Get("requires"), p.Name("requires"))
	r.GivenWith = d.givenWith(n.Get("given_with"), p.Name("given_with"))
	r.NeedsLimit = d.Boolean(n.Get("needs_limit"), p.Name("needs_limit"))
	r.ExceedsGiver = d.Boolean(n.Get("exceeds_giver"), p.Name("exceeds_giver"))
	d.Items(n.Get("grants"), p.Name("grants"), func(n *doc.Node, q report.Path) {
		var g roles.Conditional
		if d.Fields(n, q, "areas", "when", "reach") {
			d.Required(n, q, "areas")
			g.Areas = d.grant(n.Get("areas"), q.Name("areas"))
			g.When = d.condition(n.Get("when"), q.Name("when"))
			g.Reach = d.reach(n.Get("reach"), q.Name("reach"))
		}
		r.Grants = append(r.Grants, g)
	})
	return r
}

func (d decoder) reach(n *doc.Node, p report.Path) roles.Reach {
	text := d.Text(n, p)
	if n != nil && n.Quoted && text == "" {
		d.Errorf("unknown-reach", report.Value(p), "a reach is missing; a role reaches self, joined or all")
	}
	return roles.Reach(text)
}

func (d decoder) givenWith(n *doc.Node, p report.Path) string {
	text := d.Text(n, p)
	if n != nil && n.Quoted && text == "" {
		d.Errorf("bad-permission", report.Value(p), "a permission is missing: write area:level or an action, or leave the key out if nobody gives it")
	}
	return text
}

// condition reads the text of a condition. `when: true` is one, too.
func (d decoder) condition(n *doc.Node, p report.Path) string {
	switch {
	case n != nil && n.Damaged && n.Meant != "": // it only lacks its quotes, and is compiled as if it had them
		d.Restore(p)
		return n.Meant
	case d.Refused(n, p):
		return ""
	case n.Kind == doc.Bool:
		return n.Text
	case n.Kind == doc.String && n.Quoted && n.Text == "":
		d.Errorf("condition-size", report.Value(p), "the condition is empty: write one, or leave the key out")
		return ""
	}
	return d.Text(n, p)
}

func (d decoder) boundary(name string, n *doc.Node, p report.Path) Boundary {
	b := Boundary{Name: name}
	if !d.Fields(n, p, "title", "description", "in", "under", "when", "roles", "except", "limit", "only") {
		return b
	}
	d.Required(n, p, "in")
	if d.Lacks(n, p, "limit", "only") {
		d.Errorf("missing-key", report.Value(p.Name("limit")), "the key \"limit\" (or \"only\") is missing: a boundary is a limit")
	}
	if n.Get("roles") != nil && n.Get("except") != nil {
		d.Errorf("conflicting-keys", report.Key(p.Name("except")), "`roles` and `except` exclude each other: write one of them")
	}
	b.Title, b.Description = d.labels(n, p)
	b.In = d.List(n.Get("in"), p.Name("in"))
	b.Under = d.Text(n.Get("under"), p.Name("under"))
	if u := n.Get("under"); u != nil && u.Quoted && b.Under == "" {
		d.Errorf("bad-path", report.Value(p.Name("under")), "a path is missing: write one, or leave the key out")
	}
	b.When = d.condition(n.Get("when"), p.Name("when"))
	b.Roles = d.List(n.Get("roles"), p.Name("roles"))
	b.Except = d.List(n.Get("except"), p.Name("except"))
	b.Limit = d.limit(n, p)
	return b
}
