package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
)

var matrixCommand = command{
	name:  "matrix",
	args:  "POLICY",
	short: "Draw the table of roles and areas",
	more: `A row for each area, a column for each role that can be assigned and for each profile.
The table shows what is given where the role reaches; boundaries, and limits on
assignments, come on top. An area whose sub-areas differ shows the lowest and the
highest: none–edit. (edit?) is given only when a condition holds. A dot is an area that
exists nowhere the role reaches.`,
	examples: []string{
		"authz matrix examples/delivery-platform",
		"authz matrix examples/tenant-platform --areas agents --roles agent_administrator,agent_execution",
		"authz matrix examples/agent-studio -o markdown",
	},
	setup: func(flags *flag.FlagSet) action {
		directory := directoryFlag(flags)
		output := format(flags, "text", "markdown", "csv", "json")
		roles := flags.String("roles", "", "only these roles and profiles: `NAME,NAME…`")
		areas := flags.String("areas", "", "only these areas and what is beneath them: `AREA,AREA…`")
		return func(c *console, args []string) int { return c.matrix(args, directory, output.value, *roles, *areas) }
	},
}

func (c *console) matrix(args []string, directory *text, output, roles, areas string) int {
	if err := arguments(args, "POLICY"); err != nil {
		return c.misused("%v", err)
	}
	e, code := c.engine(args[0], directory)
	if code != exitYes {
		return code
	}
	m := e.Matrix()
	m, err := narrow(m, commaList(roles), commaList(areas))
	if err != nil {
		return c.misused("%v", err)
	}
	switch output {
	case "markdown":
		c.matrixMarkdown(m)
	case "csv":
		return c.matrixCSV(m)
	case "json":
		return c.answerJSON(matrixJSON(m))
	default:
		c.matrixText(m)
	}
	return exitYes
}

// narrow keeps the named columns, in the order in which they were named, and the named areas.
func narrow(m authz.Matrix, roles, areas []string) (authz.Matrix, error) {
	var names, known []string
	for _, col := range m.Columns {
		names = append(names, col.Name)
	}
	for _, row := range m.Rows {
		known = append(known, row.Area)
	}
	keep := []int{}
	for _, role := range roles {
		i := slices.Index(names, role)
		if i < 0 {
			return m, fmt.Errorf("there is no role or profile %s to be assigned%s", diag.Quote(role), didYouMean(role, names))
		}
		keep = append(keep, i)
	}
	for _, area := range areas {
		if !slices.Contains(known, area) {
			return m, fmt.Errorf("there is no area %s%s", diag.Quote(area), didYouMean(area, known))
		}
	}
	if len(roles) == 0 {
		for i := range names {
			keep = append(keep, i)
		}
	}
	var n authz.Matrix
	for _, i := range keep {
		n.Columns = append(n.Columns, m.Columns[i])
	}
	for _, row := range m.Rows {
		if len(areas) > 0 && !slices.ContainsFunc(areas, func(a string) bool { return row.Area == a || strings.HasPrefix(row.Area, a+".") }) {
			continue
		}
		cells := make([]authz.Cell, len(keep))
		for j, i := range keep {
			cells[j] = row.Cells[i]
		}
		row.Cells = cells
		n.Rows = append(n.Rows, row)
	}
	return n, nil
}

// show writes a cell: read, none–edit, read (edit?), or what stands for an area that does not exist there.
func show(cell authz.Cell, absent string) string {
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

// label is an area in the first column of a text table: indented, and named by its last step.
func label(row authz.Row) string {
	name := row.Area
	if row.Depth > 0 {
		name = name[strings.LastIndexByte(name, '.')+1:]
	}
	return strings.Repeat("  ", row.Depth) + name
}

// matrixText draws the table, in as many blocks as the width of the terminal asks for.
func (c *console) matrixText(m authz.Matrix) {
	limit, err := strconv.Atoi(c.getenv("COLUMNS"))
	if err != nil || limit <= 0 {
		limit = 160
	}
	first := 4
	for _, row := range m.Rows {
		first = max(first, utf8.RuneCountInString(label(row)))
	}
	widths := make([]int, len(m.Columns))
	for i, col := range m.Columns {
		widths[i] = utf8.RuneCountInString(col.Name)
		for _, row := range m.Rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(show(row.Cells[i], "·")))
		}
	}
	for from := 0; from < len(m.Columns); {
		to, width := from, first
		for to < len(m.Columns) && (to == from || width+2+widths[to] <= limit) {
			width += 2 + widths[to]
			to++
		}
		if from > 0 {
			fmt.Fprintln(c.out)
		}
		c.line("area", first, m.Columns[from:to], widths[from:to], func(i int) string { return m.Columns[from+i].Name })
		for _, row := range m.Rows {
			c.line(label(row), first, m.Columns[from:to], widths[from:to], func(i int) string { return show(row.Cells[from+i], "·") })
		}
		from = to
	}
	c.legend(m)
}

