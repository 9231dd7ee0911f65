package generate

import (
	"slices"

	"pgregory.net/rapid"
)

// draw makes choices. Everything that is random goes through it, so that a failure shrinks.
type draw struct{ t *rapid.T }

// number draws from low to high, both included; failures shrink towards low.
func (d draw) number(low, high int) int { return rapid.IntRange(low, high).Draw(d.t, "n") }

// chance is true in that many of a hundred draws; failures shrink towards false.
func (d draw) chance(percent int) bool { return d.number(0, 99) >= 100-percent }

// pick draws one of a list; failures shrink towards the first.
func pick[T any](d draw, list []T) T { return list[d.number(0, len(list)-1)] }

// some draws from low to high different items of a list, in its order; fewer when there are fewer.
func some[T any](d draw, list []T, low, high int) []T {
	n := d.number(min(low, len(list)), min(high, len(list)))
	chosen := make([]int, 0, n)
	for len(chosen) < n {
		i := d.number(0, len(list)-1)
		for slices.Contains(chosen, i) {
			i = (i + 1) % len(list)
		}
		chosen = append(chosen, i)
	}
	slices.Sort(chosen)
	var out []T
	for _, i := range chosen {
		out = append(out, list[i])
	}
	return out
}
