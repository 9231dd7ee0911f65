package proof

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/generate"
)

// What is random must reach what it is meant to test: every reason often, and every feature where it decides.
const (
	leastOfAReason  = 2.0 // percent of the requests
	leastOfAFeature = 0.5
)

// tally counts in what share of the requests something was so.
type tally struct {
	sync.Mutex
	total int
	by    map[string]int
}

func (c *tally) add(total int, by map[string]int) {
	c.Lock()
	defer c.Unlock()
	if c.by == nil {
		c.by = map[string]int{}
	}
	c.total += total
	for name, n := range by {
		c.by[name] += n
	}
}

func (c *tally) share(name string) float64 { return 100 * float64(c.by[name]) / float64(c.total) }

// String is the table that the page of this package quotes, the rarest last.
func (c *tally) String() string {
	names := slices.SortedFunc(maps.Keys(c.by), func(a, b string) int { return c.by[b] - c.by[a] })
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "  %6.2f %%  %s\n", c.share(name), name)
	}
	return b.String()
}

// drawn is a world with what is asked in it.
type drawn struct {
	world *generate.World
	asks  []generate.Ask
}

// sample draws the same worlds each time, so that what is counted changes only with the generators: a share that chance
// could push under its bound would fail the wrong change. They are handed out to every core.
func sample(t *testing.T, worlds, asks int, count func(t *testing.T, d drawn)) {
	t.Helper()
	worldsAndAsks := rapid.Custom(func(t *rapid.T) drawn {
		w := generate.Worlds().Draw(t, "world")
		return drawn{w, w.Asks(t, asks)}
	})
	cores := runtime.GOMAXPROCS(0)
	t.Run("draw", func(t *testing.T) {
		for core := range cores {
			t.Run("core", func(t *testing.T) {
				t.Parallel()
				for seed := core; seed < worlds; seed += cores {
					count(t, worldsAndAsks.Example(seed))
				}
			})
		}
	})
}

// Each reason is that of at least two of a hundred requests.
func TestRandomRequestsReachEveryReason(t *testing.T) {
	var reasons tally
	sample(t, 150, asksOfAWorld, func(t *testing.T, d drawn) {
		e, err := authz.New(d.world.Policy, d.world.Directory)
		if err != nil {
			t.Fatal(err)
		}
		by, n := map[string]int{}, 0
		for _, a := range d.asks {
			s := a.Bind(e)
			for _, permission := range d.world.Permissions() {
				by[s.Check(ctx, request(a, permission)).Reason.String()]++
				n++
			}
		}
		reasons.add(n, by)
	})
	for r := authz.InvalidRequest; r <= authz.NoGrant; r++ {
		if reasons.share(r.String()) < leastOfAReason {
			t.Errorf("%s is the reason of %.2f %% of the requests: at least %.1f %% are due", r, reasons.share(r.String()), leastOfAReason)
		}
	}
	t.Logf("the reasons of %d requests:\n%s", reasons.total, &reasons)
}

// Each feature decides at least one of two hundred requests: without it, the answer would be another.
func TestRandomRequestsReachEveryFeature(t *testing.T) {
	var decisive tally
	features := generate.Features()
	sample(t, 300, 10, func(t *testing.T, d drawn) {
		by, n := map[string]int{}, 0
		twin := referenceOf(d.world)
		var permissions []string
		for _, area := range d.world.AreaNames() {
			permissions = append(permissions, area+":"+d.world.TopLevel())
		}
		for i, f := range features {
			without := d.world.Clone()
			f.Remove(without)
			other := referenceOf(without)
			for _, a := range d.asks {
				changed := a
				if a.Guests != nil {
					changed.Guests = without.GuestsLike(a.Guests)
				}
				before, after := twin.Ask(question(a)), other.Ask(question(changed))
				for _, permission := range permissions {
					if i == 0 {
						n++
					}
					if before.Decide(permission) != after.Decide(permission) {
						by[f.Name]++
					}
				}
			}
		}
		decisive.add(n, by)
	})
	for _, f := range features {
		if decisive.share(f.Name) < leastOfAFeature {
			t.Errorf("%q decides %.2f %% of the requests: at least %.1f %% are due", f.Name, decisive.share(f.Name), leastOfAFeature)
		}
	}
	t.Logf("what decides %d requests:\n%s", decisive.total, &decisive)
}
