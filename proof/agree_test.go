package proof

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/generate"
)

// The engine and the reference answer alike: allowed or not, the level held, and the reason.
func TestTheEngineDecidesAsTheReferenceDoes(t *testing.T) {
	inBatches(t, *decisions, func(t *rapid.T, w *generate.World) int {
		e, twin := engineOf(t, w), referenceOf(w)
		n := 0
		permissions := w.Permissions()
		for _, a := range w.Asks(t, asksOfAWorld) {
			s, c := a.Bind(e), twin.Ask(question(a))
			for _, permission := range permissions {
				got, want := s.Check(ctx, request(a, permission)), c.Decide(permission)
				n++
				if !asReferred(got, want) {
					t.Fatalf("%s asks for %s: the engine says %s, the reference %+v\n%s", a, permission, got, want, w)
				}
			}
		}
		return n
	})
}

// The tree of what is held is the reference's, leaf by leaf.
func TestTheEngineListsWhatTheReferenceDoes(t *testing.T) {
	inBatches(t, *decisions/10, func(t *rapid.T, w *generate.World) int {
		e, twin := engineOf(t, w), referenceOf(w)
		n := 0
		for _, a := range w.Asks(t, asksOfAWorld) {
			got, want := levels(w, a.Bind(e), a), map[string]int(twin.Ask(question(a)).Held())
			n += 1 + len(want)
			if !maps.Equal(got, want) {
				t.Fatalf("%s holds %v, says the engine, and the reference %v\n%s", a, got, want, w)
			}
		}
		return n
	})
}

// Whether a role or a profile may be given, and why not, is what the reference says.
func TestTheEngineGivesAsTheReferenceDoes(t *testing.T) {
	var granted, exceeding decisive
	inBatches(t, *decisions/5, func(t *rapid.T, w *generate.World) int {
		e, twin := engineOf(t, w), referenceOf(w)
		names := []string{"nosuch"}
		for _, r := range w.Policy.Roles {
			names = append(names, r.Name)
		}
		for _, p := range w.Policy.Profiles {
			names = append(names, p.Name)
		}
		n := 0
		for _, a := range w.Asks(t, asksOfAWorld) {
			s, c := a.Bind(e), twin.Ask(question(a))
			for _, name := range names {
				got, want := s.CanAssign(ctx, authz.Giving{Name: name, Scope: a.Scope, Facts: a.Facts}), c.CanAssign(name)
				n++
				granted.note(got.Allowed)
				exceeding.note(got.Reason == authz.ExceedsGiver)
				if got.Reason.String() != want || got.Allowed != (want == "granted") {
					t.Fatalf("%s gives %s: the engine says %s, the reference %s\n%s", a, name, got, want, w)
				}
			}
		}
		return n
	})
	granted.check(t, 5)
	exceeding.check(t, 3)
}
