// Package graph finds the circles in what names each other: roles that inherit, roles that require, groups in
// groups.
package graph

// Cycle is a circle: its nodes in order, the first not repeated at the end.
type Cycle []int

// Cycles walks n nodes along their edges and returns an order in which every node comes after all that its edges
// lead to, and one circle for each edge that closes one. Those closing edges, from the last node of a circle to
// its first, are all that has to be cut for no circle to be left; the order is true to all other edges. Cost:
// linear in nodes and edges, besides printing the circles.
func Cycles(n int, edges func(i int) []int) (order []int, cycles []Cycle) {
	const (
		untouched = iota
		open
		done
	)
	state := make([]uint8, n)
	place := make([]int, n) // of an open node on the stack
	type frame struct{ node, next int }
	var stack []frame
	push := func(i int) {
		state[i], place[i] = open, len(stack)
		stack = append(stack, frame{node: i})
	}
	for root := range n {
		if state[root] != untouched {
			continue
		}
		for push(root); len(stack) > 0; {
			top := &stack[len(stack)-1]
			out := edges(top.node)
			if top.next == len(out) {
				state[top.node] = done
				order = append(order, top.node)
				stack = stack[:len(stack)-1]
				continue
			}
			to := out[top.next]
			top.next++
			switch state[to] {
			case untouched:
				push(to)
			case open:
				var c Cycle
				for _, f := range stack[place[to]:] {
					c = append(c, f.node)
				}
				cycles = append(cycles, c)
			}
		}
	}
	return order, cycles
}
