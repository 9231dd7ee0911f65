package authz

import (
	"fmt"
	"strings"
)

// The rules of tests files; package authztest reports them.
var rulesOfTests = []Rule{
	{
		Name: "ambiguous-row", File: "tests",
		Doc:     "A row names what is both an area and an action. An area asserts the level held, an action a yes or no: write `area:level` for the permission.",
		Example: exampleTable("Alice", "| permission | Alice |", "|------------|-------|", "| export     | no    |"),
		Mended:  exampleTable("Alice", "| permission  | Alice |", "|-------------|-------|", "| export:edit | no    |"),
	},
	{
		Name: "duplicate-row", File: "tests",
		Doc:     "Two rows, or two columns, of a table assert the same, or two checks do. One of them was meant for something else, or one is left over.",
		Example: exampleTable("Alice", "| permission | Alice |", "|------------|-------|", "| members    | edit  |", "| members    | edit  |"),
		Mended:  exampleTable("Alice", "| permission | Alice |", "|------------|-------|", "| members    | edit  |"),
	},
	{
		Name: "failed-check", File: "tests",
		Doc:     "The policy decides a check otherwise than it expects. The message says what is held and which rule decided, with its place. Mend the policy, or the check.",
		Example: exampleTests + "checks:\n  - {as: bob, can: \"members:edit\", in: \"org:acme/workspace:ml\"}\n",
		Mended:  exampleTests + "checks:\n  - {as: bob, cannot: \"members:edit\", in: \"org:acme/workspace:ml\"}\n",
	},
	{
		Name: "missing-file", File: "tests",
		Doc:     "The policy or the directory that the tests name is not there, or is of the other kind. Names are relative to the tests file.",
		Example: "version: 1\npolicy: nowhere.policy.yaml\n" + exampleCheck,
		Mended:  exampleTests + exampleCheck,
	},
	{
		Name: "no-tests", File: "tests",
		Doc:     "The file asserts nothing. It would pass whatever the policy says, so it is an error: write `matrices` or `checks`.",
		Example: exampleTests,
		Mended:  exampleTests + exampleCheck,
	},
	{
		Name: "table-shape", File: "tests",
		Doc:     "A table is a header, a line of dashes, and a line for each row, each with as many cells as the header, between bars. What is not so could be left unasserted without a word.",
		Example: exampleTable("Alice", "| permission | Alice |", "|------------|-------|", "| members    | edit  | read |"),
		Mended:  exampleTable("Alice", "| permission | Alice |", "|------------|-------|", "| members    | edit  |"),
	},
	{
		Name: "too-many-checks", File: "tests",
		Doc:     "The checks of the file assert more than 100,000 times: each asserts every one of its words of each of its principals in each of its scopes. Name fewer of them, or put them into several files.",
		Example: exampleTests + exampleProduct(1250),
		Mended:  exampleTests + exampleCheck,
	},
	{
		Name: "unknown-column", File: "tests",
		Doc:     "A table has a column (or, transposed, a row) that `columns` does not declare, so nobody knows whose cells they are.",
		Example: exampleTable("Alice", "| permission | Alice | Bob  |", "|------------|-------|------|", "| members    | edit  | none |"),
		Mended:  exampleTable("Alice: alice, Bob", "| permission | Alice | Bob   |", "|------------|-------|-------|", "| members    | edit  | edit  |"),
	},
	{
		Name: "unused-column", File: "tests",
		Doc:     "`columns` declares somebody of whom the table asserts nothing. Add the column to the table, or take the declaration out.",
		Example: exampleTable("Bob: bob, Alice", "| permission | Alice |", "|------------|-------|", "| members    | edit  |"),
		Mended:  exampleTable("Alice", "| permission | Alice |", "|------------|-------|", "| members    | edit  |"),
	},
	{
		Name: "wrong-cell", File: "tests",
		Doc:     "The policy decides a cell otherwise than the table says. The message says what is held and which rule decided, with its place. Mend the policy, or the table.",
		Example: exampleTable("Alice", "| permission | Alice |", "|------------|-------|", "| members    | read  |"),
		Mended:  exampleTable("Alice", "| permission | Alice |", "|------------|-------|", "| members    | edit  |"),
	},
	{
		Name: "wrong-cell-value", File: "tests",
		Doc:     "A cell is empty, or holds what is no answer to its row: a row that names an area asserts a level, any other yes or no. Every cell is asserted, none is implied.",
		Example: exampleTable("Alice", "| permission | Alice |", "|------------|-------|", "| members    | yes   |"),
		Mended:  exampleTable("Alice", "| permission | Alice |", "|------------|-------|", "| members    | edit  |"),
	},
}

