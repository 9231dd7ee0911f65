package doc

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/diag"
)

var jsonCases = []struct{ source, want string }{
	// one value, nothing after it
	{``, `1:1 json-syntax `},
	{`  `, `1:3 json-syntax `},
	{`{} {}`, `1:4 json-syntax {`},
	{`1 2`, `1:3 json-syntax 2`},
	{`é`, `1:1 json-syntax é`},
	{`nul`, `1:1 json-syntax nul`},
	{`True`, `1:1 json-syntax True`},
	{`'a'`, `1:1 json-syntax '`},
	{`// a`, `1:1 json-syntax /`},
	// numbers
	{`01`, `1:1 json-syntax 01`},
	{`+1`, `1:1 json-syntax +`},
	{`.5`, `1:1 json-syntax .`},
	{`[1.]`, `1:2 json-syntax 1.`},
	{`-`, `1:1 json-syntax -`},
	{`1e`, `1:1 json-syntax 1e`},
	{`0x1F`, `1:2 json-syntax x`},
	// lists and mappings
	{`[1,]`, `1:3 json-syntax ,`},
	{`[1 2]`, `1:4 json-syntax 2`},
	{`[1`, `1:1 json-syntax [`},
	{`[`, `1:1 json-syntax [`},
	{`[1,`, `1:1 json-syntax [`},
	{`{"é":1,}`, `1:7 json-syntax ,`},
	{`{"a" 1}`, `1:6 json-syntax 1`},
	{`{"a":1`, `1:1 json-syntax {`},
	{`{`, `1:1 json-syntax {`},
	{`{a:1}`, `1:2 json-syntax a`},
	{`{"a":1 "b":2}`, `1:8 json-syntax "`},
	{"{\"a\":\n  @}", `2:3 json-syntax @`},
	// keys
	{`{"a":1,"b":{"a":1},"a":2}`, `1:20 duplicate-key "a"`},
	{`{"a":1,"\u0061":2}`, `1:8 duplicate-key "\u0061"`},
	// text
	{`"a`, `1:1 json-syntax "`},
	{"\"a\tb\"", "1:3 json-syntax \t"},
	{"\"a\nb\"", "1:3 json-syntax "},
	{`"\q"`, `1:2 json-syntax \q`},
	{`{"\q":1}`, `1:3 json-syntax \q`},
	{`"\u12"`, `1:2 json-syntax \u12"`},
	{`"\u+123"`, `1:2 json-syntax \u+123`},
	{`"é\ud800"`, `1:3 json-encoding \ud800`},
	{`"\udc00\ud800"`, `1:2 json-encoding \udc00`},
	{`"\ud800\u0041"`, `1:2 json-encoding \ud800`},
	{"\"é\xff\"", "1:3 json-encoding \uFFFD"},
	{"\"\xed\xa0\x80\"", "1:2 json-encoding \uFFFD"},
	{"\"\x00\"", "1:2 json-encoding \x00"},
	{"\xff\xfe{\x00", "1:1 json-encoding "},
	// depth
	{strings.Repeat("[", 33), "1:33 json-depth ["},
	{strings.Repeat(`{"a":`, 33), "1:161 json-depth {"},
}

func TestJSONIsRefusedAtTheCharacterThatIsWrong(t *testing.T) {
	for _, c := range jsonCases {
		n, err := ParseJSON("f", 1, []byte(c.source))
		var refusal *Error
		if !errors.As(err, &refusal) || n != nil {
			t.Errorf("%q is read as %v", c.source, n.Value())
			continue
		}
		if got := found(refusal.Diagnostic); got != c.want {
			t.Errorf("%q\n got %s (%s)\nwant %s", c.source, got, refusal.Diagnostic.Message, c.want)
		}
		if list := diag.From(err); len(list) != 1 || list[0] != refusal.Diagnostic {
			t.Errorf("%q: diag.From gives %v", c.source, list)
		}
	}
}

