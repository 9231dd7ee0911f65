package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/trellis-authz/trellis/authz"
)

func TestMatrixAsText(t *testing.T) {
	r := in(shop(t), "matrix", ".")
	r.ends(t, exitYes)
	want := `area       clerk              boss  lead  auditor
orders     none–read (edit?)  edit  edit  read
  refunds  none (edit?)       edit  edit  read
  notes    read               edit  edit  read
billing    ·                  edit  ·     none

none–read: the sub-areas differ; the lowest and the highest level in them
(edit?): so much where a condition holds
·: the area does not exist in any scope that the role reaches
profiles: auditor
`
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Error(diff)
	}
}

// Whoever reads "edit" under a role must learn that the role alone gives nothing.
func TestARoleThatRequiresOthersIsMarked(t *testing.T) {
	dir := folder(t, map[string]string{"shop.policy.yaml": strings.NewReplacer("  lead:\n", "  lead:\n    requires: clerk\n", "roles: boss, only", "roles: [boss, lead], only").Replace(shopPolicy)})
	const legend = "lead*: counts only for one who holds there, too: clerk\nauditor*: counts only for one who holds there, too: clerk\n"
	r := in(dir, "matrix", ".", "--areas", "orders.notes")
	r.ends(t, exitYes)
	want := "area          clerk  boss  lead*  auditor*\norders.notes  read   edit  edit   read\n\n" + legend + "profiles: auditor\n"
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Error(diff)
	}
	holds(t, "Markdown", in(dir, "matrix", ".", "-o", "markdown").out, `| area | clerk | boss | lead\* | auditor\* |`, `- lead\*: counts only`)
	holds(t, "JSON", in(dir, "matrix", ".", "-o", "json").out, `"requires": [`)
	if r := in(dir, "matrix", ".", "--roles", "lead", "-o", "csv"); !strings.HasPrefix(r.out, "area,lead\n") {
		t.Errorf("programs look for the name, and the heading is %.20q", r.out)
	}
}

func TestMatrixOfChosenRolesAndAreas(t *testing.T) {
	r := in(shop(t), "matrix", ".", "--roles", "lead, boss", "--areas", "orders.notes,billing")
	r.ends(t, exitYes)
	want := `area          boss  lead
orders.notes  edit  edit
billing       edit  ·

·: the area does not exist in any scope that the role reaches
`
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct{ flag, value, want string }{
		{"--roles", "leed", `--roles: there is no role or profile "leed" in the table; did you mean "lead"?`},
		{"--areas", "biling", `--areas: there is no area "biling" in the table; did you mean "billing"?`},
		{"--roles", ",", "--roles names nothing"},
		{"--areas", "", "--areas names nothing"},
	} {
		r := in(shop(t), "matrix", ".", c.flag, c.value)
		r.ends(t, exitUsage)
		holds(t, "stderr", r.err, c.want)
	}
}

func TestMatrixAsMarkdown(t *testing.T) {
	r := in(shop(t), "matrix", ".", "-o", "markdown", "--areas", "orders", "--roles", "clerk,auditor")
	r.ends(t, exitYes)
	want := `| area | clerk | auditor |
| --- | --- | --- |
| orders | none–read (edit?) | read |
| orders.refunds | none (edit?) | read |
| orders.notes | read | read |

- none–read: the sub-areas differ; the lowest and the highest level in them
- (edit?): so much where a condition holds
- profiles: auditor
`
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Error(diff)
	}
}

func TestMarkdownCellsCannotEndEarly(t *testing.T) {
	var b strings.Builder
	e := at("")
	e.stdout, e.stderr = &b, &b
	c := newConsole(e)
	c.writeMarkdownLine([]string{"a|b", `c\|d`, "e_f_g"})
	c.out.Flush()
	if want := "| a\\|b | c\\\\\\|d | e\\_f\\_g |\n"; b.String() != want {
		t.Errorf("it is %q, want %q", b.String(), want)
	}
}

