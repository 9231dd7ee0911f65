package reference

import (
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
)

// triple is a grant of sentence 2: "triples (role r, scope t, limit λ), λ being profile limit ∧ assignment limit".
type triple struct {
	role   string
	scope  string
	limits []roles.Limit
}

// hold is sentences 7 and 8. Granted is what the grants give before any boundary and limit: the reasons tell by it
// whether something was limited.
func (c *Case) hold() (granted, held Levels) {
	if c.asker.Kind != authz.Key {
		return c.holdAs(c.asker, "")
	}
	// 8. "A key holds what its owner holds now, ∧ its limit ... should conditions on it give the key more, the owner's
	// own level is the bound."
	granted, held = c.holdAs(c.owner, c.asker.ID)
	ownGranted, own := c.holdAs(c.owner, "")
	for leaf := range held {
		granted[leaf] = min(granted[leaf], ownGranted[leaf])
		held[leaf] = min(held[leaf], own[leaf], c.world.limit(c.asker.Limit, leaf))
	}
	return granted, held
}

// 7. "granted(leaf) = ⋁ over covering, counted grants of grant(r)(leaf) ∧ λ(leaf) ∧ the limits of the boundaries that
// apply and select r ... held(leaf) = granted(leaf) ∧ p's own limit ∧ the limits of the boundaries that apply and
// select no roles."
func (c *Case) holdAs(p *authz.Principal, key string) (granted, held Levels) {
	w, granted, held := c.world, Levels{}, Levels{}
	see := c.sight(p, key)
	boundaries := c.boundaries(see)
	grants := c.grants(p)
	counted := c.counted(grants)
	for _, leaf := range w.leaves("") {
		for _, g := range counted {
			given := c.give(g.role, w.role(g.role).Reach, g, leaf, grants, see)
			for _, limit := range g.limits {
				given = min(given, w.limit(limit, leaf))
			}
			granted[leaf] = max(granted[leaf], given)
			for _, b := range boundaries {
				if selects(b, g.role) {
					given = min(given, w.limit(b.Limit, leaf))
				}
			}
			held[leaf] = max(held[leaf], given)
		}
		held[leaf] = min(held[leaf], w.limit(p.Limit, leaf))
		for _, b := range boundaries {
			if b.Roles == nil && b.Except == nil {
				held[leaf] = min(held[leaf], w.limit(b.Limit, leaf))
			}
		}
	}
	return granted, held
}

// 2. "p's grants are its assignments and those of its groups (and theirs), profiles expanded, those outside their time
// dropped".
func (c *Case) grants(p *authz.Principal) []triple {
	var all []triple
	take := func(list []authz.Assignment) {
		for _, a := range list {
			if !within(c.question.Facts.Time, a.From, a.Until) {
				continue
			}
			for _, scope := range a.In {
				for _, role := range a.Roles {
					all = append(all, triple{role, scope, []roles.Limit{a.Limit}})
				}
				for _, name := range a.Profiles {
					for _, profile := range c.world.Policy.Profiles {
						if profile.Name != name {
							continue
						}
						for _, role := range profile.Roles {
							all = append(all, triple{role, scope, []roles.Limit{profile.Limit, a.Limit}})
						}
					}
				}
			}
		}
	}
	take(p.Assignments)
	for _, g := range c.world.groups(p) {
		take(g.Assignments)
	}
	return all
}

// groups returns the groups of a principal and those they lead to, the built-in ones among them.
func (w *World) groups(p *authz.Principal) []authz.Group {
	if w.Directory == nil {
		return nil
	}
	names := append([]string{"everyone"}, p.Groups...)
	if p.Kind != anonymous {
		names = append(names, "authenticated")
	}
	var all []authz.Group
	seen := map[string]bool{}
	var enter func(name string)
	enter = func(name string) {
		for _, g := range w.Directory.Groups {
			if g.Name == name && !seen[name] {
				seen[name] = true
				all = append(all, g)
				for _, up := range g.Groups {
					enter(up)
				}
			}
		}
	}
	for _, name := range names {
		enter(name)
	}
	return all
}

// 3. "A grant covers s when t = s; or t is a proper ancestor of s and r reaches all; or it reaches joined and p also
// has an assignment ... at some scope strictly below t that is s or an ancestor of s."
func (c *Case) covers(t string, reach roles.Reach, grants []triple) bool {
	s := c.question.Scope
	if t == s {
		return true
	}
	if !slices.Contains(c.path, t) {
		return false
	}
	switch reach {
	case roles.All:
		return true
	case roles.Joined:
		for _, other := range grants {
			if slices.Contains(c.path, other.scope) && strings.HasPrefix(other.scope, t+"/") {
				return true
			}
		}
	}
	return false
}

// 4. "A grant whose role requires others counts only if for each of them p has a counted grant that covers s and whose
// role is, or inherits, the required one: the least set of grants for which this is so."
func (c *Case) counted(grants []triple) []triple {
	var set []triple
	for {
		var next []triple
		for _, g := range grants {
			if c.satisfied(g, set, grants) {
				next = append(next, g)
			}
		}
		if len(next) == len(set) {
			return set
		}
		set = next
	}
}

