package proof

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/generate"
	"github.com/trellis-authz/trellis/scope"
)

// A directory that is built by streaming, and one that changes led to, decide as one that is built whole from the same
// facts: about everybody, and in every way to ask.
func TestChangedDirectoriesDecideAsThoseThatAreBuiltWhole(t *testing.T) {
	var made, dropped atomic.Int64
	inBatches(t, *decisions/2, func(t *rapid.T, w *generate.World) int {
		if w.Directory == nil {
			return 0
		}
		whole := engineOf(t, w)
		compared := 0
		agree := func(how string, other, whole *authz.Engine) {
			for _, a := range w.Asks(t, 20) {
				for _, permission := range w.Permissions() {
					compared++
					r := request(a, permission)
					want, got := a.Bind(whole).Check(ctx, r), a.Bind(other).Check(ctx, r)
					if !alike(got, want) {
						t.Fatalf("%s asks for %s: built whole %s, %s %s\n%s", a, permission, want, how, got, w)
					}
					if a.As != "" {
						if got := other.Check(ctx, a.As, r); !alike(got, want) {
							t.Fatalf("%s asks for %s: built whole %s, %s by id %s\n%s", a, permission, want, how, got, w)
						}
					}
					x := a.Bind(other).Explain(ctx, r)
					if x.Allowed != want.Allowed || x.Level != want.Level {
						t.Fatalf("%s asks for %s: built whole %s, %s explained %s\n%s", a, permission, want, how, x.Decision, w)
					}
				}
			}
		}
		agree("streamed", streamed(t, w), whole)

		// By changes: from whom and what the policy cannot do without, in an order in which each is possible.
		smaller, changes := takeOut(t, w)
		start := engineOf(t, smaller)
		next := start
		for _, batch := range slices.Collect(slices.Chunk(changes, rapid.IntRange(1, 3).Draw(t, "at once"))) {
			var err error
			if next, err = next.Apply(batch...); err != nil {
				t.Fatalf("%v: %v\n%s", batch, err, w)
			}
			made.Add(int64(len(batch)))
		}
		agree("changed", next, whole)

		// And back again: what was put in is dropped, and put in once more.
		back, gone := next, 0
		for _, p := range w.Directory.Principals {
			if p.Kind == authz.Key || rapid.Bool().Draw(t, "stays") {
				continue
			}
			if without, err := back.Apply(authz.DropPrincipal(p.ID)); err == nil { // else it owns keys
				if without.As(p.ID).Check(ctx, authz.Request{Permission: w.Permissions()[0], Scope: "x:y"}).Allowed || without.Can(p.ID, w.Permissions()[0], "x:y") {
					t.Fatalf("%s was dropped, and is allowed something\n%s", p.ID, w)
				}
				if back, err = without.Apply(authz.PutPrincipal(p)); err != nil {
					t.Fatalf("%s cannot come back: %v\n%s", p.ID, err, w)
				}
				gone++
			}
		}
		dropped.Add(int64(gone))
		agree("dropped and put back", back, whole)
		agree("before the changes", start, engineOf(t, smaller))
		return compared
	})
	if made.Load() < 100 || dropped.Load() < 20 {
		t.Errorf("%d changes were made, %d principals dropped: the test shows nothing", made.Load(), dropped.Load())
	}
}

// streamed builds the directory of a world one by one.
func streamed(t *rapid.T, w *generate.World) *authz.Engine {
	base, err := authz.New(w.Policy, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := base.Builder()
	for _, s := range w.Directory.Scopes {
		if err := b.Scope(s); err != nil {
			t.Fatalf("%s: %v\n%s", s.Path, err, w)
		}
	}
	for _, g := range w.Directory.Groups {
		if err := b.Group(g); err != nil {
			t.Fatalf("%s: %v\n%s", g.Name, err, w)
		}
	}
	for _, p := range w.Directory.Principals {
		if err := b.Principal(p); err != nil {
			t.Fatalf("%s: %v\n%s", p.ID, err, w)
		}
	}
	e, err := b.Build()
	if err != nil {
		t.Fatalf("%v\n%s", err, w)
	}
	return e
}

// takeOut returns a world with less in its directory, and the changes that lead back.
func takeOut(t *rapid.T, w *generate.World) (smaller *generate.World, changes []authz.Change) {
	smaller = w.Clone()
	d := smaller.Directory
	var scopes, groups, principals, keys []authz.Change
	named := map[string]bool{} // by the policy
	for _, b := range w.Policy.Boundaries {
		named[b.Under] = true
		for _, path := range b.In {
			named[path] = true
		}
	}
	// Scopes from the leaves up: nothing stands in those that are taken out, and nobody is assigned there.
	out := map[string]bool{}
	for _, s := range slices.Backward(d.Scopes) {
		needed := named[s.Path] || !rapid.Bool().Draw(t, "scope is out")
		for _, other := range d.Scopes {
			needed = needed || !out[other.Path] && other.Path != s.Path && scope.Contains(s.Path, other.Path)
		}
		if !needed {
			out[s.Path] = true
		}
	}
	for _, s := range d.Scopes {
		if out[s.Path] {
			scopes = append(scopes, authz.PutScope(s))
		}
	}
	slices.SortStableFunc(scopes, func(a, b authz.Change) int { return strings.Count(a.String(), "/") - strings.Count(b.String(), "/") })
	d.Scopes = slices.DeleteFunc(d.Scopes, func(s authz.Scope) bool { return out[s.Path] })
	elsewhere := func(list []authz.Assignment) bool {
		return !slices.ContainsFunc(list, func(a authz.Assignment) bool {
			return slices.ContainsFunc(a.In, func(path string) bool { return out[path] })
		})
	}
	// Groups whose assignments stand there lose them until the scopes are back.
	for i := range d.Groups {
		g := &d.Groups[i]
		if rapid.Bool().Draw(t, "group is changed") || !elsewhere(g.Assignments) {
			groups = append(groups, authz.PutGroup(w.Directory.Groups[i]))
			g.Assignments = nil
		}
	}
	// Principals are taken out whole, or without what they are assigned; keys always, for their owners may be out.
	kept := d.Principals[:0:0]
	for _, p := range d.Principals {
		switch {
		case p.Kind == authz.Key:
			keys = append(keys, authz.PutPrincipal(p))
		case rapid.Bool().Draw(t, "principal is out"):
			principals = append(principals, authz.PutPrincipal(p))
		case rapid.Bool().Draw(t, "assignments are out") || !elsewhere(p.Assignments):
			if len(p.Assignments) > 0 {
				principals = append(principals, authz.Assign(p.ID, p.Assignments...))
			}
			if len(p.Groups) > 0 && !slices.ContainsFunc(p.Groups, func(g string) bool { return g == authz.Everyone || g == authz.Authenticated }) {
				principals = append(principals, authz.Join(p.ID, p.Groups...))
				p.Groups = nil
			}
			principals = append(principals, authz.SetStatus(p.ID, p.Status))
			p.Assignments, p.Status = nil, authz.Suspended
			kept = append(kept, p)
		default:
			kept = append(kept, p)
		}
	}
	d.Principals = kept
	return smaller, slices.Concat(scopes, groups, principals, keys)
}
