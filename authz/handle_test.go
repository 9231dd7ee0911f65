package authz_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/examples"
)

// Handles of one engine used on another are refused, not misread: they would name another area, or another scope.
func TestHandlesOfAnotherEngineAreRefused(t *testing.T) {
	ctx := context.Background()
	e, other := example(t), example(t)
	alice := e.As("alice")
	members, workspace := permission(t, e, "members:edit"), place(t, e, "org:acme/workspace:ml")
	if !alice.Allows(members, workspace) {
		t.Fatal("alice manages the workspace")
	}
	for name, c := range map[string]struct {
		p  authz.Permission
		at authz.Place
	}{
		"a permission of another policy": {permission(t, other, "members:edit"), workspace},
		"a scope of another directory":   {members, place(t, other, "org:acme/workspace:ml")},
		"no permission":                  {authz.Permission{}, workspace},
		"no scope":                       {members, authz.Place{}},
		"nothing":                        {},
	} {
		d := alice.Decide(ctx, c.p, c.at)
		if alice.Allows(c.p, c.at) || d.Allowed || d.Reason != authz.InvalidRequest || d.Err == nil {
			t.Errorf("%s: %s", name, d)
		}
	}
	if alice.Allows(permission(t, e, "billing:read"), workspace) || !alice.Allows(permission(t, e, "billing:read"), place(t, e, "org:acme")) {
		t.Error("billing exists at organisations alone")
	}
	//lint:ignore SA1012 nil is what careless callers pass
	if d := e.As("key-7f3a").Decide(nil, permission(t, e, "members:read"), workspace); !d.Allowed {
		t.Errorf("without a context: %s", d)
	}
	if broken, err := e.Bind(authz.Principal{ID: "alice", Status: authz.Active}); err == nil || broken.Allows(members, workspace) || broken.Decide(ctx, members, workspace).Reason != authz.InvalidRequest {
		t.Errorf("alice is restated: %v", err)
	}
	var nobody *authz.Subject
	for _, s := range []*authz.Subject{nobody, {}, e.As("nobody"), other.As("alice")} {
		if s.Allows(members, workspace) || s.Decide(ctx, members, workspace).Allowed {
			t.Errorf("%q is allowed", s.ID())
		}
	}
}

// Nor are they misread where a decision needs no more than a glance: what is the first area of the one policy is another
// in the other, and what is the first scope of the one directory is another in the other.
func TestHandlesOfAnotherEngineAreRefusedAtAGlance(t *testing.T) {
	engine := func(first, second, scopes string) *authz.Engine {
		return load(t, "version: 1\nname: x\nscopes: {org: }\nareas: {"+first+": , "+second+": }\nroles: {r: {at: org, areas: {x: edit}}}\n",
			"version: 1\nscopes: {"+scopes+"}\nprincipals: {p: {status: active, assignments: [{roles: r, in: \"org:a\"}]}}\n")
	}
	e, other := engine("x", "y", `"org:a": , "org:b": `), engine("y", "x", `"org:b": , "org:a": `)
	p := e.As("p")
	if !p.Allows(permission(t, e, "x:edit"), place(t, e, "org:a")) || p.Allows(permission(t, e, "y:edit"), place(t, e, "org:a")) || p.Allows(permission(t, e, "x:edit"), place(t, e, "org:b")) {
		t.Fatal("p holds x in a")
	}
	for _, name := range []string{"x:edit", "y:edit"} {
		if x := permission(t, other, name); p.Allows(x, place(t, e, "org:a")) || p.Decide(context.Background(), x, place(t, e, "org:a")).Reason != authz.InvalidRequest {
			t.Errorf("%s of another policy is read", name)
		}
	}
	if p.Allows(permission(t, e, "x:edit"), authz.Place{}) || p.Allows(authz.Permission{}, place(t, e, "org:a")) {
		t.Error("nothing is read")
	}
	for _, path := range []string{"org:a", "org:b"} {
		if at := place(t, other, path); p.Allows(permission(t, e, "x:edit"), at) || p.Decide(context.Background(), permission(t, e, "x:edit"), at).Reason != authz.InvalidRequest {
			t.Errorf("%s of another directory is read", path)
		}
	}
}

