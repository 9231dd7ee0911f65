package condition

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/diag"
)

// slip is a token of another language for one of CEL's.
type slip struct{ mended, message string }

// operatorSlips are the operators that CEL does not have.
var operatorSlips = map[string]slip{
	"=":   {"==", "= is written =="},
	"===": {"==", "=== is written =="},
	"!==": {"!=", "!== is written !="},
	"<>":  {"!=", "<> is written !="},
	"=<":  {"<=", "=< is written <="},
	"=>":  {">=", "=> is written >="},
	"&":   {"&&", "& is written &&"},
	"|":   {"||", "| is written ||"},
}

// wordSlips are words that stand for operators elsewhere, between two values.
var wordSlips = map[string]slip{
	"and": {"&&", "and is written &&"},
	"or":  {"||", "or is written ||"},
	"AND": {"&&", "AND is written &&"},
	"OR":  {"||", "OR is written ||"},
	"is":  {"==", "is is written =="},
	"eq":  {"==", "eq is written =="},
	"ne":  {"!=", "ne is written !="},
	"IN":  {"in", "IN is written in"},
}

// brackets pairs each opening bracket with its closing one.
var brackets = map[string]string{"(": ")", "[": "]", "{": "}"}

// lexical reports what cannot be read at all: a text that does not end, a character that CEL does not know.
func (c *compilation) lexical() bool {
	if len(c.tokens) == 0 {
		c.problem(RuleSize, span{0, len(c.source)}, "the condition is empty", "")
		return false
	}
	words := 0
	for _, t := range c.tokens {
		if t.text != "," {
			words++
		}
		if t.kind == textToken {
			c.escapes(t)
		}
		if t.kind != brokenToken {
			continue
		}
		message := "a condition cannot hold the character " + strconv.QuoteToASCII(t.text)
		switch quote := textPrefix(t.text); {
		case quote >= 0:
			message = fmt.Sprintf("the text that begins with %c has no end", t.text[quote])
		case strings.ContainsAny(t.text, "“”„«»‘’‚"):
			message = fmt.Sprintf(`texts stand in straight quotes, "…" or '…', and not in %s`, t.text)
		case t.text == "~":
			message = `patterns are matched with x.matches("…")`
		case t.text == "#":
			message = "a comment begins with //"
		case t.text == ";":
			message = "a condition is one expression; join parts with && or ||"
		case diag.Printable(t.text) == t.text:
			message = "a condition cannot hold the character " + t.text
		}
		c.problem(RuleSyntax, span{t.offset, len(t.text)}, message, "")
	}
	if words > MaxWords {
		c.problem(RuleSize, c.all(), fmt.Sprintf("the condition has %s words (names, operators, literals); a condition may have at most %s",
			thousands(words), thousands(MaxWords)), "")
	}
	return len(c.problems) == 0
}

// escapes reports the escapes in a text that CEL does not know.
func (c *compilation) escapes(t token) {
	quote := textPrefix(t.text)
	if strings.ContainsAny(t.text[:quote], "rR") {
		return
	}
	for at := quote; at < len(t.text)-1; at++ {
		if t.text[at] != '\\' {
			continue
		}
		if escape := escapePattern.FindString(t.text[at:]); escape != "" {
			at += len(escape) - 1
			continue
		}
		_, width := utf8.DecodeRuneInString(t.text[at+1:])
		written := t.text[at : at+1+width]
		c.problem(RuleSyntax, span{t.offset + at, len(written)},
			fmt.Sprintf(`%s is no escape; a backslash is written \\, or r before the text: r"…"`, diag.Printable(written)), "")
		at += width
	}
}

var escapePattern = regexp.MustCompile(
	`^\\(?:[abfnrtv"'\\?` + "`" + `]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`)

