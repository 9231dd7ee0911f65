package authz_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
)

// Ids that a careless comparison takes for each other: by a prefix, without regard to case, after normalization, as a
// pattern or as a path of a file system. Written as Go would, for some of them cannot be told apart by eye.
var alike = []string{
	"1", "10", "11", "01", "1.", "1..", ".1", "1.0", "-1", "+1",
	"a", "A", "\u0430", "\uff41", "a.", "a\u0301", "\u00e1", "\u00c1", "a\u200b", "a\u202e", "\u202ea", "a\u00ad",
	"k", "K", "\u212a", "s", "\u017f", "ss", "\u00df", "i", "\u0131", "\u0130", "I", "fi", "\ufb01",
	"*", "**", "?", ".", "..", "...", "..1", ".*", "[a]", "%31", "%2f", "%2e%2e", "a%00", "~", "\\", "a\\", "<<", "$1", "{a}",
	"org", "org:1", "1:", ":1", "org:1:", "none", "null", "true", "no", "0x1", "1_0", "\"a\"", "'a'", "#a", "a#", "&a", "!a",
}

// "equal only if their bytes are": who is given something in one scope holds nothing in those that look like it, whether
// as scopes or as principals, from a file, in Go or in a query, and whether the scope is listed or not.
func TestIdsThatLookAlikeStayDifferent(t *testing.T) {
	const policy = `
version: 1
name: alike
scopes: {org: , team: {in: org}}
areas: {docs: , mail: }
roles:
  member: {at: org, reach: all, areas: {docs: read}}
boundaries:
  one: {in: "org:1", limit: {docs: none}}
  under: {in: team, under: "org:1.", limit: {docs: none}}
`
	var b strings.Builder
	b.WriteString("version: 1\nscopes:\n")
	for _, id := range alike {
		fmt.Fprintf(&b, "  %q:\n  %q:\n", "org:"+id, "org:"+id+"/team:x")
	}
	b.WriteString("principals:\n")
	for _, id := range alike {
		fmt.Fprintf(&b, "  %q: {status: active, assignments: [{roles: member, in: %q}]}\n", id, "org:"+id)
	}
	listed := load(t, policy, b.String())
	unlisted := load(t, policy, "")
	for _, id := range alike {
		given, err := unlisted.Bind(authz.Principal{ID: id, Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"member"}, In: []string{"org:" + id}}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range alike {
			for _, c := range []struct {
				in   string
				want bool
			}{
				{"org:" + other, id == other && id != "1"}, // one boundary lies on this and all beneath
				{"org:" + other + "/team:x", id == other && id != "1" && id != "1."},
			} {
				if got := listed.As(id).Can("docs:read", c.in); got != c.want {
					t.Errorf("%+q, listed, can read docs in %+q: %t", id, c.in, got)
				}
				if got := given.Can("docs:read", c.in); got != c.want {
					t.Errorf("%+q, given, can read docs in %+q: %t", id, c.in, got)
				}
			}
		}
	}
}

// Paths that lead elsewhere in a file system, and words that are not quite those of the policy, lead nowhere.
func TestPathsAndPermissionsAreNotNormalized(t *testing.T) {
	e := load(t, `
version: 1
name: exact
scopes: {org: , team: {in: [org, team]}}
areas: {docs: {areas: {plans: }}}
roles:
  member: {at: org, reach: all, areas: {docs: read}}
`, `
version: 1
scopes: {"org:1": , "org:1/team:a": , "org:..": , "org:*": }
principals:
  alice: {status: active, assignments: [{roles: member, in: ["org:1", "org:*"]}]}
`)
	checkAll(t, e, []fact{
		{"alice", "docs:read", "org:1", "granted read"},
		{"alice", "docs:read", "org:1/team:a", "granted read"},
		{"alice", "docs:read", "org:*", "granted read"},
		{"alice", "docs:read", "org:..", "no-grant none"},
		{"alice", "docs:read", "org:2", "unknown-scope none"},
		{"alice", "docs:read", "org:1/team:..", "unknown-scope none"},
		{"alice", "docs:read", "org:1/team:a/../team:a", "invalid-request none"},
		{"alice", "docs:read", "org:../org:1", "unknown-scope none"},
		{"alice", "docs:read", "org:1/", "invalid-request none"},
		{"alice", "docs:read", "/org:1", "invalid-request none"},
		{"alice", "docs:read", "org:1//team:a", "invalid-request none"},
		{"alice", "docs:read", "org:1/./team:a", "invalid-request none"},
		{"alice", "docs:read", "org:1\\team:a", "unknown-scope none"},
		{"alice", "docs:read", "org:1%2Fteam:a", "unknown-scope none"},
		{"alice", "docs:read", "org:1\x00", "invalid-request none"},
		{"alice", "docs:read", "org:1\n", "invalid-request none"},
		{"alice", "docs:read", " org:1", "invalid-request none"},
		{"alice", "docs:read", "org: 1", "invalid-request none"},
		{"alice", "docs:read", "ORG:1", "invalid-request none"},
		{"alice", "docs:read", "org\uff1a1", "invalid-request none"},
		{"alice", "docs:read", "1", "invalid-request none"},
		{"alice", "docs:read", "*", "invalid-request none"},
		{"alice", "Docs:read", "org:1", "unknown-permission none"},
		{"alice", "docs:Read", "org:1", "unknown-permission none"},
		{"alice", "docs:read ", "org:1", "unknown-permission none"},
		{"alice", "docs.:read", "org:1", "unknown-permission none"},
		{"alice", "docs.*:read", "org:1", "unknown-permission none"},
		{"alice", "*:read", "org:1", "unknown-permission none"},
		{"alice", "docs.plans:read", "org:1", "granted read"},
		{"alice", "docs..plans:read", "org:1", "unknown-permission none"},
		{"alice", "doc\u017f:read", "org:1", "unknown-permission none"},
		{"Alice", "docs:read", "org:1", "unknown-principal none"},
		{"alice ", "docs:read", "org:1", "unknown-principal none"},
		{"alice.", "docs:read", "org:1", "unknown-principal none"},
		{"al\u0456ce", "docs:read", "org:1", "unknown-principal none"},
		{"*", "docs:read", "org:1", "unknown-principal none"},
	})
}
