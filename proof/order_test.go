package proof

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/generate"
)

// same asks two engines the same, and reports the first answer that differs.
func same(t *rapid.T, w *generate.World, a, b *authz.Engine, asks []generate.Ask, permissions []string, what string) int {
	n := 0
	for _, ask := range asks {
		x, y := ask.Bind(a), ask.Bind(b)
		for _, permission := range permissions {
			n++
			before, after := x.Check(ctx, request(ask, permission)), y.Check(ctx, request(ask, permission))
			if !alike(before, after) {
				t.Fatalf("%s: %s asks for %s: %s, and then %s\n%s", what, ask, permission, before, after, w)
			}
		}
	}
	return n
}

// "The order in which things are written never matters", and neither does what is written twice.
func TestTheOrderInWhichThingsAreWrittenNeverMatters(t *testing.T) {
	inBatches(t, *decisions/5, func(t *rapid.T, w *generate.World) int {
		return same(t, w, engineOf(t, w), engineOf(t, w.Shuffled(t)), w.Asks(t, 40), w.Permissions(), "in another order")
	})
}

// "What happens in one organisation never changes a decision in another."
func TestWhatHappensInOneOrganisationNeverChangesAnother(t *testing.T) {
	inBatches(t, *decisions/5, func(t *rapid.T, w *generate.World) int {
		if w.Directory == nil {
			return 1
		}
		var asks []generate.Ask
		for _, a := range w.Asks(t, 80) {
			if a.Guests == nil && (a.Scope == "org:1" || strings.HasPrefix(a.Scope, "org:1/")) {
				asks = append(asks, a)
			}
		}
		return 1 + same(t, w, engineOf(t, w), engineOf(t, w.Elsewhere(t, "org:10")), asks, w.Permissions(), "with another org:10")
	})
}

// Printing a policy and a directory as YAML and loading them again changes no decision.
func TestWhatIsPrintedAndLoadedAgainDecidesTheSame(t *testing.T) {
	inBatches(t, *decisions/5, func(t *rapid.T, w *generate.World) int {
		return same(t, w, engineOf(t, w), printed(t, w), w.Asks(t, 40), w.Permissions(), "printed and loaded")
	})
}
