// Package table holds a compiled policy and decides: integers only, no names, no input or output, no clock. What a
// number stands for is known to the package that compiles.
//
// The decision follows the numbered sentences of "What a decision is" in the project's specification; comments
// name them. It is one walk, in decide.go, which checks and explanations share: an explanation keeps a trace of it.
package table

import (
	"slices"

	"github.com/trellis-authz/trellis/internal/bits"
)

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

// Tables is a compiled policy. It is immutable once [Tables.Seal] has been called.
type Tables struct {
	Leaves     int
	Roles      []Role
	Boundaries []Boundary
	ByKind     [][]int32         // kind -> the boundaries that lie on its scopes, where their Under allows
	ByScope    map[int32][]int32 // scope -> the boundaries that lie on it, and not by its kind
	Exists     []bits.Set        // kind -> the leaves that exist at its scopes

	plain []plain // in step with Roles
	down  []uint8 // by role, NoRole first: 1 where a grant may matter beneath its scope, else 0
	joins bool    // some role gives more beneath its scope to those who have joined a scope there
	rows  []Level // the rows of plain, one after the other, equal ones once; the first gives nothing
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

// class is how far the scope in question is from that of a grant: which entries of a role reach it.
type class int8

const (
	here    class = iota // the scope itself: every entry
	joined               // beneath it, where its holder has joined a scope on the way: those that reach Joined, or All
	beneath              // beneath it: those that reach All
	classes
)

// reaches reports whether an entry or a role with that reach gets so far.
func (c class) reaches(r Reach) bool { return c == here || r == All || r == Joined && c == joined }

// plain is what a role gives without a condition: the levels that a check reads first, and mostly alone.
type plain struct {
	row      [classes]int32 // where the row for each class begins in rows
	most     int32          // where what it gives here begins if all its conditions hold
	waits    bool           // it gives more beneath its scope to one who has joined a scope there
	asks     bool           // it has entries on a condition
	requires bool
	special  bool // one of the two
}

// Seal joins what can be joined before anything is asked. Call it once, when everything else is there.
func (t *Tables) Seal() {
	index := map[string]int32{}
	keep := func(row []Level) int32 {
		at, ok := index[string(row)]
		if !ok {
			at = int32(len(t.rows))
			index[string(row)] = at
			t.rows = append(t.rows, row...)
		}
		return at
	}
	keep(make([]Level, t.Leaves))
	t.down = make([]uint8, len(t.Roles)-int(NoRole))
	for i := range t.Roles {
		role := &t.Roles[i]
		p := plain{requires: len(role.Requires) > 0}
		most := make([]Level, t.Leaves)
		for _, e := range role.Entries {
			p.asks = p.asks || e.When != Always
			if e.Reach != Self {
				t.down[int32(i)-NoRole] = 1
			}
			t.joins = t.joins || e.Reach == Joined
			bits.Join(most, e.Row)
		}
		p.most = keep(most)
		for c := range classes {
			row := make([]Level, t.Leaves)
			for _, e := range role.Entries {
				if e.When == Always && c.reaches(e.Reach) {
					bits.Join(row, e.Row)
				}
			}
			p.row[c] = keep(row)
		}
		p.waits = p.row[joined] != p.row[beneath]
		p.special = p.asks || p.requires
		t.plain = append(t.plain, p)
	}
	if t.joins { // then it matters which scopes are joined
		for i := range t.down {
			t.down[i] = 1
		}
	}
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

// Grant is a role given in a scope, as a directory keeps it by the million.
type Grant struct {
	Scope int32 // as the steps of a path number it
	Role  int32 // NoRole: the holder has joined the scope, and holds nothing by it
}

// NoRole is the role of a grant that gives nothing but the membership of its scope.
const NoRole int32 = -1

// Terms are what a grant is given on, where it is given on any.
type Terms struct {
	Limit       []Level // nil: none
	From, Until Instant // From inclusive, Until exclusive
	Profile     int32   // that gives it, for explanations; -1: none
	Own         []Level // the part of Limit that is the assignment's own, for explanations; nil: none
}

// Given is what somebody is given.
type Given struct {
	Grants []Grant
	Terms  []*Terms // in step with the grants, nil for one that is given on none; empty: all of them are
}

// Add appends a grant; on is nil where it is given on no terms.
func (g *Given) Add(one Grant, on *Terms) {
	if on != nil && len(g.Terms) == 0 {
		g.Terms = append(slices.Grow(g.Terms, cap(g.Grants)), make([]*Terms, len(g.Grants))...)
	}
	if on != nil || len(g.Terms) > 0 {
		g.Terms = append(g.Terms, on)
	}
	g.Grants = append(g.Grants, one)
}

// On returns the terms of the i-th grant; nil: none.
func (g *Given) On(i int) *Terms { return onTerms(g.Terms, i) }

func onTerms(terms []*Terms, i int) *Terms {
	if i < len(terms) {
		return terms[i]
	}
	return nil
}

// Swap swaps two grants.
func (g *Given) Swap(i, j int) {
	g.Grants[i], g.Grants[j] = g.Grants[j], g.Grants[i]
	if len(g.Terms) > 0 {
		g.Terms[i], g.Terms[j] = g.Terms[j], g.Terms[i]
	}
}

// part returns some of the grants.
func (g *Given) part(from, to int) Given {
	some := Given{Grants: g.Grants[from:to]}
	if len(g.Terms) > 0 {
		some.Terms = g.Terms[from:to]
	}
	return some
}

// Rare is what few holders have: terms of their grants, as [Given] has them, and limits on all that they hold.
type Rare struct {
	Terms  []*Terms
	Limits Limits
}

// OrNone returns r, or nil when it is none of this.
func (r *Rare) OrNone() *Rare {
	if len(r.Terms) == 0 && r.Limits == (Limits{}) {
		return nil
	}
	return r
}

// holds reports whether the time is one at which the grant counts.
func (t *Terms) holds(now Instant) bool {
	return t == nil || !now.Before(t.From) && now.Before(t.Until)
}

// under returns what the limit of the terms leaves of a level.
func (t *Terms) under(leaf int, l Level) Level {
	if t != nil && t.Limit != nil {
		l = min(l, t.Limit[leaf])
	}
	return l
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
