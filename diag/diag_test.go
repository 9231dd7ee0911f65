package diag_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trellis-authz/trellis/diag"
)

func TestNearestSuggestsOnlyWhatIsNear(t *testing.T) {
	known := []string{"analytics", "analytics.dashboards", "billing", "edit", "read", "none", "id", "workspace"}
	for written, want := range map[string]string{
		"analitics":             "analytics",
		"analyticss":            "analytics",
		"nalytics":              "analytics",
		"analytics.dashboard":   "analytics.dashboards",
		"edti":                  "edit", // neighbours swapped: one edit
		"Edit":                  "edit", // case alone costs nothing
		"reed":                  "read",
		"di":                    "id",
		"":                      "",
		"edit":                  "", // it is known: nothing to suggest
		"permissions":           "",
		"xy":                    "",
		"zzzz":                  "",
		strings.Repeat("a", 99): "",
	} {
		if got := diag.Nearest(written, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", written, got, want)
		}
	}
}

func TestRenderPutsTheCaretUnderTheWord(t *testing.T) {
	at := func(col int) diag.Position { return diag.Position{File: "a.yaml", Line: 12, Column: col} }
	for _, c := range []struct {
		name string
		d    diag.Diagnostic
		want string
	}{
		{"a word", diag.Diagnostic{Position: at(20), Rule: "unknown-level", Message: `there is no level "edti"`, Suggestion: "edit", Source: "  areas: {billing: edti}", Width: 4}, `
a.yaml:12:20: error[unknown-level]: there is no level "edti"; did you mean "edit"?
  12 |   areas: {billing: edti}
     |                    ^^^^
`},
		{"a tab before it stays a tab", diag.Diagnostic{Position: at(2), Rule: "r", Message: "m", Source: "\tx: y", Width: 1}, "\na.yaml:12:2: error[r]: m\n  12 | \tx: y\n     | \t^\n"},
		{"characters, not bytes", diag.Diagnostic{Position: at(4), Rule: "r", Message: "m", Source: "äöü x", Width: 2, Severity: diag.Warning}, `
a.yaml:12:4: warning[r]: m
  12 | äöü x
     |    ^^
`},
		{"never past the end of the line", diag.Diagnostic{Position: at(4), Rule: "r", Message: "m", Source: "abc", Width: 20}, `
a.yaml:12:4: error[r]: m
  12 | abc
     |    ^
`},
		{"controls and what reorders text are shown as what they are", diag.Diagnostic{Position: at(3), Rule: "r", Message: "m", Source: "\u202e\x1bx", Width: 1}, `
a.yaml:12:3: error[r]: m
  12 | <202E><001B>x
     |             ^
`},
		{"no file", diag.Diagnostic{Where: "roles.admin", Rule: "r", Message: "m"}, `
roles.admin: error[r]: m
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			if err := c.d.Render(&b, diag.Style{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), b.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A folder may be called anything, and so may what a request names.
func TestNoPlaceReachesTheTerminalAsItIs(t *testing.T) {
	const evil, shown = "\x1b[2J\u202ex\r\n", "<001B>[2J<202E>x<000D><000A>"
	for _, c := range []struct {
		name string
		d    diag.Diagnostic
		want string
	}{
		{"a file", diag.Diagnostic{Position: diag.Position{File: evil}, Rule: "r", Message: "m"}, shown + ": error[r]: m"},
		{"a line", diag.Diagnostic{Position: diag.Position{File: evil, Line: 1, Column: 2}, Rule: "r", Message: "m"}, shown + ":1:2: error[r]: m"},
		{"a place in a model", diag.Diagnostic{Where: evil, Rule: "r", Message: "m"}, shown + ": error[r]: m"},
		{"a message", diag.Diagnostic{Where: "w", Rule: "r", Message: evil}, "w: error[r]: " + shown},
	} {
		var b strings.Builder
		if err := c.d.Render(&b, diag.Style{}); err != nil || b.String() != c.want+"\n" {
			t.Errorf("%s is rendered as %q, %v", c.name, b.String(), err)
		}
		if got := (diag.List{c.d}).Error(); got != c.want {
			t.Errorf("%s is printed as %q", c.name, got)
		}
	}
	if got := (diag.Position{File: evil, Line: 1, Column: 2}).String(); got != shown+":1:2" {
		t.Errorf("the position is printed as %q", got)
	}
}

func TestALongLineIsCutAroundTheWord(t *testing.T) {
	line := strings.Repeat("x", 5000) + "WORD" + strings.Repeat("y", 5000)
	d := diag.Diagnostic{Position: diag.Position{File: "a", Line: 1, Column: 5001}, Rule: "r", Message: "m", Source: line, Width: 4}
	var b strings.Builder
	if err := d.Render(&b, diag.Style{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if len([]rune(lines[1])) > 200 {
		t.Errorf("the line is %d characters long", len([]rune(lines[1])))
	}
	from := len([]rune(lines[2][:strings.Index(lines[2], "^")]))
	if got := string([]rune(lines[1])[from : from+4]); got != "WORD" {
		t.Errorf("the caret is under %q", got)
	}
}

func TestListIsSortedByPositionAndSaysNothingTwice(t *testing.T) {
	list := diag.List{
		{Position: diag.Position{File: "b", Line: 1, Column: 1}, Rule: "1"},
		{Position: diag.Position{File: "a", Line: 2, Column: 1}, Rule: "2"},
		{Position: diag.Position{File: "a", Line: 1, Column: 9}, Rule: "3"},
		{Position: diag.Position{File: "a", Line: 1, Column: 9}, Rule: "3"},
		{Position: diag.Position{File: "a", Line: 1, Column: 2}, Rule: "4", Severity: diag.Warning},
	}
	var got []string
	for _, d := range list.Sort() {
		got = append(got, d.Rule)
	}
	if diff := cmp.Diff([]string{"4", "3", "2", "1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWarningsAloneAreNoError(t *testing.T) {
	warning := diag.List{{Severity: diag.Warning, Rule: "w"}}
	if warning.Err() != nil {
		t.Error("a warning is an error")
	}
	both := append(warning, diag.Diagnostic{Rule: "e"})
	if both.Err() == nil {
		t.Error("an error is none")
	}
	if list := diag.From(fmt.Errorf("loading: %w", both.Err())); len(list) != 2 {
		t.Errorf("From finds %d diagnostics in a wrapped list", len(list))
	}
	if list := diag.From(errors.New("other")); list != nil {
		t.Errorf("From finds %v in another error", list)
	}
}

// A line is not copied for each of its findings, and showing them in their order does not depend on its length.
func TestWhatIsShownOfALongLineCostsWhatIsShown(t *testing.T) {
	list := func(n int) diag.List {
		line := strings.Repeat("é: x, ", n)
		var l diag.List
		for i := range 200 {
			l = append(l, diag.Diagnostic{Position: diag.Position{File: "a", Line: 1, Column: 1 + i*6*n/200}, Rule: "r", Message: "m", Source: line, Width: 1})
		}
		return l
	}
	cost := func(l diag.List) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := l.Render(io.Discard, diag.Style{}); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	if short, long := cost(list(1000)), cost(list(100_000)); long > 2*short {
		t.Errorf("findings on a line of 6 kB take %d bytes, on one of 600 kB %d", short, long)
	}
}

func TestColorTellsErrorsFromWarnings(t *testing.T) {
	list := diag.List{
		{Where: "a", Rule: "r", Message: "m"},
		{Where: "b", Rule: "r", Message: "m", Severity: diag.Warning},
	}
	var b strings.Builder
	if err := list.Render(&b, diag.Style{Color: true}); err != nil {
		t.Fatal(err)
	}
	if want := "a: \x1b[1;31merror[r]\x1b[0m: m\nb: \x1b[1;33mwarning[r]\x1b[0m: m\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

// full is a writer that takes so many writes.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room--; f.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestRenderReturnsTheErrorOfTheWriter(t *testing.T) {
	d := diag.Diagnostic{Position: diag.Position{File: "a", Line: 1, Column: 1}, Rule: "r", Message: "m", Source: "x"}
	for room := range 4 {
		if err := (diag.List{d, d}).Render(&full{room}, diag.Style{}); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("after %d writes: %v", room, err)
		}
	}
	if err := (diag.List{d, d}).Render(&full{4}, diag.Style{}); err != nil {
		t.Error(err)
	}
}
