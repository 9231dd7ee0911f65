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
	"context"
	"errors"
	"net/http"

	"github.com/trellis-authz/trellis/authz"
)

// Who says who asks: it reads the credentials of a request and binds the principal to the engine that decides, by
// [authz.Engine.As] or Bind, or by Anonymous where those who are not signed in hold something. Nil, or an error, is nobody:
// what is wrong with credentials is answered with 401 and nothing else. An error that is [authz.ErrNotReady], or that a
// deadline has passed, says that it cannot be found out now, and is answered with 503.
type Who func(*authz.Engine, *http.Request) (*authz.Subject, error)

// Guard guards handlers. It is immutable and safe for concurrent use.
type Guard struct {
	engine    authz.Provider
	who       Who
	facts     func(*http.Request) (authz.Facts, error)
	value     func(*http.Request, string) string
	challenge string
	reasons   bool
	answer    func(http.ResponseWriter, *http.Request, Problem)
}

// Option changes what a guard does.
type Option func(*Guard)

// WithFacts has conditions see facts that every request brings: an address, the time of a session. Handlers that ask
// [authz.Check] bring them, too. Errors are answered as those of [AllowIn] are.
func WithFacts(facts func(*http.Request) (authz.Facts, error)) Option {
	return func(g *Guard) { g.facts = facts }
}

// WithPathValues reads the values of wildcards as another router keeps them. The default is [http.Request.PathValue]. The
// values must come unescaped, once.
func WithPathValues(value func(r *http.Request, name string) string) Option {
	return func(g *Guard) { g.value = value }
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
	g := &Guard{engine: engine, who: who, value: (*http.Request).PathValue, challenge: "Bearer", answer: func(w http.ResponseWriter, _ *http.Request, p Problem) { p.Write(w) }}
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
	if g.value == nil || g.answer == nil {
		return nil, errors.New("authzhttp: the function of an option is nil")
	}
	return g, nil
}

// Identify finds out who asks, for handlers that ask [authz.Check] themselves: nothing is denied for want of a principal, but
// there is an answer of 503 while there is no engine. A route that is guarded needs none of it.
func (g *Guard) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, p := g.identify(w, r)
		if p.Status != 0 {
			g.deny(w, r, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// identify returns the request with its caller, or the problem for which there is none.
func (g *Guard) identify(w http.ResponseWriter, r *http.Request) (*http.Request, Problem) {
	if g == nil || g.engine == nil || g.who == nil { // made otherwise than by New
		return r, unready(authz.ErrNotReady)
	}
	c := authz.CallerFrom(r.Context())
	if c.RequestID == "" {
		c.RequestID = carry(w, r)
	}
	if c.Subject == nil {
		e := g.engine.Engine()
		if e == nil {
			return r, unready(authz.ErrNotReady)
		}
		var err error
		switch c.Subject, err = g.who(e, r); {
		case errors.Is(err, authz.ErrNotReady), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
			return r, unready(err)
		case err != nil:
			c.Subject = nil // whatever came with the error
		}
	}
	if g.facts != nil && none(c.Facts) {
		facts, err := g.facts(r)
		if err != nil {
			return r, unfound(err)
		}
		c.Facts = facts
	}
	return r.WithContext(authz.WithCaller(r.Context(), c)), Problem{}
}

func none(f authz.Facts) bool { return f.Request == nil && f.Scopes == nil && f.Time.IsZero() }

// deny answers with a problem.
func (g *Guard) deny(w http.ResponseWriter, r *http.Request, p Problem) {
	p.RequestID = authz.CallerFrom(r.Context()).RequestID
	if p.RequestID == "" {
		p.RequestID = w.Header().Get(requestIDHeader)
	}
	if g == nil || g.answer == nil {
		p.Write(w)
		return
	}
	if p.Status == http.StatusUnauthorized && g.challenge != "" {
		w.Header().Set("WWW-Authenticate", g.challenge)
	}
	if !g.reasons {
		p.Permission, p.Scope, p.Reason = "", "", ""
	}
	g.answer(w, r, p)
}
