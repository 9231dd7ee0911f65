package doc

import (
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

// blame makes a diagnostic of an error of the YAML library that nothing else explained. The library names the line on
// which the thing starts that it was reading, or one beside it, or none. How far it had read is more telling: it stops
// no further than a few characters behind the fault, or else, when it was putting tokens together, two tokens.
func blame(f *file, text string, err error, limits Limits) diag.Diagnostic {
	problem := plainProblem(err)
	if tooDeepForLibrary(err) {
		from := deepest(text, limits.Depth)
		return f.diagnose("yaml-depth", from, from+1, report.Path{}, "%s", tooDeep(limits.Depth))
	}
	read := parseSlowly(text)
	from, to := exactly(f, text, problem, read)
	if from < 0 {
		from, to = onLine(f, text, problem, read)
	}
	return f.diagnose("yaml-syntax", from, to, report.Path{}, "%s", explain(problem))
}

// tooDeepForLibrary reports whether the library gave up on nesting, of which it bears far more than is read.
func tooDeepForLibrary(err error) bool { return plainProblem(err) == "exceeded max depth of 10000" }

// exactly finds the character that the library refused, for errors at which it stops right there; -1 if it does not.
func exactly(f *file, text, problem string, read int) (from, to int) {
	signs := ""
	switch problem {
	case "found character that cannot start any token":
		signs = "@`%\t"
	case "mapping values are not allowed in this context":
		signs = ":"
	case "block sequence entries are not allowed in this context":
		signs = "-"
	case "mapping keys are not allowed in this context":
		signs = "?"
	case "found unknown escape character", "found invalid Unicode character escape code", "did not find expected hexdecimal number":
		signs = `\`
	}
	const near = 14
	for i := min(read, len(text)) - 1; i >= max(0, read-near) && signs != ""; i-- {
		if strings.IndexByte(signs, text[i]) >= 0 {
			return i, i + 1
		}
	}
	return -1, -1
}

// Lines are tried one after another, up to this many bytes in all.
const tried = 1 << 20

// onLine finds the first line with which the library refuses the text, going back from where it stopped.
func onLine(f *file, text, problem string, read int) (from, to int) {
	last := f.line(max(0, min(read, len(text))-1))
	for spent := 0; last > 0 && spent < tried; last-- {
		before := text[:f.lines[last]]
		spent += len(before)
		if p := parse(before); p.err == nil || plainProblem(p.err) != problem {
			break
		}
	}
	from = f.lines[last]
	line := text[from:max(from, min(f.end(last), len(text)))]
	from += len(line) - len(strings.TrimLeft(line, " \t"))
	return from, from + len(strings.TrimSpace(line))
}

// deepest returns the offset of a bracket, or else of a character, at which nesting is certainly too deep.
func deepest(text string, most int) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		}
		if depth > most {
			return i
		}
	}
	depth = 0
	for i := range len(text) {
		if c := text[i]; (c == '-' || c == '?' || c == ':') && i+1 < len(text) && isSpace(text[i+1]) {
			if depth++; depth > most {
				return i
			}
		}
	}
	return 0
}

// explain says in plain words what the library means.
func explain(problem string) string {
	for _, e := range explanations {
		if strings.HasPrefix(problem, e.problem) {
			return e.words
		}
	}
	return "this is not valid YAML: " + brief(problem)
}

var explanations = []struct{ problem, words string }{
	{"found character that cannot start any token", "YAML keeps this sign for itself: put the text in quotes, or use spaces where this is a tab"},
	{"mapping values are not allowed", "YAML takes this colon for the end of a key, where no key can stand: line the key up with its neighbours, or put the text in quotes"},
	{"block sequence entries are not allowed", "an item of a list cannot stand here: start it on a line of its own"},
	{"mapping keys are not allowed", "a key cannot start here: put the text in quotes"},
	{"found unknown escape character", `text in double quotes knows no such escape: write \\ for a backslash, or use single quotes`},
	{"did not find expected hexdecimal number", "this escape takes hexadecimal digits: write all of them, or use single quotes"},
	{"found invalid Unicode character escape code", "this escape stands for no character: write another, or the character itself"},
	{"could not find expected ':'", "this line has no key that ends in a colon and a space: write one, or indent the line under the key that it belongs to"},
	{"did not find expected key", "a key is expected here: line this up with its neighbours, or put the value above it in quotes if this belongs to it"},
	{"did not find expected '-' indicator", "an item of the list is expected here: put a dash before it, or line it up with the mapping it belongs to"},
	{"did not find expected ',' or ']'", "a comma or ] is expected here: close the list, or put a text that holds brackets in quotes"},
	{"did not find expected ',' or '}'", "a comma or } is expected here: close the mapping, or put a text that holds brackets in quotes"},
	{"did not find expected node content", "a value is expected here: write one, or put the text in quotes"},
	{"did not find expected <document start>", "there is something after the end of the document: indent it under a key, or remove it"},
	{"found unexpected end of stream", openQuote},
	{"found unexpected document indicator", "the document ends here, within a text in quotes: close the quotes"},
	{"found a tab character that violates indentation", "a tab cannot indent a line: use spaces"},
	{"found a tab character where an indentation space is expected", "a tab cannot indent a line: use spaces"},
	{"unknown anchor", "aliases are not read: write out what this one stands for"},
	{"did not find expected alphabetic or numeric character", "this sign starts an anchor or an alias, which are not read: put the text in quotes"},
	{"did not find expected whitespace or line break", "YAML takes this for a tag, and tags are not read: put the text in quotes"},
	{"the YAML library gave up", "the YAML library cannot read this: simplify the text around this line"},
}
