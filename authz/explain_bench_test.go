package authz_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/examples"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// What people ask when they are surprised: a yes, and a no with the nearest ways to a yes.
func BenchmarkExplain(b *testing.B) {
	e, err := authz.Open(examples.Product("refinery-studio"), authz.WithClock(func() time.Time { return noon }))
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	for _, c := range []struct {
		name, as, permission, in string
		allowed                  bool
	}{
		{"yes", "ada", "workspaces.rename", "org:acme/workspace:research", true},
		{"yes/condition", "ada", "workspaces.delete", "org:acme/workspace:legacy", true},
		{"no", "dora", "workspaces.view", "org:acme/workspace:legacy", false},
		{"no/condition", "ada", "workspaces.delete", "org:acme/workspace:research", false},
	} {
		s, r := e.As(c.as), authz.Request{Permission: c.permission, Scope: c.in}
		if x := s.Explain(ctx, r); x.Allowed != c.allowed {
			b.Fatal(x)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Explain(ctx, r)
			}
		})
	}
}

// The tree of 50 areas, as a page of settings shows it.
func BenchmarkHeld(b *testing.B) {
	policy := authz.Policy{Name: "fifty", Scopes: []scope.Kind{{Name: "org"}, {Name: "workspace", In: []string{"org"}}}}
	gives := roles.Grant{}
	for i := range 5 {
		a := roles.Area{Name: fmt.Sprintf("area_%d", i)}
		for j := range 9 {
			a.Areas = append(a.Areas, roles.Area{Name: fmt.Sprintf("sub_%d", j)})
			gives[fmt.Sprintf("%s.sub_%d", a.Name, j)] = []string{"none", "read", "edit"}[(i+j)%3]
		}
		policy.Areas = append(policy.Areas, a)
	}
	policy.Roles = []roles.Role{
		{Name: "member", At: []string{"org"}, Reach: roles.All, Areas: roles.Grant{"area_0": "read", "area_1": "read"}},
		{Name: "editor", At: []string{"workspace"}, Areas: gives},
	}
	e, err := authz.New(policy, &authz.Directory{
		Scopes: []authz.Scope{{Path: "org:acme"}, {Path: "org:acme/workspace:ml"}},
		Principals: []authz.Principal{{ID: "alice", Status: authz.Active, Assignments: []authz.Assignment{
			{Roles: []string{"member"}, In: []string{"org:acme"}}, {Roles: []string{"editor"}, In: []string{"org:acme/workspace:ml"}}}}},
	})
	if err != nil {
		b.Fatal(err)
	}
	s, ctx := e.As("alice"), context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Held(ctx, "org:acme/workspace:ml", authz.Facts{}); err != nil {
			b.Fatal(err)
		}
	}
}
