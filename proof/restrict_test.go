package proof

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/generate"
	"github.com/trellis-authz/trellis/roles"
)

// compare asks two worlds the same, and reports the first who holds more in a leaf of the one than of the other.
func compare(t *rapid.T, less, more *generate.World, asks []generate.Ask, what string) (changed bool) {
	a, b := engineOf(t, less), engineOf(t, more)
	for _, ask := range asks {
		before, after := levels(less, ask.Bind(a), ask), levels(more, ask.Bind(b), ask)
		if leaf := within(before, after); leaf != "" {
			t.Fatalf("%s\n%s holds %d in %s on one side, and %d on the other\n%s\n%s", what, ask, before[leaf], leaf, after[leaf], less, more)
		}
		changed = changed || within(after, before) != ""
	}
	return changed
}

// "Adding a grant never takes access away."
func TestAddingAGrantNeverLowersALevel(t *testing.T) {
	var d decisive
	inBatches(t, *decisions/50, func(t *rapid.T, w *generate.World) int {
		more, what := w.MoreGrants(t)
		d.note(compare(t, w, more, w.Asks(t, 40), "adding "+what))
		return 40
	})
	d.check(t, 200)
}

// "Adding a limit never gives any": on a role, an assignment, a profile, a boundary, a person, a key.
func TestAddingALimitNeverRaisesALevel(t *testing.T) {
	var d decisive
	inBatches(t, *decisions/50, func(t *rapid.T, w *generate.World) int {
		more, what := w.MoreLimits(t)
		d.note(compare(t, more, w, w.Asks(t, 40), "adding "+what))
		return 40
	})
	d.check(t, 200)
}

// "Whoever is allowed on an area is allowed on all of it."
func TestWhoeverIsAllowedOnAnAreaIsAllowedOnEveryLeafBeneath(t *testing.T) {
	var d decisive
	inBatches(t, *decisions/20, func(t *rapid.T, w *generate.World) int {
		e := engineOf(t, w)
		n := 0
		for _, a := range w.Asks(t, 10) { // many worlds: in most, hardly anybody is allowed on what has leaves beneath
			s := a.Bind(e)
			held := levels(w, s, a)
			for _, area := range w.AreaNames() {
				for _, level := range w.Levels()[1:] {
					n++
					if !s.Check(ctx, request(a, area+":"+level)).Allowed {
						continue
					}
					beneath := 0
					for leaf := range held {
						if leaf != area && len(leaf) > len(area) && leaf[:len(area)+1] == area+"." {
							beneath++
							if !s.Check(ctx, request(a, leaf+":"+level)).Allowed {
								t.Fatalf("%s is allowed %s:%s, and not %s\n%s", a, area, level, leaf, w)
							}
						}
					}
					d.note(beneath > 1)
				}
			}
		}
		return n
	})
	d.check(t, 100)
}

// "A derived role: its parents, and no more than this." What bears on roles by their own names is put aside: boundaries
// that select roles, requirements, and where and how far each is given.
func TestADerivedRoleNeverHoldsMoreThanItsParents(t *testing.T) {
	var d decisive
	inBatches(t, *decisions/50, func(t *rapid.T, w *generate.World) int {
		w = w.Clone()
		at := []string{"org", "subtenant", "workspace", "doc"}
		for i := range w.Policy.Roles {
			r := &w.Policy.Roles[i]
			r.At, r.Reach, r.Requires, r.NeedsLimit = at, roles.All, nil, false
			if len(r.Inherits) > 0 {
				r.Areas = nil
				r.Grants = nil
			}
			r.Grants = slices.DeleteFunc(r.Grants, func(g roles.Conditional) bool { return g.When != "" })
		}
		w.Policy.Boundaries = slices.DeleteFunc(w.Policy.Boundaries, func(b authz.Boundary) bool { return b.Roles != nil || b.Except != nil })
		e := engineOf(t, w)
		n := 0
		for _, a := range w.Asks(t, 10) {
			for _, r := range w.Policy.Roles {
				derived, err := e.Preview(a.Scope, r.Name)
				if len(r.Inherits) == 0 || err != nil {
					continue
				}
				parents, err := e.Preview(a.Scope, r.Inherits...)
				if err != nil {
					t.Fatal(err)
				}
				n++
				less, more := levels(w, derived, a), levels(w, parents, a)
				if leaf := within(less, more); leaf != "" {
					t.Fatalf("%s holds more in %s of %s than %v\n%s", r.Name, leaf, a.Scope, r.Inherits, w)
				}
				d.note(within(more, less) != "")
			}
		}
		return n + 1
	})
	d.check(t, 100)
}

// "A key holds what its owner holds now … the owner's own level is the bound."
func TestAKeyNeverHoldsMoreThanItsOwner(t *testing.T) {
	var d decisive
	inBatches(t, *decisions/50, func(t *rapid.T, w *generate.World) int {
		e := engineOf(t, w)
		asks := w.Asks(t, 40)
		if w.Directory == nil {
			return len(asks)
		}
		for _, a := range asks {
			for _, k := range w.Directory.Principals {
				if k.Kind != authz.Key {
					continue
				}
				key, owner := levels(w, e.As(k.ID), a), levels(w, e.As(k.Owner), a)
				if leaf := within(key, owner); leaf != "" {
					t.Fatalf("in %s the key %s holds %d in %s, and its owner %d\n%s", a.Scope, k.ID, key[leaf], leaf, owner[leaf], w)
				}
				d.note(highest(key) > 0)
			}
		}
		return len(asks)
	})
	d.check(t, 200)
}

func highest(levels map[string]int) int {
	n := 0
	for _, l := range levels {
		n = max(n, l)
	}
	return n
}

// "Only an active one is ever allowed anything": also of a key and its owner.
func TestNobodyInactiveHoldsAnything(t *testing.T) {
	var d decisive
	inBatches(t, *decisions/50, func(t *rapid.T, w *generate.World) int {
		asks := w.Asks(t, 40)
		if w.Directory == nil {
			return len(asks)
		}
		active := engineOf(t, w)
		gone := w.Clone()
		status := rapid.SampledFrom([]authz.Status{authz.Invited, authz.Suspended, authz.Deactivated}).Draw(t, "status")
		for i := range gone.Directory.Principals {
			if p := &gone.Directory.Principals[i]; p.Kind != authz.Key {
				p.Status = status // and so nobody's key holds anything
			}
		}
		e := engineOf(t, gone)
		for _, a := range asks {
			if a.Guests != nil || a.Anonymous {
				continue
			}
			if held := levels(w, e.As(a.As), a); highest(held) > 0 {
				t.Fatalf("%s, or the owner, is %s, and holds %v\n%s", a, status, held, gone)
			}
			d.note(highest(levels(w, active.As(a.As), a)) > 0)
		}
		return len(asks)
	})
	d.check(t, 300)
}
