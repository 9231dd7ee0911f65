package doc

import (
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/diag"
)

// Each case holds a text in another style, and asks where a word of it stands.
var placeCases = []struct{ source, word, want string }{
	// plain
	{`a: one two`, "one", `1:4 "one"`},
	{`a: one two`, "two", `1:8 "two"`},
	{`a: one   two # c`, "two", `1:10 "two"`},
	{`a: é ü ö`, "ö", `1:8 "ö"`},
	{"a: one\n  two\n\n  three", "two", `2:3 "two"`},
	{"a: one\n  two\n\n  three", "three", `4:3 "three"`},
	{"a: one\n  two\n\n  three", "one two", `1:4 "one"`},
	{"a: one\r\n  two", "two", `2:3 "two"`},
	{"a:\n  one two", "two", `2:7 "two"`},
	{`a: &x one two`, "two", `1:11 "two"`},
	{`{a: one two, b: c}`, "two", `1:9 "two"`},
	// single quotes
	{`a: 'one two'`, "one", `1:5 "one"`},
	{`a: 'it''s one'`, "'s", `1:7 "''s"`},
	{`a: 'it''s one'`, "s one", `1:9 "s one"`},
	{`a: '''one'' two'`, "two", `1:13 "two"`},
	{`a: '''one'' two'`, "one", `1:7 "one"`},
	{`a: 'one \ two'`, "two", `1:11 "two"`},
	{"a: 'one\n  two\n\n  it''s three'", "three", `4:9 "three"`},
	{`a: '  one  two  '`, "two", `1:12 "two"`},
	// double quotes
	{`a: "one two"`, "two", `1:9 "two"`},
	{`a: "\"one\" two"`, "one", `1:7 "one"`},
	{`a: "\"one\" two"`, `"one"`, `1:5 "\\\"one\\\""`},
	{`a: "\x41\u00e9\U0001F600 two"`, "two", `1:26 "two"`},
	{`a: "\x41\u00e9\U0001F600 two"`, "é", `1:9 "\\u00e9"`},
	{`a: "\x41\u00e9\U0001F600 two"`, "😀", `1:15 "\\U0001F600"`},
	{`a: "one\ntwo\tthree"`, "two", `1:10 "two"`},
	{`a: "one\ntwo\tthree"`, "three", `1:15 "three"`},
	{`a: "one\x20two"`, "two", `1:12 "two"`},
	{`a: "\N\_\L\P\e\0 two"`, "two", `1:18 "two"`},
	{"a: \"one\\\n  two\n  three\"", "two", `2:3 "two"`},
	{"a: \"one\\\n  two\n  three\"", "three", `3:3 "three"`},
	{"a: \"one\\\r\n  two\"", "two", `2:3 "two"`},
	{"a: \"one \\\n  \\  two\"", "two", `2:6 "two"`},
	// blocks
	{"a: |\n  one\n  two three\n", "one", `2:3 "one"`},
	{"a: |\n  one\n  two three\n", "three", `3:7 "three"`},
	{"a: |\n  one\n  two three\n", "one\ntwo", `2:3 "one"`},
	{"a: |2-  # c: one\n    one\n", "one", `2:5 "one"`},
	{"a: >-\n  one\n  two\n\n  three\n", "two", `3:3 "two"`},
	{"a: >-\n  one\n  two\n\n  three\n", "three", `5:3 "three"`},
	{"a: >\n  one\n    two\n  # three\n", "# three", `4:3 "# three"`},
	{"a: |\r\n  one\r\n  two\r\n", "two", `3:3 "two"`},
	{"- - |\n    é 'it''s' \"\\n\" two\n", "two", `2:20 "two"`},
}

func TestPlaceFindsAWordInEveryStyle(t *testing.T) {
	for _, c := range placeCases {
		root, _ := parseYAML(c.source)
		n := root.Get("a")
		for n == nil || n.Kind == List {
			n = root.Items[0].Items[0]
		}
		at := strings.Index(n.Text, c.word)
		if at < 0 {
			t.Errorf("%q holds no %q: it is read as %q", c.source, c.word, n.Text)
			continue
		}
		pos, source, shown := n.Place(at, len(c.word))
		if got := shownAt(pos, source, shown); got != c.want {
			t.Errorf("%q: %q stands at %s, want %s", c.source, c.word, got, c.want)
		}
	}
}

// shownAt is a place in short: line:column "the text that is underlined".
func shownAt(pos diag.Position, source string, shown int) string {
	d := diag.Diagnostic{Position: pos, Source: source, Width: shown}
	parts := strings.SplitN(found(d), " ", 3)
	return parts[0] + " " + strings.ReplaceAll(diagQuote(parts[2]), "\t", `\t`)
}

func diagQuote(s string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`) + `"`
}

func TestPlaceHoldsAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		source        string
		offset, width int
		want          string
	}{
		{`a: one two`, 0, 0, `1:4 "o"`},
		{`a: one two`, 3, 1, `1:7 " "`},
		{`a: one two`, 7, 0, `1:11 ""`},
		{`a: one two`, 99, 5, `1:11 ""`},
		{`a: one two`, -1, 99, `1:4 "one two"`},
		{`a: one two`, 4, 99, `1:8 "two"`},
		{`a: 'one'`, 3, 1, `1:8 "'"`},
		{`a: ''`, 0, 1, `1:5 "'"`},
		{"a: 'one\n  two'", 0, 7, `1:5 "one"`},
		{`a: é`, 1, 1, `1:4 "é"`},
		{`a:`, 0, 1, `1:3 ""`},
		{`a: [b]`, 0, 1, `1:4 "["`},
		{"a: \"  \\n x\"", 4, 1, `1:10 "x"`},
	} {
		root, _ := parseYAML(c.source)
		pos, source, shown := root.Get("a").Place(c.offset, c.width)
		if got := shownAt(pos, source, shown); got != c.want {
			t.Errorf("%q: %d bytes from %d stand at %s, want %s", c.source, c.width, c.offset, got, c.want)
		}
	}
	if pos, _, shown := (*Node)(nil).Place(0, 1); !pos.IsZero() || shown != 1 {
		t.Errorf("no node has the place %v", pos)
	}
}

// Wherever in a text a place is looked for, no more of it is walked than lies between two halts; and what is found does
// not depend on the halts.
func TestAPlaceInALongTextIsFoundFromNearby(t *testing.T) {
	for _, source := range []string{
		"a: |\n" + strings.Repeat("  | é cell |   x |\n", 500),
		"a: \"" + strings.Repeat("x\\u00e9 \\n y\n  ", 300) + "\"",
		"a: " + strings.Repeat("é\n   \n  ö 'x' ", 300),
		"a: '" + strings.Repeat("it''s  ", 300) + "'",
	} {
		root, list := parseYAML(source)
		if len(list) > 0 {
			t.Fatal(list)
		}
		n := root.Get("a")
		slow := *n
		slow.halts = nil
		for offset := range len(n.Text) + 1 {
			if h := n.resume(offset); h.i > offset || offset-h.i > 2*apart {
				t.Fatalf("%.20q: for %d the walk starts at %d", source, offset, h.i)
			}
			from, to := n.reach(offset, 3)
			if f, l := slow.reach(offset, 3); f != from || l != to {
				t.Fatalf("%.20q: %d is found at %d to %d, and it is at %d to %d", source, offset, from, to, f, l)
			}
		}
	}
}
