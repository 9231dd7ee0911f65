package authzhttp

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/pattern"
)

// Rule says who may use a route. The zero Rule is none: a route that has it fails at the start, and lets nobody in.
type Rule struct {
	sort       sort
	permission string
	text       string // the scope as it was written
	place      pattern.Path
	find       func(*http.Request) (string, error)
	facts      func(*http.Request) (authz.Facts, error)
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

// Allow is for those who are allowed a permission (area:level, or an action) in a scope, whose path has wildcards of the
// route for ids: "org:{org}/workspace:{ws}". Each value stands for one id and nothing else: one that is empty, or holds a
// slash or whatever no id may hold, is answered with 400.
func Allow(permission, scope string) Rule {
	r := Rule{sort: allow, permission: permission, text: scope}
	r.place, r.err = pattern.Parse(scope)
	return r
}

// AllowIn is for those who are allowed a permission in a scope that a function finds: by a header, or by looking up where
// something stands. It returns the whole path. An error that is a [BadRequest] is answered with 400, [ErrNotFound] with 404;
// any other says that it cannot be found out now, and is answered with 503.
func AllowIn(permission string, find func(*http.Request) (string, error)) Rule {
	r := Rule{sort: allowIn, permission: permission, text: "a scope that is found", find: find}
	if find == nil {
		r.err = errors.New("the function that finds the scope is nil")
	}
	return r
}

// SignedIn is for everybody who is somebody, whatever they may do. It says nothing of what there is to be seen: the handler
// decides that.
func SignedIn() Rule { return Rule{sort: signedIn} }

// Public is for everybody. Who asks is found out all the same, for the handler.
func Public() Rule { return Rule{sort: public} }

// Hidden has a denial answered with 404, as if there were no such thing: for routes that must not tell what exists.
func (r Rule) Hidden() Rule {
	r.hidden = true
	return r
}

// WithFacts adds facts that conditions see at this route alone: whose the thing is that is asked for. They are put with
// those of [WithFacts] of the guard, which win where both say something.
func (r Rule) WithFacts(facts func(*http.Request) (authz.Facts, error)) Rule {
	r.facts = facts
	return r
}

// String returns the rule as tables of routes show it: "workspaces:read in org:{org}/workspace:{ws}".
func (r Rule) String() string {
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

// ErrNotFound says that what a request names is not there: see [AllowIn].
var ErrNotFound = errors.New("there is no such thing")

// BadRequest is an error that is the client's to mend. Its text is shown to the client.
type BadRequest string

// Error returns the text.
func (e BadRequest) Error() string { return string(e) }

func badRequest(format string, args ...any) error { return BadRequest(fmt.Sprintf(format, args...)) }

// Header returns a function for [AllowIn] that reads the path of a scope from a header, which must be sent once.
func Header(name string) func(*http.Request) (string, error) {
	return func(r *http.Request) (string, error) {
		switch values := r.Header.Values(name); len(values) {
		case 0:
			return "", badRequest("the header %s is missing", name)
		case 1:
			return values[0], nil
		default:
			return "", badRequest("the header %s is sent %d times", name, len(values))
		}
	}
}

// scope returns the path that a request names.
func (r *Rule) scope(g *Guard, q *http.Request) (string, error) {
	if r.find != nil {
		path, err := r.find(q)
		if err == nil && path == "" {
			err = BadRequest("the request names no scope")
		}
		return path, err
	}
	path, err := r.place.Fill(func(wildcard string) (string, error) { return g.value(q, wildcard), nil })
	if err != nil {
		return "", BadRequest("in the path " + err.Error()) // which says of a value that it is no id
	}
	return path, nil
}

// check says what is wrong with a rule, as far as an engine can tell.
func (r *Rule) check(e *authz.Engine) error {
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
