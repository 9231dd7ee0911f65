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
	"github.com/trellis-authz/trellis/roles"
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
	type body struct {
		Held *authz.Holdings `json:"held"`
	}
	for want, v := range map[string]any{
		`{"held":null}`: body{},
		`{"held":[]}`:   body{&authz.Holdings{}},
		`{"area":"","exists":false,"level":"","highest":""}`: authz.Holding{},
	} {
		if got, err := json.Marshal(v); err != nil || string(got) != want {
			t.Errorf("written %s, want %s, %v", got, want, err)
		}
	}
	gone, _ := deep(t, authz.Active).Area("a.h")
	if got, err := json.Marshal(gone); err != nil || string(got) != `{"area":"a.h","exists":false,"level":"none","highest":"none","areas":[`+
		`{"area":"a.h.i","exists":false,"level":"none","highest":"none"},{"area":"a.h.j","exists":false,"level":"none","highest":"none"}]}` {
		t.Errorf("what does not exist is written %s, %v", got, err)
	}
	page := template.Must(template.New("").Parse(`{{range .Areas}}{{if ne .Highest "none"}}<li>{{.Area}}{{range .Areas}} {{.Description}}:{{.Level}}{{end}}{{end}}{{end}}`))
	var b strings.Builder
	if err := page.Execute(&b, held); err != nil || b.String() != "<li>a Some &lt;b&gt;:edit :none" {
		t.Errorf("the page is %s, %v", b.String(), err)
	}
}

// unescaped undoes what makes JSON safe inside a page.
func unescaped(s string) string { return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(s) }