// A glance takes few grants, short paths, and few conditions: whatever is more, every way to ask decides as well.
func TestWhatCannotBeToldAtAGlanceIsDecidedAllTheSame(t *testing.T) {
	const policy = `
version: 1
name: x
scopes: {org: {attributes: {n: int}}, unit: {in: [org, unit]}}
areas: {x: , y: }
roles:
  r: {at: [org, unit], reach: all, areas: {x: edit}}
  five:
    at: [org, unit]
    grants: [{areas: {x: read}, when: org.n == 1}, {areas: {x: read}, when: org.n == 2}, {areas: {x: read}, when: org.n == 3}, {areas: {x: read}, when: org.n == 4}, {areas: {x: edit}, when: org.n == 5}]
  joined: {at: org, reach: joined, grants: [{areas: {x: edit}, when: org.n == 5}]}
  needy: {at: org, requires: joined, areas: {x: edit}}
  some: {at: [org, unit], grants: [{areas: {x: edit}, when: org.n == 5}]}
boundaries:
  b: {in: unit, roles: some, limit: {x: none}}
`
	var directory strings.Builder
	directory.WriteString("version: 1\nscopes:\n  org:o: {n: 5}\n")
	deep := "org:o"
	for i := range 11 {
		deep += fmt.Sprintf("/unit:u%d", i)
		fmt.Fprintf(&directory, "  %s:\n", deep)
	}
	for i := range 20 {
		fmt.Fprintf(&directory, "  org:o%d: {n: 4}\n", i)
	}
	directory.WriteString("principals:\n  many:\n    status: active\n    assignments:\n")
	for i := range 20 {
		fmt.Fprintf(&directory, "      - {roles: r, in: org:o%d}\n", i)
	}
	unit := "org:o/unit:u0"
	fmt.Fprintf(&directory, `
  far: {status: active, assignments: [{roles: r, in: org:o}]}
  five: {status: active, assignments: [{roles: five, in: org:o}]}
  joins: {status: active, assignments: [{roles: joined, in: org:o}, {roles: r, in: %q, limit: {x: read}}]}
  stays: {status: active, assignments: [{roles: joined, in: org:o}]}
  needy: {status: active, assignments: [{roles: [needy, joined], in: org:o}]}
  some: {status: active, assignments: [{roles: some, in: [org:o, %q]}]}
`, unit, unit)
	e := load(t, policy, directory.String())
	for _, c := range []struct {
		who, where string
		allowed    bool
	}{
		{"many", "org:o7", true}, {"many", "org:o", false},
		{"far", deep, true}, {"far", "org:o1", false},
		{"five", "org:o", true},
		{"joins", unit, true}, {"stays", unit, false}, {"stays", "org:o", true},
		{"needy", "org:o", true},
		{"some", "org:o", true}, {"some", unit, false},
	} {
		s, r := e.As(c.who), authz.Request{Permission: "x:edit", Scope: c.where}
		p, at := permission(t, e, r.Permission), place(t, e, c.where)
		//lint:ignore SA1012 nil is what careless callers pass
		decided, checked := s.Decide(nil, p, at), e.Check(nil, c.who, r)
		for way, got := range map[string]bool{
			"Allows": s.Allows(p, at), "Decide": decided.Allowed, "Can": s.Can(r.Permission, c.where), "Check": s.Check(context.Background(), r).Allowed,
			"Engine.Can": e.Can(c.who, r.Permission, c.where), "Engine.Check": checked.Allowed,
		} {
			if got != c.allowed {
				t.Errorf("%s of %s in %s: %t", way, c.who, c.where, got)
			}
		}
		if decided.Level != checked.Level || decided.Reason != checked.Reason {
			t.Errorf("%s in %s: decided %s, checked %s", c.who, c.where, decided, checked)
		}
	}
}

// What is looked up says what is wrong with its name, as a check would.
func TestLookingUpHandlesSaysWhatIsWrong(t *testing.T) {
	e := example(t)
	for _, c := range []struct{ text, want string }{
		{"", "the request names no permission"},
		{"billing:delete", `there is no level "delete"; a policy's levels are none < read < edit`},
		{"billing.cancle", `there is no action "billing.cancle"`},
	} {
		if p, err := e.Permission(c.text); err == nil || p != (authz.Permission{}) {
			t.Errorf("%q: %v, %v", c.text, p, err)
		}
	}
	for _, path := range []string{"", "org", "org:nowhere", "galaxy:x", "workspace:ml"} {
		if p, err := e.Place(path); err == nil || p != (authz.Place{}) {
			t.Errorf("%q: %v, %v", path, p, err)
		}
	}
	var none *authz.Engine
	if _, err := none.Permission("billing:edit"); err == nil {
		t.Error("a permission without an engine")
	}
	if _, err := none.Place("org:acme"); err == nil {
		t.Error("a scope without an engine")
	}
	if got := permission(t, e, "billing.cancel").String(); got != "billing:edit" {
		t.Errorf("the action is %q", got)
	}
	if got := place(t, e, "org:acme").String(); got != "org:acme" {
		t.Errorf("the scope is %q", got)
	}
	if s := (authz.Permission{}).String() + (authz.Place{}).String(); s != "" {
		t.Errorf("zero handles are %q", s)
	}
}

