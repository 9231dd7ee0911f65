package authz

import (
	"errors"
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

// Reason says why a decision is what it is. The zero Reason is InvalidRequest: what was never decided is denied.
type Reason uint8

// The reasons, in the order in which they are looked for: a decision has the first that is so.
const (
	InvalidRequest    Reason = iota // the request cannot be read, or brings facts that it must not
	UnknownPermission               // there is no such area, level or action
	UnknownPrincipal                // there is no such principal
	UnknownScope                    // there is no such scope
	WrongScopeKind                  // nothing of the area exists at such a scope; or, of an assignment, the role is not assigned there
	Inactive                        // the principal, or a key's owner, is not active
	Expired                         // the key's time is over
	OutsideKey                      // the key is confined to other scopes
	Granted                         // allowed
	Limited                         // it would be allowed, were it not for boundaries and the principal's or key's own limits
	LevelTooLow                     // something is granted there, but less
	NoGrant                         // nothing is granted there
	UnknownRole                     // of an assignment: there is no such role or profile
	NoGiving                        // of an assignment: the role or profile has no given_with, so nobody gives it
	ExceedsGiver                    // of an assignment: the giver would give more than it has
)

var reasonNames = [...]string{"invalid-request", "unknown-permission", "unknown-principal", "unknown-scope", "wrong-scope-kind",
	"inactive", "expired", "outside-key", "granted", "limited", "level-too-low", "no-grant", "unknown-role", "no-giving", "exceeds-giver"}

// String returns the reason as documents and logs write it: "level-too-low".
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return reasonNames[InvalidRequest]
}

// MarshalText writes the reason as String does.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (r *Reason) UnmarshalText(text []byte) error {
	for i, name := range reasonNames {
		if name == string(text) {
			*r = Reason(i)
			return nil
		}
	}
	return fmt.Errorf("there is no reason %s", diag.Quote(string(text)))
}

// Decision is the answer to a request. The zero Decision is a denial.
type Decision struct {
	Allowed bool
	Level   string // the level held in the area: of an area with sub-areas, the least one beneath. The least level if nothing is
	Reason  Reason
	// Err says more where a word does not suffice: what is invalid or unknown, or which conditions could not be
	// evaluated on the way to this decision. It may stand beside Allowed.
	Err error
}

// String returns the decision on one line: "allowed: granted (edit)".
func (d Decision) String() string {
	level := ""
	if d.Level != "" {
		level = " (" + d.Level + ")"
	}
	return verdict(d.Allowed, d.Reason, level, d.Err)
}

// verdict says how something was decided on one line, with more behind the reason.
func verdict(allowed bool, reason Reason, more string, err error) string {
	s := "denied: "
	if allowed {
		s = "allowed: "
	}
	s += reason.String() + more
	if err != nil {
		s += ": " + strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	return s
}

// Errors that are told apart with [errors.Is].
var (
	// ErrDenied is every denial, for whatever reason.
	ErrDenied = errors.New("denied")
	// ErrNoPrincipal says that the context holds nobody to decide for. It is a denial, too.
	ErrNoPrincipal = errors.New("nobody is signed in")
	// ErrInvalidRequest is a denial for the reason [InvalidRequest]: what was asked cannot be read, or brings facts that it
	// must not. It is a mistake of the program or of its client, not a matter of rights.
	ErrInvalidRequest = errors.New("the request is invalid")
	// ErrNotReady says that there is no engine to decide: no policy was loaded, or the one that was is too old to be gone by.
	ErrNotReady = errors.New("there is no engine: no policy was loaded")
)

// DeniedError is a denial as an error: what was asked, and why it was denied. Its text names neither principals
// nor what others hold, so that it may be shown to the one who asked.
type DeniedError struct {
	Permission string
	Scope      string
	Decision   Decision
}

// Error returns what was asked and the reason.
func (e *DeniedError) Error() string {
	return fmt.Sprintf("%s in %s denied: %s", diag.Quote(e.Permission), diag.Quote(e.Scope), e.Decision.Reason)
}

// Is reports that a denial is [ErrDenied], and that one of what cannot be read is [ErrInvalidRequest]: without an engine
// nothing has been read, and it is [ErrNotReady] instead.
func (e *DeniedError) Is(target error) bool {
	switch target {
	case ErrDenied:
		return true
	case ErrInvalidRequest:
		return e.Decision.Reason == InvalidRequest && !errors.Is(e.Decision.Err, ErrNotReady)
	}
	return false
}

// Unwrap returns what the decision says besides its reason.
func (e *DeniedError) Unwrap() error { return e.Decision.Err }

// ConditionError says that a condition could not be evaluated. A grant whose condition fails is no grant; a
// boundary whose condition fails applies.
type ConditionError struct {
	Rule     string        // what the condition belongs to: "boundary plan_gate"
	Position diag.Position // of the condition; zero when the policy was built in Go
	Scope    string        // where it was asked
	Effect   string        // what follows: "it applies"
	Err      error         // why it failed
}

// Error says which condition failed where, why, and what follows.
func (e *ConditionError) Error() string {
	place := ""
	if !e.Position.IsZero() {
		place = " (" + e.Position.String() + ")"
	}
	return fmt.Sprintf("%s%s: its condition could not be evaluated at %s (%v), so %s", e.Rule, place, e.Scope, e.Err, e.Effect)
}

// Unwrap returns why the condition failed.
func (e *ConditionError) Unwrap() error { return e.Err }
