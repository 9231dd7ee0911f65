package doc

import (
	"strings"
	"testing"
)

// What nobody writes on purpose is told where it stands, and the rest is read: of most, a tag behind it is found, too.
var oddCases = []struct{ source, want string }{
	// the long way to write a key
	{"? a\n :\nb: !t 1\n", `2:2 yaml-syntax :; 3:4 yaml-tag !t`},
	{"?", `1:2 yaml-key `},
	{"?\n: b\n", `1:2 yaml-key `},
	{"x: {?: a}\nb: !t 1\n", `1:6 yaml-key :; 2:4 yaml-tag !t`},
	{"a:\n  - b\n  :\n  c: d\n", `3:3 yaml-syntax :; 4:3 yaml-syntax c: d`},
	{"? -\ne\n", `1:3 yaml-key -; 2:1 yaml-syntax e`},
	{"? [a\nb: c\n", `1:3 yaml-syntax [`},
	{"? }\nb: !t 1\n", `1:3 yaml-syntax }; 2:4 yaml-tag !t`},
	{"x:\n  ? @a\n  : b\ny: !t 1\n", `2:5 yaml-syntax @a; 4:4 yaml-tag !t`},
	{"a:\n  !t ? b\n  : c\n", `2:3 yaml-tag !t; 2:6 yaml-syntax ? b`},
	{"|\n!t ? b\n", `2:4 yaml-syntax ?`},
	{"--- - a\nb\n", `1:5 yaml-syntax -; 2:1 yaml-syntax b`},
	{"[? a\n\"a\": b", `1:1 yaml-syntax [`},
	// keys
	{"roles:\n  member: &all {docs: read}\n  *all : x\n", `2:11 yaml-anchor &all; 3:3 yaml-anchor *all`},
	{"<<:\n", `1:1 yaml-merge <<`},
	{"a:\n  - b\n c\n", `3:2 yaml-syntax c`},
	{"a\nwhen: ", `2:5 yaml-syntax :`},
	{"\"a\\n\": 1\n\"a\\n\": 2\n", `2:1 duplicate-key "a\n"`},
	// signs
	{"x: [:]\nb: !t 1\n", `1:5 yaml-syntax :; 2:4 yaml-tag !t`},
	{"x: [?@, a]\nb: !t 1\n", `1:5 yaml-syntax ?@; 2:4 yaml-tag !t`},
	{"a: ['\n", `1:5 yaml-syntax '`},
	{"a:\n- }\n  b\nc: !t 1\n", `2:3 yaml-syntax }; 4:4 yaml-tag !t`},
	{"{y\n: z}\n", `1:2 yaml-syntax y`},
	{">\n%\n", `2:1 yaml-syntax %`},
	// brackets before what is out of place
	{"x: {a: \"}\", b: c}\n}\n", `2:1 yaml-syntax }`},
	{"x: {a: b, # }\n  c: d}\n}\ne: !t 1\n", `3:1 yaml-syntax }; 4:4 yaml-tag !t`},
	{"a: &a [\n", `1:4 yaml-anchor &a; 1:7 yaml-syntax [`},
	{"a: [!t[a, %b]\nc: d\n", `1:5 yaml-tag !t[a,; 1:11 yaml-syntax %b`},
	// white space
	{"\t\n", "1:1 yaml-syntax \t"},
	{"a: b\n\t", `1:5 yaml-syntax `},
	{"a: b\n\t\t\nc: !t 1\n", `2:3 yaml-syntax `},
	{"a: :b\n \t  c: d\n", `2:5 yaml-syntax c: d`},
	// conditions
	{"when: !x\n z: !t 1\n", `1:7 yaml-tag !x; 2:5 yaml-tag !t`},
	{"|\n\x07\n", "2:1 yaml-encoding \x07"},
}

func TestOddTextsAreToldWhereTheyStand(t *testing.T) {
	for _, c := range oddCases {
		if _, list := parseYAML(c.source); summary(list) != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.source, summary(list), c.want)
		}
	}
}

// What is no comment but the end of a literal that is never closed is told by those who compile the condition.
func TestALiteralThatIsNeverClosedHoldsNoComment(t *testing.T) {
	for _, source := range []string{"when: a == \"b\n  c // why\n", "when: a == `b // why\n", "x: {when: a == 'b // c}\n"} {
		if _, list := parseYAML(source); len(list) > 0 {
			t.Errorf("%q: %v", source, list)
		}
	}
}

// Brackets that are closed do not nest: the place is where the ones that are open are too many.
func TestOnlyOpenBracketsNest(t *testing.T) {
	_, list := parseYAML("a: [[], {}]\nb: [b]\nc: " + strings.Repeat("[", 20_000))
	if got := summary(list); got != "3:36 yaml-depth [" {
		t.Error(got)
	}
}

// What is mended already is not mended again within.
func TestAMendWithinAnotherIsDoneWithIt(t *testing.T) {
	mends := []*mend{{from: 1, to: 5}, {from: 2, to: 3, gone: true}, {from: 6, to: 7, fill: "y"}}
	if got := apply("abcdefgh", mends); got != "axxxxfyh" {
		t.Error(got)
	}
}

func TestNothingIsWrongWithNoText(t *testing.T) {
	if got := plainFault("", false) + plainFault("", true); got != "" {
		t.Error(got)
	}
}
