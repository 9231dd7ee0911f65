package doc

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestAPlainScalarIsReadByTheCoreSchemaStrictly(t *testing.T) {
	for _, c := range []struct {
		text      string
		kind      Kind
		ambiguous string
		value     any
	}{
		{"", Null, "", nil},
		{"~", Null, "", nil},
		{"null", Null, "", nil},
		{"Null", String, "nothing", "Null"},
		{"NULL", String, "nothing", "NULL"},
		{"nUll", String, "", "nUll"},

		{"true", Bool, "", true},
		{"false", Bool, "", false},
		{"True", String, "a boolean", "True"},
		{"FALSE", String, "a boolean", "FALSE"},
		{"yes", String, "a boolean", "yes"},
		{"No", String, "a boolean", "No"},
		{"on", String, "a boolean", "on"},
		{"OFF", String, "a boolean", "OFF"},
		{"y", String, "a boolean", "y"},
		{"N", String, "a boolean", "N"},
		{"tRue", String, "", "tRue"},
		{"none", String, "", "none"},

		{"0", Int, "", int64(0)},
		{"-0", Int, "", int64(0)},
		{"12", Int, "", int64(12)},
		{"-3", Int, "", int64(-3)},
		{"9223372036854775807", Int, "", int64(9223372036854775807)},
		{"-9223372036854775809", Int, "", json.Number("-9223372036854775809")},
		{"010", String, "a number", "010"},
		{"00", String, "a number", "00"},
		{"0x1F", String, "a number", "0x1F"},
		{"0o7", String, "a number", "0o7"},
		{"0b1", String, "a number", "0b1"},
		{"1_000", String, "a number", "1_000"},
		{"+1", String, "a number", "+1"},
		{"-010", String, "a number", "-010"},
		{"12:30", String, "a number", "12:30"},
		{"1:20:30.5", String, "a number", "1:20:30.5"},

		{"0.5", Float, "", 0.5},
		{"-1.25", Float, "", -1.25},
		{"1e3", Float, "", 1000.0},
		{"1E+3", Float, "", 1000.0},
		{"1.5e-3", Float, "", 0.0015},
		{"1e999", Float, "", json.Number("1e999")},
		{".5", String, "a number", ".5"},
		{"1.", String, "a number", "1."},
		{"+1.5", String, "a number", "+1.5"},
		{"01.5", String, "a number", "01.5"},
		{".inf", String, "a number", ".inf"},
		{"-.INF", String, "a number", "-.INF"},
		{".nan", String, "a number", ".nan"},
		{".NaN", String, "a number", ".NaN"},

		{"2027-01-01", String, "", "2027-01-01"},
		{"2027-01-01T00:00:00Z", String, "", "2027-01-01T00:00:00Z"},
		{"10.0.0.1", String, "", "10.0.0.1"},
		{"1.2.3", String, "", "1.2.3"},
		{"10.0.0.0/8", String, "", "10.0.0.0/8"},
		{"1a", String, "", "1a"},
		{"-", String, "", "-"},
		{".", String, "", "."},
		{"-x", String, "", "-x"},
		{"1h30m", String, "", "1h30m"},
		{"0xfg", String, "", "0xfg"},
		{"org:acme", String, "", "org:acme"},
	} {
		if kind, ambiguous := resolve(c.text); kind != c.kind || ambiguous != c.ambiguous {
			t.Errorf("%q is %v, ambiguous %q; want %v, %q", c.text, kind, ambiguous, c.kind, c.ambiguous)
		}
		n := &Node{Kind: c.kind, Text: c.text}
		if got := n.Value(); !reflect.DeepEqual(got, c.value) {
			t.Errorf("%q has the value %#v, want %#v", c.text, got, c.value)
		}
	}
}

func TestAScalarInQuotesOrInABlockIsText(t *testing.T) {
	for _, source := range []string{`a: "1"`, `a: 'true'`, `a: ""`, `a: "null"`, "a: |\n  1", "a: >-\n  010", `a: 'yes'`} {
		root, list := parseYAML(source)
		if n := root.Get("a"); n.Kind != String || !n.Quoted || n.Ambiguous != "" || len(list) > 0 {
			t.Errorf("%q is %v, in quotes: %v, ambiguous %q; %v", source, n.Kind, n.Quoted, n.Ambiguous, list)
		}
	}
}
