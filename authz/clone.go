package authz

import (
	"maps"
	"slices"

	"github.com/trellis-authz/trellis/profiles"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// clone returns a copy that shares nothing with the policy: an engine is immutable, whatever becomes of the values
// that it was built from.
func (p *Policy) clone() *Policy {
	c := *p
	c.Levels = slices.Clone(p.Levels)
	c.Principal, c.Request = maps.Clone(p.Principal), maps.Clone(p.Request)
	c.Areas = cloneAreas(p.Areas)
	c.Actions = slices.Clone(p.Actions)
	c.Scopes = each(p.Scopes, func(k *scope.Kind) {
		k.In, k.Attributes = slices.Clone(k.In), maps.Clone(k.Attributes)
	})
	c.Roles = each(p.Roles, func(r *roles.Role) {
		r.At, r.Inherits, r.Requires = slices.Clone(r.At), slices.Clone(r.Inherits), slices.Clone(r.Requires)
		r.Areas, r.Limit.Areas = maps.Clone(r.Areas), maps.Clone(r.Limit.Areas)
		r.Grants = each(r.Grants, func(g *roles.Conditional) { g.Areas = maps.Clone(g.Areas) })
	})
	c.Profiles = each(p.Profiles, func(x *profiles.Profile) {
		x.Roles, x.Limit.Areas = slices.Clone(x.Roles), maps.Clone(x.Limit.Areas)
	})
	c.Boundaries = each(p.Boundaries, func(b *Boundary) {
		b.In, b.Roles, b.Except = slices.Clone(b.In), slices.Clone(b.Roles), slices.Clone(b.Except)
		b.Limit.Areas = maps.Clone(b.Limit.Areas)
	})
	return &c
}

func cloneAreas(list []roles.Area) []roles.Area {
	return each(list, func(a *roles.Area) { a.At, a.Areas = slices.Clone(a.At), cloneAreas(a.Areas) })
}

// each returns a copy of a list, with what its items hold made their own.
func each[T any](list []T, own func(*T)) []T {
	list = slices.Clone(list)
	for i := range list {
		own(&list[i])
	}
	return list
}
