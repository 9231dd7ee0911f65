// Package graph finds the circles in what names each other: roles that inherit, roles that require, groups in
// groups.
package graph

import "slices"

// Cycle is a circle: its nodes in order, the first not repeated at the end.
type Cycle []int

// Edge leads from one node to another.
type Edge struct{ From, To int }

// Cycles walks n nodes along their edges and returns an order in which every node comes after all that its edges
// lead to, and one circle of each knot: of each set of nodes that all lead to each other, however many circles there
// are in it. Closing are the edges that have to be cut for no circle to be left; the order is true to all others. Of
// each circle, the edge from its last node to its first is one of them. Cost: linear in nodes and edges.
func Cycles(n int, edges func(i int) []int) (order []int, cycles []Cycle, closing []Edge) {
	const (
		untouched = iota
		open
		done
	)
	state := make([]uint8, n)
	parent := make([]int, n) // by which the walk came to a node
	found := make([]int, n)  // when it did
	low := make([]int, n)    // the first found of the open nodes that a node leads back to
	knot := make([]int, n)   // the node of its knot that was found first
	var pending []int        // nodes whose knot is not known yet
	type frame struct{ node, next int }
	var stack []frame
	steps := 0
	push := func(i, from int) {
		state[i], parent[i], found[i], low[i] = open, from, steps, steps
		steps++
		stack = append(stack, frame{node: i})
		pending = append(pending, i)
	}
	for i := range knot {
		knot[i] = -1
	}
	for root := range n {
		if state[root] != untouched {
			continue
		}
		for push(root, -1); len(stack) > 0; {
			top := &stack[len(stack)-1]
			i, out := top.node, edges(top.node)
			if top.next < len(out) {
				to := out[top.next]
				top.next++
				switch {
				case state[to] == untouched:
					push(to, i)
				case state[to] == open:
					closing = append(closing, Edge{i, to})
					low[i] = min(low[i], found[to])
				case knot[to] < 0: // done, and in a knot that is still open
					low[i] = min(low[i], found[to])
				}
				continue
			}
			state[i] = done
			order = append(order, i)
			stack = stack[:len(stack)-1]
			if up := parent[i]; up >= 0 {
				low[up] = min(low[up], low[i])
			}
			if low[i] == found[i] {
				for {
					last := pending[len(pending)-1]
					pending = pending[:len(pending)-1]
					knot[last] = i
					if last == i {
						break
					}
				}
			}
		}
	}
	shown := make(map[int]bool)
	for _, e := range closing {
		if shown[knot[e.From]] {
			continue
		}
		shown[knot[e.From]] = true
		var c Cycle
		for i := e.From; i != e.To; i = parent[i] {
			c = append(c, i)
		}
		c = append(c, e.To)
		slices.Reverse(c)
		cycles = append(cycles, c)
	}
	return order, cycles, closing
}
