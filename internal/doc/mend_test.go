package doc

import (
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

func parseYAML(source string) (*Node, diag.List) {
	r := &report.Reporter{}
	root := ParseYAML("f", []byte(source), r)
	return root, r.List()
}

// found is a diagnostic in short: line:column rule "the text that is underlined".
func found(d diag.Diagnostic) string {
	under := []rune(d.Source)
	under = under[min(d.Column-1, len(under)):min(d.Column-1+d.Width, len(under))]
	return strings.TrimPrefix(d.Position.String(), "f:") + " " + d.Rule + " " + string(under)
}

func summary(list diag.List) string {
	lines := make([]string, len(list))
	for i, d := range list {
		lines[i] = found(d)
	}
	return strings.Join(lines, "; ")
}

type mendCase struct{ source, want, mended string }

// A condition under a role, and a tag behind it that has to be found, too.
func role(when string) string { return "roles:\n  r:\n    when: " + when + "\n    at: org\nz: !t 1\n" }

// Conditions in brackets, in the midst of an entry and at its end.
func entry(when string) string {
	return "g:\n- {areas: {x: y}, when: " + when + ", b: 1}\n- {when: " + when + "}\nz: !t 1\n"
}

var mendCases = []mendCase{
	// in a block: the source, what is underlined, what the message shows
	{role(`!x`), `3:11 quote-condition !x`, `when: '!x'`},
	{role(`! x`), `3:11 quote-condition ! x`, `when: '! x'`},
	{role(`!(a) && b`), `3:11 quote-condition !(a) && b`, `when: '!(a) && b'`},
	{role(`!a.b(c)["x"]`), `3:11 quote-condition !a.b(c)["x"]`, `when: '!a.b(c)["x"]'`},
	{role(`!(a.b in ["x", "y"])`), `3:11 quote-condition !(a.b in ["x", "y"])`, `when: '!(a.b in ["x", "y"])'`},
	{role(`!"a"`), `3:11 quote-condition !"a"`, `when: '!"a"'`},
	{role(`"a" in b`), `3:11 quote-condition "a" in b`, `when: '"a" in b'`},
	{role(`'a' == b`), `3:11 quote-condition 'a' == b`, `when: '''a'' == b'`},
	{role(`"a == "b""`), `3:11 quote-condition "a == "b""`, `when: 'a == "b"'`},
	{role(`'a == 'b''`), `3:11 quote-condition 'a == 'b''`, `when: 'a == ''b'''`},
	{role(`"a" in "b"`), `3:11 quote-condition "a" in "b"`, `when: '"a" in "b"'`},
	{role(`"a"+b`), `3:11 quote-condition "a"+b`, `when: '"a"+b'`},
	{role(`a ? b : c`), `3:11 quote-condition a ? b : c`, `when: 'a ? b : c'`},
	{role(`a: b`), `3:11 quote-condition a: b`, `when: 'a: b'`},
	{role(`x == 'a: b'`), `3:11 quote-condition x == 'a: b'`, `when: 'x == ''a: b'''`},
	{role(`x == "a #b"`), `3:11 quote-condition x == "a #b"`, `when: 'x == "a #b"'`},
	{role(`[a, b]`), `3:11 quote-condition [a, b]`, `when: '[a, b]'`},
	{role(`[a] == b`), `3:11 quote-condition [a] == b`, `when: '[a] == b'`},
	{role(`{a: b}`), `3:11 quote-condition {a: b}`, `when: '{a: b}'`},
	{role(`{'a': 1}['a'] == 2`), `3:11 quote-condition {'a': 1}['a'] == 2`, `when: '{''a'': 1}[''a''] == 2'`},
	{role(`*x`), `3:11 quote-condition *x`, `when: '*x'`},
	{role(`&x`), `3:11 quote-condition &x`, `when: '&x'`},
	{role(`&& x`), `3:11 quote-condition && x`, `when: '&& x'`},
	{role(`%x`), `3:11 quote-condition %x`, `when: '%x'`},
	{role(`@x`), `3:11 quote-condition @x`, `when: '@x'`},
	{role("`x`"), "3:11 quote-condition `x`", "when: '`x`'"},
	{role(`>3`), `3:11 quote-condition >3`, `when: '>3'`},
	{role(`> 3`), `3:11 quote-condition > 3`, `when: '> 3'`},
	{role(`|| x`), `3:11 quote-condition || x`, `when: '|| x'`},
	{role(`- 1 < x`), `3:11 quote-condition - 1 < x`, `when: '- 1 < x'`},
	{role(`é ? "ü" : 'ö'  # why`), `3:11 quote-condition é ? "ü" : 'ö'`, `when: 'é ? "ü" : ''ö'''`},
	{role("a ?\n      b : c"), `3:11 quote-condition a ?`, `when: 'a ? b : c'`},
	{role("\n      !x"), `4:7 quote-condition !x`, `when: '!x'`},
	{role("\n      a ? b : c"), `4:7 quote-condition a ? b : c`, `when: 'a ? b : c'`},
	{role("\n      'a' in\n      b"), `4:7 quote-condition 'a' in`, `when: '''a'' in b'`},
	{"when: !x\nz: !t 1\n", `1:7 quote-condition !x`, `when: '!x'`},
	{"\"when\": !x\nz: !t 1\n", `1:9 quote-condition !x`, `when: '!x'`},
	{"\uFEFFr:\r\n  when: \"a\" in b\r\nz: !t 1\r\n", `2:9 quote-condition "a" in b`, `when: '"a" in b'`},
	{"d: |\n  when: !y\n  when: a: b\nr: {when: \"a\" in b}\nz: !t 1\n", `4:11 quote-condition "a" in b`, `when: '"a" in b'`},
	{"d: \"\n  when: !y\"\nr:\n- when: \"a\" in b\nz: !t 1\n", `4:9 quote-condition "a" in b`, `when: '"a" in b'`},
	{"--- # policy\n# when: !y\nr:\n- when: a ? b : c\nz: !t 1\n", `4:9 quote-condition a ? b : c`, `when: 'a ? b : c'`},
	{"r:\n- areas: {x: y}\n  when: a ? b : c\n  at: org\nz: !t 1\n", `3:9 quote-condition a ? b : c`, `when: 'a ? b : c'`},

	// in brackets
	{entry(`!x`), `2:25 quote-condition !x; 3:10 quote-condition !x`, `when: '!x'`},
	{entry(`!x(a, b)`), `2:25 quote-condition !x(a, b); 3:10 quote-condition !x(a, b)`, `when: '!x(a, b)'`},
	{entry(`"a" in b`), `2:25 quote-condition "a" in b; 3:10 quote-condition "a" in b`, `when: '"a" in b'`},
	{entry(`'a, b' == c`), `2:25 quote-condition 'a, b' == c; 3:10 quote-condition 'a, b' == c`, `when: '''a, b'' == c'`},
	{entry(`a ? b : c`), `2:25 quote-condition a ? b : c; 3:10 quote-condition a ? b : c`, `when: 'a ? b : c'`},
	{entry(`f(a, b)`), `2:25 quote-condition f(a, b); 3:10 quote-condition f(a, b)`, `when: 'f(a, b)'`},
	{entry(`f(a, b) && !c`), `2:25 quote-condition f(a, b) && !c; 3:10 quote-condition f(a, b) && !c`, `when: 'f(a, b) && !c'`},
	{entry(`a in ['x', 'y']`), `2:25 quote-condition a in ['x', 'y']; 3:10 quote-condition a in ['x', 'y']`, `when: 'a in [''x'', ''y'']'`},
	{entry(`x[1]`), `2:25 quote-condition x[1]; 3:10 quote-condition x[1]`, `when: 'x[1]'`},
	{entry(`x == ' #,'`), `2:25 quote-condition x == ' #,'; 3:10 quote-condition x == ' #,'`, `when: 'x == '' #,'''`},
	{entry(`[a]`), `2:25 quote-condition [a]; 3:10 quote-condition [a]`, `when: '[a]'`},
	{entry(`*x`), `2:25 quote-condition *x; 3:10 quote-condition *x`, `when: '*x'`},
	{entry(`@x`), `2:25 quote-condition @x; 3:10 quote-condition @x`, `when: '@x'`},
	{entry("a ?\n  b : c"), `2:25 quote-condition a ?; 4:10 quote-condition a ?`, `when: 'a ? b : c'`},
	{"r: [when: !x]\nz: !t 1\n", `1:11 quote-condition !x`, `when: '!x'`},
}

func TestAConditionThatYAMLCannotHoldIsShownInQuotesAndHidesNoOtherError(t *testing.T) {
	for _, c := range mendCases {
		root, list := parseYAML(c.source)
		want := c.want + "; " + found(list[len(list)-1])
		if got := summary(list); got != want || !strings.HasSuffix(got, "yaml-tag !t") {
			t.Errorf("%q\n got %s\nwant %s; … yaml-tag !t", c.source, got, c.want)
			continue
		}
		for _, d := range list.Only(diag.Error)[:len(list)-1] {
			if !strings.HasSuffix(d.Message, c.mended) {
				t.Errorf("%q\n got %s\nwant … %s", c.source, d.Message, c.mended)
			}
		}
		if root == nil {
			t.Errorf("%q: the rest is not read", c.source)
			continue
		}
		conditions := 0
		visit(root, func(key string, n *Node) {
			if key == "when" {
				conditions++
				if !n.Damaged || n.Kind != String || n.Text != "" {
					t.Errorf("%q: the condition is read as %v %q, damaged: %v", c.source, n.Kind, n.Text, n.Damaged)
				}
			}
		})
		if conditions == 0 {
			t.Errorf("%q: no condition is left", c.source)
		}
	}
}

func visit(n *Node, f func(key string, n *Node)) {
	for i, item := range n.Items {
		key := ""
		if n.Kind == Map {
			key = n.Keys[i].Text
		}
		f(key, item)
		visit(item, f)
	}
}

func TestTheMendedTextIsReadAsTheCondition(t *testing.T) {
	for _, c := range mendCases {
		root, list := parseYAML(c.mended)
		if len(list) > 0 || root.Get("when").Kind != String {
			t.Errorf("%s: %v", c.mended, list)
		}
	}
}

func TestAConditionThatYAMLHoldsIsLeftAlone(t *testing.T) {
	for source, want := range map[string]string{
		role(`a == b # why`):               "a == b",
		role(`a ? b:c`):                    "a ? b:c",
		role(`a == "b"`):                   `a == "b"`,
		role(`a in ["x", "y"]`):            `a in ["x", "y"]`,
		role(`a ==` + "\n      b"):         "a == b",
		role(`'!x'`):                       "!x",
		role(`"a ? \"b\" : c"`):            `a ? "b" : c`,
		role("|\n      !x"):                "!x\n",
		role(">-\n      a ?\n      b : c"): "a ? b : c",
		role(`'it''s'  # why`):             "it's",
		role(`f(a, b`):                     "f(a, b",
		role(``):                           "",
		role(`|`):                          "",
		role(`-x > 1`):                     "-x > 1",
		entry(`a == b`):                    "a == b",
		entry(`'f(a, b)'`):                 "f(a, b)",
		entry(`x == '#'`):                  "x == '#'",
		entry(`"a\" b"`):                   `a" b`,
	} {
		// Once as the file is, and once with an error that makes it unparsable.
		for _, c := range []struct{ tail, found string }{{"", "yaml-tag !t"}, {"y: @\n", "yaml-tag !t; yaml-syntax @"}} {
			root, list := parseYAML(source + c.tail)
			if got := said(list); got != c.found {
				t.Errorf("%q: %s", source+c.tail, got)
				continue
			}
			visit(root, func(key string, n *Node) {
				if key == "when" && (n.Text != want || n.Damaged) {
					t.Errorf("%q is read as %q", source, n.Text)
				}
			})
		}
	}
}

// said is a summary without places.
func said(list diag.List) string {
	lines := strings.Split(summary(list), "; ")
	for i, line := range lines {
		_, lines[i], _ = strings.Cut(line, " ")
	}
	return strings.Join(lines, "; ")
}

func TestWhenIsNoConditionWhereFactsAreStated(t *testing.T) {
	for _, source := range []string{
		"scopes:\n  org:acme: {when: [x, y]}\n",
		"principals:\n  alice: {attributes: {when: {x: y}}}\n",
		"checks:\n- {request: {when: [x]}}\n",
	} {
		if _, list := parseYAML(source); len(list) > 0 {
			t.Errorf("%q: %v", source, list)
		}
	}
}

func TestEveryConditionOfAFileIsReportedInOneRun(t *testing.T) {
	const n = 500
	source := "roles:\n" + strings.Repeat("- when: \"a\" in b\n- {when: a ? b : c}\n- when: !x\n", n)
	_, list := parseYAML(source)
	if len(list) != 3*n {
		t.Errorf("%d errors are reported, of %d", len(list), 3*n)
	}
	for i, d := range list {
		if d.Rule != "quote-condition" || d.Line != i+2 || d.Where == "" {
			t.Fatalf("error %d is %v at %q", i, d, d.Where)
		}
	}
}