func TestMatrixAsCSV(t *testing.T) {
	r := in(shop(t), "matrix", ".", "-o", "csv")
	r.ends(t, exitYes)
	records, err := csv.NewReader(strings.NewReader(r.out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"area", "clerk", "boss", "lead", "auditor"},
		{"orders", "none–read (edit?)", "edit", "edit", "read"},
		{"orders.refunds", "none (edit?)", "edit", "edit", "read"},
		{"orders.notes", "read", "edit", "edit", "read"},
		{"billing", "", "edit", "", "none"}, // empty: it does not exist there
	}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Error(diff)
	}
}

func TestMatrixAsJSON(t *testing.T) {
	r := in(shop(t), "matrix", ".", "-o", "json", "--roles", "clerk,auditor,lead")
	r.ends(t, exitYes)
	var m matrixView
	d := json.NewDecoder(strings.NewReader(r.out))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		t.Fatalf("%v\n%s", err, r.out)
	}
	columns := []columnView{{"clerk", "clerk", false, nil}, {"lead", "Team lead", false, nil}, {"auditor", "auditor", true, nil}}
	if diff := cmp.Diff(columns, m.Columns); diff != "" {
		t.Error(diff)
	}
	row := rowView{"orders.refunds", "Paying back", 1, true, []cellView{{true, "none", "none", "edit"}, {true, "edit", "edit", ""}, {true, "read", "read", ""}}}
	if diff := cmp.Diff(row, m.Rows[1]); diff != "" {
		t.Error(diff)
	}
}

func TestAWideMatrixIsCutIntoBlocks(t *testing.T) {
	for _, c := range []struct {
		columns  string
		terminal bool
		width    int // 0: one block
	}{
		{"", false, 0},
		{"0", true, 0},
		{"60", false, 60},
		{"60", true, 60},
		{"100", false, 100},
		{"", true, 80},
		{"wide", true, 80},
		{"5", false, 5}, // too narrow for any column: one at a time
	} {
		t.Run(fmt.Sprintf("COLUMNS=%s terminal=%v", c.columns, c.terminal), func(t *testing.T) {
			e := at(repository)
			e.stdoutTerminal = c.terminal
			e.getenv = func(name string) string { return map[string]string{"COLUMNS": c.columns}[name] }
			r := call(e, "matrix", "examples/tenant-platform")
			r.ends(t, exitYes)
			table, _, _ := strings.Cut(r.out, "\n\nnone–")
			blocks := strings.Split(table, "\n\n")
			if c.width == 0 {
				if len(blocks) != 1 {
					t.Errorf("%d blocks, want 1", len(blocks))
				}
				return
			}
			var heads []string
			for _, block := range blocks {
				head, _, _ := strings.Cut(block, "\n")
				names := strings.Fields(head)[1:]
				heads = append(heads, names...)
				for line := range strings.Lines(block) {
					if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > c.width && len(names) > 1 {
						t.Errorf("a line of %d characters: %s", n, line)
					}
				}
			}
			whole := in(repository, "matrix", "examples/tenant-platform")
			head, _, _ := strings.Cut(whole.out, "\n")
			if diff := cmp.Diff(strings.Fields(head)[1:], heads); diff != "" || len(heads) < 10 {
				t.Errorf("the blocks do not show every column once: %s", diff)
			}
		})
	}
}

func TestAreasAreSetInUnderTheAreaAboveThem(t *testing.T) {
	var rows []authz.Row
	for _, area := range []string{"a", "a.b", "a.b.c", "a.d", "ab", "e.f", "e.f.g", "e.h"} {
		rows = append(rows, authz.Row{Area: area})
	}
	want := []string{"a", "  b", "    c", "  d", "ab", "e.f", "  g", "e.h"}
	if diff := cmp.Diff(want, indented(rows)); diff != "" {
		t.Error(diff)
	}
}
