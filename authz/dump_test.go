package authz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/internal/table"
)

// Dump prints the compiled form of an engine, for tests to compare and for people to read.
func Dump(e *Engine) string {
	var b strings.Builder
	p, t := e.policy, &e.tables
	row := func(r []table.Level) string {
		var s []string
		for leaf, l := range r {
			s = append(s, p.tree.LeafArea(leaf).Name+"="+p.chain.Name(l))
		}
		return strings.Join(s, " ")
	}
	when := func(c int32) string {
		if c == table.Always {
			return ""
		}
		return fmt.Sprintf(" when %d", c)
	}
	for i, c := range p.conditions {
		fmt.Fprintf(&b, "condition %d: %s\n", i, c.Key())
	}
	for kind, leaves := range t.Exists {
		fmt.Fprintf(&b, "kind %s:", p.kinds.Name(kind))
		for leaf := range leaves.All() {
			b.WriteString(" " + p.tree.LeafArea(leaf).Name)
		}
		b.WriteString("\n")
	}
	for i, r := range t.Roles {
		fmt.Fprintf(&b, "role %d %s: reach %d, at %s, is %v, requires %v\n", i, p.roles.Role(i).Name, r.Reach, orNothing(p.kindNames(p.roles.Role(i).Kinds)), slices.Collect(r.Is.All()), r.Requires)
		for _, entry := range r.Entries {
			fmt.Fprintf(&b, "  reach %d%s: %s\n", entry.Reach, when(entry.When), row(entry.Row))
		}
	}
	for i := range p.profiles.Len() {
		c := p.profiles.Profile(i)
		fmt.Fprintf(&b, "profile %s: roles %v, limit %s\n", c.Name, c.Roles, row(c.LimitRow))
	}
	for i, bound := range t.Boundaries {
		under := ""
		if bound.Under >= 0 {
			under = " under " + (*e.directory.scopes.list.At(int(bound.Under))).path
		}
		fmt.Fprintf(&b, "boundary %s:%s%s selects %d %v: %s\n", p.boundaries[i].Name, under, when(bound.When), bound.Selects, slices.Collect(bound.Roles.All()), row(bound.Row))
	}
	return b.String()
}
