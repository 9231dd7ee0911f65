package authz_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/examples"
	"github.com/trellis-authz/trellis/profiles"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// The specification's example, spelled out in Go.
func examplePolicy() authz.Policy {
	return authz.Policy{
		Name:   "example",
		Levels: []string{"none", "read", "edit"},
		Scopes: []scope.Kind{
			{Name: "org", Attributes: map[string]string{"plan": "string"}},
			{Name: "subtenant", In: []string{"org", "subtenant"}},
			{Name: "workspace", In: []string{"org", "subtenant"}, Attributes: map[string]string{"visibility": "string", "owner": "principal"}},
		},
		Principal: map[string]string{"department": "string", "mfa": "bool"},
		Request:   map[string]string{"ip": "string"},
		Areas: []roles.Area{
			{Name: "analytics", Areas: []roles.Area{{Name: "dashboards"}, {Name: "polyscore"}}},
			{Name: "billing", At: []string{"org"}},
			{Name: "members"},
			{Name: "deletion"},
		},
		Actions: []authz.Action{{Name: "billing.cancel", Permission: "billing:edit"}},
		Roles: []roles.Role{
			{Name: "member", At: []string{"org"}, Reach: roles.Joined, Areas: roles.Grant{"analytics": "edit", "analytics.polyscore": "read", "billing": "read"}},
			{Name: "admin", At: []string{"org"}, Reach: roles.All, Inherits: []string{"member", "manager"}, Areas: roles.Grant{"billing": "edit"},
				Grants: []roles.Conditional{{Areas: roles.Grant{"deletion": "edit"}, When: `workspace.owner.status == "deactivated"`}}},
			{Name: "manager", At: []string{"workspace"}, Areas: roles.Grant{"members": "edit"}, GivenWith: "members:edit"},
			{Name: "reader", At: []string{"workspace"}, Inherits: []string{"manager"}, Limit: roles.AtMost(roles.Grant{"*": "read"})},
			{Name: "agent_operator", At: []string{"workspace"}, Requires: []string{"member"}, Areas: roles.Grant{"analytics": "edit"}, GivenWith: "members:edit", ExceedsGiver: true},
		},
		Profiles: []profiles.Profile{{Name: "analyst", Roles: []string{"member"}, Limit: roles.Only(roles.Grant{"analytics": "read"}), GivenWith: "members:edit"}},
		Boundaries: []authz.Boundary{
			{Name: "plan_gate", In: []string{"org"}, When: `!(org.plan in ["team", "enterprise"])`, Limit: roles.AtMost(roles.Grant{"analytics.polyscore": "none"})},
			{Name: "acme_private", In: []string{"workspace"}, Under: "org:acme", When: `workspace.visibility == "private"`, Roles: []string{"manager"}, Limit: roles.AtMost(roles.Grant{"members": "read"})},
		},
	}
}

func exampleDirectory() *authz.Directory {
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	const ml = "org:acme/workspace:ml"
	return &authz.Directory{
		Scopes: []authz.Scope{
			{Path: "org:acme", Attributes: authz.Attributes{"plan": "enterprise"}},
			{Path: ml, Attributes: authz.Attributes{"visibility": "internal", "owner": "alice"}},
		},
		Groups: []authz.Group{
			{Name: "staff", Assignments: []authz.Assignment{{Roles: []string{"member"}, In: []string{"org:acme"}}}},
			{Name: "engineers", Groups: []string{"staff"}},
		},
		Principals: []authz.Principal{
			{ID: "alice", Status: authz.Active, Groups: []string{"engineers"}, Attributes: authz.Attributes{"department": "eng", "mfa": true},
				Assignments: []authz.Assignment{
					{Roles: []string{"manager"}, In: []string{ml}, Until: end},
					{Profiles: []string{"analyst"}, In: []string{"org:acme"}, Limit: roles.AtMost(roles.Grant{"analytics.polyscore": "none"})},
				},
				Limit: roles.AtMost(roles.Grant{"deletion": "none"})},
			{ID: "nightly", Kind: authz.Service, Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"reader"}, In: []string{ml}}}},
			{ID: "key-7f3a", Kind: authz.Key, Status: authz.Active, Owner: "alice", In: []string{ml}, Limit: roles.AtMost(roles.Grant{"*": "read"}), Until: end},
		},
	}
}

