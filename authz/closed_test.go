package authz_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/profiles"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// "zero value of any exported type; nil engine; nobody in the context: denied, with a reason"
func TestZeroValuesDeny(t *testing.T) {
	ctx := context.Background()
	e := load(t, keyPolicy, "")
	request := authz.Request{Permission: "x:read", Scope: "org:o"}
	var noContext context.Context // a nil context must not panic
	subjects := map[string]*authz.Subject{
		"a nil subject":           nil,
		"the zero subject":        {},
		"of a nil engine":         (*authz.Engine)(nil).As("alice"),
		"of the zero engine":      new(authz.Engine).As("alice"),
		"nobody of the zero one":  new(authz.Engine).Anonymous(),
		"of a nil engine, nobody": (*authz.Engine)(nil).Anonymous(),
		"unknown":                 e.As("alice"),
		"the empty id":            e.As(""),
		"from an empty context":   authz.FromContext(ctx),
		"from no context":         authz.FromContext(noContext),
	}
	for name, bind := range map[string]func() (*authz.Subject, error){
		"a nil engine binds": func() (*authz.Subject, error) {
			return (*authz.Engine)(nil).Bind(authz.Principal{ID: "a", Status: authz.Active})
		},
		"a nil engine previews": func() (*authz.Subject, error) { return (*authz.Engine)(nil).Preview("org:o", "admin") },
		"the zero engine binds": func() (*authz.Subject, error) {
			return new(authz.Engine).Bind(authz.Principal{ID: "a", Status: authz.Active})
		},
		"the zero engine previews": func() (*authz.Subject, error) { return new(authz.Engine).Preview("org:o", "admin") },
		"the zero principal":       func() (*authz.Subject, error) { return e.Bind(authz.Principal{}) },
		"without a status":         func() (*authz.Subject, error) { return e.Bind(authz.Principal{ID: "a"}) },
		"an unknown role": func() (*authz.Subject, error) {
			return e.Bind(authz.Principal{ID: "a", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"nosuch"}, In: []string{"org:o"}}}})
		},
		"a preview of nothing": func() (*authz.Subject, error) { return e.Preview("org:o", "nosuch") },
		"a preview nowhere":    func() (*authz.Subject, error) { return e.Preview("nowhere", "admin") },
	} {
		s, err := bind()
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		subjects[name] = s
	}
	for name, s := range subjects {
		d := s.Check(ctx, request)
		if d.Allowed || d.Reason == authz.Granted || d.Err == nil {
			t.Errorf("%s: %s", name, d)
		}
		if s.Can("x:read", "org:o") {
			t.Errorf("%s can", name)
		}
		if x := s.Explain(ctx, request); x.Allowed || x.String() == "" {
			t.Errorf("%s: %s", name, x)
		}
		for _, d := range s.CheckAll(ctx, []authz.Request{request, {}}) {
			if d.Allowed {
				t.Errorf("%s: %s", name, d)
			}
		}
		if held, err := s.Held(ctx, "org:o", authz.Facts{}); held != nil || !errors.Is(err, authz.ErrDenied) {
			t.Errorf("%s holds %v, %v", name, slices.Collect(held.Areas()), err)
		}
		if d := s.CanAssign(ctx, authz.Giving{Name: "admin", Scope: "org:o"}); d.Allowed {
			t.Errorf("%s gives: %s", name, d)
		}
		if err := authz.Check(authz.NewContext(ctx, s), "x:read", "org:o"); !errors.Is(err, authz.ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
		_ = s.ID()
	}
	if d := (authz.Decision{}); d.Allowed || d.String() != "denied: invalid-request" {
		t.Error(d)
	}
	if d := (authz.GivingDecision{}); d.Allowed || d.String() != "denied: invalid-request" {
		t.Error(d)
	}
	if x := (authz.Explanation{}); x.Allowed || x.String() == "" {
		t.Error(x)
	}
	if a := (*authz.Engine)(nil).Answer(ctx, authz.Query{}); a.Allowed || a.Err == nil {
		t.Error(a)
	}
	if a := e.Answer(ctx, authz.Query{}); a.Allowed {
		t.Error(a)
	}
	for name, hollow := range map[string]*authz.Engine{"nil": nil, "zero": {}} {
		if a := hollow.Answer(ctx, authz.Query{ID: "a", Permission: "x:read", Scope: "org:o"}); a.Allowed || a.Err == nil {
			t.Errorf("%s: %v", name, a)
		}
		if m := hollow.Matrix(); m.Columns != nil {
			t.Errorf("%s: %v", name, m)
		}
		if hollow.Warnings() != nil || hollow.Principals() != nil || hollow.Scopes() != nil {
			t.Errorf("the %s engine lists something", name)
		}
	}
	for name, d := range map[string]*authz.Draft{"nil": nil, "zero": {}} {
		if d.Readable() || d.Levels() != nil || d.HasArea("a") || d.HasAction("a") {
			t.Errorf("the %s draft knows something", name)
		}
	}
	if _, err := authz.Open(nil); err == nil {
		t.Error("a nil file system is opened")
	}
	if _, err := authz.Load(nil, "a", "b"); err == nil {
		t.Error("a nil file system is read")
	}
	if _, err := authz.New(examplePolicy(), nil, nil, authz.WithClock(nil)); err != nil {
		t.Errorf("a nil option is none: %v", err)
	}
	if _, err := authz.New(authz.Policy{}, nil); err == nil {
		t.Error("an empty policy makes an engine")
	}
	if _, err := authz.New(authz.Policy{}, &authz.Directory{}); err == nil {
		t.Error("an empty policy and directory make an engine")
	}
}

