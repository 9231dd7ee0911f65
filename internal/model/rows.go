package model

import (
	"encoding/binary"
	"hash/maphash"
	"slices"

	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/roles"
)

// Rows makes the rows of one policy. Those that are equal are one row: ten thousand roles
// with the limit {"*": read} hold it once. What is made is counted, and beyond the bound nothing is held any more: a small
// file may ask for much.
type Rows struct {
	tree  *Tree
	chain *Chain

	said    bool             // that there are too many
	cells   int              // of the rows that are held
	written map[string]Row   // by the level that is named for each area
	held    map[uint64][]Row // by hash
	seed    maphash.Seed
	nothing Row // what stands for every row beyond the bound
	scratch Row // reused, as are these
	named   []namedLevel
	key     []byte
}

// NewRows returns what makes the rows of a tree of areas and a chain of levels. It is not safe for concurrent use.
func NewRows(tree *Tree, chain *Chain) *Rows {
	return &Rows{tree: tree, chain: chain, written: map[string]Row{}, held: map[uint64][]Row{}, seed: maphash.MakeSeed()}
}

// over reports whether there are more cells than are held.
func (s *Rows) over() bool { return s.cells > roles.MaxCells }

// Bound reports the declaration with which there are too many cells. It is said once: those that follow would say the
// same. Rule: too-many-grants.
func (s *Rows) Bound(at report.Path, r *report.Reporter) {
	if s.said || !s.over() {
		return
	}
	s.said = true
	r.Errorf("too-many-grants", report.Key(at), "the grants and limits up to this one come to %d levels, one for every area; at most %d are read: let more of them be alike",
		s.cells, roles.MaxCells)
}

// Grant is [Tree.Row] of rows that are shared, and must not be changed.
func (s *Rows) Grant(g roles.Grant, at report.Path, r *report.Reporter) Row {
	return s.row(g, 0, at, r)
}

// Limit is [Tree.LimitRow] of rows that are shared, and must not be changed.
func (s *Rows) Limit(l roles.Limit, at report.Path, r *report.Reporter) Row {
	if l.None() {
		return nil
	}
	return s.row(l.Areas, restOf(l, s.chain), at, r)
}

func (s *Rows) row(g roles.Grant, rest Level, at report.Path, r *report.Reporter) Row {
	s.named, rest = s.tree.named(s.named[:0], g, rest, s.chain, at, r)
	s.key = append(s.key[:0], rest)
	for _, n := range s.named {
		s.key = append(binary.AppendUvarint(s.key, uint64(n.area)), n.level)
	}
	row, ok := s.written[string(s.key)]
	if !ok {
		s.scratch = s.tree.fill(s.scratch[:0], s.named, rest)
		row = s.hold(s.scratch)
		s.written[string(s.key)] = row
	}
	return row
}

// hold returns the row that is held of those that equal a row; the row itself is the caller's to reuse.
func (s *Rows) hold(row Row) Row {
	hash := maphash.Bytes(s.seed, row)
	for _, same := range s.held[hash] {
		if slices.Equal(same, row) {
			return same
		}
	}
	if s.over() {
		return s.beyond()
	}
	s.cells += max(len(row), leastCells)
	row = row.Clone()
	s.held[hash] = append(s.held[hash], row)
	return row
}

// What a row of a few leaves counts as: that it is held costs as much.
const leastCells = 64

// beyond stands for the rows that are not held.
func (s *Rows) beyond() Row {
	if s.nothing == nil {
		s.nothing = NewRow(s.tree.Leaves(), 0)
	}
	return s.nothing
}

// meet returns what a limit leaves of a row; neither is changed. A limit of nil is none.
func (s *Rows) meet(row, limit Row) Row {
	switch {
	case limit == nil || row.Within(limit):
		return row
	case limit.Within(row):
		return limit
	}
	s.scratch = append(s.scratch[:0], row...)
	s.scratch.Meet(limit)
	return s.hold(s.scratch)
}

// join returns what either row holds; neither is changed.
func (s *Rows) join(row, other Row) Row {
	switch {
	case other.Within(row):
		return row
	case row.Within(other):
		return other
	}
	s.scratch = append(s.scratch[:0], row...)
	s.scratch.Join(other)
	return s.hold(s.scratch)
}
