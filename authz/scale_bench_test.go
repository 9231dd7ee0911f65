package authz_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/profiles"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// largePolicy is a policy as a large organisation would grow it: for n roles n/5 areas, of which nine in ten are leaves,
// n/10 boundaries and n/20 profiles. Roles stand in layers and inherit from one to three of the layer before; each grants
// some ten areas, some are limited, require another or grant more on one of a few conditions.
func largePolicy(n, layers int) authz.Policy {
	draw := rand.New(rand.NewPCG(uint64(n), uint64(layers)))
	p := authz.Policy{
		Name: "large",
		Scopes: []scope.Kind{
			{Name: "org", Attributes: map[string]string{"plan": "string", "seats": "int"}},
			{Name: "unit", In: []string{"org", "unit"}},
			{Name: "workspace", In: []string{"org", "unit"}, Attributes: map[string]string{"visibility": "string", "owner": "principal"}},
		},
		Principal: map[string]string{"department": "string", "mfa": "bool"},
		Request:   map[string]string{"ip": "string"},
	}
	for i := range n / 50 {
		top := roles.Area{Name: fmt.Sprintf("a%d", i)}
		for j := range 9 {
			top.Areas = append(top.Areas, roles.Area{Name: fmt.Sprintf("b%d", j)})
		}
		p.Areas = append(p.Areas, top)
	}
	levels := []string{"read", "edit"}
	sparse := func(some int) roles.Grant {
		g := roles.Grant{}
		for len(g) < some {
			area := fmt.Sprintf("a%d", draw.IntN(n/50))
			switch leaf := fmt.Sprintf("%s.b%d", area, draw.IntN(9)); {
			case draw.IntN(10) == 0:
				g[area] = "edit"
			case g[area] == "":
				g[leaf] = levels[draw.IntN(2)]
			}
		}
		return g
	}
	var conditions []string
	for i := range 60 {
		conditions = append(conditions, []string{
			fmt.Sprintf(`principal.department == "d%d"`, i),
			fmt.Sprintf(`principal.mfa && org.seats > %d`, i),
			fmt.Sprintf(`org.plan in ["team", "p%d"]`, i),
		}[i%3])
	}
	name := func(i int) string { return fmt.Sprintf("r%d", i) }
	kinds := []string{"org", "unit", "workspace"}
	for i := range n {
		r := roles.Role{Name: name(i), At: []string{kinds[i%3]}, Reach: roles.All, Areas: sparse(6 + draw.IntN(9))}
		layer, size := i*layers/n, n/layers
		if layer > 0 {
			seen := map[int]bool{}
			for range 1 + draw.IntN(3) {
				if up := (layer-1)*size + draw.IntN(size); !seen[up] {
					seen[up] = true
					r.Inherits = append(r.Inherits, name(up))
				}
			}
			if draw.IntN(20) == 0 {
				r.Requires = []string{name(draw.IntN(size) / 3 * 3)} // at org
			}
		}
		switch draw.IntN(20) {
		case 0:
			r.Limit = roles.AtMost(roles.Grant{"*": "read"})
		case 1:
			r.Limit = roles.AtMost(sparse(5))
		}
		if draw.IntN(5) == 0 {
			g := roles.Conditional{Areas: sparse(3), When: conditions[draw.IntN(len(conditions))]}
			if draw.IntN(4) == 0 {
				g.Reach = roles.Self
			}
			r.Grants = append(r.Grants, g)
		}
		if i%7 == 0 {
			r.GivenWith = "a1.b1:edit"
		}
		p.Roles = append(p.Roles, r)
	}
	for i := range n / 20 {
		first := draw.IntN(n/3 - 3)
		p.Profiles = append(p.Profiles, profiles.Profile{
			Name: fmt.Sprintf("p%d", i), Roles: []string{name(first * 3), name(first*3 + 3), name(first*3 + 6)}, Limit: roles.AtMost(roles.Grant{"*": "read"}),
		})
	}
	for i := range n / 10 {
		limit := sparse(4)
		limit[fmt.Sprintf("a%d.b8", draw.IntN(n/50))] = "none"
		b := authz.Boundary{Name: fmt.Sprintf("b%d", i), In: []string{kinds[i%3]}, Limit: roles.AtMost(limit)}
		if i%2 == 0 {
			b.When = conditions[2+i%20*3]
			b.Under = fmt.Sprintf("org:o%d", i)
		}
		if i%3 == 0 {
			for range 3 {
				b.Roles = append(b.Roles, name(draw.IntN(n/3)*3+len(b.Roles)))
			}
		}
		p.Boundaries = append(p.Boundaries, b)
	}
	return p
}

// Time and memory have to grow with the policy and no faster; its text, when it is a file, is read in passing.
func BenchmarkLargePolicy(b *testing.B) {
	for _, shape := range []struct{ n, layers int }{{1000, 6}, {3000, 6}, {10_000, 6}, {10_000, 9}} {
		p := largePolicy(shape.n, shape.layers)
		measure(b, fmt.Sprintf("new/roles=%d/layers=%d", shape.n, shape.layers), func() (*authz.Engine, error) { return authz.New(p, nil) })
		var text bytes.Buffer
		if err := p.WriteYAML(&text); err != nil {
			b.Fatal(err)
		}
		if text.Len() > doc.MaxSize {
			continue
		}
		files := fstest.MapFS{"large.policy.yaml": {Data: text.Bytes()}}
		measure(b, fmt.Sprintf("open/roles=%d/layers=%d/KiB=%d", shape.n, shape.layers, text.Len()>>10), func() (*authz.Engine, error) { return authz.Open(files) })
	}
}

// measure times how an engine is built, and what it holds then.
func measure(b *testing.B, name string, build func() (*authz.Engine, error)) {
	b.Run(name, func(b *testing.B) {
		var e *authz.Engine
		b.ReportAllocs()
		for b.Loop() {
			var err error
			if e, err = build(); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		var with, without runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&with)
		runtime.KeepAlive(e)
		e = nil
		runtime.GC()
		runtime.ReadMemStats(&without)
		b.ReportMetric(float64(with.HeapAlloc-without.HeapAlloc)/(1<<20), "MiB-kept")
	})
}
