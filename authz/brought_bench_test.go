package authz_test

import (
	"context"
	"testing"

	"github.com/trellis-authz/trellis/authz"
)

const broughtPolicy = `
version: 1
name: brought
scopes:
  org: {attributes: {plan: string}}
  workspace: {in: org}
  document: {in: workspace, attributes: {secret: bool, folder: string}}
areas: {docs: , members: , billing: }
roles:
  reader: {at: workspace, reach: all, areas: {docs: read}}
  writer: {at: workspace, reach: all, areas: {docs: edit, members: read}}
  owner: {at: document, areas: {docs: edit}}
boundaries:
  secret: {in: document, when: "has(document.secret) && document.secret", limit: {docs: read}}
  members: {in: workspace, limit: {members: read}}
`

const broughtDirectory = `
version: 1
scopes: {"org:a": {plan: free}, "org:a/workspace:w": }
principals:
  ann: {status: active, assignments: [{roles: writer, in: "org:a/workspace:w"}]}
`

// Documents live in the service's own database: each check brings the one that it is about. And a service that keeps no
// directory brings whoever asks, too.
func BenchmarkBrought(b *testing.B) {
	const in = "org:a/workspace:w/document:d"
	with := load(b, broughtPolicy, broughtDirectory)
	without := load(b, broughtPolicy, "")
	ann := without.MustBind(authz.Principal{ID: "ann", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"writer"}, In: []string{"org:a/workspace:w"}}}})
	open := authz.Facts{Scopes: map[string]authz.Attributes{in: {"secret": false}}}
	for _, c := range []struct {
		name string
		s    *authz.Subject
		r    authz.Request
	}{
		{"facts", with.As("ann"), authz.Request{Permission: "docs:edit", Scope: in, Facts: open}},
		{"a document alone", with.As("ann"), authz.Request{Permission: "docs:edit", Scope: in, Facts: authz.Facts{Scopes: map[string]authz.Attributes{in: {}}}}},
		{"no directory", ann, authz.Request{Permission: "docs:edit", Scope: in, Facts: open}},
		{"no directory, a workspace", ann, authz.Request{Permission: "docs:edit", Scope: "org:a/workspace:w"}},
		{"no directory, an organisation", ann, authz.Request{Permission: "docs:edit", Scope: "org:a"}},
	} {
		if d := c.s.Check(context.Background(), c.r); d.Allowed == (c.r.Scope == "org:a") {
			b.Fatal(c.name, d)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.s.Check(context.Background(), c.r)
			}
		})
	}
}
