package main

import (
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/authz"
)

// writeMarkdown writes the matrix as a table for documents, with whole names.
func (c *console) writeMarkdown(m authz.Matrix) {
	head, rule := []string{"area"}, []string{"---"}
	for _, column := range m.Columns {
		head, rule = append(head, heading(column)), append(rule, "---")
	}
	c.writeMarkdownLine(head)
	c.writeMarkdownLine(rule)
	for _, row := range m.Rows {
		line := []string{row.Area}
		for _, cell := range row.Cells {
			line = append(line, cellText(cell, notExisting))
		}
		c.writeMarkdownLine(line)
	}
	for i, line := range legend(m) {
		if i == 0 {
			fmt.Fprintln(c.out)
		}
		fmt.Fprintf(c.out, "- %s\n", escapeMarkdown(line))
	}
}

func (c *console) writeMarkdownLine(cells []string) {
	for i := range cells {
		cells[i] = escapeMarkdown(cells[i])
	}
	fmt.Fprintf(c.out, "| %s |\n", strings.Join(cells, " | "))
}

// escapeMarkdown keeps a text from ending its cell, or from being read as emphasis: names hold underscores.
var escapeMarkdown = strings.NewReplacer(`\`, `\\`, "|", `\|`, "_", `\_`, "*", `\*`, "<", `\<`, "`", "\\`").Replace

// writeCSV writes the matrix for spreadsheets. An area that does not exist where the role reaches is an empty field.
func (c *console) writeCSV(m authz.Matrix) {
	w := csv.NewWriter(c.out)
	line := []string{"area"}
	for _, column := range m.Columns {
		line = append(line, column.Name)
	}
	// Write errors stick to c.out, and are reported at the end.
	_ = w.Write(line)
	for _, row := range m.Rows {
		line = append(line[:0], row.Area)
		for _, cell := range row.Cells {
			line = append(line, cellText(cell, ""))
		}
		_ = w.Write(line)
	}
	w.Flush()
}

// matrixView is the matrix as JSON shows it: the cells of a row are in step with the columns.
type matrixView struct {
	Columns []columnView `json:"columns"`
	Rows    []rowView    `json:"rows"`
}

type columnView struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Profile  bool     `json:"profile"`
	Requires []string `json:"requires,omitempty"`
}

type rowView struct {
	Area        string     `json:"area"`
	Description string     `json:"description"`
	Depth       int        `json:"depth"`
	Leaf        bool       `json:"leaf"`
	Cells       []cellView `json:"cells"`
}

type cellView struct {
	Exists      bool   `json:"exists"`
	Lowest      string `json:"lowest"`
	Highest     string `json:"highest"`
	Conditional string `json:"conditional,omitempty"`
}

func matrixViewOf(m authz.Matrix) matrixView {
	v := matrixView{Columns: []columnView{}, Rows: []rowView{}}
	for _, column := range m.Columns {
		v.Columns = append(v.Columns, columnView(column))
	}
	for _, row := range m.Rows {
		cells := []cellView{}
		for _, cell := range row.Cells {
			cells = append(cells, cellView(cell))
		}
		v.Rows = append(v.Rows, rowView{row.Area, row.Description, row.Depth, row.Leaf, cells})
	}
	return v
}
