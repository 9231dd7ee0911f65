package generate

import (
	"fmt"
	"reflect"
	"strings"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
)

// change starts from a copy of the world.
func (w *World) change(t *rapid.T) *generator { return &generator{draw{t}, *w.Clone()} }

// MoreGrants draws a copy of the world with one grant more: on a role, or as an assignment of a principal or a group. It
// says what was added.
func (w *World) MoreGrants(t *rapid.T) (more *World, what string) {
	g := w.change(t)
	assign := func(of string, list *[]authz.Assignment) {
		added := g.assignments(1, 1)
		*list = append(*list, added...)
		what = fmt.Sprintf("an assignment of %s: %+v", of, added)
	}
	n := g.number(0, 2)
	if g.Directory == nil {
		n = 0
	}
	switch n {
	case 0:
		r := &g.Policy.Roles[g.number(0, len(g.Policy.Roles)-1)]
		added := roles.Conditional{Areas: g.grant(1, 4, highly), Reach: g.reach()}
		if g.chance(40) {
			added.When = g.condition(g.possible(r.At))
		}
		r.Grants = append(r.Grants, added)
		what = fmt.Sprintf("a grant of %s: %+v", r.Name, added)
	case 1:
		people := g.people()
		p := people[g.number(0, len(people)-1)]
		assign(p.ID, &p.Assignments)
	case 2:
		group := &g.Directory.Groups[g.number(0, len(g.Directory.Groups)-1)]
		assign(group.Name, &group.Assignments)
	}
	return &g.World, what
}

// people returns the principals of the directory that are no keys.
func (g *generator) people() []*authz.Principal {
	var list []*authz.Principal
	for i := range g.Directory.Principals {
		if p := &g.Directory.Principals[i]; p.Kind != authz.Key {
			list = append(list, p)
		}
	}
	return list
}

// MoreLimits draws a copy of the world with one limit more, where there was none: on a role, an assignment, a profile, a
// person or a key, or as a boundary. It says what was added.
func (w *World) MoreLimits(t *rapid.T) (more *World, what string) {
	g := w.change(t)
	type place struct {
		of    string
		limit *roles.Limit
	}
	var places []place
	add := func(of string, l *roles.Limit) {
		if l.None() {
			places = append(places, place{of, l})
		}
	}
	for i := range g.Policy.Roles {
		add("the role "+g.Policy.Roles[i].Name, &g.Policy.Roles[i].Limit)
	}
	for i := range g.Policy.Profiles {
		add("the profile "+g.Policy.Profiles[i].Name, &g.Policy.Profiles[i].Limit)
	}
	assignments := func(of string, list []authz.Assignment) {
		for i := range list {
			add(fmt.Sprintf("assignment %d of %s", i, of), &list[i].Limit)
		}
	}
	if g.Directory != nil {
		for i := range g.Directory.Groups {
			assignments(g.Directory.Groups[i].Name, g.Directory.Groups[i].Assignments)
		}
		for i := range g.Directory.Principals {
			p := &g.Directory.Principals[i]
			add(p.ID, &p.Limit)
			assignments(p.ID, p.Assignments)
		}
	}
	if len(places) == 0 || g.chance(35) {
		g.boundary("more")
		return &g.World, fmt.Sprintf("%+v", g.Policy.Boundaries[len(g.Policy.Boundaries)-1])
	}
	p := pick(g.draw, places)
	*p.limit = g.limit(100)
	return &g.World, fmt.Sprintf("a limit of %s: %+v", p.of, *p.limit)
}

// Shuffled draws a copy of the world in which every list stands in another order, but for the levels, whose order is
// what they mean, and the values of facts; and in which what may be said twice is.
func (w *World) Shuffled(t *rapid.T) *World {
	g := w.change(t)
	g.shuffle(reflect.ValueOf(&g.Policy))
	g.shuffle(reflect.ValueOf(&g.Directory))
	if g.Directory != nil {
		p := g.people()[0]
		p.Assignments = append(p.Assignments, Clone(p.Assignments)...)
	}
	return &g.World
}

func (g *generator) shuffle(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			g.shuffle(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Levels" && v.Field(i).CanSet() {
				g.shuffle(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			g.shuffle(v.Index(i))
		}
		for i := v.Len() - 1; i > 0; i-- {
			j := g.number(0, i)
			a, b := v.Index(i).Interface(), v.Index(j).Interface()
			v.Index(i).Set(reflect.ValueOf(b))
			v.Index(j).Set(reflect.ValueOf(a))
		}
	}
}

// Elsewhere draws a copy of the world in which all is different in one organisation: its attributes, and what is given
// in it.
func (w *World) Elsewhere(t *rapid.T, org string) *World {
	g := w.change(t)
	within := func(path string) bool { return path == org || strings.HasPrefix(path, org+"/") }
	move := func(list []authz.Assignment) []authz.Assignment {
		var left []authz.Assignment
		for _, a := range list {
			var in []string
			for _, path := range a.In {
				if !within(path) {
					in = append(in, path)
				}
			}
			if a.In = in; len(in) > 0 {
				left = append(left, a)
			}
		}
		return left
	}
	d := g.Directory
	for i := range d.Scopes {
		if s := &d.Scopes[i]; within(s.Path) {
			on := kindsOn(s.Path)
			s.Attributes = g.attributes(g.declared(on[len(on)-1]))
		}
	}
	for i := range d.Groups {
		d.Groups[i].Assignments = move(d.Groups[i].Assignments)
	}
	for i := range d.Principals {
		d.Principals[i].Assignments = move(d.Principals[i].Assignments)
	}
	return &g.World
}

// Without returns a copy of the world in which somebody, or the last of the groups that lead from them, is not given a
// role in a scope, or the profile by which they have it. Of a key, it is the owner who is given things.
func (w *World) Without(id string, groups []string, role, profile, scope string) *World {
	w = w.Clone()
	for i := range w.Directory.Principals {
		if p := &w.Directory.Principals[i]; p.ID == id && p.Kind == authz.Key {
			id = p.Owner
		}
	}
	drop := func(list []authz.Assignment) []authz.Assignment {
		var left []authz.Assignment
		for _, a := range list {
			for _, in := range a.In { // each scope an assignment of its own
				one := a
				one.In = []string{in}
				if in == scope {
					if profile != "" {
						one.Profiles = without(a.Profiles, profile)
					} else {
						one.Roles = without(a.Roles, role)
					}
				}
				if len(one.Roles)+len(one.Profiles) > 0 {
					left = append(left, one)
				}
			}
		}
		return left
	}
	for i := range w.Directory.Principals {
		if p := &w.Directory.Principals[i]; len(groups) == 0 && p.ID == id {
			p.Assignments = drop(p.Assignments)
		}
	}
	for i := range w.Directory.Groups {
		if g := &w.Directory.Groups[i]; len(groups) > 0 && g.Name == groups[len(groups)-1] {
			g.Assignments = drop(g.Assignments)
		}
	}
	return w
}

func without(list []string, name string) []string {
	var left []string
	for _, other := range list {
		if other != name {
			left = append(left, other)
		}
	}
	return left
}
