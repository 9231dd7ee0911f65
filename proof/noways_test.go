package proof

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/generate"
	"github.com/trellis-authz/trellis/roles"
)

// No way to a yes is passed over: where there is room for more, every role is told that would do when it is given
// somewhere on the path. An explanation does not try what it sees to be of no use; here everything is tried.
func TestNoRoleIsPassedOverThatWouldDo(t *testing.T) {
	var would, wouldNot atomic.Int64
	inBatches(t, *decisions/20, func(t *rapid.T, w *generate.World) int {
		if w.Directory == nil {
			return 1
		}
		e, n := engineOf(t, w), 1
		for _, a := range w.Asks(t, 3) {
			i := slices.IndexFunc(w.Directory.Principals, func(p authz.Principal) bool { return p.ID == a.As })
			if i < 0 || w.Directory.Principals[i].Kind == authz.Key {
				continue
			}
			given := eachGiven(w, i, a.Scope)
			for _, permission := range w.Permissions() {
				x := e.As(a.As).Explain(ctx, request(a, permission))
				told := map[string]bool{}
				for _, way := range x.Ways {
					if role, ok := strings.CutPrefix(way.Steps[0], "give "+a.As+" the role "); ok {
						role, _, _ = strings.Cut(role, " ")
						told[role] = true
					}
				}
				if x.Allowed || x.Reason < authz.Granted || len(told) >= 3 || len(x.Ways) >= 5 {
					continue
				}
				for _, g := range given {
					n++
					switch {
					case !g.As(a.As).Check(ctx, request(a, permission)).Allowed:
						wouldNot.Add(1)
					case !told[g.role]:
						t.Fatalf("%s asks for %s: %s would do\n%s\n%s", a, permission, g.role, x, w)
					default:
						would.Add(1)
					}
				}
			}
		}
		return n
	})
	if would.Load() < 100 || wouldNot.Load() < 100 {
		t.Errorf("%d roles would do and %d would not: too few to show anything", would.Load(), wouldNot.Load())
	}
}

type gift struct {
	role string
	*authz.Engine
}

// requires reports whether a role, or one that it inherits, requires another.
func requires(w *generate.World, name string) bool {
	i := slices.IndexFunc(w.Policy.Roles, func(r roles.Role) bool { return r.Name == name })
	r := &w.Policy.Roles[i]
	return len(r.Requires) > 0 || slices.ContainsFunc(r.Inherits, func(parent string) bool { return requires(w, parent) })
}

// eachGiven returns the engines of a world in which the i-th principal is given one role more in one scope of a path.
func eachGiven(w *generate.World, i int, path string) (all []gift) {
	for _, role := range w.Policy.Roles {
		if requires(w, role.Name) {
			continue // it does not count by itself
		}
		for end := range path + "/" {
			if end < len(path) && path[end] != '/' {
				continue
			}
			d := *w.Directory
			d.Principals = slices.Clone(d.Principals)
			p := &d.Principals[i]
			p.Assignments = append(slices.Clip(p.Assignments), authz.Assignment{Roles: []string{role.Name}, In: []string{path[:end]}})
			if e, err := authz.New(w.Policy, &d); err == nil { // else it is assigned elsewhere, or not without a limit
				all = append(all, gift{role.Name, e})
			}
		}
	}
	return all
}
