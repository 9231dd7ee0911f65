package condition

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// noOverload says why an operator or a function does not take the values that it is given, and what may be meant.
func (c *compilation) noOverload(e ast.Expr, at span, function string, got []string) {
	if slices.Contains(got, "null") || slices.Contains(got, "null_type") {
		return // null has its own problem
	}
	name := c.env.plainName
	advice := c.advice(e, function, got)
	tell := func(format string, args ...any) {
		c.problem(RuleType, at, fmt.Sprintf(format, args...)+advice.more, advice.suggestion)
	}
	symbol, operator := operators.FindReverse(function)
	switch {
	case function == operators.In && len(got) == 2:
		if container := strings.HasPrefix(got[1], "list(") || strings.HasPrefix(got[1], "map("); !container {
			tell("in looks into a list or a map, and this is %s", name(got[1]))
			return
		}
		tell("in cannot find %s in %s", name(got[0]), name(got[1]))
	case (function == operators.Equals || function == operators.NotEquals) && len(got) == 2:
		tell("%s cannot compare %s with %s", symbol, name(got[0]), name(got[1]))
	case slices.Contains(comparisons, function) && len(got) == 2:
		if got[0] == got[1] {
			tell("%s cannot compare two values of type %s", symbol, c.env.typeName(got[0]))
			return
		}
		tell("%s cannot compare %s with %s", symbol, name(got[0]), name(got[1]))
	case function == operators.LogicalNot && len(got) == 1:
		tell("! wants a bool, and this is %s", name(got[0]))
	case function == operators.Negate && len(got) == 1:
		tell("- wants an int or a double, and this is %s", name(got[0]))
	case function == operators.Conditional && len(got) == 3:
		if got[0] != "bool" {
			tell("the condition before ? must be a bool, and is %s", name(got[0]))
			return
		}
		tell("? : must yield values of one type, and these are %s and %s", name(got[1]), name(got[2]))
	case function == operators.Index && len(got) == 2:
		c.noIndex(tell, got)
	case operator && len(got) == 2:
		tell("%s cannot be applied to %s and %s", symbol, name(got[0]), name(got[1]))
	default:
		c.noCall(tell, e, function, got)
	}
}

var comparisons = []string{operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals}

func (c *compilation) noIndex(tell func(string, ...any), got []string) {
	switch name := c.env.plainName; {
	case strings.HasPrefix(got[0], "list("):
		tell("a list is indexed with an int, and this is %s", name(got[1]))
	case strings.HasPrefix(got[0], "map("):
		tell("a map is indexed with its keys, and this is %s", name(got[1]))
	default:
		tell("[ ] reads from a list or a map, and this is %s", name(got[0]))
	}
}

// noCall says what a function takes.
func (c *compilation) noCall(tell func(string, ...any), e ast.Expr, function string, got []string) {
	given := make([]string, len(got))
	for i, t := range got {
		given[i] = c.env.typeName(t)
	}
	member := e != nil && e.Kind() == ast.CallKind && e.AsCall().IsMemberFunction()
	const most = 4
	var takes []string
	for _, o := range c.env.cel.Functions()[function].OverloadDecls() {
		args := make([]string, len(o.ArgTypes()))
		for i, t := range o.ArgTypes() {
			args[i] = c.env.typeName(cel.FormatCELType(t))
		}
		takes = append(takes, writeCall(function, args, o.IsMemberFunction()))
	}
	written := writeCall(function, given, member)
	if len(takes) > most {
		tell("there is no %s", written)
		return
	}
	tell("there is no %s, only %s", written, strings.Join(takes, " and "))
}

func writeCall(function string, args []string, member bool) string {
	if member && len(args) > 0 {
		return fmt.Sprintf("%s.%s(%s)", args[0], function, strings.Join(args[1:], ", "))
	}
	return fmt.Sprintf("%s(%s)", function, strings.Join(args, ", "))
}

// advice is what may be meant instead.
type advice struct{ more, suggestion string }

