package condition

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"github.com/trellis-authz/trellis/diag"
)

// wording is how something is told that the checker says.
type wording struct {
	said *regexp.Regexp
	tell func(c *compilation, e ast.Expr, at span, said []string)
}

// wordings are all that CEL's checker says, and how a policy's author is told.
var wordings = []wording{
	{regexp.MustCompile(`^undeclared reference to '(.*)' \(in container '.*'\)$`),
		func(c *compilation, e ast.Expr, at span, said []string) { c.unknownName(e, at, said[1]) }},
	{regexp.MustCompile(`^undefined field '(.*)'$`),
		func(c *compilation, e ast.Expr, at span, said []string) { c.unknownField(e, at, said[1]) }},
	{regexp.MustCompile(`^type '(.*)' does not support field selection$`),
		func(c *compilation, e ast.Expr, at span, said []string) { c.fieldOfPlain(e, at, said[1]) }},
	{regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(.*)'$`),
		func(c *compilation, e ast.Expr, at span, said []string) {
			c.noOverload(e, at, said[1], signature(said[2]))
		}},
	{regexp.MustCompile(`^expected type '(.*)' but found '(.*)'$`),
		func(c *compilation, e ast.Expr, at span, said []string) { c.mismatch(e, at, said[1], said[2]) }},
	{regexp.MustCompile(`^expression of type '(.*)' cannot be range of a comprehension`),
		func(c *compilation, e ast.Expr, at span, said []string) { c.noRange(e, at, said[1]) }},
}

// typed turns an error of the type-checker into a problem.
func (c *compilation) typed(issue *cel.Error) {
	if c.seen[issue.ExprID] {
		return
	}
	e, at := c.nodes[issue.ExprID], c.where(issue.ExprID)
	for _, w := range wordings {
		if said := w.said.FindStringSubmatch(issue.Message); said != nil {
			w.tell(c, e, at, said)
			return
		}
	}
	c.problem(RuleType, at, plainError(issue.Message), "")
}

// plainError cuts what is Go's or CEL's about a message that has no better wording.
func plainError(text string) string {
	text = strings.TrimPrefix(text, "Syntax error: ")
	return diag.Printable(strings.TrimSpace(text))
}

func (c *compilation) unknownName(e ast.Expr, at span, name string) {
	name = strings.TrimPrefix(name, ".")
	if e != nil && e.Kind() == ast.CallKind {
		c.problem(RuleName, at, fmt.Sprintf("there is no function %s", diag.Quote(name)), c.near(name, c.env.functions))
		return
	}
	near := ""
	if len(c.problems) <= MaxProblems {
		if near = c.near(name, c.names(e)); near == "" {
			near = c.owner(name)
		}
	}
	c.problem(RuleName, at, fmt.Sprintf("there is no variable or scope kind %s", diag.Quote(name)), near)
}

// names returns the variables that a node sees, those of the loops around it first.
func (c *compilation) names(e ast.Expr) []string {
	var names []string
	for e != nil {
		loop := c.loops[e.ID()]
		if loop != nil {
			names = append(names, loop.AsComprehension().IterVar())
		}
		e = loop
	}
	names = append(names, c.env.kinds...)
	return append(names, principalName, requestName)
}

// owner returns the path of an attribute that was written without the thing it belongs to, when there is but one:
// org.plan for plan.
func (c *compilation) owner(name string) string {
	found := ""
	for _, v := range append([]string{principalName, requestName}, c.env.kinds...) {
		if _, ok := c.env.variable(v).fields[name]; ok {
			if found != "" {
				return ""
			}
			found = v + "." + name
		}
	}
	return found
}

// variable returns the class of a variable's object.
func (e *Env) variable(name string) *class {
	switch i := e.variables[name]; i {
	case principalVariable:
		return e.principal
	case requestVariable:
		return e.request
	default:
		return e.scopes[i]
	}
}

func (c *compilation) unknownField(e ast.Expr, at span, field string) {
	owner := c.classOf(e)
	if owner == nil {
		c.problem(RuleAttribute, at, fmt.Sprintf("there is no attribute %s", diag.Quote(field)), "")
		return
	}
	message := fmt.Sprintf("there is no attribute %s of %s", diag.Quote(field), owner.title)
	if owner.kind == personClass && slices.Contains(c.env.principal.names, field) {
		message = fmt.Sprintf("an attribute of type principal has no %s, only id, status and the declared attributes", diag.Quote(field))
	}
	c.problem(RuleAttribute, at, message, c.near(field, owner.names))
}

// classOf returns the class of the object that a select reads a field of, as far as the source tells.
func (c *compilation) classOf(e ast.Expr) *class {
	if e == nil || e.Kind() != ast.SelectKind {
		return nil
	}
	t := c.typeOf(e.AsSelect().Operand())
	if t == nil {
		return nil
	}
	return c.env.classes[t.TypeName()]
}

