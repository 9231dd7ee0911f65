package model_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/roles"
)

// Rows are worked on eight leaves at a time; leaf by leaf it is the same.
func TestRowsAreWhatTheirLeavesAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "leaves")
		levels := rapid.Uint8Max(rapid.SampledFrom([]uint8{0, 1, 2, roles.MaxLevels - 1}).Draw(t, "top"))
		draw := func(name string) model.Row { return rapid.SliceOfN(levels, n, n).Draw(t, name) }
		a, b := draw("a"), draw("b")
		if rapid.Bool().Draw(t, "within") {
			b.Join(a)
		}
		join, meet, empty, within := a.Clone(), a.Clone(), true, true
		for i := range a {
			join[i], meet[i] = max(a[i], b[i]), min(a[i], b[i])
			empty = empty && a[i] == 0
			within = within && a[i] <= b[i]
		}
		got := a.Clone()
		if got.Join(b); !slices.Equal(got, join) {
			t.Errorf("%v and %v are joined to %v", a, b, got)
		}
		got = a.Clone()
		if got.Meet(b); !slices.Equal(got, meet) {
			t.Errorf("%v and %v meet in %v", a, b, got)
		}
		if a.Empty() != empty || a.Within(b) != within {
			t.Errorf("%v: empty %t; within %v: %t", a, a.Empty(), b, a.Within(b))
		}
		for i, l := range model.NewRow(n, roles.MaxLevels-1) {
			if l != roles.MaxLevels-1 {
				t.Errorf("leaf %d of a new row has the level %d", i, l)
			}
		}
	})
}
