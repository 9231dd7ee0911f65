package authz_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/generate"
)

// Compiling a policy a hundred times gives one printed form: nothing depends on the order of a Go map.
func TestCompilingAHundredTimesGivesOneForm(t *testing.T) {
	compile := func(w *generate.World) string {
		e, err := authz.New(w.Policy, w.Directory)
		if err != nil {
			t.Fatal(err)
		}
		return authz.Dump(e)
	}
	for seed := range 5 {
		w := generate.Worlds().Example(seed)
		first := compile(w)
		for range 99 {
			if again := compile(w.Clone()); again != first {
				t.Fatalf("compiled again:\n%s\nat first:\n%s", again, first)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		w := generate.Worlds().Draw(t, "world")
		if first, again := compile(w), compile(w.Clone()); first != again {
			t.Fatalf("compiled again:\n%s\nat first:\n%s", again, first)
		}
	})
}
