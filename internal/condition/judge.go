package condition

import (
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// judge reports what is wrong with a single node, whatever the types around it are.
func (c *compilation) judge(e ast.Expr) {
	switch e.Kind() {
	case ast.LiteralKind:
		if e.AsLiteral() == types.NullValue {
			c.seen[e.ID()] = true
			c.problem(RuleType, c.where(e.ID()), "there is no null; has(x.y) asks whether an attribute is there", "")
		}
	case ast.CallKind:
		call := e.AsCall()
		if refused[call.FunctionName()] && !call.IsMemberFunction() {
			c.problem(RuleType, c.where(e.ID()), call.FunctionName()+"() hides type errors, and is not supported", "")
		}
	}
}
