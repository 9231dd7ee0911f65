package authz_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/examples"
)

// watched opens a product whose decisions are noted.
func watched(t *testing.T, product string) (*authz.Engine, *[]authz.Event) {
	t.Helper()
	var mu sync.Mutex
	var events []authz.Event
	e, err := authz.Open(examples.Product(product), authz.WithObserver(func(ctx context.Context, v authz.Event) {
		mu.Lock()
		defer mu.Unlock()
		if ctx == nil {
			t.Error("an observer is told without a context")
		}
		events = append(events, v)
	}))
	if err != nil {
		t.Fatal(err)
	}
	return e, &events
}

// "a hook called after each decision": whichever way it was asked for, and once.
func TestAnObserverIsToldOfEveryDecisionOnce(t *testing.T) {
	ctx := context.Background()
	const permission, where = "workspaces.view", "org:acme/workspace:research"
	e, events := watched(t, "refinery-studio")
	plain, err := authz.Open(examples.Product("refinery-studio"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Permission(permission)
	if err != nil {
		t.Fatal(err)
	}
	at, err := e.Place(where)
	if err != nil {
		t.Fatal(err)
	}
	r := authz.Request{Permission: permission, Scope: where}
	for _, who := range []string{"mona", "ada", "dora", "nobody"} {
		want := plain.As(who).Check(ctx, r)
		for way, ask := range map[string]func() authz.Decision{
			"Check":    func() authz.Decision { return e.As(who).Check(ctx, r) },
			"Can":      func() authz.Decision { return authz.Decision{Allowed: e.As(who).Can(permission, where)} },
			"Allows":   func() authz.Decision { return authz.Decision{Allowed: e.As(who).Allows(p, at)} },
			"Decide":   func() authz.Decision { return e.As(who).Decide(ctx, p, at) },
			"CheckAll": func() authz.Decision { return e.As(who).CheckAll(ctx, []authz.Request{r})[0] },
			"by id":    func() authz.Decision { return e.Check(ctx, who, r) },
			"can":      func() authz.Decision { return authz.Decision{Allowed: e.Can(who, permission, where)} },
			"Answer": func() authz.Decision {
				return authz.Decision(e.Answer(ctx, authz.Query{ID: who, Permission: permission, Scope: where}))
			},
			"in a context": func() authz.Decision {
				return authz.Decision{Allowed: authz.Can(authz.NewContext(ctx, e.As(who)), permission, where)}
			},
			"after a change": func() authz.Decision {
				next, err := e.Apply(authz.SetStatus("olaf", authz.Suspended))
				if err != nil {
					if next, err = e.Apply(); err != nil {
						t.Fatal(err)
					}
				}
				return next.As(who).Check(ctx, r)
			},
		} {
			*events = nil
			began := time.Now()
			got := ask()
			if len(*events) != 1 {
				t.Fatalf("%s of %s: told %d times", way, who, len(*events))
			}
			v := (*events)[0]
			if got.Allowed != want.Allowed || v.Decision.Allowed != want.Allowed || v.Decision.Reason != want.Reason || v.Decision.Level != want.Level {
				t.Errorf("%s of %s: %s, told %s, want %s", way, who, got, v.Decision, want)
			}
			asked := v.Permission == permission || v.Permission == p.String()
			if v.Principal != who || !asked || v.Scope != where || v.Assign != "" || v.Time.Before(began) || v.Duration < 0 {
				t.Errorf("%s of %s: told of %+v", way, who, v)
			}
		}
	}
	*events = nil
	d := e.As("ada").CanAssign(ctx, authz.Giving{Name: "admin", Scope: "org:acme"})
	if len(*events) != 1 || (*events)[0].Assign != "admin" || (*events)[0].Decision.Allowed != d.Allowed || (*events)[0].Decision.Reason != d.Reason {
		t.Errorf("giving: %s, told of %+v", d, *events)
	}
	*events = nil
	var none context.Context
	e.As("ada").Check(none, r)
	if len(*events) != 1 {
		t.Errorf("without a context: told of %+v", *events)
	}
	*events = nil
	_, _ = e.As("ada").Held(ctx, where, authz.Facts{})
	_ = e.As("ada").Explain(ctx, r)
	if len(*events) != 0 {
		t.Errorf("a listing and an explanation are told of: %+v", *events)
	}
}

// An area is for metrics: it is one that the policy declares, or none.
func TestAnObserverIsToldOfWhichAreaAPermissionIs(t *testing.T) {
	e, events := watched(t, "refinery-studio")
	for permission, area := range map[string]string{
		"workspaces.view": "workspaces.overview", "workspaces.overview:read": "workspaces.overview", "workspaces:read": "workspaces", "workspaces:none": "", "workspaces": "", "nowhere:read": "", "": "", "?": "",
	} {
		*events = nil
		e.As("ada").Check(t.Context(), authz.Request{Permission: permission, Scope: "org:acme"})
		if v := (*events)[0]; v.Permission != permission || v.Area != area {
			t.Errorf("%q: told of the area %q of %q, want %q", permission, v.Area, v.Permission, area)
		}
	}
}

// What a giver lacks is told, too.
func TestAnObserverIsToldWhatAGiverLacks(t *testing.T) {
	told := 0
	for _, product := range examples.Products() {
		e, events := watched(t, product)
		for _, id := range e.Principals() {
			for _, role := range []string{"admin", "member", "viewer", "workspace_admin", "editor", "account_admin"} {
				*events = nil
				d := e.As(id).CanAssign(t.Context(), authz.Giving{Name: role, Scope: e.Scopes()[0]})
				if v := (*events)[0].Decision; v.Allowed != d.Allowed || v.Reason != d.Reason || (v.Err == nil) != (d.Err == nil && len(d.Lacks) == 0) {
					t.Errorf("%s: %s gives %s: %s, told %s", product, id, role, d, v)
				}
				if len(d.Lacks) > 0 {
					told++
				}
			}
		}
	}
	if told == 0 {
		t.Error("nobody lacks anything")
	}
}

// A key asks as itself, for its owner; and nobody asks as nobody.
func TestAnObserverIsToldWhoAsks(t *testing.T) {
	e, events := watched(t, "tenant-platform")
	keys := 0
	for _, id := range e.Principals() {
		*events = nil
		e.Can(id, "nothing", "nowhere")
		v := (*events)[0]
		if v.Principal != id || (v.Kind == authz.Key) != (v.Owner != "") {
			t.Errorf("%s: told of %+v", id, v)
		}
		if v.Kind == authz.Key {
			keys++
		}
		// What is there to be told at a glance is told all the same.
		at := e.Scopes()[0]
		held, err := e.As(id).Held(t.Context(), at, authz.Facts{})
		if err != nil {
			t.Fatal(err)
		}
		for h := range held.Areas() {
			permission := h.Area() + ":" + e.As(id).TopLevel()
			*events = nil
			d := e.Check(t.Context(), id, authz.Request{Permission: permission, Scope: at})
			if can := e.Can(id, permission, at); len(*events) != 2 || (*events)[0].Decision.Reason != d.Reason || (*events)[1].Decision.Allowed != can {
				t.Errorf("%s asks for %s: %s, told of %+v", id, permission, d, *events)
			}
		}
	}
	if keys == 0 {
		t.Error("no key asked")
	}
	*events = nil
	e.Anonymous().Can("nothing", "nowhere")
	if v := (*events)[0]; v.Principal != "" || v.Owner != "" {
		t.Errorf("told of %+v", v)
	}
}

func TestSeveralObserversAreToldInTheirOrder(t *testing.T) {
	var told []string
	note := func(name string) authz.Option {
		return authz.WithObserver(func(context.Context, authz.Event) { told = append(told, name) })
	}
	e, err := authz.Open(examples.Product("refinery-studio"), note("first"), authz.WithObserver(nil), note("second"), note("third"))
	if err != nil {
		t.Fatal(err)
	}
	e.Can("ada", "workspaces.view", "org:acme")
	if got := strings.Join(told, " "); got != "first second third" {
		t.Errorf("told %s", got)
	}
}

// "`Decision` is a `slog.LogValuer`"
func TestADecisionIsLogged(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("m", "d", authz.Decision{Allowed: true, Level: "edit", Reason: authz.Granted})
	log.Info("m", "d", authz.Decision{Err: errors.New("no\nsuch")})
	log.Info("m", "v", authz.Event{Principal: "a\nb", Kind: authz.Key, Owner: "o", Permission: "p", Scope: "s", Facts: authz.Facts{Request: authz.Attributes{"secret": "1"}}})
	log.Info("m", "v", authz.Event{Assign: "r", Scope: "s"})
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	for i, want := range []string{
		`"d":{"allowed":true,"reason":"granted","level":"edit"}}`,
		`"d":{"allowed":false,"reason":"invalid-request","error":"no; such"}}`,
		`"v":{"principal":"a\nb","kind":"key","owner":"o","permission":"p","scope":"s","allowed":false,"reason":"invalid-request","duration":0}}`,
		`"v":{"principal":"","assign":"r","scope":"s","allowed":false,"reason":"invalid-request","duration":0}}`,
	} {
		if i >= len(lines) || !strings.HasSuffix(lines[i], want) || !json.Valid([]byte(lines[i])) {
			t.Errorf("logged\n%s\nwant %s", b.String(), want)
		}
	}
	if len(lines) != 4 {
		t.Errorf("%d lines", len(lines))
	}
}

// "no allocation when unused" is held by the tests of checks; and a subject of an observed engine is told of whatever flag it
// was bound with.
func TestErrorsOfAContextAreToldApart(t *testing.T) {
	ctx := context.Background()
	e, err := authz.Open(examples.Product("refinery-studio"))
	if err != nil {
		t.Fatal(err)
	}
	var none *authz.Engine
	for name, c := range map[string]struct {
		ctx               context.Context
		permission, scope string
		is                []error
		not               []error
	}{
		"nobody":           {ctx, "workspaces.view", "org:acme", []error{authz.ErrDenied, authz.ErrNoPrincipal}, []error{authz.ErrNotReady, authz.ErrInvalidRequest}},
		"no context":       {nil, "workspaces.view", "org:acme", []error{authz.ErrDenied, authz.ErrNoPrincipal}, []error{authz.ErrNotReady}},
		"a nil subject":    {authz.NewContext(ctx, nil), "workspaces.view", "org:acme", []error{authz.ErrDenied, authz.ErrNoPrincipal}, nil},
		"denied":           {authz.NewContext(ctx, e.As("dora")), "workspaces.view", "org:acme", []error{authz.ErrDenied}, []error{authz.ErrNoPrincipal, authz.ErrNotReady, authz.ErrInvalidRequest}},
		"invalid":          {authz.NewContext(ctx, e.As("ada")), "workspaces.view", "acme", []error{authz.ErrDenied, authz.ErrInvalidRequest}, []error{authz.ErrNoPrincipal, authz.ErrNotReady}},
		"not ready":        {authz.NewContext(ctx, none.As("ada")), "workspaces.view", "org:acme", []error{authz.ErrDenied, authz.ErrNotReady}, []error{authz.ErrNoPrincipal, authz.ErrInvalidRequest}},
		"not ready, zero":  {authz.NewContext(ctx, new(authz.Engine).Anonymous()), "workspaces.view", "org:acme", []error{authz.ErrDenied, authz.ErrNotReady}, []error{authz.ErrNoPrincipal, authz.ErrInvalidRequest}},
		"facts it may not": {authz.WithCaller(ctx, authz.Caller{Subject: e.As("ada"), Facts: authz.Facts{Request: authz.Attributes{"nothing": 1}}}), "workspaces.view", "org:acme", []error{authz.ErrDenied, authz.ErrInvalidRequest}, nil},
	} {
		err := authz.Check(c.ctx, c.permission, c.scope)
		for _, is := range c.is {
			if !errors.Is(err, is) {
				t.Errorf("%s: %v is not %q", name, err, is)
			}
		}
		for _, not := range c.not {
			if errors.Is(err, not) {
				t.Errorf("%s: %v is %q", name, err, not)
			}
		}
		if authz.Can(c.ctx, c.permission, c.scope) {
			t.Errorf("%s: can", name)
		}
		if x := authz.Explain(c.ctx, c.permission, c.scope); x.Allowed || x.String() == "" {
			t.Errorf("%s: explained %s", name, x)
		}
		if c.ctx != nil && strings.Contains(fmt.Sprint(err), "dora") {
			t.Errorf("%s: %v names somebody", name, err)
		}
	}
}

func TestAContextKeepsWhatItHoldsOfARequest(t *testing.T) {
	type other struct{}
	facts := authz.Facts{Time: noon}
	ctx := authz.WithCaller(context.WithValue(context.Background(), other{}, 1), authz.Caller{Facts: facts, RequestID: "r"})
	ctx = authz.NewContext(ctx, &authz.Subject{})
	c := authz.CallerFrom(ctx)
	if c.Subject == nil || c.RequestID != "r" || c.Facts.Time != noon || ctx.Value(other{}) != 1 {
		t.Errorf("the context holds %+v", c)
	}
	var none context.Context // which must not panic
	if c := authz.CallerFrom(authz.WithCaller(none, c)); c.RequestID != "r" {
		t.Errorf("of no context: %+v", c)
	}
}

// "a key, that its owner is, too, and that it has not ended"
func TestActiveIsWhoIsKnownAndMayActNow(t *testing.T) {
	now := noon
	e, err := authz.New(authz.Policy{Name: "a", Scopes: examplePolicy().Scopes[:1], Areas: examplePolicy().Areas}, &authz.Directory{Principals: []authz.Principal{
		{ID: "alice", Status: authz.Active}, {ID: "dora", Status: authz.Deactivated}, {ID: "ivan", Status: authz.Invited},
		{ID: "key-1", Kind: authz.Key, Status: authz.Active, Owner: "alice"}, {ID: "key-2", Kind: authz.Key, Status: authz.Active, Owner: "dora"},
		{ID: "key-3", Kind: authz.Key, Status: authz.Active, Owner: "alice", Until: noon}, {ID: "key-4", Kind: authz.Key, Status: authz.Suspended, Owner: "alice"},
	}}, authz.WithClock(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"alice": true, "dora": false, "ivan": false, "key-1": true, "key-2": false, "key-3": false, "key-4": false, "nobody": false, "": false} {
		if got := e.As(id).Active(); got != want {
			t.Errorf("%s is active: %t", id, got)
		}
	}
	now = noon.Add(-time.Second)
	if !e.As("key-3").Active() {
		t.Error("a key that has not ended is not active")
	}
	var nobody *authz.Subject
	if nobody.Active() || (&authz.Subject{}).Active() || (*authz.Engine)(nil).As("alice").Active() {
		t.Error("nobody is active")
	}
	if !e.Anonymous().Active() {
		t.Error("the anonymous one is not active")
	}
}
