package main

import (
	"os"
	"path/filepath"
	"testing"
)

// leastMutants is how many there have to be.
const leastMutants = 90

// Every mutant applies to the source as it is, exactly once, and changes it; and each has a name of its own. That they
// are killed takes minutes: `go run ./proof/mutants`.
func TestEveryMutantApplies(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutants {
		if names[m.name] {
			t.Errorf("two mutants are called %q", m.name)
		}
		names[m.name] = true
		source, err := os.ReadFile(filepath.Join("..", "..", m.file))
		if err != nil {
			t.Error(err)
			continue
		}
		changed, err := m.apply(string(source))
		if err != nil || changed == string(source) {
			t.Errorf("%s: %v", m.name, err)
		}
	}
	if len(mutants) < leastMutants {
		t.Errorf("there are %d mutants: at least %d are due", len(mutants), leastMutants)
	}
}