// advice knows the mistakes that everybody makes.
func (c *compilation) advice(e ast.Expr, function string, got []string) advice {
	if e == nil || e.Kind() != ast.CallKind {
		return advice{}
	}
	call := e.AsCall()
	if function == operators.LogicalNot && got[0] != "bool" {
		return c.bangAdvice(e)
	}
	if len(got) != 2 || len(call.Args()) != 2 || call.IsMemberFunction() {
		return advice{}
	}
	symbol, operator := operators.FindReverse(function)
	if function == operators.Index && got[1] == "string" {
		return c.indexAdvice(call.Args()[0], call.Args()[1], got[0])
	}
	if !operator || symbol == "" {
		return advice{}
	}
	left, right := call.Args()[0], call.Args()[1]
	with := func(l, r string) advice {
		if l == "" || r == "" {
			return advice{}
		}
		return advice{suggestion: l + " " + symbol + " " + r}
	}
	l, r := c.render(left), c.render(right)
	compare := function == operators.Equals || function == operators.NotEquals || slices.Contains(comparisons, function)
	person := func(t string) bool { return t == "@person" || t == "@principal" || strings.HasPrefix(t, "@scope/") }
	switch {
	case function == operators.In:
		return c.inAdvice(left, right, got)
	case compare && person(got[0]) && got[1] == "string":
		return orMore(with(dotted(l), r), "; compare its id")
	case compare && got[0] == "string" && person(got[1]):
		return orMore(with(l, dotted(r)), "; compare its id")
	case compare && person(got[0]) && person(got[1]):
		return orMore(with(dotted(l), dotted(r)), "; compare their ids")
	case has(got, "timestamp", "string") && got[1] == "string" && right.Kind() == ast.LiteralKind:
		return orMore(with(l, asTime(right, r)), writtenTime)
	case has(got, "timestamp", "string") && got[0] == "string" && left.Kind() == ast.LiteralKind:
		return orMore(with(asTime(left, l), r), writtenTime)
	case has(got, "duration", "string") && got[1] == "string" && right.Kind() == ast.LiteralKind:
		return orMore(with(l, asDuration(right, r)), writtenDuration)
	case has(got, "duration", "string") && got[0] == "string" && left.Kind() == ast.LiteralKind:
		return orMore(with(asDuration(left, l), r), writtenDuration)
	case has(got, "timestamp", "string"):
		return advice{more: `; a time in a string is read with timestamp(…)`}
	case has(got, "duration", "string"):
		return advice{more: `; a duration in a string is read with duration(…)`}
	case has(got, "duration", "int"), has(got, "duration", "double"):
		return advice{more: writtenDuration}
	case has(got, "timestamp", "int"):
		return advice{more: writtenTime}
	case has(got, "int", "double"):
		return c.numberAdvice(left, right, got, with)
	case got[0] == "bool" && got[1] == "string" && (r == `"true"` || r == `'true'` || r == `"false"` || r == `'false'`):
		return with(l, strings.Trim(r, `"'`))
	case got[0] == "int" && got[1] == "string" && isNumber(strings.Trim(r, `"'`)):
		return with(l, strings.Trim(r, `"'`))
	case got[0] == "string" && got[1] == "int" && right.Kind() == ast.LiteralKind:
		return with(l, `"`+r+`"`)
	case compare && strings.HasPrefix(got[0], "list(") && got[0] == "list("+got[1]+")":
		return with2(r, " in ", l)
	case compare && strings.HasPrefix(got[1], "list(") && got[1] == "list("+got[0]+")":
		return with2(l, " in ", r)
	}
	return advice{}
}

const (
	writtenTime     = `; times are written timestamp("2026-06-01T00:00:00Z")`
	writtenDuration = `; durations are written duration("1h30m")`
)

// asTime returns the call that reads a text as a time, "" when none does.
func asTime(e ast.Expr, written string) string {
	text, _ := e.AsLiteral().(types.String)
	if validTime(string(text)) == nil {
		return "timestamp(" + written + ")"
	}
	if _, err := time.Parse(time.DateOnly, string(text)); err == nil {
		return fmt.Sprintf("timestamp(%q)", string(text)+"T00:00:00Z")
	}
	return ""
}

// asDuration returns the call that reads a text as a duration, "" when none does.
func asDuration(e ast.Expr, written string) string {
	text, _ := e.AsLiteral().(types.String)
	if validDuration(string(text)) == nil {
		return "duration(" + written + ")"
	}
	if hours := daysInHours(string(text)); hours != "" {
		return fmt.Sprintf("duration(%q)", hours)
	}
	return ""
}

func isNumber(s string) bool {
	return s != "" && number(s) == len(s) && !strings.ContainsAny(s, "uU.eExX")
}

func with2(l, op, r string) advice {
	if l == "" || r == "" {
		return advice{}
	}
	return advice{suggestion: l + op + r}
}

func orMore(a advice, more string) advice {
	if a.suggestion == "" {
		a.more = more
	}
	return a
}

func dotted(path string) string {
	if path == "" {
		return ""
	}
	return path + ".id"
}

func has(got []string, a, b string) bool {
	return got[0] == a && got[1] == b || got[0] == b && got[1] == a
}

// numberAdvice helps with an int and a double: a literal is written otherwise, a value converted.
func (c *compilation) numberAdvice(left, right ast.Expr, got []string, with func(l, r string) advice) advice {
	l, r := c.render(left), c.render(right)
	literal := func(e ast.Expr, text, typ string) string {
		switch {
		case e.Kind() != ast.LiteralKind:
			return ""
		case typ == "int":
			return text + ".0"
		}
		return strings.TrimSuffix(text, ".0")
	}
	switch {
	case literal(right, r, got[1]) != "" && literal(right, r, got[1]) != r:
		return with(l, literal(right, r, got[1]))
	case literal(left, l, got[0]) != "" && literal(left, l, got[0]) != l:
		return with(literal(left, l, got[0]), r)
	case got[0] == "int" && l != "":
		return with("double("+l+")", r)
	case r != "" && got[1] == "int":
		return with(l, "double("+r+")")
	}
	return advice{more: "; double(…) turns an int into a double"}
}

