package condition

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"
)

// explain turns an error of the interpreter into one that says what and where.
func (p *Program) explain(ctx context.Context, f *Facts, err error) *EvalError {
	cancelled, ok := errors.AsType[interpreter.EvalCancelledError](err)
	switch {
	case ok && cancelled.Cause == interpreter.CostLimitExceeded, errors.Is(err, ErrCost):
		return p.whole("the condition costs too much to evaluate: more than "+thousands(MaxCost), ErrCost)
	case ok, errors.Is(err, interpreter.InterruptError{}):
		cause := context.Cause(ctx)
		if cause == nil {
			cause = context.Canceled
		}
		return p.whole(doneMessage, cause)
	}
	node := int64(0)
	if failed, ok := errors.AsType[*types.Err](err); ok {
		node = failed.NodeID()
	}
	if missing, ok := errors.AsType[*missingError](err); ok {
		return p.missing(f, node, missing)
	}
	if absent, ok := errors.AsType[*absentError](err); ok {
		return p.absent(node, absent)
	}
	return p.failed(node, plainFailure(err))
}

const doneMessage = "the context was done before the condition was evaluated"

// failed returns an error that stands at a node, or at the whole of the condition when the node is not known.
func (p *Program) failed(node int64, message string) *EvalError {
	e := p.whole(message, nil)
	if at, ok := p.spans[node]; ok {
		e.Offset, e.Width = at.offset, at.width
	}
	return e
}

// absent finds the variable that stands for nothing beneath the node that failed.
func (p *Program) absent(node int64, absent *absentError) *EvalError {
	found := p.find(p.nodes[node], func(e ast.Expr) bool {
		variable, ok := p.roots[e.ID()]
		return ok && variable == absent.variable
	})
	if found != nil {
		node = found.ID()
	}
	return p.failed(node, absent.Error())
}

// missing finds the read of an attribute that is not set. The interpreter names the node that holds a whole path:
// in workspace.owner.manager.department it is the last step, whichever failed.
func (p *Program) missing(f *Facts, node int64, missing *missingError) *EvalError {
	reads := func(e ast.Expr) bool { return e.Kind() == ast.SelectKind && e.AsSelect().FieldName() == missing.field }
	found := p.find(p.nodes[node], func(e ast.Expr) bool { return reads(e) && p.follow(f, e) == missing.class })
	if found == nil { // beneath a loop's variable, which stands for nothing now
		found = p.find(p.nodes[node], reads)
	}
	if found == nil {
		return p.failed(node, missing.Error())
	}
	path := missing.Error()
	if written, ok := writtenPath(found); ok {
		path = written + " is not set"
	}
	return p.failed(found.ID(), path)
}

// find returns the first node beneath e, in the order of evaluation, for which is holds.
func (p *Program) find(e ast.Expr, is func(ast.Expr) bool) ast.Expr {
	if e == nil {
		return nil
	}
	var found ast.Expr
	children(e, func(child ast.Expr, _ ...string) {
		if found == nil {
			found = p.find(child, is)
		}
	})
	if found == nil && is(e) {
		found = e
	}
	return found
}

// follow walks a path from its variable through the facts, and returns the class of the object whose attribute the
// path ends with when that is not set.
func (p *Program) follow(f *Facts, e ast.Expr) *class {
	sel := e.AsSelect()
	o := p.resolve(f, sel.Operand())
	if o == nil || o.class.fields[sel.FieldName()] == nil || o.class.fields[sel.FieldName()].IsSet(o) {
		return nil
	}
	return o.class
}

// resolve returns the object that a path stands for, or nil.
func (p *Program) resolve(f *Facts, e ast.Expr) *Object {
	switch e.Kind() {
	case ast.IdentKind:
		if variable, ok := p.roots[e.ID()]; ok {
			o, _ := (&activation{env: p.env, facts: f.whole()}).object(variable)
			return o
		}
	case ast.SelectKind:
		o := p.resolve(f, e.AsSelect().Operand())
		if o == nil || o.class.fields[e.AsSelect().FieldName()] == nil {
			return nil
		}
		if v, err := o.class.fields[e.AsSelect().FieldName()].GetFrom(o); err == nil {
			next, _ := v.(*Object)
			return next
		}
	}
	return nil
}

// writtenPath returns a path as the source has it, white space aside.
func writtenPath(e ast.Expr) (string, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return strings.TrimPrefix(e.AsIdent(), "."), true
	case ast.SelectKind:
		operand, ok := writtenPath(e.AsSelect().Operand())
		return operand + "." + e.AsSelect().FieldName(), ok
	case ast.CallKind:
		call := e.AsCall()
		if call.FunctionName() == operators.Index && len(call.Args()) == 2 {
			operand, ok := writtenPath(call.Args()[0])
			return operand + "[…]", ok
		}
	}
	return "", false
}

// plainFailures rewrites what CEL and Go say of values that a function cannot take.
var plainFailures = []struct {
	said  *regexp.Regexp
	plain string
	quote bool
}{
	{regexp.MustCompile(`(?s)^no such key: (.*)$`), "there is no key %s in the map", true},
	{regexp.MustCompile(`(?s)^index out of (?:bounds|range): (.*)$`), "the index %s is out of range", false},
	{regexp.MustCompile(`^(division|modulus) by zero$`), "%s by zero", false},
	{regexp.MustCompile(`^(integer|unsigned integer|duration|timestamp) overflow$`), "the result does not fit: %s overflow", false},
}

func plainFailure(err error) string {
	text := err.Error()
	for _, f := range plainFailures {
		if m := f.said.FindStringSubmatch(text); m != nil {
			if f.quote {
				m[1] = quoted(m[1])
			}
			return fmt.Sprintf(f.plain, m[1])
		}
	}
	return text
}
