package bits

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSetsBehaveAsMapsDo(t *testing.T) {
	draw := func(t *rapid.T, label string) (Set, map[int]bool) {
		var s Set
		m := map[int]bool{}
		for _, e := range rapid.SliceOf(rapid.IntRange(0, 200)).Draw(t, label) {
			s.Add(e)
			m[e] = true
		}
		return s, m
	}
	same := func(t *rapid.T, what string, s Set, m map[int]bool) {
		if got, want := slices.Collect(s.All()), slices.Sorted(maps.Keys(m)); !slices.Equal(got, want) {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
		if s.Len() != len(m) || s.Empty() != (len(m) == 0) {
			t.Fatalf("%s: Len %d, Empty %t of %v", what, s.Len(), s.Empty(), m)
		}
		for i := -2; i < 300; i++ {
			if s.Has(i) != m[i] {
				t.Fatalf("%s: Has(%d) = %t", what, i, s.Has(i))
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, am := draw(t, "a")
		b, bm := draw(t, "b")
		same(t, "added", a, am)
		and, minus, union := map[int]bool{}, map[int]bool{}, maps.Clone(am)
		for e := range am {
			if bm[e] {
				and[e] = true
			} else {
				minus[e] = true
			}
		}
		maps.Copy(union, bm)
		same(t, "and", a.And(b), and)
		same(t, "minus", a.Minus(b), minus)
		if a.Meets(b) != (len(and) > 0) {
			t.Fatalf("Meets of %v and %v", am, bm)
		}
		u := slices.Clone(a)
		u.Union(b)
		same(t, "union", u, union)
		same(t, "operands stay", a, am)
	})
}

func TestUptoHoldsEverythingBelow(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, 128, 200} {
		s := Upto(n)
		if s.Len() != n || s.Has(n) || n > 0 && !s.Has(n-1) {
			t.Errorf("Upto(%d) has %d elements", n, s.Len())
		}
	}
}

// Rows are worked on eight numbers at a time; number by number it is the same.
func TestRowsAreWhatTheirNumbersAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "length")
		small := rapid.Uint8Max(rapid.SampledFrom([]uint8{0, 1, 2, 15, 127}).Draw(t, "top"))
		a := rapid.SliceOfN(small, n, n).Draw(t, "a")
		b := rapid.SliceOfN(small, n, n).Draw(t, "b")
		joined, met, zero := slices.Clone(a), slices.Clone(a), true
		for i := range a {
			joined[i], met[i], zero = max(a[i], b[i]), min(a[i], b[i]), zero && a[i] == 0
		}
		got := slices.Clone(a)
		if Join(got, b); !slices.Equal(got, joined) {
			t.Errorf("%v and %v are joined to %v", a, b, got)
		}
		got = slices.Clone(a)
		if Meet(got, b); !slices.Equal(got, met) {
			t.Errorf("%v and %v meet in %v", a, b, got)
		}
		if Zero(a) != zero {
			t.Errorf("%v: Zero is %t", a, Zero(a))
		}
		if !Within(met, b) || Within(b, met) != slices.Equal(met, b) {
			t.Errorf("%v within %v: %t, and the other way round: %t", met, b, Within(met, b), Within(b, met))
		}
	})
}
