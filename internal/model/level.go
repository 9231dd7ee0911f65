package model

import (
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/names"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/roles"
)

// Level is a point on a policy's chain of levels; 0 is the least, which is no access.
type Level = uint8

// Chain is the levels of a policy, least first. It is immutable.
type Chain struct{ levels []string }

// CompileChain returns the chain of the named levels (the default when there are none), and reports what is wrong
// with it at paths under at. Rules: level-count, bad-name, duplicate-name.
func CompileChain(levels []string, at report.Path, r *report.Reporter) *Chain {
	if levels == nil {
		levels = roles.DefaultLevels()
	}
	if n := len(levels); n > roles.MaxLevels || n < roles.MinLevels && !r.BrokenWithin(at) {
		r.Errorf("level-count", report.Value(at), "a policy has %d to %d levels, least first; here are %d", roles.MinLevels, roles.MaxLevels, n)
	}
	levels = levels[:min(len(levels), roles.MaxLevels)]
	c := &Chain{}
	for i, name := range levels {
		switch _, again := c.Find(name); {
		case !names.Name(name):
			r.Errorf("bad-name", report.Value(at.Index(i)), "%s is no name of a level: %s", diag.Quote(name), names.NameRule)
		case again:
			r.Errorf("duplicate-name", report.Value(at.Index(i)), "the level %s is named twice", diag.Quote(name))
		}
		c.levels = append(c.levels, name)
	}
	return c
}

// Find returns the level of that name.
func (c *Chain) Find(name string) (Level, bool) {
	for i, l := range c.levels {
		if l == name {
			return Level(i), true
		}
	}
	return 0, false
}

// Name returns the name of a level, and "" for one that the chain does not have.
func (c *Chain) Name(l Level) string {
	if int(l) >= len(c.levels) {
		return ""
	}
	return c.levels[l]
}

// Names returns the names of all levels, least first; the slice must not be changed.
func (c *Chain) Names() []string { return c.levels }

// Least returns the name of the least level.
func (c *Chain) Least() string {
	return c.Name(0)
}

// Top returns the highest level.
func (c *Chain) Top() Level { return Level(max(len(c.levels), 1) - 1) }

// String returns the chain as it is written in the documents: none < read < edit.
func (c *Chain) String() string { return strings.Join(c.levels, " < ") }

// Row is a level for every leaf of an area tree, by the leaf's number.
type Row []Level

// NewRow returns a row of n leaves that all have the given level.
func NewRow(n int, l Level) Row {
	row := make(Row, n)
	if l > 0 {
		row.set(l)
	}
	return row
}

// set gives every leaf a level.
func (r Row) set(l Level) {
	if len(r) == 0 {
		return
	}
	r[0] = l
	for done := 1; done < len(r); done *= 2 {
		copy(r[done:], r[:done])
	}
}

// Join raises every leaf of r to at least its level in o: what grants do to each other.
func (r Row) Join(o Row) { bits.Join(r, o) }

// Meet lowers every leaf of r to at most its level in o: what a limit does.
func (r Row) Meet(o Row) { bits.Meet(r, o) }

// MeetLimits returns what two limits leave together. Either may be nil, which is none; neither is changed.
func MeetLimits(a, b Row) Row {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	a = a.Clone()
	a.Meet(b)
	return a
}

// Clone returns a copy of the row.
func (r Row) Clone() Row { return append(Row(nil), r...) }

// Empty reports whether no leaf has more than the least level.
func (r Row) Empty() bool { return bits.Zero(r) }

// Within reports whether no leaf of r has more than it has in o.
func (r Row) Within(o Row) bool { return bits.Within(r, o) }

// Permission is what a check asks for: a level on an area.
type Permission struct {
	Area int // the number of the area in its tree
	Need Level
}
