package condition

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/env"
	"github.com/google/cel-go/common/functions"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/ext"
)

// Declarations are what a policy declares for its conditions.
type Declarations struct {
	Principal map[string]Type // attributes of principals
	Request   map[string]Type // attributes of requests
	Kinds     []Kind          // every scope kind, in the policy's order
}

// Kind is a scope kind with its attributes.
type Kind struct {
	Name       string
	Attributes map[string]Type
}

// Env compiles conditions over what a policy declares, and checks facts against it. It is immutable and safe for
// concurrent use.
type Env struct {
	cel       *cel.Env
	adapter   types.Adapter
	kinds     []string
	variables map[string]int // kind index, or one of the two below
	principal *class
	person    *class
	request   *class
	scopes    []*class
	classes   map[string]*class // by name in CEL
	functions []string          // what can be called, for "did you mean"
	sharing   sharing
}

const (
	principalVariable = -1
	requestVariable   = -2
)

// The variables that every condition has.
const (
	principalName = "principal"
	requestName   = "request"
)

// reserved are CEL's keywords and the identifiers that it keeps for later.
var reserved = map[string]bool{
	"true": true, "false": true, "null": true, "in": true,
	"as": true, "break": true, "const": true, "continue": true, "else": true, "for": true, "function": true,
	"if": true, "import": true, "let": true, "loop": true, "package": true, "namespace": true, "return": true,
	"var": true, "void": true, "while": true,
}

// Reserved reports whether CEL reserves the word, so that no scope kind and no attribute may be called so.
func Reserved(word string) bool { return reserved[word] }

// NewEnv returns the environment for the conditions of a policy. Its errors say which declaration is wrong; a policy
// whose names are well formed, not reserved, and not those of built-in variables and fields has none.
func NewEnv(d Declarations) (*Env, error) {
	e := &Env{variables: map[string]int{principalName: principalVariable, requestName: requestVariable}}
	if err := e.declare(d); err != nil {
		return nil, err
	}
	base, err := standard()
	if err != nil {
		return nil, fmt.Errorf("setting up CEL: %w", err)
	}
	e.functions = base.functions
	e.adapter = base.env.CELTypeAdapter()
	options := []cel.EnvOption{
		cel.CustomTypeProvider(&provider{base.env.CELTypeProvider(), e.classes}),
		cel.Variable(principalName, e.principal.cel),
		cel.Variable(requestName, e.request.cel),
	}
	for i, name := range e.kinds {
		options = append(options, cel.Variable(name, e.scopes[i].cel))
	}
	if e.cel, err = base.env.Extend(options...); err != nil {
		return nil, fmt.Errorf("setting up CEL: %w", err)
	}
	return e, nil
}

func (e *Env) declare(d Declarations) error {
	var err error
	ofPrincipal := newAttributes(principalName, d.Principal)
	ofRequest := newAttributes(requestName, d.Request)
	if e.principal, err = newClass(principalClass, "@principal", "the principal", ofPrincipal); err != nil {
		return err
	}
	if e.person, err = newClass(personClass, personType.TypeName(), "a principal", ofPrincipal); err != nil {
		return err
	}
	if e.request, err = newClass(requestClass, "@request", "the request", ofRequest); err != nil {
		return err
	}
	e.person.cel = personType
	sets := []*attributes{ofPrincipal, ofRequest}
	for i, k := range d.Kinds {
		if _, taken := e.variables[k.Name]; taken || Reserved(k.Name) || k.Name == "" {
			return fmt.Errorf("no scope kind can be called %q: the name is taken", k.Name)
		}
		ofKind := newAttributes(k.Name, k.Attributes)
		c, err := newClass(scopeClass, fmt.Sprintf("@scope/%d", i), k.Name, ofKind)
		if err != nil {
			return err
		}
		e.variables[k.Name] = i
		e.kinds = append(e.kinds, k.Name)
		e.scopes = append(e.scopes, c)
		sets = append(sets, ofKind)
	}
	for _, set := range sets {
		for i, name := range set.names {
			if Reserved(name) || name == "" {
				return fmt.Errorf("no attribute of %s can be called %q: CEL reserves the word", set.title, name)
			}
			if set.types[i] == (Type{}) {
				return fmt.Errorf("the attribute %q of %s has no type", name, set.title)
			}
		}
	}
	e.classes = map[string]*class{}
	for _, c := range append([]*class{e.principal, e.person, e.request}, e.scopes...) {
		e.classes[c.cel.TypeName()] = c
	}
	return nil
}

// base is what all environments share.
type base struct {
	env       *cel.Env
	functions []string
	bindings  map[string]functions.FunctionOp // by overload; by function where there is one for all overloads
	direct    map[string]*functions.Overload  // the same, for one who has no list of arguments
}

// standard returns the functions that every condition has. Versions of the extensions are pinned: a function that a
// later cel-go adds has not been looked at, and may cost more than it is charged for.
var standard = sync.OnceValues(func() (*base, error) {
	made, err := cel.NewCustomEnv(
		cel.StdLib(cel.StdLibSubset(subset())),
		cel.EagerlyValidateDeclarations(true),
		cel.DefaultUTCTimeZone(true),
		cel.HomogeneousAggregateLiterals(),
		cel.ParserRecursionLimit(MaxRecursion),
		cel.ParserExpressionSizeLimit(MaxSource),
		ext.Strings(ext.StringsVersion(5)),
		ext.Sets(ext.SetsVersion(0)),
		ext.Network(),
		cel.Function("inCIDR", cel.Overload(inCIDROverload,
			[]*cel.Type{cel.StringType, cel.StringType}, cel.BoolType, cel.BinaryBinding(inCIDR))),
	)
	if err != nil {
		return nil, err
	}
	b := &base{env: made, bindings: map[string]functions.FunctionOp{}, direct: map[string]*functions.Overload{}}
	known := map[string]bool{}
	for name, function := range made.Functions() {
		for _, overload := range function.OverloadDecls() {
			known[overload.ID()] = true
		}
		bound, err := function.Bindings()
		if err != nil {
			return nil, err
		}
		for _, overload := range bound {
			b.bindings[overload.Operator], b.direct[overload.Operator] = variadic(overload), overload
		}
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.") == "" && !Reserved(name) {
			b.functions = append(b.functions, name)
		}
	}
	for _, m := range made.Macros() {
		b.functions = append(b.functions, m.Function())
	}
	slices.Sort(b.functions) // equally near names are suggested in the same order each time
	for _, overload := range slices.Concat(slices.Collect(maps.Keys(prices)), slices.Collect(maps.Keys(zoneFields)), guarded) {
		if !known[overload] { // a later cel-go calls it otherwise, and it would go unpriced
			return nil, fmt.Errorf("there is no %s to be priced", overload)
		}
	}
	return b, nil
})

// variadic returns the implementation of a function as one that takes any number of arguments.
func variadic(o *functions.Overload) functions.FunctionOp {
	switch {
	case o.Unary != nil:
		return func(args ...ref.Val) ref.Val { return o.Unary(args[0]) }
	case o.Binary != nil:
		return func(args ...ref.Val) ref.Val { return o.Binary(args[0], args[1]) }
	}
	return o.Function
}

// refused are functions of CEL that a condition may not call, and that no environment has.
var refused = map[string]bool{"dyn": true, "type": true}

// subset is CEL's standard library without the functions that are refused.
func subset() *env.LibrarySubset {
	s := env.NewLibrarySubset()
	for name := range refused {
		s.AddExcludedFunctions(env.NewFunction(name))
	}
	return s
}
