package doc

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trellis-authz/trellis/internal/report"
)

// Texts that make careless readers slow: each is repeated to a megabyte.
var hostile = []struct{ name, head, piece, tail string }{
	{"list brackets", "", "[", ""},
	{"mapping brackets", "", "{", ""},
	{"mappings in brackets", "", "{a: ", ""},
	{"dashes", "", "- ", ""},
	{"question marks", "", "? ", ""},
	{"brackets in lists", "", "- [", ""},
	{"lists side by side", "[", "[[a]],", "]"},
	{"items on one line", "[", "a,", "]"},
	{"items that are never closed", "a: [", "a,", ""},
	{"keys on one line", "{", "a: b, ", "}"},
	{"tags on one line", "[", "!x y,", "]"},
	{"tags that swallow commas", "[", "!x,", "]"},
	{"anchors on one line", "[", "&x é,", "]"},
	{"aliases on one line", "[", "*x,", "]"},
	{"aliases on lines", "", "- *x\n", ""},
	{"keys without a space", "{", "é:1,", "}"},
	{"open parentheses", "a: {x: @, ", "b: (,", "}"},
	{"conditions with open parentheses", "a: {x: @, ", "when: (,", "}"},
	{"conditions with open quotes", "a: {x: @, ", "when: a == 'b,", "}"},
	{"conditions with brackets", "a: {x: @, ", "when: a[, ", "}"},
	{"conditions on lines", "a:\n", "- when: !x\n", ""},
	{"conditions that break", "a:\n", "- when: \"a\" in b\n", ""},
	{"open quotes on lines", "", "- 'a\n", "'"},
	{"open brackets on lines", "", "- [\n", ""},
	{"values that break", "", "- a: b: c\n", ""},
	{"lines without a key", "a: b\n", "c:d\n", ""},
	{"deeper lines", "a: b\n", "  c: d\n", ""},
	{"blank lines", "- 'a'\n", "\n", "- @"},
	{"comments", "a: @\n", "# b\n", ""},
	{"a long comment", "a: @ # ", "é", ""},
	{"a long text", "a: ", "é ", ": b"},
	{"a long block", "a: |\n", "  é\n", "@"},
	{"escapes", "a: \"", "\\u00e9\\\n", "\" b"},
	{"documents", "", "---\n", ""},
	{"directives", "", "%a\n", ""},
	{"values without commas between them", "a: {", "b: c ", "}"},
	{"brackets without commas between them", "a: {", "b: [] ", "}"},
	{"lines out of place behind a long text", "a:\n  b: " + strings.Repeat("x", 1<<16) + "\n", "   c: d\n", ""},
	{"commas", "a: [", ",", "]"},
	{"keys and brackets without a space", "a: {", "bc:{}, ", "}"},
	{"values within brackets that break", "a: {", "b: {c: @}, 'd: e', ", "}"},
	{"keys that lack a colon", "a:\n", "  b:\n    c d\n    e: f\n", ""},
	{"characters that cannot be seen", "", "a\u200b: \"\n", ""},
	{"control characters", "a: ", "\x01", ""},
	{"tabs", "a:\n", "\t- b\n", ""},
}

// No such text takes longer than this, on a slow machine that is busy with other things. A reader
// that takes quadratic time takes hours.
const patience = 30 * time.Second

func TestNoTextTakesLong(t *testing.T) {
	size := 1 << 20
	if testing.Short() {
		size = 1 << 17
	}
	for _, h := range hostile {
		source := h.head + strings.Repeat(h.piece, (size-len(h.head)-len(h.tail))/len(h.piece)) + h.tail
		start := time.Now()
		r := &report.Reporter{}
		root := ParseYAML("f", []byte(source), r)
		if took := time.Since(start); took > patience {
			t.Errorf("%s take %v", h.name, took)
		} else {
			t.Logf("%-34s %8v %d", h.name, took.Round(time.Millisecond), len(r.List()))
		}
		if root == nil && len(r.List()) == 0 {
			t.Errorf("%s: nothing is read, and nothing is said", h.name)
		}
	}
}

func TestManyKeysAreComparedAndFoundFast(t *testing.T) {
	const n = 50_000
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: v\n", i)
	}
	b.WriteString("\"k77\": v\n")
	root, list := parseYAML(b.String())
	if got, want := summary(list), fmt.Sprintf(`%d:1 duplicate-key "k77"`, n+1); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	start := time.Now()
	for i := range n {
		if root.Get(fmt.Sprint("k", i)) != root.Items[i] {
			t.Fatalf("key %d is not found", i)
		}
	}
	if took := time.Since(start); took > patience {
		t.Errorf("finding %d keys takes %v", n, took)
	}
}
