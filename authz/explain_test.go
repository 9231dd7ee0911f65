package authz_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/examples"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (run with -update, and read the diff):\n%s", file, diff)
	}
}

// Explanations as people read them: question and answer together.
func TestExplanationsReadWell(t *testing.T) {
	var b strings.Builder
	for _, c := range []struct{ product, as, permission, in string }{
		{"delivery-platform", "wanda", "workspaces.manage_members", "org:northwind/workspace:apollo"},
		{"delivery-platform", "colin", "workspaces.manage_members", "org:northwind/workspace:apollo"},
		{"delivery-platform", "ghita", "workspaces.manage_members", "org:northwind/workspace:apollo"},
		{"delivery-platform", "tess", "workspaces.assign", "org:northwind/workspace:apollo"},
		{"delivery-platform", "key-audit", "billing.cancel", "org:northwind"},
		{"delivery-platform", "key-expired", "billing.cancel", "org:northwind"},
		{"delivery-platform", "key-apollo", "billing:read", "org:northwind"},
		{"delivery-platform", "luis", "billing:edit", "org:northwind"},
		{"delivery-platform", "luis", "billing:edit", "org:northwind/workspace:apollo"},
		{"delivery-platform", "wnada", "billing:edit", "org:northwind"},
		{"delivery-platform", "wanda", "biling:edit", "org:northwind"},
		{"delivery-platform", "wanda", "billing:edit", "org:nortwind"},
		{"delivery-platform", "", "billing:read", "org:northwind"},
		{"refinery-studio", "ada", "workspaces.delete", "org:acme/workspace:legacy"},
		{"refinery-studio", "ada", "workspaces.delete", "org:acme/workspace:research"},
		{"refinery-studio", "dora", "workspaces.view", "org:acme/workspace:legacy"},
		{"refinery-studio", "ada", "workspaces.delete", "org:acme/workspace:unset"},
		{"tenant-platform", "nobody", "agents:read", "tenant:acme"},
		{"agent-studio", "ada", "studio_assistant:edit", "workspace:northwind/project:hotline"},
	} {
		e, err := authz.Open(examples.Product(c.product), authz.WithClock(func() time.Time { return noon }))
		if err != nil {
			t.Fatal(err)
		}
		s := e.As(c.as)
		if c.as == "" {
			s = e.Anonymous()
		}
		x := s.Explain(context.Background(), authz.Request{Permission: c.permission, Scope: c.in})
		fmt.Fprintf(&b, "=== %s: %q asks for %s in %s\n\n%s\n", c.product, c.as, c.permission, c.in, x)
	}
	golden(t, "explanations.txt", b.String())
}

// A way to a yes is told only if it is one: a condition that gives too little is none, and one that gives enough is told
// with the role that declares it, whether a limit lies on the way to it or not.
func TestAWayIsToldOnlyIfItIsOne(t *testing.T) {
	const policy = `
version: 1
name: ways
scopes: {org: }
request: {calm: bool}
areas: {a: , b: }
roles:
  writer:
    at: org
    grants:
      - {areas: {a: edit, b: read}, when: request.calm}
  heir: {at: org, inherits: writer}
  cautious: {at: org, inherits: writer, limit: {b: none}}
`
	e := load(t, policy, "")
	for _, c := range []struct {
		role, permission, want string
	}{
		{"writer", "a:edit", "see to it that `request.calm` is true: then writer gives it (x.policy.yaml:11:9)"},
		{"heir", "a:edit", "see to it that `request.calm` is true: then heir gives it (x.policy.yaml:11:9)"},
		{"cautious", "a:edit", "see to it that `request.calm` is true: then cautious gives it (x.policy.yaml:11:9)"},
		{"writer", "b:edit", ""},
		{"cautious", "b:read", ""},
	} {
		s := e.MustBind(authz.Principal{ID: c.role, Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{c.role}, In: []string{"org:o"}}}})
		r := authz.Request{Permission: c.permission, Scope: "org:o", Facts: authz.Facts{Request: authz.Attributes{"calm": false}}}
		preview, err := e.Preview("org:o", c.role)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*authz.Subject{s, preview} {
			got := ""
			if x := s.Explain(context.Background(), r); len(x.Ways) > 0 {
				got = x.Ways[0].String()
			}
			if got != c.want {
				t.Errorf("%s asks for %s: the nearest way is %q, want %q", s.ID(), c.permission, got, c.want)
			}
		}
	}
}

// An explanation makes what it tells of and nothing else: who asks in words, the lines of the grants, those of their rules,
// why a grant gives less, the list of the ways, and the text of each.
func TestAnExplanationAllocatesWhatItTells(t *testing.T) {
	e, list := ofMany(t)
	for i, want := range []float64{3, 5, 7} {
		c := list[i]
		s, r := e.As(c.as), authz.Request{Permission: c.permission, Scope: c.in}
		var x authz.Explanation
		if n := testing.AllocsPerRun(100, func() { x = s.Explain(context.Background(), r) }); n != want || x.Allowed != c.allowed {
			t.Errorf("%s: %g allocations, want %g\n%s", c.name, n, want, x)
		}
	}
}

// Explanations are made in the same room, one after another, and each keeps what it told.
func TestAnExplanationIsNotChangedByTheNext(t *testing.T) {
	for _, product := range examples.Products() {
		e, err := authz.Open(examples.Product(product), authz.WithClock(func() time.Time { return noon }))
		if err != nil {
			t.Fatal(err)
		}
		areas, levels := e.Matrix().Rows, []string{"read", "edit"}
		var explained []authz.Explanation
		var told []string
		for i, id := range e.Principals() {
			for j, path := range e.Scopes() {
				r := authz.Request{Permission: areas[(i+j)%len(areas)].Area + ":" + levels[j%2], Scope: path}
				x := e.As(id).Explain(context.Background(), r)
				explained, told = append(explained, x), append(told, x.String())
			}
		}
		for i, x := range explained {
			if again := x.String(); again != told[i] {
				t.Fatalf("%s: it was told\n%s\nand now\n%s", product, told[i], again)
			}
		}
	}
}
