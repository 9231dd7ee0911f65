// Package store keeps who and where by the million: immutable, compact, and so that a changed version shares what did
// not change with the one it comes from. Every version stays whole for whoever reads it; nothing here takes a lock.
//
// A Vec is a vector, a Map leads from texts to values, Principals hold principals packed by their ids. Each is changed
// through an edit, which copies what it touches once and then writes into its copies. Words lead from texts to values, too,
// and are never changed.
package store

const (
	leafBits = 3
	midBits  = 7
	leafSize = 1 << leafBits
	midSize  = 1 << midBits
)

// Vec is an immutable vector. The zero Vec is empty. Cost of a read: two steps, the first of which nearly all reads
// share; of an edited element: a copy of its leaf, of the node above and of the root, a few kilobytes.
type Vec[T any] struct {
	root []*mid[T]
	n    int
}

type mid[T any] struct {
	owner  *owner
	leaves [midSize]*leaf[T]
}

type leaf[T any] struct {
	items [leafSize]T
	owner *owner
}

// owner is the edit that made a node, and may still write into it.
type owner struct{ _ byte }

// Len returns the number of elements.
func (v *Vec[T]) Len() int { return v.n }

// At returns the i-th element, which must not be changed.
func (v *Vec[T]) At(i int) *T {
	return &v.root[i>>(leafBits+midBits)].leaves[i>>leafBits&(midSize-1)].items[i&(leafSize-1)]
}

// VecEdit is a Vec that is being changed, by one goroutine.
type VecEdit[T any] struct {
	Vec[T]
	owner *owner
}

// Edit begins a change. The vector itself stays as it is.
func (v *Vec[T]) Edit() *VecEdit[T] {
	e := &VecEdit[T]{Vec: *v, owner: &owner{}}
	e.root = append(make([]*mid[T], 0, len(v.root)+1), v.root...)
	return e
}

// Change returns the i-th element, to be changed.
func (e *VecEdit[T]) Change(i int) *T {
	m := &e.root[i>>(leafBits+midBits)]
	if *m == nil || (*m).owner != e.owner {
		changed := &mid[T]{owner: e.owner}
		if *m != nil {
			changed.leaves = (*m).leaves
		}
		*m = changed
	}
	l := &(*m).leaves[i>>leafBits&(midSize-1)]
	if *l == nil || (*l).owner != e.owner {
		changed := &leaf[T]{owner: e.owner}
		if *l != nil {
			changed.items = (*l).items
		}
		*l = changed
	}
	return &(*l).items[i&(leafSize-1)]
}

// Append adds an element at the end.
func (e *VecEdit[T]) Append(x T) {
	if e.n>>(leafBits+midBits) == len(e.root) {
		e.root = append(e.root, nil)
	}
	e.n++
	*e.Change(e.n - 1) = x
}

// Done returns the changed vector. The edit must not be used any more.
func (e *VecEdit[T]) Done() Vec[T] {
	e.owner = nil
	return e.Vec
}