const deepPolicy = `
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

// deep is what somebody of that status holds in a workspace, where areas nest.
func deep(t *testing.T, status authz.Status) *authz.Holdings {
	t.Helper()
	s := load(t, deepPolicy, "").MustBind(authz.Principal{ID: "p", Status: status, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:o/workspace:w"}}}})
	held, err := s.Held(context.Background(), "org:o/workspace:w", authz.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// Areas nest in areas. What of one does not exist at a scope counts neither for the lowest level above it nor for the highest,
// and an area of which nothing exists does not exist.
func TestHeldListsAreasThatNestDeep(t *testing.T) {
	held := deep(t, authz.Active)
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

// An area is looked up by its whole name alone, wherever it stands, and is the one that is come to from above.
func TestAnAreaIsLookedUpByItsWholeName(t *testing.T) {
	held := deep(t, authz.Active)
	n := 0
	var walk func(areas iter.Seq[authz.Holding])
	walk = func(areas iter.Seq[authz.Holding]) {
		for h := range areas {
			n++
			if found, ok := held.Area(h.Area()); !ok || found != h {
				t.Errorf("%s is looked up as %q, %t", h.Area(), found.Area(), ok)
			}
			walk(h.Areas())
		}
	}
	if walk(held.Areas()); n != 13 {
		t.Errorf("%d areas are listed", n)
	}
	for _, name := range []string{"", "b", "c", "a.", ".a", "a.b.c.d", "A", "a:edit", "*"} {
		if h, ok := held.Area(name); ok || h != (authz.Holding{}) {
			t.Errorf("%q is looked up as %q", name, h.Area())
		}
	}
}

// Whoever has seen enough stops, at the top or beneath any area, and may begin anew with the same list.
func TestAListOfAreasIsBegunAnew(t *testing.T) {
	held := deep(t, authz.Active)
	nested, _ := held.Area("a.b.e")
	for want, areas := range map[string]iter.Seq[authz.Holding]{"a a k": held.Areas(), "a.b.e.f a.b.e.f a.b.e.g": nested.Areas()} {
		var seen []string
		for h := range areas {
			seen = append(seen, h.Area())
			break
		}
		for h := range areas {
			seen = append(seen, h.Area())
		}
		if got := strings.Join(seen, " "); got != want {
			t.Errorf("seen is %s, want %s", got, want)
		}
	}
}

// Who is not active holds the least level, and what exists does not depend on who asks.
func TestWhoIsNotActiveHoldsTheLeastEverywhere(t *testing.T) {
	active, suspended := deep(t, authz.Active), deep(t, authz.Suspended)
	for _, name := range []string{"a", "a.b", "a.b.c", "a.b.d", "a.b.e", "a.b.e.f", "a.h", "a.h.i", "k", "k.l.m"} {
		h, ok := suspended.Area(name)
		is, _ := active.Area(name)
		if !ok || h.Level() != "none" || h.Highest() != "none" || h.Exists() != is.Exists() {
			t.Errorf("%s is %s..%s, %t", name, h.Level(), h.Highest(), h.Exists())
		}
	}
}

// The tree stays what it was, whatever the directory becomes and whatever is asked after it.
func TestWhatWasHeldStays(t *testing.T) {
	e := load(t, deepPolicy, "version: 1\nscopes: {org:o: , org:o/workspace:w: }\nprincipals: {p: {status: active}}\n")
	ask := func(e *authz.Engine) *authz.Holdings {
		held, err := e.As("p").Held(t.Context(), "org:o/workspace:w", authz.Facts{})
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	before := ask(e)
	next, err := e.Apply(authz.Assign("p", authz.Assignment{Roles: []string{"r"}, In: []string{"org:o/workspace:w"}}))
	if err != nil {
		t.Fatal(err)
	}
	after := ask(next)
	if was, is := levelOf(before, "a.b.e.f"), levelOf(after, "a.b.e.f"); was != "none" || is != "edit" {
		t.Errorf("held was %q before it was assigned, and is %q", was, is)
	}
}

// shaped is an engine of so many areas with so many leaves each, of which every third does not exist where p is asked of.
func shaped(t *testing.T, areas, leaves int) (p *authz.Subject, at string) {
	t.Helper()
	at = "org:o/workspace:w"
	policy, gives := twoKinds("shape", areas, leaves)
	for i := range policy.Areas {
		for j := range policy.Areas[i].Areas {
			if (i*leaves+j)%3 == 2 {
				policy.Areas[i].Areas[j].At = []string{"org"}
			}
		}
	}
	policy.Roles = []roles.Role{{Name: "r", At: []string{"workspace"}, Areas: gives}}
	e, err := authz.New(policy, &authz.Directory{
		Scopes:     []authz.Scope{{Path: "org:o"}, {Path: at}},
		Principals: []authz.Principal{{ID: "p", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{at}}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e.As("p"), at
}

// The tree is one piece of memory where there are no more than 64 leaves, whatever stands above them.
func TestHeldAllocatesTheTreeAlone(t *testing.T) {
	for _, c := range []struct{ areas, leaves, allocations int }{
		{1, 1, 1}, {5, 9, 1}, {9, 7, 1}, {8, 8, 1}, {64, 1, 1}, {1, 64, 1}, {13, 5, 2}, {1, 65, 2}, {20, 10, 2},
	} {
		s, at := shaped(t, c.areas, c.leaves)
		if n := testing.AllocsPerRun(100, func() { _, _ = s.Held(context.Background(), at, authz.Facts{}) }); n != float64(c.allocations) {
			t.Errorf("%d areas of %d leaves: %v allocations, want %d", c.areas, c.leaves, n, c.allocations)
		}
	}
}

// A tree that just fits into its room, and one that just does not, say of each area what a check does.
func TestHeldIsWhatIsCheckedAtTheEdgeOfItsRoom(t *testing.T) {
	ctx := t.Context()
	for _, c := range []struct{ areas, leaves int }{{9, 7}, {8, 8}, {64, 1}, {1, 64}, {13, 5}, {1, 65}, {20, 10}} {
		s, at := shaped(t, c.areas, c.leaves)
		held, err := s.Held(ctx, at, authz.Facts{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		var walk func(areas iter.Seq[authz.Holding])
		walk = func(areas iter.Seq[authz.Holding]) {
			for h := range areas {
				n++
				d := s.Check(ctx, authz.Request{Permission: h.Area() + ":edit", Scope: at})
				if d.Level != h.Level() || h.Exists() == (d.Reason == authz.WrongScopeKind) {
					t.Errorf("%d areas of %d leaves: %s is %s, %t, and checked %s", c.areas, c.leaves, h.Area(), h.Level(), h.Exists(), d)
				}
				walk(h.Areas())
			}
		}
		if walk(held.Areas()); n != c.areas*(1+c.leaves) {
			t.Errorf("%d areas of %d leaves: %d are listed", c.areas, c.leaves, n)
		}
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
