package authz_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/roles"
)

func apply(t testing.TB, e *authz.Engine, changes ...authz.Change) *authz.Engine {
	t.Helper()
	next, err := e.Apply(changes...)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

var (
	managerOfML = authz.Assignment{Roles: []string{"manager"}, In: []string{"org:acme/workspace:ml"}}
	bob         = authz.Principal{ID: "bob", Status: authz.Active}
)

// "An engine stays what it was, for whoever is using it". Each change does what it says, and no more.
func TestChangesMakeAnotherEngine(t *testing.T) {
	const members, ml = "members:edit", "org:acme/workspace:ml"
	e0 := example(t)
	e1 := apply(t, e0, authz.PutPrincipal(bob))
	e2 := apply(t, e1, authz.Assign("bob", managerOfML))
	e3 := apply(t, e2, authz.SetStatus("bob", authz.Suspended))
	e4 := apply(t, e2, authz.Unassign("bob", managerOfML))
	e5 := apply(t, e2, authz.DropPrincipal("bob"))
	e6 := apply(t, e2, authz.PutPrincipal(bob))
	for i, c := range []struct {
		e    *authz.Engine
		want authz.Reason
	}{
		{e0, authz.UnknownPrincipal}, {e1, authz.NoGrant}, {e2, authz.Granted}, {e3, authz.Inactive}, {e4, authz.NoGrant},
		{e5, authz.UnknownPrincipal}, {e6, authz.NoGrant},
	} {
		r := authz.Request{Permission: members, Scope: ml}
		if d := c.e.As("bob").Check(context.Background(), r); d.Reason != c.want {
			t.Errorf("engine %d: %s, want %s", i, d, c.want)
		}
		if d := c.e.Check(context.Background(), "bob", r); d.Reason != c.want {
			t.Errorf("engine %d by id: %s, want %s", i, d, c.want)
		}
		if !c.e.Can("alice", members, ml) {
			t.Errorf("engine %d: alice lost what she had", i)
		}
		if x := c.e.As("bob").Explain(context.Background(), r); x.Reason != c.want || x.String() == "" {
			t.Errorf("engine %d explains %s", i, x.Decision)
		}
	}
}

// Handles are good for every engine that changes lead to; a scope that is not there is unknown.
func TestHandlesOutliveChanges(t *testing.T) {
	ctx := context.Background()
	e := example(t)
	p, ml := permission(t, e, "members:edit"), place(t, e, "org:acme/workspace:ml")
	next := apply(t, e, authz.PutScope(authz.Scope{Path: "org:acme/workspace:new", Attributes: authz.Attributes{"visibility": "internal"}}), authz.PutPrincipal(bob),
		authz.Assign("bob", authz.Assignment{Roles: []string{"manager"}, In: []string{"org:acme/workspace:new"}}))
	fresh := place(t, next, "org:acme/workspace:new")
	if !next.As("alice").Allows(p, ml) || !next.As("bob").Allows(p, fresh) {
		t.Error("handles are not good for the next engine")
	}
	if d := e.As("alice").Decide(ctx, p, fresh); d.Reason != authz.UnknownScope {
		t.Errorf("the engine before decides about a scope that it does not list: %s", d)
	}
	// Of two engines that were led to from one, each has a scope of its own there.
	other := apply(t, e, authz.PutScope(authz.Scope{Path: "org:acme/workspace:other"}), authz.PutPrincipal(bob),
		authz.Assign("bob", authz.Assignment{Roles: []string{"reader"}, In: []string{"org:acme/workspace:other"}}))
	if d := other.As("bob").Decide(ctx, permission(t, e, "members:read"), fresh); d.Reason != authz.UnknownScope || other.As("bob").Allows(permission(t, e, "members:read"), fresh) {
		t.Errorf("a handle names the scope of another engine: %s", d)
	}
	dropped := apply(t, next, authz.DropScope("org:acme/workspace:new"))
	again := apply(t, dropped, authz.PutScope(authz.Scope{Path: "org:acme/workspace:new", Attributes: authz.Attributes{"visibility": "internal"}}))
	for _, e := range []*authz.Engine{dropped, again} {
		if d := e.As("bob").Decide(ctx, p, fresh); d.Reason != authz.UnknownScope {
			t.Errorf("the scope was dropped: %s", d)
		}
	}
}

// "A scope that is dropped takes along what is assigned in it, to groups, too": in another of the same path nobody holds
// anything by it, neither there, nor by having joined it.
func TestADroppedScopeTakesItsAssignmentsAlong(t *testing.T) {
	ctx := context.Background()
	const path = "org:acme/workspace:new"
	in := authz.Assignment{Roles: []string{"manager"}, In: []string{path}}
	member := authz.Assignment{Roles: []string{"member"}, In: []string{"org:acme"}}
	e := apply(t, example(t), authz.PutScope(authz.Scope{Path: path, Attributes: authz.Attributes{"visibility": "internal"}}), authz.PutPrincipal(bob), authz.Assign("bob", in, member))
	if !e.Can("bob", "members:edit", path) || !e.Can("bob", "analytics.dashboards:edit", path) {
		t.Fatal("bob manages the workspace, and has joined it")
	}
	e = apply(t, e, authz.DropScope(path), authz.PutScope(authz.Scope{Path: path, Attributes: authz.Attributes{"visibility": "internal"}}))
	for _, permission := range []string{"members:read", "analytics.dashboards:read"} {
		x := e.As("bob").Explain(ctx, authz.Request{Permission: permission, Scope: path})
		if x.Allowed || strings.Contains(x.String(), "role manager in org:acme/workspace:new gives") {
			t.Errorf("an assignment came back to life:\n%s", x)
		}
	}
	if !e.Can("bob", "billing:read", "org:acme") {
		t.Error("bob is still a member")
	}
	e = apply(t, e, authz.PutGroup(authz.Group{Name: "managers", Assignments: []authz.Assignment{in}}), authz.Join("bob", "managers"))
	if !e.Can("bob", "members:edit", path) {
		t.Fatal("bob manages the workspace with the group")
	}
	e = apply(t, e, authz.DropScope(path), authz.PutScope(authz.Scope{Path: path, Attributes: authz.Attributes{"visibility": "internal"}}))
	if e.Can("bob", "members:read", path) || e.Can("bob", "analytics.dashboards:read", path) {
		t.Error("an assignment of a group came back to life")
	}
}

// Attributes of scopes that change are read from then on.
func TestChangedAttributesAreRead(t *testing.T) {
	e := example(t)
	at, p := place(t, e, "org:acme/workspace:ml"), permission(t, e, "analytics.polyscore:read")
	if !e.As("alice").Allows(p, at) {
		t.Fatal("acme has the plan")
	}
	next := apply(t, e, authz.PutScope(authz.Scope{Path: "org:acme", Attributes: authz.Attributes{"plan": "free"}}))
	if next.As("alice").Allows(p, at) {
		t.Error("the plan was changed")
	}
	if !e.As("alice").Allows(p, at) {
		t.Error("the engine before has the plan")
	}
}

// Limits and times of what is assigned already outlive further assignments, and the same is not assigned twice.
func TestMoreAssignmentsKeepTheTermsOfTheOthers(t *testing.T) {
	const ml = "org:acme/workspace:ml"
	limited := managerOfML
	limited.Limit = roles.AtMost(roles.Grant{"*": "read"})
	e := apply(t, example(t), authz.PutPrincipal(bob), authz.Assign("bob", limited))
	e = apply(t, e, authz.Assign("bob", authz.Assignment{Roles: []string{"member"}, In: []string{"org:acme"}}), authz.Assign("bob", limited))
	if s := e.As("bob"); s.Can("members:edit", ml) || !s.Can("members:read", ml) || !s.Can("analytics.dashboards:edit", ml) {
		t.Error("bob reads the members, and edits the dashboards of what he has joined")
	}
	e = apply(t, e, authz.Unassign("bob", managerOfML))
	if s := e.As("bob"); s.Can("members:read", ml) || s.Can("analytics.dashboards:edit", ml) || !s.Can("billing:read", "org:acme") {
		t.Error("nothing is left of the workspace")
	}
}

// Groups: what their members hold changes with them.
func TestChangesOfGroups(t *testing.T) {
	const ml = "org:acme/workspace:ml"
	e := apply(t, example(t), authz.PutPrincipal(bob), authz.PutGroup(authz.Group{Name: "readers", Assignments: []authz.Assignment{{Roles: []string{"reader"}, In: []string{ml}}}}),
		authz.PutGroup(authz.Group{Name: "guests", Groups: []string{"readers"}}), authz.Join("bob", "guests"))
	for i, c := range []struct {
		change authz.Change
		want   bool
	}{
		{authz.SetStatus("bob", authz.Active), true},
		{authz.Leave("bob", "guests"), false},
		{authz.DropGroup("guests"), false},
		{authz.DropGroup("readers"), false},
		{authz.PutGroup(authz.Group{Name: "guests"}), false},
		{authz.PutGroup(authz.Group{Name: "readers"}), false},
		{authz.Join("bob", "readers", "guests"), true},
		{authz.PutGroup(authz.Group{Name: authz.Everyone, Assignments: []authz.Assignment{managerOfML}}), true},
	} {
		next := apply(t, e, c.change)
		for how, got := range map[string]bool{"bound": next.As("bob").Can("members:read", ml), "by id": next.Can("bob", "members:read", ml)} {
			if got != c.want {
				t.Errorf("%d, %s, %s: %t, want %t", i, c.change, how, got, c.want)
			}
		}
	}
	everyone := apply(t, e, authz.PutGroup(authz.Group{Name: authz.Everyone, Assignments: []authz.Assignment{managerOfML}}))
	if !everyone.Anonymous().Can("members:edit", ml) || apply(t, everyone, authz.DropGroup(authz.Everyone)).Anonymous().Can("members:edit", ml) {
		t.Error("everyone is built in, and can be emptied")
	}
	again := apply(t, apply(t, e, authz.DropGroup("readers")), authz.PutGroup(authz.Group{Name: "readers", Assignments: []authz.Assignment{managerOfML}}))
	if again.Can("bob", "members:read", ml) {
		t.Error("a group of the same name is another")
	}
}

// "A group that is dropped takes along the memberships in it": conditions do not read it either, nor another of its name.
func TestConditionsDoNotReadADroppedGroup(t *testing.T) {
	e := load(t, `
version: 1
name: groups
scopes: {org: }
areas: {docs: }
roles:
  reader: {at: org, grants: [{areas: {docs: read}, when: '"staff" in principal.groups'}]}
  nobody: {at: org, grants: [{areas: {docs: edit}, when: 'size(principal.groups) == 0'}]}
`, `
version: 1
scopes: {"org:1": }
groups: {staff: , ops: {groups: staff}}
principals:
  ann: {status: active, groups: staff, assignments: [{roles: [reader, nobody], in: "org:1"}]}
  ben: {status: active, groups: ops, assignments: [{roles: reader, in: "org:1"}]}
`)
	dropped := apply(t, e, authz.DropGroup("staff"))
	for _, c := range []struct {
		e        *authz.Engine
		ann, ben string
	}{
		{e, "granted read", "granted read"},
		{dropped, "granted edit", "no-grant none"},
		{apply(t, dropped, authz.PutGroup(authz.Group{Name: "staff"})), "granted edit", "no-grant none"},
	} {
		checkAll(t, c.e, []fact{{"ann", "docs:read", "org:1", c.ann}, {"ben", "docs:read", "org:1", c.ben}})
	}
}

// "What is put while it is there is replaced whole, but for what others have in it."
func TestWhatIsPutAgainKeepsWhatOthersHaveInIt(t *testing.T) {
	const acme, ml = "org:acme", "org:acme/workspace:ml"
	readers := authz.Group{Name: "readers", Assignments: []authz.Assignment{{Roles: []string{"reader"}, In: []string{ml}}}}
	key := authz.Principal{ID: "k", Kind: authz.Key, Status: authz.Active, Owner: "bob"}
	e := apply(t, example(t), authz.PutGroup(readers), authz.PutPrincipal(bob), authz.Join("bob", "readers"), authz.Assign("bob", managerOfML), authz.PutPrincipal(key))
	readers.Assignments[0] = authz.Assignment{Roles: []string{"member"}, In: []string{acme}}
	e = apply(t, e, authz.PutGroup(readers), authz.PutScope(authz.Scope{Path: ml, Attributes: authz.Attributes{"visibility": "public"}}), authz.PutScope(authz.Scope{Path: acme}))
	if !e.Can("bob", "billing:read", acme) || !e.Can("bob", "members:edit", ml) {
		t.Error("the group has lost its member, or the scope what is assigned in it")
	}
	e = apply(t, e, authz.Unassign("bob", managerOfML))
	if e.Can("bob", "members:read", ml) {
		t.Error("the group gives what it was assigned before")
	}
	e = apply(t, e, authz.PutPrincipal(authz.Principal{ID: "bob", Status: authz.Active, Assignments: []authz.Assignment{managerOfML}}))
	if e.Can("bob", "billing:read", acme) || !e.Can("k", "members:edit", ml) {
		t.Error("bob is a member of the group still, or has lost his key")
	}
	refuse(t, e, `"bob" owns 1 keys`, authz.DropPrincipal("bob"))
}

// What a principal is assigned already, on the same terms, it is not assigned twice, whatever it was assigned in between.
func TestWhatIsAssignedAlreadyIsNotAssignedTwice(t *testing.T) {
	const ml = "org:acme/workspace:ml"
	until := func(year int) authz.Change {
		a := managerOfML
		a.Until = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		return authz.Assign("bob", a)
	}
	limited := managerOfML
	limited.Limit = roles.AtMost(roles.Grant{"members": "read"})
	e := apply(t, example(t), authz.PutPrincipal(bob), until(2998), authz.Assign("bob", managerOfML), until(2999), authz.Assign("bob", limited))
	again := apply(t, e, authz.Assign("bob", limited), until(2998), authz.Assign("bob", managerOfML), until(2999))
	for _, e := range []*authz.Engine{e, again} {
		if x := e.As("bob").Explain(context.Background(), authz.Request{Permission: "members:read", Scope: ml}); len(x.Grants) != 4 {
			t.Errorf("%d grants: four are due", len(x.Grants))
		}
	}
}

// "A key whose only scope was dropped holds nothing anywhere; once a scope of that path is put, it holds there what its
// owner holds."
func TestTheScopesOfAKeyArePaths(t *testing.T) {
	const ml, path = "org:acme/workspace:ml", "org:acme/workspace:new"
	fresh := authz.PutScope(authz.Scope{Path: path, Attributes: authz.Attributes{"visibility": "internal"}})
	in := authz.Assignment{Roles: []string{"manager"}, In: []string{path}}
	e := apply(t, example(t), fresh, authz.PutPrincipal(bob), authz.Assign("bob", in, managerOfML),
		authz.PutPrincipal(authz.Principal{ID: "k", Kind: authz.Key, Status: authz.Active, Owner: "bob", In: []string{path}}))
	dropped := apply(t, e, authz.DropScope(path))
	again := apply(t, dropped, fresh)
	for _, c := range []struct {
		e         *authz.Engine
		there, ml string
	}{
		{e, "granted edit", "outside-key none"},
		{dropped, "unknown-scope none", "outside-key none"},
		{again, "no-grant none", "outside-key none"},
		{apply(t, again, authz.Assign("bob", in)), "granted edit", "outside-key none"},
	} {
		checkAll(t, c.e, []fact{{"k", "members:edit", path, c.there}, {"k", "members:edit", ml, c.ml}})
	}
}

// "`Unassign` takes a role or a profile in a scope away on whatever terms it was assigned. What a profile or a group brings
// is assigned by another name, and stays."
func TestUnassignTakesAwayOnWhateverTerms(t *testing.T) {
	const acme, ml = "org:acme", "org:acme/workspace:ml"
	role := authz.Assignment{Roles: []string{"member"}, In: []string{acme}}
	profile := authz.Assignment{Profiles: []string{"analyst"}, In: []string{acme}}
	on := func(a authz.Assignment) []authz.Assignment {
		until, from, limited := a, a, a
		until.Until, from.From, limited.Limit = noon.AddDate(100, 0, 0), noon.AddDate(-1, 0, 0), roles.AtMost(roles.Grant{"billing": "none"})
		return []authz.Assignment{a, until, from, limited}
	}
	e := apply(t, example(t), authz.PutPrincipal(bob), authz.Assign("bob", on(role)...), authz.Assign("bob", on(profile)...), authz.Assign("bob", managerOfML))
	held := func(e *authz.Engine) (all []string) {
		for _, g := range e.As("bob").Explain(context.Background(), authz.Request{Permission: "billing:read", Scope: acme}).Grants {
			if g.Scope == acme {
				all = append(all, strings.TrimPrefix(g.Profile+"/"+g.Role, "/"))
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	both := []string{"analyst/member", "member"}
	if got := held(e); !slices.Equal(got, both) {
		t.Fatalf("bob is assigned %q, want %q", got, both)
	}
	for _, c := range []struct {
		gone authz.Assignment
		want []string
	}{
		{role, []string{"analyst/member"}},
		{profile, []string{"member"}},
		{authz.Assignment{Roles: []string{"reader"}, In: []string{ml}}, both}, // which is not assigned
	} {
		next := apply(t, e, authz.Unassign("bob", c.gone))
		if got := held(next); !slices.Equal(got, c.want) {
			t.Errorf("without %v bob is assigned %q, want %q", c.gone, got, c.want)
		}
		if !next.Can("bob", "members:edit", ml) {
			t.Errorf("without %v bob manages the workspace no more", c.gone)
		}
	}
	staff := apply(t, example(t), authz.PutPrincipal(bob), authz.Join("bob", "staff"), authz.Unassign("bob", role))
	if !staff.Can("bob", "billing:read", acme) {
		t.Error("the group is assigned what was taken away from bob")
	}
}

// Keys and their owners.
func TestChangesOfKeys(t *testing.T) {
	key := authz.Principal{ID: "k", Kind: authz.Key, Status: authz.Active, Owner: "bob"}
	e := apply(t, example(t), authz.PutPrincipal(bob), authz.Assign("bob", managerOfML), authz.PutPrincipal(key))
	if !e.Can("k", "members:edit", "org:acme/workspace:ml") {
		t.Error("a key holds what its owner holds")
	}
	if apply(t, e, authz.Unassign("bob", managerOfML)).Can("k", "members:edit", "org:acme/workspace:ml") {
		t.Error("a key holds what its owner holds now")
	}
	refuse(t, e, `changes[0]: error[unknown-principal]: "bob" owns 1 keys, which cannot be without it: drop them first`, authz.DropPrincipal("bob"))
	refuse(t, e, `changes[0]: error[key-owner]: "bob" owns keys, so it cannot become one: drop them first`,
		authz.PutPrincipal(authz.Principal{ID: "bob", Kind: authz.Key, Status: authz.Active, Owner: "alice"}))
	refuse(t, e, `changes[1].owner: error[key-owner]: "bob" is a key itself`, authz.DropPrincipal("k"),
		authz.PutPrincipal(authz.Principal{ID: "bob", Kind: authz.Key, Status: authz.Active, Owner: "bob"}))
	apply(t, e, authz.DropPrincipal("k"), authz.DropPrincipal("bob"))
	key.Owner = "alice"
	apply(t, e, authz.PutPrincipal(key), authz.DropPrincipal("bob"))
	apply(t, e, authz.PutPrincipal(authz.Principal{ID: "bob", Status: authz.Active}), authz.DropPrincipal("k"), authz.DropPrincipal("bob"))
}

// refuse applies changes that are wrong: nothing of them is made, and the error says what is wrong.
func refuse(t *testing.T, e *authz.Engine, want string, changes ...authz.Change) {
	t.Helper()
	next, err := e.Apply(changes...)
	if next != nil || err == nil {
		t.Errorf("%v are made, want %s", changes, want)
		return
	}
	if list := diag.From(err); len(list) == 0 || !strings.Contains(err.Error(), want) {
		t.Errorf("%v: %v, want %s", changes, err, want)
	}
}

func TestWrongChangesAreRefusedWhole(t *testing.T) {
	e := example(t)
	for want, c := range map[string][]authz.Change{
		`changes[1]: error[unknown-principal]: the directory lists no principal "nobody"`: {authz.Assign("alice", managerOfML), authz.Assign("nobody", managerOfML)},
		`error[unknown-principal]: the directory lists no principal "x"`:                  {authz.DropPrincipal("x")},
		`the directory lists no principal "y"`:                                            {authz.Unassign("y", managerOfML)},
		`the directory lists no principal "z"`:                                            {authz.Join("z", "staff"), authz.Leave("z", "staff")},
		`there is no status "gone"`:                                                       {authz.SetStatus("alice", "gone")},
		`error[unknown-role]`:                                                             {authz.Assign("alice", authz.Assignment{Roles: []string{"boss"}, In: []string{"org:acme"}})},
		`error[unknown-role]: there is no role "boss"`:                                    {authz.Unassign("alice", authz.Assignment{Roles: []string{"boss"}, In: []string{"org:acme"}})},
		`error[unknown-profile]`:                                                          {authz.Unassign("alice", authz.Assignment{Profiles: []string{"boss"}, In: []string{"org:acme"}})},
		`error[conflicting-keys]`:                                                         {authz.Unassign("alice", authz.Assignment{Roles: []string{"manager"}, In: []string{"org:acme"}, Limit: roles.AtMost(roles.Grant{"*": "read"})})},
		`error[wrong-kind]`:                                                               {authz.Assign("alice", authz.Assignment{Roles: []string{"manager"}, In: []string{"org:acme"}})},
		`error[unlisted-parent]`:                                                          {authz.PutScope(authz.Scope{Path: "org:new/workspace:x"})},
		`error[bad-nesting]`:                                                              {authz.PutScope(authz.Scope{Path: "org:acme/org:x"})},
		`error[unlisted-parent]: "org:acme" holds`:                                        {authz.DropScope("org:acme")},
		`the directory lists no scope "org:none"`:                                         {authz.DropScope("org:none")},
		`error[groups-cycle]`:                                                             {authz.PutGroup(authz.Group{Name: "staff", Groups: []string{"engineers"}})},
		`error[bad-name]`:                                                                 {authz.PutGroup(authz.Group{Name: "A B"})},
		`there is no group "none"`:                                                        {authz.DropGroup("none")},
		`error[unknown-group]`:                                                            {authz.Join("alice", "none")},
		`error[key-fields]`:                                                               {authz.Assign("key-7f3a", managerOfML)},
		`a key has no groups of its own`:                                                  {authz.Join("key-7f3a", "staff")},
		`error[missing-key]`:                                                              {authz.PutPrincipal(authz.Principal{ID: "new"})},
		`there is no principal "none" to own the key`:                                     {authz.PutPrincipal(authz.Principal{ID: "k", Kind: authz.Key, Status: authz.Active, Owner: "none"})},
	} {
		refuse(t, e, want, c...)
	}
	// "The error tells each one that is wrong, and each that builds on what a wrong one was to put": what is right is there
	// for those that come after it.
	_, err := e.Apply(authz.DropPrincipal("nobody"), authz.PutPrincipal(bob), authz.Assign("bob", managerOfML), authz.Join("bob", "none"), authz.Unassign("bob", managerOfML))
	var told []string
	for _, d := range diag.From(err) {
		told = append(told, d.Where+" "+d.Rule)
	}
	if want := []string{"changes[0] unknown-principal", "changes[3].groups[0] unknown-group"}; !slices.Equal(told, want) {
		t.Errorf("told is %q, want %q", told, want)
	}
	refuse(t, e, "changes[0].status: error[missing-key]", authz.PutPrincipal(authz.Principal{ID: "bob"}), authz.Assign("bob", managerOfML))
	refuse(t, e, `changes[1]: error[unknown-principal]: the directory lists no principal "bob"`, authz.PutPrincipal(authz.Principal{ID: "bob"}), authz.Assign("bob", managerOfML))
	if d := e.As("bob").Check(context.Background(), authz.Request{Permission: "members:read", Scope: "org:acme"}); d.Reason != authz.UnknownPrincipal {
		t.Errorf("something was made of changes that were refused: %s", d)
	}
	if next, err := e.Apply(authz.DropPrincipal("nightly"), authz.Change{}); next != nil || err == nil || err.Error() != "changes[1] is empty: make a change by PutPrincipal, Assign and their like" {
		t.Errorf("an empty change: %v", err)
	}
	if _, err := (*authz.Engine)(nil).Apply(); err == nil {
		t.Error("nothing was changed")
	}
	none, err := authz.New(examplePolicy(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Apply(authz.PutPrincipal(bob)); err == nil {
		t.Error("there is no directory to change")
	}
	if s := fmt.Sprint(authz.Change{}, authz.DropPrincipal("x")); s != `no change a change of "x"` {
		t.Error(s)
	}
}

// "What others need is not dropped: a scope … which a boundary names": the policy would not load with what is left.
func TestAScopeThatThePolicyNamesIsNotDropped(t *testing.T) {
	p := examplePolicy()
	p.Boundaries = append(p.Boundaries, authz.Boundary{Name: "frozen", In: []string{"org:new"}, Limit: roles.AtMost(roles.Grant{"*": "read"})})
	p.Boundaries = append(p.Boundaries, authz.Boundary{Name: "private", In: []string{"workspace"}, Under: "org:other", Limit: roles.AtMost(roles.Grant{"*": "read"})})
	d := exampleDirectory()
	d.Scopes = append(d.Scopes, authz.Scope{Path: "org:new"}, authz.Scope{Path: "org:other"})
	e, err := authz.New(p, d)
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, e, `error[unknown-scope]: the boundary frozen names "org:new", which has to be listed: change the policy first`, authz.DropScope("org:new"))
	refuse(t, e, `error[unknown-scope]: the boundary private names "org:other", which has to be listed: change the policy first`, authz.DropScope("org:other"))
}

// What was read from a file changes as well: its places are those of the file no longer.
func TestADirectoryFromAFileIsChanged(t *testing.T) {
	e := load(t, "version: 1\nname: x\nscopes: {org: {}}\nareas: {docs: Documents}\nroles:\n  reader: {at: org, areas: {docs: read}}\n  writer: {at: org, areas: {docs: edit}}\n",
		"version: 1\nscopes: {org:a: {}}\nprincipals:\n  ann: {status: active, assignments: [{roles: reader, in: org:a}]}\n")
	next := apply(t, e, authz.Assign("ann", authz.Assignment{Roles: []string{"writer"}, In: []string{"org:a"}}))
	r := authz.Request{Permission: "docs:edit", Scope: "org:a"}
	if x := next.As("ann").Explain(context.Background(), r); !x.Allowed || strings.Contains(x.String(), "directory.yaml") || len(x.Grants) != 2 {
		t.Errorf("changed: %s", x)
	}
	if x := e.As("ann").Explain(context.Background(), r); x.Allowed || !strings.Contains(x.String(), "x.directory.yaml:4") {
		t.Errorf("before: %s", x)
	}
}
