package trellis_test

import (
	"context"
	"fmt"
	"log"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/profiles"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// The tour: everything below can only restrict what is above it.
func Example() {
	engine, err := authz.New(authz.Policy{
		Name: "tour",
		// WHERE: kinds of scopes, and what stands in what.
		Scopes: []scope.Kind{
			{Name: "org", Attributes: map[string]string{"plan": "string"}},
			{Name: "workspace", In: []string{"org"}},
		},
		// WHAT: areas, and roles that hold levels in them.
		Areas: []roles.Area{
			{Name: "analytics", Areas: []roles.Area{{Name: "dashboards"}, {Name: "scoring"}}},
			{Name: "billing", At: []string{"org"}},
		},
		Roles: []roles.Role{
			{Name: "owner", At: []string{"org"}, Reach: roles.All, Areas: roles.Grant{"*": "edit"}},
			{Name: "analyst", At: []string{"workspace"}, Areas: roles.Grant{"analytics": "edit"}},
		},
		// BUNDLES: roles that are given as one, perhaps with less.
		Profiles: []profiles.Profile{{Name: "guest", Roles: []string{"analyst"}, Limit: roles.Only(roles.Grant{"analytics.dashboards": "read"})}},
		// A limit on scopes, here on a condition.
		Boundaries: []authz.Boundary{{
			Name: "free_plan", In: []string{"org"}, When: `org.plan == "free"`,
			Limit: roles.AtMost(roles.Grant{"analytics.scoring": "none"}),
		}},
	}, &authz.Directory{
		Scopes: []authz.Scope{
			{Path: "org:acme", Attributes: authz.Attributes{"plan": "free"}},
			{Path: "org:acme/workspace:ml"},
		},
		Principals: []authz.Principal{
			{ID: "olga", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"owner"}, In: []string{"org:acme"}}}},
			{ID: "gus", Status: authz.Active, Assignments: []authz.Assignment{{Profiles: []string{"guest"}, In: []string{"org:acme/workspace:ml"}}}},
			{ID: "olgas-key", Kind: authz.Key, Status: authz.Active, Owner: "olga", Limit: roles.AtMost(roles.Grant{"*": "read"})},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, ask := range []struct{ who, permission, where string }{
		{"olga", "billing:edit", "org:acme"},
		{"olga", "billing:edit", "org:acme/workspace:ml"},
		{"olga", "analytics:edit", "org:acme/workspace:ml"}, // an area stands for everything beneath it
		{"olga", "analytics.dashboards:edit", "org:acme/workspace:ml"},
		{"gus", "analytics.dashboards:read", "org:acme/workspace:ml"},
		{"gus", "analytics.dashboards:edit", "org:acme/workspace:ml"},
		{"olgas-key", "billing:edit", "org:acme"},
		{"", "billing:read", "org:acme"},
	} {
		decision := engine.As(ask.who).Check(context.Background(), authz.Request{Permission: ask.permission, Scope: ask.where})
		fmt.Printf("%-9s %-25s %-21s %v %v\n", ask.who, ask.permission, ask.where, decision.Allowed, decision.Reason)
	}
	// Output:
	// olga      billing:edit              org:acme              true granted
	// olga      billing:edit              org:acme/workspace:ml false wrong-scope-kind
	// olga      analytics:edit            org:acme/workspace:ml false limited
	// olga      analytics.dashboards:edit org:acme/workspace:ml true granted
	// gus       analytics.dashboards:read org:acme/workspace:ml true granted
	// gus       analytics.dashboards:edit org:acme/workspace:ml false level-too-low
	// olgas-key billing:edit              org:acme              false limited
	//           billing:read              org:acme              false unknown-principal
}
