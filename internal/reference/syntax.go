package reference

import (
	"fmt"
	"strconv"
	"strings"
)

// This is a small CEL of the reference's own: the operators, the macros and the functions that generated conditions
// use. What it does not know it refuses loudly, by a panic: a test that used it would prove nothing.

// expr is a node of a condition.
type expr struct {
	op   string // "lit", "name", ".", "has", "call", "index", "list", or an operator
	text string // of a name, a field or a function
	val  any    // of a literal
	args []expr
}

type token struct {
	text string
	kind byte // 'n' name, 's' string, 'd' number, 'o' operator
}

// scan cuts a condition into words.
func scan(text string) []token {
	var list []token
	for i := 0; i < len(text); {
		c := text[i]
		j := i + 1
		kind := byte('o')
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case c == '"' || c == '\'':
			for text[j] != c {
				j++
			}
			j++
			kind = 's'
		case letter(c):
			for j < len(text) && (letter(text[j]) || digit(text[j])) {
				j++
			}
			kind = 'n'
		case digit(c):
			for j < len(text) && (digit(text[j]) || text[j] == '.') {
				j++
			}
			kind = 'd'
		case j < len(text) && strings.Contains("== != <= >= && ||", text[i:j+1]) && text[j] != ' ':
			j++
		}
		list = append(list, token{text[i:j], kind})
		i = j
	}
	return list
}

func letter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

type parser struct {
	text   string
	tokens []token
}

// parse reads a condition.
func parse(text string) expr {
	p := &parser{text, scan(text)}
	e := p.ternary()
	if len(p.tokens) > 0 {
		p.refuse()
	}
	return e
}

func (p *parser) refuse() {
	panic(fmt.Sprintf("the reference does not know the condition %q at %v", p.text, p.tokens))
}

func (p *parser) take(text string) bool {
	if len(p.tokens) > 0 && p.tokens[0].kind != 's' && p.tokens[0].text == text {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *parser) due(text string) {
	if !p.take(text) {
		p.refuse()
	}
}

func (p *parser) ternary() expr {
	e := p.binary(0)
	if p.take("?") {
		yes := p.binary(0)
		p.due(":")
		return expr{op: "?", args: []expr{e, yes, p.ternary()}}
	}
	return e
}

// precedence holds CEL's binary operators, the loosest first.
var precedence = [][]string{{"||"}, {"&&"}, {"==", "!=", "<=", ">=", "<", ">", "in"}, {"+", "-"}, {"*", "/", "%"}}

func (p *parser) binary(level int) expr {
	if level == len(precedence) {
		return p.unary()
	}
	e := p.binary(level + 1)
	for {
		found := ""
		for _, op := range precedence[level] {
			if p.take(op) {
				found = op
				break
			}
		}
		if found == "" {
			return e
		}
		e = expr{op: found, args: []expr{e, p.binary(level + 1)}}
	}
}

func (p *parser) unary() expr {
	if p.take("!") {
		return expr{op: "!", args: []expr{p.unary()}}
	}
	if p.take("-") {
		return expr{op: "neg", args: []expr{p.unary()}}
	}
	return p.postfix(p.primary())
}

func (p *parser) postfix(e expr) expr {
	for {
		switch {
		case p.take("."):
			name := p.name()
			if p.take("(") {
				e = expr{op: "call", text: name, args: append([]expr{e}, p.list(")")...)}
			} else {
				e = expr{op: ".", text: name, args: []expr{e}}
			}
		case p.take("["):
			e = expr{op: "index", args: []expr{e, p.ternary()}}
			p.due("]")
		default:
			return e
		}
	}
}

func (p *parser) name() string {
	if len(p.tokens) == 0 || p.tokens[0].kind != 'n' {
		p.refuse()
	}
	name := p.tokens[0].text
	p.tokens = p.tokens[1:]
	return name
}

func (p *parser) list(end string) []expr {
	var list []expr
	for !p.take(end) {
		list = append(list, p.ternary())
		if !p.take(",") {
			p.due(end)
			break
		}
	}
	return list
}

func (p *parser) primary() expr {
	if p.take("(") {
		e := p.ternary()
		p.due(")")
		return e
	}
	if p.take("[") {
		return expr{op: "list", args: p.list("]")}
	}
	if len(p.tokens) == 0 {
		p.refuse()
	}
	t := p.tokens[0]
	switch t.kind {
	case 's':
		p.tokens = p.tokens[1:]
		return expr{op: "lit", val: t.text[1 : len(t.text)-1]}
	case 'd':
		p.tokens = p.tokens[1:]
		if i, err := strconv.ParseInt(t.text, 10, 64); err == nil {
			return expr{op: "lit", val: i}
		}
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			p.refuse()
		}
		return expr{op: "lit", val: f}
	}
	switch name := p.name(); {
	case name == "true" || name == "false":
		return expr{op: "lit", val: name == "true"}
	case p.take("("):
		args := p.list(")")
		if name == "has" {
			return expr{op: "has", text: args[0].text, args: args[0].args}
		}
		return expr{op: "call", text: name, args: args}
	default:
		return expr{op: "name", text: name}
	}
}
