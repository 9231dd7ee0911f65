package condition

import (
	"slices"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// Facts are what one evaluation sees. They are three words, which are handed on by value: what a check needs to have a
// condition evaluated stands there already, with the principal, with the scope and with the directory, so that nothing is
// made, filled in or cleared for it.
type Facts struct {
	Principal *Object
	Scope     *Object // the one that the condition is asked at; nil: Scopes know that one, too
	*Around           // nil: nothing
}

// Around is what one evaluation may see beside the principal and the scope. Who asks no more than these shares one with
// everybody.
type Around struct {
	Request *Object
	Scopes  Scopes // nil: none is on the path, but the one that is given by itself
	People  People // who is asked for the principals that attributes name; nil: whom each object was made with
}

var nothing Around

// Scopes are those on the path. Scope returns the one of a kind, by its index, when a condition reads it; nil says that
// the kind is not on the path, and reading it is an error, even in has(). It is not asked for the one that is given by
// itself: that one, which may be nil, tells which path is meant.
type Scopes interface {
	Scope(given *Object, kind int) *Object
}

// ScopeList are scopes by their kinds.
type ScopeList []*Object

// Scope returns the scope of a kind.
func (l ScopeList) Scope(_ *Object, kind int) *Object {
	if kind >= len(l) {
		return nil
	}
	return l[kind]
}

// whole returns the facts with something around them; of nil none.
func (f *Facts) whole() Facts {
	switch {
	case f == nil:
		return Facts{Around: &nothing}
	case f.Around == nil:
		return Facts{f.Principal, f.Scope, &nothing}
	}
	return *f
}

// bound returns the facts as CEL reads them, which asks each object for its people.
func (f Facts) bound(e *Env) Facts {
	if f.People == nil {
		return f
	}
	b := Facts{Around: &Around{Scopes: peopled{f, e}}}
	if f.Principal != nil {
		b.Principal = f.Principal.with(f.People)
	}
	if f.Request != nil {
		b.Request = f.Request.with(f.People)
	}
	return b
}

// peopled are the scopes of facts with their people.
type peopled struct {
	of  Facts
	env *Env
}

func (p peopled) Scope(_ *Object, kind int) *Object {
	if o := p.of.scope(kind, p.env.scopes[kind]); o != nil {
		return o.with(p.of.People)
	}
	return nil
}

// scope returns the scope of a kind, whose class is wanted; nil when there is none. It may be of another class, of
// another policy.
func (f Facts) scope(kind int, want *class) *Object {
	if o := f.Scope; o != nil && o.class == want {
		return o
	}
	return f.above(kind)
}

// above returns the scope of a kind that is not the one that is given by itself.
func (f Facts) above(kind int) *Object {
	if f.Scopes == nil {
		return nil
	}
	return f.Scopes.Scope(f.Scope, kind)
}

// peopleOf returns who is asked for the principals that an object names.
func (f Facts) peopleOf(o *Object) People {
	if f.People != nil {
		return f.People
	}
	return o.people
}

// Attributes are checked attribute values. They are immutable and may be shared; the zero value holds none. They
// count only in the objects that they were checked for: those of one scope kind say nothing about another.
type Attributes struct {
	class  *attributes
	values []ref.Val // by index of the declared attribute; nil when not set
}

// Empty reports whether no attribute is set.
func (a Attributes) Empty() bool {
	for _, v := range a.values {
		if v != nil {
			return false
		}
	}
	return true
}

// Known tells the id of everybody whose facts are given with the attributes ([Ref]), at any depth, as often as they are.
func (a Attributes) Known(tell func(id string)) {
	for _, v := range a.values {
		tellKnown(v, tell)
	}
}

func tellKnown(v ref.Val, tell func(id string)) {
	switch v := v.(type) {
	case *Object:
		if v.known {
			tell(v.id)
			v.Attributes().Known(tell)
		}
	case *list:
		if v.refers {
			for _, elem := range v.elems {
				tellKnown(elem, tell)
			}
		}
	case *dict:
		if v.refers {
			for _, elem := range v.entries {
				tellKnown(elem, tell)
			}
		}
	}
}

// Principal is who asks. A key's owner is the principal, and Key the key's id.
type Principal struct {
	ID, Kind, Status, Key string
	Groups                []string
}

// Ref is a value of type principal whose facts are known already, so that it is not looked up.
type Ref struct {
	ID, Status string
	Attributes map[string]any
}

// Lookup resolves the id in a value of type principal, when and as often as a condition reads more of it than the id.
// When it reports false the principal has the status "unknown" and no attributes. It is called during evaluations,
// from several goroutines at once, and must answer the same each time and fast. A nil Lookup knows nobody.
type Lookup func(id string) (status string, a Attributes, ok bool)

// People answer what a [Lookup] does. What has a method of its own for it needs no func made for each check.
type People interface {
	Person(id string) (status string, a Attributes, ok bool)
}

// Person calls l.
func (l Lookup) Person(id string) (status string, a Attributes, ok bool) { return l(id) }

// asked returns a Lookup as people, and nobody for none.
func asked(l Lookup) People {
	if l == nil {
		return nil
	}
	return l
}

// Principal returns the principal as conditions see it. The attributes come from PrincipalAttributes. Groups are bounded
// as attributes are: a condition that reads more fails.
func (e *Env) Principal(p Principal, a Attributes, l Lookup) *Object {
	r := &owned{}
	p.Groups = slices.Clone(p.Groups)
	r.setPrincipal(e, &r.has, p, a, asked(l))
	return &r.Object
}

func (o *Object) setPrincipal(e *Env, has *own, p Principal, a Attributes, people People) {
	has.kind, has.key, has.groups = p.Kind, p.Key, p.Groups
	if has.list.Load() != nil { // storing costs more than to look
		has.list.Store(nil)
	}
	*o = Object{class: e.principal, id: p.ID, status: p.Status, values: a.of(e.principal.attributes), people: people, own: has}
}

// groupsFit reports whether a condition may read as many and as long groups.
func groupsFit(groups []string) bool {
	bytes := 0
	for _, g := range groups {
		if bytes += len(g); len(g) > MaxText || bytes > MaxBytes {
			return false
		}
	}
	return len(groups) <= MaxElements
}

// tooManyGroups stands for the list of groups that are over a bound.
var tooManyGroups = &list{}

// groupList returns the groups as a condition reads them, nil when they are too many or too long.
func (o *own) groupList() ref.Val {
	made := o.list.Load()
	if made == nil {
		if made = tooManyGroups; groupsFit(o.groups) {
			elems := make([]ref.Val, len(o.groups))
			for i, g := range o.groups {
				elems[i] = types.String(g)
			}
			made = newList(elems, false)
		}
		o.list.Store(made)
	}
	if made == tooManyGroups {
		return nil
	}
	return made
}

// Request returns the request as conditions see it. The attributes come from RequestAttributes.
func (e *Env) Request(now time.Time, a Attributes, l Lookup) *Object {
	r := &owned{}
	r.setRequest(e, &r.has, now, a, asked(l))
	return &r.Object
}

func (o *Object) setRequest(e *Env, has *own, now time.Time, a Attributes, people People) {
	has.now = now.UTC() // all that reads it today does as much, and so must all that will
	*o = Object{class: e.request, values: a.of(e.request.attributes), people: people, own: has}
}

// Scope returns a scope of that kind as conditions see it. The attributes come from KindAttributes for the same kind.
// It is nil, which means that the kind is not on the path, when there is no such kind.
func (e *Env) Scope(kind int, id, path string, a Attributes, l Lookup) *Object {
	if kind < 0 || kind >= len(e.scopes) {
		return nil
	}
	r := &owned{}
	r.setScope(e, &r.has, kind, id, path, a, asked(l))
	return &r.Object
}

func (o *Object) setScope(e *Env, has *own, kind int, id, path string, a Attributes, people People) {
	has.path = path
	class := e.scopes[kind]
	*o = Object{class: class, id: id, values: a.of(class.attributes), people: people, own: has}
}

// PrincipalAttributes checks the attributes of a principal. When there are errors the Attributes hold none.
func (e *Env) PrincipalAttributes(values map[string]any) (Attributes, []FactError) {
	return e.checkAttributes(e.principal.attributes, values)
}

// RequestAttributes checks the attributes of a request. When there are errors the Attributes hold none.
func (e *Env) RequestAttributes(values map[string]any) (Attributes, []FactError) {
	return e.checkAttributes(e.request.attributes, values)
}

// KindAttributes checks the attributes of a scope of that kind. When there are errors the Attributes hold none.
func (e *Env) KindAttributes(kind int, values map[string]any) (Attributes, []FactError) {
	if kind < 0 || kind >= len(e.scopes) {
		return Attributes{}, []FactError{{Message: "there is no such scope kind", Undeclared: true}}
	}
	return e.checkAttributes(e.scopes[kind].attributes, values)
}
