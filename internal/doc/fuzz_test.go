package doc

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/trellis-authz/trellis/diag"
)

// rules are all rules that this package reports: messages may change, these names may not.
var rules = map[string]bool{
	"yaml-size": true, "yaml-encoding": true, "yaml-depth": true, "yaml-syntax": true, "yaml-key-space": true,
	"yaml-anchor": true, "yaml-merge": true, "yaml-tag": true, "yaml-documents": true, "yaml-key": true,
	"yaml-empty": true, "quote-condition": true, "condition-comment": true, "duplicate-key": true,
	"too-many-errors": true,
	"json-size":       true, "json-encoding": true, "json-depth": true, "json-syntax": true,
}

func FuzzParseYAML(f *testing.F) {
	for _, c := range mendCases {
		f.Add([]byte(c.source))
	}
	for _, c := range syntaxCases {
		f.Add([]byte(c.source))
	}
	for _, c := range placeCases {
		f.Add([]byte(c.source))
	}
	f.Add([]byte(role(">\n      a == '//' // é\n\n      && `b//` // c\n      && d")))
	f.Add([]byte(role("\"a // \\u00e9 \\\n      && c\\n // d\"")))
	f.Fuzz(func(t *testing.T, source []byte) {
		root, list := parseYAML(string(source))
		checkDiagnostics(t, source, list)
		if again, twice := parseYAML(string(source)); !reflect.DeepEqual(list, twice) || !reflect.DeepEqual(root.Value(), again.Value()) {
			t.Fatalf("the same text is read in two ways")
		}
		if root == nil && len(list) == 0 {
			t.Fatalf("nothing was read, and nothing is said about it")
		}
		checkTree(t, root, 0, len(list) > 0)
		var y yaml.Node
		err := libraryReads(source, &y)
		if err == nil && len(list) == 0 {
			compare(t, root, y.Content[0])
		}
		if err != nil && len(list) == 0 {
			t.Fatalf("the library refuses it, and nothing is said about it: %v", err)
		}
	})
}

// libraryReads hands a text to the YAML library, which may panic.
func libraryReads(source []byte, y *yaml.Node) (err error) {
	defer func() {
		if recover() != nil {
			err = bytes.ErrTooLarge
		}
	}()
	return yaml.NewDecoder(bytes.NewReader(source)).Decode(y)
}

func checkDiagnostics(t *testing.T, source []byte, list diag.List) {
	t.Helper()
	lines := strings.Split(strings.TrimPrefix(string(source), "\uFEFF"), "\n")
	for _, d := range list {
		if !rules[d.Rule] {
			t.Fatalf("an unknown rule: %v", d)
		}
		if d.Line < 1 || d.Line > len(lines) || d.Column < 1 || d.Width < 1 || d.Message == "" || d.File != "f" {
			t.Fatalf("no place: %+v", d)
		}
		if d.Rule == "yaml-encoding" || d.Rule == "json-encoding" || d.Rule == "yaml-size" {
			continue // the line cannot be shown as it is
		}
		if line := strings.TrimSuffix(strings.ToValidUTF8(lines[d.Line-1], "\uFFFD"), "\r"); d.Source != line {
			t.Fatalf("%v shows %q as line %d, which is %q", d, d.Source, d.Line, line)
		}
		if n := utf8.RuneCountInString(d.Source); d.Column > n+1 || d.Column+d.Width > n+2 {
			t.Fatalf("%v covers %d characters from column %d on, in a line of %d", d, d.Width, d.Column, n)
		}
		if !utf8.ValidString(d.Message) {
			t.Fatalf("a message is no text: %q", d.Message)
		}
	}
}

