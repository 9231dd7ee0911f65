package authz_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/trellis-authz/trellis/authz"
)

// explainLast loads roles on top of one that gives something, and explains what one holds by the last of them.
func explainLast(t *testing.T, roles string) *authz.GrantLine {
	t.Helper()
	e, err := authz.Open(fstest.MapFS{
		"many.policy.yaml":    {Data: []byte("version: 1\nname: many\nscopes: {org: }\nareas: {docs: }\nroles:\n  first: {areas: {docs: edit}}\n" + roles)},
		"many.directory.yaml": {Data: []byte("version: 1\nscopes: {org:acme: }\nprincipals: {ada: {status: active, assignments: [{roles: last, in: org:acme}]}}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	x := e.As("ada").Explain(t.Context(), authz.Request{Permission: "docs:read", Scope: "org:acme"})
	if !x.Allowed || len(x.Grants) != 1 {
		t.Fatalf("%s", x)
	}
	return &x.Grants[0]
}

func TestAChainOfTenThousandRolesIsExplained(t *testing.T) {
	var b strings.Builder
	before := "first"
	for i := range 10_000 {
		name := fmt.Sprint("r", i)
		fmt.Fprintf(&b, "  %s: {inherits: %s, areas: {docs: read}}\n", name, before)
		before = name
	}
	fmt.Fprintf(&b, "  last: {at: org, inherits: %s}\n", before)
	if line := explainLast(t, b.String()); line.Level != "edit" || len(line.Rules) != 10_001 || line.Rules[0].Role != "first" {
		t.Errorf("%d rules give %s", len(line.Rules), line.Level)
	}
}

// There are 3^30 ways from the last role to the first, and 90 roles.
func TestRolesThatAreInheritedOnVeryManyWaysAreExplained(t *testing.T) {
	var b strings.Builder
	above := "first"
	for layer := range 30 {
		var names []string
		for i := range 3 {
			names = append(names, fmt.Sprintf("l%d_%d", layer, i))
			fmt.Fprintf(&b, "  %s: {inherits: [%s], limit: {docs: read}}\n", names[i], above)
		}
		above = strings.Join(names, ", ")
	}
	fmt.Fprintf(&b, "  last: {at: org, inherits: [%s]}\n", above)
	line := explainLast(t, b.String())
	if line.Level != "read" || len(line.Rules) != 1 || len(line.Rules[0].Limits) != 1 {
		t.Errorf("%+v", line)
	}
}
