package authzhttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzhttp"
)

const policy = `
version: 1
name: pages
scopes: {org: , workspace: {in: org, attributes: {owner: principal}}}
request: {ip: string}
areas: {pages: , settings: {at: org}}
actions: {workspaces.delete: pages:edit}
roles:
  editor: {at: [org, workspace], reach: all, areas: {pages: edit}}
  viewer: {at: [org, workspace], reach: all, areas: {pages: read}}
  owner:
    at: org
    grants: [{areas: {pages: edit}, when: workspace.owner.id == principal.id, reach: all}]
boundaries:
  at_home: {in: workspace, under: "org:bank", when: 'request.ip != "10.0.0.1"', limit: {pages: none}}
`

const directory = `
version: 1
scopes: {"org:acme": , "org:acme/workspace:ml": , "org:bank": , "org:bank/workspace:vault": }
principals:
  alice: {status: active, assignments: [{roles: editor, in: "org:acme"}, {roles: viewer, in: "org:bank"}]}
  bob: {status: active, assignments: [{roles: viewer, in: "org:acme"}]}
  olga: {status: active, assignments: [{roles: owner, in: "org:acme"}]}
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

// bearer takes the token for the id: a test has no secrets.
func bearer(e *authz.Engine, r *http.Request) (*authz.Subject, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !ok:
		return nil, nil
	case token == "wrong":
		return nil, errors.New("the signature of the token is wrong")
	case token == "down":
		return nil, fmt.Errorf("the issuer of tokens does not answer: %w", context.DeadlineExceeded)
	case token == "both":
		return e.As("alice"), errors.New("the session has ended")
	case token == "everyone":
		return e.Anonymous(), nil
	}
	return e.As(token), nil
}

// provider gives whatever engine a test says there is.
type provider struct{ e *authz.Engine }

func (p *provider) Engine() *authz.Engine { return p.e }

func guard(t testing.TB, p authz.Provider, options ...authzhttp.Option) *authzhttp.Guard {
	t.Helper()
	g, err := authzhttp.New(p, bearer, options...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var reached = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	_, _ = fmt.Fprintf(w, "reached by %q", authz.FromContext(r.Context()).ID())
})

const workspace = "/orgs/{org}/workspaces/{ws}"

// routes is a small service.
func routes(t testing.TB, g *authzhttp.Guard) http.Handler {
	t.Helper()
	mux := g.Mux()
	mux.Handle("GET "+workspace, authzhttp.Allow("pages:read", "org:{org}/workspace:{ws}"), reached)
	mux.Handle("PUT "+workspace, authzhttp.Allow("pages:edit", "org:{org}/workspace:{ws}"), reached)
	mux.Handle("DELETE "+workspace, authzhttp.Allow("workspaces.delete", "org:{org}/workspace:{ws}").Hidden(), reached)
	mux.Handle("GET /by-header", authzhttp.AllowIn("pages:read", authzhttp.Header("X-Scope")), reached)
	mux.Handle("GET /found/{id}", authzhttp.AllowIn("pages:read", func(r *http.Request) (string, error) {
		switch r.PathValue("id") {
		case "1":
			return "org:acme/workspace:ml", nil
		case "nothing":
			return "", nil
		case "bad":
			return "", authzhttp.BadRequest("the id is no number")
		case "down":
			return "", errors.New("dial tcp 10.1.2.3:5432: connection refused")
		}
		return "", authzhttp.ErrNotFound
	}), reached)
	mux.Handle("GET /mine", authzhttp.SignedIn(), reached)
	mux.Handle("GET /healthz", authzhttp.Public(), reached)
	h, err := mux.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// call asks a handler, as somebody.
func call(h http.Handler, method, path, as string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+as)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// "401 without a principal, 403 denied, 404 where a route hides existence, 503 when there is no engine, 400 for a malformed
// scope"
func TestEveryRequestIsAnsweredAsItsRuleSays(t *testing.T) {
	h := routes(t, guard(t, engine(t)))
	for _, c := range []struct {
		method, path, as string
		want             int
		header           []string
	}{
		{"GET", "/orgs/acme/workspaces/ml", "alice", 200, nil},
		{"GET", "/orgs/acme/workspaces/ml", "bob", 200, nil},
		{"HEAD", "/orgs/acme/workspaces/ml", "bob", 200, nil},
		{"PUT", "/orgs/acme/workspaces/ml", "alice", 200, nil},
		{"PUT", "/orgs/acme/workspaces/ml", "bob", 403, nil},
		{"GET", "/orgs/acme/workspaces/ml", "", 401, nil},
		{"GET", "/orgs/acme/workspaces/ml", "wrong", 401, nil},
		{"GET", "/orgs/acme/workspaces/ml", "down", 503, nil},
		{"GET", "/orgs/acme/workspaces/ml", "both", 401, nil},
		{"GET", "/orgs/acme/workspaces/ml", "everyone", 401, nil},
		{"GET", "/orgs/acme/workspaces/ml", "nobody", 403, nil},
		{"GET", "/orgs/acme/workspaces/ml", "dora", 403, nil},
		{"GET", "/orgs/acme/workspaces/other", "bob", 403, nil},
		{"DELETE", "/orgs/acme/workspaces/ml", "alice", 200, nil},
		{"DELETE", "/orgs/acme/workspaces/ml", "bob", 404, nil},
		{"DELETE", "/orgs/acme/workspaces/other", "alice", 404, nil},
		{"DELETE", "/orgs/acme/workspaces/ml", "", 401, nil},
		{"POST", "/orgs/acme/workspaces/ml", "alice", 405, nil},
		{"GET", "/by-header", "bob", 200, []string{"X-Scope", "org:acme"}},
		{"GET", "/by-header", "bob", 403, []string{"X-Scope", "org:bank"}},
		{"GET", "/by-header", "bob", 400, nil},
		{"GET", "/by-header", "bob", 400, []string{"X-Scope", "acme"}},
		{"GET", "/by-header", "bob", 400, []string{"X-Scope", "org:acme", "X-Scope", "org:acme"}},
		{"GET", "/found/1", "bob", 200, nil},
		{"GET", "/found/2", "bob", 404, nil},
		{"GET", "/found/nothing", "bob", 400, nil},
		{"GET", "/found/bad", "bob", 400, nil},
		{"GET", "/found/down", "bob", 503, nil},
		{"GET", "/mine", "bob", 200, nil},
		{"GET", "/mine", "", 401, nil},
		{"GET", "/mine", "everyone", 401, nil},
		{"GET", "/mine", "dora", 403, nil},
		{"GET", "/mine", "nobody", 403, nil},
		{"GET", "/healthz", "", 200, nil},
		{"GET", "/healthz", "wrong", 200, nil},
		{"GET", "/elsewhere", "alice", 404, nil},
	} {
		w := call(h, c.method, c.path, c.as, c.header...)
		if w.Code != c.want {
			t.Errorf("%s %s as %q %v: %d, want %d\n%s", c.method, c.path, c.as, c.header, w.Code, c.want, w.Body)
		}
		if got := strings.HasPrefix(w.Body.String(), "reached"); got != (c.want == 200) {
			t.Errorf("%s %s as %q: the handler was reached: %t", c.method, c.path, c.as, got)
		}
	}
}

func TestWithoutAnEngineNobodyGetsIn(t *testing.T) {
	p := &provider{engine(t)}
	g := guard(t, p)
	h := routes(t, g)
	p.e = nil
	for _, path := range []string{"/orgs/acme/workspaces/ml", "/mine", "/healthz"} {
		if w := call(h, "GET", path, "alice"); w.Code != 503 {
			t.Errorf("%s: %d\n%s", path, w.Code, w.Body)
		}
	}
	if w := call(g.Identify(reached), "GET", "/", "alice"); w.Code != 503 {
		t.Errorf("identified without an engine: %d", w.Code)
	}
}

// "RFC 9457 problem bodies"; "a denial … prints without leaking other people's names"
func TestAProblemSaysNoMoreThanItMay(t *testing.T) {
	plain, open := routes(t, guard(t, engine(t))), routes(t, guard(t, engine(t), authzhttp.WithReasons()))
	for _, c := range []struct {
		h                http.Handler
		method, path, as string
		want             string
	}{
		{plain, "PUT", "/orgs/acme/workspaces/ml", "bob", `{"type":"about:blank","title":"Forbidden","status":403,"detail":"You are not allowed to do this here.","request_id":"r-1"}`},
		{open, "PUT", "/orgs/acme/workspaces/ml", "bob", `{"type":"about:blank","title":"Forbidden","status":403,"detail":"You are not allowed to do this here.","request_id":"r-1","permission":"pages:edit","scope":"org:acme/workspace:ml","reason":"level-too-low"}`},
		{plain, "DELETE", "/orgs/acme/workspaces/ml", "bob", `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no such thing here.","request_id":"r-1"}`},
		{plain, "DELETE", "/orgs/acme/workspaces/no", "bob", `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no such thing here.","request_id":"r-1"}`},
		{open, "DELETE", "/orgs/acme/workspaces/ml", "bob", `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no such thing here.","request_id":"r-1"}`},
		{plain, "GET", "/found/down", "bob", `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"It cannot be decided now who may do this. Try again later.","request_id":"r-1"}`},
		{plain, "GET", "/orgs/a%2Fb/workspaces/ml", "bob", `{"type":"about:blank","title":"Bad Request","status":400,"detail":"in the path \"org\" holds a slash","request_id":"r-1"}`},
		{plain, "GET", "/mine", "", `{"type":"about:blank","title":"Unauthorized","status":401,"detail":"Sign in to do this.","request_id":"r-1"}`},
	} {
		w := call(c.h, c.method, c.path, c.as, "X-Request-ID", "r-1")
		if got := strings.TrimSpace(w.Body.String()); got != c.want {
			t.Errorf("%s %s as %s:\n got %s\nwant %s", c.method, c.path, c.as, got, c.want)
		}
		var p authzhttp.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != w.Code {
			t.Errorf("%s: %v, %d", c.path, err, p.Status)
		}
		h := w.Header()
		if h.Get("Content-Type") != "application/problem+json" || h.Get("Cache-Control") != "no-store" || h.Get("X-Request-ID") != "r-1" {
			t.Errorf("%s: %v", c.path, h)
		}
		if challenge := h.Get("WWW-Authenticate"); (challenge == "Bearer") != (w.Code == 401) {
			t.Errorf("%s: the challenge is %q", c.path, challenge)
		}
	}
}

