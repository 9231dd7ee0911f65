package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/authz"
)

// writeTable writes the matrix for a terminal: in blocks of as many columns as fit, each with the areas beside them.
func (c *console) writeTable(m authz.Matrix) {
	names := indented(m.Rows)
	first := longest(append([]string{"area"}, names...))
	widths := make([]int, len(m.Columns))
	for i, column := range m.Columns {
		widths[i] = utf8.RuneCountInString(heading(column))
		for _, row := range m.Rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(cellText(row.Cells[i], notExisting)))
		}
	}
	for from := 0; from == 0 || from < len(m.Columns); {
		to := fitting(widths, from, first, c.width())
		if from > 0 {
			fmt.Fprintln(c.out)
		}
		line := []string{pad("area", first)}
		for i := from; i < to; i++ {
			line = append(line, pad(heading(m.Columns[i]), widths[i]))
		}
		c.writeLine(line)
		for r, row := range m.Rows {
			line = append(line[:0], pad(names[r], first))
			for i := from; i < to; i++ {
				line = append(line, pad(cellText(row.Cells[i], notExisting), widths[i]))
			}
			c.writeLine(line)
		}
		from = max(to, 1)
	}
	if lines := legend(m); len(lines) > 0 {
		fmt.Fprintf(c.out, "\n%s\n", strings.Join(lines, "\n"))
	}
}

const gap = "  "

func (c *console) writeLine(cells []string) {
	fmt.Fprintln(c.out, strings.TrimRight(strings.Join(cells, gap), " "))
}

// fitting returns the column after the last that fits beside the areas. One always does: a line that is too long
// is better than none.
func fitting(widths []int, from, first, limit int) int {
	used, to := first, from
	for to < len(widths) {
		used += len(gap) + widths[to]
		if limit > 0 && used > limit && to > from {
			break
		}
		to++
	}
	return to
}

// indented names each area under the one above it: by its last word, and set in. An area whose own is not in the
// table is named whole.
func indented(rows []authz.Row) []string {
	names := make([]string, len(rows))
	var above []string // the areas in the table that the row lies in
	for i, row := range rows {
		for len(above) > 0 && !isWithin(row.Area, above[len(above)-1]) {
			above = above[:len(above)-1]
		}
		name := row.Area
		if n := len(above); n > 0 {
			name = strings.TrimPrefix(name, above[n-1]+".")
		}
		names[i] = strings.Repeat(gap, len(above)) + name
		above = append(above, row.Area)
	}
	return names
}

func longest(texts []string) int {
	n := 0
	for _, s := range texts {
		n = max(n, utf8.RuneCountInString(s))
	}
	return n
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}
