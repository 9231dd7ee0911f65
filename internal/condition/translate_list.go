package condition

import (
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// list translates an expression that yields a list.
func (t *translator) list(e ast.Expr) listOf {
	if e.Kind() == ast.SelectKind {
		if raw := t.attribute(e); raw != nil {
			return func(f Facts) (*list, People, bool) {
				v, people := raw(f)
				l, ok := v.(*list)
				return l, people, ok
			}
		}
	}
	of := t.value(e)
	return func(f Facts) (*list, People, bool) {
		l, ok := of(f).(*list)
		if !ok {
			return nil, nil, false
		}
		return l, l.people, true
	}
}

// ownList makes lists of CEL's, of which there are some kinds, lists as facts hold them.
func ownList(v ref.Val) ref.Val {
	of, ok := v.(traits.Lister)
	if _, own := v.(*list); own || !ok {
		return v
	}
	return newList(collect(make([]ref.Val, 0, size(v)), of), false)
}

func (t *translator) listLiteral(e ast.Expr) valueOf {
	var elements []valueOf
	for _, elem := range e.AsList().Elements() {
		elements = append(elements, t.value(elem))
	}
	return func(f Facts) ref.Val {
		elems := make([]ref.Val, len(elements))
		for i, of := range elements {
			if elems[i] = of(f); elems[i] == nil {
				return nil
			}
		}
		return newList(elems, false)
	}
}

// mapLiteral translates a map that the condition writes. Of two keys that turn out the same none says which one counts.
func (t *translator) mapLiteral(e ast.Expr) valueOf {
	var parts []valueOf // key, value, key, value
	for _, entry := range e.AsMap().Entries() {
		parts = append(parts, t.value(entry.AsMapEntry().Key()), t.value(entry.AsMapEntry().Value()))
	}
	return func(f Facts) ref.Val {
		entries := make(map[ref.Val]ref.Val, len(parts)/2)
		for i := 0; i < len(parts); i += 2 {
			key, value := parts[i](f), parts[i+1](f)
			if key == nil || value == nil {
				return nil
			}
			if _, twice := entries[key]; twice {
				return nil
			}
			entries[key] = value
		}
		return newDict(entries, false)
	}
}

// groups translates principal.groups without making a list of CEL's; nil for what is not.
func (t *translator) groups(e ast.Expr) func(Facts) ([]string, bool) {
	if e.Kind() != ast.SelectKind || e.AsSelect().FieldName() != groupsField.name || t.classOf(e.AsSelect().Operand()) != t.env.principal {
		return nil
	}
	of := t.object(e.AsSelect().Operand())
	return func(f Facts) ([]string, bool) {
		o, _, ok := of(f)
		if !ok || !groupsFit(o.own.groups) {
			return nil, false
		}
		return o.own.groups, true
	}
}

func holdsText(texts []string, sought string) bool {
	for _, text := range texts {
		if text == sought {
			return true
		}
	}
	return false
}

// texts returns the elements of a list of texts.
func texts(l *list) []string {
	var all []string
	for _, elem := range l.elems {
		if v, ok := elem.(types.String); ok {
			all = append(all, string(v))
		}
	}
	return all
}

// ints returns the elements of a list of ints.
func ints(l *list) []int64 {
	var all []int64
	for _, elem := range l.elems {
		if v, ok := elem.(types.Int); ok {
			all = append(all, int64(v))
		}
	}
	return all
}
