package authzrpc

import (
	"fmt"
	"reflect"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/guard"
)

// Rules are those of methods, by their full names: "/notes.v1.Notes/Get". A method without one is refused.
type Rules map[string]Rule

// Rule says who may call a method. The zero Rule is none: it fails at the start, and lets nobody in.
type Rule struct {
	inner   guard.Rule[*Call]
	message reflect.Type // that its function takes; nil: whatever there is
	reads   bool         // the message, so that a stream cannot be judged before one has come
}

// Allow is for those who are allowed a permission (area:level, or an action) in a scope, whose path has fields of the message
// for ids: "org:{org}/workspace:{workspace.id}". Each value stands for one id and nothing else: one that is empty, or holds a
// slash or whatever no id may hold, is an invalid argument. A path without fields is decided before a stream begins; one with
// fields for each message that a client sends.
func Allow(permission, scope string) Rule {
	r := Rule{inner: guard.Allow[*Call](permission, scope)}
	r.reads = len(r.inner.Wildcards()) > 0
	return r
}

// AllowIn is for those who are allowed a permission in a scope that a function finds before a message has been read: by a header,
// say. It returns the whole path. An error that is a [BadRequest] is answered as an invalid argument, [ErrNotFound] as not found;
// any other says that it cannot be found out now.
func AllowIn(permission string, find func(*Call) (string, error)) Rule {
	return Rule{inner: guard.AllowIn(permission, find)}
}

// AllowFor is [AllowIn] with a function that reads the message: an id of something that has to be looked up, or a name like
// "orgs/acme/workspaces/ml". Of a stream it is asked for each message that a client sends. M is the type of the messages that
// the method takes.
func AllowFor[M any](permission string, find func(*Call, M) (string, error)) Rule {
	r := Rule{reads: true, message: reflect.TypeFor[M]()}
	if find == nil {
		r.inner = guard.AllowIn[*Call](permission, nil)
		return r
	}
	r.inner = guard.AllowIn(permission, func(c *Call) (string, error) {
		m, ok := c.Message.(M)
		if !ok {
			return "", fmt.Errorf("the rule takes messages of the type %s, and this one is of the type %T", reflect.TypeFor[M](), c.Message)
		}
		return find(c, m)
	})
	return r
}

// SignedIn is for everybody who is somebody, and active, whatever they may do.
func SignedIn() Rule { return Rule{inner: guard.SignedIn[*Call]()} }

// Public is for everybody. Who asks is found out all the same, for the handler.
func Public() Rule { return Rule{inner: guard.Public[*Call]()} }

// Hidden has a denial answered as not found: for methods that must not tell what exists.
func (r Rule) Hidden() Rule {
	r.inner = r.inner.Hidden()
	return r
}

// WithFacts adds facts that conditions see at this method alone. They are put with those of [WithFacts] of the guard, which
// win where both say something.
func (r Rule) WithFacts(facts func(*Call) (authz.Facts, error)) Rule {
	r.inner = r.inner.WithFacts(facts)
	return r
}

// String returns the rule as tables of methods show it: "notes:read in org:{org}".
func (r Rule) String() string { return r.inner.String() }

// ErrNotFound says that what a call names is not there: see [AllowIn].
var ErrNotFound = guard.ErrNotFound

// BadRequest is an error that is the client's to mend: a text, which is shown to the client.
type BadRequest = guard.BadRequest