// inAdvice helps with principals in lists of ids and ids in lists of principals, and with texts in texts.
func (c *compilation) inAdvice(left, right ast.Expr, got []string) advice {
	l, r := c.render(left), c.render(right)
	if l == "" || r == "" {
		return advice{}
	}
	person := got[0] == "@person" || got[0] == "@principal"
	switch {
	case person && got[1] == "list(string)":
		return advice{suggestion: l + ".id in " + r}
	case person && got[1] == "list(@person)":
		return advice{suggestion: r + ".exists(p, p.id == " + l + ".id)"}
	case got[0] == "string" && got[1] == "list(@person)":
		return advice{suggestion: r + ".exists(p, p.id == " + l + ")"}
	case got[0] == "string" && got[1] == "string":
		return advice{suggestion: r + ".contains(" + l + ")"}
	case got[0] == "list(string)" && got[1] == "list(string)":
		return advice{suggestion: "sets.contains(" + r + ", " + l + ")"}
	case got[1] == got[0]:
		return advice{suggestion: l + " == " + r}
	}
	return advice{}
}

// indexAdvice helps with an attribute that is read like the entry of a map.
func (c *compilation) indexAdvice(left, right ast.Expr, typ string) advice {
	owner := c.env.classes[typ]
	if l := c.render(left); owner != nil && l != "" && right.Kind() == ast.LiteralKind {
		if name := string(right.AsLiteral().(types.String)); owner.fields[name] != nil {
			return advice{suggestion: l + "." + name}
		}
	}
	return advice{}
}

// bangAdvice helps with !a in b and !a == b, in which ! belongs to a.
func (c *compilation) bangAdvice(e ast.Expr) advice {
	parent := c.parents[e.ID()]
	if parent == nil || parent.Kind() != ast.CallKind || len(parent.AsCall().Args()) != 2 {
		return advice{}
	}
	call := parent.AsCall()
	symbol, ok := operators.FindReverse(call.FunctionName())
	if !ok || call.Args()[0] != e {
		return advice{}
	}
	l, r := c.render(e.AsCall().Args()[0]), c.render(call.Args()[1])
	if l == "" || r == "" {
		return advice{more: "; ! binds closer than " + symbol + ", so put the rest in parentheses"}
	}
	return advice{suggestion: "!(" + l + " " + symbol + " " + r + ")"}
}

// mismatch is what the checker says of parts that must be of one type.
func (c *compilation) mismatch(e ast.Expr, at span, want, got string) {
	name := c.env.plainName
	if got == "null" || want == "null" || got == "null_type" || want == "null_type" {
		return
	}
	parent := ast.Expr(nil)
	if e != nil {
		parent = c.parents[e.ID()]
	}
	if parent == nil {
		c.problem(RuleType, at, fmt.Sprintf("%s is due here, and this is %s", name(want), name(got)), "")
		return
	}
	switch parent.Kind() {
	case ast.ListKind:
		c.problem(RuleType, at, fmt.Sprintf("the values of a list are of one type: the first is %s, and this is %s",
			name(want), name(got)), "")
	case ast.MapKind:
		c.problem(RuleType, at, fmt.Sprintf("the values of a map are of one type, and so are its keys: %s is due, and this is %s",
			name(want), name(got)), "")
	case ast.CallKind:
		symbol, ok := operators.FindReverse(parent.AsCall().FunctionName())
		if !ok {
			symbol = parent.AsCall().FunctionName()
		}
		if loop := c.loops[e.ID()]; loop != nil && loop.AsComprehension().LoopStep() == parent {
			macro := c.where(loop.ID())
			c.problem(RuleType, at, fmt.Sprintf("%s wants a bool, and this is %s",
				c.source[macro.offset:macro.offset+macro.width], name(got)), "")
			return
		}
		c.problem(RuleType, at, fmt.Sprintf("%s wants %s, and this is %s", symbol, name(want), name(got)), "")
	default:
		c.problem(RuleType, at, fmt.Sprintf("%s is due here, and this is %s", name(want), name(got)), "")
	}
}

// render writes a variable, a path or a literal as the source has it, and nothing for what is longer.
func (c *compilation) render(e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		return strings.TrimPrefix(e.AsIdent(), ".")
	case ast.SelectKind:
		if operand := c.render(e.AsSelect().Operand()); operand != "" && !e.AsSelect().IsTestOnly() {
			return operand + "." + e.AsSelect().FieldName()
		}
	case ast.LiteralKind:
		at := c.where(e.ID())
		if text := c.source[at.offset : at.offset+at.width]; len(text) <= 40 && !strings.ContainsAny(text, "\r\n") {
			return text
		}
	case ast.ListKind:
		var parts []string
		for _, elem := range e.AsList().Elements() {
			part := c.render(elem)
			if part == "" {
				return ""
			}
			parts = append(parts, part)
		}
		if text := "[" + strings.Join(parts, ", ") + "]"; len(text) <= 60 {
			return text
		}
	}
	return ""
}