func checkTree(t *testing.T, n *Node, depth int, errors bool) {
	t.Helper()
	if n == nil {
		return
	}
	if depth > MaxDepth {
		t.Fatalf("nodes are nested %d deep", depth)
	}
	if n.Damaged && !errors {
		t.Fatalf("a node is damaged, and nothing is said about it")
	}
	if n.Quoted && n.Kind != String {
		t.Fatalf("a scalar in quotes is %v", n.Kind)
	}
	if n.Kind == String && !n.Damaged {
		checkPlaces(t, n)
	}
	seen := map[string]bool{}
	for i, k := range n.Keys {
		if seen[k.Text] || k.Kind != String || n.Get(k.Text) != n.Items[i] || n.Key(k.Text) != k {
			t.Fatalf("the key %q is there twice, is no text, or is not found", k.Text)
		}
		seen[k.Text] = true
	}
	for _, item := range n.Items {
		checkTree(t, item, depth+1, errors)
	}
}

// checkPlaces holds Place to what it promises: wherever a text is not escaped, the character it names is in the file.
func checkPlaces(t *testing.T, n *Node) {
	t.Helper()
	for i, r := range n.Text {
		if i > 200 {
			return
		}
		pos, source, shown := n.Place(i, utf8.RuneLen(r))
		runes := []rune(source)
		if pos.Column < 1 || pos.Column > len(runes)+1 || shown < 1 || pos.Column+shown > len(runes)+2 {
			t.Fatalf("%q: place %d is %v, %d wide, in %q", n.Text, i, pos, shown, source)
		}
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			continue
		}
		if at := runes[pos.Column-1]; at != r && (n.style != doubleQuoted || at != '\\') {
			t.Fatalf("%q: the %q at %d is said to be the %q of %q", n.Text, r, i, at, source)
		}
	}
}

// compare holds a tree to what the library read: the same structure, the same texts.
func compare(t *testing.T, n *Node, y *yaml.Node) {
	t.Helper()
	switch y.Kind {
	case yaml.MappingNode:
		if n.Kind != Map || len(n.Keys)*2 != len(y.Content) {
			t.Fatalf("a mapping of %d is %v of %d", len(y.Content)/2, n.Kind, len(n.Keys))
		}
		for i, k := range n.Keys {
			compare(t, k, y.Content[2*i])
			compare(t, n.Items[i], y.Content[2*i+1])
		}
	case yaml.SequenceNode:
		if n.Kind != List || len(n.Items) != len(y.Content) {
			t.Fatalf("a list of %d is %v of %d", len(y.Content), n.Kind, len(n.Items))
		}
		for i, item := range n.Items {
			compare(t, item, y.Content[i])
		}
	case yaml.ScalarNode:
		if n.Text != y.Value {
			t.Fatalf("%q is read as %q", y.Value, n.Text)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, c := range jsonCases {
		f.Add([]byte(c.source))
	}
	f.Add([]byte(`{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00\n",null,true],"b":{}}`))
	f.Fuzz(func(t *testing.T, source []byte) {
		n, err := ParseJSON("f", 1, source)
		var theirs any
		d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(source, byteOrderMark)))
		d.UseNumber()
		theirErr := d.Decode(&theirs)
		if theirErr == nil && d.More() {
			theirErr = bytes.ErrTooLarge
		}
		if err != nil {
			list := diag.From(err)
			checkDiagnostics(t, source, list)
			if len(list) != 1 {
				t.Fatalf("%d diagnostics", len(list))
			}
			if rule := list[0].Rule; rule == "json-syntax" && theirErr == nil && !strings.Contains(string(source), "}") && !strings.Contains(string(source), "]") {
				t.Fatalf("refused, and encoding/json reads it: %v", err)
			}
			return
		}
		checkTree(t, n, 0, false)
		if theirErr != nil {
			t.Fatalf("read, and encoding/json refuses it: %v", theirErr)
		}
		if ours := numbers(n); !reflect.DeepEqual(ours, theirs) {
			t.Fatalf("read as %#v, and as %#v by encoding/json", ours, theirs)
		}
	})
}

// numbers is Value with every number as it is written.
func numbers(n *Node) any {
	switch n.Kind {
	case Int, Float:
		return json.Number(n.Text)
	case Map:
		m := map[string]any{}
		for i, k := range n.Keys {
			m[k.Text] = numbers(n.Items[i])
		}
		return m
	case List:
		l := []any{}
		for _, item := range n.Items {
			l = append(l, numbers(item))
		}
		return l
	}
	return n.Value()
}
