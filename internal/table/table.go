// Package table holds a compiled policy and decides: integers only, no names, no input or output, no clock. What a
// number stands for is known to the package that compiles.
//
// The decision follows the numbered sentences of "What a decision is" in the project's specification; comments
// name them.
package table

import "github.com/trellis-authz/trellis/internal/bits"

// Level is a point on the chain of levels; 0 is no access.
type Level = uint8

// Reach is how far beneath the scope of its assignment a grant holds.
type Reach int8

const (
	Self Reach = iota
	Joined
	All
)

// Always is the condition of what has none.
const Always int32 = -1

// Tables is a compiled policy. It is immutable.
type Tables struct {
	Leaves     int
	Roles      []Role
	Boundaries []Boundary
	ByKind     [][]int32         // kind -> the boundaries that lie on its scopes, where their Under allows
	ByScope    map[int32][]int32 // scope -> the boundaries that lie on it, and not by its kind
	Exists     []bits.Set        // kind -> the leaves that exist at its scopes
}

// Role is what an assigned role gives.
type Role struct {
	Is       bits.Set // itself and what it inherits
	Requires []int32  // the roles without which it does not count
	Reach    Reach
	Entries  []Entry
}

// Entry is one grant of a role: a level for every leaf.
type Entry struct {
	Row   []Level
	When  int32 // a condition, or Always
	Reach Reach // its own, or that of the role that is assigned
}

// Selects says which roles' contributions a boundary limits.
type Selects uint8

const (
	Everything Selects = iota // what is held as a whole
	Named                     // what the named roles contribute, as assigned
	AllBut                    // what all other roles contribute
)

// Boundary is a limit that lies on scopes.
type Boundary struct {
	Row     []Level
	When    int32 // a condition, or Always
	Under   int32 // it lies only on scopes at or beneath this one; -1: everywhere
	Selects Selects
	Roles   bits.Set
}

// Limits reports whether the boundary limits what the role contributes, as opposed to what is held as a whole.
func (b *Boundary) Limits(role int32) bool {
	switch b.Selects {
	case Named:
		return b.Roles.Has(int(role))
	case AllBut:
		return !b.Roles.Has(int(role))
	}
	return false
}

// Instant is a point in time, exact to the nanosecond over all years.
type Instant struct {
	Sec  int64
	Nsec int32
}

// Before reports whether a is earlier than b.
func (a Instant) Before(b Instant) bool {
	return a.Sec < b.Sec || a.Sec == b.Sec && a.Nsec < b.Nsec
}

// The ends of time: what has no beginning has Ever, what has no end has Never.
var (
	Ever  = Instant{Sec: -1 << 63}
	Never = Instant{Sec: 1<<63 - 1}
)

// Grant is a role given to a principal in a scope.
type Grant struct {
	Role        int32   // -1: the holder has joined the scope, and holds nothing by it
	Scope       int32   // as the steps of a question number it
	Limit       []Level // nil: none
	From, Until Instant // From inclusive, Until exclusive
}

// Truth is the outcome of a condition.
type Truth uint8

const (
	False  Truth = iota
	Failed       // it could not be evaluated: no grant, but the boundary applies
	True
)

// Step is one scope on the path to the scope in question. A scope that nothing names has a negative number.
type Step struct{ Scope, Kind int32 }

// Question is what is asked of one principal at one scope.
type Question struct {
	Grants      []Grant
	Limits      [2][]Level // the principal's own and the key's; nil: none
	Path        []Step     // from the root to the scope itself; never empty
	Now         Instant
	First, Last int                                   // the leaves in question
	Holds       func(condition int32, step int) Truth // asks a condition at a step of the path; called only where one matters
	Trace       *Trace                                // nil: none is kept
	Without     bits.Set                              // boundaries taken as lying nowhere: what would be held without them?
}
