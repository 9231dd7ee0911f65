package generate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trellis-authz/trellis/authz"
)

// Noon is the time around which everything is drawn: assignments and keys begin and end at it, or a nanosecond or an
// hour beside it.
var Noon = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func (g *generator) instant() time.Time {
	return Noon.Add(pick(g.draw, []time.Duration{0, 1, -1, time.Hour, -time.Hour}))
}

// Ids that look alike, and none of which is the other: by length, case, normal form and punctuation.
var alike = []string{"a", "1", "10", "A", "a.", "*", "\u00e9", "e\u0301", "..", "a:b"}

func (g *generator) directory() {
	listed := []string{"org:1", "org:10"}
	for _, p := range listed {
		n := g.number(1, 3)
		for i := range n {
			id := alike[i]
			if g.chance(20) {
				id = pick(g.draw, alike)
			}
			listed = append(listed, p+"/workspace:"+id)
		}
		if g.chance(80) {
			sub := p + "/subtenant:" + alike[g.number(0, 2)]
			listed = append(listed, sub, sub+"/workspace:a")
			if g.chance(60) {
				listed = append(listed, sub+"/subtenant:a", sub+"/subtenant:a/workspace:1")
			}
		}
	}
	if g.chance(50) {
		listed = append(listed, "org:1/workspace:a/doc:d")
	}
	slices.Sort(listed)
	g.paths = slices.Compact(listed)
	g.paths = slices.DeleteFunc(g.paths, func(p string) bool {
		parent := p[:max(0, strings.LastIndex(p, "/"))]
		return parent != "" && !slices.Contains(g.paths, parent)
	})
	var d authz.Directory
	for _, path := range g.paths {
		kind := kindsOn(path)
		d.Scopes = append(d.Scopes, authz.Scope{Path: path, Attributes: g.attributes(g.declared(kind[len(kind)-1]))})
	}
	for i := range g.number(3, 4) {
		group := authz.Group{Name: fmt.Sprintf("g%d", i), Assignments: g.assignments(1, 3)}
		for _, other := range d.Groups {
			if g.chance(80) {
				group.Groups = append(group.Groups, other.Name)
			}
		}
		d.Groups = append(d.Groups, group)
	}
	for _, builtin := range []string{authz.Everyone, authz.Authenticated} {
		if g.chance(60) {
			d.Groups = append(d.Groups, authz.Group{Name: builtin, Assignments: g.assignments(1, 2)})
		}
	}
	for i := range g.number(3, 6) {
		d.Principals = append(d.Principals, g.principal(fmt.Sprintf("p%d", i), d.Groups))
	}
	for i := range g.number(1, 3) {
		d.Principals = append(d.Principals, g.key(fmt.Sprintf("k%d", i), pick(g.draw, d.Principals[:3]).ID))
	}
	if g.chance(85) {
		g.Directory = &d
		return
	}
	for _, p := range d.Principals { // without a directory the request brings them, each with the owner of a key
		guests := []authz.Principal{p}
		for _, other := range d.Principals {
			if other.ID == p.Owner || p.Kind != authz.Key && g.chance(20) && other.ID != p.ID && other.Kind != authz.Key {
				guests = append(guests, other)
			}
		}
		g.Guests = append(g.Guests, guests)
	}
}

func (g *generator) declared(kind string) map[string]string {
	for _, k := range g.Policy.Scopes {
		if k.Name == kind {
			return k.Attributes
		}
	}
	return nil
}

// attributes draws facts: each declared attribute is set more often than not.
func (g *generator) attributes(declared map[string]string) authz.Attributes {
	var a authz.Attributes
	for _, name := range sorted(declared) {
		if g.chance(85) {
			if a == nil {
				a = authz.Attributes{}
			}
			a[name] = g.fact(declared[name])
		}
	}
	return a
}

