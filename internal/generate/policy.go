package generate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/profiles"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// node is an area of the tree that was drawn.
type node struct {
	name string // whole
	leaf bool
	at   []string // nil: everywhere
}

// The attributes that may be declared, of principals, of requests and of scopes, with their types.
var (
	principalAttributes = map[string]string{"department": "string", "mfa": "bool", "grade": "int", "hired": "timestamp", "manager": "principal", "teams": "list(string)"}
	requestAttributes   = map[string]string{"ip": "string", "urgent": "bool", "amount": "int", "device": "map(string)", "ratio": "double", "wait": "duration"}
	scopeAttributes     = map[string]string{"plan": "string", "public": "bool", "owner": "principal", "tags": "list(string)", "seats": "int", "opened": "timestamp", "reviewers": "list(principal)", "quota": "map(int)"}
)

func (g *generator) declare(catalogue map[string]string, low int) map[string]string {
	declared := map[string]string{}
	for _, name := range some(g.draw, sorted(catalogue), low, len(catalogue)) {
		declared[name] = catalogue[name]
	}
	return declared
}

func sorted[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (g *generator) policy() {
	p := &g.Policy
	p.Name = "drawn"
	p.Levels = pick(g.draw, [][]string{nil, {"none", "read", "edit"}, {"no", "yes"}, {"none", "see", "comment", "edit", "own"}})
	p.Scopes = []scope.Kind{
		{Name: "org", Attributes: g.declare(scopeAttributes, 2)},
		{Name: "subtenant", In: []string{"org", "subtenant"}, Attributes: g.declare(scopeAttributes, 0)},
		{Name: "workspace", In: []string{"org", "subtenant"}, Attributes: g.declare(scopeAttributes, 2)},
		{Name: "doc", In: []string{"workspace"}, Attributes: g.declare(scopeAttributes, 1)},
	}
	p.Principal = g.declare(principalAttributes, 2)
	p.Request = g.declare(requestAttributes, 2)
	p.Areas = g.tree("", nil, 0)
	for i := range g.number(1, 2) {
		p.Actions = append(p.Actions, authz.Action{Name: fmt.Sprintf("act.n%d", i), Permission: g.permission()})
	}
	for i := range g.number(4, 8) {
		g.role(i)
	}
	for i := range g.number(1, 3) {
		g.profile(i)
	}
}

func (g *generator) tree(above string, at []string, depth int) []roles.Area {
	var list []roles.Area
	letters := []string{"a", "b", "c", "d", "e"}
	n := g.number(2, 5)
	if depth > 0 {
		n = g.number(2, 3)
	}
	for _, letter := range letters[:n] {
		a := roles.Area{Name: letter}
		here := at
		if g.chance(25) {
			kinds := g.kinds()
			if at != nil {
				kinds = at
			}
			a.At = some(g.draw, kinds, 1, len(kinds))
			here = a.At
		}
		i := len(g.areas)
		g.areas = append(g.areas, node{above + a.Name, true, here})
		if g.chance([]int{45, 25, 0}[depth]) {
			g.areas[i].leaf = false
			a.Areas = g.tree(above+a.Name+".", here, depth+1)
		}
		list = append(list, a)
	}
	return list
}

func (g *generator) kinds() []string {
	var names []string
	for _, k := range g.Policy.Scopes {
		names = append(names, k.Name)
	}
	return names
}

func (g *generator) permission() string {
	return pick(g.draw, g.areas).name + ":" + pick(g.draw, g.Levels()[1:])
}

// lean is to which end of the chain levels are drawn.
type lean int

const (
	evenly lean = iota
	lowly       // what limits
	highly      // what gives more than something else
)

// level draws a level up to the highest one that is allowed.
func (g *generator) level(highest int, to lean) string {
	n := highest - g.number(0, highest)
	switch to {
	case lowly:
		n = min(n, highest-g.number(0, highest))
	case highly:
		n = max(n, highest-g.number(0, highest))
	}
	return g.Levels()[n]
}

// grant draws a sparse mapping. A sub-area is never named above an area above it.
func (g *generator) grant(low, high int, to lean) roles.Grant {
	levels, grant := g.Levels(), roles.Grant{}
	if g.chance(75) {
		grant["*"] = g.level(len(levels)-1, to)
	}
	for _, a := range some(g.draw, g.areas, low, high) {
		cap := len(levels) - 1
		for above := a.name; strings.Contains(above, "."); {
			above = above[:strings.LastIndex(above, ".")]
			if level, ok := grant[above]; ok {
				cap = slices.Index(levels, level)
				break
			}
		}
		grant[a.name] = g.level(cap, to)
	}
	return grant
}

// limit draws a limit; none is the zero one.
func (g *generator) limit(percent int) roles.Limit {
	if !g.chance(percent) {
		return roles.Limit{}
	}
	if g.chance(30) {
		return roles.Only(g.grant(1, 4, evenly))
	}
	l := roles.AtMost(g.grant(1, 3, lowly))
	if len(l.Areas) == 0 {
		l.Areas["*"] = g.Levels()[1]
	}
	return l
}

func (g *generator) reach() roles.Reach {
	return pick(g.draw, []roles.Reach{roles.All, roles.All, roles.All, roles.Joined, roles.Joined, roles.Joined, roles.Self, ""})
}

func (g *generator) role(i int) {
	r := roles.Role{Name: fmt.Sprintf("role%d", i)}
	var earlier []string
	for _, other := range g.Policy.Roles {
		earlier = append(earlier, other.Name)
	}
	if g.chance(85) || i < 2 {
		r.At = some(g.draw, g.kinds(), 1, 3)
		if r.At[0] != "org" && g.chance(50) {
			r.At = append([]string{"org"}, r.At...)
		}
	}
	r.Reach = g.reach()
	if i == 0 || g.chance(80) {
		r.Areas = g.grant(1, 5, pick(g.draw, []lean{evenly, lowly}))
	}
	if i > 0 && g.chance(50) {
		r.Inherits = some(g.draw, earlier, 1, 2)
	}
	for range g.number(1, 3) {
		grant := roles.Conditional{Areas: g.grant(2, 6, highly)}
		if g.chance(80) {
			grant.When = g.condition(g.possible(r.At))
		}
		if g.chance(40) {
			grant.Reach = pick(g.draw, []roles.Reach{roles.All, roles.Joined, roles.Self})
		}
		r.Grants = append(r.Grants, grant)
	}
	r.Limit = g.limit(30)
	if i > 0 && g.chance(20) {
		r.Requires = some(g.draw, earlier, 1, 2)
	}
	if g.chance(85) {
		r.GivenWith = g.permission()
		if g.chance(60) {
			r.GivenWith = pick(g.draw, g.areas).name + ":" + g.Levels()[1]
		}
		if g.chance(30) {
			r.GivenWith = pick(g.draw, g.Policy.Actions).Name
		}
	}
	r.NeedsLimit = g.chance(10)
	r.ExceedsGiver = g.chance(10)
	g.Policy.Roles = append(g.Policy.Roles, r)
}

// assignable returns the roles that may be assigned at a kind.
func (g *generator) assignable(kind string) []string {
	var names []string
	for _, r := range g.Policy.Roles {
		if slices.Contains(r.At, kind) {
			names = append(names, r.Name)
		}
	}
	return names
}

func (g *generator) profile(i int) {
	kind := pick(g.draw, g.Policy.Roles[0].At)
	p := profiles.Profile{Name: fmt.Sprintf("profile%d", i), Roles: some(g.draw, g.assignable(kind), 1, 3)}
	p.Limit = g.limit(85)
	if g.chance(60) {
		p.GivenWith = g.permission()
	}
	g.Policy.Profiles = append(g.Policy.Profiles, p)
}

// boundaries are drawn after the directory, whose scopes they may name.
func (g *generator) boundaries() {
	for i := range g.number(2, 5) {
		g.boundary(fmt.Sprintf("boundary%d", i))
	}
}

func (g *generator) boundary(name string) {
	var names []string
	for _, r := range g.Policy.Roles {
		names = append(names, r.Name)
	}
	b := authz.Boundary{Name: name}
	b.In = some(g.draw, g.kinds(), 1, 2)
	if g.chance(50) {
		b.In = some(g.draw, g.paths, 2, 4)
	}
	if g.chance(30) {
		b.Under = pick(g.draw, g.paths)
	}
	if g.chance(85) {
		b.When = g.expression(g.certain(b), g.number(0, 1))
	}
	switch g.number(0, 3) {
	case 0:
		b.Roles = some(g.draw, names, 1, 3)
	case 1:
		b.Except = some(g.draw, names, 1, 3)
	}
	if b.Limit = g.limit(100); !g.restricts(b.Limit) { // which would be an error
		b.Limit = roles.AtMost(roles.Grant{g.leaf(): g.Levels()[0]})
	}
	g.Policy.Boundaries = append(g.Policy.Boundaries, b)
}

// leaf returns the name of a leaf.
func (g *generator) leaf() string {
	for _, a := range g.areas {
		if a.leaf {
			return a.name
		}
	}
	panic("a tree has leaves")
}

// restricts reports whether a limit leaves any leaf less than the highest level.
func (g *generator) restricts(l roles.Limit) bool {
	for _, a := range g.areas {
		level, named := l.Areas["*"], false
		if level == "" && !l.Only {
			level = g.TopLevel()
		}
		for name := a.name; name != "" && !named; name = name[:max(0, strings.LastIndex(name, "."))] {
			var here string
			if here, named = l.Areas[name]; named {
				level = here
			}
		}
		if a.leaf && level != g.TopLevel() {
			return true
		}
	}
	return false
}