// typeOf returns the type of a node that is a variable or a path from one, nil for any other: a failed type-check
// does not give its types away.
func (c *compilation) typeOf(e ast.Expr) *types.Type {
	switch e.Kind() {
	case ast.IdentKind:
		name := strings.TrimPrefix(e.AsIdent(), ".")
		for at := e; at != nil; {
			loop := c.loops[at.ID()]
			if loop != nil && loop.AsComprehension().IterVar() == name {
				return elementOf(c.typeOf(loop.AsComprehension().IterRange()))
			}
			at = loop
		}
		if _, ok := c.env.variables[name]; ok {
			return c.env.variable(name).cel
		}
	case ast.SelectKind:
		t := c.typeOf(e.AsSelect().Operand())
		if t == nil {
			return nil
		}
		if owner := c.env.classes[t.TypeName()]; owner != nil && owner.fields[e.AsSelect().FieldName()] != nil {
			return owner.fields[e.AsSelect().FieldName()].Type
		}
		if t.Kind() == types.MapKind {
			return t.Parameters()[1]
		}
	case ast.CallKind:
		if call := e.AsCall(); call.FunctionName() == operators.Index {
			if t := c.typeOf(call.Args()[0]); t != nil && len(t.Parameters()) > 0 {
				return t.Parameters()[len(t.Parameters())-1]
			}
		}
	case ast.ComprehensionKind: // filter yields what it goes through
		return c.typeOf(e.AsComprehension().IterRange())
	}
	return nil
}

func elementOf(t *types.Type) *types.Type {
	if t == nil || len(t.Parameters()) == 0 {
		return nil
	}
	return t.Parameters()[0]
}

func (c *compilation) fieldOfPlain(e ast.Expr, at span, typ string) {
	name, message := "", c.env.plainName(typ)+" has no attributes"
	if e != nil && e.Kind() == ast.SelectKind {
		name = c.render(e.AsSelect().Operand())
	}
	if name != "" {
		message = fmt.Sprintf("%s is %s, which has no attributes", name, c.env.plainName(typ))
	}
	c.problem(RuleAttribute, at, message, "")
}

func (c *compilation) notBool(e ast.Expr, out *types.Type) {
	c.problem(RuleBool, c.all(), fmt.Sprintf("a condition must yield true or false, and this yields %s", c.plain(out)), "")
}

func (c *compilation) noRange(e ast.Expr, at span, typ string) {
	c.problem(RuleType, at, fmt.Sprintf("%s goes through a list or a map, and this is %s", c.loopName(e), c.env.plainName(typ)), "")
}

// loopName returns the name of the macro whose range a node is.
func (c *compilation) loopName(e ast.Expr) string {
	if e != nil {
		if loop := c.parents[e.ID()]; loop != nil && loop.Kind() == ast.ComprehensionKind {
			at := c.where(loop.ID())
			return c.source[at.offset : at.offset+at.width]
		}
	}
	return "a loop"
}

func (c *compilation) tooManyLoops(e ast.Expr) {
	at := c.where(e.ID())
	c.problem(RuleDepth, at, fmt.Sprintf("%s stands in more than %d others of its like: loops may be nested %d deep",
		c.source[at.offset:at.offset+at.width], MaxLoops-1, MaxLoops), "")
}

// signature splits what the checker says of the types of a call: "string.(int, list(string))" are three.
func signature(text string) []string {
	var list []string
	if target, rest, ok := cutTarget(text); ok {
		list, text = append(list, target), rest
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "("), ")")
	depth, from := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				list, from = append(list, strings.TrimSpace(text[from:i])), i+1
			}
		}
	}
	if last := strings.TrimSpace(text[from:]); last != "" {
		list = append(list, last)
	}
	return list
}

// cutTarget splits off the type that a member function is called on.
func cutTarget(text string) (target, rest string, ok bool) {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '.':
			if depth == 0 && i+1 < len(text) && text[i+1] == '(' {
				return text[:i], text[i+1:], true
			}
		}
	}
	return "", text, false
}

// plain names a type of CEL's as a policy's author knows it, with its article.
func (c *compilation) plain(t *types.Type) string {
	return c.env.plainName(cel.FormatCELType(t))
}

func (e *Env) plainName(text string) string {
	name := e.typeName(text)
	switch {
	case text == "@principal", text == "@request", strings.HasPrefix(text, "@scope/"), name == "null", name == "bytes":
		return name
	case strings.IndexByte("aeiouI", name[0]) >= 0 && !strings.HasPrefix(name, "uint"):
		return "an " + name
	}
	return "a " + name
}

// typeName names a type of CEL's as a policy's author knows it.
func (e *Env) typeName(text string) string {
	switch {
	case text == "" || text == "dyn" || text == "any" || strings.HasPrefix(text, "_var") || text == "!error!":
		return "value"
	case text == "@person":
		return "principal"
	case text == "@principal":
		return "the principal"
	case text == "@request":
		return "the request"
	case text == "null_type":
		return "null"
	case text == "net.IP":
		return "IP address"
	case text == "net.CIDR":
		return "network"
	case strings.HasPrefix(text, "@scope/"):
		if c := e.classes[text]; c != nil {
			return "the scope " + c.title
		}
		return "the scope"
	case strings.HasPrefix(text, "type(") || text == "type":
		return "type"
	case strings.HasPrefix(text, "list(") && strings.HasSuffix(text, ")"):
		return "list(" + e.typeName(text[len("list("):len(text)-1]) + ")"
	case strings.HasPrefix(text, "map(") && strings.HasSuffix(text, ")"):
		parts := signature(text[len("map"):])
		for i, part := range parts {
			parts[i] = e.typeName(part)
		}
		if len(parts) == 2 && parts[0] == "string" {
			parts = parts[1:]
		}
		return "map(" + strings.Join(parts, ", ") + ")"
	}
	return text
}
