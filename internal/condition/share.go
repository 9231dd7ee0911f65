package condition

import (
	"sync"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// sharing are the values of attributes that many have in common: a department, a plan.
type sharing struct {
	mu    sync.Mutex
	known map[string]ref.Val
}

// Of so many texts, so long at most, an Env keeps one copy.
const (
	sharedTexts  = 4096
	sharedLength = 64
)

// Share puts one copy in the place of equal texts, so that a directory is smaller, and nearer when conditions read it.
// The attributes must be nobody else's yet. It takes a lock, and is for those who build or change a directory.
func (e *Env) Share(a Attributes) {
	e.sharing.mu.Lock()
	defer e.sharing.mu.Unlock()
	for i, v := range a.values {
		text, ok := v.(types.String)
		if !ok || len(text) > sharedLength {
			continue
		}
		there, ok := e.sharing.known[string(text)]
		switch {
		case ok:
			a.values[i] = there
		case len(e.sharing.known) < sharedTexts:
			if e.sharing.known == nil {
				e.sharing.known = map[string]ref.Val{}
			}
			e.sharing.known[string(text)] = v
		}
	}
}