// A check allocates nothing: by ids, of a bound subject by names, by handles; allowed or denied.
func TestACheckAllocatesNothing(t *testing.T) {
	ctx := context.Background()
	e, err := authz.Open(examples.Product("refinery-studio"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		as, permission, in string
		allowed            bool
	}{
		{"ada", "workspaces.rename", "org:acme/workspace:research", true},
		{"mona", "workspaces.rename", "org:acme/workspace:research", false},
	} {
		s, p, at := e.As(c.as), permission(t, e, c.permission), place(t, e, c.in)
		r := authz.Request{Permission: c.permission, Scope: c.in}
		for name, check := range map[string]func() bool{
			"by ids":         func() bool { return e.Check(ctx, c.as, r).Allowed },
			"by ids, alone":  func() bool { return e.Can(c.as, c.permission, c.in) },
			"bound":          func() bool { return s.Check(ctx, r).Allowed },
			"bound, alone":   func() bool { return s.Can(c.permission, c.in) },
			"handles":        func() bool { return s.Decide(ctx, p, at).Allowed },
			"handles, alone": func() bool { return s.Allows(p, at) },
		} {
			if got := check(); got != c.allowed {
				t.Errorf("%s %s: allowed %t", c.as, name, got)
			}
			if n := testing.AllocsPerRun(100, func() { check() }); n != 0 {
				t.Errorf("%s %s: %g allocations", c.as, name, n)
			}
		}
	}
}

// By ids one asks as by binding: also for one who is not there, without an engine, and for a key.
func TestCheckingByIDsIsCheckingWhoIsBound(t *testing.T) {
	ctx := context.Background()
	e := example(t)
	for _, id := range []string{"alice", "nightly", "key-7f3a", "nobody", ""} {
		for _, permission := range []string{"members:edit", "members:read", "analytics:read", "billing:read", "nothing:edit", ""} {
			for _, in := range []string{"org:acme", "org:acme/workspace:ml", "org:nowhere", "what", ""} {
				r := authz.Request{Permission: permission, Scope: in}
				want, got := e.As(id).Check(ctx, r), e.Check(ctx, id, r)
				if got.Allowed != want.Allowed || got.Reason != want.Reason || got.Level != want.Level || (got.Err == nil) != (want.Err == nil) {
					t.Errorf("%s asks for %q in %q: by ids %s, bound %s", id, permission, in, got, want)
				}
				if e.Can(id, permission, in) != want.Allowed {
					t.Errorf("%s asks for %q in %q: by ids %t, bound %s", id, permission, in, !want.Allowed, want)
				}
			}
		}
	}
	var none *authz.Engine
	if d := none.Check(ctx, "alice", authz.Request{Permission: "members:edit", Scope: "org:acme"}); d.Allowed || d.Err == nil {
		t.Errorf("without an engine: %s", d)
	}
}

func example(t *testing.T) *authz.Engine {
	t.Helper()
	e, err := authz.New(examplePolicy(), exampleDirectory())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func permission(t testing.TB, e *authz.Engine, text string) authz.Permission {
	t.Helper()
	p, err := e.Permission(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func place(t testing.TB, e *authz.Engine, path string) authz.Place {
	t.Helper()
	p, err := e.Place(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Many subjects are bound at once: what each takes is what keeps the others near by.
func TestASubjectIsOneLineOfTheCacheLong(t *testing.T) {
	if size := reflect.TypeFor[authz.Subject]().Size(); size > 64 {
		t.Errorf("a subject takes %d bytes", size)
	}
}

// Who asks once a request is bound once a request.
func TestBindingSomebodyInNoGroupAllocatesTwice(t *testing.T) {
	for product, id := range map[string]string{"agent-studio": "fay", "tenant-platform": "ursula"} {
		e := open(product)
		if n := testing.AllocsPerRun(100, func() { e.As(id) }); n != 2 {
			t.Errorf("%s: %v allocations", product, n)
		}
	}
}
