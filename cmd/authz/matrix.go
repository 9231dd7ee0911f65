package main

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
)

var matrixCommand = command{
	name:  "matrix",
	args:  "POLICY",
	short: "Show what each role and profile gives in each area, as a table",
	more: `The table shows what is given wherever the role reaches. Boundaries, and the limits of assignments and
principals, come on top; and a role with "requires" gives this only to those who hold what it requires.
As text it is cut into blocks that fit the terminal (80 columns, or COLUMNS).`,
	examples: []string{
		"authz matrix examples/ai-hub",
		"authz matrix examples/ai-hub --roles user,admin --areas workspaces,billing",
		"authz matrix examples/ai-hub -o markdown",
	},
	setup: func(flags *flag.FlagSet) action {
		directory := directoryFlag(flags)
		output := format(flags, "text", "markdown", "csv", "json")
		var only, areas text
		flags.Var(&only, "roles", "show only these roles and profiles, as `NAME,NAME`")
		flags.Var(&areas, "areas", "show only these areas, as `AREA,AREA`, and what is beneath them")
		return func(c *console, args []string) int { return c.matrix(args, directory, only, areas, output.value) }
	},
}

func (c *console) matrix(args []string, directory *text, only, areas text, output string) int {
	if err := arguments(args, "POLICY"); err != nil {
		return c.misused("%v", err)
	}
	engine, code := c.engine(args[0], directory)
	if engine == nil {
		return code
	}
	m, err := chooseColumns(engine.Matrix(), only)
	if err == nil {
		m, err = chooseRows(m, areas)
	}
	if err != nil {
		return c.misused("%v", err)
	}
	switch output {
	case "markdown":
		c.writeMarkdown(m)
	case "csv":
		c.writeCSV(m)
	case "json":
		c.answerJSON(matrixViewOf(m))
	default:
		c.writeTable(m)
	}
	return exitYes
}

// chooseColumns keeps the columns that are named, in the order of the policy.
func chooseColumns(m authz.Matrix, only text) (authz.Matrix, error) {
	if !only.given {
		return m, nil
	}
	var known []string
	for _, column := range m.Columns {
		known = append(known, column.Name)
	}
	wanted := commaList(only.value)
	if err := allKnown("--roles", "role or profile", wanted, known); err != nil {
		return m, err
	}
	chosen := authz.Matrix{}
	for i, column := range m.Columns {
		if slices.Contains(wanted, column.Name) {
			chosen.Columns = append(chosen.Columns, m.Columns[i])
		}
	}
	for _, row := range m.Rows {
		var cells []authz.Cell
		for i, cell := range row.Cells {
			if slices.Contains(wanted, m.Columns[i].Name) {
				cells = append(cells, cell)
			}
		}
		row.Cells = cells
		chosen.Rows = append(chosen.Rows, row)
	}
	return chosen, nil
}

// chooseRows keeps the areas that are named, and what is beneath them.
func chooseRows(m authz.Matrix, areas text) (authz.Matrix, error) {
	if !areas.given {
		return m, nil
	}
	var known []string
	for _, row := range m.Rows {
		known = append(known, row.Area)
	}
	wanted := commaList(areas.value)
	if err := allKnown("--areas", "area", wanted, known); err != nil {
		return m, err
	}
	chosen := authz.Matrix{Columns: m.Columns}
	for _, row := range m.Rows {
		if slices.ContainsFunc(wanted, func(area string) bool { return isWithin(row.Area, area) }) {
			chosen.Rows = append(chosen.Rows, row)
		}
	}
	return chosen, nil
}

func allKnown(flag, what string, wanted, known []string) error {
	if len(wanted) == 0 {
		return fmt.Errorf("%s names nothing", flag)
	}
	for _, name := range wanted {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s: there is no %s %s in the table%s", flag, what, diag.Quote(name), didYouMean(name, known))
		}
	}
	return nil
}

// isWithin reports whether an area is another one, or lies beneath it.
func isWithin(area, above string) bool {
	return area == above || strings.HasPrefix(area, above+".")
}

// cellText writes a cell: a level, the lowest and the highest of levels that differ, and what a condition adds.
func cellText(cell authz.Cell, absent string) string {
	if !cell.Exists {
		return absent
	}
	s := cell.Lowest
	if cell.Highest != cell.Lowest {
		s += "–" + cell.Highest
	}
	if cell.Conditional != "" {
		s += " (" + cell.Conditional + "?)"
	}
	return s
}

// heading names a column where people read the table, and marks one that alone gives nothing.
func heading(column authz.Column) string {
	if len(column.Requires) > 0 {
		return column.Name + "*"
	}
	return column.Name
}

// notExisting marks, where people read the table, an area that does not exist where the role reaches.
const notExisting = "·"

// legend explains the marks that stand in the table, and no others.
func legend(m authz.Matrix) []string {
	var absent, differing, conditional string
	for _, row := range m.Rows {
		for _, cell := range row.Cells {
			switch {
			case !cell.Exists:
				absent = notExisting
				continue
			case cell.Highest != cell.Lowest && differing == "":
				differing = cell.Lowest + "–" + cell.Highest
			}
			if cell.Conditional != "" && conditional == "" {
				conditional = cell.Conditional
			}
		}
	}
	var lines []string
	if differing != "" {
		lines = append(lines, differing+": the sub-areas differ; the lowest and the highest level in them")
	}
	if conditional != "" {
		lines = append(lines, "("+conditional+"?): so much where a condition holds")
	}
	if absent != "" {
		lines = append(lines, absent+": the area does not exist in any scope that the role reaches")
	}
	for _, column := range m.Columns {
		if len(column.Requires) > 0 {
			lines = append(lines, heading(column)+": counts only for one who holds there, too: "+strings.Join(column.Requires, ", "))
		}
	}
	var profiles []string
	for _, column := range m.Columns {
		if column.Profile {
			profiles = append(profiles, column.Name)
		}
	}
	if len(profiles) > 0 {
		lines = append(lines, "profiles: "+strings.Join(profiles, ", "))
	}
	return lines
}

// width returns how many characters a line may have; 0 is any number.
func (c *console) width() int {
	if n, err := strconv.Atoi(c.getenv("COLUMNS")); err == nil && n >= 0 {
		return n
	}
	if c.stdoutTerminal {
		return 80
	}
	return 0
}
