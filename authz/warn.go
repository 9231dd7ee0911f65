package authz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/roles"
)

// warn reports what can have no effect, and what is likely to surprise. Warnings are about policies that load: they
// stay silent where an error already stands.
func (p *policy) warn(r *report.Reporter) {
	if p.roles.Cut() { // of some roles it is not known what they give
		return
	}
	at := report.Path{}.Name("roles")
	w := p.overview()
	w.doubtful = doubtful(r)
	for i := range p.roles.Len() {
		q := at.Name(p.roles.Role(i).Name)
		if r.BrokenWithin(q) {
			continue
		}
		if !p.warnEmpty(i, w, q, r) {
			p.warnUnreachable(i, w, q, r)
		}
		p.warnRequires(i, q, r)
	}
	for i := range p.profiles.Len() {
		p.warnProfile(i, w, r)
	}
	for i := range p.boundaries {
		p.warnBoundary(&p.boundaries[i], w, r)
	}
}

// overview is what the warnings about one role have to know of all others.
type overview struct {
	doubtful bool             // an error in the areas or the levels: what grants give is not known
	required bits.Set         // the roles that others require
	joined   bits.Set         // the kinds at which roles are assigned of which something reaches what was joined
	heirs    map[int]bits.Set // by role that a boundary names: those that can be assigned and inherit it
}

func (p *policy) overview() overview {
	w := overview{heirs: map[int]bits.Set{}}
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

// warnEmpty: a role that gives nothing, unless others require it, or it marks that its holder has joined. It reports
// whether the role gives nothing.
func (p *policy) warnEmpty(i int, w overview, q report.Path, r *report.Reporter) bool {
	c := p.roles.Role(i)
	inherits := false
	for _, e := range c.Entries {
		if !e.Row.Empty() {
			return false
		}
	}
	for _, e := range c.Declared { // that the limit leaves nothing of it is said there
		if !e.Row.Empty() {
			return false
		}
	}
	for _, up := range c.Parents {
		inherits = inherits || slices.ContainsFunc(p.roles.Role(up).Entries, func(e model.Entry) bool { return !e.Row.Empty() })
	}
	switch {
	case (w.doubtful || p.brokenIn(c.Is, r)) && len(c.Areas)+len(c.Grants)+len(c.Inherits) > 0:
	case c.Is.Meets(w.required) || p.beneath(c.Kinds, w.joined): // joining a scope extends what reaches it from above
	case inherits:
		r.Warnf("empty-role", report.Key(q), "the limit of the role %s leaves nothing of what it inherits, and no role requires it", diag.Quote(c.Name))
	default:
		r.Warnf("empty-role", report.Key(q), "the role %s gives nothing, and no role requires it", diag.Quote(c.Name))
	}
	return true
}

// doubtful reports whether there is an error in the areas or the levels, so that what a grant or a limit means is not
// known.
func doubtful(r *report.Reporter) bool {
	var at report.Path
	return r.BrokenWithin(at.Name("areas")) || r.BrokenWithin(at.Name("levels"))
}

// brokenIn reports whether there is an error in one of the roles.
func (p *policy) brokenIn(set bits.Set, r *report.Reporter) bool {
	for i := range set.All() {
		if r.BrokenWithin(model.DeclarationOf(p.roles.Role(i).Name)) {
			return true
		}
	}
	return false
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
func (p *policy) warnUnreachable(i int, w overview, q report.Path, r *report.Reporter) {
	c := p.roles.Role(i)
	check := func(grant int, areas roles.Grant, row model.Row, q report.Path) {
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
				r.Warnf("unreachable-grant", report.Key(q.Name(name)), "%s exists at %s alone, and this grant reaches %s", name, p.kindNames(n.Kinds), p.kindNames(reached))
			}
		}
		if row.Empty() && len(areas) > 0 && !w.doubtful {
			r.Warnf("unreachable-grant", report.Key(q), "no level of this grant is above %s, and a grant takes nothing away: what is inherited or granted elsewhere is bounded by a `limit`", p.chain.Least())
		}
		if c.LimitRow == nil || row.Empty() {
			return
		}
		left := row.Clone()
		left.Meet(c.LimitRow)
		if left.Empty() {
			r.Warnf("unreachable-grant", report.Key(q), "the limit of %s leaves nothing of this grant", diag.Quote(c.Name))
		}
	}
	if len(c.Areas) > 0 {
		check(-1, c.Areas, c.Declared[0].Row, q.Name("areas"))
	}
	for g, grant := range c.Grants {
		at := q.Name("grants").Index(g).Name("areas")
		check(g, grant.Areas, c.Declared[1+g].Row, at)
	}
}

