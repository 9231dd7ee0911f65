package model

import (
	"encoding/binary"

	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/roles"
)

// Rows makes the rows of one policy. Those that were written alike, or come about alike, are one row: ten thousand roles
// with the limit {"*": read} hold it once. What is made is counted, and beyond the bound nothing is held any more: a small
// file may ask for much.
type Rows struct {
	tree  *Tree
	chain *Chain

	said    bool            // that there are too many
	cells   int             // of the rows that were made, a byte each
	written map[string]Row  // by the level that is named for each area
	met     map[twoRows]Row // by what was met; rows that are one row need not be compared
	joined  map[twoRows]Row // likewise
	nothing Row             // what stands for every row beyond the bound
	named   []namedLevel    // reused
	key     []byte          // reused
}

// twoRows are rows by their first cell: each row is held once.
type twoRows struct{ a, b *Level }

// NewRows returns what makes the rows of a tree of areas and a chain of levels. It is not safe for concurrent use.
func NewRows(tree *Tree, chain *Chain) *Rows {
	return &Rows{tree: tree, chain: chain, written: map[string]Row{}, met: map[twoRows]Row{}, joined: map[twoRows]Row{}}
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
	switch {
	case ok:
	case s.over():
		row = s.beyond()
	default:
		row = s.keep(s.tree.fill(s.named, rest))
		s.written[string(s.key)] = row
	}
	return row
}

func (s *Rows) keep(row Row) Row {
	s.cells += len(row)
	return row
}

// beyond stands for the rows that are not held.
func (s *Rows) beyond() Row {
	if s.nothing == nil {
		s.nothing = NewRow(s.tree.Leaves(), 0)
	}
	return s.nothing
}

// meet returns what a limit leaves of a row; neither is changed.
func (s *Rows) meet(row, limit Row) Row {
	return s.combine(s.met, row, limit, Row.Within, Row.Meet)
}

// join returns what either row holds; neither is changed.
func (s *Rows) join(row, other Row) Row {
	return s.combine(s.joined, row, other, func(row, other Row) bool { return other.Within(row) }, Row.Join)
}

// combine changes a copy of a row by another, unless that leaves the row as it is.
func (s *Rows) combine(known map[twoRows]Row, row, by Row, same func(row, by Row) bool, change func(row, by Row)) Row {
	if len(row) == 0 {
		return row
	}
	key := twoRows{&row[0], &by[0]}
	if result, ok := known[key]; ok {
		return result
	}
	result := row
	switch {
	case same(row, by):
	case s.over():
		result = s.beyond()
	default:
		result = s.keep(row.Clone())
		change(result, by)
	}
	known[key] = result
	return result
}
