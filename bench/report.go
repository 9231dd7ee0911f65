package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"
)

// machine names what the run ran on.
func machine() []string {
	cpu := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				cpu = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
				break
			}
		}
	}
	return []string{fmt.Sprintf("%s, %d cores", cpu, runtime.NumCPU()), runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH}
}

// versions are those of the peers, as the binary was built with them.
func versions() (all []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, m := range info.Deps {
		switch m.Path {
		case "github.com/casbin/casbin/v3", "github.com/cedar-policy/cedar-go", "github.com/cerbos/cerbos",
			"github.com/open-policy-agent/opa", "github.com/openfga/openfga", "github.com/google/cel-go":
			all = append(all, strings.TrimPrefix(m.Path, "github.com/")+" "+m.Version)
		}
	}
	return all
}

var columns = []string{"engine", "ns a check", "fastest", "slowest", "× bound", "bytes", "allocs", "2 goroutines", "load", "heap", "bytes a member"}

func (s *section) cells() (rows [][]string) {
	bound := s.row(boundName)
	for _, f := range s.Rows {
		times := ""
		if bound != nil {
			times = significant(f.NS / bound.NS)
		}
		two := ""
		if f.Two > 0 {
			two = fmt.Sprintf("%.2f ×", f.Two)
		}
		rows = append(rows, []string{
			f.Engine, significant(f.NS), significant(f.Low), significant(f.High), times,
			fmt.Sprintf("%.0f", f.Bytes), fmt.Sprintf("%.0f", f.Allocs), two, duration(float64(f.Load.Nanoseconds())),
			bytes(float64(f.Heap)), fmt.Sprintf("%.0f", f.PerMember),
		})
	}
	return rows
}

func (s *section) summary() string {
	return fmt.Sprintf("%s. %s requests answered alike by all, %.0f %% of them allowed; of those that are timed %.0f %%.", s.Size, thousands(s.Checked), 100*s.Allowed, 100*s.Timed)
}

// growthCells is the table of a series: a line for each engine, a column for each point.
func (g growth) cells() (head []string, rows [][]string) {
	head = []string{"ns a check"}
	for _, p := range g.Points {
		n := p.of.roles
		if g.Of == "workspaces" {
			n = p.of.workspaces
		}
		head = append(head, thousands(n)+" "+g.Of)
	}
	for _, f := range g.Points[0].Rows {
		line := []string{f.Engine}
		for _, p := range g.Points {
			cell := ""
			if at := p.row(f.Engine); at != nil {
				cell = significant(at.NS)
			}
			line = append(line, cell)
		}
		rows = append(rows, line)
	}
	return head, rows
}

// byMembers is the growth with members, from the sections themselves.
func (r *results) byMembers() (head []string, rows [][]string) {
	head = []string{"ns a check"}
	seen := map[string]int{}
	plain := r.of("plain")
	for _, s := range plain {
		head = append(head, thousands(s.Members)+" members")
		for _, f := range s.Rows {
			if _, ok := seen[f.Engine]; !ok {
				seen[f.Engine] = len(rows)
				rows = append(rows, []string{f.Engine})
			}
		}
	}
	for _, line := range rows {
		for _, s := range plain {
			cell := ""
			if f := s.row(line[0]); f != nil {
				cell = significant(f.NS)
			}
			rows[seen[line[0]]] = append(rows[seen[line[0]]], cell)
		}
	}
	return head, rows
}

func (r *results) promiseCells() (rows [][]string) {
	for _, p := range r.Promises {
		rows = append(rows, []string{p.verdict(), p.What, p.Found, p.Least, p.Floor, p.Bound})
	}
	return rows
}

