package doc

import (
	"testing"

	"github.com/trellis-authz/trellis/internal/report"
)

const located = `# a comment
version: 1
roles:
  admin:
    at: org
    inherits: [member, "the manager"]
    areas: {billing: edit, "é ü": 'it''s'}
    grants:
      - areas: {deletion: edit}
        when: >-
          org.plan ==
          "team"
      - when: a == b
    title: one
      two
    empty:
    brackets: {
      }
  broken: {when: !x y}
`

func TestALocatorFindsValuesKeysAndParts(t *testing.T) {
	root, _ := parseYAML(located)
	at := report.Path{}.Names("roles", "admin")
	grants := at.Name("grants")
	for _, c := range []struct {
		what string
		at   report.At
		want string
	}{
		{"a value", report.Value(at.Name("at")), `5:9 "org"`},
		{"a value in quotes", report.Value(at.Names("areas", "é ü")), `7:35 "'it''s'"`},
		{"a value in a block", report.Value(grants.Index(0).Name("when")), `10:15 ">-"`},
		{"a value on two lines", report.Value(at.Name("title")), `14:12 "one"`},
		{"an item", report.Value(at.Name("inherits").Index(1)), `6:24 "\"the manager\""`},
		{"one name without brackets", report.Value(at.Name("at").Index(0)), `5:9 "org"`},
		{"a mapping", report.Value(at), `4:3 "admin"`},
		{"a list", report.Value(grants), `8:5 "grants"`},
		{"a mapping in a list", report.Value(grants.Index(0)), `9:9 "a"`},
		{"nothing", report.Value(at.Name("empty")), `16:5 "empty"`},
		{"the root", report.Value(report.Path{}), `2:1 "v"`},
		{"what is damaged", report.Value(report.Path{}.Names("roles", "broken", "when")), `19:18 "!x y"`},

		{"a key", report.Key(at.Name("at")), `5:5 "at"`},
		{"a key in quotes", report.Key(at.Names("areas", "é ü")), `7:28 "\"é ü\""`},
		{"the key of an item", report.Key(at.Name("inherits").Index(0)), `6:16 "member"`},
		{"the key of one name without brackets", report.Key(at.Name("at").Index(0)), `5:5 "at"`},

		{"a part", report.Part(at.Name("inherits").Index(1), 4, 3), `6:29 "man"`},
		{"a part in a block", report.Part(grants.Index(0).Name("when"), 12, 6), `12:11 "\"team\""`},
		{"a part of a mapping", report.Part(at, 0, 3), `4:3 "admin"`},
		{"a part of nothing", report.Part(at.Name("empty"), 0, 3), `16:5 "empty"`},
		{"a part of a condition that lacks its quotes", report.Part(report.Path{}.Names("roles", "broken", "when"), 3, 1), `19:21 "y"`},

		{"a value that is missing", report.Value(at.Name("reach")), `4:3 "admin"`},
		{"a key that is missing", report.Key(at.Name("reach")), `4:3 "admin"`},
		{"a value that is missing two levels below", report.Value(at.Names("limit", "billing")), `4:3 "admin"`},
		{"a value that is missing in an item", report.Value(grants.Index(1).Name("areas")), `13:9 "w"`},
		{"an item that is missing", report.Value(at.Name("inherits").Index(2)), `6:5 "inherits"`},
		{"a value below text", report.Value(at.Names("at", "x")), `5:5 "at"`},
		{"an item of what is no list", report.Value(at.Name("at").Index(1)), `5:5 "at"`},
		{"a value that is missing in the root", report.Value(report.Path{}.Name("scopes")), `1:1 "#"`},
		{"a part of a value that is missing", report.Part(at.Name("reach"), 3, 4), `4:3 "admin"`},
	} {
		pos, source, width := Locator(root).Locate(c.at)
		if got := shownAt(pos, source, width); got != c.want || pos.File != "f" {
			t.Errorf("%s is located at %s, want %s", c.what, got, c.want)
		}
	}
}

func TestALocatorWithoutADocumentLocatesNothing(t *testing.T) {
	pos, source, width := Locator(nil).Locate(report.Value(report.Path{}.Name("a")))
	if !pos.IsZero() || source != "" || width != 1 {
		t.Errorf("located at %v, %q, %d", pos, source, width)
	}
}

func TestAReporterPlacesItsDiagnosticsByTheLocator(t *testing.T) {
	root, _ := parseYAML("roles:\n  admin: {at: orgg}\n")
	r := &report.Reporter{Locator: Locator(root)}
	r.Unknown("unknown-kind", report.Value(report.Path{}.Names("roles", "admin", "at")), "orgg", []string{"org"}, "there is no scope kind %q", "orgg")
	if got, want := r.List().Error(), `f:2:15: error[unknown-kind]: there is no scope kind "orgg"; did you mean "org"?`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestAPartOfAKeyIsLocatedInTheKey(t *testing.T) {
	root, list := parseYAML("scopes:\n  org:a/team:b: {x: y}\n")
	if len(list) > 0 {
		t.Fatal(list)
	}
	pos, _, width := Locator(root).Locate(report.Part(report.Path{}.Names("scopes", "org:a/team:b"), 6, 4).OfKey())
	if pos.Line != 2 || pos.Column != 9 || width != 4 {
		t.Errorf("%s, %d wide", pos, width)
	}
}

func TestHasTellsWhatStandsInTheDocument(t *testing.T) {
	root, _ := parseYAML("a: {b: [x]}\nc: y\n")
	l := Locator(root).(interface{ Has(report.Path) bool })
	var p report.Path
	for _, c := range []struct {
		path report.Path
		want bool
	}{
		{p, true}, {p.Name("a"), true}, {p.Names("a", "b"), true}, {p.Names("a", "b").Index(0), true}, {p.Name("c").Index(0), true},
		{p.Names("a", "b").Index(1), false}, {p.Names("c", "d"), false}, {p.Name("z"), false}, {p.Names("z", "y"), false},
	} {
		if got := l.Has(c.path); got != c.want {
			t.Errorf("Has(%s) = %t", c.path, got)
		}
	}
}