// "a table of routes in which a route without a rule fails at start"
func TestATableOfRoutesThatIsWrongFailsAtTheStart(t *testing.T) {
	none := func(*http.Request) (string, error) { return "", nil }
	for name, c := range map[string]struct {
		pattern string
		rule    authzhttp.Rule
		handler http.Handler
		want    string
	}{
		"no rule":            {"GET /x", authzhttp.Rule{}, reached, `the route "GET /x": there is no rule for who may use it; let everybody by Public()`},
		"hidden no rule":     {"GET /x", authzhttp.Rule{}.Hidden(), reached, "there is no rule"},
		"no handler":         {"GET /x", authzhttp.Public(), nil, `the route "GET /x" has no handler`},
		"unknown permission": {"GET /{org}", authzhttp.Allow("pagse:read", "org:{org}"), reached, `the route "GET /{org}": there is no area "pagse"`},
		"unknown level":      {"GET /{org}", authzhttp.Allow("pages:raed", "org:{org}"), reached, "raed"},
		"unknown kind":       {"GET /{org}", authzhttp.Allow("pages:read", "orgg:{org}"), reached, `there is no scope kind "orgg"`},
		"wrong nesting":      {"GET /{org}", authzhttp.Allow("pages:read", "workspace:{org}"), reached, "workspace"},
		"not there":          {"GET /{org}/{ws}", authzhttp.Allow("settings:read", "org:{org}/workspace:{ws}"), reached, "settings does not exist at a scope of the kind workspace; it exists at org"},
		"no such wildcard":   {"GET /{org}", authzhttp.Allow("pages:read", "org:{organisation}"), reached, `its rule reads the wildcard "organisation", which the pattern does not have`},
		"open wildcard":      {"GET /{org}", authzhttp.Allow("pages:read", "org:{org"), reached, `the step "org:{org" is not a wildcard`},
		"half a wildcard":    {"GET /{org}", authzhttp.Allow("pages:read", "org:x-{org}"), reached, "is not a wildcard"},
		"no path":            {"GET /{org}", authzhttp.Allow("pages:read", "{org}"), reached, "is no kind:id"},
		"empty path":         {"GET /{org}", authzhttp.Allow("pages:read", ""), reached, "is no kind:id"},
		"no function":        {"GET /x", authzhttp.AllowIn("pages:read", nil), reached, "the function that finds the scope is nil"},
		"unknown, found":     {"GET /x", authzhttp.AllowIn("nothing", none), reached, "nothing"},
		"bad pattern":        {"GET /{x", authzhttp.Public(), reached, `the route "GET /{x": `},
		"a host":             {"GET secure.example/admin", authzhttp.Public(), reached, `the route "GET secure.example/admin" is for the host "secure.example", which is whatever the client says`},
		"a host alone":       {"secure.example/", authzhttp.Public(), reached, `is for the host "secure.example"`},
		"twice":              {"GET /there", authzhttp.Public(), reached, `conflicts with pattern`},
	} {
		mux := guard(t, engine(t)).Mux()
		mux.Handle("GET /there", authzhttp.Public(), reached)
		mux.Handle(c.pattern, c.rule, c.handler)
		h, err := mux.Handler()
		if h != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	mux := guard(t, engine(t)).Mux()
	mux.HandleFunc("GET /a", authzhttp.Rule{}, nil)
	mux.Handle("GET /b", authzhttp.Rule{}, reached)
	if _, err := mux.Handler(); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not everything is said at once: %v", err)
	}
	if _, err := guard(t, &provider{}).Mux().Handler(); !errors.Is(err, authz.ErrNotReady) {
		t.Errorf("without an engine: %v", err)
	}
}

