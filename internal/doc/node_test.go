package doc

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

func TestANodeIsReadAsAPlainGoValue(t *testing.T) {
	root, list := parseYAML("a: [1, 2.5, true, ~, x, 'y', yes]\nb: {c: {}, d: []}\ne:\nf: |\n  g\n")
	want := map[string]any{
		"a": []any{int64(1), 2.5, true, nil, "x", "y", "yes"},
		"b": map[string]any{"c": map[string]any{}, "d": []any{}},
		"e": nil,
		"f": "g\n",
	}
	if got := root.Value(); !reflect.DeepEqual(got, want) || len(list) > 0 {
		t.Errorf("got %#v, %v", got, list)
	}
}

func TestGetFindsKeysInSmallAndBigMaps(t *testing.T) {
	for _, keys := range []int{0, 1, indexed - 1, indexed, 3 * indexed} {
		var b strings.Builder
		b.WriteString("version: 1\n")
		for i := range keys {
			b.WriteString(strings.Repeat("k", i+1) + ": v\n")
		}
		root, _ := parseYAML(b.String())
		for i, k := range root.Keys {
			if root.Get(k.Text) != root.Items[i] || root.Key(k.Text) != k {
				t.Errorf("of %d keys, %q is not found", keys, k.Text)
			}
		}
		if root.Get("none") != nil || root.Key("none") != nil {
			t.Errorf("of %d keys, one is found that is not there", keys)
		}
	}
}

func TestWhatIsNoMapHasNoKeys(t *testing.T) {
	root, _ := parseYAML("a: [b]\nc: d\n")
	for what, n := range map[string]*Node{"no node": nil, "a list": root.Get("a"), "a text": root.Get("c")} {
		if n.Get("b") != nil || n.Key("b") != nil {
			t.Errorf("%s has a key", what)
		}
	}
	var none *Node
	if none.Name() != "" || none.Value() != nil || root.Name() != "f" {
		t.Errorf("names %q and %q, value %v", none.Name(), root.Name(), none.Value())
	}
}

func TestKindsHaveTheNamesThatMessagesUse(t *testing.T) {
	for kind, want := range map[Kind]string{
		Null: "nothing", Bool: "a boolean", Int: "a whole number", Float: "a number", String: "text", Map: "a mapping", List: "a list",
		99: "an unknown kind of node",
	} {
		if got := kind.String(); got != want {
			t.Errorf("kind %d is %q, want %q", kind, got, want)
		}
	}
}

func TestNodesKnowWhereTheyStand(t *testing.T) {
	root, _ := parseYAML("\ufeff# c\r\né: {ü: 'x', ö: [y, z]}\r\nb:\r\n  - |\r\n    w\r\n  - c: d\r\n")
	for _, c := range []struct {
		n    *Node
		want string
	}{
		{root, "2:1"},
		{root.Keys[0], "2:1"},
		{root.Get("é"), "2:4"},
		{root.Get("é").Keys[1], "2:13"},
		{root.Get("é").Get("ü"), "2:8"},
		{root.Get("é").Get("ö").Items[1], "2:20"},
		{root.Get("b").Items[0], "4:5"},
		{root.Get("b").Items[1].Get("c"), "6:8"},
	} {
		if got := (diag.Position{Line: c.n.Line, Column: c.n.Column}).String(); got != c.want {
			t.Errorf("%v stands at %s, want %s", c.n.Value(), got, c.want)
		}
	}
}

func TestDamagedNodesAreTextWithoutText(t *testing.T) {
	for source, path := range map[string]string{
		"a: !x y":        "a",
		"a: !x":          "a",
		"a: &x":          "a",
		"a: *x":          "a",
		"a: 'x":          "a",
		"a: b: c":        "a",
		"a: {b: 1":       "a",
		"a: &x b\nc: *x": "c",
		"a: {b:1}":       "a.b",
		"when: !x":       "when",
		"a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]": "",
	} {
		root, list := parseYAML(source)
		n := root
		for _, key := range strings.Split(path, ".") {
			if key != "" {
				n = n.Get(key)
			}
		}
		for n == root || n.Kind == List {
			n = n.Items[0]
		}
		if !n.Damaged || n.Kind != String || n.Text != "" || len(list) == 0 {
			t.Errorf("%q: %v %q, damaged: %v; %v", source, n.Kind, n.Text, n.Damaged, list)
		}
	}
}

