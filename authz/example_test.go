package authz_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"testing/fstest"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/examples"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// open loads one of the five products as of a fixed time.
func open(product string) *authz.Engine {
	today := func() time.Time { return time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC) }
	engine, err := authz.Open(examples.Product(product), authz.WithClock(today))
	if err != nil {
		log.Fatal(err)
	}
	return engine
}

// A service loads its policy when it starts, from files or from an embed.FS.
func ExampleOpen() {
	engine, err := authz.Open(os.DirFS("../testdata/valid/example"))
	if err != nil {
		log.Fatal(err)
	}
	alice := engine.As("alice")
	fmt.Println(alice.Can("analytics.dashboards:edit", "org:acme/workspace:ml"))
	// Output: true
}

// All mistakes come at once, each with its place, a caret and a suggestion.
func ExampleOpen_mistakes() {
	_, err := authz.Open(fstest.MapFS{"shop.policy.yaml": {Data: []byte(`version: 1
name: shop
scopes: {org: {attributes: {plan: string}}}
areas: {orders: , billing: }
roles:
  clerk: {at: ogr, areas: {orders: edit}}
  boss:
    at: org
    grants:
      - {areas: {biling: edit}, when: 'org.plann == "team"'}
`)}})
	if err := diag.From(err).Render(os.Stdout, diag.Style{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// shop.policy.yaml:6:15: error[unknown-kind]: there is no scope kind "ogr"; did you mean "org"?
	//    6 |   clerk: {at: ogr, areas: {orders: edit}}
	//      |               ^^^
	// shop.policy.yaml:10:18: error[unknown-area]: there is no area "biling"; did you mean "billing"?
	//   10 |       - {areas: {biling: edit}, when: 'org.plann == "team"'}
	//      |                  ^^^^^^
	// shop.policy.yaml:10:44: error[condition-attribute]: there is no attribute "plann" of org; did you mean "plan"?
	//   10 |       - {areas: {biling: edit}, when: 'org.plann == "team"'}
	//      |                                            ^^^^^
}

// Code behind middleware asks for whoever the context holds.
func ExampleCheck() {
	engine := open("delivery-platform")
	ctx := authz.NewContext(context.Background(), engine.As("vito")) // middleware does this

	err := authz.Check(ctx, "workspaces.manage_members", "org:northwind/workspace:apollo")
	fmt.Println(err)
	fmt.Println(errors.Is(err, authz.ErrDenied))
	fmt.Println(authz.Check(context.Background(), "billing.view", "org:northwind"))
	// Output:
	// "workspaces.manage_members" in "org:northwind/workspace:apollo" denied: no-grant
	// true
	// nobody is signed in
}

// A decision says what is held, and why. Facts that the directory does not list come in with the request.
func ExampleSubject_Check() {
	mona := open("refinery-studio").As("mona")
	decision := mona.Check(context.Background(), authz.Request{
		Permission: "teams.delete",
		Scope:      "org:acme/workspace:research/team:new",
		Facts:      authz.Facts{Scopes: map[string]authz.Attributes{"org:acme/workspace:research/team:new": {"owner": "mona"}}},
	})
	fmt.Println(decision.Allowed, decision.Level, decision.Reason)
	// Output: true edit granted
}

// The tree of what is held draws a sidebar: a heading is shown when something under it is held.
func ExampleSubject_Held() {
	held, err := open("delivery-platform").As("luis").Held(context.Background(), "org:northwind", authz.Facts{})
	if err != nil {
		log.Fatal(err)
	}
	for area := range held.Areas() {
		if area.Exists() && area.Highest() != "none" {
			fmt.Printf("%s %s..%s\n", area.Area(), area.Level(), area.Highest())
		}
	}
	// Output:
	// discover edit..edit
	// define edit..edit
	// design edit..edit
	// build edit..edit
	// insights read..read
	// costs read..read
	// dashboard none..read
	// billing read..read
}

// Nobody gives more than they have, and only what they hold the permission to give.
func ExampleSubject_CanAssign() {
	engine := open("delivery-platform")
	for _, giver := range []string{"wanda", "vito"} {
		fmt.Println(giver, engine.As(giver).CanAssign(context.Background(), authz.Giving{Name: "workspace_viewer", Scope: "org:northwind/workspace:apollo"}))
	}
	// Output:
	// wanda allowed: granted
	// vito denied: no-grant: who gives "workspace_viewer" needs workspaces.members:edit here
}

// An explanation is written for somebody who has not seen the policy.
func ExampleSubject_Explain() {
	fmt.Print(open("delivery-platform").As("ghita").Explain(context.Background(), authz.Request{
		Permission: "workspaces.manage_members",
		Scope:      "org:northwind/workspace:apollo",
	}))
	// Output:
	// DENIED  no-grant: holds none in workspaces.members, and needs edit
	//
	//   who    ghita, an active user
	//   what   workspaces.manage_members (workspaces.members:edit)
	//   where  org:northwind/workspace:apollo
	//
	// because
	//   - nothing that is assigned gives anything in workspaces.members here
	//
	// also looked at
	//   - role workspace_admin in org:northwind/workspace:apollo gives none  [delivery-platform.directory.yaml:61:41]
	//       but workspace_admin counts only for one who also holds member here
	//
	// nearest ways to a yes
	//   1. give ghita the role member in org:northwind as well: workspace_admin counts only for one who holds that, too
	//   2. give ghita the role admin in org:northwind (who holds users.administrators:edit there may)
}

// A principal may be passed in Go, with or without a directory.
func ExampleEngine_Bind() {
	engine := open("delivery-platform")
	key, err := engine.Bind(authz.Principal{ID: "key-42", Kind: authz.Key, Status: authz.Active, Owner: "freya", In: []string{"org:northwind"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key.Can("billing.cancel", "org:northwind"))

	_, err = engine.Bind(authz.Principal{ID: "eve", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"admn"}, In: []string{"org:northwind"}}}})
	fmt.Println(err)
	// Output:
	// true
	// the principal cannot be bound: principal.assignments[0].roles[0]: error[unknown-role]: there is no role "admn"; did you mean "admin"?
}

// What is asked again and again is looked up once. Handles are good for every engine that changes lead to.
func ExampleSubject_Allows() {
	engine := open("refinery-studio")
	rename, err := engine.Permission("workspaces.rename")
	if err != nil {
		log.Fatal(err)
	}
	research, err := engine.Place("org:acme/workspace:research")
	if err != nil {
		log.Fatal(err)
	}
	for _, id := range []string{"ada", "mona"} {
		fmt.Println(id, engine.As(id).Allows(rename, research))
	}
	// Output:
	// ada true
	// mona false
}

// A directory is built one by one, from a database or another service.
func ExampleEngine_Builder() {
	policy, err := authz.New(authz.Policy{
		Name:   "notes",
		Scopes: []scope.Kind{{Name: "org"}, {Name: "workspace", In: []string{"org"}}},
		Areas:  []roles.Area{{Name: "notes"}},
		Roles:  []roles.Role{{Name: "editor", At: []string{"workspace"}, Areas: roles.Grant{"notes": "edit"}}},
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	b := policy.Builder()
	for _, path := range []string{"org:acme", "org:acme/workspace:ml"} {
		if err := b.Scope(authz.Scope{Path: path}); err != nil {
			log.Fatal(err)
		}
	}
	edits := []authz.Assignment{{Roles: []string{"editor"}, In: []string{"org:acme/workspace:ml"}}}
	for _, id := range []string{"alice", "bob"} {
		if err := b.Principal(authz.Principal{ID: id, Status: authz.Active, Assignments: edits}); err != nil {
			log.Fatal(err)
		}
	}
	engine, err := b.Build()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(engine.Principals(), engine.Can("bob", "notes:edit", "org:acme/workspace:ml"))
	// Output: [alice bob] true
}

// A change makes another engine; the one before stays as it is for whoever is using it.
func ExampleEngine_Apply() {
	engine := open("refinery-studio")
	next, err := engine.Apply(authz.SetStatus("ada", authz.Suspended))
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range []*authz.Engine{engine, next} {
		fmt.Println(e.Check(context.Background(), "ada", authz.Request{Permission: "workspaces.rename", Scope: "org:acme/workspace:research"}))
	}
	// Output:
	// allowed: granted (edit)
	// denied: inactive (none): "ada" is suspended
}