func TestCheckFromAContextTellsItsErrorsApart(t *testing.T) {
	e := load(t, keyPolicy, "")
	alice := e.MustBind(authz.Principal{ID: "alice", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"guest"}, In: []string{"org:o"}}}})
	ctx := authz.NewContext(context.Background(), alice)
	if err := authz.Check(ctx, "x:read", "org:o"); err != nil {
		t.Errorf("alice may read: %v", err)
	}
	err := authz.Check(ctx, "x:edit", "org:o")
	var denied *authz.DeniedError
	if !errors.As(err, &denied) || denied.Decision.Reason != authz.LevelTooLow || denied.Permission != "x:edit" || denied.Scope != "org:o" {
		t.Errorf("%v", err)
	}
	if !errors.Is(err, authz.ErrDenied) || errors.Is(err, authz.ErrNoPrincipal) {
		t.Errorf("%v is told apart wrongly", err)
	}
	if got, want := err.Error(), `"x:edit" in "org:o" denied: level-too-low`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	err = authz.Check(context.Background(), "x:read", "org:o")
	if !errors.Is(err, authz.ErrDenied) || !errors.Is(err, authz.ErrNoPrincipal) {
		t.Errorf("nobody: %v", err)
	}
}

// "unknown roles of a principal that is passed in: the request is refused as invalid", and what the directory lists is
// not restated.
func TestAPrincipalThatIsPassedInIsCheckedWhole(t *testing.T) {
	e := load(t, keyPolicy, "version: 1\nscopes: {\"org:o\": }\nprincipals: {ann: {status: active}}\n")
	good := authz.Principal{ID: "bob", Status: authz.Active}
	assigned := func(a authz.Assignment) authz.Principal {
		p := good
		p.Assignments = []authz.Assignment{a}
		return p
	}
	for name, p := range map[string]authz.Principal{
		"listed":            {ID: "ann", Status: authz.Active},
		"no id":             {Status: authz.Active},
		"a bad id":          {ID: "a b", Status: authz.Active},
		"no status":         {ID: "bob"},
		"a bad status":      {ID: "bob", Status: "Active"},
		"a bad kind":        {ID: "bob", Status: authz.Active, Kind: "admin"},
		"the anonymous":     {ID: "bob", Status: authz.Active, Kind: "anonymous"},
		"an unknown group":  {ID: "bob", Status: authz.Active, Groups: []string{"staff"}},
		"an unknown limit":  {ID: "bob", Status: authz.Active, Limit: rolesLimit("nosuch", "read")},
		"a key of nobody":   {ID: "bob", Status: authz.Active, Kind: authz.Key},
		"a key of unknown":  {ID: "bob", Status: authz.Active, Kind: authz.Key, Owner: "zed"},
		"a key of itself":   {ID: "bob", Status: authz.Active, Kind: authz.Key, Owner: "bob"},
		"a user with owner": {ID: "bob", Status: authz.Active, Owner: "ann"},
		"a key with roles":  {ID: "bob", Status: authz.Active, Kind: authz.Key, Owner: "ann", Assignments: []authz.Assignment{{Roles: []string{"admin"}, In: []string{"org:o"}}}},
		"an unknown role":   assigned(authz.Assignment{Roles: []string{"nosuch"}, In: []string{"org:o"}}),
		"no scope":          assigned(authz.Assignment{Roles: []string{"admin"}}),
		"no role":           assigned(authz.Assignment{In: []string{"org:o"}}),
		"the wrong kind":    assigned(authz.Assignment{Roles: []string{"admin"}, In: []string{"org:o/workspace:w"}}),
		"a malformed scope": assigned(authz.Assignment{Roles: []string{"admin"}, In: []string{"o"}}),
	} {
		s, err := e.Bind(p)
		if err == nil {
			t.Errorf("%s: bound", name)
		}
		if d := s.Check(context.Background(), authz.Request{Permission: "x:read", Scope: "org:o"}); d.Reason != authz.InvalidRequest {
			t.Errorf("%s: %s", name, d)
		}
	}
	if _, err := e.Bind(good); err != nil {
		t.Error(err)
	}
	key := authz.Principal{ID: "k", Status: authz.Active, Kind: authz.Key, Owner: "bob"}
	owner := assigned(authz.Assignment{Roles: []string{"admin"}, In: []string{"org:o"}})
	s, err := e.Bind(key, owner)
	if err != nil || !s.Can("x:edit", "org:o") {
		t.Errorf("a key with its owner: %v", err)
	}
}

