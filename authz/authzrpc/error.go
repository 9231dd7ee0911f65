package authzrpc

import (
	"fmt"

	"github.com/trellis-authz/trellis/internal/guard"
)

// Code says how a call is refused, by the names that gRPC has for it. The zero Code is PermissionDenied.
type Code uint8

// The codes.
const (
	PermissionDenied Code = iota // it is not allowed
	Unauthenticated              // it is nobody who asks
	NotFound                     // what it names is not there, or must seem so
	InvalidArgument              // it names no scope, or brings what it must not
	Unavailable                  // it cannot be decided now
)

var codeNames = [...]string{"permission denied", "unauthenticated", "not found", "invalid argument", "unavailable"}

// String returns the name of the code.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return codeNames[PermissionDenied]
}

var codes = [...]Code{
	guard.Forbidden: PermissionDenied,
	guard.Nobody:    Unauthenticated,
	guard.Absent:    NotFound,
	guard.Invalid:   InvalidArgument,
	guard.Unready:   Unavailable,
}

// Error is why a call is refused.
type Error struct {
	Code      Code
	Message   string // for the one who asked
	RequestID string // that the call brought
	Err       error  // what was wrong, for logs: it is not for the one who asked
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code.String() + ": " + e.Message }

// Unwrap returns what was wrong: an [authz.DeniedError], say.
func (e *Error) Unwrap() error { return e.Err }

// refused returns a refusal as an error.
func (g *Guard) refused(r *guard.Refusal, requestID string) *Error {
	e := &Error{codes[r.Kind], r.Detail, requestID, r.Err}
	if d := r.Denied; d != nil && g.reasons {
		e.Message += fmt.Sprintf(" (%s in %s: %s)", d.Permission, d.Scope, d.Decision.Reason)
	}
	return e
}
