package condition

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/trellis-authz/trellis/diag"
)

// judge reports what is wrong with a single node, whatever the types around it are.
func (c *compilation) judge(e ast.Expr) {
	switch e.Kind() {
	case ast.LiteralKind:
		if e.AsLiteral() == types.NullValue {
			c.wrong(e, RuleType, "there is no null; has(x.y) asks whether an attribute is there")
		}
	case ast.StructKind:
		c.wrong(e, RuleType, "conditions cannot build objects; compare attributes one by one")
		c.ignore(e)
		for _, field := range e.AsStruct().Fields() {
			c.seen[field.ID()] = true
		}
	case ast.CallKind:
		c.judgeCall(e)
	}
}

// wrong reports a problem at a node, and keeps the type-check from reporting another there.
func (c *compilation) wrong(e ast.Expr, rule, message string) {
	c.seen[e.ID()] = true
	c.problem(rule, c.where(e.ID()), message, "")
}

func (c *compilation) judgeCall(e ast.Expr) {
	call := e.AsCall()
	function := strings.TrimPrefix(call.FunctionName(), ".") // which says that the name is no loop's
	switch {
	case c.unknownFunction(e, function):
		return
	case call.IsMemberFunction():
	case refused[function]:
		c.wrong(e, RuleType, function+"() would hide type errors, and is not supported; every type is known when the policy is loaded")
		return
	case loops[function]:
		c.wrong(e, RuleName, fmt.Sprintf("%s is written after its list: list.%s(x, …)", function, function))
		c.ignore(e)
		return
	}
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	if len(args) == 0 {
		return
	}
	check := literals[function]
	arg := args[min(check.argument, len(args)-1)]
	if arg.Kind() != ast.LiteralKind {
		return
	}
	if text, ok := arg.AsLiteral().(types.String); ok && check.valid != nil && check.argument < len(args) {
		if err := check.valid(string(text)); err != nil {
			c.wrong(arg, RuleLiteral, err.Error())
		}
	} else if why := misfit(function, arg.AsLiteral()); why != "" {
		at := c.where(arg.ID())
		c.wrong(arg, RuleLiteral, diag.Printable(shorten(c.source[at.offset:at.offset+at.width]))+why)
	}
}

// loops are the macros that go through a list.
var loops = map[string]bool{"exists": true, "all": true, "exists_one": true, "map": true, "filter": true}

// unknownFunction reports a call of what would read as a variable and as names that nobody knows, though it is one
// mistake: a loop with too many names, a function in a namespace that there is not, a macro of another CEL.
func (c *compilation) unknownFunction(e ast.Expr, function string) bool {
	call := e.AsCall()
	if !call.IsMemberFunction() || function == "" || c.env.cel.HasFunction(function) {
		return false
	}
	if loops[function] {
		what := "what is asked of it, as in list." + function + "(x, x == 1)"
		if function == "map" {
			what = "what becomes of it, as in list.map(x, x + 1)"
		}
		c.wrong(e, RuleName, function+" takes one name and "+what)
		c.ignoreArguments(call)
		return true
	}
	space, ok := writtenPath(call.Target())
	if root, _, _ := strings.Cut(space, "."); !ok || strings.ContainsRune(space, '[') || slices.Contains(c.names(e), root) {
		if c.unbound(e) {
			c.wrongName(e, function)
			c.ignoreArguments(call)
			return true
		}
		return false // which the checker tells
	}
	name := space + "." + function
	if c.env.cel.HasFunction(name) {
		return false
	}
	at, target := c.where(e.ID()), c.where(rootOf(call.Target()).ID())
	c.seen[e.ID()] = true
	c.problem(RuleName, span{target.offset, at.offset + at.width - target.offset}, "there is no function "+diag.Quote(name), c.near(name, c.env.functions))
	c.ignore(call.Target())
	if c.unbound(e) {
		c.ignoreArguments(call)
	}
	return true
}

// unbound reports whether the first argument of a call is a name that stands for nothing, as the one that a macro
// declares.
func (c *compilation) unbound(e ast.Expr) bool {
	args := e.AsCall().Args()
	return len(args) > 1 && args[0].Kind() == ast.IdentKind && !slices.Contains(c.names(e), args[0].AsIdent())
}

func rootOf(e ast.Expr) ast.Expr {
	for e.Kind() == ast.SelectKind {
		e = e.AsSelect().Operand()
	}
	return e
}

func (c *compilation) wrongName(e ast.Expr, function string) {
	c.seen[e.ID()] = true
	c.problem(RuleName, c.where(e.ID()), "there is no function "+diag.Quote(function), c.near(function, c.env.functions))
}

func (c *compilation) ignoreArguments(call ast.CallExpr) {
	for _, arg := range call.Args() {
		c.ignore(arg)
	}
}

