package authz_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// What is wrong is told at once, and again when all is built: an error that nobody looked at builds nothing.
func TestABuilderTellsWhatIsWrong(t *testing.T) {
	base := bare(t)
	for want, add := range map[string]func(b *authz.Builder) error{
		`scopes.org:acme: error[duplicate-name]: the scope "org:acme" is listed twice`: func(b *authz.Builder) error {
			return errors.Join(b.Scope(authz.Scope{Path: "org:acme"}), b.Scope(authz.Scope{Path: "org:acme"}))
		},
		`error[unlisted-parent]`: func(b *authz.Builder) error { return b.Scope(authz.Scope{Path: "org:b/workspace:c"}) },
		`error[bad-nesting]`:     func(b *authz.Builder) error { return b.Scope(authz.Scope{Path: "org:b/org:c"}) },
		`error[unknown-scope]`:   func(b *authz.Builder) error { return b.Principal(assigned("p", "member", "org:nowhere")) },
		`error[unknown-role]`:    func(b *authz.Builder) error { return b.Principal(assigned("p", "boss", "org:acme")) },
		`error[unknown-group]`: func(b *authz.Builder) error {
			return b.Principal(authz.Principal{ID: "p", Status: authz.Active, Groups: []string{"none"}})
		},
		`error[groups-cycle]`: func(b *authz.Builder) error {
			return errors.Join(b.Group(authz.Group{Name: "a", Groups: []string{"b"}}), b.Group(authz.Group{Name: "b", Groups: []string{"a"}}))
		},
		`error[duplicate-name]: the principal "p" is listed twice`: func(b *authz.Builder) error {
			return errors.Join(b.Principal(authz.Principal{ID: "p", Status: authz.Active}), b.Principal(authz.Principal{ID: "p", Status: authz.Active}))
		},
		`there is no principal "nobody" to own the key`: func(b *authz.Builder) error { return b.Principal(keyOf("nobody")) },
		`is a key itself`: func(b *authz.Builder) error {
			return errors.Join(b.Principal(keyOf("k2")), b.Principal(authz.Principal{ID: "k2", Kind: authz.Key, Status: authz.Active, Owner: "k"}))
		},
		`the key "owner" is missing`: func(b *authz.Builder) error { return b.Principal(keyOf("")) },
		`"org:late" comes too late: add scopes first, then groups, then principals`: func(b *authz.Builder) error {
			return errors.Join(b.Principal(authz.Principal{ID: "p", Status: authz.Active}), b.Scope(authz.Scope{Path: "org:late"}))
		},
	} {
		b := base.Builder()
		acme := b.Scope(authz.Scope{Path: "org:acme"})
		if strings.Contains(want, "listed twice") && strings.HasPrefix(want, "scopes") {
			b = base.Builder()
		}
		if acme != nil {
			t.Fatal(acme)
		}
		_ = add(b)
		e, err := b.Build()
		if e != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("built %v, %v; want %s", e, err, want)
		}
		if e, err := b.Build(); e != nil || err == nil {
			t.Errorf("built twice")
		}
		if err := b.Scope(authz.Scope{Path: "org:x"}); err == nil {
			t.Error("a scope comes after all is built")
		}
	}
}

// Who is listed is not restated by a fact, whichever comes first.
func TestABuilderHoldsWhatFactsSayOfPrincipals(t *testing.T) {
	b := bare(t).Builder()
	if err := errors.Join(b.Scope(authz.Scope{Path: "org:acme"}), b.Scope(authz.Scope{Path: "org:acme/workspace:w", Attributes: authz.Attributes{"owner": authz.Principal{ID: "p", Status: authz.Active}}}),
		b.Principal(authz.Principal{ID: "p", Status: authz.Suspended})); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Build(); err == nil || !strings.Contains(err.Error(), "error[restated]") {
		t.Errorf("restated: %v", err)
	}
}

