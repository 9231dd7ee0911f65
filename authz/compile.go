package authz

import (
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/scope"
)

// compiled is a policy as tables, and what their numbers stand for.
type compiled struct {
	tables   table.Tables
	readsKey bool // a condition of the policy reads the key of the principal
	// Whether a condition of the policy reads them.
	readsTime, readsGroups bool
}

// compileTables turns a checked policy into tables. Entries with the same condition and the same reach are one
// entry; everything is numbered in the order of the declarations, so that compiling twice gives the same tables.
func compileTables(p *policy, d *directory) compiled {
	c := compiled{tables: table.Tables{
		Leaves:  p.tree.Leaves(),
		ByKind:  make([][]int32, p.kinds.Len()),
		ByScope: map[int32][]int32{},
	}}
	t := &c.tables
	for kind := range p.kinds.Len() {
		var leaves bits.Set
		for leaf := range p.tree.Leaves() {
			if p.tree.Exists(leaf, kind) {
				leaves.Add(leaf)
			}
		}
		t.Exists = append(t.Exists, leaves)
	}
	for i := range p.roles.Len() {
		t.Roles = append(t.Roles, p.compileRole(i))
	}
	for i := range p.boundaries {
		c.compileBoundary(p, d, int32(i))
	}
	for _, program := range p.conditions {
		c.readsKey = c.readsKey || program.ReadsKey()
		c.readsTime = c.readsTime || program.ReadsTime()
		c.readsGroups = c.readsGroups || program.ReadsGroups()
	}
	t.Seal()
	return c
}

// placeScopes puts together what lies on the way to each scope that the directory lists.
func (c *compiled) placeScopes(d *directory) {
	placer := c.tables.Placer()
	var at func(n int32) *table.Place
	at = func(n int32) *table.Place {
		s := *d.scopes.list.At(int(n))
		if s.place.Path == nil {
			var above *table.Place
			if parent := d.scopes.find(scope.Parent(s.path)); parent != nil {
				above = at(parent.number)
				d.scopes.change(parent.number).holds++
			}
			s = d.scopes.change(n)
			s.place = placer.Place(above, table.Step{Scope: n, Kind: s.kind})
		}
		return &s.place
	}
	for n := range d.scopes.list.Len() {
		if (*d.scopes.list.At(n)).listed {
			at(int32(n))
		}
	}
}

func (p *policy) compileRole(i int) table.Role {
	role := p.roles.Role(i)
	r := table.Role{Is: role.Is, Reach: table.Reach(role.Reach)}
	for _, q := range role.Requires {
		r.Requires = append(r.Requires, int32(q))
	}
	type key struct {
		when  int32
		reach table.Reach
	}
	at := map[key]int{}
	for _, e := range role.Entries {
		if e.Row.Empty() {
			continue
		}
		k := key{table.Always, r.Reach}
		if e.When != "" {
			k.when = p.when[e.When]
		}
		if e.Reach >= 0 {
			k.reach = table.Reach(e.Reach)
		}
		n, ok := at[k]
		if !ok {
			at[k] = len(r.Entries)
			r.Entries = append(r.Entries, table.Entry{Row: e.Row, When: k.when, Reach: k.reach})
			continue
		}
		row := model.Row(r.Entries[n].Row).Clone() // it is shared
		row.Join(e.Row)
		r.Entries[n].Row = row
	}
	return r
}

func (c *compiled) compileBoundary(p *policy, d *directory, i int32) {
	b := &p.boundaries[i]
	bound := table.Boundary{Row: b.row, When: b.when, Under: -1, Roles: b.roles}
	if b.When == "" {
		bound.When = table.Always
	}
	switch {
	case b.Boundary.Roles != nil:
		bound.Selects = table.Named
	case b.Except != nil:
		bound.Selects = table.AllBut
	}
	number := func(path string) int32 {
		steps, err := p.kinds.Resolve(path, nil)
		if err != nil {
			return -1 // reported: the policy does not load
		}
		return d.scopes.number(path, steps[len(steps)-1].Kind)
	}
	if b.Under != "" {
		bound.Under = number(b.Under)
	}
	c.tables.Boundaries = append(c.tables.Boundaries, bound)
	for k := range b.kinds.All() {
		c.tables.ByKind[k] = append(c.tables.ByKind[k], i)
	}
	for _, path := range b.paths {
		n := number(path)
		if !b.kinds.Has(int((*d.scopes.list.At(int(n))).kind)) { // else it lies there by the kind already
			c.tables.ByScope[n] = append(c.tables.ByScope[n], i)
		}
	}
}
