package authz

import (
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/roles"
)

// warn reports what can have no effect, and what is likely to surprise. Warnings are about policies that load: they
// stay silent where an error already stands.
func (p *policy) warn(r *diag.Reporter) {
	at := diag.Path{}.Name("roles")
	w := p.overview()
	for i := range p.roles.Len() {
		q := at.Name(p.roles.Role(i).Name)
		if r.BrokenWithin(q) {
			continue
		}
		p.warnEmpty(i, w, q, r)
		p.warnUnreachable(i, q, r)
		p.warnRequires(i, w, q, r)
	}
	for i := range p.profiles.Len() {
		p.warnProfile(i, r)
	}
	for i := range p.boundaries {
		p.warnBoundary(&p.boundaries[i], w, r)
	}
}

// overview is what the warnings about one role have to know of all others.
type overview struct {
	required bits.Set         // the roles that others require
	joined   bits.Set         // the kinds at which roles are assigned of which something reaches what was joined
	heirs    map[int]bits.Set // by role that a boundary names: those that can be assigned and inherit it
	reached  map[int]bits.Set // by required role: the kinds of the scopes that some role which is that one reaches
}

func (p *policy) overview() overview {
	w := overview{reached: map[int]bits.Set{}, heirs: map[int]bits.Set{}}
	var named bits.Set
	for i := range p.boundaries {
		named.Union(p.boundaries[i].roles)
	}
	for i := range p.roles.Len() {
		o := p.roles.Role(i)
		for _, q := range o.Requires {
			w.required.Add(q)
		}
		for _, e := range o.Entries {
			if e.Reach == 1 || e.Reach < 0 && o.Reach == 1 {
				w.joined.Union(o.Kinds)
				break
			}
		}
	}
	for i := range p.roles.Len() {
		o := p.roles.Role(i)
		if o.At == nil {
			continue
		}
		reached := p.reached(o.Kinds, o.Reach)
		for q := range o.Is.And(w.required).All() {
			all := w.reached[q]
			all.Union(reached)
			w.reached[q] = all
		}
		for q := range o.Is.And(named).All() {
			if q != i {
				heirs := w.heirs[q]
				heirs.Add(i)
				w.heirs[q] = heirs
			}
		}
	}
	return w
}

// warnEmpty: a role that gives nothing, unless others require it, or it marks that its holder has joined.
func (p *policy) warnEmpty(i int, w overview, q diag.Path, r *diag.Reporter) {
	c := p.roles.Role(i)
	if len(c.Areas) > 0 || len(c.Grants) > 0 || len(c.Inherits) > 0 {
		return
	}
	if c.Is.Meets(w.required) || p.beneath(c.Kinds, w.joined) { // joining a scope extends what reaches it from above
		return
	}
	r.Warnf("empty-role", diag.Key(q), "the role %s gives nothing, and no role requires it", diag.Quote(c.Name))
}

// beneath reports whether a scope of one of the inner kinds may stand beneath one of the outer kinds.
func (p *policy) beneath(inner, outer bits.Set) bool {
	for k := range inner.All() {
		if p.kinds.Above(k).Meets(outer) {
			return true
		}
	}
	return false
}

// warnUnreachable: an area that is granted, but exists at no scope the grant reaches; and a grant of which the
// role's own limit leaves nothing.
func (p *policy) warnUnreachable(i int, q diag.Path, r *diag.Reporter) {
	c := p.roles.Role(i)
	check := func(grant int, areas roles.Grant, row roles.Row, q diag.Path) {
		reached, assigned := p.grantKinds(i, grant)
		if !assigned {
			return
		}
		for _, name := range sortedKeys(areas) {
			area, ok := p.tree.Find(name)
			if level, known := p.chain.Find(areas[name]); !ok || !known || level == 0 {
				continue
			}
			if n := p.tree.Area(area); !n.Kinds.Meets(reached) {
				r.Warnf("unreachable-grant", diag.Key(q.Name(name)), "%s exists at %s alone, and this grant reaches %s", name, p.kindNames(n.Kinds), p.kindNames(reached))
			}
		}
		if c.LimitRow == nil || row.Empty() {
			return
		}
		left := row.Clone()
		left.Meet(c.LimitRow)
		if left.Empty() {
			r.Warnf("unreachable-grant", diag.Key(q), "the limit of %s leaves nothing of this grant", diag.Quote(c.Name))
		}
	}
	if len(c.Areas) > 0 {
		check(-1, c.Areas, c.Own, q.Name("areas"))
	}
	for g, grant := range c.Grants {
		at := q.Name("grants").Index(g).Name("areas")
		var quiet diag.Reporter
		check(g, grant.Areas, p.tree.Row(grant.Areas, p.chain, at, &quiet), at)
	}
}