// Ids that are no ids are reported, however long they are, and so is whoever comes after them.
func TestABuilderReportsIDsOfAnyLength(t *testing.T) {
	b := bare(t).Builder()
	for i := range 40 {
		id := fmt.Sprint(i, strings.Repeat("x", 9000*i))
		err := b.Principal(authz.Principal{ID: id, Status: authz.Active})
		if wrong := len(id) > scope.MaxID; (err != nil) != wrong {
			t.Fatalf("an id of %d bytes: %v", len(id), err)
		}
		if err := b.Principal(authz.Principal{ID: fmt.Sprint("key-", i), Kind: authz.Key, Status: authz.Active, Owner: id}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.Build()
	if list := diag.From(err); len(list) != 39 || list[38].Rule != "bad-id" {
		t.Errorf("%d are reported: %.200v", len(list), err)
	}
}

// Of very many errors some are kept, and the others counted.
func TestABuilderKeepsAThousandErrors(t *testing.T) {
	b := bare(t).Builder()
	for i := range 1500 {
		if b.Principal(authz.Principal{ID: fmt.Sprint(i)}) == nil {
			t.Fatal("a principal without a status")
		}
	}
	_, err := b.Build()
	if n := len(diag.From(err)); n != 1000 || !strings.HasSuffix(err.Error(), "and 500 more") {
		t.Errorf("%d are kept: %.100v", n, err)
	}
}

func TestABuilderWithoutAnEngineBuildsNothing(t *testing.T) {
	var none *authz.Engine
	b := none.Builder()
	e, err := b.Build()
	if e != nil || err == nil || b.Scope(authz.Scope{}) == nil || b.Group(authz.Group{}) == nil || b.Principal(authz.Principal{}) == nil {
		t.Errorf("built %v, %v", e, err)
	}
}

// Among very many names none is suggested: it would take too long.
func TestNothingIsSuggestedAmongVeryManyNames(t *testing.T) {
	for n, want := range map[int]bool{100: true, 50_001: false} {
		b := bare(t).Builder()
		for i := range n {
			if err := b.Principal(authz.Principal{ID: fmt.Sprint("somebody-", i), Status: authz.Active}); err != nil {
				t.Fatal(err)
			}
		}
		e, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		x := e.As("somebody_7").Explain(context.Background(), authz.Request{Permission: "members:read", Scope: "org:acme"})
		if got := strings.Contains(x.String(), "did you mean"); got != want {
			t.Errorf("%d principals: %s", n, x)
		}
	}
}

// A builder reads each principal in the room of the one before it: nobody gets what another was given.
func TestABuilderReadsPrincipalsInTheSameRoom(t *testing.T) {
	b := bare(t).Builder()
	member := func(id string, a ...authz.Assignment) authz.Principal {
		for i := range a {
			a[i].Roles, a[i].In = []string{"member"}, []string{"org:acme"}
		}
		return authz.Principal{ID: id, Status: authz.Active, Assignments: a}
	}
	never := roles.AtMost(roles.Grant{"*": "none"})
	grouped, limited := member("grouped"), member("limited", authz.Assignment{})
	grouped.Groups, limited.Limit = []string{"all"}, never
	if err := errors.Join(
		b.Scope(authz.Scope{Path: "org:acme"}),
		b.Group(authz.Group{Name: "all", Assignments: member("", authz.Assignment{}).Assignments}),
		b.Principal(member("twice", authz.Assignment{Limit: never}, authz.Assignment{})),
		b.Principal(member("nothing")),
		b.Principal(limited),
		b.Principal(member("ended", authz.Assignment{Until: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)})),
		b.Principal(member("lasting", authz.Assignment{Until: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)})),
		b.Principal(grouped),
	); err != nil {
		t.Fatal(err)
	}
	e, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"twice": true, "nothing": false, "limited": false, "ended": false, "lasting": true, "grouped": true} {
		if e.Can(id, "billing:read", "org:acme") != want {
			t.Errorf("%s may read: %t, want %t", id, !want, want)
		}
	}
}