func (c *Case) satisfied(g triple, set, grants []triple) bool {
	for required := range c.world.requires(g.role) {
		met := false
		for _, other := range set {
			met = met || c.world.is(other.role)[required] && c.covers(other.scope, c.world.role(other.role).Reach, grants)
		}
		if !met {
			return false
		}
	}
	return true
}

// is returns the role itself and all that it inherits.
func (w *World) is(role string) map[string]bool {
	all := map[string]bool{role: true}
	for _, parent := range w.role(role).Inherits {
		for name := range w.is(parent) {
			all[name] = true
		}
	}
	return all
}

// requires: "`requires` is inherited, less what the role itself is or inherits".
func (w *World) requires(role string) map[string]bool {
	all, is := map[string]bool{}, w.is(role)
	for name := range is {
		for _, required := range w.role(name).Requires {
			if !is[required] {
				all[required] = true
			}
		}
	}
	return all
}

// 5. "grant(r)(leaf) = (⋁ of its parents' ∨ its own areas and those grants whose condition holds) ∧ its limit." The
// reach is that of the role that was assigned, or the grant entry's own.
func (c *Case) give(role string, reach roles.Reach, g triple, leaf string, grants []triple, see sight) int {
	w, r, level := c.world, c.world.role(role), 0
	for _, parent := range r.Inherits {
		level = max(level, c.give(parent, reach, g, leaf, grants, see))
	}
	if c.covers(g.scope, reach, grants) {
		level = max(level, w.level(r.Areas, leaf, 0))
	}
	for _, entry := range r.Grants {
		own := entry.Reach
		if own == "" {
			own = reach
		}
		if level < w.level(entry.Areas, leaf, 0) && c.covers(g.scope, own, grants) && c.world.holds(entry.When, see) == yes {
			level = w.level(entry.Areas, leaf, 0)
		}
	}
	return min(level, w.limit(r.Limit, leaf))
}

// 6. "A boundary lies on a scope u when `in` is u's kind or u's path, and u is at or beneath `under` if that is given. Its
// condition is asked at u, not at s. It applies to s when it lies on s or an ancestor and its condition is not false."
func (c *Case) boundaries(see sight) []authz.Boundary {
	var applying []authz.Boundary
	for _, b := range c.world.Policy.Boundaries {
		for i, u := range c.path {
			lies := slices.Contains(b.In, kindOf(u)) || slices.Contains(b.In, u)
			if b.Under != "" {
				lies = lies && slices.Contains(c.path[:i+1], b.Under)
			}
			if lies && c.world.holds(b.When, see.at(c.path[:i+1])) != no {
				applying = append(applying, b)
			}
		}
	}
	return applying
}

func selects(b authz.Boundary, role string) bool {
	if b.Roles != nil {
		return slices.Contains(b.Roles, role)
	}
	return b.Except != nil && !slices.Contains(b.Except, role)
}

// existing is sentence 9: the leaves of an area that exist at scopes of a kind.
func (w *World) existing(area, kind string) []string {
	var list []string
	for _, leaf := range w.leaves(area) {
		if slices.Contains(w.kindsOf(leaf), kind) {
			list = append(list, leaf)
		}
	}
	return list
}

// leaves returns the leaves beneath an area, or all of them.
func (w *World) leaves(area string) []string {
	var list []string
	w.walk(w.Policy.Areas, "", nil, func(name string, leaf bool, _ []string) {
		if leaf && (area == "" || name == area || strings.HasPrefix(name, area+".")) {
			list = append(list, name)
		}
	})
	return list
}

// kindsOf returns "the scope kinds that it, or else the nearest area above it, is `at` (everywhere, if none says)".
func (w *World) kindsOf(leaf string) []string {
	var kinds []string
	w.walk(w.Policy.Areas, "", nil, func(name string, isLeaf bool, at []string) {
		if isLeaf && name == leaf {
			kinds = at
		}
	})
	if kinds == nil {
		for _, k := range w.Policy.Scopes {
			kinds = append(kinds, k.Name)
		}
	}
	return kinds
}

func (w *World) walk(areas []roles.Area, above string, at []string, visit func(name string, leaf bool, at []string)) {
	for _, a := range areas {
		name, kinds := above+a.Name, at
		if a.At != nil {
			kinds = a.At
		}
		visit(name, len(a.Areas) == 0, kinds)
		w.walk(a.Areas, name+".", kinds, visit)
	}
}

func (w *World) role(name string) roles.Role {
	for _, r := range w.Policy.Roles {
		if r.Name == name {
			return r
		}
	}
	return roles.Role{}
}

// level reads a sparse mapping: "a leaf that is named has the level named; else it has that of its nearest named area
// above; else that of "*"; else" the rest.
func (w *World) level(areas roles.Grant, leaf string, rest int) int {
	for name := leaf; name != ""; {
		if level, ok := areas[name]; ok {
			return slices.Index(w.levels(), level)
		}
		name = name[:max(0, strings.LastIndex(name, "."))]
	}
	if level, ok := areas["*"]; ok {
		return slices.Index(w.levels(), level)
	}
	return rest
}

// limit reads a limit: what is not named is the highest level, and in `only` the least.
func (w *World) limit(l roles.Limit, leaf string) int {
	if l.Only {
		return w.level(l.Areas, leaf, 0)
	}
	return w.level(l.Areas, leaf, w.top())
}