// nested checks that every bracket is closed and that they are not nested too deep. It stands before the parser, whose
// time grows with every level.
func (c *compilation) nested() bool {
	var open []token
	for _, t := range c.tokens {
		if t.kind != operatorToken {
			continue
		}
		at := span{t.offset, len(t.text)}
		switch t.text {
		case "(", "[", "{":
			if open = append(open, t); len(open) > MaxNesting {
				c.problem(RuleDepth, at, fmt.Sprintf("brackets may stand in each other at most %d deep", MaxNesting), "")
				return false
			}
		case ")", "]", "}":
			if len(open) == 0 {
				c.problem(RuleSyntax, at, fmt.Sprintf("this %s closes nothing", t.text), "")
				return false
			}
			last := open[len(open)-1]
			if brackets[last.text] != t.text {
				c.problem(RuleSyntax, at, fmt.Sprintf("%s is closed with %s, and not with %s",
					last.text, brackets[last.text], t.text), "")
				return false
			}
			open = open[:len(open)-1]
		}
	}
	for _, t := range open {
		c.problem(RuleSyntax, span{t.offset, len(t.text)}, fmt.Sprintf("this %s is not closed", t.text), "")
	}
	return len(open) == 0
}

// mend reports slips and puts them right in the text that CEL parses.
func (c *compilation) mend() {
	texts := make([]string, len(c.tokens)) // what each token becomes; "" drops it
	for i, t := range c.tokens {
		texts[i] = t.text
	}
	for i, t := range c.tokens {
		s, ok := c.slip(i)
		if !ok {
			continue
		}
		at := span{t.offset, len(t.text)}
		if s.mended == "" && t.text == "not" && c.is(i+1, "in") {
			at.width = c.tokens[i+1].end() - t.offset
		}
		texts[i] = s.mended
		c.problem(RuleSyntax, at, s.message, "")
	}
	var b strings.Builder
	end := 0
	for i, t := range c.tokens {
		gap := c.source[end:t.offset]
		end = t.end()
		b.WriteString(gap)
		if texts[i] == "" {
			continue
		}
		if b.Len() > 0 && gap == "" && texts[i] != t.text {
			b.WriteByte(' ')
		}
		c.mtokens = append(c.mtokens, token{t.kind, texts[i], b.Len()})
		c.origin = append(c.origin, i)
		b.WriteString(texts[i])
		if texts[i] != t.text && letter(texts[i][0]) {
			b.WriteByte(' ')
		}
	}
	c.mended = b.String()
}

// slip reports whether the i-th token is one, by what stands around it: and is a fine name for an attribute.
func (c *compilation) slip(i int) (slip, bool) {
	t := c.tokens[i]
	after, before := i > 0 && ends(c.tokens[i-1]), i+1 < len(c.tokens) && begins(c.tokens[i+1])
	switch {
	case t.kind == operatorToken:
		s, ok := operatorSlips[t.text]
		return s, ok
	case t.kind != nameToken || i > 0 && c.tokens[i-1].text == ".":
		return slip{}, false
	case after && before:
		if s, ok := wordSlips[t.text]; ok {
			return s, true
		}
	}
	_, variable := c.env.variables[t.text]
	switch {
	case t.text == "not" && after && c.is(i+1, "in"):
		return slip{"", "a not in b is written !(a in b)"}, true
	case (t.text == "not" || t.text == "NOT") && !after && before && !variable:
		return slip{"!", t.text + " is written !"}, true
	case (t.text == "True" || t.text == "TRUE" || t.text == "False" || t.text == "FALSE") && !after && !variable:
		return slip{strings.ToLower(t.text), t.text + " is written " + strings.ToLower(t.text)}, true
	}
	return slip{}, false
}

func (c *compilation) is(i int, text string) bool {
	return i < len(c.tokens) && c.tokens[i].text == text
}

// ends reports whether a value can end with the token, and begins whether one can begin with it.
func ends(t token) bool {
	return t.kind == nameToken && t.text != "in" && wordSlips[t.text].mended == "" && t.text != "not" ||
		t.kind == numberToken || t.kind == textToken || t.text == ")" || t.text == "]" || t.text == "}"
}

func begins(t token) bool {
	return t.kind == nameToken && t.text != "in" || t.kind == numberToken || t.kind == textToken ||
		t.text == "(" || t.text == "[" || t.text == "{" || t.text == "!" || t.text == "-"
}
