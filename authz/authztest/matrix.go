package authztest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/report"
)

// matrix reads an entry of `matrices`: a table, every cell of which is an assertion.
func (l *loader) matrix(n *doc.Node, p report.Path, names map[string]bool) {
	if !l.Fields(n, p, "name", "in", "transpose", "columns", "table") {
		return
	}
	l.Required(n, p, "name", "in", "columns", "table")
	m := matrix{loader: l, path: p, table: n.Get("table")}
	m.name = l.Text(n.Get("name"), p.Name("name"))
	if names[m.name] && m.name != "" {
		l.Errorf("duplicate-name", report.Value(p.Name("name")), "two matrices are called %s", diag.Quote(m.name))
	}
	names[m.name] = true
	m.in = l.Text(n.Get("in"), p.Name("in"))
	if m.in != "" {
		l.problem(report.Value(p.Name("in")), l.draft.CheckScope(m.in, nil))
	}
	if t := n.Get("transpose"); t != nil && !t.Damaged {
		if t.Kind != doc.Bool {
			l.Errorf("wrong-type", report.Value(p.Name("transpose")), "expected true or false, found %s", t.Kind)
		}
		m.transpose = t.Kind == doc.Bool && t.Text == "true"
	}
	m.readColumns(n.Get("columns"), p.Name("columns"))
	if m.table != nil && !m.table.Damaged {
		if m.table.Kind != doc.String {
			l.Errorf("wrong-type", report.Value(p.Name("table")), "expected a table as text, after `table: |`; found %s", m.table.Kind)
			return
		}
		m.readTable()
	}
}

type matrix struct {
	*loader
	path      report.Path
	name, in  string
	transpose bool
	columns   map[string]subject
	labels    []string
	keys      []report.Path // of the declarations, in step with labels
	table     *doc.Node
}

// readColumns reads who the columns stand for.
func (m *matrix) readColumns(n *doc.Node, p report.Path) {
	m.columns = map[string]subject{}
	if n == nil || !m.Mapping(n, p) {
		return
	}
	for i, k := range n.Keys {
		item, q := n.Items[i], p.Name(k.Text)
		label := strings.TrimSpace(k.Text)
		s := subject{label: label, where: m.in}
		switch {
		case item.Damaged:
		case item.Kind == doc.Map:
			m.Fields(item, q, "roles", "profiles")
			s.isRoles = true
			s.holds = append(m.holders(item, q, "roles", false), m.holders(item, q, "profiles", true)...)
			if m.Lacks(item, q, "roles", "profiles") {
				m.Errorf("missing-key", report.Key(q), "the column names nobody: write the id of a principal, or `roles` or `profiles`")
			}
		default:
			s.id = m.Text(item, q)
			m.problem(report.Value(q), m.draft.CheckPrincipal(s.id))
		}
		if _, again := m.columns[label]; again { // the table names columns without the white space around them
			m.Errorf("duplicate-name", report.Key(q), "two columns are called %s", diag.Quote(label))
			continue
		}
		m.columns[label] = s
		m.labels = append(m.labels, label)
		m.keys = append(m.keys, q)
	}
}

func (m *matrix) holders(n *doc.Node, p report.Path, key string, profile bool) []string {
	list := m.listed(n.Get(key), p.Name(key))
	for i, name := range list {
		at := report.Value(p.Name(key).Index(i))
		if slices.Contains(list[:i], name) {
			continue
		}
		m.problem(at, m.draft.CheckHolder(name, profile, m.in))
	}
	return list
}

// cell is a cell of a table as it is written: its text, and where it stands in the table's text.
type cell struct {
	text   string
	offset int
}

func (c cell) at(m *matrix) report.At {
	return report.Part(m.path.Name("table"), c.offset, max(len(c.text), 1))
}

// readTable reads the lines of the table.
func (m *matrix) readTable() {
	var rows [][]cell
	offset, rule, wrong := 0, false, false
	for line := range strings.Lines(m.table.Text) {
		start := offset
		offset += len(line)
		text := strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(text) == "" {
			continue
		}
		cells, ok := split(text, start)
		if !ok {
			whole := cell{strings.TrimSpace(text), start + len(text) - len(strings.TrimLeft(text, " \t"))}
			m.Errorf("table-shape", whole.at(m), "a line of a table begins and ends with |")
			wrong = true
			continue
		}
		if isRule(cells) {
			if rule || len(rows) != 1 {
				m.Errorf("table-shape", cells[0].at(m), "the line of dashes stands once, beneath the header")
			}
			rule = true
			continue
		}
		rows = append(rows, cells)
	}
	if wrong && (len(rows) == 0 || !rule) { // it may be the line that lacks
		return
	}
	if len(rows) == 0 || !rule {
		m.Errorf("table-shape", report.Value(m.path.Name("table")), "a table is a header, a line of dashes, and a line for each row")
		return
	}
	m.readRows(rows[0], rows[1:])
}

// split cuts a line at its bars; \| is a bar in a cell.
func split(line string, start int) ([]cell, bool) {
	inner := strings.TrimSpace(line)
	if len(inner) < 2 || inner[0] != '|' || inner[len(inner)-1] != '|' {
		return nil, false
	}
	at := strings.IndexByte(line, '|') + 1
	end := strings.LastIndexByte(line, '|')
	var cells []cell
	add := func(from, to int) {
		raw := line[from:to]
		text := strings.TrimSpace(raw)
		lead := len(raw) - len(strings.TrimLeft(raw, " \t"))
		if text == "" {
			lead = min(1, len(raw))
		}
		cells = append(cells, cell{strings.ReplaceAll(text, `\|`, "|"), start + from + lead})
	}
	for i := at; i < end; i++ {
		if line[i] == '|' && line[i-1] != '\\' {
			add(at, i)
			at = i + 1
		}
	}
	add(at, end)
	return cells, true
}