// A rule that was never checked lets nobody in.
func TestARuleThatIsWrongLetsNobodyIn(t *testing.T) {
	g := guard(t, engine(t))
	for name, rule := range map[string]authzhttp.Rule{
		"none":           {},
		"hidden":         authzhttp.Rule{}.Hidden(),
		"of no path":     authzhttp.Allow("pages:read", "acme"),
		"of no function": authzhttp.AllowIn("pages:read", nil),
		"unknown":        authzhttp.Allow("nothing:read", "org:acme"),
	} {
		if w := call(g.Require(rule)(reached), "GET", "/", "alice"); w.Code != 403 && w.Code != 404 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestRulesOfAnotherRouterAreCheckedAgainstItsRoutes(t *testing.T) {
	g := guard(t, engine(t))
	rules := authzhttp.Rules{"GET /a": authzhttp.Public(), "GET /b": authzhttp.Allow("pages:read", "org:{org}")}
	if err := g.Check(rules, "GET /a", "GET /b"); err != nil {
		t.Error(err)
	}
	err := g.Check(authzhttp.Rules{"GET /a": {}, "GET /gone": authzhttp.Public()}, "GET /a", "GET /new")
	for _, want := range []string{`the route "GET /new": there is no rule`, `the rule of "GET /gone": there is no such route`, `the route "GET /a": there is no rule`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say: %s", err, want)
		}
	}
}

// Handlers ask for themselves, with the caller and the facts of the request.
func TestHandlersSeeWhoAsksAndWithWhichFacts(t *testing.T) {
	ip := authzhttp.ClientIP(netip.MustParsePrefix("192.0.2.0/24"))
	g := guard(t, engine(t), authzhttp.WithFacts(func(r *http.Request) (authz.Facts, error) {
		client, err := ip(r)
		return authz.Facts{Request: authz.Attributes{"ip": client.String()}}, err
	}))
	ask := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, authz.Check(r.Context(), "pages:read", "org:bank/workspace:vault"), authz.Can(r.Context(), "pages:read", "org:bank/workspace:vault"), " ", authz.CallerFrom(r.Context()).RequestID)
	})
	for _, c := range []struct{ from, want string }{
		{"10.0.0.1", "<nil> true r"},
		{"10.0.0.2", `"pages:read" in "org:bank/workspace:vault" denied: limited false r`},
		{"10.0.0.1, 10.0.0.2", `"pages:read" in "org:bank/workspace:vault" denied: limited false r`}, // the client wrote the first itself
	} {
		if w := call(g.Identify(ask), "GET", "/", "alice", "X-Forwarded-For", c.from, "X-Request-ID", "r"); w.Body.String() != c.want {
			t.Errorf("from %s: %s", c.from, w.Body)
		}
	}
	if w := call(g.Identify(ask), "GET", "/", "alice", "X-Forwarded-For", "here"); w.Code != 400 {
		t.Errorf("an address that is none: %d", w.Code)
	}
	rule := authzhttp.Allow("pages:read", "org:bank/workspace:vault")
	if w := call(g.Require(rule)(reached), "GET", "/", "alice", "X-Forwarded-For", "10.0.0.1"); w.Code != 200 {
		t.Errorf("a guarded route: %d %s", w.Code, w.Body)
	}
	if w := call(g.Identify(g.Require(rule)(reached)), "GET", "/", "alice", "X-Forwarded-For", "10.0.0.2"); w.Code != 403 {
		t.Errorf("a guarded route behind Identify: %d %s", w.Code, w.Body)
	}
}