func TestJSONIsRead(t *testing.T) {
	for source, want := range map[string]any{
		` {"a": [1, -2.5e3, "x", null, true, false], "b": {}} `: map[string]any{"a": []any{int64(1), -2500.0, "x", nil, true, false}, "b": map[string]any{}},
		`"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀"`:                "\"\\/\b\f\n\r\té😀é😀",
		"\"a\u2028b\u0085c\"":                                   "a\u2028b\u0085c",
		"[1,\r2]":                                               []any{int64(1), int64(2)},
		"\ufeff[]\r\n":                                          []any{},
		`9223372036854775807`:                                   int64(9223372036854775807),
		`9223372036854775808`:                                   json.Number("9223372036854775808"),
		`-0`:                                                    int64(0),
		`1e999`:                                                 json.Number("1e999"),
		`0.1`:                                                   0.1,
		`"true"`:                                                "true",
		`{"a":{"b":1},"b":{"a":1},"":2}`:                        map[string]any{"a": map[string]any{"b": int64(1)}, "b": map[string]any{"a": int64(1)}, "": int64(2)},
		strings.Repeat("[", 32) + strings.Repeat("]", 32): nested(32),
	} {
		n, err := ParseJSON("f", 1, []byte(source))
		if got := n.Value(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as %#v, %v", source, got, err)
		}
	}
}

func nested(depth int) []any {
	if depth == 1 {
		return []any{}
	}
	return []any{nested(depth - 1)}
}

func TestJSONNodesKnowWhereTheyStand(t *testing.T) {
	n, err := ParseJSON("stdin", 7, []byte(`{"é": ["ü", 12], "b": {"when": "x \u00e9 \ud83d\ude00 yz"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		n    *Node
		want string
	}{
		{n, "stdin:7:1"},
		{n.Key("é"), "stdin:7:2"},
		{n.Get("é"), "stdin:7:7"},
		{n.Get("é").Items[0], "stdin:7:8"},
		{n.Get("é").Items[1], "stdin:7:13"},
		{n.Get("b").Get("when"), "stdin:7:32"},
	} {
		if got := (diag.Position{File: c.n.Name(), Line: c.n.Line, Column: c.n.Column}).String(); got != c.want {
			t.Errorf("%v stands at %s, want %s", c.n.Value(), got, c.want)
		}
	}
	when := n.Get("b").Get("when")
	if pos, _, shown := when.Place(strings.Index(when.Text, "yz"), 2); pos.Column != 55 || shown != 2 {
		t.Errorf("yz stands at %v, %d wide", pos, shown)
	}
}

func TestJSONHasLimits(t *testing.T) {
	limits := Limits{Size: 10, Depth: 2, Nodes: 4}
	for source, want := range map[string]string{
		`"12345678"`:  "",
		`"123456789"`: "1:1 json-size ",
		`[[1]]`:       "",
		`[[[1]]]`:     "1:3 json-depth [",
		`[1,2,3]`:     "",
		`[1,2,3,4]`:   "1:8 json-size 4",
		`[1,2,3,[]]`:  "1:8 json-size [",
		`{"a":[1]}`:   "",
		`{"a":[[]]}`:  "1:7 json-depth [",
		`{"a":[{}]`:   "1:7 json-depth {",
		`["",{},[]]`:  "",
		`[0,{"":0}]`:  "1:8 json-size 0",
	} {
		_, err := limits.ParseJSON("f", 1, []byte(source))
		if got := summary(diag.From(err)); got != want {
			t.Errorf("%s: got %s, want %s", source, got, want)
		}
	}
}

// What JSON stands in is no file that could be saved.
func TestMessagesAboutJSONSpeakOfNoFile(t *testing.T) {
	for _, c := range jsonCases {
		if _, err := ParseJSON("", 1, []byte(c.source)); err == nil || strings.Contains(err.Error(), "file") || strings.Contains(err.Error(), "YAML") {
			t.Errorf("%q: %v", c.source, err)
		}
	}
}
