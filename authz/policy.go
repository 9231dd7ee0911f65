// Package authz decides: it loads a policy and a directory, or takes them as Go values, validates them whole,
// compiles them into an immutable [Engine], and answers who may do what, where, and why.
//
// The files stand in the order in which data runs through them: load, decode, check, compile, engine, bind, ask,
// decision, explain. Everything denies by its zero value: an empty [Decision] is a denial, a nil [*Subject] holds
// nothing, and an [*Engine] comes into being only from a policy without an error.
package authz

import (
	"github.com/trellis-authz/trellis/profiles"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// Policy is what may be held, by whom, where: the Go form of a NAME.policy.yaml file. Names refer to each other as
// they do there, and [New] checks both by the same rules. Lists keep their order for people alone: the order in
// which things are written never matters to a decision.
type Policy struct {
	Name       string
	Levels     []string          // least first; nil: none, read, edit
	Scopes     []scope.Kind      // the kinds of scopes
	Principal  map[string]string // the attributes of principals that conditions may read: name to type
	Request    map[string]string // likewise, of requests
	Areas      []roles.Area
	Actions    []Action
	Roles      []roles.Role
	Profiles   []profiles.Profile
	Boundaries []Boundary
}

// Action is a name for a permission, usable wherever a permission is.
type Action struct {
	Name        string // "billing.cancel"
	Permission  string // "billing:edit"
	Title       string
	Description string
}

// Boundary is a limit that lies on scopes and on all beneath them.
type Boundary struct {
	Name        string
	Title       string
	Description string
	In          []string    // scope kinds, or paths of single scopes
	Under       string      // only scopes at or beneath this path; "": everywhere
	When        string      // a condition in CEL, asked at the scope it lies on; "": always
	Roles       []string    // limits only what these roles contribute, as assigned
	Except      []string    // limits what all roles but these contribute
	Limit       roles.Limit // required
}

// Attributes are facts by the name of a declared attribute. The Go types for the declared ones: string: string;
// bool: bool; int: every integer type; double: float64, float32 and integers; timestamp: [time.Time] or RFC 3339
// text; duration: [time.Duration] or text such as "1h30m"; principal: the id as a string, or a [Principal] that
// the directory does not list; list(T): a slice; map(T): a map with string keys. Any other type, nil, and a name
// that is not declared make the request that brings them invalid.
type Attributes map[string]any