// Facts of a route are whose the thing is that is asked for; those of the guard win.
func TestARouteBringsFactsOfItsOwn(t *testing.T) {
	const path = "org:acme/workspace:new"
	e := engine(t)
	owned := func(by string) func(*http.Request) (authz.Facts, error) {
		return func(*http.Request) (authz.Facts, error) {
			return authz.Facts{Scopes: map[string]authz.Attributes{path: {"owner": by}}}, nil
		}
	}
	rule := authzhttp.Allow("pages:edit", path).WithFacts(owned("olga"))
	if w := call(guard(t, e).Require(rule)(reached), "GET", "/", "olga"); w.Code != 200 {
		t.Errorf("of the route: %d %s", w.Code, w.Body)
	}
	if w := call(guard(t, e, authzhttp.WithFacts(owned("alice"))).Require(rule)(reached), "GET", "/", "olga"); w.Code != 403 {
		t.Errorf("of the guard: %d %s", w.Code, w.Body)
	}
	wrong := func(*http.Request) (authz.Facts, error) { return authz.Facts{}, errors.New("no database") }
	if w := call(guard(t, e).Require(authzhttp.Public().WithFacts(wrong))(reached), "GET", "/", "olga"); w.Code != 503 {
		t.Errorf("facts that cannot be found: %d", w.Code)
	}
}

