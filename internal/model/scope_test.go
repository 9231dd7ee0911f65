package model_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/scope"
)

// kinds is the hierarchy of the specification's example, with a kind more beneath.
func kinds(t *testing.T) *model.Kinds {
	t.Helper()
	k, err := newKinds([]scope.Kind{
		{Name: "org"},
		{Name: "subtenant", In: []string{"org", "subtenant"}},
		{Name: "workspace", In: []string{"org", "subtenant"}},
		{Name: "document", In: []string{"workspace"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestResolve(t *testing.T) {
	k := kinds(t)
	deep := "org:a" + strings.Repeat("/subtenant:s", scope.MaxDepth-1)
	for _, c := range []struct {
		path  string
		steps int
		fault scope.Fault
		part  string // what the error points to
	}{
		{path: "org:acme", steps: 1},
		{path: "org:acme/workspace:ml", steps: 2},
		{path: "org:acme/subtenant:a/subtenant:b/workspace:ml", steps: 4}, // a kind may nest in itself
		{path: "org:a:b", steps: 1},                                       // what follows the first colon is the id
		{path: "org:Ünï.*", steps: 1},
		{path: deep, steps: scope.MaxDepth},
		{path: deep + "/workspace:w", fault: scope.Malformed, part: "workspace:w"},
		{path: "", fault: scope.Malformed, part: ""},
		{path: "acme", fault: scope.Malformed, part: "acme"},
		{path: "org:", fault: scope.Malformed, part: "org:"},
		{path: "org: a", fault: scope.Malformed, part: "org: a"},
		{path: "org:a\u00a0", fault: scope.Malformed, part: "org:a\u00a0"},
		{path: "org:a\x00", fault: scope.Malformed, part: "org:a\x00"},
		{path: "org:\xff", fault: scope.Malformed, part: "org:\xff"},
		{path: "org:" + strings.Repeat("x", 256), steps: 1},
		{path: "org:" + strings.Repeat("x", 257), fault: scope.Malformed, part: "org:" + strings.Repeat("x", 257)},
		{path: "/org:a", fault: scope.Malformed, part: "/"},
		{path: "nosuch:a/", fault: scope.Malformed, part: "/"}, // what is not written as a path is told first
		{path: "workspace:x/", fault: scope.Malformed, part: "/"},
		{path: "org:a/org:b/org: c", fault: scope.Malformed, part: "org: c"},
		{path: strings.Repeat("nosuch:a/", 32) + "nosuch:a", fault: scope.Malformed, part: "nosuch:a"},
		{path: "org:a/", fault: scope.Malformed, part: "/"},
		{path: "org:a//workspace:b", fault: scope.Malformed, part: "/"},
		{path: "Org:a", fault: scope.Malformed, part: "Org"},
		{path: ":a", fault: scope.Malformed, part: ":"},
		{path: "orgs:a", fault: scope.UnknownKind, part: "orgs"},
		{path: "org:a/workspce:b", fault: scope.UnknownKind, part: "workspce"},
		{path: "workspace:ml", fault: scope.BadNesting, part: "workspace:ml"},
		{path: "org:a/org:b", fault: scope.BadNesting, part: "org:b"},
		{path: "org:a/document:d", fault: scope.BadNesting, part: "document:d"},
		{path: "org:a/workspace:w/workspace:v", fault: scope.BadNesting, part: "workspace:v"},
	} {
		steps, err := k.Resolve(c.path, nil)
		if c.steps > 0 {
			if err != nil || len(steps) != c.steps || steps[len(steps)-1].End != len(c.path) {
				t.Errorf("%q: %d steps, %v", c.path, len(steps), err)
			}
			continue
		}
		var e *scope.PathError
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", c.path, err)
			continue
		}
		if part := c.path[e.Offset : e.Offset+e.Width]; e.Fault != c.fault || part != c.part {
			t.Errorf("%q: fault %d at %q, want %d at %q (%v)", c.path, e.Fault, part, c.fault, c.part, e)
		}
	}
}

func TestResolveAppendsAndAllocatesNothing(t *testing.T) {
	k := kinds(t)
	buffer := make([]model.Step, 0, 8)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := k.Resolve("org:acme/subtenant:a/workspace:ml", buffer); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestIdsAreEqualOnlyIfTheirBytesAre(t *testing.T) {
	for _, c := range [][2]string{{"org:a", "org:A"}, {"org:1", "org:10"}, {"org:\u00e9", "org:e\u0301"}, {"org:a", "org:a."}} {
		if scope.Contains(c[0], c[1]) || scope.Contains(c[1], c[0]) {
			t.Errorf("%q and %q contain each other", c[0], c[1])
		}
	}
}

func TestContains(t *testing.T) {
	for _, c := range []struct {
		outer, inner string
		want         bool
	}{
		{"org:a", "org:a", true},
		{"org:a", "org:a/workspace:w", true},
		{"org:a", "org:a/subtenant:s/workspace:w", true},
		{"org:a/workspace:w", "org:a", false},
		{"org:a", "org:ab/workspace:w", false},
		{"org:a", "org:ab", false},
	} {
		if got := scope.Contains(c.outer, c.inner); got != c.want {
			t.Errorf("Contains(%q, %q) = %t", c.outer, c.inner, got)
		}
	}
}

func TestParentAndID(t *testing.T) {
	if got := scope.Parent("org:a/workspace:b"); got != "org:a" {
		t.Error(got)
	}
	if got := scope.Parent("org:a"); got != "" {
		t.Error(got)
	}
	if got := scope.ID("org:a/workspace:b:c"); got != "b:c" {
		t.Error(got)
	}
}

func TestAlwaysNamesTheKindsOnEveryPath(t *testing.T) {
	k := kinds(t)
	index := func(name string) int {
		i, ok := k.Find(name)
		if !ok {
			t.Fatal(name)
		}
		return i
	}
	for _, c := range []struct {
		kind, other string
		want        bool
	}{
		{"workspace", "org", true},
		{"workspace", "workspace", true},
		{"workspace", "subtenant", false}, // it may stand in an org directly
		{"document", "workspace", true},
		{"document", "org", true},
		{"document", "subtenant", false},
		{"subtenant", "org", true},
		{"org", "workspace", false},
	} {
		if got := k.Always(index(c.kind)).Has(index(c.other)); got != c.want {
			t.Errorf("every %s stands in a %s: %t", c.kind, c.other, got)
		}
	}
	if !k.AtOrBelow(index("document"), index("org")) || k.AtOrBelow(index("org"), index("document")) {
		t.Error("a document stands beneath an org, and never above")
	}
	if !k.Above(index("subtenant")).Has(index("subtenant")) {
		t.Error("a subtenant may stand above a subtenant")
	}
}

func TestKindsAreCheckedWhole(t *testing.T) {
	_, err := newKinds([]scope.Kind{
		{Name: "org"},
		{Name: "org"},
		{Name: "Bad"},
		{Name: "request"},
		{Name: "empty", In: []string{}},
		{Name: "lost", In: []string{"nowhere"}},
		{Name: "a", In: []string{"b"}},
		{Name: "b", In: []string{"a"}},
		{Name: "twice", In: []string{"org", "org"}},
	})
	var got []string
	for _, d := range diag.From(err) {
		got = append(got, d.Rule+" "+d.Where)
	}
	want := []string{
		"bad-name scopes.Bad",
		"unrooted-kind scopes.a",
		"unrooted-kind scopes.b",
		"empty-list scopes.empty.in",
		"unknown-kind scopes.lost.in[0]",
		"duplicate-name scopes.org",
		"reserved-name scopes.request",
		"duplicate-name scopes.twice.in[1]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestKindsAreBounded(t *testing.T) {
	var list []scope.Kind
	for i := range scope.MaxKinds + 1 {
		k := scope.Kind{Name: "k" + strings.Repeat("x", i%200) + strings.Repeat("y", i/200)}
		if i > 0 {
			k.In = []string{list[i-1].Name}
		}
		list = append(list, k)
	}
	if _, err := newKinds(list[:scope.MaxKinds]); err != nil {
		t.Error(err)
	}
	_, err := newKinds(list)
	if d := diag.From(err); len(d) != 1 || d[0].Rule != "kind-count" {
		t.Errorf("%v", err)
	}
}

// newKinds compiles kinds; the error holds whatever is wrong with them.
func newKinds(list []scope.Kind) (*model.Kinds, error) {
	var r report.Reporter
	k := model.CompileKinds(list, report.Path{}.Name("scopes"), &r)
	return k, r.List().Err()
}

func TestAPathErrorSuggestsTheKindThatIsMeant(t *testing.T) {
	for path, want := range map[string]string{
		"orgs:a": `scope "orgs:a": there is no scope kind "orgs"; did you mean "org"?`,
		"xyz:a":  `scope "xyz:a": there is no scope kind "xyz"`,
	} {
		if _, err := kinds(t).Resolve(path, nil); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
