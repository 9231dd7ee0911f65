// Package authzhttp guards the handlers of net/http, and so of every router that takes them: who asks is found out once a
// request, each route has a rule, and a route without one fails at the start.
//
//	guard, err := authzhttp.New(engine, whoAsks)
//	mux := guard.Mux()
//	mux.HandleFunc("GET /orgs/{org}/workspaces/{ws}", authzhttp.Allow("workspaces:read", "org:{org}/workspace:{ws}"), show)
//	mux.HandleFunc("GET /healthz", authzhttp.Public(), healthy)
//	handler, err := mux.Handler() // every mistake in the table of routes at once
//
// Whatever is not allowed is answered before the handler is reached, with a problem (RFC 9457): 401 for nobody, 403 for a
// denial or 404 where the route hides what there is, 400 for what names no scope, 503 while there is no engine.
package authzhttp

import (
	"errors"
	"net/http"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/guard"
)

// Who says who asks: it reads the credentials of a request and binds the principal to the engine that decides, by
// [authz.Engine.As] or Bind, or by Anonymous where those who are not signed in hold something. Nil, or an error, is nobody:
// what is wrong with credentials is answered with 401 and nothing else. An error that is [authz.ErrNotReady], or that a
// deadline has passed, says that it cannot be found out now, and is answered with 503.
type Who func(*authz.Engine, *http.Request) (*authz.Subject, error)

// Guard guards handlers. It is immutable and safe for concurrent use.
type Guard struct {
	inner     guard.Guard[*http.Request]
	challenge string
	reasons   bool
	answer    func(http.ResponseWriter, *http.Request, Problem)
}

// Option changes what a guard does.
type Option func(*Guard)

// WithFacts has conditions see facts that every request brings: an address, the time of a session. Handlers that ask
// [authz.Check] bring them, too. Errors are answered as those of [AllowIn] are.
func WithFacts(facts func(*http.Request) (authz.Facts, error)) Option {
	return func(g *Guard) { g.inner.Facts = facts }
}

// WithPathValues reads the values of wildcards as another router keeps them. The default is [http.Request.PathValue]. The
// values must come unescaped, once.
func WithPathValues(value func(r *http.Request, name string) string) Option {
	return func(g *Guard) {
		g.inner.Value = nil
		if value != nil {
			g.inner.Value = func(r *http.Request, name string) (string, error) { return value(r, name), nil }
		}
	}
}

// WithChallenge sets the WWW-Authenticate header that goes with every 401. The default is "Bearer".
func WithChallenge(challenge string) Option {
	return func(g *Guard) { g.challenge = challenge }
}

// WithReasons has denials say what was asked, where, and the reason. That tells scopes that do not exist from those that
// somebody may not see, so it is for clients who may know.
func WithReasons() Option {
	return func(g *Guard) { g.reasons = true }
}

// WithAnswer writes the answer of what is not allowed in another way than as a problem in JSON: a page, say. It must write
// the status of the problem. [Problem.Write] is the default.
func WithAnswer(answer func(http.ResponseWriter, *http.Request, Problem)) Option {
	return func(g *Guard) { g.answer = answer }
}

// New returns a guard. The engine is an [authz.Engine], or whatever keeps one up to date. The error says what is missing.
func New(engine authz.Provider, who Who, options ...Option) (*Guard, error) {
	g := &Guard{
		inner:     guard.Guard[*http.Request]{Engine: engine, Who: who, Value: pathValue, Place: "in the path"},
		challenge: "Bearer",
		answer:    func(w http.ResponseWriter, _ *http.Request, p Problem) { p.Write(w) },
	}
	if engine == nil {
		return nil, errors.New("authzhttp: a guard without an engine lets nobody in: pass an engine, or what keeps one")
	}
	if who == nil {
		return nil, errors.New("authzhttp: a guard has to know who asks: pass a function that tells")
	}
	for _, option := range options {
		if option != nil {
			option(g)
		}
	}
	if g.inner.Value == nil || g.answer == nil {
		return nil, errors.New("authzhttp: the function of an option is nil")
	}
	return g, nil
}

func pathValue(r *http.Request, name string) (string, error) { return r.PathValue(name), nil }

// Identify finds out who asks, for handlers that ask [authz.Check] themselves: nothing is denied for want of a principal, but
// there is an answer of 503 while there is no engine. A route that is guarded needs none of it.
func (g *Guard) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := authz.CallerFrom(r.Context())
		if refusal := g.identify(w, r, &c); refusal != nil {
			g.deny(w, r, c.RequestID, refusal)
			return
		}
		next.ServeHTTP(w, r.WithContext(authz.WithCaller(r.Context(), c)))
	})
}

// identify completes what is known of who asks.
func (g *Guard) identify(w http.ResponseWriter, r *http.Request, c *authz.Caller) *guard.Refusal {
	if c.RequestID == "" {
		c.RequestID = carry(w, r)
	}
	if g == nil {
		return (*guard.Guard[*http.Request])(nil).Identify(c, r)
	}
	return g.inner.Identify(c, r)
}

// Require guards one handler by a rule: for routers that take middleware at each route. What is wrong with the rule is
// reported by [Guard.Check] and its like at the start; a rule that is wrong lets nobody in.
func (g *Guard) Require(rule Rule) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler { return &guarded{g, rule, next} }
}

// guarded is a handler behind its rule.
type guarded struct {
	guard *Guard
	rule  Rule
	next  http.Handler
}

func (h *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := authz.CallerFrom(r.Context())
	refusal := h.guard.identify(w, r, &c)
	if refusal == nil {
		r = r.WithContext(authz.WithCaller(r.Context(), c)) // functions of the rule see who asks
		refusal = h.guard.inner.Judge(r.Context(), &h.rule.inner, &c, r)
		if h.rule.inner.BringsFacts() {
			r = r.WithContext(authz.WithCaller(r.Context(), c))
		}
	}
	if refusal != nil {
		h.guard.deny(w, r, c.RequestID, refusal)
		return
	}
	h.next.ServeHTTP(w, r)
}

// deny answers with a problem.
func (g *Guard) deny(w http.ResponseWriter, r *http.Request, requestID string, refusal *guard.Refusal) {
	p := problem(refusal)
	p.RequestID = requestID
	if g == nil || g.answer == nil { // made otherwise than by New
		p.Write(w)
		return
	}
	if p.Status == http.StatusUnauthorized && g.challenge != "" {
		w.Header().Set("WWW-Authenticate", g.challenge)
	}
	if d := refusal.Denied; d != nil && g.reasons {
		p.Permission, p.Scope, p.Reason = d.Permission, d.Scope, d.Decision.Reason.String()
	}
	g.answer(w, r, p)
}