// misfit says why a number, or bytes, that are written out cannot be what a function makes of them.
func misfit(function string, v ref.Val) string {
	var to *types.Type
	switch function {
	case overloads.TypeConvertInt:
		to = types.IntType
	case overloads.TypeConvertUint:
		to = types.UintType
	case overloads.TypeConvertTimestamp:
		to = types.TimestampType
	case overloads.TypeConvertString:
		to = types.StringType
	}
	switch v.(type) {
	case types.Int, types.Uint, types.Double, types.Bytes:
		if to == nil || !types.IsError(v.ConvertToType(to)) {
			return ""
		}
	default:
		return "" // texts are judged by their functions
	}
	_, number := v.(types.Int)
	switch {
	case to == types.StringType:
		return " is no text: it is not valid UTF-8"
	case to == types.TimestampType && number:
		return " is not a point in time: seconds since 1970 end in the year 9999"
	case to == types.TimestampType, v.Type() == types.BytesType:
		return "" // no function takes it
	}
	return " does not fit into " + (&Env{}).plainName(to.TypeName())
}

// ignore keeps the type-check quiet about a node and what is beneath it.
func (c *compilation) ignore(e ast.Expr) {
	c.seen[e.ID()] = true
	children(e, func(child ast.Expr, _ ...string) { c.ignore(child) })
}

// literal says which argument of a function is looked at when it is written out, and what it has to be.
type literal struct {
	argument int
	valid    func(string) error
}

// literals are the functions that fail at every evaluation when a text is malformed that stands in the condition.
var literals = map[string]literal{
	"inCIDR":                       {1, func(s string) error { _, err := parseCIDR(s); return err }},
	"cidr":                         {0, func(s string) error { _, err := parseCIDR(s); return err }},
	"ip":                           {0, validIP},
	overloads.Matches:              {1, func(s string) error { _, err := patternSize(s); return err }},
	overloads.TypeConvertTimestamp: {0, validTime},
	overloads.TypeConvertDuration:  {0, validDuration},
	overloads.TypeConvertInt:       {0, validNumber("int", func(s string) error { _, err := strconv.ParseInt(s, 10, 64); return err })},
	overloads.TypeConvertUint:      {0, validNumber("uint", func(s string) error { _, err := strconv.ParseUint(s, 10, 64); return err })},
	overloads.TypeConvertDouble:    {0, validNumber("double", finite)},
	overloads.TypeConvertBool:      {0, validBool},
	overloads.TimeGetFullYear:      {1, validZone},
	overloads.TimeGetMonth:         {1, validZone},
	overloads.TimeGetDayOfYear:     {1, validZone},
	overloads.TimeGetDate:          {1, validZone},
	overloads.TimeGetDayOfMonth:    {1, validZone},
	overloads.TimeGetDayOfWeek:     {1, validZone},
	overloads.TimeGetHours:         {1, validZone},
	overloads.TimeGetMinutes:       {1, validZone},
	overloads.TimeGetSeconds:       {1, validZone},
	overloads.TimeGetMilliseconds:  {1, validZone},
}

func validZone(s string) error {
	_, err := zone(s)
	return err
}

func validIP(s string) error {
	_, err := parseIP(s)
	return err
}

func validTime(s string) error {
	v := types.String(s).ConvertToType(types.TimestampType)
	if !types.IsError(v) {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		return fmt.Errorf("%s is a day and no point in time; write %sT00:00:00Z", quoted(s), s)
	}
	return fmt.Errorf("%s is not a point in time, such as 2026-06-01T00:00:00Z", quoted(s))
}

func validDuration(s string) error {
	v := types.String(s).ConvertToType(types.DurationType)
	if !types.IsError(v) {
		return nil
	}
	if hours := daysInHours(s); hours != "" {
		return fmt.Errorf("%s is not a duration, for days may have 23 hours or 25; write %s", quoted(s), hours)
	}
	return fmt.Errorf("%s is not a duration, such as 1h30m", quoted(s))
}

// daysInHours returns 72h for 3d, and "" for what is no number of days.
func daysInHours(s string) string {
	days, ok := strings.CutSuffix(s, "d")
	if n, err := strconv.Atoi(days); ok && err == nil && n > -100_000 && n < 100_000 {
		return fmt.Sprintf("%dh", n*24)
	}
	return ""
}

func validNumber(typ string, parse func(string) error) func(string) error {
	return func(s string) error {
		if parse(s) != nil {
			return fmt.Errorf("%s is not %s", quoted(s), (&Env{}).plainName(typ))
		}
		return nil
	}
}

// finite refuses NaN and the infinities, which a text can stand for, and of which a comparison would make nonsense.
func finite(s string) error {
	f, err := strconv.ParseFloat(s, 64)
	if err == nil && (math.IsNaN(f) || math.IsInf(f, 0)) {
		err = strconv.ErrRange
	}
	return err
}

func validBool(s string) error {
	if types.IsError(types.String(s).ConvertToType(types.BoolType)) {
		return fmt.Errorf("%s is neither true nor false", quoted(s))
	}
	return nil
}
