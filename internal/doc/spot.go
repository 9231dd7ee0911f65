package doc

import (
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

// Spot is a place in a document that one goes down to step by step, as a [report.Path] leads there. Whoever wants no more
// than its position makes no path for it: a Spot is a value, and nothing is allocated. The zero Spot is nowhere, and so is
// what is not in the document.
type Spot struct{ key, node *Node }

// Root returns the spot of a whole document.
func Root(root *Node) Spot { return Spot{node: root} }

// Name returns the spot of the value of a key.
func (s Spot) Name(name string) Spot { return s.step(report.Step{Name: name, Index: -1}) }

// Index returns the spot of the i-th item, counted from 0.
func (s Spot) Index(i int) Spot { return s.step(report.Step{Index: i}) }

// At returns the spot that a path leads to.
func (s Spot) At(p report.Path) Spot {
	var room [few]report.Step
	for _, step := range p.AppendSteps(room[:0]) {
		s = s.step(step)
	}
	return s
}

func (s Spot) step(step report.Step) Spot {
	if s.node == nil {
		return Spot{}
	}
	key, next := descend(s.node, step)
	if next == s.node { // one name stands for a list of one
		return s
	}
	return Spot{key, next}
}

// Position returns where the key stands, or, of what has none, the value; the zero position of nowhere.
func (s Spot) Position() diag.Position {
	n := s.node
	if n == nil || n.file == nil {
		return diag.Position{}
	}
	if s.key != nil {
		n = s.key
	}
	pos, _, _ := n.file.span(n.start, n.start)
	return pos
}