// A subject that was bound when there was no engine is nobody's to judge.
func TestASubjectOfNoEngineIsAnsweredLater(t *testing.T) {
	h := guard(t, engine(t)).Require(authzhttp.Allow("pages:read", "org:acme"))(reached)
	r := httptest.NewRequest("GET", "/", nil)
	r = r.WithContext(authz.NewContext(r.Context(), (*authz.Engine)(nil).As("alice")))
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 503 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Facts of a guard and of a route are one request's.
func TestFactsOfAGuardAndOfARouteAreJoined(t *testing.T) {
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	g := guard(t, engine(t), authzhttp.WithFacts(func(*http.Request) (authz.Facts, error) {
		return authz.Facts{Time: noon, Request: authz.Attributes{"ip": "10.0.0.1"}, Scopes: map[string]authz.Attributes{"a": {"x": 1}}}, nil
	}))
	own := func(*http.Request) (authz.Facts, error) {
		return authz.Facts{Time: noon.Add(time.Hour), Request: authz.Attributes{"ip": "10.0.0.2", "of": "route"}, Scopes: map[string]authz.Attributes{"a": {"x": 2}, "b": {"x": 3}}}, nil
	}
	var got authz.Facts
	see := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = authz.CallerFrom(r.Context()).Facts })
	call(g.Require(authzhttp.Public().WithFacts(own))(see), "GET", "/", "")
	want := authz.Facts{Time: noon, Request: authz.Attributes{"ip": "10.0.0.1", "of": "route"}, Scopes: map[string]authz.Attributes{"a": {"x": 1}, "b": {"x": 3}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("joined %v", got)
	}
}