// exampleProduct is a check of n scopes and n permissions, brought by the check itself.
func exampleProduct(n int) string {
	var in, can, scopes []string
	for i := range n {
		in = append(in, fmt.Sprintf("\"org:acme/workspace:w%d\"", i))
		scopes = append(scopes, fmt.Sprintf("\"org:acme/workspace:w%d\": {}", i))
	}
	for _, area := range []string{"members", "billing", "analytics", "analytics.dashboards", "analytics.polyscore", "deletion", "export"} {
		can = append(can, "\""+area+":read\"", "\""+area+":comment\"", "\""+area+":edit\"")
	}
	return "checks:\n  - {as: [alice, bob, nightly, key-1], can: [" + strings.Join(can, ", ") + "], in: [" + strings.Join(in, ", ") + "], scopes: {" + strings.Join(scopes, ", ") + "}}\n"
}

// exampleTable is a tests file with one table.
func exampleTable(columns string, lines ...string) string {
	text := exampleTests + "matrices:\n  - name: Access\n    in: org:acme/workspace:ml\n    columns: {" + columns + ": alice}\n    table: |\n"
	for _, line := range lines {
		text += "      " + line + "\n"
	}
	return text
}

// The rules of queries, lines of JSON. Their other mistakes are those of names and shape.
var rulesOfQueries = []Rule{
	{
		Name: "json-depth", File: "query",
		Doc:     "Objects and arrays stand more than 32 deep in each other. No query needs that; the bound keeps hostile ones from costing time.",
		Example: `{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ip":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}`,
		Mended:  `{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ip":"10.0.0.1"}}`,
	},
	{
		Name: "json-encoding", File: "query",
		Doc:     "The line is not UTF-8, or escapes one half of a character: readers replace it, each with something else, and two ids that differ would be one.",
		Example: `{"principal":"\ud800","permission":"members:edit","in":"org:acme"}`,
		Mended:  `{"principal":"alice","permission":"members:edit","in":"org:acme"}`,
	},
	{
		Name: "json-size", File: "query",
		Doc:     "The line is longer than 4 MiB, or holds more than 32,768 keys and values. What a decision needs is far less; send that alone.",
		Example: "{\"principal\":\"alice\",\"permission\":\"members:edit\",\n# …\n\"in\":\"org:acme\"}",
		Mended:  `{"principal":"alice","permission":"members:edit","in":"org:acme"}`,
	},
	{
		Name: "json-syntax", File: "query",
		Doc:     "The line is not exactly one JSON value. The message says what is due at its place.",
		Example: `{"principal":"alice","permission":"members:edit","in":"org:acme",}`,
		Mended:  `{"principal":"alice","permission":"members:edit","in":"org:acme"}`,
	},
	{
		Name: "restated", File: "query",
		Doc:     "The request brings facts about a scope or a principal that the directory lists. A caller must not be able to upgrade a plan or to make itself active: name what is listed, and bring facts only about what is not.",
		Example: `{"principal":"alice","permission":"members:edit","in":"org:acme","scopes":{"org:acme":{"plan":"free"}}}`,
		Mended:  `{"principal":"alice","permission":"members:edit","in":"org:acme"}`,
	},
}
