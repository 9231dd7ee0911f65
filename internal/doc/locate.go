package doc

import (
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

// Locator returns a Locator that finds places of a model in the document it was read from: the steps of a path are
// keys of mappings and indices of lists, from the root on. One name may stand without brackets where a list is due,
// so index 0 of what is no list is the thing itself. A place that is missing is located at the key of the nearest
// mapping above it that is there, or at the start of the file.
func Locator(root *Node) report.Locator { return locator{root} }

type locator struct{ root *Node }

// Most paths have no more than a few steps.
const few = 8

// Locate implements report.Locator. It takes time in the length of the path and of what is meant.
func (l locator) Locate(at report.At) (pos diag.Position, source string, width int) {
	if l.root == nil || l.root.file == nil {
		return diag.Position{}, "", 1
	}
	var key *Node // the key that node stands under, if it stands under one
	node := l.root
	var room [few]report.Step
	for _, step := range at.Path.AppendSteps(room[:0]) {
		k, next := descend(node, step)
		if next == nil {
			return missing(l.root, key, node)
		}
		if next != node {
			key = k
		}
		node = next
	}
	f := l.root.file
	switch {
	case at.Part && at.Key && key != nil:
		return key.Place(at.Offset, at.Width)
	case at.Part && node.Damaged && node.Meant != "":
		meant := *node
		meant.Text, meant.style, meant.halts = node.Meant, plain, nil
		return meant.Place(at.Offset, at.Width)
	case at.Part && node.Kind != Map && node.Kind != List && node.Text != "" && !node.Damaged:
		return node.Place(at.Offset, at.Width)
	case at.Key || node.Kind == Map || node.Kind == List, node.Kind == Null && node.Text == "":
		return start(key, node)
	}
	return f.span(node.start, node.extent())
}

// Has reports whether the place stands in the document as a value of its own.
func (l locator) Has(p report.Path) bool {
	node := l.root
	var room [few]report.Step
	for _, step := range p.AppendSteps(room[:0]) {
		if _, node = descend(node, step); node == nil {
			return false
		}
	}
	return node != nil
}

// descend follows one step. The key is nil when the step led to an item of a list.
func descend(n *Node, step report.Step) (key, next *Node) {
	switch {
	case step.Index < 0:
		if i := n.find(step.Name); i >= 0 {
			return n.Keys[i], n.Items[i]
		}
	case n.Kind == List:
		if step.Index < len(n.Items) {
			return nil, n.Items[step.Index]
		}
	case step.Index == 0:
		return nil, n
	}
	return nil, nil
}

// start locates a node by its key, or, when it has none, by its first character (of a scalar: by all of it).
func start(key, n *Node) (pos diag.Position, source string, width int) {
	if key != nil {
		n = key
	}
	return n.file.span(n.start, n.extent())
}

// missing locates what is not there, by the mapping or list that lacks it.
func missing(root, key, n *Node) (pos diag.Position, source string, width int) {
	if n == root {
		return n.file.span(0, 1)
	}
	return start(key, n)
}