// What is right leaves nothing behind for the collector.
func TestAddingAPrincipalAllocatesNothing(t *testing.T) {
	b := bare(t).Builder()
	p := assigned("p", "member", "org:acme")
	p.Groups, p.Assignments = []string{"all"}, append(p.Assignments, p.Assignments...)
	if err := errors.Join(b.Scope(authz.Scope{Path: "org:acme"}), b.Group(authz.Group{Name: "all"})); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(2000, func() { // but for the room that is made once for thousands
		if err := b.Principal(p); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// Keys may come before their owners.
func TestABuilderGivesKeysTheirOwners(t *testing.T) {
	b := bare(t).Builder()
	if err := errors.Join(b.Scope(authz.Scope{Path: "org:acme"}), b.Principal(keyOf("p")), b.Principal(assigned("p", "member", "org:acme"))); err != nil {
		t.Fatal(err)
	}
	e, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if !e.Can("k", "billing:read", "org:acme") {
		t.Error("the key holds what its owner holds")
	}
	refuse(t, e, `"p" owns 1 keys`, authz.DropPrincipal("p"))
}

// A membership that leads to very many groups is followed to its end, whichever way one asks.
func TestALongChainOfGroupsIsFollowed(t *testing.T) {
	b := bare(t).Builder()
	if err := b.Scope(authz.Scope{Path: "org:acme"}); err != nil {
		t.Fatal(err)
	}
	const n = 200
	for i := range n {
		g := authz.Group{Name: fmt.Sprint("g", i)}
		if i > 0 {
			g.Groups = []string{fmt.Sprint("g", i-1)}
		} else {
			g.Assignments = assigned("", "member", "org:acme").Assignments
		}
		if err := b.Group(g); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Principal(authz.Principal{ID: "p", Status: authz.Active, Groups: []string{fmt.Sprint("g", n-1)}}); err != nil {
		t.Fatal(err)
	}
	e, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if !e.Can("p", "billing:read", "org:acme") || !e.As("p").Can("billing:read", "org:acme") {
		t.Error("the chain is not followed")
	}
	if d := e.Check(context.Background(), "p", authz.Request{Permission: "billing:read", Scope: "org:acme"}); !d.Allowed {
		t.Error(d)
	}
}

// Among very many assignments the right one is found, and one that begins or ends is looked at.
func TestManyAssignmentsAreSearched(t *testing.T) {
	b := bare(t).Builder()
	if err := b.Scope(authz.Scope{Path: "org:acme"}); err != nil {
		t.Fatal(err)
	}
	p := authz.Principal{ID: "p", Status: authz.Active}
	for i := range 500 {
		path := fmt.Sprintf("org:acme/workspace:w%d", i)
		if err := b.Scope(authz.Scope{Path: path, Attributes: authz.Attributes{"visibility": "internal"}}); err != nil {
			t.Fatal(err)
		}
		a := authz.Assignment{Roles: []string{"manager"}, In: []string{path}}
		switch i % 3 {
		case 1:
			a.Limit = roles.AtMost(roles.Grant{"*": "read"})
		case 2:
			a.Until = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		p.Assignments = append(p.Assignments, a)
	}
	if err := b.Principal(p); err != nil {
		t.Fatal(err)
	}
	e, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	s := e.As("p")
	for i := range 500 {
		path := fmt.Sprintf("org:acme/workspace:w%d", i)
		want := []string{"edit", "read", "none"}[i%3]
		for how, d := range map[string]authz.Decision{
			"bound":   s.Check(context.Background(), authz.Request{Permission: "members:read", Scope: path}),
			"by id":   e.Check(context.Background(), "p", authz.Request{Permission: "members:read", Scope: path}),
			"handles": s.Decide(context.Background(), permission(t, e, "members:read"), place(t, e, path)),
		} {
			if d.Level != want {
				t.Errorf("%s, %s: %s, want %s", path, how, d, want)
			}
		}
	}
}

// An area with many sub-areas is decided by handles as by name: over all its leaves.
func TestHandlesOfAreasWithManyLeaves(t *testing.T) {
	p := examplePolicy()
	var many []roles.Area
	for i := range 40 {
		many = append(many, roles.Area{Name: fmt.Sprint("leaf", i)})
	}
	p.Areas = append(p.Areas, roles.Area{Name: "wide", Areas: many})
	p.Roles[2].Areas["wide"] = "edit" // manager
	p.Roles[0].Areas["wide"] = "read" // member
	e, err := authz.New(p, exampleDirectory())
	if err != nil {
		t.Fatal(err)
	}
	at := place(t, e, "org:acme/workspace:ml")
	if s := e.As("alice"); !s.Allows(permission(t, e, "wide:edit"), at) || !s.Allows(permission(t, e, "wide.leaf39:edit"), at) {
		t.Error("alice manages the workspace")
	}
	if s := e.As("key-7f3a"); s.Allows(permission(t, e, "wide:edit"), at) || !s.Allows(permission(t, e, "wide:read"), at) {
		t.Error("the key reads")
	}
	suspended := apply(t, e, authz.SetStatus("alice", authz.Suspended))
	if s := suspended.As("alice"); s.Allows(permission(t, suspended, "wide:read"), at) {
		t.Error("alice is suspended")
	}
}

// A clock that shows no time denies by handles, too.
func TestHandlesAreDeniedWithoutATime(t *testing.T) {
	e, err := authz.New(examplePolicy(), exampleDirectory(), authz.WithClock(func() time.Time { return time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC) }))
	if err != nil {
		t.Fatal(err)
	}
	s, p, at := e.As("key-7f3a"), permission(t, e, "members:read"), place(t, e, "org:acme/workspace:ml")
	//lint:ignore SA1012 nil is what careless callers pass
	if d := s.Decide(nil, p, at); s.Allows(p, at) || d.Reason != authz.InvalidRequest || d.Err == nil {
		t.Errorf("without a time: %s", d)
	}
}

// bare is the engine of the example's policy without what names paths, and without a directory.
func bare(t *testing.T) *authz.Engine {
	t.Helper()
	p := examplePolicy()
	p.Boundaries = p.Boundaries[:1]
	e, err := authz.New(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func assigned(id, role, in string) authz.Principal {
	return authz.Principal{ID: id, Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{role}, In: []string{in}}}}
}

func keyOf(owner string) authz.Principal {
	return authz.Principal{ID: "k", Kind: authz.Key, Status: authz.Active, Owner: owner}
}
