// Package bits holds sets of small integers, 64 to a word: which roles a role is, at which kinds an area exists; and works
// on rows of small numbers, eight to a word: levels.
package bits

import "math/bits"

// Set is a set of small integers. The zero Set is empty. Sets are grown by Add alone; a set that is shared must
// no longer be added to.
type Set []uint64

// Of returns the set of the given elements.
func Of(elements ...int) Set {
	var s Set
	for _, e := range elements {
		s.Add(e)
	}
	return s
}

// Upto returns the set of 0 … n-1.
func Upto(n int) Set {
	s := make(Set, (n+63)/64)
	for i := range s {
		s[i] = ^uint64(0)
	}
	if n%64 != 0 {
		s[len(s)-1] = 1<<(n%64) - 1
	}
	return s
}

// Has reports whether i is in the set; a negative i never is.
func (s Set) Has(i int) bool {
	return i >= 0 && i>>6 < len(s) && s[i>>6]&(1<<(i&63)) != 0
}

// Add puts i into the set.
func (s *Set) Add(i int) {
	s.widen(i>>6 + 1)
	(*s)[i>>6] |= 1 << (i & 63)
}

// Union puts every element of o into the set.
func (s *Set) Union(o Set) {
	s.widen(len(o))
	for i, w := range o {
		(*s)[i] |= w
	}
}

// widen gives the set at least n words, in one step: of ten thousand roles each is a set of all of them.
func (s *Set) widen(n int) {
	if n > len(*s) {
		*s = append(*s, make(Set, n-len(*s))...)
	}
}

// And returns the elements that both sets have.
func (s Set) And(o Set) Set {
	r := make(Set, min(len(s), len(o)))
	for i := range r {
		r[i] = s[i] & o[i]
	}
	return r
}

// Minus returns the elements of s that o has not.
func (s Set) Minus(o Set) Set {
	r := append(Set(nil), s...)
	for i := range min(len(r), len(o)) {
		r[i] &^= o[i]
	}
	return r
}

// Meets reports whether the sets have an element in common.
func (s Set) Meets(o Set) bool {
	for i := range min(len(s), len(o)) {
		if s[i]&o[i] != 0 {
			return true
		}
	}
	return false
}

// Empty reports whether the set has no element.
func (s Set) Empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

// All yields the elements in ascending order.
func (s Set) All() func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i, w := range s {
			for w != 0 {
				if !yield(i<<6 + bits.TrailingZeros64(w)) {
					return
				}
				w &= w - 1
			}
		}
	}
}

// Len returns the number of elements.
func (s Set) Len() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}