func TestAGuardIsMadeWhole(t *testing.T) {
	e := engine(t)
	for name, err := range map[string]error{
		"no engine": func() error { _, err := authzhttp.New(nil, bearer); return err }(),
		"nobody":    func() error { _, err := authzhttp.New(e, nil); return err }(),
		"no values": func() error { _, err := authzhttp.New(e, bearer, nil, authzhttp.WithPathValues(nil)); return err }(),
		"no answer": func() error { _, err := authzhttp.New(e, bearer, authzhttp.WithAnswer(nil)); return err }(),
	} {
		if err == nil {
			t.Errorf("%s: a guard all the same", name)
		}
	}
	own := guard(t, e, authzhttp.WithChallenge("Basic"), authzhttp.WithAnswer(func(w http.ResponseWriter, _ *http.Request, p authzhttp.Problem) {
		http.Error(w, p.Title+"!", p.Status)
	}))
	w := call(routes(t, own), "GET", "/mine", "")
	if w.Code != 401 || w.Body.String() != "Unauthorized!\n" || w.Header().Get("WWW-Authenticate") != "Basic" {
		t.Errorf("answered %d %s %v", w.Code, w.Body, w.Header())
	}
	rec := httptest.NewRecorder()
	authzhttp.Problem{}.Write(rec)
	if rec.Code != 403 {
		t.Errorf("no problem is answered with %d", rec.Code)
	}
}

