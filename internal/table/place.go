package table

import (
	"encoding/binary"
	"iter"
	"slices"

	"github.com/trellis-authz/trellis/internal/bits"
)

// Place is a scope in which something may be asked, with all that lies on the way to it.
type Place struct {
	near  [8]int32 // the numbers of the scope itself and of those above it, as many as there is room for
	n     int32    // how many there are
	Kind  int32    // of the scope itself
	lying *lying   // the boundaries on the way; nil: none
	Path  []Step   // from the root to the scope itself; never empty
}

// lying is all the boundaries that lie on the way to a scope. Many scopes share one.
type lying struct {
	whole []Level // what is left by those that always apply to all that is held; nil: everything
	rest  []Lying // the others
}

// Last is the step of the path that is the place itself.
func (p *Place) Last() int { return int(p.n) - 1 }

func (p *Place) whole() []Level {
	if p.lying == nil {
		return nil
	}
	return p.lying.whole
}

func (p *Place) rest() []Lying {
	if p.lying == nil {
		return nil
	}
	return p.lying.rest
}

// Lying is a boundary on a step of a path.
type Lying struct {
	Boundary int32
	Step     int32
}

// Placer makes places, equal parts of which are one. It is for one goroutine.
type Placer struct {
	tables *Tables
	made   map[string]*lying
}

// Placer returns a maker of places.
func (t *Tables) Placer() *Placer { return &Placer{t, map[string]*lying{}} }

// Place returns the place of a scope in another: it shares what it has in common with that one. A nil place above
// is that of a root.
func (p *Placer) Place(above *Place, at Step) Place {
	var place Place
	if above != nil {
		place.Path, place.lying = slices.Clip(above.Path), above.lying
	}
	before := place.lying
	p.tables.Descend(&place, at)
	if place.lying != before {
		place.lying = p.shared(place.lying)
	}
	return place
}

// shared returns what is the same as lying, and was made before if anything was.
func (p *Placer) shared(lying *lying) *lying {
	key := binary.AppendUvarint(nil, uint64(len(lying.rest)))
	for _, l := range lying.rest {
		key = binary.AppendUvarint(binary.AppendUvarint(key, uint64(l.Boundary)), uint64(l.Step))
	}
	key = append(key, lying.whole...)
	if there, ok := p.made[string(key)]; ok {
		return there
	}
	p.made[string(key)] = lying
	return lying
}

// Begin returns a place like p, to descend from; nil is above all roots. Its path has room for so many steps.
func (p *Place) Begin(steps int) *Place {
	place := &Place{Path: make([]Step, 0, steps)}
	if p != nil {
		place.Path, place.lying = append(place.Path, p.Path...), p.lying
	}
	return place
}

// Descend makes a place, which is nobody else's, that of a scope in it; a zero one that of a root. It appends to the path.
func (t *Tables) Descend(place *Place, at Step) {
	place.Path = append(place.Path, at)
	place.n, place.Kind = int32(len(place.Path)), at.Kind
	for i := range place.near[:min(len(place.near), len(place.Path))] {
		place.near[i] = place.Path[len(place.Path)-1-i].Scope
	}
	step := len(place.Path) - 1
	var whole []Level
	rest := slices.Clip(place.rest())
	for b := range t.Lying(place.Path, step) {
		bound := &t.Boundaries[b]
		if bound.When != Always || bound.Selects != Everything {
			rest = append(rest, Lying{b, int32(step)})
			continue
		}
		if whole == nil {
			whole = slices.Clone(bound.Row)
			bits.Meet(whole, place.whole()) // nil meets nothing
			continue
		}
		bits.Meet(whole, bound.Row)
	}
	if whole == nil && len(rest) == len(place.rest()) {
		return
	}
	if whole == nil {
		whole = place.whole()
	}
	place.lying = &lying{whole, rest}
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
