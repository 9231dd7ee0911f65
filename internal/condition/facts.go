package condition

import (
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// Facts are what one evaluation sees. Scopes holds an object for each scope kind, by its index; nil says that the kind
// is not on the path, and reading it is an error, even in has().
type Facts struct {
	Principal *Object
	Request   *Object
	Scopes    []*Object
}

// Attributes are checked attribute values. They are immutable and may be shared; the zero value holds none. They
// count only in the objects that they were checked for: those of one scope kind say nothing about another.
type Attributes struct {
	class  *attributes
	values []ref.Val // by index of the declared attribute; nil when not set
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

// Principal returns the principal as conditions see it. The attributes come from PrincipalAttributes. Groups are bounded
// as attributes are: a condition that reads more fails.
func (e *Env) Principal(p Principal, a Attributes, l Lookup) *Object {
	return &Object{
		class: e.principal, id: p.ID, status: p.Status, attrs: a, lookup: l,
		own: &own{kind: p.Kind, key: p.Key, groups: groupList(p.Groups)},
	}
}

// groupList returns the groups as a condition reads them, nil when they are too many or too long.
func groupList(groups []string) ref.Val {
	if len(groups) > MaxElements {
		return nil
	}
	bytes := 0
	elems := make([]ref.Val, len(groups))
	for i, g := range groups {
		if bytes += len(g); len(g) > MaxText || bytes > MaxBytes {
			return nil
		}
		elems[i] = types.String(g)
	}
	return newList(elems, false)
}

// Request returns the request as conditions see it. The attributes come from RequestAttributes.
func (e *Env) Request(now time.Time, a Attributes, l Lookup) *Object {
	return &Object{class: e.request, attrs: a, lookup: l, own: &own{now: now.UTC()}}
}

// Scope returns a scope of that kind as conditions see it. The attributes come from KindAttributes for the same kind.
// It is nil, which means that the kind is not on the path, when there is no such kind.
func (e *Env) Scope(kind int, id, path string, a Attributes, l Lookup) *Object {
	if kind < 0 || kind >= len(e.scopes) {
		return nil
	}
	return &Object{class: e.scopes[kind], id: id, attrs: a, lookup: l, own: &own{path: path}}
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