// "a policy built in Go is validated by the same rules and gives the same engine"
func TestAPolicyInGoGivesTheSameEngineAsItsYAML(t *testing.T) {
	ctx := context.Background()
	fromGo, err := authz.New(examplePolicy(), exampleDirectory())
	if err != nil {
		t.Fatal(err)
	}
	fromYAML, err := authz.Open(osFolder("../testdata/valid/example"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fromYAML.Matrix().Columns, fromGo.Matrix().Columns, cmp.Transformer("names", func(c authz.Column) string { return c.Name })); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(authz.Dump(fromYAML), authz.Dump(fromGo)); diff != "" {
		t.Errorf("the tables differ:\n%s", diff)
	}
	asked := 0
	for _, id := range []string{"alice", "nightly", "key-7f3a", "nobody", ""} {
		for _, where := range []string{"org:acme", "org:acme/workspace:ml"} {
			for _, area := range []string{"analytics", "analytics.dashboards", "analytics.polyscore", "billing", "members", "deletion"} {
				for _, level := range []string{"read", "edit"} {
					r := authz.Request{Permission: area + ":" + level, Scope: where, Facts: authz.Facts{Time: noon}}
					a, b := fromGo.As(id).Check(ctx, r), fromYAML.As(id).Check(ctx, r)
					if a.Allowed != b.Allowed || a.Level != b.Level || a.Reason != b.Reason {
						t.Errorf("%s, %s in %s: %s in Go, %s in YAML", id, r.Permission, where, a, b)
					}
					asked++
				}
			}
		}
	}
	if asked != 120 {
		t.Errorf("%d questions", asked)
	}
}

func TestAPolicyInGoIsCheckedByTheSameRules(t *testing.T) {
	p := examplePolicy()
	p.Roles[0].Areas["analytics.polyscore"] = "edti"
	p.Roles[1].Grants[0].When = "workspace.ownr.status == 1"
	p.Roles = append(p.Roles, roles.Role{Name: "member"}, roles.Role{Name: "Bad", At: []string{}})
	p.Boundaries[0].In = []string{"orgs"}
	p.Boundaries[1].Limit = roles.Limit{}
	d := exampleDirectory()
	d.Principals[0].Groups = []string{"enginers"}
	d.Principals = append(d.Principals, authz.Principal{ID: "nightly", Status: authz.Active})
	e, err := authz.New(p, d)
	if e != nil {
		t.Error("there is an engine")
	}
	var got []string
	for _, d := range diag.From(err) {
		got = append(got, d.Rule+" "+d.Where)
	}
	want := []string{
		"empty-limit boundaries.acme_private.limit",
		"unknown-kind boundaries.plan_gate.in[0]",
		"duplicate-name principals.nightly",
		"unknown-group principals.alice.groups[0]",
		"bad-name roles.Bad",
		"empty-list roles.Bad.at",
		"condition-attribute roles.admin.grants[0].when",
		"duplicate-name roles.member",
		`unknown-level roles.member.areas."analytics.polyscore"`,
		"boundary-inherited boundaries.acme_private.roles[0]", // a warning: admin and reader inherit manager
	}
	for _, w := range want {
		if !strings.Contains("\n"+strings.Join(got, "\n")+"\n", "\n"+w+"\n") {
			t.Errorf("%s is not reported", w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d findings, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}

// "compiling 100 times gives one printed form"
func TestCompilingIsDeterministic(t *testing.T) {
	for _, product := range examples.Products() {
		first := ""
		for range 20 {
			e, err := authz.Open(examples.Product(product))
			if err != nil {
				t.Fatal(err)
			}
			if first == "" {
				first = authz.Dump(e)
			} else if diff := cmp.Diff(first, authz.Dump(e)); diff != "" {
				t.Fatalf("%s: %s", product, diff)
			}
		}
	}
}

// The compiled form of the specification's example, to be read.
func TestTheCompiledFormIsAsExpected(t *testing.T) {
	e, err := authz.New(examplePolicy(), exampleDirectory())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "example.compiled.txt", authz.Dump(e))
}

// "a policy or directory with any error: nothing is loaded"
func TestOpenTellsWhichFilesItNeeds(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for name, c := range map[string]struct {
		files fstest.MapFS
		says  string
	}{
		"nothing":         {fstest.MapFS{}, "no policy file"},
		"the wrong end":   {fstest.MapFS{"a.policy.yml": file("")}, "rename a.policy.yml to a.policy.yaml"},
		"two policies":    {fstest.MapFS{"a.policy.yaml": file(keyPolicy), "b.policy.yaml": file(keyPolicy)}, "a.policy.yaml and b.policy.yaml"},
		"two directories": {fstest.MapFS{"a.policy.yaml": file(keyPolicy), "a.directory.yaml": file(""), "b.directory.yaml": file("")}, "a.directory.yaml and b.directory.yaml"},
		"a bad directory": {fstest.MapFS{"a.policy.yaml": file(keyPolicy), "a.directory.yaml": file("version: 1\nprincipals: {a: {status: activ}}")}, `did you mean "active"?`},
		"an empty policy": {fstest.MapFS{"a.policy.yaml": file("")}, "yaml-empty"},
	} {
		e, err := authz.Open(c.files)
		if e != nil || err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := authz.Open(fstest.MapFS{}); !errors.Is(err, authz.ErrNoPolicy) {
		t.Errorf("%v", err)
	}
	if _, err := authz.Load(fstest.MapFS{"a.policy.yaml": file(keyPolicy)}, "a.policy.yaml", "nosuch.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// Engines and subjects are safe for concurrent use; run under the race detector.
func TestEnginesAndSubjectsAreSafeForConcurrentUse(t *testing.T) {
	e, err := authz.Open(examples.Product("refinery-studio"))
	if err != nil {
		t.Fatal(err)
	}
	shared := e.As("mona")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				for _, s := range []*authz.Subject{shared, e.As("ada"), e.Anonymous()} {
					r := authz.Request{Permission: "workspaces.delete", Scope: "org:acme/workspace:research"}
					if d := s.Check(t.Context(), r); d.Allowed != (s.ID() == "mona") {
						t.Errorf("%q: %s", s.ID(), d)
					}
					_ = s.Explain(t.Context(), r).String()
					s.CanAssign(t.Context(), authz.Giving{Name: "workspace_user", Scope: "org:acme/workspace:research"})
					if _, err := s.Held(t.Context(), "org:acme", authz.Facts{}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}

// Assignments that each stand for as many as one may come to too many, and that is said once.
func TestTheAssignmentsOfADirectoryAreBoundedTogether(t *testing.T) {
	d := authz.Directory{Scopes: []authz.Scope{{Path: "org:acme"}}}
	a := authz.Assignment{Roles: []string{"manager", "reader"}}
	for i := range authz.MaxAssigned / 2 {
		path := fmt.Sprint("org:acme/workspace:w", i)
		d.Scopes, a.In = append(d.Scopes, authz.Scope{Path: path}), append(a.In, path)
	}
	for i := range authz.MaxAllAssigned/authz.MaxAssigned + 3 {
		d.Groups = append(d.Groups, authz.Group{Name: fmt.Sprint("g", i), Assignments: []authz.Assignment{a}})
	}
	_, err := authz.New(examplePolicy(), &d)
	if list := diag.From(err).Only(diag.Error); len(list) != 1 || list[0].Rule != "too-many-assigned" {
		t.Error(list)
	}
}
