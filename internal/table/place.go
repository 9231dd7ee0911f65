package table

import (
	"encoding/binary"
	"iter"
	"slices"
)

// Place is a scope in which something may be asked, with all that lies on the way to it.
type Place struct {
	near  [4]int32 // the numbers of the scope itself and of those above it, as many as there is room for
	n     int32    // how many there are
	Kind  int32    // of the scope itself
	whole []Level  // what is left by the boundaries that always apply to all that is held; nil: everything
	rest  []Lying  // the other boundaries
	Path  []Step   // from the root to the scope itself; never empty
}

// Lying is a boundary on a step of a path.
type Lying struct {
	Boundary int32
	Step     int32
}

// Placer makes places, equal parts of which are one. It is for one goroutine.
type Placer struct {
	tables *Tables
	rows   map[string][]Level
	lists  map[string][]Lying
}

// Placer returns a maker of places.
func (t *Tables) Placer() *Placer {
	return &Placer{t, map[string][]Level{}, map[string][]Lying{}}
}

// Place returns the place of a scope in another: it shares what it has in common with that one. A nil place above
// is that of a root.
func (p *Placer) Place(above *Place, at Step) Place {
	var place Place
	if above != nil {
		place.Path, place.whole, place.rest = slices.Clip(above.Path), above.whole, above.rest
	}
	place.Path = append(place.Path, at)
	place.n, place.Kind = int32(len(place.Path)), at.Kind
	for i := range place.near[:min(len(place.near), len(place.Path))] {
		place.near[i] = place.Path[len(place.Path)-1-i].Scope
	}
	step := len(place.Path) - 1
	rest := slices.Clip(place.rest)
	var whole []Level
	for b := range p.tables.Lying(place.Path, step) {
		bound := &p.tables.Boundaries[b]
		if bound.When != Always || bound.Selects != Everything {
			rest = append(rest, Lying{b, int32(step)})
			continue
		}
		if whole == nil {
			whole = make([]Level, p.tables.Leaves)
			fill(whole, ^Level(0))
			if place.whole != nil {
				copy(whole, place.whole)
			}
		}
		meet(whole, bound.Row)
	}
	if whole != nil {
		place.whole = shared(p.rows, string(whole), whole)
	}
	if len(rest) > len(place.rest) {
		var key []byte
		for _, l := range rest {
			key = binary.AppendUvarint(binary.AppendUvarint(key, uint64(l.Boundary)), uint64(l.Step))
		}
		place.rest = shared(p.lists, string(key), rest)
	}
	return place
}

// shared returns the value of a key, which is the given one when there is none yet.
func shared[T any](m map[string]T, key string, value T) T {
	if there, ok := m[key]; ok {
		return there
	}
	m[key] = value
	return value
}

// Lying yields the boundaries that lie on a step of a path, each once.
func (t *Tables) Lying(path []Step, step int) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		at := path[step]
		for _, list := range [2][]int32{t.ByKind[at.Kind], t.ByScope[at.Scope]} {
			for _, b := range list {
				if under := t.Boundaries[b].Under; under >= 0 && !onPath(path[:step+1], under) {
					continue
				}
				if !yield(b) {
					return
				}
			}
		}
	}
}

func onPath(path []Step, scope int32) bool {
	for _, s := range path {
		if s.Scope == scope {
			return true
		}
	}
	return false
}
