package generate

import (
	"strings"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
)

// Feature is something that a policy, a directory or a request can say. Remove takes it out of a world: where a
// decision changes by that, the feature decided it.
type Feature struct {
	Name   string
	Remove func(w *World)
}

// Features are all that the specification knows, one by one.
func Features() []Feature {
	return []Feature{
		{"a role's own grants", eachRole(func(r *roles.Role) { r.Areas = nil })},
		{"the default level of a grant (*)", eachRole(func(r *roles.Role) { delete(r.Areas, "*") })},
		{"a sub-area named below its area", eachRole(func(r *roles.Role) { dropSubareas(r.Areas) })},
		{"inherits", eachRole(func(r *roles.Role) { r.Inherits = nil })},
		{"a role's limit", eachRole(func(r *roles.Role) { r.Limit = roles.Limit{} })},
		{"reach joined", eachReach(roles.Joined, roles.Self)},
		{"reach all", eachReach(roles.All, roles.Self)},
		{"a grant's own reach", eachGrant(func(g *roles.Conditional) { g.Reach = "" })},
		{"a grant's condition, which holds", eachGrant(func(g *roles.Conditional) {
			if g.When != "" {
				g.When = "false"
			}
		})},
		{"a grant's condition, which does not hold", eachGrant(func(g *roles.Conditional) { g.When = "" })},
		{"requires", eachRole(func(r *roles.Role) { r.Requires = nil })},
		{"a profile's roles", func(w *World) {
			for i := range w.Policy.Profiles {
				w.Policy.Profiles[i].Roles = nil
			}
		}},
		{"a profile's limit", func(w *World) {
			for i := range w.Policy.Profiles {
				w.Policy.Profiles[i].Limit = roles.Limit{}
			}
		}},
		{"only, in place of limit", func(w *World) { eachLimit(w, func(l *roles.Limit) { l.Only = false }) }},
		{"a boundary over everything", dropBoundaries(func(b *authz.Boundary) bool { return b.Roles == nil && b.Except == nil })},
		{"a boundary over some roles", dropBoundaries(func(b *authz.Boundary) bool { return b.Roles != nil })},
		{"a boundary over all roles but some", dropBoundaries(func(b *authz.Boundary) bool { return b.Except != nil })},
		{"a boundary on a single scope", dropBoundaries(func(b *authz.Boundary) bool { return strings.Contains(b.In[0], ":") })},
		{"under", eachBoundary(func(b *authz.Boundary) { b.Under = "" })},
		{"a boundary's condition", eachBoundary(func(b *authz.Boundary) { b.When = "" })},
		{"where an area exists (at)", func(w *World) { everywhere(w.Policy.Areas) }},
		{"nested scopes of one kind", func(w *World) { w.Policy.Scopes[1].In = []string{"org"} }},
		{"groups of a principal", eachPrincipal(func(p *authz.Principal) { p.Groups = nil })},
		{"groups of a group", eachGroup(func(g *authz.Group) { g.Groups = nil })},
		{"the group everyone", eachGroup(func(g *authz.Group) {
			if g.Name == authz.Everyone {
				g.Assignments = nil
			}
		})},
		{"the group authenticated", eachGroup(func(g *authz.Group) {
			if g.Name == authz.Authenticated {
				g.Assignments = nil
			}
		})},
		{"an assignment's limit", eachAssignment(func(a *authz.Assignment) { a.Limit = roles.Limit{} })},
		{"from and until", eachAssignment(func(a *authz.Assignment) { a.From, a.Until = time.Time{}, time.Time{} })},
		{"a personal limit", eachPrincipal(func(p *authz.Principal) {
			if p.Kind != authz.Key {
				p.Limit = roles.Limit{}
			}
		})},
		{"a status that is not active", eachPrincipal(func(p *authz.Principal) { p.Status = authz.Active })},
		{"a key's limit", eachPrincipal(func(p *authz.Principal) {
			if p.Kind == authz.Key {
				p.Limit = roles.Limit{}
			}
		})},
		{"a key's scopes", eachPrincipal(func(p *authz.Principal) { p.In = nil })},
		{"a key's end", eachPrincipal(func(p *authz.Principal) { p.Until = time.Time{} })},
		{"what a principal's attributes say", eachPrincipal(func(p *authz.Principal) { p.Attributes = nil })},
		{"what a scope's attributes say", func(w *World) {
			if w.Directory != nil {
				for i := range w.Directory.Scopes {
					w.Directory.Scopes[i].Attributes = nil
				}
			}
		}},
	}
}

func eachRole(change func(r *roles.Role)) func(*World) {
	return func(w *World) {
		for i := range w.Policy.Roles {
			change(&w.Policy.Roles[i])
		}
	}
}

func eachGrant(change func(g *roles.Conditional)) func(*World) {
	return eachRole(func(r *roles.Role) {
		for i := range r.Grants {
			change(&r.Grants[i])
		}
	})
}

func eachReach(from, to roles.Reach) func(*World) {
	return eachRole(func(r *roles.Role) {
		if r.Reach == from {
			r.Reach = to
		}
		for i := range r.Grants {
			if r.Grants[i].Reach == from {
				r.Grants[i].Reach = to
			}
		}
	})
}

func eachBoundary(change func(b *authz.Boundary)) func(*World) {
	return func(w *World) {
		for i := range w.Policy.Boundaries {
			change(&w.Policy.Boundaries[i])
		}
	}
}

func dropBoundaries(drop func(b *authz.Boundary) bool) func(*World) {
	return eachBoundary(func(b *authz.Boundary) {
		if drop(b) {
			b.Limit, b.Roles, b.Except = roles.Limit{}, nil, nil
		}
	})
}

func eachPrincipal(change func(p *authz.Principal)) func(*World) {
	return func(w *World) {
		if w.Directory != nil {
			for i := range w.Directory.Principals {
				change(&w.Directory.Principals[i])
			}
		}
		for _, guests := range w.Guests {
			for i := range guests {
				change(&guests[i])
			}
		}
	}
}

func eachGroup(change func(g *authz.Group)) func(*World) {
	return func(w *World) {
		if w.Directory != nil {
			for i := range w.Directory.Groups {
				change(&w.Directory.Groups[i])
			}
		}
	}
}

func eachAssignment(change func(a *authz.Assignment)) func(*World) {
	return func(w *World) {
		all := func(list []authz.Assignment) {
			for i := range list {
				change(&list[i])
			}
		}
		eachPrincipal(func(p *authz.Principal) { all(p.Assignments) })(w)
		eachGroup(func(g *authz.Group) { all(g.Assignments) })(w)
	}
}

// eachLimit changes every limit there is.
func eachLimit(w *World, change func(l *roles.Limit)) {
	eachRole(func(r *roles.Role) { change(&r.Limit) })(w)
	for i := range w.Policy.Profiles {
		change(&w.Policy.Profiles[i].Limit)
	}
	eachBoundary(func(b *authz.Boundary) { change(&b.Limit) })(w)
	eachPrincipal(func(p *authz.Principal) { change(&p.Limit) })(w)
	eachAssignment(func(a *authz.Assignment) { change(&a.Limit) })(w)
}

func dropSubareas(g roles.Grant) {
	for name := range g {
		if strings.Contains(name, ".") {
			delete(g, name)
		}
	}
}

func everywhere(areas []roles.Area) {
	for i := range areas {
		areas[i].At = nil
		everywhere(areas[i].Areas)
	}
}
