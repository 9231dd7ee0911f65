package generate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/authz"
)

// possible returns the kinds that stand on some path to a scope where a role assigned at those kinds is asked: what a
// grant's condition may read. At a role that is only inherited, a root alone is sure to be.
func (g *generator) possible(at []string) []string {
	if at == nil {
		return []string{"org"}
	}
	above := map[string][]string{
		"org":       {"org"},
		"subtenant": {"org", "subtenant"},
		"workspace": {"org", "subtenant", "workspace"},
		"doc":       {"org", "subtenant", "workspace", "doc"},
	}
	var kinds []string
	for _, kind := range at {
		kinds = append(kinds, above[kind]...)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// certain returns the kinds that stand on every path to a scope on which a boundary lies: what its condition may read.
func (g *generator) certain(b authz.Boundary) []string {
	always := map[string][]string{"org": {"org"}, "subtenant": {"org", "subtenant"}, "workspace": {"org", "workspace"}, "doc": {"org", "workspace", "doc"}}
	kinds := g.kinds()
	for _, in := range b.In {
		here := always[in]
		if strings.Contains(in, ":") {
			here = kindsOn(in)
		}
		if b.Under != "" {
			here = append(slices.Clone(here), kindsOn(b.Under)...)
		}
		kinds = slices.DeleteFunc(kinds, func(k string) bool { return !slices.Contains(here, k) })
	}
	return kinds
}

func kindsOn(path string) []string {
	var kinds []string
	for segment := range strings.SplitSeq(path, "/") {
		kind, _, _ := strings.Cut(segment, ":")
		kinds = append(kinds, kind)
	}
	return kinds
}

// condition draws a condition that reads the principal, the request and scopes of those kinds.
func (g *generator) condition(kinds []string) string {
	return g.expression(kinds, pick(g.draw, []int{0, 0, 1, 2}))
}

func (g *generator) expression(kinds []string, depth int) string {
	if depth == 0 {
		return g.atom(kinds)
	}
	a := func() string { return g.expression(kinds, depth-1) }
	switch g.number(0, 4) {
	case 0:
		return "(" + a() + ") && (" + a() + ")"
	case 1:
		return "(" + a() + ") || (" + a() + ")"
	case 2:
		return "!(" + a() + ")"
	case 3:
		return "(" + a() + ") ? (" + a() + ") : (" + a() + ")"
	}
	return g.atom(kinds)
}

// atom draws a comparison: of a declared attribute of something, or of what is built in.
func (g *generator) atom(kinds []string) string {
	type field struct{ object, name, kind string }
	var fields []field
	add := func(object string, declared map[string]string) {
		for _, name := range sorted(declared) {
			fields = append(fields, field{object, name, declared[name]})
		}
	}
	for range 3 {
		add("principal", g.Policy.Principal)
	}
	add("request", g.Policy.Request)
	for _, k := range g.Policy.Scopes {
		if slices.Contains(kinds, k.Name) {
			for range 9 { // scopes are what conditions are mostly about
				add(k.Name, k.Attributes)
			}
		}
	}
	if g.chance(20) {
		return g.builtin(kinds)
	}
	f := pick(g.draw, fields)
	name := f.object + "." + f.name
	if g.chance(8) {
		return "has(" + name + ")"
	}
	return g.compare(name, f.kind)
}

func (g *generator) compare(name, kind string) string {
	one := func(list ...string) string { return fmt.Sprintf(pick(g.draw, list), name) }
	switch kind {
	case "string":
		return one(`%s == "x"`, `%s != "x"`, `%s in ["x", "y"]`, `%s.startsWith("x")`, `%s.contains("y")`, `size(%s) > 1`, `inCIDR(%s, "10.0.0.0/8")`, `%s < "xy"`, `%s.endsWith("x")`, `%s + "z" == "xz"`)
	case "bool":
		return one(`%s`, `!%s`, `%s == true`, `%s != true`)
	case "int":
		return one(`%s > 1`, `%s == 2`, `10 / %s > 4`, `%s %% 2 == 0`, `%s + 1 >= 3`, `-%s < -1`, `%s * 9223372036854775807 > 0`, `%s in [1, 2]`)
	case "double":
		return one(`%s > 1.5`, `%s <= 0.5`, `%s / 2.0 == 1.0`)
	case "timestamp":
		return one(`%s < request.time`, `%s == timestamp("2026-06-01T00:00:00Z")`, `request.time - %s > duration("24h")`, `%s.getHours() == 0`)
	case "duration":
		return one(`%s > duration("1m")`, `%s + duration("1h") == duration("2h")`)
	case "principal":
		if _, declared := g.Policy.Principal["department"]; declared && g.chance(30) {
			return one(`has(%s.department)`, `%s.department == "x"`)
		}
		return one(`%s.status == "active"`, `%s.status != "deactivated"`, `%s.id == principal.id`, `%s.status == "unknown"`, `%s.id in ["p0", "p1"]`)
	case "list(string)":
		return one(`"x" in %s`, `size(%s) > 1`, `%s[1] == "x"`, `%s.exists(v, v == "y")`, `%s.all(v, v.startsWith("x"))`, `%s == ["x"]`)
	case "list(principal)":
		return one(`%s.exists(v, v.id == principal.id)`, `%s[0].status == "active"`, `%s.all(v, v.status == "active")`)
	case "map(string)":
		return one(`"os" in %s`, `%s["os"] == "x"`, `%s.os != "x"`)
	case "map(int)":
		return one(`%s["a"] > 1`, `size(%s) == 1`, `%s.a == 2`)
	}
	panic("no comparison for " + kind)
}

// builtin draws a comparison of what is read without being declared.
func (g *generator) builtin(kinds []string) string {
	list := []string{
		`principal.id in ["p0", "p2", "p4"]`, `principal.key == ""`, `principal.key != ""`, `principal.key == "k0"`, `"g0" in principal.groups`, `size(principal.groups) > 1`,
		`principal.kind == "user"`, `principal.kind != "service"`, `principal.kind == "anonymous"`, `principal.status == "active"`, `principal.groups.exists(v, v == "g1")`,
		`request.time < timestamp("2026-06-01T00:00:00.000000001Z")`, `request.time.getDayOfWeek() == 1`, `org.id == "1"`, `org.path == "org:1"`, `true`, `false`,
		`timestamp("2026-06-01T00:00:00Z") == request.time`, `1 / 0 > 0`, `[1, 2][5] == 1`,
	}
	for _, kind := range kinds {
		list = append(list, kind+`.id != "a"`, kind+`.path.startsWith("org:1/")`)
	}
	return pick(g.draw, list)
}
