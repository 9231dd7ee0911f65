package table

import "math/bits"

// Outcome is what a glance came to.
type Outcome uint8

const (
	Unsure Outcome = iota // only a [Walk] can tell
	Sure                  // the levels are what a walk would find
	Asking                // conditions have to be asked first: see [Look]
)

// Glance decides about one leaf, which exists at the place, for one who is in no groups. It returns what a [Walk] would
// find, or says that conditions have to be asked first, or that only a walk can tell; may is for [Look.Begin]. To hold
// more than enough is of no interest. The grants are sorted as [Walk.Add] has them; rare is nil where the holder has
// neither terms nor limits of its own.
//
// It is a shortcut through the same tables and knows no rule of its own: what requires roles or is limited by a boundary
// that selects roles it leaves to the walk. Properties hold the two equal.
func (t *Tables) Glance(p *Place, leaf int, enough Level, grants []Grant, rare *Rare, now *Instant) (granted, held Level, may Maybe, how Outcome) {
	n := int(p.n)
	if len(grants) > Few || n > len(p.near) {
		return 0, 0, 0, Unsure
	}
	near := t.near(grants, p.near[0])
	if near == 0 {
		return 0, 0, 0, Sure
	}
	rows := t.rows[leaf:]
	var on []*Terms
	if rare != nil {
		on = rare.Terms
	}
	var could Level                     // what would be granted if every condition of a grant held
	nearest, waiting := len(p.near), -1 // how far above the nearest scope is that the holder has joined; the farthest where that matters
	for ; near != 0; near &= near - 1 {
		i := bits.TrailingZeros16(near)
		g := &grants[i]
		up := 0
		if g.Scope != p.near[0] {
			for up = 1; up < n && g.Scope != p.near[up&(len(p.near)-1)]; {
				up++
			}
			if up == n {
				continue
			}
		}
		terms := onTerms(on, i)
		if terms != nil && !terms.holds(*now) {
			continue
		}
		nearest = min(nearest, up)
		if g.Role < 0 {
			continue
		}
		plain := &t.plain[g.Role]
		at := plain.row[here]
		if up > 0 {
			at = plain.row[beneath]
			if plain.waits {
				waiting = max(waiting, up)
			}
		}
		if plain.special {
			if plain.requires {
				return 0, 0, 0, Unsure
			}
			if most := rows[plain.most]; most > 0 {
				could = max(could, most)
				may |= 1 << i
			}
		}
		level := rows[at]
		if terms != nil {
			level = terms.under(leaf, level)
		}
		granted = max(granted, level)
	}
	if waiting > nearest {
		return 0, 0, 0, Unsure
	}
	if could > granted && granted < enough {
		return granted, 0, may, Asking
	}
	held = granted
	if p.lying != nil || rare != nil {
		held = p.left(leaf, granted, rare)
		if (held >= enough || enough == Exactly) && t.lowers(p.rest(), leaf, held, enough) {
			return granted, held, may, Asking
		}
	}
	return granted, held, 0, Sure
}

// near returns a bit for each grant that is given in the scope, or may matter beneath its own: most are elsewhere, and
// without a reach. It looks at all of them without a branch, since which one is near cannot be foreseen, and stands by
// itself so that all that it needs stays in registers.
//
//go:noinline
func (t *Tables) near(grants []Grant, scope int32) (near uint16) {
	down := t.down
	for i := len(grants) - 1; i >= 0; i-- {
		g := &grants[i]
		equal := (uint64(uint32(g.Scope^scope)) - 1) >> 63
		near = near<<1 | uint16(equal) | uint16(down[g.Role-NoRole])
	}
	return near
}

// Maybe are grants, by their places in the list, that reach the place and may give something on a condition.
type Maybe uint16

var _ = [1]struct{}{}[Few-16] // as many as a Maybe has bits

