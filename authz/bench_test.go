package authz_test

import (
	"context"
	"slices"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/examples"
)

// What a service does most: a bound subject, a permission, a scope. With and without a condition on the way.
func BenchmarkCheck(b *testing.B) {
	e, err := authz.Open(examples.Product("refinery-studio"))
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	for name, c := range map[string]struct{ as, permission, in string }{
		"plain":     {"ada", "workspaces.rename", "org:acme/workspace:research"},
		"condition": {"mona", "workspaces.delete", "org:acme/workspace:research"},
	} {
		s := e.As(c.as)
		r := authz.Request{Permission: c.permission, Scope: c.in}
		if d := s.Check(ctx, r); !d.Allowed {
			b.Fatal(d)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Check(ctx, r)
			}
		})
		b.Run(name+", sixteen at once", func(b *testing.B) {
			b.ReportAllocs()
			page := slices.Repeat([]authz.Request{r}, 16)
			for b.Loop() {
				s.CheckAll(ctx, page)
			}
		})
	}
	for name, c := range map[string]struct{ as, permission, in string }{
		"plain":     {"ada", "workspaces.rename", "org:acme/workspace:research"},
		"condition": {"mona", "workspaces.delete", "org:acme/workspace:research"},
	} {
		s, p, at := e.As(c.as), permission(b, e, c.permission), place(b, e, c.in)
		for way, ask := range map[string]func() bool{
			"bound, handles":          func() bool { return s.Allows(p, at) },
			"bound, names":            func() bool { return s.Can(c.permission, c.in) },
			"strings":                 func() bool { return e.Can(c.as, c.permission, c.in) },
			"bound, handles, decided": func() bool { return s.Decide(ctx, p, at).Allowed },
		} {
			b.Run(name+", "+way, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if !ask() {
						b.Fatal("denied")
					}
				}
			})
		}
	}
	b.Run("bind", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			e.As("mona")
		}
	})
	b.Run("explain", func(b *testing.B) {
		b.ReportAllocs()
		s := e.As("ada")
		for b.Loop() {
			_ = s.Explain(ctx, authz.Request{Permission: "workspaces.delete", Scope: "org:acme/workspace:research"})
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if _, err := authz.Open(examples.Product("refinery-studio")); err != nil {
				b.Fatal(err)
			}
		}
	})
}
