package condition

import (
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// What a condition reads tells its caller what it need not gather, and when it is settled. Each answer errs towards
// yes: a variable that is used as a whole may be read for anything.

// ReadsKey reports whether the condition may tell a key from its owner: it reads principal.key, or uses the principal
// as a whole.
func (p *Program) ReadsKey() bool { return p.readsKey }

// ReadsGroups reports whether the condition may read the groups of the principal.
func (p *Program) ReadsGroups() bool { return p.readsGroups }

// ReadsRequest reports whether the condition reads the request, its time included.
func (p *Program) ReadsRequest() bool { return p.readsRequest }

// ReadsTime reports whether the condition may read the time of the request.
func (p *Program) ReadsTime() bool { return p.readsTime }

// SettledByScopes reports whether nothing bears on the condition but the scopes on the path, their ids and paths, and
// those of their attributes that name no principals: it reads neither principal nor request, and looks nobody up. So it
// may be evaluated once, when the scopes are known, and holds for whoever asks whenever.
func (p *Program) SettledByScopes() bool { return p.settled }

// reads notes in the program what it reads, and where its nodes stand. Names that a loop declares hide the variables
// of the same name.
func (c *compilation) reads(p *Program, e, parent ast.Expr, hidden []string) {
	at := c.where(e.ID())
	p.nodes[e.ID()], p.spans[e.ID()] = e, at
	if e.Kind() == ast.IdentKind {
		c.readsVariable(p, e, parent, at, hidden)
	}
	children(e, func(child ast.Expr, declared ...string) {
		c.reads(p, child, e, append(hidden[:len(hidden):len(hidden)], declared...))
	})
}

func (c *compilation) readsVariable(p *Program, e, parent ast.Expr, at span, hidden []string) {
	name, global := strings.CutPrefix(e.AsIdent(), ".")
	variable, ok := c.env.variables[name]
	if !ok || !global && slices.Contains(hidden, name) {
		return
	}
	p.roots[e.ID()] = variable
	reads := func(field builtin) bool {
		return parent == nil || parent.Kind() != ast.SelectKind || parent.AsSelect().FieldName() == field.name
	}
	switch variable {
	case principalVariable:
		p.readsKey = p.readsKey || reads(keyField)
		p.readsGroups = p.readsGroups || reads(groupsField)
	case requestVariable:
		p.readsRequest = true
		p.readsTime = p.readsTime || reads(timeField)
	default:
		if first, ok := p.kindAt[variable]; !ok || at.offset < first.offset {
			p.kindAt[variable] = at
		}
	}
}

// settledBelow reports whether an expression, and all beneath it, reads nothing but scopes.
func (p *Program) settledBelow(checked *ast.AST, e ast.Expr) bool {
	if variable, ok := p.roots[e.ID()]; ok && variable < 0 || namesPeople(checked.GetType(e.ID())) {
		return false
	}
	if e.Kind() == ast.SelectKind {
		if c := p.env.classes[checked.GetType(e.AsSelect().Operand().ID()).TypeName()]; c != nil {
			i, declared := c.attributes.index(e.AsSelect().FieldName())
			if declared && c.attributes.types[i].refers() { // has() of it yields no principal, and asks for one
				return false
			}
		}
	}
	settled := true
	children(e, func(child ast.Expr, _ ...string) { settled = settled && p.settledBelow(checked, child) })
	return settled
}

// namesPeople reports whether values of a type are, or hold, principals that are named.
func namesPeople(t *types.Type) bool {
	return t.IsExactType(personType) || slices.ContainsFunc(t.Parameters(), namesPeople)
}
