package condition

import (
	"github.com/google/cel-go/common/ast"
)

// children calls visit for every node directly beneath one, with the names that a loop declares for it.
func children(e ast.Expr, visit func(child ast.Expr, declared ...string)) {
	switch e.Kind() {
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() {
			visit(call.Target())
		}
		for _, arg := range call.Args() {
			visit(arg)
		}
	case ast.SelectKind:
		visit(e.AsSelect().Operand())
	case ast.ListKind:
		for _, elem := range e.AsList().Elements() {
			visit(elem)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			visit(entry.AsMapEntry().Key())
			visit(entry.AsMapEntry().Value())
		}
	case ast.StructKind:
		for _, field := range e.AsStruct().Fields() {
			visit(field.AsStructField().Value())
		}
	case ast.ComprehensionKind:
		loop := e.AsComprehension()
		visit(loop.IterRange())
		visit(loop.AccuInit())
		visit(loop.LoopCondition(), loop.IterVar(), loop.AccuVar())
		visit(loop.LoopStep(), loop.IterVar(), loop.AccuVar())
		visit(loop.Result(), loop.AccuVar())
	}
}

// inspect looks for what is wrong whatever the types are, and notes how nodes hang together. It runs before the
// type-check, so that a text has all its problems at once.
func (c *compilation) inspect(root ast.Expr) {
	c.nodes, c.parents = map[int64]ast.Expr{}, map[int64]ast.Expr{}
	c.loops, c.seen = map[int64]ast.Expr{}, map[int64]bool{}
	c.look(root, nil, nil, 0)
}

func (c *compilation) look(e, parent, loop ast.Expr, depth int) {
	c.nodes[e.ID()] = e
	if parent != nil {
		c.parents[e.ID()] = parent
	}
	if loop != nil {
		c.loops[e.ID()] = loop
	}
	if e.Kind() == ast.ComprehensionKind {
		c.lookLoop(e, loop, depth)
		return
	}
	children(e, func(child ast.Expr, _ ...string) { c.look(child, e, loop, depth) })
	c.judge(e)
}

func (c *compilation) lookLoop(e, outer ast.Expr, depth int) {
	comprehension := e.AsComprehension()
	c.look(comprehension.IterRange(), e, outer, depth)
	if depth++; depth > MaxLoops {
		c.tooManyLoops(e)
		return
	}
	for _, part := range []ast.Expr{
		comprehension.AccuInit(), comprehension.LoopCondition(), comprehension.LoopStep(), comprehension.Result(),
	} {
		c.look(part, e, e, depth)
	}
}
