package guard

import (
	"errors"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/pattern"
)

// Rule says who may do something. The zero Rule is none: it fails when it is checked, and lets nobody in.
type Rule[R any] struct {
	sort       sort
	permission string
	text       string // the scope as it was written
	place      pattern.Path
	find       func(R) (string, error)
	facts      func(R) (authz.Facts, error)
	hidden     bool
	err        error // what is wrong with it
}

type sort uint8

const (
	without sort = iota // no rule
	public
	signedIn
	allow
	allowIn
)

// Allow is for those who are allowed a permission in a scope, whose path has wildcards for ids.
func Allow[R any](permission, scope string) Rule[R] {
	r := Rule[R]{sort: allow, permission: permission, text: scope}
	r.place, r.err = pattern.Parse(scope)
	return r
}

// AllowIn is for those who are allowed a permission in a scope that a function finds.
func AllowIn[R any](permission string, find func(R) (string, error)) Rule[R] {
	r := Rule[R]{sort: allowIn, permission: permission, text: "a scope that is found", find: find}
	if find == nil {
		r.err = errors.New("the function that finds the scope is nil")
	}
	return r
}

// SignedIn is for everybody who is somebody, and active.
func SignedIn[R any]() Rule[R] { return Rule[R]{sort: signedIn} }

// Public is for everybody.
func Public[R any]() Rule[R] { return Rule[R]{sort: public} }

// Hidden has a denial seem as if there were no such thing.
func (r Rule[R]) Hidden() Rule[R] {
	r.hidden = true
	return r
}

// WithFacts adds facts, over which those of the guard win.
func (r Rule[R]) WithFacts(facts func(R) (authz.Facts, error)) Rule[R] {
	r.facts = facts
	return r
}

// String returns the rule as tables show it: "workspaces:read in org:{org}/workspace:{ws}".
func (r Rule[R]) String() string {
	var s string
	switch r.sort {
	case without:
		return "no rule"
	case public:
		return "public"
	case signedIn:
		return "signed in"
	default:
		s = r.permission + " in " + r.text
	}
	if r.hidden {
		s += ", hidden"
	}
	return s
}

// Wildcards returns the names of the values that the rule reads.
func (r *Rule[R]) Wildcards() []string { return r.place.Wildcards() }

// BringsFacts reports whether the rule has facts of its own.
func (r *Rule[R]) BringsFacts() bool { return r.facts != nil }

// scope returns the path that a request names.
func (r *Rule[R]) scope(g *Guard[R], q R) (string, error) {
	if r.find != nil {
		path, err := r.find(q)
		if err == nil && path == "" {
			err = BadRequest("the request names no scope")
		}
		return path, err
	}
	var why error
	path, err := r.place.Fill(func(wildcard string) (string, error) {
		value, err := g.Value(q, wildcard)
		why = err
		return value, err
	})
	switch {
	case why != nil:
		return "", why
	case err != nil:
		return "", BadRequest(g.Place + " " + err.Error()) // which says of a value that it is no id
	}
	return path, nil
}

// Check says what is wrong with a rule, as far as an engine can tell.
func (r *Rule[R]) Check(e *authz.Engine) error {
	switch {
	case r.sort == without:
		return errors.New("there is no rule for who may use it; let everybody by Public()")
	case r.err != nil:
		return r.err
	case r.sort == allow:
		return e.Validate(r.permission, r.place.Sample())
	case r.sort == allowIn:
		return e.Validate(r.permission, "")
	}
	return nil
}
