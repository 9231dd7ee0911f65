package authz

import (
	"slices"

	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/table"
)

// Matrix is the policy as a table: what each role and profile gives in each area. It shows what is given, wherever
// the role reaches; boundaries, and limits on assignments, come on top.
type Matrix struct {
	Columns []Column
	Rows    []Row
}

// Column is a role that can be assigned, or a profile.
type Column struct {
	Name    string
	Title   string // the name, if it has none
	Profile bool
	// Requires names the roles without which it does not count; of a profile, those that any of its roles requires.
	Requires []string
}

// Row is an area, with a cell for each column.
type Row struct {
	Area        string
	Description string
	Depth       int  // how many areas are above it
	Leaf        bool // it has no sub-areas
	Cells       []Cell
}

// Cell is what a role or profile gives in an area. Of an area with sub-areas, Lowest and Highest are those beneath.
type Cell struct {
	Exists  bool   // the area exists at a scope that the role reaches
	Lowest  string // without any condition
	Highest string
	// Conditional is the highest level that is given when every condition holds; "" when no condition gives more.
	Conditional string
}

// Matrix returns the table of roles and areas. Cost: linear in its cells.
func (e *Engine) Matrix() Matrix {
	var m Matrix
	if e.hollow() {
		return m
	}
	type column struct {
		roles []int
		limit model.Row
	}
	var columns []column
	title := func(title, name string) string {
		if title == "" {
			return name
		}
		return title
	}
	for i := range e.policy.roles.Len() {
		if c := e.policy.roles.Role(i); c.At != nil {
			columns = append(columns, column{roles: []int{i}})
			m.Columns = append(m.Columns, Column{Name: c.Name, Title: title(c.Title, c.Name)})
		}
	}
	for i := range e.policy.profiles.Len() {
		c := e.policy.profiles.Profile(i)
		columns = append(columns, column{c.Roles, c.LimitRow})
		m.Columns = append(m.Columns, Column{Name: c.Name, Title: title(c.Title, c.Name), Profile: true})
	}
	for i, c := range columns {
		for _, role := range c.roles {
			for _, q := range e.policy.roles.Role(role).Requires {
				if name := e.policy.roles.Role(q).Name; !slices.Contains(m.Columns[i].Requires, name) {
					m.Columns[i].Requires = append(m.Columns[i].Requires, name)
				}
			}
		}
	}
	n := e.policy.tree.Leaves()
	sure, maybe, exists := make([]model.Row, len(columns)), make([]model.Row, len(columns)), make([]bits.Set, len(columns))
	for i, c := range columns {
		sure[i], maybe[i] = model.NewRow(n, 0), model.NewRow(n, 0)
		for _, role := range c.roles {
			e.spread(role, c.limit, sure[i], maybe[i], &exists[i])
		}
	}
	for i := range e.policy.tree.Len() {
		area := e.policy.tree.Area(i)
		row := Row{Area: area.Name, Description: area.Description, Depth: area.Depth, Leaf: area.Leaf()}
		for c := range columns {
			row.Cells = append(row.Cells, e.cell(area, sure[c], maybe[c], exists[c]))
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// spread joins what a role gives, each grant in the leaves that exist where it reaches.
func (e *Engine) spread(role int, limit, sure, maybe model.Row, exists *bits.Set) {
	c := e.policy.roles.Role(role)
	for leaf := range sure {
		if e.policy.tree.LeafArea(leaf).Kinds.Meets(e.policy.reached(c.Kinds, c.Reach)) {
			exists.Add(leaf)
		}
	}
	for _, entry := range e.tables.Roles[role].Entries {
		kinds := e.policy.reached(c.Kinds, int(entry.Reach))
		for leaf, l := range entry.Row {
			if !e.policy.tree.LeafArea(leaf).Kinds.Meets(kinds) {
				continue
			}
			exists.Add(leaf)
			if limit != nil {
				l = min(l, limit[leaf])
			}
			maybe[leaf] = max(maybe[leaf], l)
			if entry.When == table.Always {
				sure[leaf] = max(sure[leaf], l)
			}
		}
	}
}

func (e *Engine) cell(area *model.Node, sure, maybe model.Row, exists bits.Set) Cell {
	var c Cell
	lowest, highest, conditional := e.policy.chain.Top(), model.Level(0), model.Level(0)
	for leaf := area.First; leaf < area.Last; leaf++ {
		if !exists.Has(leaf) {
			continue
		}
		c.Exists = true
		lowest, highest, conditional = min(lowest, sure[leaf]), max(highest, sure[leaf]), max(conditional, maybe[leaf])
	}
	if !c.Exists {
		lowest = 0
	}
	c.Lowest, c.Highest = e.policy.chain.Name(lowest), e.policy.chain.Name(highest)
	if conditional > highest {
		c.Conditional = e.policy.chain.Name(conditional)
	}
	return c
}
