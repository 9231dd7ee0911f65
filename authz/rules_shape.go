package authz

// The rules of shape: which keys a file has, and what kinds of values.
var rulesOfShape = []Rule{
	{
		Name: "bad-time", File: "directory",
		Doc:     "A point in time is written with date, time and zone, as RFC 3339 says: `2027-01-01T00:00:00Z`. A date alone would mean another instant in every zone.",
		Example: "version: 1\nscopes: {org:acme: {}}\nprincipals:\n  alice: {status: active, assignments: [{roles: member, in: org:acme, until: 2027-01-01}]}\n",
		Mended:  "version: 1\nscopes: {org:acme: {}}\nprincipals:\n  alice: {status: active, assignments: [{roles: member, in: org:acme, until: 2027-01-01T00:00:00Z}]}\n",
	},
	{
		Name: "bad-version", File: "policy",
		Doc:     "The version of the format is `1`, a number. A file of another version means something that this program does not know.",
		Example: "version: 2\nname: example\n" + exampleScope + exampleArea + exampleRole,
		Mended:  examplePolicy,
	},
	{
		Name: "conflicting-keys", File: "policy",
		Doc:     "Two keys stand together that exclude each other: `limit` and `only`, or the `roles` and the `except` of a boundary. Which of them is meant cannot be known; write one.",
		Example: exampleTop + "roles:\n  member: {at: org, areas: {docs: edit}, limit: {docs: read}, only: {docs: read}}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, areas: {docs: edit}, limit: {docs: read}}\n",
	},
	{
		Name: "missing-key", File: "policy",
		Doc:     "A key is missing without which its mapping means nothing. Write it.",
		Example: "version: 1\n" + exampleScope + exampleArea + exampleRole,
		Mended:  examplePolicy,
	},
	{
		Name: "null-value", File: "policy",
		Doc:     "There is nothing after a colon where a value is needed. Only where a mapping is due does nothing stand for an empty one. Write the value, or leave the key out.",
		Example: "version: 1\nname:\n" + exampleScope + exampleArea + exampleRole,
		Mended:  examplePolicy,
	},
	{
		Name: "quote-text", File: "policy",
		Doc:     "A word stands where text is due, and some readers of YAML take it for something else: `no`, `on`, `010`, `2024`. What a level is called must not depend on the reader. Put it in quotes.",
		Example: exampleHead + exampleScope + "areas: {docs: 2024}\n" + exampleRole,
		Mended:  exampleHead + exampleScope + "areas: {docs: \"2024\"}\n" + exampleRole,
	},
	{
		Name: "too-many-errors", File: "large",
		Doc: "A file has more than 10,000 errors, or as many warnings, and the rest are not shown: this stands at the first of them. Mend those above it first; most of them will be one mistake.",
	},
	{
		Name: "unknown-key", File: "policy",
		Doc:     "A mapping has a key that it does not know. It would be without effect, and a limit that was mistyped would limit nothing. The message lists the keys that there are.",
		Example: exampleTop + "roles:\n  member: {at: org, areas: {docs: edit}, limits: {docs: read}}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, areas: {docs: edit}, limit: {docs: read}}\n",
	},
	{
		Name: "wrong-type", File: "policy",
		Doc:     "A value is of another kind than the one that is due: a list where a mapping stands, a mapping where text stands, `yes` for `true`. The message says what is due and what was found.",
		Example: exampleTop + "roles:\n  member: {at: org, areas: {docs: read}, needs_limit: yes}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, areas: {docs: read}, needs_limit: true}\n",
	},
}
