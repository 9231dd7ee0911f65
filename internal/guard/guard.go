// Package guard decides whether a request of some protocol is let through: it finds out who asks, and with which facts, and a
// rule says who may. What a request is, and how a refusal is answered, is the protocol's.
package guard

import (
	"context"
	"errors"
	"maps"

	"github.com/trellis-authz/trellis/authz"
)

// Guard holds what is the same for every request. It is immutable, and safe for concurrent use. The zero Guard has no engine, and lets
// nobody in.
type Guard[R any] struct {
	Engine authz.Provider
	Who    func(*authz.Engine, R) (*authz.Subject, error)
	Facts  func(R) (authz.Facts, error)           // of every request; nil: none
	Value  func(r R, name string) (string, error) // of a wildcard
	Place  string                                 // where values of wildcards stand: "in the path"
}

// Kind is how a request is refused.
type Kind uint8

// The kinds. The zero Kind is Forbidden.
const (
	Forbidden Kind = iota // it is not allowed
	Nobody                // it is nobody who asks
	Absent                // what it names is not there, or must seem so
	Invalid               // it names no scope, or brings what it must not
	Unready               // it cannot be decided now
)

// Refusal is why a request is not let through.
type Refusal struct {
	Kind   Kind
	Detail string             // for the one who asked
	Err    error              // for logs
	Denied *authz.DeniedError // where something was asked that was denied, and not hidden
}

func refuse(kind Kind, detail string, err error) *Refusal {
	return &Refusal{Kind: kind, Detail: detail, Err: err}
}

func unready(err error) *Refusal {
	return refuse(Unready, "It cannot be decided now who may do this. Try again later.", err)
}

func nobody(err error) *Refusal { return refuse(Nobody, "Sign in to do this.", err) }

func absent(err error) *Refusal { return refuse(Absent, "There is no such thing here.", err) }

// ErrNotFound says that what a request names is not there.
var ErrNotFound = errors.New("there is no such thing")

// BadRequest is an error that is the client's to mend. Its text is shown to the client.
type BadRequest string

// Error returns the text.
func (e BadRequest) Error() string { return string(e) }

// unfound is the refusal where a scope or facts could not be found out.
func unfound(err error) *Refusal {
	var bad BadRequest
	switch {
	case errors.As(err, &bad):
		return refuse(Invalid, bad.Error(), err)
	case errors.Is(err, ErrNotFound):
		return absent(err)
	}
	return unready(err)
}

// Identify completes what a context knows of who asks: subject and facts, where it has none yet. It is nobody where the
// credentials are missing or wrong; it is refused where that cannot be found out.
func (g *Guard[R]) Identify(c *authz.Caller, r R) *Refusal {
	if g == nil || g.Engine == nil || g.Who == nil {
		return unready(authz.ErrNotReady)
	}
	if c.Subject == nil {
		e := g.Engine.Engine()
		if e == nil {
			return unready(authz.ErrNotReady)
		}
		s, err := g.Who(e, r)
		switch {
		case err == nil:
			c.Subject = s
		case errors.Is(err, authz.ErrNotReady), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
			return unready(err)
		} // else nobody, whoever came with the error
	}
	if g.Facts != nil && none(c.Facts) {
		facts, err := g.Facts(r)
		if err != nil {
			return unfound(err)
		}
		c.Facts = facts
	}
	return nil
}

func none(f authz.Facts) bool { return f.Request == nil && f.Scopes == nil && f.Time.IsZero() }

var errWrongRule = errors.New("the rule is missing or wrong")

// Judge lets a request through by returning nil, or says why it is not. Facts of the rule are put with those of the caller.
func (g *Guard[R]) Judge(ctx context.Context, rule *Rule[R], c *authz.Caller, r R) *Refusal {
	if rule.sort == without || rule.err != nil {
		return refuse(Forbidden, "You are not allowed to do this here.", errWrongRule)
	}
	if rule.sort != public && (c.Subject == nil || rule.sort == signedIn && c.Subject.ID() == "") {
		return nobody(authz.ErrNoPrincipal) // before facts are looked for: whether there are any tells what exists
	}
	if rule.facts != nil {
		facts, err := rule.facts(r)
		if err != nil {
			return unfound(err)
		}
		c.Facts = joined(facts, c.Facts)
	}
	switch {
	case rule.sort == public:
		return nil
	case rule.sort == signedIn && c.Subject.Active():
		return nil
	case rule.sort == signedIn:
		return refuse(Forbidden, "You are not allowed to do this.", authz.ErrDenied)
	}
	scope, err := rule.scope(g, r)
	if err != nil {
		return unfound(err)
	}
	d := c.Subject.Check(ctx, authz.Request{Permission: rule.permission, Scope: scope, Facts: c.Facts})
	if d.Allowed {
		return nil
	}
	return refused(c.Subject, &authz.DeniedError{Permission: rule.permission, Scope: scope, Decision: d}, rule.hidden)
}

// refused is the refusal of a check that was not allowed.
func refused(s *authz.Subject, denied *authz.DeniedError, hidden bool) *Refusal {
	var f *Refusal
	switch {
	case errors.Is(denied, authz.ErrNotReady):
		return unready(denied)
	case s.ID() == "":
		f = nobody(denied)
	case errors.Is(denied, authz.ErrInvalidRequest):
		f = refuse(Invalid, "The request names no scope, or brings facts that it must not.", denied)
	case hidden:
		return absent(denied)
	default:
		f = refuse(Forbidden, "You are not allowed to do this here.", denied)
	}
	f.Denied = denied
	return f
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
