package authzhttp

import (
	"errors"
	"maps"
	"net/http"

	"github.com/trellis-authz/trellis/authz"
)

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
	r, p := h.guard.identify(w, r)
	if p.Status == 0 {
		r, p = h.judge(r)
	}
	if p.Status != 0 {
		h.guard.deny(w, r, p)
		return
	}
	h.next.ServeHTTP(w, r)
}

var errWrongRule = errors.New("the rule of the route is missing or wrong")

// judge returns the problem for which a request is not let through, if there is one, and the request as the handler sees it.
func (h *guarded) judge(r *http.Request) (*http.Request, Problem) {
	rule := &h.rule
	if rule.sort == without || rule.err != nil {
		return r, problem(http.StatusForbidden, "You are not allowed to do this here.", errWrongRule)
	}
	c := authz.CallerFrom(r.Context())
	if rule.facts != nil {
		facts, err := rule.facts(r)
		if err != nil {
			return r, unfound(err)
		}
		c.Facts = joined(facts, c.Facts)
		r = r.WithContext(authz.WithCaller(r.Context(), c))
	}
	switch {
	case rule.sort == public:
		return r, Problem{}
	case c.Subject == nil, rule.sort == signedIn && c.Subject.ID() == "":
		return r, nobody(authz.ErrNoPrincipal)
	case rule.sort == signedIn && c.Subject.Active():
		return r, Problem{}
	case rule.sort == signedIn:
		return r, problem(http.StatusForbidden, "You are not allowed to do this.", authz.ErrDenied)
	}
	scope, err := rule.scope(h.guard, r)
	if err != nil {
		return r, unfound(err)
	}
	d := c.Subject.Check(r.Context(), authz.Request{Permission: rule.permission, Scope: scope, Facts: c.Facts})
	if d.Allowed {
		return r, Problem{}
	}
	return r, refused(c.Subject, &authz.DeniedError{Permission: rule.permission, Scope: scope, Decision: d}, rule.hidden)
}

// joined returns facts with those that win over them.
func joined(facts, over authz.Facts) authz.Facts {
	if over.Request != nil {
		merged := make(authz.Attributes, len(facts.Request)+len(over.Request))
		maps.Copy(merged, facts.Request)
		maps.Copy(merged, over.Request)
		facts.Request = merged
	}
	if over.Scopes != nil {
		merged := make(map[string]authz.Attributes, len(facts.Scopes)+len(over.Scopes))
		maps.Copy(merged, facts.Scopes)
		maps.Copy(merged, over.Scopes)
		facts.Scopes = merged
	}
	if !over.Time.IsZero() {
		facts.Time = over.Time
	}
	return facts
}