func isRule(cells []cell) bool {
	for _, c := range cells {
		if strings.Trim(c.text, "-") != "" && strings.Trim(c.text, ":-") != "" || !strings.Contains(c.text, "-") {
			return false
		}
	}
	return true
}

// readRows pairs cells with what their row and column ask.
func (m *matrix) readRows(header []cell, rows [][]cell) {
	var subjects []*subject // by column; of a transposed table by row
	var questions []*question
	if m.transpose {
		questions = m.questions(header[1:], "column")
		subjects = m.subjects(firsts(rows), "row")
	} else {
		subjects = m.subjects(header[1:], "column")
		questions = m.questions(firsts(rows), "row")
	}
	if len(rows) == 0 {
		m.Errorf("table-shape", header[0].at(m), "the table has no rows: it asserts nothing")
	}
	for i, row := range rows {
		if len(row) != len(header) {
			m.Errorf("table-shape", row[0].at(m), "the row has %d cells, and the header has %d", len(row), len(header))
			continue
		}
		for j, c := range row[1:] {
			s, q := subjects, questions
			si, qi := j, i
			if m.transpose {
				si, qi = i, j
			}
			m.readCell(c, s[si], q[qi])
		}
	}
}

func firsts(rows [][]cell) []cell {
	list := make([]cell, len(rows))
	for i, row := range rows {
		list[i] = row[0]
	}
	return list
}

// subjects finds who the labels stand for; nil where that is not known. Every declared column must be used.
func (m *matrix) subjects(cells []cell, what string) []*subject {
	list := make([]*subject, len(cells))
	used := map[string]bool{}
	for i, c := range cells {
		s, ok := m.columns[c.text]
		switch {
		case c.text == "":
			m.Errorf("table-shape", c.at(m), "the %s has no name", what)
		case !ok && m.Broken(m.path.Name("columns")):
		case !ok:
			m.Unknown("unknown-column", c.at(m), c.text, m.labels, "`columns` declares no %s", diag.Quote(c.text))
		case used[c.text]:
			m.Errorf("duplicate-row", c.at(m), "there is another %s %s", what, diag.Quote(c.text))
		default:
			list[i] = &s
		}
		used[c.text] = true
	}
	for i, label := range m.labels {
		if !used[label] {
			m.Errorf("unused-column", report.Key(m.keys[i]), "the table has no %s %s, so nothing is asserted of it", what, diag.Quote(label))
		}
	}
	return list
}

// question is what a row asks, and where.
type question struct {
	text string
	in   string
	area bool
}

// questions reads area, permission or action, each perhaps with `@ scope`; nil where one is wrong.
func (m *matrix) questions(cells []cell, what string) []*question {
	list := make([]*question, len(cells))
	seen := map[question]bool{}
	for i, c := range cells {
		text, where, moved := strings.Cut(c.text, "@")
		q := question{text: strings.TrimSpace(text), in: m.in}
		at := report.Part(m.path.Name("table"), c.offset, max(len(q.text), 1))
		ok := true
		if moved {
			q.in = strings.TrimSpace(where)
			lead := len(where) - len(strings.TrimLeft(where, " "))
			ok = m.problem(report.Part(m.path.Name("table"), c.offset+len(text)+1+lead, max(len(q.in), 1)), m.draft.CheckScope(q.in, nil))
		}
		q.area = m.draft.HasArea(q.text)
		switch {
		case q.text == "":
			m.Errorf("table-shape", at, "the %s names no area, permission or action", what)
			continue
		case q.area && m.draft.HasAction(q.text):
			m.Errorf("ambiguous-row", at, "%s is an area and an action: write %s:LEVEL for the permission", diag.Quote(q.text), q.text)
			continue
		case !m.problem(at, m.draft.CheckArea(q.text)):
			continue
		case seen[q]:
			m.Errorf("duplicate-row", at, "there is another %s for %s in %s", what, diag.Quote(q.text), q.in)
			continue
		}
		seen[q] = true
		if ok {
			list[i] = &q
		}
	}
	return list
}

// readCell makes a case of a cell.
func (m *matrix) readCell(c cell, s *subject, q *question) {
	m.suite.Cells++
	known := []string{"yes", "no"}
	if q != nil && q.area {
		known = m.draft.Levels()
	}
	if q != nil && m.draft.Readable() && !slices.Contains(known, c.text) {
		if c.text == "" {
			m.Errorf("wrong-cell-value", c.at(m), "the cell is empty: every cell is asserted; write %s", strings.Join(known, ", "))
			return
		}
		m.Unknown("wrong-cell-value", c.at(m), c.text, known, "%s is no answer here: write %s", diag.Quote(c.text), strings.Join(known, ", "))
		return
	}
	if s == nil || q == nil {
		return
	}
	t := testCase{
		group: m.name, cell: true, place: m.spot(c.at(m)), subject: *s, in: q.in,
		name:  fmt.Sprintf("%s, %s", q.text, s.label),
		facts: authz.Facts{Time: m.suite.now},
	}
	if q.in != m.in {
		t.name = fmt.Sprintf("%s @ %s, %s", q.text, q.in, s.label)
	}
	if q.area {
		t.area, t.level = q.text, c.text
	} else {
		t.permission, t.want = q.text, c.text == "yes"
	}
	m.suite.cases = append(m.suite.cases, t)
}
