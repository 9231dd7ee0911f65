package condition

import (
	"fmt"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// rawOf yields an attribute as the facts hold it, nil when it is not set, and who is asked for the principals in it.
type rawOf func(Facts) (ref.Val, People)

// object translates an expression whose value is the principal, the request, a scope or a principal that is named.
func (t *translator) object(e ast.Expr) objectOf {
	switch e.Kind() {
	case ast.IdentKind:
		return t.variableOf(e)
	case ast.SelectKind:
		if raw := t.attribute(e); raw != nil {
			return func(f Facts) (*Object, People, bool) {
				v, people := raw(f)
				o, ok := v.(*Object)
				return o, people, ok
			}
		}
	case ast.CallKind:
		if call := e.AsCall(); call.FunctionName() == operators.Index && t.typeOf(call.Args()[0]).Kind() == types.ListKind {
			of, index := t.list(call.Args()[0]), t.int(call.Args()[1])
			return func(f Facts) (*Object, People, bool) {
				v, people := element(f, of, index)
				o, ok := v.(*Object)
				if ok && people == nil {
					people = o.people
				}
				return o, people, ok
			}
		}
	}
	of := t.value(e)
	return func(f Facts) (*Object, People, bool) {
		o, ok := of(f).(*Object)
		if !ok {
			return nil, nil, false
		}
		return o, o.people, true
	}
}

// variableOf translates a variable. Facts that were made for another policy are none.
func (t *translator) variableOf(e ast.Expr) objectOf {
	variable, ok := t.roots[e.ID()]
	if !ok {
		t.refuse()
		return func(Facts) (*Object, People, bool) { return nil, nil, false }
	}
	given := func(f Facts, o *Object, want *class) (*Object, People, bool) {
		if o == nil || o.class != want {
			return nil, nil, false
		}
		return o, f.peopleOf(o), true
	}
	switch variable {
	case principalVariable:
		want := t.env.principal
		return func(f Facts) (*Object, People, bool) { return given(f, f.Principal, want) }
	case requestVariable:
		want := t.env.request
		return func(f Facts) (*Object, People, bool) { return given(f, f.Request, want) }
	}
	want := t.env.scopes[variable]
	return func(f Facts) (*Object, People, bool) { return given(f, f.scope(variable, want), want) }
}

// boxedObject is object for one who wants a value.
func (t *translator) boxedObject(e ast.Expr) valueOf {
	of := t.object(e)
	return func(f Facts) ref.Val {
		o, people, ok := of(f)
		switch {
		case !ok:
			return nil
		case people != nil && (f.People != nil || o.class.kind == personClass):
			return o.with(people)
		}
		return o
	}
}

// classOf returns the class of the objects that an expression yields, nil when it yields none.
func (t *translator) classOf(e ast.Expr) *class { return t.env.classes[t.typeOf(e).TypeName()] }

// direct is the read of an attribute of the principal or of a scope: what conditions consist of. It is a value, not one
// closure more.
type direct struct {
	variable int
	class    *class
	i        int
}

// read returns the attribute, nil when it is not set, and what it is read from; nil when there is none, or when that was
// made for another policy.
func (d *direct) read(f Facts) (ref.Val, *Object) {
	o := f.Principal
	if d.variable >= 0 {
		if o = f.Scope; o == nil || o.class != d.class {
			o = f.above(d.variable)
		}
	}
	if o == nil || o.class != d.class {
		return nil, nil
	}
	if d.i >= len(o.values) {
		return nil, o
	}
	return o.values[d.i], o
}

// declared finds the attribute that an expression reads; ok is false when it reads none.
func (t *translator) declared(e ast.Expr) (c *class, i int, ok bool) {
	if e.Kind() != ast.SelectKind || e.AsSelect().IsTestOnly() {
		return nil, 0, false
	}
	if c = t.classOf(e.AsSelect().Operand()); c == nil {
		return nil, 0, false
	}
	i, ok = c.attributes.index(e.AsSelect().FieldName())
	return c, i, ok
}

// direct translates the read of an attribute of the principal or of a scope; nil for what is none.
func (t *translator) direct(e ast.Expr) *direct {
	c, i, ok := t.declared(e)
	if !ok {
		return nil
	}
	variable, root := t.roots[e.AsSelect().Operand().ID()]
	if !root || variable == requestVariable {
		return nil
	}
	return &direct{variable, c, i}
}

// attribute translates the read of a declared attribute; nil for what is none.
func (t *translator) attribute(e ast.Expr) rawOf {
	c, i, ok := t.declared(e)
	if !ok {
		return nil
	}
	if d := t.direct(e); d != nil {
		return func(f Facts) (ref.Val, People) {
			v, o := d.read(f)
			if v == nil {
				return nil, nil
			}
			return v, f.peopleOf(o)
		}
	}
	declared := c.attributes
	of := t.object(e.AsSelect().Operand())
	return func(f Facts) (ref.Val, People) {
		o, people, ok := of(f)
		if !ok {
			return nil, nil
		}
		_, a := o.factsOf(people)
		return a.at(declared, i), people
	}
}

// selected translates a field of an object, an entry of a map, and has() of either.
func (t *translator) selected(e ast.Expr) valueOf {
	if e.AsSelect().IsTestOnly() {
		return boxedBool(t.has(e))
	}
	if raw := t.attribute(e); raw != nil {
		return func(f Facts) ref.Val {
			v, people := raw(f)
			if v == nil {
				return nil
			}
			return bind(v, people)
		}
	}
	operand, field := e.AsSelect().Operand(), e.AsSelect().FieldName()
	if t.classOf(operand) == nil {
		return entry(t.value(operand), constantly(types.String(field)))
	}
	of := t.object(operand)
	switch field {
	case groupsField.name:
		return func(f Facts) ref.Val {
			if o, _, ok := of(f); ok {
				return o.own.groupList()
			}
			return nil
		}
	case timeField.name:
		return func(f Facts) ref.Val {
			if o, _, ok := of(f); ok {
				return types.Timestamp{Time: o.own.now}
			}
			return nil
		}
	}
	text := t.builtinText(e)
	return func(f Facts) ref.Val {
		if v, ok := text(f); ok {
			return types.String(v)
		}
		return nil
	}
}

func constantly(v ref.Val) valueOf { return func(Facts) ref.Val { return v } }

// builtinText translates a built-in field that is a text; nil for what is none.
func (t *translator) builtinText(e ast.Expr) textOf {
	operand := e.AsSelect().Operand()
	if t.classOf(operand) == nil {
		return nil
	}
	of, get := t.object(operand), builtinTexts[e.AsSelect().FieldName()]
	return func(f Facts) (string, bool) {
		if o, people, ok := of(f); ok {
			return moderate(get(o, people)), true
		}
		return "", false
	}
}

// builtinTexts are the built-in fields that are texts.
var builtinTexts = map[string]func(*Object, People) string{
	idField.name:   func(o *Object, _ People) string { return o.id },
	pathField.name: func(o *Object, _ People) string { return o.own.path },
	kindField.name: func(o *Object, _ People) string { return o.own.kind },
	keyField.name:  func(o *Object, _ People) string { return o.own.key },
	statusOf.name: func(o *Object, people People) string {
		status, _ := o.factsOf(people)
		return status
	},
}

// moderate returns a text that no checker has bounded, as are ids. One that is longer than texts may be could cost more
// than was reckoned with, so that the evaluation is CEL's.
func moderate(text string) string {
	if len(text) > MaxText {
		panic(fmt.Sprintf("a text of %d bytes", len(text)))
	}
	return text
}

// has translates has(x.y).
func (t *translator) has(e ast.Expr) boolOf {
	operand, field := e.AsSelect().Operand(), e.AsSelect().FieldName()
	c := t.classOf(operand)
	if c == nil {
		of, key := t.value(operand), ref.Val(types.String(field))
		return func(f Facts) (bool, bool) {
			m, ok := of(f).(*dict)
			if !ok {
				return false, false
			}
			_, found := m.entries[key]
			return found, true
		}
	}
	of := t.object(operand)
	i, declared := c.attributes.index(field)
	if !declared {
		return func(f Facts) (bool, bool) {
			_, _, ok := of(f)
			return true, ok
		}
	}
	return func(f Facts) (bool, bool) {
		o, people, ok := of(f)
		if !ok {
			return false, false
		}
		_, a := o.factsOf(people)
		return a.at(c.attributes, i) != nil, true
	}
}

// entry translates the look-up of a key that must be there.
func entry(of, key valueOf) valueOf {
	return func(f Facts) ref.Val {
		m, ok := of(f).(*dict)
		if !ok {
			return nil
		}
		k := key(f)
		if k == nil {
			return nil
		}
		v, found := m.Find(k)
		if !found {
			return nil
		}
		return v
	}
}

// indexed translates x[y].
func (t *translator) indexed(e ast.Expr) valueOf {
	args := e.AsCall().Args()
	if t.typeOf(args[0]).Kind() != types.ListKind {
		return entry(t.value(args[0]), t.value(args[1]))
	}
	of, index := t.list(args[0]), t.int(args[1])
	return func(f Facts) ref.Val {
		v, people := element(f, of, index)
		if v == nil {
			return nil
		}
		return bind(v, people)
	}
}

// element reads one element of a list, nil when the index is out of its range.
func element(f Facts, of listOf, index intOf) (ref.Val, People) {
	l, people, ok := of(f)
	if !ok {
		return nil, nil
	}
	i, ok := index(f)
	if !ok || i < 0 || i >= int64(len(l.elems)) {
		return nil, nil
	}
	return l.elems[i], people
}