func (c *console) line(label string, first int, columns []authz.Column, widths []int, text func(int) string) {
	var b strings.Builder
	b.WriteString(pad(label, first))
	for i := range columns {
		b.WriteString("  " + pad(text(i), widths[i]))
	}
	fmt.Fprintln(c.out, strings.TrimRight(b.String(), " "))
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// legend explains the marks that occur.
func (c *console) legend(m authz.Matrix) {
	var differs, conditional, absent bool
	for _, row := range m.Rows {
		for _, cell := range row.Cells {
			differs = differs || cell.Exists && cell.Lowest != cell.Highest
			conditional = conditional || cell.Conditional != ""
			absent = absent || !cell.Exists
		}
	}
	head := "\n"
	for _, l := range []struct {
		shown bool
		text  string
	}{
		{differs, "none–edit  the lowest and the highest of the sub-areas"},
		{conditional, "(edit?)    only when a condition holds"},
		{absent, "·          the area exists nowhere the role reaches"},
	} {
		if l.shown {
			fmt.Fprintf(c.out, "%s%s\n", head, l.text)
			head = ""
		}
	}
}

func (c *console) matrixMarkdown(m authz.Matrix) {
	escape := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
	fmt.Fprint(c.out, "| area |")
	for _, col := range m.Columns {
		fmt.Fprintf(c.out, " %s |", escape(col.Title))
	}
	fmt.Fprintf(c.out, "\n|---|%s\n", strings.Repeat("---|", len(m.Columns)))
	for _, row := range m.Rows {
		fmt.Fprintf(c.out, "| %s |", row.Area)
		for _, cell := range row.Cells {
			fmt.Fprintf(c.out, " %s |", show(cell, ""))
		}
		fmt.Fprintln(c.out)
	}
}

func (c *console) matrixCSV(m authz.Matrix) int {
	w := csv.NewWriter(c.out)
	head := []string{"area", "description"}
	for _, col := range m.Columns {
		head = append(head, col.Name)
	}
	rows := [][]string{head}
	for _, row := range m.Rows {
		line := []string{row.Area, row.Description}
		for _, cell := range row.Cells {
			line = append(line, show(cell, ""))
		}
		rows = append(rows, line)
	}
	if err := w.WriteAll(rows); err != nil {
		return c.complain(err)
	}
	return exitYes
}

type matrixRow struct {
	Area        string                `json:"area"`
	Description string                `json:"description,omitempty"`
	Leaf        bool                  `json:"leaf"`
	Cells       map[string]matrixCell `json:"cells"`
}

type matrixCell struct {
	Exists      bool   `json:"exists"`
	Lowest      string `json:"lowest"`
	Highest     string `json:"highest"`
	Conditional string `json:"conditional,omitempty"`
}

type matrixColumn struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Profile bool   `json:"profile"`
}

func matrixJSON(m authz.Matrix) any {
	out := struct {
		Columns []matrixColumn `json:"columns"`
		Rows    []matrixRow    `json:"rows"`
	}{[]matrixColumn{}, []matrixRow{}}
	for _, col := range m.Columns {
		out.Columns = append(out.Columns, matrixColumn(col))
	}
	for _, row := range m.Rows {
		r := matrixRow{row.Area, row.Description, row.Leaf, map[string]matrixCell{}}
		for i, cell := range row.Cells {
			r.Cells[m.Columns[i].Name] = matrixCell(cell)
		}
		out.Rows = append(out.Rows, r)
	}
	return out
}
