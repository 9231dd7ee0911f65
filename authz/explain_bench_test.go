package authz_test

import (
	"context"
	"fmt"
	"iter"
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
	benchmarkExplain(b, e, []asked{
		{"yes", "ada", "workspaces.rename", "org:acme/workspace:research", true},
		{"yes/condition", "ada", "workspaces.delete", "org:acme/workspace:legacy", true},
		{"no", "dora", "workspaces.view", "org:acme/workspace:legacy", false},
		{"no/condition", "ada", "workspaces.delete", "org:acme/workspace:research", false},
	})
}

// asked is a question with its answer.
type asked struct {
	name, as, permission, in string
	allowed                  bool
}

func benchmarkExplain(b *testing.B, e *authz.Engine, list []asked) {
	ctx := context.Background()
	for _, c := range list {
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

// twoKinds is a policy with areas of a few leaves each, and a grant of other levels in each leaf.
func twoKinds(name string, areas, leaves int) (policy authz.Policy, gives roles.Grant) {
	policy = authz.Policy{Name: name, Scopes: []scope.Kind{{Name: "org"}, {Name: "workspace", In: []string{"org"}}}}
	gives = roles.Grant{}
	for i := range areas {
		a := roles.Area{Name: fmt.Sprintf("area_%d", i)}
		for j := range leaves {
			a.Areas = append(a.Areas, roles.Area{Name: fmt.Sprintf("sub_%d", j)})
			gives[fmt.Sprintf("%s.sub_%d", a.Name, j)] = []string{"none", "read", "edit"}[(i+j)%3]
		}
		policy.Areas = append(policy.Areas, a)
	}
	return policy, gives
}

// A policy from Go values, as a service has it: thirty leaves, four roles, and five assignments of the one who asks.
func BenchmarkExplainOfMany(b *testing.B) {
	e, list := ofMany(b)
	benchmarkExplain(b, e, list)
}

// ofMany is an engine from Go values, with what is asked of it.
func ofMany(t testing.TB) (*authz.Engine, []asked) {
	policy, gives := twoKinds("many", 10, 3)
	policy.Roles = []roles.Role{
		{Name: "org_admin", At: []string{"org"}, Reach: roles.All, Areas: roles.Grant{"*": "edit"}},
		{Name: "viewer", At: []string{"workspace"}, Areas: roles.Grant{"area_0": "read", "area_1": "read", "area_2": "read"}},
		{Name: "collaborator", At: []string{"workspace"}, Areas: gives},
		{Name: "admin", At: []string{"workspace"}, Areas: roles.Grant{"*": "edit", "area_9": "none"}},
	}
	directory := &authz.Directory{Scopes: []authz.Scope{{Path: "org:acme"}}}
	alice := authz.Principal{ID: "alice", Status: authz.Active}
	for i := range 100 {
		path := fmt.Sprintf("org:acme/workspace:w-%d", i)
		directory.Scopes = append(directory.Scopes, authz.Scope{Path: path})
		if i%20 == 0 {
			alice.Assignments = append(alice.Assignments, authz.Assignment{Roles: []string{"collaborator"}, In: []string{path}})
		}
	}
	directory.Principals = []authz.Principal{alice}
	e, err := authz.New(policy, directory)
	if err != nil {
		t.Fatal(err)
	}
	return e, []asked{
		{"yes", "alice", "area_1.sub_1:edit", "org:acme/workspace:w-20", true},
		{"no", "alice", "area_9.sub_0:read", "org:acme/workspace:w-20", false},
		{"no/elsewhere", "alice", "area_1.sub_1:edit", "org:acme/workspace:w-21", false},
	}
}

// The tree of 50 areas, as a page of settings asks for it, and shows all of it.
func BenchmarkHeld(b *testing.B) {
	s, ctx := fiftyAreas(b), context.Background()
	b.Run("asked", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Held(ctx, "org:acme/workspace:ml", authz.Facts{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("shown", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			held, err := s.Held(ctx, "org:acme/workspace:ml", authz.Facts{})
			if n := readAll(held.Areas()); err != nil || n != 50 {
				b.Fatal(n, err)
			}
		}
	})
}

// readAll counts the areas of a tree, and reads each.
func readAll(areas iter.Seq[authz.Holding]) (n int) {
	for h := range areas {
		if h.Area() != "" && h.Level() != "" && h.Highest() != "" && h.Exists() {
			n++
		}
		n += readAll(h.Areas())
	}
	return n
}

// fiftyAreas binds somebody with two assignments, where there are five areas of nine sub-areas each.
func fiftyAreas(t testing.TB) *authz.Subject {
	policy, gives := twoKinds("fifty", 5, 9)
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
		t.Fatal(err)
	}
	return e.As("alice")
}
