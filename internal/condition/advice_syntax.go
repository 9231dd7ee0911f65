package condition

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"

	"github.com/trellis-authz/trellis/diag"
)

// syntax turns the parser's errors into problems. Of what the grammar refuses only the first is told: after it the
// parser guesses, and its guesses read like mistakes that nobody made. What macros refuse is all told.
func (c *compilation) syntax(issues []*cel.Error) {
	guessing := len(c.problems) > 0
	for _, issue := range issues {
		if strings.HasPrefix(issue.Message, "reserved identifier: ") {
			guessing = true
		}
	}
	for _, issue := range issues {
		text, grammar := strings.CutPrefix(issue.Message, "Syntax error: ")
		at, word := c.issueAt(issue)
		switch {
		case strings.Contains(text, "recursion"):
			c.problem(RuleDepth, c.all(), fmt.Sprintf(
				"the condition is nested too deep: at most %d steps in one path and %d operators such as + in a row",
				MaxRecursion, MaxRecursion-1), "")
			return
		case strings.HasPrefix(text, "error recovery"):
			continue
		case grammar && guessing, strings.HasPrefix(text, "argument") && c.reportedAt(at):
			continue
		case grammar:
			guessing = true
			c.problem(RuleSyntax, at, unexpected(text, word), "")
		default:
			c.problem(RuleSyntax, at, macroMessage(text, word), "")
		}
	}
	if len(c.problems) == 0 {
		c.problem(RuleSyntax, c.all(), "the condition cannot be read", "")
	}
}

func (c *compilation) reportedAt(at span) bool {
	return slices.ContainsFunc(c.problems, func(p Problem) bool { return p.Offset == at.offset })
}

// issueAt returns the token that an issue of the parser stands at; past the last one, the end of the source.
func (c *compilation) issueAt(issue *cel.Error) (span, string) {
	point := len(c.bytes) - 1
	if line := issue.Location.Line(); line >= 1 && line <= len(c.lines)+1 {
		point = issue.Location.Column()
		if line > 1 {
			point += c.lines[line-2]
		}
	}
	i, ok := c.at(point)
	if !ok {
		return c.span(i), ""
	}
	if c.mtokens[i].text == "(" && i > 0 && c.mtokens[i-1].kind == nameToken && issue.ExprID != 0 {
		i--
	}
	return c.span(i), c.mtokens[i].text
}

// unexpected says what the grammar found where it expected something else.
func unexpected(text, word string) string {
	if match := reservedWord.FindStringSubmatch(text); match != nil {
		return match[1] + " is a word that CEL keeps for itself"
	}
	switch {
	case word == "":
		return "the condition ends where a value is due"
	case strings.Contains(text, "token recognition error"):
		return "a condition cannot hold " + diag.Quote(word)
	case strings.HasPrefix(text, "mismatched input") && strings.Contains(text, "expecting <EOF>"),
		strings.HasPrefix(text, "extraneous input") && strings.Contains(text, "expecting <EOF>"):
		return fmt.Sprintf("%s is not expected here; an operator such as && is missing before it", quoteWord(word))
	}
	return fmt.Sprintf("%s is not expected here", quoteWord(word))
}

var reservedWord = regexp.MustCompile(`mismatched input '(true|false|null|in)' expecting IDENTIFIER`)

// macroMessage rewrites what the parser says of calls and names that it can read and yet refuses.
func macroMessage(text, word string) string {
	switch {
	case strings.HasPrefix(text, "reserved identifier: "):
		return strings.TrimPrefix(text, "reserved identifier: ") + " is a word that CEL keeps for itself"
	case strings.Contains(text, "simple name"), strings.Contains(text, "not an identifier"):
		return "the first argument must be a plain name for the elements, as in list.exists(x, x == 1)"
	case strings.Contains(text, "overwrites accumulator"):
		return diag.Quote(word) + " is a name that CEL keeps for itself"
	case strings.Contains(text, "has() macro"):
		return "has() asks whether an attribute is there, as in has(principal.department)"
	case strings.Contains(text, "int literal"), strings.Contains(text, "uint literal"), strings.Contains(text, "double literal"):
		return word + " does not fit into a number of 64 bits"
	case strings.Contains(text, "unable to unescape"), strings.Contains(text, "escape"):
		return `the text holds an escape that CEL does not know; a backslash is written \\`
	case strings.HasPrefix(text, "unsupported syntax"):
		return "CEL's optional syntax (?) is not supported; has(x.y) asks whether an attribute is there"
	}
	return plainError(text)
}

func quoteWord(word string) string {
	if strings.ContainsAny(word, `"'`) {
		return "the text " + diag.Printable(shorten(word))
	}
	return diag.Quote(word)
}

// quoted is a value from the facts or the source, as messages show it.
func quoted(s string) string { return diag.Quote(s) }

// thousands writes a number with its thousands set off: 4,096.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
