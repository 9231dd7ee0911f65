package authz_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// The same check with a condition and without: what one condition over two attributes adds, where one subject asks again
// and again, and where each is another than before, so that its memory has to be fetched.
func BenchmarkCondition(b *testing.B) {
	for _, kind := range []string{"without", "with"} {
		e := departments(b, kind == "with")
		p := permission(b, e, "docs:edit")
		for _, n := range []int{1, 1 << 14} {
			var subjects []*authz.Subject
			var places []authz.Place
			var ids, paths []string
			rnd := rand.New(rand.NewPCG(1, 1))
			for range n {
				m := rnd.IntN(departmentMembers)
				w := (m + 4*rnd.IntN(3)) % departmentScopes
				ids, paths = append(ids, memberID(m)), append(paths, workspacePath(w))
				subjects, places = append(subjects, e.As(memberID(m))), append(places, place(b, e, workspacePath(w)))
			}
			for way, ask := range map[string]func(i int) bool{
				"handles": func(i int) bool { return subjects[i].Allows(p, places[i]) },
				"decided": func(i int) bool { return subjects[i].Decide(context.Background(), p, places[i]).Allowed },
				"strings": func(i int) bool { return e.Can(ids[i], "docs:edit", paths[i]) },
			} {
				b.Run(fmt.Sprintf("%s/%d/%s", way, n, kind), func(b *testing.B) {
					b.ReportAllocs()
					for i := 0; b.Loop(); i = (i + 7919) & (n - 1) {
						if !ask(i) {
							b.Fatal("denied")
						}
					}
				})
			}
		}
	}
}

const departmentMembers, departmentScopes = 20_000, 2_000

func memberID(m int) string      { return fmt.Sprintf("member-%d", m) }
func workspacePath(w int) string { return fmt.Sprintf("org:acme/workspace:w%d", w) }

// departments is an engine with many members, each of whom may edit in three workspaces of its department.
func departments(t testing.TB, conditional bool) *authz.Engine {
	t.Helper()
	role := roles.Role{Name: "editor", At: []string{"workspace"}, Areas: roles.Grant{"docs": "read"}}
	policy := authz.Policy{
		Name:      "departments",
		Scopes:    []scope.Kind{{Name: "org"}, {Name: "workspace", In: []string{"org"}, Attributes: map[string]string{"department": "string"}}},
		Principal: map[string]string{"department": "string"},
		Areas:     []roles.Area{{Name: "docs"}},
		Levels:    []string{"none", "read", "edit"},
	}
	if conditional {
		role.Grants = []roles.Conditional{{When: "principal.department == workspace.department", Areas: roles.Grant{"docs": "edit"}}}
	} else {
		role.Areas = roles.Grant{"docs": "edit"}
	}
	policy.Roles = []roles.Role{role}
	names := []string{"engineering", "research", "marketing", "operations"}
	d := &authz.Directory{Scopes: []authz.Scope{{Path: "org:acme"}}}
	for w := range departmentScopes {
		d.Scopes = append(d.Scopes, authz.Scope{Path: workspacePath(w), Attributes: authz.Attributes{"department": names[w%4]}})
	}
	for m := range departmentMembers {
		var in []string
		for i := range 3 {
			in = append(in, workspacePath((m+4*i)%departmentScopes))
		}
		d.Principals = append(d.Principals, authz.Principal{ID: memberID(m), Status: authz.Active, Attributes: authz.Attributes{"department": names[m%4]},
			Assignments: []authz.Assignment{{Roles: []string{"editor"}, In: in}}})
	}
	e, err := authz.New(policy, d)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
