package condition

import (
	"fmt"
	"slices"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// class is a type of object, with its fields. Its name in CEL begins with a character that no source can write, so
// that nobody builds an object in a condition.
type class struct {
	kind       classKind
	title      string // as messages name it: org, the principal, a principal
	cel        *types.Type
	names      []string // of the fields, built-in ones first, then as declared, sorted
	fields     map[string]*types.FieldType
	attributes *attributes
}

type classKind uint8

const (
	principalClass classKind = iota // the one who asks
	personClass                     // one whom an attribute names
	requestClass
	scopeClass
)

// personType is the type of values of type principal. It is the same in every Env, so that Type needs none.
var personType = types.NewObjectType("@person")

// attributes are the declared attributes of one kind of object.
type attributes struct {
	title string
	names []string
	types []Type
}

func newAttributes(title string, declared map[string]Type) *attributes {
	a := &attributes{title: title}
	for name := range declared {
		a.names = append(a.names, name)
	}
	slices.Sort(a.names)
	for _, name := range a.names {
		a.types = append(a.types, declared[name])
	}
	return a
}

func (a *attributes) index(name string) (int, bool) { return slices.BinarySearch(a.names, name) }

// builtin is a field that every object of a class has.
type builtin struct {
	name string
	cel  *types.Type
	get  func(*Object) ref.Val // nil for groups that are over a bound
}

var (
	idField   = builtin{"id", types.StringType, func(o *Object) ref.Val { return types.String(o.id) }}
	pathField = builtin{"path", types.StringType, func(o *Object) ref.Val { return types.String(o.own.path) }}
	statusOf  = builtin{"status", types.StringType, func(o *Object) ref.Val {
		status, _ := o.facts()
		return types.String(status)
	}}
	kindField   = builtin{"kind", types.StringType, func(o *Object) ref.Val { return types.String(o.own.kind) }}
	keyField    = builtin{"key", types.StringType, func(o *Object) ref.Val { return types.String(o.own.key) }}
	groupsField = builtin{"groups", types.NewListType(types.StringType), func(o *Object) ref.Val { return o.own.groupList() }}
	timeField   = builtin{"time", types.TimestampType, func(o *Object) ref.Val { return types.Timestamp{Time: o.own.now} }}

	builtins = map[classKind][]builtin{
		principalClass: {idField, kindField, statusOf, keyField, groupsField},
		personClass:    {idField, statusOf},
		requestClass:   {timeField},
		scopeClass:     {idField, pathField},
	}
)

// newClass returns the class with its built-in and its declared fields; the error says which attribute is called as
// a built-in one.
func newClass(kind classKind, celName, title string, declared *attributes) (*class, error) {
	c := &class{kind: kind, title: title, attributes: declared, fields: map[string]*types.FieldType{}}
	c.cel = types.NewObjectType(celName)
	for _, b := range builtins[kind] {
		c.names = append(c.names, b.name)
		c.fields[b.name] = &types.FieldType{
			Type:  b.cel,
			IsSet: func(any) bool { return true },
			GetFrom: func(target any) (any, error) {
				o, err := c.object(target)
				if err != nil {
					return nil, err
				}
				if v := b.get(o); v != nil {
					return v, nil
				}
				return nil, errTooManyGroups
			},
		}
	}
	for i, name := range declared.names {
		if _, taken := c.fields[name]; taken {
			return nil, fmt.Errorf("the attribute %q of %s is built in, and cannot be declared", name, title)
		}
		c.names = append(c.names, name)
		c.fields[name] = c.declared(i, name)
	}
	return c, nil
}

func (c *class) declared(i int, name string) *types.FieldType {
	return &types.FieldType{
		Type: c.attributes.types[i].cel(),
		IsSet: func(target any) bool {
			o, err := c.object(target)
			return err == nil && o.attribute(i) != nil
		},
		GetFrom: func(target any) (any, error) {
			o, err := c.object(target)
			if err != nil {
				return nil, err
			}
			if v := o.attribute(i); v != nil {
				return v, nil
			}
			return nil, &missingError{c, name}
		},
	}
}

// object returns the object that a field is read from. It can be none of this class only by a mistake in this
// package; an error, rather than a panic or a default, keeps that from granting anything.
func (c *class) object(target any) (*Object, error) {
	if o, ok := target.(*Object); ok && o.class == c {
		return o, nil
	}
	return nil, fmt.Errorf("%T is not %s", target, c.title)
}

var errTooManyGroups = fmt.Errorf("the principal's groups are more than %s, or have more than %s bytes together",
	thousands(MaxElements), thousands(MaxBytes))

// missingError says that an attribute is not set.
type missingError struct {
	class *class
	field string
}

func (e *missingError) Error() string { return fmt.Sprintf("%s.%s is not set", e.class.title, e.field) }

// provider tells CEL's checker which types and fields there are. Of the standard types it knows the names alone:
// there are no messages that a condition could build.
type provider struct {
	types.Provider
	classes map[string]*class
}

func (p *provider) EnumValue(name string) ref.Val { return types.NewErr("there is no %s", name) }

func (p *provider) FindStructType(name string) (*types.Type, bool) {
	c, ok := p.classes[name]
	if !ok {
		return nil, false
	}
	return types.NewTypeTypeWithParam(c.cel), true
}

func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	c, ok := p.classes[name]
	if !ok {
		return nil, false
	}
	f, ok := c.fields[field]
	return f, ok
}

func (p *provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("%s cannot be made in a condition", name)
}
