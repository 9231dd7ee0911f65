package authz

// The rules of names: how they are written, and that what they name is there.
var rulesOfNames = []Rule{
	{
		Name: "bad-name", File: "policy",
		Doc:     "A name is a small letter followed by small letters, digits, `-` and `_`; those of areas and actions join such steps with dots, those of scope kinds and attributes have no `-`, since conditions read them. Nothing may have a name of over 256 bytes.",
		Example: exampleTop + "roles:\n  Member: {at: org, areas: {docs: read}}\n",
		Mended:  examplePolicy,
	},
	{
		Name: "bad-nesting", File: "directory",
		Doc:     "The scopes of a path do not stand in each other so: the `in` of each kind says where its scopes stand, and a path starts at a root.",
		Example: "version: 1\nscopes: {workspace:ml: {}}\n",
		Mended:  "version: 1\nscopes: {org:acme: {}, org:acme/workspace:ml: {}}\n",
	},
	{
		Name: "bad-path", File: "directory",
		Doc:     "A path is written from the root, each scope as `kind:id`, joined with slashes: `org:acme/workspace:ml`. An id is any text of 1 to 256 bytes without a slash, white space or control characters.",
		Example: "version: 1\nscopes: {acme: {}}\n",
		Mended:  "version: 1\nscopes: {org:acme: {}}\n",
	},
	{
		Name: "bad-permission", File: "policy",
		Doc:     "A permission is written `area:level`; where actions may stand, the name of one may stand instead. An area alone does not say which level is asked for.",
		Example: examplePolicy + "actions: {docs.publish: docs}\n",
		Mended:  examplePolicy + "actions: {docs.publish: \"docs:edit\"}\n",
	},
	{
		Name: "duplicate-name", File: "policy",
		Doc:     "A name stands twice where once is meant: in a list, or as the name of two things of one kind. Remove one; if another name was meant, it is missing.",
		Example: exampleTop + "roles:\n  member: {at: [org, org], areas: {docs: read}}\n",
		Mended:  examplePolicy,
	},
	{
		Name: "least-level", File: "policy",
		Doc:     "A permission asks for the least level, which is no access: nobody has to be allowed that. Ask for a level above it; what must not be allowed is left ungranted, or limited.",
		Example: examplePolicy + "actions: {docs.ignore: \"docs:none\"}\n",
		Mended:  examplePolicy + "actions: {docs.open: \"docs:read\"}\n",
	},
	{
		Name: "name-clash", File: "policy",
		Doc:     "A profile and a role have one name. Who gives it, and who asks whether it may be given, must mean one thing: rename one of them.",
		Example: examplePolicy + "profiles: {member: {roles: member}}\n",
		Mended:  examplePolicy + "profiles: {members: {roles: member}}\n",
	},
	{
		Name: "reserved-name", File: "policy",
		Doc:     "A scope kind or an attribute has a name that conditions could not read: a word that CEL reserves, `principal` or `request` for a scope kind, or an attribute that is built in, such as `id`. Choose another name; a built-in attribute need not be declared.",
		Example: exampleHead + "scopes: {org: {attributes: {id: string}}}\n" + exampleArea + exampleRole,
		Mended:  examplePolicy,
	},
	{
		Name: "unknown-action", File: "policy",
		Doc:     "There is no action of that name. Declare it under `actions`, or write the permission itself, `area:level`.",
		Example: exampleTop + "roles:\n  member: {at: org, areas: {docs: read}, given_with: docs.share}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, areas: {docs: read}, given_with: \"docs:edit\"}\n",
	},
	{
		Name: "unknown-area", File: "policy",
		Doc:     "There is no area of that name. Areas are named whole, with the areas above them: `analytics.dashboards`. A limit on an area that does not exist would limit nothing.",
		Example: exampleTop + "roles:\n  member: {at: org, areas: {doc: read}}\n",
		Mended:  examplePolicy,
	},
	{
		Name: "unknown-attribute", File: "directory",
		Doc:     "An attribute is given that the policy does not declare. No condition could read it; a mistyped one would be missing where a condition reads the right one. Declare it in the policy, or mend its name.",
		Example: "version: 1\nscopes: {org:acme: {plann: team}}\n",
		Mended:  "version: 1\nscopes: {org:acme: {plan: team}}\n",
	},
	{
		Name: "unknown-group", File: "directory",
		Doc:     "There is no group of that name. Declare it under `groups`.",
		Example: "version: 1\nprincipals: {alice: {status: active, groups: staff}}\n",
		Mended:  "version: 1\ngroups: {staff: {}}\nprincipals: {alice: {status: active, groups: staff}}\n",
	},
	{
		Name: "unknown-kind", File: "policy",
		Doc:     "There is no scope kind of that name, where a kind is named or within a path. Kinds are declared under `scopes` of the policy.",
		Example: exampleTop + "roles:\n  member: {at: organisation, areas: {docs: read}}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, areas: {docs: read}}\n",
	},
	{
		Name: "unknown-level", File: "policy",
		Doc:     "There is no level of that name. The levels are those that the policy lists under `levels`, by default none, read and edit.",
		Example: exampleTop + "roles:\n  member: {at: org, areas: {docs: write}}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, areas: {docs: edit}}\n",
	},
	{
		Name: "unknown-principal", File: "directory",
		Doc:     "The directory lists no principal of that id: the owner of a key, or the one whom a test asks about.",
		Example: "version: 1\nprincipals: {key-1: {kind: key, status: active, owner: alice}}\n",
		Mended:  "version: 1\nprincipals: {alice: {status: active}, key-1: {kind: key, status: active, owner: alice}}\n",
	},
	{
		Name: "unknown-profile", File: "directory",
		Doc:     "There is no profile of that name. Roles are named under `roles`, profiles under `profiles`.",
		Example: exampleScopes + "principals:\n  alice: {status: active, assignments: [{profiles: member, in: org:acme}]}\n",
		Mended:  exampleScopes + "principals:\n  alice: {status: active, assignments: [{roles: member, in: org:acme}]}\n",
	},
	{
		Name: "unknown-reach", File: "policy",
		Doc:     "A role reaches `self` (the scope of its assignment alone), `joined` (also the scopes beneath that its holder has joined) or `all` (everything beneath).",
		Example: exampleTop + "roles:\n  member: {at: org, reach: everything, areas: {docs: read}}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, reach: all, areas: {docs: read}}\n",
	},
	{
		Name: "unknown-role", File: "policy",
		Doc:     "There is no role of that name. Declare it under `roles`, or mend the name.",
		Example: exampleTop + "roles:\n  member: {at: org, inherits: reader}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, inherits: reader}\n  reader: {areas: {docs: read}}\n",
	},
	{
		Name: "unknown-scope", File: "directory",
		Doc:     "The directory does not list that scope. Where policy and directory are loaded together, the paths that the policy names must be listed, too.",
		Example: exampleScopes + "principals:\n  alice: {status: active, assignments: [{roles: member, in: org:other}]}\n",
		Mended:  exampleScopes + "principals:\n  alice: {status: active, assignments: [{roles: member, in: org:acme}]}\n",
	},
	{
		Name: "unknown-type", File: "policy",
		Doc:     "An attribute is declared with a type that there is not. The types are string, bool, int, double, timestamp, duration, principal, list(T) and map(T).",
		Example: exampleHead + exampleScope + "principal: {mfa: boolean}\n" + exampleArea + exampleRole,
		Mended:  exampleHead + exampleScope + "principal: {mfa: bool}\n" + exampleArea + exampleRole,
	},
	{
		Name: "unknown-word", File: "directory",
		Doc:     "A status is active, invited, suspended or deactivated; a principal is of the kind user, service or key. Only an active principal is ever allowed anything, so a mistyped status must not pass.",
		Example: "version: 1\nprincipals: {alice: {status: enabled}}\n",
		Mended:  "version: 1\nprincipals: {alice: {status: active}}\n",
	},
}
