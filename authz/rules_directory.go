package authz

import (
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

// The rules of directories: what scopes, groups, principals and assignments may say.
var rulesOfDirectories = []Rule{
	{
		Name: "bad-id", File: "directory",
		Doc:     "The id of a principal is any valid UTF-8 of 1 to 256 bytes without a slash, white space or control characters, so that it can stand in paths, logs and messages without doubt.",
		Example: "version: 1\nprincipals: {team/alice: {status: active}}\n",
		Mended:  "version: 1\nprincipals: {team-alice: {status: active}}\n",
	},
	{
		Name: "builtin-group", File: "directory",
		Doc:     "The built-in groups `authenticated` and `everyone` are members of no group: all their members would be, even those who are not meant. Give them assignments of their own.",
		Example: "version: 1\ngroups: {staff: {}, everyone: {groups: staff}}\n",
		Mended:  "version: 1\ngroups: {staff: {}, everyone: {}}\n",
	},
	{
		Name: "builtin-member", Severity: diag.Warning, File: "directory",
		Doc:     "A built-in group is named as one to be a member of. Every active principal is a member of `authenticated`, and everybody of `everyone`, whether it is named or not. Leave it out.",
		Example: "version: 1\nprincipals: {alice: {status: active, groups: everyone}}\n",
		Mended:  "version: 1\nprincipals: {alice: {status: active}}\n",
	},
	{
		Name: "empty-groups", Severity: diag.Warning, File: "directory",
		Doc:     "A list of groups is empty, which says nothing. Leave the key out, or name a group.",
		Example: "version: 1\nprincipals: {alice: {status: active, groups: []}}\n",
		Mended:  "version: 1\nprincipals: {alice: {status: active}}\n",
	},
	{
		Name: "empty-time", Severity: diag.Warning, File: "directory",
		Doc:     "An assignment ends before it begins, or as it begins (`until` is exclusive), so it never counts. Mend `from` or `until`, or remove it.",
		Example: exampleScopes + "principals:\n  alice:\n    status: active\n    assignments:\n      - {roles: member, in: org:acme, from: 2027-01-01T00:00:00Z, until: 2026-01-01T00:00:00Z}\n",
		Mended:  exampleScopes + "principals:\n  alice:\n    status: active\n    assignments:\n      - {roles: member, in: org:acme, from: 2026-01-01T00:00:00Z, until: 2027-01-01T00:00:00Z}\n",
	},
	{
		Name: "groups-cycle", File: "directory",
		Doc:     "Groups are members of each other in a circle, which the message shows whole. Cut it, or make them one group.",
		Example: "version: 1\ngroups: {staff: {groups: crew}, crew: {groups: staff}}\n",
		Mended:  "version: 1\ngroups: {staff: {}, crew: {groups: staff}}\n",
	},
	{
		Name: "key-fields", File: "directory",
		Doc:     "A key holds what its owner holds, so it has no groups, attributes or assignments of its own; and only a key has an `owner`, an `in` and an `until`.",
		Example: "version: 1\nprincipals: {alice: {status: active, until: 2027-01-01T00:00:00Z}}\n",
		Mended:  "version: 1\nprincipals: {alice: {status: active}}\n",
	},
	{
		Name: "key-owner", File: "directory",
		Doc:     "A key is owned by a key. What a key holds must come from somebody: let a user or a service own it.",
		Example: "version: 1\nprincipals:\n  alice: {status: active}\n  key-1: {kind: key, status: active, owner: alice}\n  key-2: {kind: key, status: active, owner: key-1}\n",
		Mended:  "version: 1\nprincipals:\n  alice: {status: active}\n  key-1: {kind: key, status: active, owner: alice}\n  key-2: {kind: key, status: active, owner: alice}\n",
	},
	{
		Name: "needs-limit", File: "directory",
		Doc:     "A role with `needs_limit` is given without one. Put `limit` or `only` on the assignment, or on a profile that gives the role.",
		Example: exampleScopes + "principals:\n  alice: {status: active, assignments: [{roles: auditor, in: org:acme}]}\n",
		Mended:  exampleScopes + "principals:\n  alice: {status: active, assignments: [{roles: auditor, in: org:acme, only: {analytics: read}}]}\n",
	},
	{
		Name: "no-policy", File: "command",
		Doc: "A directory is to be checked, and no policy that it belongs to was found: without one none of its names can be. Put it beside its policy, or name both.",
	},
	{
		Name: "too-many-assigned", File: "directory",
		Doc:     "An assignment stands for every one of its roles in every one of its scopes, and these are more than 10,000, or all of the directory together are more than 500,000. Assign at a scope above, with a role that reaches beneath, or write fewer.",
		Example: exampleAssigned(5001),
		Mended:  exampleAssigned(2),
	},
	{
		Name: "unlisted-parent", File: "directory",
		Doc:     "A scope is listed, and the scope that it stands in is not. Conditions read what is above, so list that, too.",
		Example: "version: 1\nscopes: {org:acme/workspace:ml: {}}\n",
		Mended:  "version: 1\nscopes: {org:acme: {}, org:acme/workspace:ml: {}}\n",
	},
	{
		Name: "wrong-fact", File: "directory",
		Doc:     "An attribute is of another type than the policy declares: conditions are checked against the declared types, and a text never equals a number. Give a value of the type, or change the declaration.",
		Example: "version: 1\nscopes: {org:acme: {seats: many}}\n",
		Mended:  "version: 1\nscopes: {org:acme: {seats: 3}}\n",
	},
	{
		Name: "wrong-kind", File: "directory",
		Doc:     "A role is assigned in a scope of a kind that it is not `at`. Assign it in a scope of such a kind, or add the kind to its `at`.",
		Example: exampleScopes + "principals:\n  alice: {status: active, assignments: [{roles: manager, in: org:acme}]}\n",
		Mended:  exampleScopes + "principals:\n  alice: {status: active, assignments: [{roles: member, in: org:acme}]}\n",
	},
}

// exampleAssigned is a directory that assigns two roles in n scopes.
func exampleAssigned(n int) string {
	scopes, in := []string{"org:acme: {}"}, []string{}
	for i := range n {
		path := fmt.Sprintf("org:acme/workspace:w%d", i)
		scopes, in = append(scopes, path+": {}"), append(in, path)
	}
	return "version: 1\nscopes: {" + strings.Join(scopes, ", ") + "}\ngroups: {staff: {assignments: [{roles: [manager, reader], in: [" + strings.Join(in, ", ") + "]}]}}\n"
}