// Look is a glance that asks conditions:
//
//	if look.Begin(…) {
//		for c, step, more := look.Ask(); more; c, step, more = look.Ask() {
//			look.Tell(holds(c, step))
//		}
//	}
//
// Then Granted and Held are what a [Walk] would find, unless Sure has become false.
type Look struct {
	Rare          *Rare // as for the glance; to be filled in beforehand
	Granted, Held Level
	Sure          bool

	bounding bool  // the conditions of grants have been asked, and those of boundaries are
	asked    Level // what is granted, or else left, if what was asked last holds
	enough   Level
	n, next  int32
	leaf     int
	tables   *Tables
	place    *Place
	room     [4]maybe
}

// maybe is a level that is granted if a condition holds.
type maybe struct {
	when  int32
	level Level
}

// Begin begins what [Tables.Glance] says has to be asked first, with what that one granted and the grants that it saw may
// give more, and says whether it can be told without a walk.
func (l *Look) Begin(t *Tables, p *Place, leaf int, enough Level, grants []Grant, granted Level, may Maybe) bool {
	l.tables, l.place, l.leaf, l.enough, l.Granted, l.Sure = t, p, leaf, enough, granted, true
	for ; may != 0 && granted < enough; may &= may - 1 {
		i := bits.TrailingZeros16(uint16(may))
		g := &grants[i]
		c := here
		if g.Scope != p.near[0] {
			c = beneath
		}
		var terms *Terms
		if l.Rare != nil {
			terms = onTerms(l.Rare.Terms, i)
		}
		if !l.may(t.Roles[g.Role].Entries, c, terms) {
			l.Sure = false
			return false
		}
	}
	return true
}

// may notes the conditions on which a role gives a level, and reports whether there was room for them. Entries that
// reach those who have joined a scope beneath the grant are for a walk.
func (l *Look) may(entries []Entry, c class, terms *Terms) bool {
	for i := range entries {
		e := &entries[i]
		if e.When == Always || c == beneath && e.Reach == Self {
			continue
		}
		level := terms.under(l.leaf, e.Row[l.leaf])
		if level == 0 {
			continue
		}
		if c == beneath && e.Reach == Joined || int(l.n) == len(l.room) {
			return false
		}
		l.room[l.n] = maybe{e.When, level}
		l.n++
	}
	return true
}

// Ask returns a condition that matters, and the step of the path at which it has to be asked.
func (l *Look) Ask() (condition int32, step int, more bool) {
	if !l.bounding {
		for l.next < l.n && l.Granted < l.enough {
			m := &l.room[l.next]
			l.next++
			if m.level > l.Granted {
				l.asked = m.level
				return m.when, len(l.place.Path) - 1, true
			}
		}
		l.bounding, l.next = true, 0
		if l.enough != Exactly && l.Granted < l.enough {
			return 0, 0, false
		}
		l.Held = l.place.left(l.leaf, l.Granted, l.Rare)
	}
	for rest := l.place.rest(); int(l.next) < len(rest); {
		b := &rest[l.next]
		l.next++
		bound := &l.tables.Boundaries[b.Boundary]
		l.asked = bound.Row[l.leaf]
		switch {
		case l.asked >= l.Held || l.asked >= l.enough:
		case bound.Selects != Everything:
			l.Sure = false
			return 0, 0, false
		default:
			return bound.When, int(b.Step), true
		}
	}
	return 0, 0, false
}

// Tell answers what was asked last.
func (l *Look) Tell(truth Truth) {
	switch {
	case l.bounding && truth != False:
		l.Held = l.asked
	case !l.bounding && truth == True:
		l.Granted = l.asked
	}
}

// left is what is left of a level that is granted in a leaf by the limits that are known beforehand.
func (p *Place) left(leaf int, granted Level, rare *Rare) Level {
	held := granted
	if p.lying != nil && p.lying.whole != nil {
		held = min(held, p.lying.whole[leaf])
	}
	if rare != nil {
		held = min(held, rare.Limits.of(leaf))
	}
	return held
}

// lowers reports whether one of the boundaries could lower what is held in a leaf.
func (t *Tables) lowers(rest []Lying, leaf int, held, enough Level) bool {
	for _, b := range rest {
		if l := t.Boundaries[b.Boundary].Row[leaf]; l < held && l < enough {
			return true
		}
	}
	return false
}
