package authz_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
)

// gives reports whether an explanation tells that giving a role is a way to a yes.
func gives(x authz.Explanation, as, role string) bool {
	return slices.ContainsFunc(x.Ways, func(w authz.Way) bool {
		return len(w.Steps) == 1 && strings.HasPrefix(w.Steps[0], "give "+as+" the role "+role+" ")
	})
}

// A boundary on some roles does not bear on the others: where it takes away what one role gives, lifting it is one way
// to a yes, and another role is one, too.
func TestARoleThatABoundaryPassesOverIsAWay(t *testing.T) {
	e := load(t, `
version: 1
name: passing
scopes: {org: , workspace: {in: org}}
areas: {e: }
roles:
  member: {at: org, reach: all, areas: {e: edit}}
  manager: {at: workspace, areas: {e: edit}}
boundaries:
  named: {in: workspace, roles: manager, limit: {e: read}}
`, `
version: 1
scopes: {"org:a": , "org:a/workspace:v": }
principals:
  held: {status: active, assignments: [{roles: manager, in: "org:a/workspace:v"}]}
`)
	x := explained(t, e, "held", "e:edit", "org:a/workspace:v")
	lifts := slices.ContainsFunc(x.Ways, func(w authz.Way) bool { return strings.Contains(w.String(), "boundary named") })
	if x.Allowed || !lifts || !gives(x, "held", "member") {
		t.Error(x)
	}
}

// A role that gives nothing of what is asked for may let another grant reach: one that reaches what its holder has joined.
func TestARoleThatLetsAnotherReachIsAWay(t *testing.T) {
	e := load(t, `
version: 1
name: joining
scopes: {org: , workspace: {in: org}}
areas: {e: , f: }
roles:
  lead: {at: org, reach: joined, areas: {e: edit}}
  guest: {at: workspace, areas: {f: read}}
`, `
version: 1
scopes: {"org:a": , "org:a/workspace:v": }
principals:
  lead: {status: active, assignments: [{roles: lead, in: "org:a"}]}
`)
	x := explained(t, e, "lead", "e:edit", "org:a/workspace:v")
	if x.Allowed || !gives(x, "lead", "guest") {
		t.Error(x)
	}
}