// blocks walks the report: text and Markdown show the same things in the same order.
func (r *results) blocks(heading func(string), paragraph func(string), table func(head []string, rows [][]string)) {
	paragraph(strings.Join(append(r.Machine, versions()...), "; ") + ".")
	paragraph("Times are the median of interleaved rounds over a long list of random requests; × bound is beside Trellis, bound. " +
		"The heap is what loading leaves, ids included; all ways into Trellis share one engine.")
	for _, s := range r.Sections {
		heading(s.Title)
		paragraph(s.summary())
		table(columns, s.cells())
		for _, left := range s.Left {
			paragraph("Left out: " + left + ".")
		}
	}
	if len(r.of("plain")) > 1 {
		heading("Growth with members")
		head, rows := r.byMembers()
		table(head, rows)
	}
	for _, g := range r.Growth {
		heading(g.Title)
		head, rows := g.cells()
		table(head, rows)
	}
	if many, ok := r.Extra["many"]; ok {
		heading("Many at once")
		paragraph("Sixteen permissions of one bound subject in one workspace by CheckAll: " + duration(many.Value) + many.Note + ".")
	}
	if len(r.Promises) > 0 {
		heading("What was promised")
		paragraph("Kept is said of the medians. The fastest rounds stand beside them: what else the machine does disturbs those least.")
		table([]string{"kept", "promise", "found (where it is worst)", "by the fastest rounds", "the floor", "bound"}, r.promiseCells())
	}
	heading("How each is set up")
	var rows [][]string
	shown := map[string]bool{}
	for _, s := range r.Sections {
		for _, f := range s.Rows {
			name := f.Engine
			if s.Kind == "hard" {
				name += ", hard"
			}
			if !shown[name] {
				shown[name] = true
				rows = append(rows, []string{name, f.Set})
			}
		}
	}
	table([]string{"engine", "set up as"}, rows)
}

func (r *results) text(out io.Writer) {
	r.blocks(
		func(title string) {
			fmt.Fprintf(out, "\n%s\n%s\n\n", title, strings.Repeat("=", utf8.RuneCountInString(title)))
		},
		func(text string) { fmt.Fprintf(out, "%s\n", text) },
		func(head []string, rows [][]string) { textTable(out, head, rows) },
	)
	fmt.Fprintf(out, "\nThe run took %v.\n", r.Took.Round(time.Second))
}

func (r *results) markdown(out io.Writer) {
	fmt.Fprint(out, "# What a decision costs\n\nWritten by `go run . -out` in `bench/`: every figure is of one run on one machine.\n\n![ns a check, by engine](chart.svg)\n\n")
	r.blocks(
		func(title string) { fmt.Fprintf(out, "\n## %s\n\n", title) },
		func(text string) { fmt.Fprintf(out, "%s\n\n", text) },
		func(head []string, rows [][]string) {
			line := func(cells []string) {
				fmt.Fprintf(out, "| %s |\n", strings.ReplaceAll(strings.Join(cells, "\x00"), "\x00", " | "))
			}
			line(head)
			rule := make([]string, len(head))
			for i := range rule {
				rule[i] = "---"
				if i > 0 && numeric(rows, i) {
					rule[i] = "---:"
				}
			}
			line(rule)
			for _, row := range rows {
				line(row)
			}
			fmt.Fprintln(out)
		},
	)
	fmt.Fprintf(out, "The run took %v.\n", r.Took.Round(time.Second))
}

// numeric reports whether a column's cells begin with digits, so that it is set to the right.
func numeric(rows [][]string, column int) bool {
	for _, row := range rows {
		if len(row) <= column || row[column] != "" && !strings.ContainsAny(row[column][:1], "0123456789-") || len(row[column]) > 24 {
			return false
		}
	}
	return true
}

func textTable(out io.Writer, head []string, rows [][]string) {
	widths := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	right := make([]bool, len(head))
	for i := range right {
		right[i] = i > 0 && numeric(rows, i)
	}
	line := func(row []string) {
		var text strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right[i] {
				cell = pad + cell
			} else {
				cell += pad
			}
			text.WriteString(cell + "  ")
		}
		fmt.Fprintln(out, strings.TrimRight(text.String(), " "))
	}
	line(head)
	var rule []string
	for _, w := range widths {
		rule = append(rule, strings.Repeat("-", w))
	}
	line(rule)
	for _, row := range rows {
		line(row)
	}
	fmt.Fprintln(out)
}

// significant writes a number as precisely as it was measured.
func significant(x float64) string {
	switch {
	case math.Abs(x) < 1:
		return fmt.Sprintf("%.2f", x)
	case math.Abs(x) < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return thousands(int(math.Round(x)))
}

func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return thousands(n) + " " + what
}

func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 1e6:
		return digitsOf(ns/1e3) + " µs"
	case ns < 1e9:
		return digitsOf(ns/1e6) + " ms"
	}
	return digitsOf(ns/1e9) + " s"
}

func digitsOf(x float64) string {
	if x < 100 {
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

func bytes(n float64) string {
	switch {
	case n < 1e3:
		return fmt.Sprintf("%.0f B", n)
	case n < 1e6:
		return fmt.Sprintf("%.1f KB", n/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", n/1e6)
	}
	return fmt.Sprintf("%.2f GB", n/1e9)
}
