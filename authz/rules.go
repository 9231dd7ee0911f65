package authz

import (
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

// Rule documents one of the rules by whose names diagnostics are told apart. The names are stable: programs may
// compare them, and `authz` links to them.
type Rule struct {
	Name     string        // as it stands in error[name]
	Severity diag.Severity // Error, or Warning for what loads and is likely to surprise
	Doc      string        // one to three sentences: what is wrong, why it matters, how to mend it

	// File is the kind of file in which the mistake can be made: policy, directory or tests. Four are no kinds of
	// files: query is a line of JSON (see [ParseQuery]), model is a policy built in Go, which may hold what no file
	// can, command is the way in which files are given to `authz`, and large is any file of very many mistakes or roles.
	File string

	// Example is the smallest file that has this mistake and no other, and Mended the same without it. A directory
	// is read with the base policy of testdata/invalid, tests and queries with its base directory, too. Both are
	// empty where File is model, command or large. A line of "# …" stands for as many as it takes.
	Example, Mended string
}

// Rules returns every rule that any stage reports, sorted by name. The slice is the caller's own.
func Rules() []Rule {
	rules := slices.Concat(rulesOfYAML, rulesOfShape, rulesOfNames, rulesOfPolicies, rulesOfConditions, rulesOfDirectories, rulesOfTests, rulesOfQueries)
	slices.SortFunc(rules, func(a, b Rule) int { return strings.Compare(a.Name, b.Name) })
	return rules
}

// What the examples have in common. Each is a file of its own when the lines that matter are added.
const (
	exampleHead  = "version: 1\nname: example\n"
	exampleScope = "scopes: {org: {}}\n"
	exampleArea  = "areas: {docs: Documents}\n"
	exampleRole  = "roles:\n  member: {at: org, areas: {docs: read}}\n"

	exampleTop    = exampleHead + exampleScope + exampleArea // a policy that lacks its roles
	examplePolicy = exampleTop + exampleRole

	exampleScopes = "version: 1\nscopes: {org:acme: {}}\n" // a directory
	exampleTests  = "version: 1\npolicy: base.policy.yaml\ndirectory: base.directory.yaml\n"
	exampleCheck  = "checks:\n  - {as: alice, can: \"members:edit\", in: \"org:acme/workspace:ml\"}\n"
)