// warnRequires: a required role whose holder cannot hold it where this role counts.
func (p *policy) warnRequires(i int, q report.Path, r *report.Reporter) {
	c := p.roles.Role(i)
	if c.At == nil {
		return
	}
	reached := p.reached(c.Kinds, c.Reach)
	for _, required := range c.Requires {
		if p.reachedFrom(required).own.Meets(reached) || p.brokenIn(bits.Of(required), r) {
			continue
		}
		name := p.roles.Role(required).Name
		at := report.Key(q) // it is inherited
		if j := slices.Index(c.Role.Requires, name); j >= 0 {
			at = report.Value(q.Name("requires").Index(j))
		}
		r.Warnf("unmet-requirement", at, "no role that is %s reaches the scopes at which %s counts (%s), so %s never counts",
			diag.Quote(name), diag.Quote(c.Name), p.kindNames(reached), diag.Quote(c.Name))
	}
}

// warnProfile: a profile whose roles are assigned at no kind in common can be assigned nowhere, and of one whose limit
// leaves nothing nobody holds anything.
func (p *policy) warnProfile(i int, w overview, r *report.Reporter) {
	c := p.profiles.Profile(i)
	q := report.Path{}.Names("profiles", c.Name)
	if r.BrokenWithin(q) {
		return
	}
	if !w.doubtful && !p.brokenIn(bits.Of(c.Roles...), r) && p.emptied(c, w) {
		r.Warnf("empty-profile", report.Key(q), "the limit of the profile %s leaves nothing of its roles", diag.Quote(c.Name))
	}
	if len(c.Roles) < 2 || !c.Kinds.Empty() {
		return
	}
	for _, role := range c.Roles {
		if p.roles.Role(role).Kinds.Empty() {
			return
		}
	}
	r.Warnf("unassignable-profile", report.Key(q), "the roles of %s are assigned at no scope kind in common, so the profile can be assigned nowhere", diag.Quote(c.Name))
}

// emptied reports whether the limit of a profile leaves nothing of roles that give something, and are good for nothing
// else.
func (p *policy) emptied(c *model.Profile, w overview) bool {
	if c.LimitRow == nil {
		return false
	}
	gives := false
	for _, i := range c.Roles {
		role := p.roles.Role(i)
		if role.Is.Meets(w.required) || p.beneath(role.Kinds, w.joined) {
			return false
		}
		for _, e := range role.Entries {
			gives = gives || !e.Row.Empty()
			for leaf, l := range e.Row {
				if min(l, c.LimitRow[leaf]) > 0 {
					return false
				}
			}
		}
	}
	return gives
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
func (p *policy) warnBoundary(b *boundary, w overview, r *report.Reporter) {
	q := report.Path{}.Names("boundaries", b.Name)
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
		r.Warnf("boundary-inherited", report.Value(q.Name(key).Index(j)), "%s %s %s, %s not named here, and so %s; name %s, too, if that is not meant",
			who, inherit, diag.Quote(name), are, effect, it)
	}
	if b.Under == "" || r.BrokenWithin(q) {
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
	isBeneath := func(path string) bool { return path == b.Under || strings.HasPrefix(path, b.Under+"/") }
	switch {
	case beneath.Meets(b.kinds) || slices.ContainsFunc(b.paths, isBeneath):
	case len(b.paths) > 0:
		r.Warnf("unreachable-boundary", report.Value(q.Name("under")), "nothing that `in` names stands at or beneath %s, so the boundary lies nowhere", b.Under)
	case !b.kinds.Empty():
		r.Warnf("unreachable-boundary", report.Value(q.Name("under")), "no scope of the kind %s stands at or beneath %s, so the boundary lies nowhere", p.kindNames(b.kinds), b.Under)
	}
}
