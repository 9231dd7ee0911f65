package table

// Glance decides about one leaf where nothing has to be asked, which is most often so. It returns what a [Walk] would
// find, or that only a walk can tell (sure is false). To hold more than enough is of no interest; the
// grants are sorted as [Walk.Add] has them.
//
// It is a shortcut through the same tables and knows no rule of its own: what requires roles, depends on a condition
// or is limited by a boundary that selects roles it leaves to the walk. Properties hold the two equal.
func (t *Tables) Glance(p *Place, leaf int, now Instant, grants []Grant, list []Terms, limits Limits, enough Level) (granted, held Level, sure bool) {
	n := int(p.n)
	if len(grants) > Few || n > len(p.near) || !t.Exists[p.Kind].Has(leaf) {
		return 0, 0, false
	}
	rows := t.rows[leaf:]
	var could Level                     // what would be granted if every condition of a grant held
	nearest, waiting := len(p.near), -1 // how far above the nearest scope is that the holder has joined; the farthest where that matters
	for i := range grants {
		g := &grants[i]
		up := 0
		for up < n && p.near[up&3] != g.Scope {
			up++
		}
		if up == n {
			continue
		}
		var terms *Terms
		if g.Terms != 0 {
			if terms = t.Of(*g, list); !terms.holds(now) {
				continue
			}
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
				return 0, 0, false
			}
			could = max(could, rows[plain.most])
		}
		granted = max(granted, terms.under(leaf, rows[at]))
	}
	if waiting > nearest || could > granted && granted < enough {
		return 0, 0, false
	}
	held = granted
	if p.whole != nil {
		held = min(held, p.whole[leaf])
	}
	if limits != (Limits{}) {
		held = min(held, limits.of(leaf))
	}
	if len(p.rest) > 0 && (held >= enough || enough == Exactly) && t.lowers(p.rest, leaf, held, enough) {
		return 0, 0, false
	}
	return granted, held, true
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