// warnRequires: a required role whose holder cannot hold it where this role counts.
func (p *policy) warnRequires(i int, w overview, q diag.Path, r *diag.Reporter) {
	c := p.roles.Role(i)
	for j, name := range c.Role.Requires {
		required, ok := p.roles.Find(name)
		if !ok || c.At == nil || c.Is.Has(required) {
			continue
		}
		if !w.reached[required].Meets(p.reached(c.Kinds, c.Reach)) {
			r.Warnf("unmet-requirement", diag.Value(q.Name("requires").Index(j)), "no role that is %s reaches the scopes at which %s counts (%s), so %s never counts",
				diag.Quote(name), diag.Quote(c.Name), p.kindNames(p.reached(c.Kinds, c.Reach)), diag.Quote(c.Name))
		}
	}
}

// warnProfile: a profile whose roles are assigned at no kind in common can be assigned nowhere.
func (p *policy) warnProfile(i int, r *diag.Reporter) {
	c := p.profiles.Profile(i)
	q := diag.Path{}.Names("profiles", c.Name)
	if len(c.Roles) < 2 || !c.Kinds.Empty() || r.BrokenWithin(q) {
		return
	}
	for _, role := range c.Roles {
		if p.roles.Role(role).Kinds.Empty() {
			return
		}
	}
	r.Warnf("unassignable-profile", diag.Key(q), "the roles of %s are assigned at no scope kind in common, so the profile can be assigned nowhere", diag.Quote(c.Name))
}

// someRoles names the first few roles of a set, and says how many more there are.
func (p *policy) someRoles(set bits.Set) string {
	const few = 3
	var list []string
	n := set.Len()
	for i := range set.All() {
		if list = append(list, diag.Quote(p.roles.Role(i).Name)); len(list) == few {
			break
		}
	}
	if n > few {
		return fmt.Sprintf("the roles %s and %d more", strings.Join(list, ", "), n-few)
	}
	if n == 1 {
		return "the role " + list[0]
	}
	return "the roles " + strings.Join(list, ", ")
}

// warnBoundary: a role that inherits one which the boundary names, and is not named itself, is not limited with
// it (or, with `except`, is limited although its parent is not). And a boundary that lies nowhere.
func (p *policy) warnBoundary(b *boundary, w overview, r *diag.Reporter) {
	q := diag.Path{}.Names("boundaries", b.Name)
	key, list := "roles", b.Roles
	if b.Except != nil {
		key, list = "except", b.Except
	}
	for j, name := range list {
		named, ok := p.roles.Find(name)
		if !ok {
			continue
		}
		heirs := w.heirs[named].Minus(b.roles)
		if heirs.Empty() {
			continue
		}
		who, inherit, are, it := p.someRoles(heirs), "inherit", "are", "them"
		if heirs.Len() == 1 {
			inherit, are, it = "inherits", "is", "it"
		}
		effect := are + " not limited with it"
		if b.Except != nil {
			effect = are + " limited all the same"
		}
		r.Warnf("boundary-inherited", diag.Value(q.Name(key).Index(j)), "%s %s %s, %s not named here, and so %s; name %s, too, if that is not meant",
			who, inherit, diag.Quote(name), are, effect, it)
	}
	if b.Under == "" || b.kinds.Empty() {
		return
	}
	steps, err := p.kinds.Resolve(b.Under, nil)
	if err != nil {
		return
	}
	under := steps[len(steps)-1].Kind
	var beneath bits.Set
	for k := range p.kinds.Len() {
		if p.kinds.AtOrBelow(k, under) {
			beneath.Add(k)
		}
	}
	if !beneath.Meets(b.kinds) {
		r.Warnf("unreachable-boundary", diag.Value(q.Name("under")), "no scope of the kind %s stands at or beneath %s, so the boundary lies nowhere", p.kindNames(b.kinds), b.Under)
	}
}
