package doc

import (
	"fmt"
	"strings"
	"testing"
)

type syntaxCase struct {
	source string
	want   string
	whole  bool // a tree is returned nevertheless
}

var syntaxCases = []syntaxCase{
	// size and characters
	{"a: b\nc: \xff\n", "2:4 yaml-encoding \uFFFD", true},
	{"é: \xc3", "1:4 yaml-encoding \uFFFD", true},
	{"a: \x00", "1:4 yaml-encoding \x00", true},
	{"a: é\x07", "1:5 yaml-encoding \x07", true},
	{"a: \x7f", "1:4 yaml-encoding \x7f", true},
	{"a: \x00\nb: !x\n", "1:4 yaml-encoding \x00; 2:4 yaml-tag !x", true},
	{"a: \xe9\nb: \xe8 # \xe9\nc: !x\n", "1:4 yaml-encoding \uFFFD; 3:4 yaml-tag !x", true},
	{"a: \uFFFD\n", "", true},
	{"a\u200b: b\nc: \u200b d\n# \u202e\n", "1:2 yaml-encoding \u200b; 2:4 yaml-encoding \u200b; 3:3 yaml-encoding \u202e", true},
	{"a: \"\\u202e\\u200b\"\n", "", true},
	{"a: b\rc: d", "1:5 yaml-encoding \r", false},
	{"a: b\u2028c: d", "1:5 yaml-encoding \u2028", true},
	{"a: \ufeffb", "1:4 yaml-encoding \ufeff", true},
	{"\xff\xfea\x00", "1:1 yaml-encoding ", false},
	{"\xfe\xff\x00a", "1:1 yaml-encoding ", false},
	{"a\x00:\x00", "1:1 yaml-encoding ", false},
	{"\xff\xfe\x00\x00", "1:1 yaml-encoding ", false},
	// documents
	{"", "1:1 yaml-empty ", false},
	{"# c\n", "1:1 yaml-empty #", false},
	{"---\n", "1:1 yaml-empty -", false},
	{"a: 1\n---\nb: !x\n", "2:1 yaml-documents ---", true},
	{"a: 1\n...\n", "2:1 yaml-documents ...", true},
	{"a: 1\n--- !x\n", "2:1 yaml-documents ---", true},
	{"%YAML 1.2\n---\na: 1\n", "1:1 yaml-documents %YAML 1.2", true},
	{"---\na: 1\n", "", true},
	{"# c\n\n--- # d\na: 1\n", "", true},
	{"  # c\n---\na: 1\n", "", true},
	{" # c\n---\n # d\n---\n", "4:1 yaml-documents ---", false},
	{"a: |\n  ---\n  ...\n", "", true},
	{"\ufeffa: 1\r\nb: 2\r\n", "", true},
	// keys
	{"a: {read:, write:}\n", "1:5 yaml-key-space read:; 1:12 yaml-key-space write:", true},
	{"a: {read: , write: }\n", "", true},
	{"a: {a:1}\n", "1:5 yaml-key-space a:1", true},
	{"a: {a:1, b: {c:}}\n", "1:5 yaml-key-space a:1; 1:14 yaml-key-space c:", true},
	{"a: {org:acme: {x: y}, org:b: }\n", "", true},
	{"org:acme:\norg:b: {}\n", "", true},
	{"a: {\"*\":read}\n", "", true},
	{"a: {a, b}\n", "", true},
	{"a: 1\nb: 2\n\"a\": 3\n", `3:1 duplicate-key "a"`, true},
	{"a: {b: 1, 'b': 2, c: {b: 1}}\n", "1:11 duplicate-key 'b'", true},
	{"1: a\n1.5: b\ntrue: c\nnull: d\n~: e\nTrue: f\n0x1: g\n", "1:1 yaml-key 1; 2:1 yaml-key 1.5; 3:1 yaml-key true; 4:1 yaml-key null; 5:1 yaml-key ~; 6:1 yaml-key True; 7:1 yaml-key 0x1", true},
	{"'1': a\n\"true\": b\nno: c\ny: d\n2027-01-01: e\n", "", true},
	{"? [a]\n: b\n", "1:3 yaml-key [", true},
	{"{a: b}: c\n", "1:1 yaml-key {", true},
	{"limit: {*: read}\n", "1:9 yaml-key *", true},
	{"*: read\n@a: read\n", "1:1 yaml-key *; 2:1 yaml-key @a", true},
	// anchors, aliases, merge keys, tags
	{"a: &x b\nc: *x\n", "1:4 yaml-anchor &x; 2:4 yaml-anchor *x", true},
	{"a: &x {b: *x}\n", "1:4 yaml-anchor &x; 1:11 yaml-anchor *x", true},
	{"a: [*x, *y]\nb: *x\n", "1:5 yaml-anchor *x; 1:9 yaml-anchor *y; 2:4 yaml-anchor *x", true},
	{"a:\n  - *x\nb: {c: *x}\n", "2:5 yaml-anchor *x; 3:8 yaml-anchor *x", true},
	{"&x a: b\n", "1:1 yaml-anchor &x", true},
	{"a: {<<: {b: c}}\nd: e\n", "1:5 yaml-merge <<", true},
	{"a: {'<<': b}\n", "", true},
	{"a: &x {b: c}\nd:\n  <<: *x\n", "1:4 yaml-anchor &x; 3:3 yaml-merge <<", true},
	{"a: !!str 5\nb: !x\nc: ! d\ne: !!map {f: g}\n", "1:4 yaml-tag !!str; 2:4 yaml-tag !x; 3:4 yaml-tag !; 4:4 yaml-tag !!map", true},
	{"!!map\na: 1\n", "1:1 yaml-tag !!map", true},
	{"a: [!x, !y z]\n", "1:5 yaml-tag !x; 1:9 yaml-tag !y", true},
	// depth
	{"a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n", "", true},
	{"a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n", "1:35 yaml-depth [", true},
	// syntax: values that have to stand in quotes
	{"a: note: b\nc: \"x\" y\nd: @e\nf: [a] b\ng: |h\n", `1:4 yaml-syntax note: b; 2:4 yaml-syntax "x" y; 3:4 yaml-syntax @e; 4:4 yaml-syntax [a] b; 5:4 yaml-syntax |h`, true},
	{"a: {x: a: b, y: 'q' r, z: @x, w: `y`}\n", "1:8 yaml-syntax a: b; 1:17 yaml-syntax 'q' r; 1:27 yaml-syntax @x; 1:34 yaml-syntax `y`", true},
	{"é: ü: x\n", "1:4 yaml-syntax ü: x", true},
	{"- a: b: c\n- \"d\"e\n", `1:6 yaml-syntax b: c; 2:3 yaml-syntax "d"e`, true},
	{"a: x ]\nb: ]\nc: '\n", "2:4 yaml-syntax ]; 3:4 yaml-syntax '", true},
	{"a: - b\nc: !x\n", "1:4 yaml-syntax - b; 2:4 yaml-tag !x", true},
	// syntax: what is never closed
	{"a: [x, y\nb: !x\n", "1:4 yaml-syntax [; 2:4 yaml-tag !x", true},
	{"a: {x: 1\nb: !x\n", "1:4 yaml-syntax {; 2:4 yaml-tag !x", true},
	{"a: {x: [1}\nb: !x\n", "1:10 yaml-syntax }; 2:4 yaml-tag !x", true},
	{"a: 'x\nb: !x\n", "1:4 yaml-syntax '; 2:4 yaml-tag !x", true},
	{"a: {b: 'c}\nb: !x\n", "1:8 yaml-syntax '; 2:4 yaml-tag !x", true},
	{"a: {b: [x],\n  c: {\nb: !x\n", "2:6 yaml-syntax {; 3:4 yaml-tag !x", true},
	{"x: {a: 1\n  b: 2}\nc: !x\n", "1:8 yaml-syntax 1; 3:4 yaml-tag !x", true},
	// syntax: lines that are not lined up
	{"x: 1\ny:2\nz: !x\n", "2:1 yaml-syntax y:2; 3:4 yaml-tag !x", true},
	{"x: 1\n\ty: 2\nz: !x\n", "2:1 yaml-syntax \t; 3:4 yaml-tag !x", true},
	{"x:\n  a: 1\n b: 2\nz: !x\n", "3:2 yaml-syntax b: 2; 4:4 yaml-tag !x", true},
	{"x:\n  a: 1\n   b: 2\nz: !x\n", "3:4 yaml-syntax b: 2; 4:4 yaml-tag !x", true},
	{"x: 1\n  b: 2\nz: !x\n", "2:3 yaml-syntax b: 2; 3:4 yaml-tag !x", true},
	{"- a\nb: 1\n- !x\n", "2:1 yaml-syntax b: 1; 3:3 yaml-tag !x", true},
	{"a: 1\n- b\nz: !x\n", "2:1 yaml-syntax - b; 3:4 yaml-tag !x", true},
	{"  a: 1\nb: !x\n", "2:1 yaml-syntax b: !x", true},
	{"r:\n- when: \"a\n  at: org\nb: !x\n", "2:9 yaml-syntax \"; 4:4 yaml-tag !x", true},
	{"r:\n- when: a ? b : c\n    at: org\nb: !x\n", "2:9 quote-condition a ? b : c; 3:5 yaml-syntax at: org; 4:4 yaml-tag !x", true},
	{"x:\n\ta: 1\n\tb: 2\nz: !x\n\n", "2:1 yaml-syntax \t; 4:4 yaml-tag !x", true},
	{"x:\n  y z\n  a: !x\n", "2:3 yaml-syntax y z; 3:6 yaml-tag !x", true},
	{"x:\n  a: !x\n  y z\n", "2:6 yaml-tag !x; 3:3 yaml-syntax y z", true},
	// syntax: commas and spaces that are missing, or one too many
	{"a: [b, , !x]\n", "1:8 yaml-syntax ,; 1:10 yaml-tag !x", true},
	{"a: {, b: !x y, ,}\n", "1:5 yaml-syntax ,; 1:10 yaml-tag !x; 1:16 yaml-syntax ,", true},
	{"a: {b: c d: !x}\n", "1:10 yaml-syntax d; 1:13 yaml-tag !x", true},
	{"a: {b: [c] d: {e: 'f' g: !x}}\n", "1:12 yaml-syntax d; 1:23 yaml-syntax g; 1:26 yaml-tag !x", true},
	{"a: {b: c\n    d: !x}\n", "1:8 yaml-syntax c; 2:8 yaml-tag !x", true},
	{"a: {b: c d e: f}\nz: !x\n", "1:8 yaml-syntax c d e: f; 2:4 yaml-tag !x", true},
	{"a: {bc:{d: !x}, ef:[!x ], gh:\"!\"}\n", "1:5 yaml-key-space bc:; 1:12 yaml-tag !x; 1:17 yaml-key-space ef:; 1:21 yaml-tag !x; 1:27 yaml-key-space gh:\"!\"", true},
	{"0\n\"00:", "2:1 yaml-syntax \"", false},
	// what is in order is not blamed for what is not
	{"a: {\nb: c\n}\nd: @x\n", "4:4 yaml-syntax @x", true},
	{"a: 'b\nc: d'\ne: @x\n", "3:4 yaml-syntax @x", true},
	{"a: b\n  c\nd: \"e\n  f\"\ng: |\n  h: i: j\nk:\n- l\nm: @x\n", "9:4 yaml-syntax @x", true},
	{"? a\n: b\nc: @x\n", "3:4 yaml-syntax @x", true},
	{"a: [b, # c: [\n  'd' , \"e\": f]\ng: @x\n", "3:4 yaml-syntax @x", true},
	// syntax: in the words of the library
	{"a: \"\\q\"\n", `1:5 yaml-syntax \`, false},
	{"a: \"\\uD800\"\n", `1:5 yaml-syntax \`, false},
	{"a: {: b}\n", "1:1 yaml-syntax a: {: b}", false},
	{": x\n", "1:1 yaml-syntax : x", false},
}

func TestEveryErrorIsReportedAtItsPlace(t *testing.T) {
	for _, c := range syntaxCases {
		root, list := parseYAML(c.source)
		if got := summary(list); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.source, got, c.want)
		}
		if (root != nil) != c.whole {
			t.Errorf("%q: a tree is returned: %v", c.source, root != nil)
		}
	}
}

// What cannot be seen, or reorders what is seen, stands nowhere in a file: a reviewer would read something else than
// what is there.
func TestNoCharacterThatCannotBeSeenIsRead(t *testing.T) {
	for _, r := range "\u061C\u180E\u200B\u200C\u200D\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\uFEFF" {
		for _, form := range []string{"a: b%c", "a%c: b", "a: 'b%c'", "a: \"%c\"", "a: b # %c", "a: |\n  b%c", "{a: [%c]}", "a: b\n%c\n"} {
			source := fmt.Sprintf(form, r)
			_, list := parseYAML(source)
			if len(list) != 1 || list[0].Rule != "yaml-encoding" || found(list[0]) != strings.TrimPrefix(list[0].Position.String(), "f:")+" yaml-encoding "+string(r) {
				t.Errorf("%q: %v", source, list)
			}
		}
		// JSON brings ids and facts, in whatever script: "any valid UTF-8".
		if n, err := ParseJSON("f", 1, []byte("{\"a\": \"b"+string(r)+"\"}")); err != nil || n.Get("a").Text != "b"+string(r) {
			t.Errorf("%q is not read in JSON: %v", r, err)
		}
		if n, err := ParseJSON("f", 1, fmt.Appendf(nil, `"\u%04x"`, r)); err != nil || n.Text != string(r) {
			t.Errorf("%q is not read from its escape: %v", r, err)
		}
	}
}

func TestAFileThatIsNoTextIsNotSearchedToItsEnd(t *testing.T) {
	_, list := parseYAML("a: 1\n" + strings.Repeat("\x00\n", 5000))
	if n := len(list); n != mostBad+1 || list[n-1].Rule != "too-many-errors" {
		t.Errorf("%d errors are reported", n)
	}
}