func (g *generator) fact(kind string) any {
	if inner, ok := strings.CutPrefix(kind, "list("); ok {
		list := []any{}
		for range g.number(0, 3) {
			list = append(list, g.fact(strings.TrimSuffix(inner, ")")))
		}
		return list
	}
	if inner, ok := strings.CutPrefix(kind, "map("); ok {
		m := map[string]any{}
		for _, key := range some(g.draw, []string{"os", "a"}, 0, 2) {
			m[key] = g.fact(strings.TrimSuffix(inner, ")"))
		}
		return m
	}
	switch kind {
	case "string":
		return pick(g.draw, []string{"x", "y", "xy", "10.1.2.3", "192.168.0.1", "é"})
	case "bool":
		return g.chance(50)
	case "int":
		return g.number(0, 4)
	case "double":
		return float64(g.number(0, 4)) / 2
	case "timestamp":
		return g.instant()
	case "duration":
		return time.Duration(g.number(0, 2)) * time.Hour
	case "principal":
		return pick(g.draw, []string{"p0", "p1", "p2", "k0", "nobody"})
	}
	panic("no fact of the type " + kind)
}

func (g *generator) principal(id string, groups []authz.Group) authz.Principal {
	p := authz.Principal{ID: id, Status: g.status()}
	p.Kind = pick(g.draw, []authz.Kind{"", authz.User, authz.Service})
	for _, group := range groups {
		if group.Name != authz.Everyone && group.Name != authz.Authenticated && g.chance(25) {
			p.Groups = append(p.Groups, group.Name)
		}
	}
	p.Attributes = g.attributes(g.Policy.Principal)
	p.Assignments = g.assignments(0, 3)
	p.Limit = g.limit(35)
	return p
}

func (g *generator) status() authz.Status {
	if g.chance(12) {
		return pick(g.draw, []authz.Status{authz.Invited, authz.Suspended, authz.Deactivated})
	}
	return authz.Active
}

func (g *generator) key(id, owner string) authz.Principal {
	k := authz.Principal{ID: id, Kind: authz.Key, Status: g.status(), Owner: owner}
	if g.chance(65) {
		k.In = some(g.draw, g.paths, 1, 3)
	}
	if g.chance(50) {
		k.Until = g.instant()
	}
	k.Limit = g.limit(95)
	return k
}

// assignments draws assignments that are valid: every role and profile in scopes of a kind that it is `at`.
func (g *generator) assignments(low, high int) []authz.Assignment {
	var list []authz.Assignment
	for range g.number(low, high) {
		path := pick(g.draw, g.paths)
		if g.chance(35) { // what is given at the top reaches far
			path = pick(g.draw, []string{"org:1", "org:10"})
		}
		on := kindsOn(path)
		kind := on[len(on)-1]
		roles := g.assignable(kind)
		var profiles []string
		for _, p := range g.Policy.Profiles {
			if !slices.ContainsFunc(p.Roles, func(r string) bool { return !slices.Contains(roles, r) }) {
				profiles = append(profiles, p.Name)
			}
		}
		a := authz.Assignment{In: []string{path}}
		if g.chance(30) {
			for _, other := range some(g.draw, g.paths, 1, 2) {
				if on := kindsOn(other); on[len(on)-1] == kind && other != path {
					a.In = append(a.In, other)
				}
			}
		}
		if len(profiles) > 0 && g.chance(60) {
			a.Profiles = some(g.draw, profiles, 1, 2)
		}
		if len(roles) > 0 && (a.Profiles == nil || g.chance(40)) {
			a.Roles = some(g.draw, roles, 1, 2)
		}
		if a.Roles == nil && a.Profiles == nil {
			continue // nothing is assigned at such scopes
		}
		a.Limit = g.limit(20)
		if a.Limit.None() && g.needsLimit(a) {
			a.Limit = g.limit(100)
		}
		switch g.number(0, 9) {
		case 7:
			a.From = g.instant()
		case 8:
			a.Until = g.instant()
		case 9:
			a.From, a.Until = Noon.Add(-time.Hour), g.instant()
		}
		list = append(list, a)
	}
	return list
}

func (g *generator) needsLimit(a authz.Assignment) bool {
	names := slices.Clone(a.Roles)
	for _, p := range g.Policy.Profiles {
		if slices.Contains(a.Profiles, p.Name) && p.Limit.None() {
			names = append(names, p.Roles...)
		}
	}
	for _, r := range g.Policy.Roles {
		if r.NeedsLimit && slices.Contains(names, r.Name) {
			return true
		}
	}
	return false
}
