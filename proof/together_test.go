package proof

import (
	"iter"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/generate"
)

// Check-many[i] = check(i), in order.
func TestManyAreDecidedAsEachIs(t *testing.T) {
	inBatches(t, *decisions/5, func(t *rapid.T, w *generate.World) int {
		e := engineOf(t, w)
		n := 0
		for _, a := range w.Asks(t, 20) {
			s := a.Bind(e)
			var requests []authz.Request
			for _, other := range w.Asks(t, 3) {
				for _, permission := range w.Permissions() {
					requests = append(requests, request(other, permission))
				}
			}
			for i, d := range s.CheckAll(ctx, requests) {
				n++
				if one := s.Check(ctx, requests[i]); !alike(d, one) {
					t.Fatalf("the %d-th of many is %s, and alone it is %s\n%s", i, d, one, w)
				}
			}
		}
		return n
	})
}

// The listed tree = check on each area: the level of an area, the highest beneath, and whether it exists.
func TestTheTreeIsTheCheckOfEachArea(t *testing.T) {
	inBatches(t, *decisions/10, func(t *rapid.T, w *generate.World) int {
		e := engineOf(t, w)
		n := 0
		for _, a := range w.Asks(t, 60) {
			s := a.Bind(e)
			held, err := s.Held(ctx, a.Scope, a.Facts)
			var walk func(areas iter.Seq[authz.Holding]) (highest string, some bool)
			walk = func(areas iter.Seq[authz.Holding]) (most string, some bool) {
				most = w.Levels()[0]
				for h := range areas {
					n++
					some = true
					d := s.Check(ctx, request(a, h.Area()+":"+w.TopLevel()))
					if d.Level != h.Level() || h.Exists() == (d.Reason == authz.WrongScopeKind) {
						t.Fatalf("%s: %s is %s, %t in the tree, and checked %s\n%s", a, h.Area(), h.Level(), h.Exists(), d, w)
					}
					beneath, sub := walk(h.Areas())
					if !sub {
						beneath = h.Level()
					}
					if h.Exists() && beneath != h.Highest() {
						t.Fatalf("%s: the highest beneath %s is %s, and told is %s\n%s", a, h.Area(), beneath, h.Highest(), w)
					}
					if h.Exists() && rank(w, beneath) > rank(w, most) {
						most = beneath
					}
				}
				return most, some
			}
			walk(held.Areas())
			if d := s.Check(ctx, request(a, "a:"+w.TopLevel())); (err != nil) != (d.Reason < authz.WrongScopeKind) {
				t.Fatalf("%s: the tree says %v, the check %s\n%s", a, err, d, w)
			}
		}
		return n + 1
	})
}

func rank(w *generate.World, level string) int {
	for i, l := range w.Levels() {
		if l == level {
			return i
		}
	}
	return -1
}

// Explaining decides as checking does; and what it cites is what decides: without it, the level or the citation is
// another.
func TestAnExplanationCitesWhatDecides(t *testing.T) {
	var d decisive
	inBatches(t, *decisions/4, func(t *rapid.T, w *generate.World) int {
		e := engineOf(t, w)
		n := 0
		for _, a := range w.Asks(t, 20) {
			s := a.Bind(e)
			for _, permission := range w.Permissions() {
				n++
				x, c := s.Explain(ctx, request(a, permission)), s.Check(ctx, request(a, permission))
				if !alike(x.Decision, c) {
					t.Fatalf("%s asks for %s: checked %s, explained %s\n%s", a, permission, c, x.Decision, w)
				}
				if x.String() == "" || x.Cause() == "" {
					t.Fatalf("%s asks for %s: nothing is explained", a, permission)
				}
				if !x.Allowed || a.Guests != nil || a.Anonymous || w.Directory == nil || n%5 > 0 {
					continue
				}
				cited := x.Grants[0]
				without := w.Without(a.As, cited.Groups, cited.Role, cited.Profile, cited.Scope)
				y := engineOf(t, without).As(a.As).Explain(ctx, request(a, permission))
				again := len(y.Grants) > 0 && y.Grants[0].Level == cited.Level && y.Grants[0].Role == cited.Role && y.Grants[0].Scope == cited.Scope &&
					y.Grants[0].Profile == cited.Profile && slices.Equal(y.Grants[0].Groups, cited.Groups)
				if y.Level == x.Level && again {
					t.Fatalf("%s asks for %s: without %+v, still\n%s\n%s\n%s", a, permission, cited, y, w, without)
				}
				d.note(y.Level != x.Level)
			}
		}
		return n
	})
	d.check(t, 1000)
}