func TestRoutesAreListedWithTheirRules(t *testing.T) {
	g := guard(t, engine(t))
	mux := g.Mux()
	mux.Handle("GET /a/{org}", authzhttp.Allow("pages:read", "org:{org}").Hidden(), reached)
	mux.Handle("GET /b", authzhttp.AllowIn("pages:read", authzhttp.Header("X")), reached)
	mux.Handle("GET /c", authzhttp.SignedIn(), reached)
	mux.Handle("GET /d", authzhttp.Public(), reached)
	mux.Handle("GET /e", authzhttp.Rule{}, reached)
	var b bytes.Buffer
	for _, r := range mux.Routes() {
		fmt.Fprintf(&b, "%s: %s\n", r.Pattern, r.Rule)
	}
	const want = "GET /a/{org}: pages:read in org:{org}, hidden\nGET /b: pages:read in a scope that is found\nGET /c: signed in\nGET /d: public\nGET /e: no rule\n"
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// "Path values are unescaped and checked once: `..`, `%2F`, `//`, a missing value never name another scope"; "Requests made to
// harm: … each with its status, none allowed, none a 5xx"
func TestRequestsMadeToHarmAreRefused(t *testing.T) {
	server := httptest.NewServer(routes(t, guard(t, engine(t))))
	defer server.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	odd := []string{"..", ".", "%2e%2e", "%2E", "%2F", "a%2Fb", "acme%2Fworkspace:ml", "%252F", "%00", "a%00b", "%0A", "%0d%0aX-Scope:%20org:acme", "%20", "acme%20", "%09",
		"org:acme", "acme;x", "%ff", "%c0%ae", "%e2%80%a8", "*", "%7Borg%7D", "{org}", "ACME", "Acme", "acme%CC%81", "%D0%B0cme", "'--", "%3Cscript%3E", "~", "-",
		strings.Repeat("a", 300), strings.Repeat("%41", 300), "acme?org=acme", "acme%3Forg=acme", "acme%23", "%5C", "acme%5C..", "acme,acme", "%E2%80%AE", "%EF%BB%BFacme"}
	n := 0
	check := func(method, target string, header ...string) {
		n++
		r, err := http.NewRequest(method, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Opaque = target // as it is, without cleaning
		r.Header.Set("Authorization", "Bearer alice")
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		answer, err := client.Do(r)
		if err != nil {
			return // refused by the client or the server: it is no request
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode >= 500 || answer.StatusCode < 300 || strings.Contains(string(body), "reached") {
			t.Errorf("%s %s %v: %d %s", method, target, header, answer.StatusCode, body)
		}
	}
	for _, v := range odd {
		check("GET", "/orgs/"+v+"/workspaces/ml")
		check("GET", "/orgs/acme/workspaces/"+v)
		check("PUT", "/orgs/bank/workspaces/"+v)
		check("DELETE", "/orgs/"+v+"/workspaces/vault")
		if v != "org:acme" { // which is what it should be
			check("GET", "/by-header", "X-Scope", v)
		}
	}
	for _, v := range []string{"org:acme/", "/org:acme", "org:acme//workspace:ml", "org:acme/../org:acme", "org:", ":acme", "org", "org:acme/workspace", "org:acme/workspace:ml/", "org:acme\tx",
		"org:acme, org:acme", "ORG:acme", "org:acme/org:acme", "workspace:ml", strings.Repeat("org:a/", 1000), "org:" + strings.Repeat("a", 5000)} {
		check("GET", "/by-header", "X-Scope", v)
	}
	check("GET", "//orgs/acme/workspaces/ml")
	check("GET", "/orgs//acme/workspaces/ml")
	check("GET", "/orgs/acme//workspaces/ml")
	check("GET", "/orgs/acme/workspaces//")
	check("GET", "/orgs/acme/workspaces/ml/")
	check("GET", "/orgs/acme/workspaces/../workspaces/ml")
	if n < 200 {
		t.Errorf("%d requests: 200 are due", n)
	}
}

// Another router keeps the values of wildcards where it likes.
func TestValuesOfWildcardsAreThoseOfTheRouter(t *testing.T) {
	g := guard(t, engine(t), authzhttp.WithPathValues(func(r *http.Request, name string) string { return r.Header.Get("X-" + name) }))
	h := g.Require(authzhttp.Allow("pages:read", "org:{org}/workspace:{ws}"))(reached)
	for ws, want := range map[string]int{"ml": 200, "nowhere": 403, "": 400, "m/l": 400} {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetPathValue("ws", "ml")
		r.Header.Set("Authorization", "Bearer bob")
		r.Header.Set("X-org", "acme")
		r.Header.Set("X-ws", ws)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d %s, want %d", ws, w.Code, w.Body, want)
		}
	}
}

// "401 without a principal": before anything is looked up, which would tell what exists.
func TestNobodyHasFactsLookedUp(t *testing.T) {
	asked := 0
	facts := func(*http.Request) (authz.Facts, error) { asked++; return authz.Facts{}, authzhttp.ErrNotFound }
	g := guard(t, engine(t))
	for name, c := range map[string]struct {
		rule authzhttp.Rule
		want int
		ask  int
	}{
		"allowed":   {authzhttp.Allow("pages:read", "org:acme"), 401, 0},
		"hidden":    {authzhttp.Allow("pages:read", "org:acme").Hidden(), 401, 0},
		"signed in": {authzhttp.SignedIn(), 401, 0},
		"public":    {authzhttp.Public(), 404, 1},
	} {
		asked = 0
		w := httptest.NewRecorder()
		g.Require(c.rule.WithFacts(facts))(reached).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != c.want || asked != c.ask {
			t.Errorf("%s: %d, want %d; facts are looked up %d times", name, w.Code, c.want, asked)
		}
	}
}
