package authz_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/examples"
)

func draw(areas iter.Seq[authz.Holding], depth int, b *strings.Builder) {
	for h := range areas {
		fmt.Fprintf(b, "%s%s %s..%s %t\n", strings.Repeat("  ", depth), h.Area(), h.Level(), h.Highest(), h.Exists())
		draw(h.Areas(), depth+1, b)
	}
}

// levelOf returns the level of an area in a tree.
func levelOf(held *authz.Holdings, area string) string {
	h, _ := held.Area(area)
	return h.Level()
}

// "every leaf's level, and for an area with sub-areas the lowest and the highest beneath"
func TestHeldListsEveryLeafAndTheLowestAndHighestBeneath(t *testing.T) {
	const policy = `
version: 1
name: held
scopes: {org: , workspace: {in: org}}
areas:
  a: {areas: {x: , y: , z: {at: org}}}
  b: {at: org}
  c:
roles:
  r: {at: [org, workspace], areas: {a: edit, a.y: none, c: read}}
`
	e := load(t, policy, "")
	s := e.MustBind(authz.Principal{ID: "p", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:o", "org:o/workspace:w"}}}})
	held, err := s.Held(context.Background(), "org:o/workspace:w", authz.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	draw(held.Areas(), 0, &b)
	const want = `a none..edit true
  a.x edit..edit true
  a.y none..none true
  a.z none..none false
b none..none false
c read..read true
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// A tree may be of any size.
func TestHeldListsATreeOfManyLeaves(t *testing.T) {
	var areas, want strings.Builder
	for i := range 100 {
		fmt.Fprintf(&areas, "  a%d:\n", i)
		level := "read"
		if i == 70 {
			level = "edit"
		}
		fmt.Fprintf(&want, "a%d %s..%s true\n", i, level, level)
	}
	e := load(t, "version: 1\nname: wide\nscopes: {org: }\nareas:\n"+areas.String()+"roles:\n  r: {at: org, areas: {\"*\": read, a70: edit}}\n", "")
	s := e.MustBind(authz.Principal{ID: "p", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:o"}}}})
	held, err := s.Held(context.Background(), "org:o", authz.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	draw(held.Areas(), 0, &b)
	if b.String() != want.String() {
		t.Errorf("got\n%s", b.String())
	}
}

// Of what is not there nothing is held, and nothing is listed.
func TestNoTreeHoldsNothing(t *testing.T) {
	var none *authz.Holdings
	for what, held := range map[string]*authz.Holdings{"nil": none, "zero": {}} {
		if list := slices.Collect(held.Areas()); list != nil {
			t.Errorf("%s lists %v", what, list)
		}
		if h, ok := held.Area("a"); ok || h != (authz.Holding{}) {
			t.Errorf("%s has %v", what, h)
		}
		if got, err := json.Marshal(held); err != nil || string(got) != map[string]string{"nil": "null", "zero": "[]"}[what] {
			t.Errorf("%s is written as %s, %v", what, got, err)
		}
	}
	var h authz.Holding
	if h.Area()+h.Description()+h.Level()+h.Highest() != "" || h.Exists() || slices.Collect(h.Areas()) != nil {
		t.Errorf("the zero holding is %v", h)
	}
	if held, err := open("refinery-studio").As("ada").Held(t.Context(), "org:acme", authz.Facts{Time: noon}); err != nil {
		t.Fatal(err)
	} else if h, ok := held.Area("workspaces.nothing"); ok || h != (authz.Holding{}) {
		t.Errorf("an area that no policy has is %v", h)
	}
}

// The areas are listed as far as the caller wants, again and again, by many at once.
func TestATreeIsReadByManyAndInPart(t *testing.T) {
	held, err := open("refinery-studio").As("ada").Held(t.Context(), "org:acme", authz.Facts{Time: noon})
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Collect(held.Areas())
	for h := range held.Areas() {
		if h != all[0] {
			t.Errorf("the first is %s", h.Area())
		}
		for below := range h.Areas() {
			if below.Area() == "" {
				t.Error("an area without a name")
			}
			break
		}
		break
	}
	var want strings.Builder
	draw(held.Areas(), 0, &want)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			var b strings.Builder
			if draw(held.Areas(), 0, &b); b.String() != want.String() {
				t.Errorf("one of many reads\n%s", b.String())
			}
		})
	}
	wait.Wait()
}

// A page is drawn from the tree by a template, or from its JSON.
func TestATreeIsWrittenForPages(t *testing.T) {
	e := load(t, "version: 1\nname: pages\nscopes: {org: }\nareas:\n  a: {description: All of it, areas: {x: Some <b>, y: }}\n  b:\nroles:\n  r: {at: org, areas: {a.x: edit}}\n", "")
	s := e.MustBind(authz.Principal{ID: "p", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:o"}}}})
	held, err := s.Held(t.Context(), "org:o", authz.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(held)
	const want = `[{"area":"a","description":"All of it","exists":true,"level":"none","highest":"edit","areas":[` +
		`{"area":"a.x","description":"Some <b>","exists":true,"level":"edit","highest":"edit"},{"area":"a.y","exists":true,"level":"none","highest":"none"}]},` +
		`{"area":"b","exists":true,"level":"none","highest":"none"}]`
	if err != nil || unescaped(string(got)) != want {
		t.Errorf("written %s, %v", got, err)
	}
	x, _ := held.Area("a.x")
	if got, err := json.Marshal(x); err != nil || unescaped(string(got)) != `{"area":"a.x","description":"Some <b>","exists":true,"level":"edit","highest":"edit"}` {
		t.Errorf("written %s, %v", got, err)
	}
	page := template.Must(template.New("").Parse(`{{range .Areas}}{{if ne .Highest "none"}}<li>{{.Area}}{{range .Areas}} {{.Description}}:{{.Level}}{{end}}{{end}}{{end}}`))
	var b strings.Builder
	if err := page.Execute(&b, held); err != nil || b.String() != "<li>a Some &lt;b&gt;:edit :none" {
		t.Errorf("the page is %s, %v", b.String(), err)
	}
}

// unescaped undoes what makes JSON safe inside a page.
func unescaped(s string) string { return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(s) }

// Areas nest in areas. What of one does not exist at a scope counts neither for the lowest level above it nor for the highest,
// and an area of which nothing exists does not exist.
func TestHeldListsAreasThatNestDeep(t *testing.T) {
	const policy = `
version: 1
name: deep
scopes: {org: , workspace: {in: org}}
areas:
  a:
    areas:
      b: {areas: {c: , d: {at: org}, e: {areas: {f: , g: }}}}
      h: {at: org, areas: {i: , j: }}
  k: {areas: {l: {areas: {m: }}}}
roles:
  r: {at: workspace, areas: {a: edit, a.b.c: read, a.b.d: none, a.b.e.g: read, a.h.i: none, k: read}}
`
	e := load(t, policy, "")
	s := e.MustBind(authz.Principal{ID: "p", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:o/workspace:w"}}}})
	held, err := s.Held(context.Background(), "org:o/workspace:w", authz.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	draw(held.Areas(), 0, &b)
	const want = `a read..edit true
  a.b read..edit true
    a.b.c read..read true
    a.b.d none..none false
    a.b.e read..edit true
      a.b.e.f edit..edit true
      a.b.e.g read..read true
  a.h none..none false
    a.h.i none..none false
    a.h.j none..none false
k read..read true
  k.l read..read true
    k.l.m read..read true
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// The tree is one piece of memory, and nothing else outlives the question.
func TestHeldAllocatesTheTreeAlone(t *testing.T) {
	s := fiftyAreas(t)
	if n := testing.AllocsPerRun(100, func() { _, _ = s.Held(context.Background(), "org:acme/workspace:ml", authz.Facts{}) }); n != 1 {
		t.Errorf("%v allocations", n)
	}
}

// The tree says what a check of each area says, and explaining says the same: for everybody in the five products.
func TestHeldCheckAndExplainAgree(t *testing.T) {
	ctx := context.Background()
	asked := map[authz.Reason]int{}
	for _, product := range examples.Products() {
		e, err := authz.Open(examples.Product(product))
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range e.Principals() {
			s := e.As(id)
			for _, scope := range e.Scopes() {
				held, err := s.Held(ctx, scope, authz.Facts{Time: noon})
				if err != nil {
					t.Fatal(err)
				}
				var walk func(areas iter.Seq[authz.Holding])
				walk = func(areas iter.Seq[authz.Holding]) {
					for h := range areas {
						walk(h.Areas())
						r := authz.Request{Permission: h.Area() + ":edit", Scope: scope, Facts: authz.Facts{Time: noon}}
						d, x := s.Check(ctx, r), s.Explain(ctx, r)
						asked[d.Reason]++
						if d.Level != h.Level() || x.Level != d.Level || x.Reason != d.Reason || x.Allowed != d.Allowed {
							t.Fatalf("%s: %s in %s: held %s, checked %s, explained %s", product, id, r.Permission, h.Level(), d, x.Decision)
						}
						if d.Allowed && (d.Level != "edit" || len(x.Grants) == 0) || !d.Allowed && d.Level == "edit" {
							t.Fatalf("%s: %s in %s: %s", product, id, r.Permission, d)
						}
					}
				}
				walk(held.Areas())
			}
		}
	}
	t.Log(asked)
	for _, r := range []authz.Reason{authz.Granted, authz.Limited, authz.LevelTooLow, authz.NoGrant, authz.WrongScopeKind, authz.Inactive, authz.OutsideKey, authz.Expired} {
		if asked[r] < 100 {
			t.Errorf("the reason %s came up %d times: too few to show anything", r, asked[r])
		}
	}
}

// A role that is shown as a column holds what somebody holds who is given it.
func TestPreviewHoldsWhatTheRoleWouldGive(t *testing.T) {
	e := load(t, reachPolicy, reachDirectory)
	for _, c := range []struct {
		roles []string
		where string
		want  string // docs in the org, docs where it is asked
	}{
		{[]string{"self"}, "org:a/workspace:v", "none edit"},   // at the workspace, the nearest
		{[]string{"joined"}, "org:a/workspace:v", "read read"}, // one who has joined every scope on the path
		{[]string{"all"}, "org:a/subtenant:s/subtenant:t/workspace:w", "none read"},
		{[]string{"all", "self"}, "org:a", "edit edit"},
		{nil, "org:a", "none none"},
	} {
		s, err := e.Preview(c.where, c.roles...)
		if err != nil {
			t.Fatal(err)
		}
		level := func(in string) string {
			return s.Check(context.Background(), authz.Request{Permission: "docs:read", Scope: in}).Level
		}
		if got := level("org:a") + " " + level(c.where); got != c.want {
			t.Errorf("%v previewed in %s: %s, want %s", c.roles, c.where, got, c.want)
		}
	}
}
