package proof

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// swaps is how many times the engine is swapped under the readers.
const swaps = 10_000

// Engines are swapped while many goroutines ask: each call and each batch sees one policy only, and none waits for a
// swap. The two policies give the opposite of each other, so that a call that saw both would be seen.
func TestEachCallSeesOnePolicyWhileEnginesAreSwapped(t *testing.T) {
	build := func(gives, withholds string) *authz.Engine {
		e, err := authz.New(authz.Policy{
			Name: gives, Scopes: []scope.Kind{{Name: "org", Attributes: map[string]string{"open": "bool"}}}, Areas: []roles.Area{{Name: "x"}, {Name: "y"}},
			Roles: []roles.Role{{Name: "r", At: []string{"org"}, Areas: roles.Grant{gives: "edit"}, Grants: []roles.Conditional{{Areas: roles.Grant{withholds: "edit"}, When: "org.open"}}}},
		}, &authz.Directory{
			Scopes:     []authz.Scope{{Path: "org:o", Attributes: authz.Attributes{"open": false}}},
			Principals: []authz.Principal{{ID: "p", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:o"}}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	engines := [2]*authz.Engine{build("x", "y"), build("y", "x")}
	var current atomic.Pointer[authz.Engine]
	current.Store(engines[0])
	var done atomic.Bool
	var calls [2]atomic.Int64
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			requests := []authz.Request{{Permission: "x:edit", Scope: "org:o"}, {Permission: "y:edit", Scope: "org:o"}, {Permission: "x:edit", Scope: "org:o"}}
			for !done.Load() {
				s := current.Load().As("p")
				d := s.CheckAll(ctx, requests)
				if d[0].Allowed == d[1].Allowed || d[0].Allowed != d[2].Allowed {
					t.Errorf("a batch saw %s, %s, %s", d[0], d[1], d[2])
					return
				}
				if s.Can("x:edit", "org:o") != d[0].Allowed {
					t.Error("a subject changed its mind")
					return
				}
				if held, err := s.Held(ctx, "org:o", authz.Facts{}); err != nil || (levelOf(held, "x") == "edit") != d[0].Allowed || (levelOf(held, "y") == "edit") == d[0].Allowed {
					t.Errorf("the tree has %s and %s, %v beside %s", levelOf(held, "x"), levelOf(held, "y"), err, d[0])
					return
				}
				if x := s.Explain(ctx, requests[0]); x.Allowed != d[0].Allowed {
					t.Errorf("explained %s beside %s", x.Decision, d[0])
					return
				}
				if d[0].Allowed {
					calls[0].Add(1)
				} else {
					calls[1].Add(1)
				}
			}
		})
	}
	for i := 0; i < swaps || calls[0].Load() < 100 || calls[1].Load() < 100; i++ {
		current.Store(engines[i%2])
		if t.Failed() {
			break
		}
	}
	done.Store(true)
	readers.Wait()
	t.Logf("%d rounds saw one policy, %d the other", calls[0].Load(), calls[1].Load())
}
