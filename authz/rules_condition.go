package authz

// The rules of conditions. Their places are within the condition's text, wherever it stands in the file.
var rulesOfConditions = []Rule{
	{
		Name: "condition-attribute", File: "policy",
		Doc:     "A condition reads an attribute that is not declared. It would fail whenever it is asked. Declare the attribute, or mend its name.",
		Example: exampleWhen("has(org.plann)"),
		Mended:  exampleWhen("has(org.plan)"),
	},
	{
		Name: "condition-bool", File: "policy",
		Doc:     "A condition must yield true or false, and this one yields something else. Compare the value with what it should be.",
		Example: exampleWhen("org.plan"),
		Mended:  exampleWhen(`org.plan == "team"`),
	},
	{
		Name: "condition-comment", File: "policy",
		Doc:     "A comment (`//`) in a condition swallows the next line. YAML joins the lines of a text behind `>`, in quotes or without any sign, and a comment goes to the end of its line: the rest of the condition would be gone. Write the condition behind `|`, or leave the comment out.",
		Example: exampleLines(">"),
		Mended:  exampleLines("|"),
	},
	{
		Name: "condition-depth", File: "policy",
		Doc:     "A condition is nested too deep, in brackets, operators or loops such as `exists`. What one decision may cost is bounded. Write it less deeply, or split it into several grants.",
		Example: exampleWhen("((((((((((((((true))))))))))))))"),
		Mended:  exampleWhen("(true)"),
	},
	{
		Name: "condition-kind", File: "policy",
		Doc:     "A condition reads a scope kind that does not stand on the path of the scopes at which it is asked. A grant's condition could then never hold; a boundary's would fail, and a boundary that fails applies. Let the boundary lie on a kind beneath, or let the grant reach one.",
		Example: exampleTwoKinds + "boundaries: {closed: {in: org, when: has(workspace.id), limit: {docs: none}}}\n",
		Mended:  exampleTwoKinds + "boundaries: {closed: {in: workspace, when: has(workspace.id), limit: {docs: none}}}\n",
	},
	{
		Name: "condition-literal", File: "policy",
		Doc:     "A pattern, a network, a time or a duration that is written out in a condition is malformed: it would fail whenever it is asked.",
		Example: exampleWhen(`request.time > timestamp("2026-13-01T00:00:00Z")`),
		Mended:  exampleWhen(`request.time > timestamp("2026-12-01T00:00:00Z")`),
	},
	{
		Name: "condition-name", File: "policy",
		Doc:     "A condition uses a variable or a function that there is not. The variables are `principal`, `request` and the scope kinds, each by its name.",
		Example: exampleWhen(`user.id == "alice"`),
		Mended:  exampleWhen(`principal.id == "alice"`),
	},
	{
		Name: "condition-size", File: "policy",
		Doc:     "A condition is empty, or longer than 4 KB or 600 words. Leave `when` out where no condition is meant; what is longer is data, and belongs in attributes.",
		Example: exampleWhen(""),
		Mended:  exampleWhen("true"),
	},
	{
		Name: "condition-syntax", File: "policy",
		Doc:     "A condition is not CEL, often for an operator of another language: `=` for `==`, `and` for `&&`. The message says how it is written.",
		Example: exampleWhen(`org.plan = "team"`),
		Mended:  exampleWhen(`org.plan == "team"`),
	},
	{
		Name: "condition-type", File: "policy",
		Doc:     "An operator or a function is applied to values that it does not take, such as a text compared with a number. Facts are checked against their declared types, so such a comparison could never be meant. Compare values of one type.",
		Example: exampleWhen("org.plan == 3"),
		Mended:  exampleWhen(`org.plan == "3"`),
	},
}

const exampleTwoKinds = exampleHead + "scopes: {org: {}, workspace: {in: org}}\n" + exampleArea + exampleRole

// exampleWhen is a policy with one condition.
func exampleWhen(condition string) string {
	return exampleHead + "scopes: {org: {attributes: {plan: string}}}\n" + exampleArea +
		"roles:\n  member:\n    at: org\n    grants:\n      - areas: {docs: read}\n        when: '" + condition + "'\n"
}

// exampleLines is a policy whose condition stands on two lines behind a sign.
func exampleLines(sign string) string {
	return exampleHead + "scopes: {org: {attributes: {plan: string}}}\nprincipal: {mfa: bool}\n" + exampleArea +
		"roles:\n  member:\n    at: org\n    grants:\n      - areas: {docs: read}\n        when: " + sign +
		"\n          org.plan == \"team\" // paying\n          && principal.mfa\n"
}
