package condition

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

// judge reports what is wrong with a single node, whatever the types around it are.
func (c *compilation) judge(e ast.Expr) {
	switch e.Kind() {
	case ast.LiteralKind:
		if e.AsLiteral() == types.NullValue {
			c.wrong(e, RuleType, "there is no null; has(x.y) asks whether an attribute is there")
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
	if check := literals[function]; check.valid != nil && check.argument < len(args) {
		arg := args[check.argument]
		if arg.Kind() != ast.LiteralKind {
			return
		}
		if text, ok := arg.AsLiteral().(types.String); ok {
			if err := check.valid(string(text)); err != nil {
				c.wrong(arg, RuleLiteral, err.Error())
			}
		}
	}
}

// loops are the macros that go through a list.
var loops = map[string]bool{"exists": true, "all": true, "exists_one": true, "existsOne": true, "map": true, "filter": true}

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
	overloads.TypeConvertDouble:    {0, validNumber("double", func(s string) error { _, err := strconv.ParseFloat(s, 64); return err })},
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
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > -100_000 && n < 100_000 {
			return fmt.Errorf("%s is not a duration, for days may have 23 hours or 25; write %dh", quoted(s), n*24)
		}
	}
	return fmt.Errorf("%s is not a duration, such as 1h30m", quoted(s))
}

func validNumber(typ string, parse func(string) error) func(string) error {
	return func(s string) error {
		if parse(s) != nil {
			return fmt.Errorf("%s is not %s", quoted(s), (&Env{}).plainName(typ))
		}
		return nil
	}
}

func validBool(s string) error {
	if types.IsError(types.String(s).ConvertToType(types.BoolType)) {
		return fmt.Errorf("%s is neither true nor false", quoted(s))
	}
	return nil
}
