package reference

import (
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
)

// CanAssign answers whether the one who asks may give a role or profile at the scope: the section "Who may give what".
// It returns the reason.
func (c *Case) CanAssign(name string) (reason string) {
	w := c.world
	given, limit, with, exceeds, known := w.bundle(name)
	switch {
	case c.invalid:
		return "invalid-request"
	case !known:
		return "unknown-role"
	case c.asker == nil:
		return "unknown-principal"
	case c.unknown:
		return "unknown-scope"
	case with == "":
		return "no-giving"
	}
	if d := c.Decide(with); !d.Allowed {
		return d.Reason
	}
	for _, r := range given {
		if !slices.Contains(r.At, c.kind()) {
			return "wrong-scope-kind"
		}
	}
	if exceeds {
		return "granted"
	}
	for _, r := range given {
		for _, leaf := range w.leaves("") {
			for _, p := range w.pieces(r.Name, r.Reach, leaf) {
				if min(p.level, w.limit(limit, leaf)) > c.has(r.Name, p, leaf) {
					return "exceeds-giver"
				}
			}
		}
	}
	return "granted"
}

func (w *World) bundle(name string) (given []roles.Role, limit roles.Limit, with string, exceeds, known bool) {
	for _, r := range w.Policy.Roles {
		if r.Name == name {
			return []roles.Role{r}, roles.Limit{}, r.GivenWith, r.ExceedsGiver, true
		}
	}
	for _, p := range w.Policy.Profiles {
		if p.Name != name {
			continue
		}
		exceeds = true
		for _, role := range p.Roles {
			given = append(given, w.role(role))
			exceeds = exceeds && w.role(role).ExceedsGiver
		}
		return given, p.Limit, p.GivenWith, exceeds, true
	}
	return nil, roles.Limit{}, "", false, false
}

// piece is one grant of a role ("its own or inherited, under its limits") as it concerns a leaf.
type piece struct {
	level int
	when  string // with white space put aside
	reach roles.Reach
}

func (w *World) pieces(role string, reach roles.Reach, leaf string) []piece {
	r := w.role(role)
	all := []piece{{w.level(r.Areas, leaf, 0), "", reach}}
	for _, g := range r.Grants {
		own := g.Reach
		if own == "" {
			own = reach
		}
		all = append(all, piece{w.level(g.Areas, leaf, 0), squeeze(g.When), own})
	}
	for _, parent := range r.Inherits {
		all = append(all, w.pieces(parent, reach, leaf)...)
	}
	for i := range all {
		all[i].level = min(all[i].level, w.limit(r.Limit, leaf))
	}
	return all
}

// squeeze puts white space aside: what is left are the words of a condition.
func squeeze(text string) string {
	var words []string
	for _, t := range scan(text) {
		words = append(words, t.text)
	}
	return strings.Join(words, " ")
}

// has is the level that the giver has to give: "matched, leaf by leaf, by grants of the actor that count and cover that
// scope with the same reach or a wider one, under the actor's own and key's limits, each unconditional or on the very
// same condition; a boundary that selects the role of an actor's grant and may lie at, above or beneath that scope is
// met with that grant, its condition taken as holding, unless it selects the given role, too".
func (c *Case) has(given string, p piece, leaf string) int {
	w, level := c.world, 0
	grants := c.grants(c.owner)
	for _, g := range c.counted(grants) {
		for _, mine := range w.pieces(g.role, w.role(g.role).Reach, leaf) {
			if !c.covers(g.scope, mine.reach, grants) || rank(mine.reach) < rank(p.reach) || mine.when != "" && mine.when != p.when {
				continue
			}
			l := mine.level
			for _, limit := range g.limits {
				l = min(l, w.limit(limit, leaf))
			}
			for _, b := range w.Policy.Boundaries {
				if selects(b, g.role) && !selects(b, given) && w.mayLie(b, c.question.Scope) {
					l = min(l, w.limit(b.Limit, leaf))
				}
			}
			level = max(level, l)
		}
	}
	level = min(level, w.limit(c.owner.Limit, leaf))
	if c.asker.Kind == authz.Key {
		level = min(level, w.limit(c.asker.Limit, leaf))
	}
	return level
}

// rank orders reaches. To say nothing is to say self.
func rank(r roles.Reach) int {
	if r == "" {
		r = roles.Self
	}
	return slices.Index([]roles.Reach{roles.Self, roles.Joined, roles.All}, r)
}

// mayLie reports whether a boundary may lie at, above or beneath a scope: whether there is, or could be, a scope on
// the same line from a root on which it lies.
func (w *World) mayLie(b authz.Boundary, scope string) bool {
	line, _ := pathTo(scope)
	could := func(u string) bool { // u is on a line through the scope
		return slices.Contains(line, u) || strings.HasPrefix(u, scope+"/")
	}
	under := func(u string) bool {
		return b.Under == "" || u == b.Under || strings.HasPrefix(u, b.Under+"/")
	}
	for _, in := range b.In {
		if strings.Contains(in, ":") {
			if could(in) && under(in) {
				return true
			}
			continue
		}
		for _, u := range line {
			if kindOf(u) == in && under(u) {
				return true
			}
		}
		// Beneath the scope, a scope of the kind could stand; beneath `under`, too, if that is given.
		switch {
		case b.Under == "" || slices.Contains(line, b.Under):
			if w.canStandBeneath(in, kindOf(scope), nil) {
				return true
			}
		case strings.HasPrefix(b.Under, scope+"/"):
			if kindOf(b.Under) == in || w.canStandBeneath(in, kindOf(b.Under), nil) {
				return true
			}
		}
	}
	return false
}

func (w *World) canStandBeneath(kind, top string, seen []string) bool {
	if slices.Contains(seen, kind) {
		return false
	}
	for _, k := range w.Policy.Scopes {
		if k.Name != kind {
			continue
		}
		for _, in := range k.In {
			if in == top || w.canStandBeneath(in, top, append(seen, kind)) {
				return true
			}
		}
	}
	return false
}
