package condition

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/cel-go/common/types"

	"github.com/trellis-authz/trellis/diag"
)

// MaxTypeDepth is how deep list(…) and map(…) may stand in each other.
const MaxTypeDepth = 4

// Type is a declared attribute type: string, bool, int, double, timestamp, duration, principal, list(T) or map(T),
// whose keys are strings. Types are comparable: equal types are ==. The zero Type is no type, and NewEnv refuses it.
type Type struct{ text string }

// plainTypes are the types that hold no others, in the order in which messages list them.
var plainTypes = []string{"string", "bool", "int", "double", "timestamp", "duration", "principal"}

const knownTypes = "string, bool, int, double, timestamp, duration, principal, list(T) and map(T)"

// typeAliases are words of other languages for the types that there are.
var typeAliases = map[string]string{
	"str": "string", "text": "string", "boolean": "bool", "integer": "int", "int64": "int", "int32": "int", "long": "int",
	"float": "double", "float64": "double", "float32": "double", "number": "double", "decimal": "double",
	"time": "timestamp", "datetime": "timestamp", "date": "timestamp", "user": "principal",
	"array": "list(string)", "list": "list(string)", "strings": "list(string)", "[]string": "list(string)",
	"map": "map(string)", "object": "map(string)", "dict": "map(string)",
}

// TypeError says why a text is not a type.
type TypeError struct {
	Message    string // one sentence, without a full stop
	Suggestion string // a type that is near to what was written, or ""
}

// Error returns the message and the suggestion.
func (e *TypeError) Error() string {
	if e.Suggestion == "" {
		return e.Message
	}
	return fmt.Sprintf("%s; did you mean %q?", e.Message, e.Suggestion)
}

// ParseType returns the type that text names. Spaces inside parentheses are tolerated; anything else has to be exact.
// The error is a *TypeError: it says which types there are and, where one is near, which was meant.
func ParseType(text string) (Type, error) {
	t, err := parseType(text, 0)
	if wrong, ok := errors.AsType[*TypeError](err); ok && wrong.Suggestion == "" {
		if trimmed, err := parseType(strings.TrimSpace(text), 0); err == nil {
			wrong.Suggestion = trimmed.text
		}
	}
	return t, err
}

func parseType(text string, depth int) (Type, error) {
	for _, name := range plainTypes {
		if text == name {
			return Type{name}, nil
		}
	}
	outer, rest, ok := strings.Cut(text, "(")
	switch outer := strings.TrimRight(outer, " "); {
	case !ok:
		return Type{}, unknownType(text)
	case outer != "list" && outer != "map":
		err := unknownType(outer)
		if near := diag.Nearest(outer, []string{"list", "map"}); near != "" {
			err.Suggestion = near + "(" + rest
		}
		return Type{}, err
	case !strings.HasSuffix(rest, ")"):
		return Type{}, &TypeError{fmt.Sprintf("the type %s lacks a closing parenthesis", diag.Quote(text)), ""}
	case depth == MaxTypeDepth:
		return Type{}, &TypeError{fmt.Sprintf("list and map may stand in each other at most %d deep", MaxTypeDepth), ""}
	default:
		return compoundType(outer, strings.Trim(strings.TrimSuffix(rest, ")"), " "), depth+1)
	}
}

func compoundType(outer, inside string, depth int) (Type, error) {
	if inside == "" {
		return Type{}, &TypeError{fmt.Sprintf("%s() does not say of what", outer), outer + "(string)"}
	}
	if key, value, ok := strings.Cut(inside, ","); ok && outer == "map" && !strings.Contains(key, "(") {
		return Type{}, &TypeError{
			"a map names the type of its values alone, for its keys are strings", "map(" + strings.TrimSpace(value) + ")",
		}
	}
	elem, err := parseType(inside, depth)
	if err != nil {
		if wrong, ok := errors.AsType[*TypeError](err); ok && wrong.Suggestion != "" {
			wrong.Suggestion = outer + "(" + wrong.Suggestion + ")"
		}
		return Type{}, err
	}
	return Type{outer + "(" + elem.text + ")"}, nil
}

func unknownType(text string) *TypeError {
	if text == "" {
		return &TypeError{"a type is missing; there are " + knownTypes, ""}
	}
	near := typeAliases[strings.ToLower(text)]
	if near == "" {
		near = diag.Nearest(text, plainTypes)
	}
	return &TypeError{fmt.Sprintf("there is no type %s; there are %s", diag.Quote(text), knownTypes), near}
}

// String returns the type as it is written: list(string).
func (t Type) String() string { return t.text }

// list returns the type of the elements when t is a list.
func (t Type) list() (Type, bool) { return t.inside("list(") }

// dict returns the type of the values when t is a map.
func (t Type) dict() (Type, bool) { return t.inside("map(") }

func (t Type) inside(outer string) (Type, bool) {
	if !strings.HasPrefix(t.text, outer) {
		return Type{}, false
	}
	return Type{t.text[len(outer) : len(t.text)-1]}, true
}

// refers reports whether values of the type name principals, which are looked up when a condition reads them.
func (t Type) refers() bool { return strings.Contains(t.text, "principal") }

// article returns the type as a message names it: "an int", "a list(string)".
func (t Type) article() string {
	if t.text == "int" {
		return "an int"
	}
	return "a " + t.text
}

// cel returns the type as CEL's checker knows it.
func (t Type) cel() *types.Type {
	if elem, ok := t.list(); ok {
		return types.NewListType(elem.cel())
	}
	if elem, ok := t.dict(); ok {
		return types.NewMapType(types.StringType, elem.cel())
	}
	switch t.text {
	case "string":
		return types.StringType
	case "bool":
		return types.BoolType
	case "int":
		return types.IntType
	case "double":
		return types.DoubleType
	case "timestamp":
		return types.TimestampType
	case "duration":
		return types.DurationType
	}
	return personType
}