func TestAnErrorSaysWhereInTheModelItIs(t *testing.T) {
	_, list := parseYAML("roles:\n  admin:\n    areas: {billing: !x}\n    grants: [{when: !y}, {a: 1, a: 2}]\n")
	var got []string
	for _, d := range list {
		got = append(got, d.Where)
	}
	if want := []string{"roles.admin.areas.billing", "roles.admin.grants[0].when", "roles.admin.grants[1].a"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLimitsHold(t *testing.T) {
	for _, c := range []struct {
		limits       Limits
		source, want string
	}{
		{Limits{Size: 5, Depth: 9}, "a: bc", ""},
		{Limits{Size: 5, Depth: 9}, "a: bcd", "1:1 yaml-size "},
		{Limits{Size: 50, Depth: 2}, "a: [b]", ""},
		{Limits{Size: 50, Depth: 2}, "a: [[b]]", "1:5 yaml-depth ["},
		{Limits{Size: 50, Depth: 2}, "a:\n- b:\n    c\n- d", "2:3 yaml-depth b"},
		{Standard, strings.Repeat("#", MaxSize+1), "1:1 yaml-size "},
		{Standard, "a: 1\n" + strings.Repeat("#", MaxSize-5), ""},
		{Standard, strings.Repeat("- ", MaxSize/2), "1:65 yaml-depth -"},
	} {
		r := &report.Reporter{}
		c.limits.ParseYAML("f", []byte(c.source), r)
		if got := summary(r.List()); got != c.want {
			t.Errorf("%.20q… within %v\n got %s\nwant %s", c.source, c.limits, got, c.want)
		}
	}
}

func TestMoreErrorsThanAnybodyReadsAreCutOff(t *testing.T) {
	_, list := parseYAML(strings.Repeat("- !x y\n", mostErrors+5))
	if n := len(list); n != mostErrors+1 || list[n-1].Rule != "too-many-errors" {
		t.Errorf("%d errors, the last %v", n, list[n-1])
	}
	if _, list := parseYAML(strings.Repeat("- !x y\n", mostErrors)); len(list) != mostErrors || list[len(list)-1].Rule != "yaml-tag" {
		t.Errorf("%d errors", len(list))
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { panic("broken") }

func TestAPanicOfTheLibraryIsASyntaxError(t *testing.T) {
	p := decode(broken{})
	if p.err == nil || errors.Is(p.err, io.EOF) || p.root != nil {
		t.Fatalf("got %v", p.err)
	}
	f := newFile("f", 1, "a: b")
	if got, want := found(blame(f, f.text, p.err, Standard)), "1:1 yaml-syntax a: b"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMessagesSayHowToMend(t *testing.T) {
	for source, want := range map[string]string{
		"a: {read:}":   `YAML takes "read:" for a key that ends in a colon: put a space after the colon, {read: }`,
		"a: {b:1}":     `YAML takes "b:1" for one key without a value: put a space after the colon, {b: 1}, or a colon and a space after the key, {b:1: }`,
		"a: {*: read}": "YAML takes the * for the start of an alias: put the key in quotes, '*'",
		"1: a":         "the key 1 is read as a whole number, and keys are text: put it in quotes, '1'",
		"a: b: c":      "YAML takes the colon for the end of a key: put the text in quotes, a: 'b: c'",
		"a: 1\nb:2":    "a space is missing after the colon: write b: 2",
		"a: 1\na: 2":   `the key "a" is here twice, first on line 1: remove one of the two`,
		"a: - b":       "an item of a list cannot stand on the line of its key: start it on the next line, or put the text in quotes, a: '- b'",
		"a: \u202ex":   "the character U+202E cannot be seen, or changes the order in which what is around it is shown: remove it, or write it as an escape in double quotes",
	} {
		_, list := parseYAML(source)
		if len(list) != 1 || list[0].Message != want {
			t.Errorf("%q\n got %v\nwant %s", source, list, want)
		}
	}
}

// What the specification shows of each format is read without a word.
func TestAPolicyADirectoryAndTestsAreRead(t *testing.T) {
	for _, source := range []string{
		"version: 1\nlevels: [none, read, edit]   # the default\nscopes:\n  org:       {attributes: {plan: string}}\n  workspace: {in: [org, subtenant], attributes: {visibility: string, owner: principal}}\n" +
			"areas:\n  analytics:\n    description: Conversation data and analysis tools\n  billing: {description: Subscription and invoices, at: org}   # at org only\n  members:\n" +
			"actions:\n  billing.cancel: billing:edit\nroles:\n  admin:\n    grants:                             # further\n      - areas: {deletion: edit}\n        when: workspace.owner.status == \"deactivated\"\n        # reach: all\n" +
			"  reader:\n    limit: {\"*\": read}\nboundaries:\n  plan_gate:\n    when: '!(org.plan in [\"team\", \"enterprise\"])'   # left out: always\n    limit: {analytics.polyscore: none}\n" +
			"  acme:\n    roles: [manager]                    # limits only what these roles\n    limit: {members: read}              # or `except: [admin]`\n",
		"version: 1\nscopes:\n  org:acme: {plan: enterprise}\n  org:acme/workspace:ml: {visibility: internal, owner: alice}\ngroups:\n  staff: {assignments: [{roles: member, in: org:acme}]}\n  everyone: {}\n" +
			"principals:\n  alice:\n    assignments:\n      - {roles: manager, in: org:acme/workspace:ml, until: 2027-01-01T00:00:00Z}\n  key-7f3a: {kind: key, limit: {\"*\": read}, until: 2027-01-01T00:00:00Z}\n",
		"version: 1\nmatrices:\n  - name: Feature access matrix\n    columns:                            # a principal's id\n      ORG Member: {roles: member}       # `in`\n    table: |\n      | permission           | ORG Member |\n      |----------------------|------------|\n      | billing.cancel @ org:acme | no    |\n" +
			"checks:\n  - {as: alice, can: \"members:edit\", in: \"org:acme/workspace:ml\"}\n",
	} {
		root, list := parseYAML(source)
		if root == nil || len(list) > 0 {
			t.Errorf("%v", list)
		}
	}
}

func TestAMapThatAMergeKeyWouldHaveChangedIsOpenAndKeepsItsKeys(t *testing.T) {
	root, _ := parseYAML("a: {<<: {b: c}, d: e}\nf: {g: h}\n")
	if a := root.Get("a"); !a.Open || a.Damaged || a.Kind != Map || len(a.Keys) != 1 || a.Get("d") == nil {
		t.Errorf("it is %v %v, open: %v", a.Kind, a.Value(), a.Open)
	}
	if root.Open || root.Get("f").Open {
		t.Errorf("what stands beside or above it is open, too")
	}
}

// One line that is out of place hides nothing but itself, and what may lack it is marked.
func TestWhatIsTakenOutLeavesTheRestAndMarksWhatLacksIt(t *testing.T) {
	for _, c := range []struct{ source, open, value string }{
		{"a:\n  b: c\n    d: e\n  f: g\nh: i\n", "a", "map[a:map[b:c f:g] h:i]"},
		{"a:\n  b: {c: d}\n   e: f\n  g: h\n", "a", "map[a:map[b:map[c:d] g:h]]"},
		{"a:\n  b:\n    c: d\n   e: f\n  g: h\n", "a a.b", "map[a:map[b:map[c:d] g:h]]"},
		{"a:\n  b:\n    c: d\n   e: f\n    g: h\n", "a a.b", "map[a:map[b:map[c:d g:h]]]"},
		{"aa:{b: {c: d}}\ne: f\n", "", "map[aa:map[b:map[c:d]] e:f]"},
		{"a:\n  b c\n  d: e\nf: g\n", "a", "map[a:map[d:e] f:g]"},
		{"a:\n  d: e\n  b c\nf: g\n", "a", "map[a:map[d:e] f:g]"},
		{"a:\n- b: c\n  d e\n- f: g\nh: i\n", "a[0]", "map[a:[map[b:c] map[f:g]] h:i]"},
		{"a: 1\nb c\nd: 2\n", ".", "map[a:1 d:2]"},
		{"a: [b, , c]\n", "", "map[a:[b c]]"},
		{"a: {b: c d: e}\n", "", "map[a:map[b:c d:e]]"},
		{"a: {bb:{c: d}, e: f}\n", "", "map[a:map[bb:map[c:d] e:f]]"},
		{"a:\n\tb: c\n\td: e\n", "", "map[a:map[b:c d:e]]"},
		{"a: !t {b: c}\n", "", "map[a:map[b:c]]"},
	} {
		root, list := parseYAML(c.source)
		if len(list) != 1 {
			t.Errorf("%q: %v", c.source, list)
		}
		var open []string
		var walk func(n *Node, p report.Path)
		walk = func(n *Node, p report.Path) {
			if n.Open {
				open = append(open, p.String())
				if p.String() == "" {
					open = []string{"."}
				}
			}
			for i, item := range n.Items {
				if q := p.Index(i); n.Kind == Map {
					walk(item, p.Name(n.Keys[i].Text))
				} else {
					walk(item, q)
				}
			}
		}
		walk(root, report.Path{})
		if got := fmt.Sprint(root.Value()); got != c.value || strings.Join(open, " ") != c.open {
			t.Errorf("%q is read as %s, open: %v", c.source, got, open)
		}
	}
}
