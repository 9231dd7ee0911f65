package model

import (
	"slices"

	"github.com/trellis-authz/trellis/internal/bits"
)

// Origin is one of the grants that make up what a role gives.
type Origin struct {
	Role  int // the role that declares it
	Grant int // the index in its Grants, or -1 for its Areas
	Entry     // under the limits on the way; where there are several ways, what any of them leaves
}

// Origins returns the grants that make up what a role gives, its own first, then those of each parent in turn. They are
// gathered when an explanation asks: if every heir held them, ten thousand roles would hold millions. Cost: linear in
// what the role inherits.
func (s *Roles) Origins(role int) []Origin {
	var first, last []int // the role and all it inherits, each before and each after what it inherits
	var seen bits.Set
	limited, grants := false, 0
	var walk func(i int)
	walk = func(i int) {
		seen.Add(i)
		first = append(first, i)
		grants += len(s.roles[i].Declared)
		limited = limited || s.roles[i].LimitRow != nil
		for _, p := range s.roles[i].Parents {
			if !seen.Has(p) {
				walk(p)
			}
		}
		last = append(last, i)
	}
	walk(role)
	var left map[int]Row // what the limits on the ways to a role leave, its own included; nil: everything
	if limited {
		left = s.left(last)
	}
	list := make([]Origin, 0, grants)
	for _, i := range first {
		for g, e := range s.roles[i].Declared {
			e.Row = MeetLimits(e.Row, left[i])
			list = append(list, Origin{i, g - 1, e})
		}
	}
	return list
}

// left returns, of roles that stand after what they inherit, what the limits on the ways to each leave.
func (s *Roles) left(lineage []int) map[int]Row {
	left := map[int]Row{}
	for _, i := range slices.Backward(lineage) {
		left[i] = MeetLimits(left[i], s.roles[i].LimitRow)
		for _, p := range s.roles[i].Parents {
			if other, again := left[p]; again {
				left[p] = either(other, left[i])
			} else {
				left[p] = left[i]
			}
		}
	}
	return left
}

// either returns what one or the other leaves; nil is everything.
func either(a, b Row) Row {
	if a == nil || b == nil {
		return nil
	}
	a = a.Clone()
	a.Join(b)
	return a
}
