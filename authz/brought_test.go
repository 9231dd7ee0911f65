package authz_test

import (
	"testing"

	"github.com/trellis-authz/trellis/authz"
)

// "a limit that lies on every scope of a kind (or on one scope) and all beneath": beneath is also what a request brings.
func TestABoundaryLimitsWhatARequestBringsBeneath(t *testing.T) {
	e := load(t, `
version: 1
name: brought
scopes: {org: , workspace: {in: org}, project: {in: workspace}}
areas: {e: }
roles:
  member: {at: org, reach: all, areas: {e: edit}}
boundaries:
  one: {in: "org:a", limit: {e: read}}
  kind: {in: workspace, under: "org:b", limit: {e: none}}
`, `
version: 1
scopes: {"org:a": , "org:b": , "org:b/workspace:w": }
principals:
  m: {status: active, assignments: [{roles: member, in: ["org:a", "org:b"]}]}
`)
	for _, c := range []struct {
		fact
		brought string
	}{
		{fact{"m", "e:edit", "org:a/workspace:new", "limited read"}, "org:a/workspace:new"},
		{fact{"m", "e:edit", "org:b/workspace:new", "limited none"}, "org:b/workspace:new"},
		{fact{"m", "e:edit", "org:b/workspace:w/project:new", "limited none"}, "org:b/workspace:w/project:new"},
	} {
		c.check(t, e, authz.Facts{Scopes: map[string]authz.Attributes{c.brought: nil}})
	}
}
