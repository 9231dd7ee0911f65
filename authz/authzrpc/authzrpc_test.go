package authzrpc_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzrpc"
)

const policy = `
version: 1
name: notes
scopes: {org: , workspace: {in: org, attributes: {owner: principal}}}
request: {ip: string}
areas: {notes: , settings: {at: org}}
actions: {workspaces.delete: notes:edit}
roles:
  editor: {at: [org, workspace], reach: all, areas: {notes: edit}}
  viewer: {at: [org, workspace], reach: all, areas: {notes: read}}
boundaries:
  at_home: {in: workspace, under: "org:bank", when: 'request.ip != "10.0.0.1"', limit: {notes: none}}
`

const directory = `
version: 1
scopes: {"org:acme": , "org:acme/workspace:ml": , "org:bank": , "org:bank/workspace:vault": }
principals:
  alice: {status: active, assignments: [{roles: editor, in: "org:acme"}, {roles: viewer, in: "org:bank"}]}
  bob: {status: active, assignments: [{roles: viewer, in: "org:acme"}]}
  dora: {status: deactivated, assignments: [{roles: editor, in: "org:acme"}]}
`

func engine(t testing.TB, options ...authz.Option) *authz.Engine {
	t.Helper()
	e, err := authz.Open(fstest.MapFS{"p.policy.yaml": {Data: []byte(policy)}, "p.directory.yaml": {Data: []byte(directory)}}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// provider gives whatever engine a test says there is.
type provider struct {
	mu sync.Mutex
	e  *authz.Engine
}

func (p *provider) Engine() *authz.Engine {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.e
}

func (p *provider) set(e *authz.Engine) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.e = e
}

// place is a message: of what carries calls in these tests.
type place struct{ org, workspace string }

func fields(message any, name string) (string, error) {
	m, ok := message.(*place)
	switch {
	case !ok:
		return "", fmt.Errorf("%T is no message", message)
	case name == "org":
		return m.org, nil
	case name == "workspace":
		return m.workspace, nil
	}
	return "", fmt.Errorf("there is no field %q", name)
}

// token takes the token for the id: a test has no secrets.
func token(e *authz.Engine, c *authzrpc.Call) (*authz.Subject, error) {
	switch id := c.Get("authorization"); id {
	case "":
		return nil, nil
	case "wrong":
		return e.As("alice"), errors.New("the signature of the token is wrong")
	case "down":
		return nil, fmt.Errorf("the issuer of tokens does not answer: %w", context.DeadlineExceeded)
	case "everyone":
		return e.Anonymous(), nil
	default:
		return e.As(id), nil
	}
}

const where = "org:{org}/workspace:{workspace}"

var rules = authzrpc.Rules{
	"/notes.Notes/Get":    authzrpc.Allow("notes:read", where),
	"/notes.Notes/Edit":   authzrpc.Allow("notes:edit", where),
	"/notes.Notes/Delete": authzrpc.Allow("workspaces.delete", where).Hidden(),
	"/notes.Notes/Acme":   authzrpc.Allow("notes:read", "org:acme"),
	"/notes.Notes/Named": authzrpc.AllowFor("notes:read", func(c *authzrpc.Call, m *place) (string, error) {
		switch m.org {
		case "1":
			return "org:acme", nil
		case "bad":
			return "", authzrpc.BadRequest("the id is no number")
		case "down":
			return "", errors.New("dial tcp 10.1.2.3:5432: connection refused")
		}
		return "", authzrpc.ErrNotFound
	}),
	"/notes.Notes/Header": authzrpc.AllowIn("notes:read", func(c *authzrpc.Call) (string, error) { return c.Get("x-scope"), nil }),
	"/notes.Notes/Mine":   authzrpc.SignedIn(),
	"/notes.Notes/Ping":   authzrpc.Public(),
}

func guard(t testing.TB, p authz.Provider, options ...authzrpc.Option) *authzrpc.Guard {
	t.Helper()
	g, err := authzrpc.New(p, token, rules, fields, options...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// call is a call of somebody.
func call(method, as string, message any, header ...string) authzrpc.Call {
	sent := map[string][]string{}
	if as != "" {
		sent["authorization"] = []string{as}
	}
	for i := 0; i+1 < len(header); i += 2 {
		sent[header[i]] = append(sent[header[i]], header[i+1])
	}
	return authzrpc.Call{Method: "/notes.Notes/" + method, Message: message, Header: func(name string) []string { return sent[name] }}
}

const passed = "passed"

// code says how a call was answered.
func code(err error) string {
	var e *authzrpc.Error
	switch {
	case err == nil:
		return passed
	case errors.As(err, &e):
		return e.Code.String()
	}
	return err.Error()
}

// "with a rule for every method …; Unauthenticated, PermissionDenied, Unavailable"
func TestEveryCallIsAnsweredAsItsRuleSays(t *testing.T) {
	g := guard(t, engine(t))
	ml := &place{"acme", "ml"}
	for _, c := range []struct {
		method, as string
		message    any
		want       string
		header     []string
	}{
		{"Get", "alice", ml, passed, nil},
		{"Get", "bob", ml, passed, nil},
		{"Edit", "alice", ml, passed, nil},
		{"Edit", "bob", ml, "permission denied", nil},
		{"Get", "", ml, "unauthenticated", nil},
		{"Get", "wrong", ml, "unauthenticated", nil},
		{"Get", "down", ml, "unavailable", nil},
		{"Get", "everyone", ml, "unauthenticated", nil},
		{"Get", "nobody", ml, "permission denied", nil},
		{"Get", "dora", ml, "permission denied", nil},
		{"Get", "alice", &place{"acme", "other"}, "permission denied", nil},
		{"Get", "alice", &place{"acme", ""}, "invalid argument", nil},
		{"Get", "alice", &place{"acme", "ml/workspace:x"}, "invalid argument", nil},
		{"Get", "alice", &place{"acme/workspace:ml", "ml"}, "invalid argument", nil},
		{"Get", "alice", &place{"acme", ".."}, "permission denied", nil},
		{"Get", "alice", "no message", "unavailable", nil},
		{"Get", "alice", nil, "unavailable", nil},
		{"Delete", "alice", ml, passed, nil},
		{"Delete", "bob", ml, "not found", nil},
		{"Delete", "alice", &place{"acme", "other"}, "not found", nil},
		{"Acme", "bob", nil, passed, nil},
		{"Named", "bob", &place{"1", ""}, passed, nil},
		{"Named", "bob", &place{"2", ""}, "not found", nil},
		{"Named", "bob", &place{"bad", ""}, "invalid argument", nil},
		{"Named", "bob", &place{"down", ""}, "unavailable", nil},
		{"Named", "bob", "another", "unavailable", nil},
		{"Header", "bob", nil, passed, []string{"x-scope", "org:acme"}},
		{"Header", "bob", nil, "permission denied", []string{"x-scope", "org:bank"}},
		{"Header", "bob", nil, "invalid argument", nil},
		{"Header", "bob", nil, "invalid argument", []string{"x-scope", "org:acme", "x-scope", "org:acme"}},
		{"Mine", "bob", nil, passed, nil},
		{"Mine", "", nil, "unauthenticated", nil},
		{"Mine", "everyone", nil, "unauthenticated", nil},
		{"Mine", "dora", nil, "permission denied", nil},
		{"Ping", "", nil, passed, nil},
		{"Ping", "wrong", nil, passed, nil},
		{"Other", "alice", ml, "permission denied", nil},
		{"", "alice", ml, "permission denied", nil},
		{"get", "alice", ml, "permission denied", nil},
	} {
		ctx, err := g.Unary(context.Background(), call(c.method, c.as, c.message, c.header...))
		if code(err) != c.want || (ctx == nil) != (err != nil) {
			t.Errorf("%s as %q of %v %v: %s, want %s (%v)", c.method, c.as, c.message, c.header, code(err), c.want, err)
		}
		s, err := g.Stream(context.Background(), call(c.method, c.as, nil, c.header...))
		if err == nil {
			err = s.Receive(c.message)
		}
		if code(err) != c.want {
			t.Errorf("a stream of %s as %q of %v %v: %s, want %s (%v)", c.method, c.as, c.message, c.header, code(err), c.want, err)
		}
	}
}

// What the client is told says nothing of others, nor of how the service is made.
func TestAnErrorSaysNoMoreThanItMay(t *testing.T) {
	plain, open := guard(t, engine(t)), guard(t, engine(t), authzrpc.WithReasons())
	for _, c := range []struct {
		g          *authzrpc.Guard
		method, as string
		message    place
		want       string
	}{
		{plain, "Edit", "bob", place{"acme", "ml"}, "permission denied: You are not allowed to do this here."},
		{open, "Edit", "bob", place{"acme", "ml"}, "permission denied: You are not allowed to do this here. (notes:edit in org:acme/workspace:ml: level-too-low)"},
		{open, "Delete", "bob", place{"acme", "ml"}, "not found: There is no such thing here."},
		{plain, "Named", "bob", place{"down", ""}, "unavailable: It cannot be decided now who may do this. Try again later."},
		{plain, "Named", "bob", place{"bad", ""}, "invalid argument: the id is no number"},
		{plain, "Get", "bob", place{"a/b", "ml"}, `invalid argument: in the message "org" holds a slash`},
		{plain, "Mine", "", place{}, "unauthenticated: Sign in to do this."},
	} {
		_, err := c.g.Unary(context.Background(), call(c.method, c.as, &c.message, "x-request-id", "r-1"))
		var e *authzrpc.Error
		if !errors.As(err, &e) || err.Error() != c.want || e.RequestID != "r-1" {
			t.Errorf("%s as %s: %v", c.method, c.as, err)
		}
	}
	_, err := plain.Unary(context.Background(), call("Edit", "bob", &place{"acme", "ml"}))
	var denied *authz.DeniedError
	if !errors.Is(err, authz.ErrDenied) || !errors.As(err, &denied) || denied.Permission != "notes:edit" {
		t.Errorf("for logs: %v", err)
	}
}

// "a rule for every method or failure at start"
func TestATableOfMethodsThatIsWrongFailsAtTheStart(t *testing.T) {
	e := engine(t)
	served := func(names ...string) (list []authzrpc.Method) {
		for _, name := range names {
			list = append(list, authzrpc.Method{Name: name, Message: &place{}})
		}
		return list
	}
	found := func(*authzrpc.Call) (string, error) { return "", nil }
	for name, c := range map[string]struct {
		rules  authzrpc.Rules
		served []authzrpc.Method
		want   string
	}{
		"right":               {authzrpc.Rules{"/a": authzrpc.Allow("notes:read", where), "/b": authzrpc.Public()}, served("/a", "/b"), ""},
		"no rule":             {authzrpc.Rules{"/a": authzrpc.Public()}, served("/a", "/b"), `the method "/b": there is no rule for who may call it; let everybody by Public()`},
		"the zero rule":       {authzrpc.Rules{"/a": {}}, served("/a"), `the method "/a": there is no rule`},
		"no method":           {authzrpc.Rules{"/a": authzrpc.Public(), "/b": authzrpc.Public()}, served("/a"), `the rule of "/b": no such method is served`},
		"unknown permission":  {authzrpc.Rules{"/a": authzrpc.Allow("note:read", "org:{org}")}, served("/a"), `there is no area "note"`},
		"unknown kind":        {authzrpc.Rules{"/a": authzrpc.Allow("notes:read", "orgg:{org}")}, served("/a"), `there is no scope kind "orgg"`},
		"not there":           {authzrpc.Rules{"/a": authzrpc.Allow("settings:read", where)}, served("/a"), "settings does not exist at a scope of the kind workspace"},
		"no field":            {authzrpc.Rules{"/a": authzrpc.Allow("notes:read", "org:{organisation}")}, served("/a"), `its rule reads the field "organisation": there is no field "organisation"`},
		"no path":             {authzrpc.Rules{"/a": authzrpc.Allow("notes:read", "{org}")}, served("/a"), "is no kind:id"},
		"no function":         {authzrpc.Rules{"/a": authzrpc.AllowIn("notes:read", nil)}, served("/a"), "the function that finds the scope is nil"},
		"no function for":     {authzrpc.Rules{"/a": authzrpc.AllowFor[*place]("notes:read", nil)}, served("/a"), "the function that finds the scope is nil"},
		"unknown, found":      {authzrpc.Rules{"/a": authzrpc.AllowIn("nothing", found)}, served("/a"), "nothing"},
		"another message":     {authzrpc.Rules{"/a": authzrpc.AllowFor("notes:read", func(*authzrpc.Call, *policyFile) (string, error) { return "", nil })}, served("/a"), "its rule takes messages of the type *authzrpc_test.policyFile, and these are of the type *authzrpc_test.place"},
		"what message":        {authzrpc.Rules{"/a": authzrpc.Allow("notes:read", "org:{org}")}, []authzrpc.Method{{Name: "/a"}}, "of what type that is, is not known: use AllowIn"},
		"no message is read":  {authzrpc.Rules{"/a": authzrpc.Allow("notes:read", "org:acme")}, []authzrpc.Method{{Name: "/a"}}, ""},
		"everything is asked": {authzrpc.Rules{"/a": authzrpc.AllowFor("notes:read", func(*authzrpc.Call, any) (string, error) { return "", nil })}, served("/a"), ""},
	} {
		p := &provider{} // so that New does not say it already
		g, err := authzrpc.New(p, token, c.rules, fields)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Check(c.served...); !errors.Is(err, authz.ErrNotReady) {
			t.Errorf("%s, without an engine: %v", name, err)
		}
		p.set(e)
		err = g.Check(c.served...)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := authzrpc.New(e, token, c.rules, fields); strings.Contains(c.want, "there is no area") && err == nil {
			t.Errorf("%s: a guard all the same", name)
		}
	}
	g, err := authzrpc.New(&provider{}, token, authzrpc.Rules{"/a": {}, "/b": {}}, fields)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Try(e); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("not everything is said at once: %v", err)
	}
}

type policyFile struct{}

func TestAGuardOfCallsIsMadeWhole(t *testing.T) {
	e := engine(t)
	for name, err := range map[string]error{
		"no engine": func() error { _, err := authzrpc.New(nil, token, nil, fields); return err }(),
		"nobody":    func() error { _, err := authzrpc.New(e, nil, nil, fields); return err }(),
		"no fields": func() error { _, err := authzrpc.New(e, token, nil, nil); return err }(),
		"never":     func() error { _, err := authzrpc.New(e, token, nil, fields, nil, authzrpc.WithRecheck(0)); return err }(),
	} {
		if err == nil {
			t.Errorf("%s: a guard all the same", name)
		}
	}
	if got := guard(t, e).Rule("/notes.Notes/Delete"); got != "workspaces.delete in "+where+", hidden" {
		t.Errorf("the rule is shown as %s", got)
	}
	if got := guard(t, e).Rule("/other"); got != "no rule" {
		t.Errorf("no rule is shown as %s", got)
	}
}

// Rules may be changed by whoever wrote them: not those of the guard.
func TestRulesAreCopied(t *testing.T) {
	own := authzrpc.Rules{"/a": authzrpc.SignedIn()}
	g, err := authzrpc.New(engine(t), token, own, fields)
	if err != nil {
		t.Fatal(err)
	}
	own["/a"], own["/b"] = authzrpc.Public(), authzrpc.Public()
	for _, method := range []string{"/a", "/b"} {
		if _, err := g.Unary(context.Background(), authzrpc.Call{Method: method}); err == nil {
			t.Errorf("%s is open", method)
		}
	}
}

func TestWithoutAnEngineNoCallGetsThrough(t *testing.T) {
	p := &provider{e: engine(t)}
	g := guard(t, p)
	p.set(nil)
	for _, method := range []string{"Get", "Acme", "Mine", "Ping"} {
		if _, err := g.Unary(context.Background(), call(method, "alice", &place{"acme", "ml"})); code(err) != "unavailable" {
			t.Errorf("%s: %v", method, err)
		}
		if _, err := g.Stream(context.Background(), call(method, "alice", nil)); code(err) != "unavailable" {
			t.Errorf("a stream of %s: %v", method, err)
		}
	}
}

// Handlers ask for themselves, with the caller and the facts of the call.
func TestHandlersOfCallsSeeWhoAsksAndWithWhichFacts(t *testing.T) {
	seen := authzrpc.WithFacts(func(c *authzrpc.Call) (authz.Facts, error) {
		if c.Peer == "" {
			return authz.Facts{}, authzrpc.BadRequest("no address")
		}
		return authz.Facts{Request: authz.Attributes{"ip": c.Peer}}, nil
	})
	g := guard(t, engine(t), seen)
	for peer, want := range map[string]string{"10.0.0.1": "<nil>", "10.0.0.2": `"notes:read" in "org:bank/workspace:vault" denied: limited`} {
		c := call("Ping", "alice", nil, "x-request-id", "r")
		c.Peer = peer
		ctx, err := g.Unary(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(authz.Check(ctx, "notes:read", "org:bank/workspace:vault")); got != want || authz.CallerFrom(ctx).RequestID != "r" {
			t.Errorf("from %s: %s", peer, got)
		}
	}
	if _, err := g.Unary(context.Background(), call("Ping", "alice", nil)); code(err) != "invalid argument" {
		t.Errorf("without an address: %v", err)
	}
	for _, id := range []string{"a b", strings.Repeat("x", 129), "a\nb"} {
		c := call("Ping", "alice", nil, "x-request-id", id)
		c.Peer = "10.0.0.1"
		if ctx, err := g.Unary(context.Background(), c); err != nil || authz.CallerFrom(ctx).RequestID != "" {
			t.Errorf("the id %q is carried (%v)", id, err)
		}
	}
}

// Facts of a rule are those of one message: the next brings its own.
func TestFactsOfARuleAreThoseOfItsMessage(t *testing.T) {
	at := func(ip string) authz.Facts { return authz.Facts{Request: authz.Attributes{"ip": ip}} }
	own := authzrpc.Rules{"/a": authzrpc.Allow("notes:read", where).WithFacts(func(c *authzrpc.Call) (authz.Facts, error) {
		if authz.FromContext(c.Context()).ID() != "alice" {
			return authz.Facts{}, errors.New("nobody asks")
		}
		if c.Message.(*place).workspace == "" {
			return authz.Facts{}, authzrpc.BadRequest("no workspace")
		}
		return at(c.Message.(*place).org), nil // which is as good as any
	})}
	g, err := authzrpc.New(engine(t), token, own, func(m any, name string) (string, error) {
		return map[string]string{"org": "bank", "workspace": m.(*place).workspace}[name], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c := authzrpc.Call{Method: "/a", Header: func(string) []string { return []string{"alice"} }}
	s, err := g.Stream(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct{ ip, want string }{{"10.0.0.1", passed}, {"10.0.0.1", passed}, {"10.0.0.2", "permission denied"}, {"10.0.0.1", "permission denied"}} {
		err := s.Receive(&place{m.ip, "vault"})
		if code(err) != m.want {
			t.Errorf("from %s: %v", m.ip, err)
		}
		if got := authz.CallerFrom(s.Context()).Facts.Request["ip"]; err == nil && got != m.ip {
			t.Errorf("the handler sees the facts of %v", got)
		}
	}
	c.Message = &place{"10.0.0.1", "vault"}
	ctx, err := g.Unary(context.Background(), c)
	if err != nil || authz.CallerFrom(ctx).Facts.Request["ip"] != "10.0.0.1" {
		t.Errorf("%v, %v", err, ctx)
	}
	c.Message = &place{"10.0.0.1", ""}
	if _, err := g.Unary(context.Background(), c); code(err) != "invalid argument" {
		t.Errorf("facts that cannot be: %v", err)
	}
}

// A stream whose rule reads messages says nothing before one has come, and each is judged.
func TestEachMessageOfAStreamIsJudged(t *testing.T) {
	var denied []authz.Event
	g := guard(t, engine(t, authz.WithObserver(func(_ context.Context, v authz.Event) {
		if !v.Decision.Allowed {
			denied = append(denied, v)
		}
	})))
	open := func() *authzrpc.Stream {
		s, err := g.Stream(context.Background(), call("Get", "bob", nil))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if err := open().Send(); code(err) != "permission denied" {
		t.Errorf("sent before a message has come: %v", err)
	}
	s := open()
	if err := s.Receive(&place{"acme", "ml"}); err != nil {
		t.Error(err)
	}
	if err := s.Send(); err != nil || s.Err() != nil {
		t.Error(err)
	}
	if err := s.Receive(&place{"bank", "vault"}); code(err) != "permission denied" {
		t.Errorf("another scope: %v", err)
	}
	for what, err := range map[string]error{"sent": s.Send(), "received": s.Receive(&place{"acme", "ml"}), "ended": s.Err()} {
		if code(err) != "permission denied" {
			t.Errorf("%s after a denial: %v", what, err)
		}
	}
	if len(denied) != 1 || denied[0].Scope != "org:bank/workspace:vault" {
		t.Errorf("told of %v", denied)
	}
}

// Who loses a right, or whose session ends, loses the stream.
func TestAStreamIsJudgedAgainWhileItLasts(t *testing.T) {
	before := engine(t)
	after, err := before.Apply(authz.SetStatus("bob", authz.Suspended))
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"Get", "Acme", "Mine"} {
		for name, c := range map[string]struct {
			change func(p *provider, now *time.Time, session *bool)
			want   string
		}{
			"nothing":               {func(*provider, *time.Time, *bool) {}, passed},
			"a directory":           {func(p *provider, _ *time.Time, _ *bool) { p.set(after) }, "permission denied"},
			"no engine":             {func(p *provider, _ *time.Time, _ *bool) { p.set(nil) }, "unavailable"},
			"an end, not looked at": {func(_ *provider, _ *time.Time, over *bool) { *over = true }, passed},
			"an end, and time":      {func(_ *provider, now *time.Time, over *bool) { *over, *now = true, now.Add(time.Minute) }, "unauthenticated"},
			"time":                  {func(_ *provider, now *time.Time, _ *bool) { *now = now.Add(time.Hour) }, passed},
		} {
			for _, way := range []string{"send", "receive"} {
				p, now, over := &provider{e: before}, time.Now(), false
				who := func(e *authz.Engine, c *authzrpc.Call) (*authz.Subject, error) {
					if over {
						return nil, errors.New("the session has ended")
					}
					return token(e, c)
				}
				g, err := authzrpc.New(p, who, rules, fields, authzrpc.WithNow(func() time.Time { return now }), authzrpc.WithNow(nil))
				if err != nil {
					t.Fatal(err)
				}
				s, err := g.Stream(context.Background(), call(method, "bob", nil))
				if err == nil {
					err = s.Receive(&place{"acme", "ml"})
				}
				if err == nil {
					err = s.Send()
				}
				if err != nil {
					t.Fatal(err)
				}
				c.change(p, &now, &over)
				if way == "send" {
					err = s.Send()
				} else {
					err = s.Receive(&place{"acme", "ml"})
				}
				if code(err) != c.want {
					t.Errorf("%s, %s, %s: %v, want %s", method, name, way, err, c.want)
				}
			}
		}
	}
}

// Who asks is found out once for a stream, and not for each of its messages.
func TestWhoAsksIsFoundOutOnceAStream(t *testing.T) {
	asked := 0
	g, err := authzrpc.New(engine(t), func(e *authz.Engine, c *authzrpc.Call) (*authz.Subject, error) { asked++; return token(e, c) }, rules, fields)
	if err != nil {
		t.Fatal(err)
	}
	s, err := g.Stream(context.Background(), call("Get", "bob", nil))
	for i := 0; i < 10 && err == nil; i++ {
		if err = s.Receive(&place{"acme", "ml"}); err == nil {
			err = s.Send()
		}
	}
	if err != nil || asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}

// A stream sends and receives at once.
func TestAStreamIsSafeForConcurrentUse(t *testing.T) {
	p := &provider{e: engine(t)}
	other := engine(t)
	s, err := guard(t, p).Stream(context.Background(), call("Get", "alice", nil))
	if err == nil {
		err = s.Receive(&place{"acme", "ml"})
	}
	if err != nil {
		t.Fatal(err)
	}
	first := p.e
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 500 {
				var err error
				switch i {
				case 0:
					err = s.Receive(&place{"acme", "ml"})
				case 1:
					err = s.Send()
				case 2:
					p.set(map[bool]*authz.Engine{true: first, false: other}[n%2 == 0])
				default:
					if authz.FromContext(s.Context()).ID() != "alice" {
						err = errors.New("nobody asks")
					}
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// A subject that was bound before is taken as it is, and its facts with it.
func TestACallerThatIsKnownIsKept(t *testing.T) {
	e := engine(t)
	g := guard(t, e)
	ctx := authz.WithCaller(context.Background(), authz.Caller{Subject: e.As("bob"), RequestID: "outer"})
	got, err := g.Unary(ctx, call("Get", "", &place{"acme", "ml"}, "x-request-id", "inner"))
	if err != nil || authz.FromContext(got).ID() != "bob" || authz.CallerFrom(got).RequestID != "outer" {
		t.Errorf("%v", err)
	}
}

func TestTheZeroGuardOfCallsLetsNobodyIn(t *testing.T) {
	var zero authzrpc.Guard
	for _, g := range []*authzrpc.Guard{nil, &zero} {
		if _, err := g.Unary(context.Background(), call("Ping", "", nil)); code(err) != "unavailable" {
			t.Errorf("unary: %v", err)
		}
		if _, err := g.Stream(context.Background(), call("Ping", "", nil)); code(err) != "unavailable" {
			t.Errorf("stream: %v", err)
		}
		if err := g.Check(); !errors.Is(err, authz.ErrNotReady) {
			t.Errorf("check: %v", err)
		}
	}
	var none authzrpc.Stream
	for _, s := range []*authzrpc.Stream{nil, &none} {
		if s.Receive(nil) == nil || s.Send() == nil || s.Err() == nil || s.Context() == nil {
			t.Error("a stream that was never judged is open")
		}
	}
	var nobody *authzrpc.Call
	if nobody.Get("x") != "" || nobody.Context() == nil {
		t.Error("a call that is none has something")
	}
	if got := authzrpc.Code(99).String(); got != "permission denied" {
		t.Errorf("an unknown code is %s", got)
	}
}

// A call costs what a request does: the call, who asks, the context and the path.
func BenchmarkUnary(b *testing.B) {
	g := guard(b, engine(b))
	c := call("Get", "bob", &place{"acme", "ml"})
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Unary(ctx, c); err != nil {
			b.Fatal(err)
		}
	}
}

// "at most … 5 allocations" more than without: the call, the context, the path, and two for who asks.
func TestAGuardedCallAllocatesFiveTimesMore(t *testing.T) {
	g := guard(t, engine(t))
	c := call("Get", "bob", &place{"acme", "ml"})
	ctx := context.Background()
	if n := testing.AllocsPerRun(200, func() { _, _ = g.Unary(ctx, c) }); n > 5 {
		t.Errorf("a guarded call makes %v allocations", n)
	}
}
