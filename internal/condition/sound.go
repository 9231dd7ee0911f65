package condition

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/trellis-authz/trellis/diag"
)

// What CEL's checker lets pass and would fail open: a comparison that can never be true makes a boundary silently not
// apply. Two values are ever equal only if their types are; so the type of every value must be known.

// sound reports what type-checks, and yet compares what it should not.
func (c *compilation) sound(checked *ast.AST) {
	c.soundBelow(checked, checked.Expr())
}

// soundBelow looks at a node and all beneath it, and reports whether it found anything.
func (c *compilation) soundBelow(checked *ast.AST, e ast.Expr) (found bool) {
	children(e, func(child ast.Expr, _ ...string) { found = c.soundBelow(checked, child) || found })
	if found { // whatever is wrong with this node follows from that
		return true
	}
	switch t := checked.GetType(e.ID()); {
	case t.Kind() == types.TypeKind:
		at := c.where(e.ID())
		c.problem(RuleName, at, fmt.Sprintf("%s is the name of a type, and no value", c.source[at.offset:at.offset+at.width]), "")
	case e.Kind() == ast.IdentKind && strings.HasPrefix(e.AsIdent(), "@"): // a loop's own, which nobody wrote
		return false
	case unknown(t) && !emptyLiteral(e):
		c.problem(RuleType, c.where(e.ID()), "nothing tells of what type this is: it comes from an empty list or map", "")
	case e.Kind() == ast.CallKind && len(checked.GetOverloadIDs(e.ID())) != 1:
		// It would be chosen by the values, and its cost be unknown.
		c.problem(RuleType, c.where(e.ID()), "nothing tells which function this is", "")
	case e.Kind() == ast.MapKind:
		return c.keys(checked, e.AsMap())
	default:
		return false
	}
	return true
}

// keys reports the keys of a map that CEL would not find again, or would find with another's value. It makes a map of
// Go's of them, in which an object is never found, nor a double that equals an int, and bytes cannot stand at all.
func (c *compilation) keys(checked *ast.AST, m ast.MapExpr) (found bool) {
	seen := map[ref.Val]bool{}
	wrong := func(key ast.Expr, format string, args ...any) {
		c.problem(RuleType, c.where(key.ID()), fmt.Sprintf(format, args...), "")
		found = true
	}
	for _, entry := range m.Entries() {
		key := entry.AsMapEntry().Key()
		switch t := checked.GetType(key.ID()); t.Kind() {
		case types.StringKind, types.IntKind, types.UintKind, types.BoolKind:
		default:
			wrong(key, "the keys of a map are strings, ints, uints or bools, and this is %s", c.plain(t))
			continue
		}
		if key.Kind() != ast.LiteralKind {
			continue
		}
		if seen[key.AsLiteral()] {
			at := c.where(key.ID())
			wrong(key, "the key %s stands in the map already", diag.Printable(shorten(c.source[at.offset:at.offset+at.width])))
		}
		seen[key.AsLiteral()] = true
	}
	return found
}

// unknown reports whether a type is, or holds, one that the checker could not tell.
func unknown(t *types.Type) bool {
	if t.Kind() == types.DynKind || t.Kind() == types.TypeParamKind || t.Kind() == types.AnyKind {
		return true
	}
	for _, p := range t.Parameters() {
		if unknown(p) {
			return true
		}
	}
	return false
}

// emptyLiteral reports whether a node is [] or {}, or a list of these: they hold no value whose type could matter.
func emptyLiteral(e ast.Expr) bool {
	switch e.Kind() {
	case ast.MapKind:
		return e.AsMap().Size() == 0
	case ast.ListKind:
		for _, elem := range e.AsList().Elements() {
			if !emptyLiteral(elem) {
				return false
			}
		}
		return true
	}
	return false
}
