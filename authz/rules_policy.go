package authz

import (
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

// The rules of policies: what areas, roles, profiles and boundaries may say, each alone and of each other.
var rulesOfPolicies = []Rule{
	{
		Name: "above-area", File: "policy",
		Doc:     "A sub-area is named above the level of an area above it, in one grant or limit. A sub-area can only restrict its area, and nothing is clamped: only the author knows which of the two was meant. Raise the area, or lower the sub-area.",
		Example: exampleHead + exampleScope + "areas: {docs: {areas: {drafts: Drafts}}}\nroles:\n  member: {at: org, areas: {docs: read, docs.drafts: edit}}\n",
		Mended:  exampleHead + exampleScope + "areas: {docs: {areas: {drafts: Drafts}}}\nroles:\n  member: {at: org, areas: {docs: edit, docs.drafts: read}}\n",
	},
	{
		Name: "area-depth", File: "model",
		Doc: "Areas nest more than 15 deep. Names with so many steps cannot be read, and the bound keeps hostile models from costing time.",
	},
	{
		Name: "area-outside", File: "policy",
		Doc:     "A sub-area is `at` a scope kind at which its area does not exist. What is beneath an area exists within it; let the area exist there, too, or take the kind from the sub-area.",
		Example: exampleHead + "scopes: {org: {}, workspace: {in: org}}\nareas: {billing: {at: org, areas: {refunds: {at: workspace}}}}\nroles: {}\n",
		Mended:  exampleHead + "scopes: {org: {}, workspace: {in: org}}\nareas: {billing: {at: org, areas: {refunds: {at: org}}}}\nroles: {}\n",
	},
	{
		Name: "bad-type", File: "model",
		Doc: "The attributes that are declared cannot be made into variables of conditions, for a reason that no other rule names. The message holds the reason.",
	},
	{
		Name: "boundary-inherited", Severity: diag.Warning, File: "policy",
		Doc:     "A boundary names a role, and another role inherits that one without being named itself. Boundaries go by the role that was assigned, so holders of the heir are not limited with the rest (or, under `except`, are). Name the heir, too, if that is not meant.",
		Example: exampleTop + "roles:\n  member: {at: org, areas: {docs: edit}}\n  admin: {at: org, inherits: member}\nboundaries:\n  closed: {in: org, roles: member, limit: {docs: read}}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, areas: {docs: edit}}\n  admin: {at: org, inherits: member}\nboundaries:\n  closed: {in: org, roles: [member, admin], limit: {docs: read}}\n",
	},
	{
		Name: "empty-limit", File: "policy",
		Doc:     "A boundary is a limit, and this one limits nothing. Name the areas that it holds down, or use `only`, which leaves nothing but what it names.",
		Example: examplePolicy + "boundaries: {closed: {in: org, limit: {}}}\n",
		Mended:  examplePolicy + "boundaries: {closed: {in: org, limit: {docs: none}}}\n",
	},
	{
		Name: "empty-list", File: "policy",
		Doc:     "A list is empty that would select nothing. Whether nothing was meant or everything, which leaving the key out means in most places, only the author knows. Name something, or leave the key out.",
		Example: examplePolicy + "boundaries: {closed: {in: org, roles: [], limit: {docs: none}}}\n",
		Mended:  examplePolicy + "boundaries: {closed: {in: org, limit: {docs: none}}}\n",
	},
	{
		Name: "empty-policy", File: "policy",
		Doc:     "A policy needs at least one area and one scope kind: without them there is nothing to ask for, and nowhere to ask.",
		Example: exampleHead + "scopes: {}\n" + exampleArea + "roles: {}\n",
		Mended:  exampleHead + exampleScope + exampleArea + "roles: {}\n",
	},
	{
		Name: "empty-profile", Severity: diag.Warning, File: "policy",
		Doc:     "The limit of a profile leaves nothing of what its roles give. Whoever is assigned it holds nothing by it: name the areas that should be left, or take the profile out.",
		Example: examplePolicy + "profiles:\n  readers: {roles: member, only: {}}\n",
		Mended:  examplePolicy + "profiles:\n  readers: {roles: member, only: {docs: read}}\n",
	},
	{
		Name: "empty-role", Severity: diag.Warning, File: "policy",
		Doc:     "A role gives nothing, be it that its limit leaves nothing of what it inherits, no role requires it, and it marks no scope as joined: whoever holds it holds nothing. Give it areas, or remove it.",
		Example: exampleTop + "roles:\n  guest: {at: org}\n",
		Mended:  exampleTop + "roles:\n  guest: {at: org, areas: {docs: read}}\n",
	},
	{
		Name: "inherits-cycle", File: "policy",
		Doc:     "Roles inherit each other in a circle, which the message shows whole. Each of them would hold what all do; cut the circle, or make them one role.",
		Example: exampleTop + "roles:\n  member: {at: org, inherits: editor, areas: {docs: read}}\n  editor: {at: org, inherits: member, areas: {docs: edit}}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, areas: {docs: read}}\n  editor: {at: org, inherits: member, areas: {docs: edit}}\n",
	},
	{
		Name: "kind-count", File: "policy",
		Doc:     "A policy declares more scope kinds than can be told apart: the bound keeps hostile policies from costing time. Kinds say how scopes nest; what merely differs from scope to scope is an attribute.",
		Example: exampleHead + exampleKinds(257) + exampleArea + "roles: {}\n",
		Mended:  exampleHead + exampleScope + exampleArea + "roles: {}\n",
	},
	{
		Name: "level-count", File: "policy",
		Doc:     "A policy has 2 to 16 levels, the least first. With one level nothing could ever be held; of more than 16 nobody could tell what they mean.",
		Example: examplePolicyLevels("[none]", "none"),
		Mended:  examplePolicyLevels("[none, read]", "read"),
	},
	{
		Name: "not-assignable", File: "policy",
		Doc:     "A role without `at` may only be inherited, and here it is assigned, or stands in a profile. Say at which scope kinds it is assigned, or name a role that inherits it.",
		Example: exampleTop + "roles:\n  reader: {areas: {docs: read}}\nprofiles: {guest: {roles: reader}}\n",
		Mended:  exampleTop + "roles:\n  reader: {at: org, areas: {docs: read}}\nprofiles: {guest: {roles: reader}}\n",
	},
	{
		Name: "requires-cycle", File: "policy",
		Doc:     "Roles require each other in a circle, which the message shows whole; requirements are inherited, so a parent may close it. None of these roles would ever count. Cut the circle.",
		Example: exampleTop + "roles:\n  member: {at: org, requires: editor, areas: {docs: read}}\n  editor: {at: org, requires: member, areas: {docs: edit}}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, areas: {docs: read}}\n  editor: {at: org, requires: member, areas: {docs: edit}}\n",
	},
	{
		Name: "role-count", File: "large",
		Doc: "A policy declares more roles than are read: the bound keeps hostile policies from costing memory. Roles say what may be done; where, and by whom, is said by assignments.",
	},
	{
		Name: "too-many-grants", File: "policy",
		Doc:     "Every role holds a level for each area on each condition, its own and inherited ones, and the roles that it requires. Roles with conditions of their own that inherit each other in long chains come to more than can be held: over a million, or over 256 MiB of levels in them and in the limits of profiles and boundaries. Let fewer roles inherit from each other, or more conditions, grants and limits be alike.",
		Example: exampleTop + exampleChain(1500),
		Mended:  exampleTop + exampleChain(3),
	},
	{
		Name: "unassignable-profile", Severity: diag.Warning, File: "policy",
		Doc:     "The roles of a profile are assigned at no scope kind in common, so there is no scope in which the profile could be given. Split it, or let the roles be `at` a kind together.",
		Example: exampleHead + "scopes: {org: {}, workspace: {in: org}}\n" + exampleArea + "roles:\n  member: {at: org, areas: {docs: read}}\n  manager: {at: workspace, areas: {docs: edit}}\nprofiles: {lead: {roles: [member, manager]}}\n",
		Mended:  exampleHead + "scopes: {org: {}, workspace: {in: org}}\n" + exampleArea + "roles:\n  member: {at: [org, workspace], areas: {docs: read}}\n  manager: {at: workspace, areas: {docs: edit}}\nprofiles: {lead: {roles: [member, manager]}}\n",
	},
	{
		Name: "unmet-requirement", Severity: diag.Warning, File: "policy",
		Doc:     "A role requires another that never covers the scopes at which it counts, so it never counts. Let the required role reach `joined` or `all`, or be `at` the same kind.",
		Example: exampleHead + "scopes: {org: {}, workspace: {in: org}}\n" + exampleArea + "roles:\n  member: {at: org, areas: {docs: read}}\n  manager: {at: workspace, requires: member, areas: {docs: edit}}\n",
		Mended:  exampleHead + "scopes: {org: {}, workspace: {in: org}}\n" + exampleArea + "roles:\n  member: {at: org, reach: joined, areas: {docs: read}}\n  manager: {at: workspace, requires: member, areas: {docs: edit}}\n",
	},
	{
		Name: "unreachable-boundary", Severity: diag.Warning, File: "policy",
		Doc:     "Nothing that the `in` of a boundary names, a scope or any scope of a kind, can stand at or beneath its `under`, so the boundary lies nowhere and limits nothing.",
		Example: exampleHead + "scopes: {org: {}, account: {}}\n" + exampleArea + exampleRole + "boundaries: {closed: {in: org, under: account:a1, limit: {docs: none}}}\n",
		Mended:  exampleHead + "scopes: {org: {}, account: {}}\n" + exampleArea + exampleRole + "boundaries: {closed: {in: org, under: org:acme, limit: {docs: none}}}\n",
	},
	{
		Name: "unreachable-grant", Severity: diag.Warning, File: "policy",
		Doc:     "A grant has no effect: its area exists at no scope that the role reaches, none of its levels is above the least, or the role's own limit leaves nothing of it. Widen the `reach`, the area's `at` or the limit, or take the grant out.",
		Example: exampleHead + "scopes: {org: {}, workspace: {in: org}}\nareas: {billing: {at: org}}\nroles:\n  manager: {at: workspace, areas: {billing: read}}\n",
		Mended:  exampleHead + "scopes: {org: {}, workspace: {in: org}}\nareas: {billing: {at: org}}\nroles:\n  manager: {at: org, areas: {billing: read}}\n",
	},
	{
		Name: "unrooted-kind", File: "policy",
		Doc:     "From a scope kind no `in` leads up to a root, a kind without `in`. No path can name such a scope. A kind that nests in itself must stand in another, too.",
		Example: exampleHead + "scopes: {org: {}, folder: {in: folder}}\n" + exampleArea + exampleRole,
		Mended:  exampleHead + "scopes: {org: {}, folder: {in: [org, folder]}}\n" + exampleArea + exampleRole,
	},
}

// exampleKinds is the scopes of a policy with that many kinds.
func exampleKinds(n int) string {
	kinds := make([]string, n)
	for i := range kinds {
		kinds[i] = fmt.Sprintf("k%d: {}", i)
	}
	return "scopes: {" + strings.Join(kinds, ", ") + "}\n"
}

// exampleChain is that many roles, each of which inherits the one before and grants more on a condition.
func exampleChain(n int) string {
	roles := make([]string, n)
	for i := range roles {
		roles[i] = fmt.Sprintf("r%d: {at: org, inherits: r%d, grants: [{areas: {docs: read}, when: principal.id == \"%d\"}]}", i, i-1, i)
	}
	roles[0] = "r0: {at: org, areas: {docs: read}}"
	return "roles: {" + strings.Join(roles, ", ") + "}\n"
}

// examplePolicyLevels is a policy with levels of its own, one of which its role names.
func examplePolicyLevels(levels, level string) string {
	return exampleHead + "levels: " + levels + "\n" + exampleScope + exampleArea + "roles:\n  member: {at: org, areas: {docs: " + level + "}}\n"
}
