package authz_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/trellis-authz/trellis/authz"
)

// million is a directory of n principals with five assignments each, 10,000 workspaces in 100 organisations, and 1,000
// groups, of which everybody is a member of one.
func million(t testing.TB, policy authz.Policy, n int) *authz.Engine {
	t.Helper()
	base, err := authz.New(policy, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := base.Builder()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	workspaces := make([]string, 10_000)
	must(b.Scope(authz.Scope{Path: "org:acme"})) // which the policy names
	for i := range 100 {
		must(b.Scope(authz.Scope{Path: fmt.Sprintf("org:o%d", i)}))
	}
	for i := range workspaces {
		workspaces[i] = fmt.Sprintf("org:o%d/workspace:w%d", i%100, i)
		must(b.Scope(authz.Scope{Path: workspaces[i]}))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 1000 {
		must(b.Group(authz.Group{Name: fmt.Sprintf("g%d", i), Assignments: []authz.Assignment{{Roles: []string{"reader"}, In: []string{workspaces[r.IntN(len(workspaces))]}}}}))
	}
	given := [][]string{{"manager"}, {"reader"}, {"manager"}, {"reader"}, {"reader"}}
	for i := range n {
		assignments := make([]authz.Assignment, 5)
		for j := range assignments {
			assignments[j] = authz.Assignment{Roles: given[j], In: []string{workspaces[r.IntN(len(workspaces))]}}
		}
		must(b.Principal(authz.Principal{ID: fmt.Sprintf("user-%07d", i), Status: authz.Active, Groups: []string{fmt.Sprintf("g%d", i%1000)}, Assignments: assignments}))
	}
	e, err := b.Build()
	must(err)
	return e
}

// What a million principals cost to build, and in memory.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				e := million(b, examplePolicy(), n)
				runtime.GC()
				runtime.ReadMemStats(&after)
				const id = len("user-0000000")
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n)-float64(id), "B/principal")
				runtime.KeepAlive(e)
			}
		})
	}
}

// A change of a million principals: what a feed of changes costs.
func BenchmarkApply(b *testing.B) {
	e := million(b, examplePolicy(), 1_000_000)
	for name, change := range map[string]func(i int) authz.Change{
		"assign": func(i int) authz.Change {
			return authz.Assign(fmt.Sprintf("user-%07d", i*7919%1_000_000), authz.Assignment{Roles: []string{"manager"}, In: []string{"org:o1/workspace:w1"}})
		},
		"status": func(i int) authz.Change {
			return authz.SetStatus(fmt.Sprintf("user-%07d", i*7919%1_000_000), authz.Suspended)
		},
		"principal": func(i int) authz.Change {
			return authz.PutPrincipal(authz.Principal{ID: fmt.Sprint("new-", i), Status: authz.Active})
		},
		"drop": func(i int) authz.Change { return authz.DropPrincipal(fmt.Sprintf("user-%07d", i*7919%1_000_000)) },
		"scope": func(i int) authz.Change {
			return authz.PutScope(authz.Scope{Path: fmt.Sprintf("org:o1/workspace:n%d", i)})
		},
		"stating": func(i int) authz.Change { // a scope that says who its owner is
			return authz.PutScope(authz.Scope{Path: fmt.Sprintf("org:o1/workspace:n%d", i), Attributes: authz.Attributes{"owner": authz.Principal{ID: fmt.Sprint("guest-", i), Status: authz.Active}}})
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			next, i := e, 0
			for b.Loop() {
				var err error
				if next, err = next.Apply(change(i)); err != nil {
					next = e // dropped twice
				}
				i++
			}
		})
	}
}
