package authz

// The rules of the YAML subset: what every file is held to before anything is made of it.
var rulesOfYAML = []Rule{
	{
		Name: "duplicate-key", File: "policy",
		Doc:     "A key stands twice in one mapping. Readers of YAML differ on which of the two counts, so a reviewer may read one and the program the other. Remove one of them.",
		Example: exampleTop + "roles:\n  member: {at: org, areas: {docs: read}}\n  member: {at: org, areas: {docs: edit}}\n",
		Mended:  examplePolicy,
	},
	{
		Name: "quote-condition", File: "policy",
		Doc:     "A condition starts with a sign, or holds one, that means something else to YAML: `!`, a quoted text followed by more, `? :`, `[`, `{`, `#`. Put the whole condition in single quotes, and double the single quotes within it.",
		Example: exampleTop + "roles:\n  member:\n    at: org\n    grants:\n      - areas: {docs: read}\n        when: \"staff\" in principal.groups\n",
		Mended:  exampleTop + "roles:\n  member:\n    at: org\n    grants:\n      - areas: {docs: read}\n        when: '\"staff\" in principal.groups'\n",
	},
	{
		Name: "yaml-anchor", File: "policy",
		Doc:     "Anchors (`&name`) and aliases (`*name`) are not read: what an alias brings stands elsewhere, where a reviewer of this line does not look. Write out what it stands for, or put the text in quotes if it only looks like one.",
		Example: exampleTop + "roles:\n  member: {at: org, areas: &read {docs: read}}\n",
		Mended:  examplePolicy,
	},
	{
		Name: "yaml-depth", File: "directory",
		Doc:     "Mappings and lists stand more than 32 deep in each other. No file needs half of that; the bound keeps hostile files from costing time or memory.",
		Example: "version: 1\nscopes: {org:acme: {tags: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}\n",
		Mended:  "version: 1\nscopes: {org:acme: {tags: []}}\n",
	},
	{
		Name: "yaml-documents", File: "policy",
		Doc:     "A file is one YAML document, without directives (`%YAML`) and without an end mark (`...`). Some readers drop a second document without a word. Move it to a file of its own.",
		Example: examplePolicy + "---\nroles: {}\n",
		Mended:  examplePolicy,
	},
	{
		Name: "yaml-empty", File: "policy",
		Doc:     "The file holds nothing, or nothing but comments. Write at least its version and what it needs.",
		Example: "# nothing\n",
		Mended:  examplePolicy,
	},
	{
		Name: "yaml-encoding", File: "policy",
		Doc:     "The file is not UTF-8, or holds a character that some programs take for the end of a line and others do not, or that cannot be seen: it could hide a grant from its reviewers. Save the file as UTF-8, and write such characters as escapes in double quotes.",
		Example: examplePolicy + "# caf\xe9\n",
		Mended:  examplePolicy + "# café\n",
	},
	{
		Name: "yaml-key", File: "policy",
		Doc:     "A key is something else than text: a number, `true`, nothing, a list, or a sign that YAML keeps for itself, such as `*`. Put it in quotes.",
		Example: exampleTop + "roles:\n  member: {at: org, areas: {*: read}}\n",
		Mended:  exampleTop + "roles:\n  member: {at: org, areas: {\"*\": read}}\n",
	},
	{
		Name: "yaml-key-space", File: "policy",
		Doc:     "In brackets, a colon ends a key only before a space: YAML takes `{docs:read}` for one key without a value, and `{read:, write:}` for keys that end in a colon. Put a space after the colon.",
		Example: exampleHead + exampleScope + "areas: {docs:, mail: }\n" + exampleRole,
		Mended:  exampleHead + exampleScope + "areas: {docs: , mail: }\n" + exampleRole,
	},
	{
		Name: "yaml-merge", File: "policy",
		Doc:     "Merge keys (`<<`) are not read: the keys that they bring stand elsewhere. Write out the keys.",
		Example: exampleTop + "roles:\n  member: {at: org, areas: {docs: read, <<: {}}}\n",
		Mended:  examplePolicy,
	},
	{
		Name: "yaml-size", File: "policy",
		Doc:     "The file is larger than 4 MiB. A policy of thousands of roles takes a tenth of that; what is larger is data, and loading it would hold up the program. Leave out what the file need not hold, or pass it as Go values.",
		Example: examplePolicy + "# …\n",
		Mended:  examplePolicy,
	},
	{
		Name: "yaml-syntax", File: "policy",
		Doc:     "The text is not YAML, or not what it was meant to be: a quote or a bracket that is never closed, a line that is not lined up, a tab, a text that has to stand in quotes. The message says which, and shows the text as it can be written.",
		Example: exampleHead + exampleScope + "areas:\n  docs: Documents: all of them\n" + exampleRole,
		Mended:  exampleHead + exampleScope + "areas:\n  docs: 'Documents: all of them'\n" + exampleRole,
	},
	{
		Name: "yaml-tag", File: "policy",
		Doc:     "Tags (`!name`, `!!str`) are not read: they change what a value is, and readers of YAML differ on how. Leave the tag out, or put the text in quotes if it only looks like one.",
		Example: exampleHead + exampleScope + "areas: {docs: !!str Documents}\n" + exampleRole,
		Mended:  examplePolicy,
	},
}