// No panic on any policy that is built in Go: every list empty but there.
func TestHollowPoliciesAreErrors(t *testing.T) {
	for name, p := range map[string]authz.Policy{
		"no levels":       {Name: "x", Levels: []string{}, Scopes: []scope.Kind{{Name: "org"}}, Areas: []roles.Area{{Name: "a"}}, Roles: []roles.Role{{Name: "r", At: []string{"org"}, Areas: roles.Grant{"a": "edit"}, GivenWith: "a"}}},
		"one level":       {Name: "x", Levels: []string{"none"}, Scopes: []scope.Kind{{Name: "org"}}, Areas: []roles.Area{{Name: "a"}}, Roles: []roles.Role{{Name: "r", At: []string{"org"}, GivenWith: "a:none"}}},
		"no names":        {Scopes: []scope.Kind{{}}, Areas: []roles.Area{{}}, Roles: []roles.Role{{}}, Actions: []authz.Action{{}}, Boundaries: []authz.Boundary{{}}, Profiles: []profiles.Profile{{}}},
		"only a name":     {Name: "x"},
		"everything nil":  {},
		"a loop of kinds": {Name: "x", Scopes: []scope.Kind{{Name: "a", In: []string{"a"}}}, Areas: []roles.Area{{Name: "a"}}},
	} {
		e, err := authz.New(p, &authz.Directory{Scopes: []authz.Scope{{}}, Groups: []authz.Group{{}}, Principals: []authz.Principal{{}, {Kind: authz.Key}}})
		if e != nil || err == nil {
			t.Errorf("%s makes an engine", name)
		}
	}
}
