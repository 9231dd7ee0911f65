package authzhttp

import (
	"fmt"
	"net/http"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/guard"
)

// Rule says who may use a route. The zero Rule is none: a route that has it fails at the start, and lets nobody in.
type Rule struct{ inner guard.Rule[*http.Request] }

// Allow is for those who are allowed a permission (area:level, or an action) in a scope, whose path has wildcards of the
// route for ids: "org:{org}/workspace:{ws}". Each value stands for one id and nothing else: one that is empty, or holds a
// slash or whatever no id may hold, is answered with 400.
func Allow(permission, scope string) Rule {
	return Rule{guard.Allow[*http.Request](permission, scope)}
}

// AllowIn is for those who are allowed a permission in a scope that a function finds: by a header, or by looking up where
// something stands. It returns the whole path. An error that is a [BadRequest] is answered with 400, [ErrNotFound] with 404;
// any other says that it cannot be found out now, and is answered with 503.
func AllowIn(permission string, find func(*http.Request) (string, error)) Rule {
	return Rule{guard.AllowIn(permission, find)}
}

// SignedIn is for everybody who is somebody, whatever they may do. It says nothing of what there is to be seen: the handler
// decides that.
func SignedIn() Rule { return Rule{guard.SignedIn[*http.Request]()} }

// Public is for everybody. Who asks is found out all the same, for the handler.
func Public() Rule { return Rule{guard.Public[*http.Request]()} }

// Hidden has a denial answered with 404, as if there were no such thing: for routes that must not tell what exists.
func (r Rule) Hidden() Rule { return Rule{r.inner.Hidden()} }

// WithFacts adds facts that conditions see at this route alone: whose the thing is that is asked for. They are put with
// those of [WithFacts] of the guard, which win where both say something.
func (r Rule) WithFacts(facts func(*http.Request) (authz.Facts, error)) Rule {
	return Rule{r.inner.WithFacts(facts)}
}

// String returns the rule as tables of routes show it: "workspaces:read in org:{org}/workspace:{ws}".
func (r Rule) String() string { return r.inner.String() }

// ErrNotFound says that what a request names is not there: see [AllowIn].
var ErrNotFound = guard.ErrNotFound

// BadRequest is an error that is the client's to mend: a text, which is shown to the client.
type BadRequest = guard.BadRequest

// Header returns a function for [AllowIn] that reads the path of a scope from a header, which must be sent once.
func Header(name string) func(*http.Request) (string, error) {
	return func(r *http.Request) (string, error) {
		switch values := r.Header.Values(name); len(values) {
		case 0:
			return "", BadRequest(fmt.Sprintf("the header %s is missing", name))
		case 1:
			return values[0], nil
		default:
			return "", BadRequest(fmt.Sprintf("the header %s is sent %d times", name, len(values)))
		}
	}
}
