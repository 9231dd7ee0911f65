package graph

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCyclesShowsOneWholeCircleOfEveryKnot(t *testing.T) {
	for _, c := range []struct {
		name  string
		edges [][]int
		want  []Cycle
	}{
		{"none", [][]int{{1, 2}, {2}, {}}, nil},
		{"itself", [][]int{{0}}, []Cycle{{0}}},
		{"two", [][]int{{1}, {0}}, []Cycle{{0, 1}}},
		{"behind a tail", [][]int{{1}, {2}, {3}, {1}}, []Cycle{{1, 2, 3}}},
		{"two circles", [][]int{{1}, {0}, {3}, {2}}, []Cycle{{0, 1}, {2, 3}}},
		{"two ways back", [][]int{{1}, {0, 2}, {0}}, []Cycle{{0, 1}}},
		{"two circles that share a node", [][]int{{1, 2}, {0}, {0}}, []Cycle{{0, 1}}},
		{"circles of circles", [][]int{{1}, {2}, {1, 3}, {4}, {3, 0}}, []Cycle{{1, 2}}},
		{"a circle behind another", [][]int{{1}, {0, 2}, {3}, {2}}, []Cycle{{0, 1}, {2, 3}}},
	} {
		_, got, _ := Cycles(len(c.edges), func(i int) []int { return c.edges[i] })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Once the edges that close circles are cut, every node stands behind all that its edges lead to: then there is
// no circle left, and the order may be trusted.
func TestCuttingTheClosingEdgesLeavesAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "n")
		edges := make([][]int, n)
		for i := range edges {
			edges[i] = rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, 4, rapid.ID[int]).Draw(t, "edges")
		}
		order, cycles, closing := Cycles(n, func(i int) []int { return edges[i] })
		if len(order) != n {
			t.Fatalf("%d of %d nodes are in the order", len(order), n)
		}
		for _, c := range cycles {
			for i, from := range c {
				if !slices.Contains(edges[from], c[(i+1)%len(c)]) {
					t.Fatalf("%v is no circle", c)
				}
			}
		}
		for _, c := range cycles {
			if !slices.Contains(closing, Edge{c[len(c)-1], c[0]}) {
				t.Fatalf("%v is not closed by one of %v", c, closing)
			}
		}
		for _, e := range closing {
			edges[e.From] = slices.DeleteFunc(slices.Clone(edges[e.From]), func(to int) bool { return to == e.To })
		}
		for i, out := range edges {
			for _, to := range out {
				if slices.Index(order, to) > slices.Index(order, i) {
					t.Fatalf("%d leads to %d and stands before it in %v", i, to, order)
				}
			}
		}
	})
}

// All pairs of n nodes close n²/2 circles, and to list them all would be more than anybody reads.
func TestOfNodesThatAllLeadToEachOtherOneCircleIsShown(t *testing.T) {
	const n = 200
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	order, cycles, _ := Cycles(n, func(i int) []int { return slices.DeleteFunc(slices.Clone(all), func(j int) bool { return i == j }) })
	if len(order) != n || len(cycles) != 1 {
		t.Errorf("%d nodes are in the order, %d circles are shown", len(order), len(cycles))
	}
}
