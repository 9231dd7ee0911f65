package condition

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/names"
)

// FactError says what is wrong with one value among the facts.
type FactError struct {
	Path       []string // the attribute, then the keys and indices inside it
	Message    string   // one sentence, without a full stop
	Suggestion string   // a declared attribute that is near to the one given, or ""
	Undeclared bool     // there is no such attribute
}

// Error returns the path, the message and the suggestion.
func (e FactError) Error() string {
	text := e.Message
	if len(e.Path) > 0 {
		text = strings.Join(e.Path, ".") + ": " + text
	}
	if e.Suggestion != "" {
		text += fmt.Sprintf("; did you mean %q?", e.Suggestion)
	}
	return diag.Printable(text)
}

// checker checks one set of attributes. It copies what the caller could change later, and stops when the values
// together are too large.
type checker struct {
	env      *Env
	errors   []FactError
	path     []string
	elements int
	bytes    int
	refs     int // how deep Refs stand in each other
	full     bool
}

// maxRefs is how deep the attributes of Refs may hold Refs. A circle of Go maps has no end.
const maxRefs = 8

func (e *Env) checkAttributes(declared *attributes, values map[string]any) (Attributes, []FactError) {
	if len(values) == 0 {
		return Attributes{class: declared}, nil
	}
	c := &checker{env: e}
	a := c.attributes(declared, values)
	if len(c.errors) > 0 {
		return Attributes{}, c.errors
	}
	return a, nil
}

func (c *checker) attributes(declared *attributes, values map[string]any) Attributes {
	a := Attributes{class: declared, values: make([]ref.Val, len(declared.names))}
	for _, name := range declared.among(values) {
		if c.full {
			break
		}
		i, ok := declared.index(name)
		if !ok {
			c.undeclared(declared, name)
			continue
		}
		c.at(name, func() { a.values[i] = c.value(declared.types[i], values[name]) })
	}
	return a
}

// among returns the names of values, sorted: all that are declared, and of the others as many as are told.
func (a *attributes) among(values map[string]any) []string {
	var known, unknown []string
	for name := range values {
		if _, ok := a.index(name); ok {
			known = append(known, name)
			continue
		}
		if at, _ := slices.BinarySearch(unknown, name); at < maxFactErrors {
			unknown = slices.Insert(unknown, at, name)
			unknown = unknown[:min(len(unknown), maxFactErrors)]
		}
	}
	names := append(known, unknown...)
	slices.Sort(names)
	return names
}

func (c *checker) undeclared(declared *attributes, name string) {
	c.at(name, func() {
		c.fail("there is no attribute %s of %s", diag.Quote(name), declared.title)
		last := &c.errors[len(c.errors)-1]
		last.Undeclared = true
		if len(c.errors) <= maxSuggestions {
			last.Suggestion = diag.Nearest(name, declared.names)
		}
	})
}

func (c *checker) at(step string, check func()) {
	c.path = append(c.path, step)
	check()
	c.path = c.path[:len(c.path)-1]
}

// maxFactErrors is how many errors of one set of attributes are told: after them nothing is checked. Looking for what
// may have been meant takes longer than all else, and is done for the first of them alone.
const (
	maxFactErrors  = 20
	maxSuggestions = 5
)

func (c *checker) fail(format string, args ...any) ref.Val {
	c.errors = append(c.errors, FactError{Path: slices.Clone(c.path), Message: fmt.Sprintf(format, args...)})
	c.full = c.full || len(c.errors) == maxFactErrors
	return nil
}

// wrong reports that a value is not of its type.
func (c *checker) wrong(t Type, v any) ref.Val {
	return c.fail("is %s where %s is due", describe(v), t.article())
}

func (c *checker) value(t Type, v any) ref.Val {
	if v == nil {
		return c.fail("has no value (null) where %s is due; leave the attribute out when it is not known", t.article())
	}
	if elem, ok := t.list(); ok {
		return c.list(t, elem, v)
	}
	if elem, ok := t.dict(); ok {
		return c.dict(t, elem, v)
	}
	switch t.text {
	case "string":
		return c.text(t, v)
	case "bool":
		if rv := reflect.ValueOf(v); rv.Kind() == reflect.Bool {
			return types.Bool(rv.Bool())
		}
	case "int":
		return c.integer(t, v)
	case "double":
		return c.double(t, v)
	case "timestamp":
		return c.timestamp(t, v)
	case "duration":
		return c.duration(t, v)
	case "principal":
		return c.principal(t, v)
	}
	return c.wrong(t, v)
}

func (c *checker) text(t Type, v any) ref.Val {
	rv := reflect.ValueOf(v)
	if _, number := v.(json.Number); number || rv.Kind() != reflect.String {
		return c.wrong(t, v)
	}
	s, ok := c.bounded(rv.String())
	if !ok {
		return nil
	}
	return types.String(s)
}

// bounded checks what holds for every string: its encoding and its length.
func (c *checker) bounded(s string) (string, bool) {
	switch {
	case !utf8.ValidString(s):
		c.fail("is not valid UTF-8")
		return "", false
	case len(s) > MaxText:
		c.fail("has %d bytes; a string may have at most %d", len(s), MaxText)
		return "", false
	}
	if c.bytes += len(s); c.bytes > MaxBytes {
		c.overfull("the strings among the attributes have more than %d bytes together", MaxBytes)
		return "", false
	}
	return s, true
}

func (c *checker) overfull(format string, args ...any) {
	if !c.full {
		c.full = true
		c.errors = append(c.errors, FactError{Path: slices.Clone(c.path), Message: fmt.Sprintf(format, args...)})
	}
}

func (c *checker) integer(t Type, v any) ref.Val {
	switch n := v.(type) {
	case time.Duration:
		return c.wrong(t, v)
	case json.Number:
		i, err := strconv.ParseInt(n.String(), 10, 64)
		switch {
		case err == nil:
			return types.Int(i)
		case strings.Trim(n.String(), "-0123456789") == "":
			return c.fail("is %s, which does not fit into an int (64 bits)", describe(v))
		}
		return c.wrong(t, v)
	}
	rv := reflect.ValueOf(v)
	switch {
	case rv.CanInt():
		return types.Int(rv.Int())
	case rv.CanUint() && rv.Uint() <= math.MaxInt64:
		return types.Int(rv.Uint())
	case rv.CanUint():
		return c.fail("is %d, which does not fit into an int (64 bits)", rv.Uint())
	}
	return c.wrong(t, v)
}

// maxExact is up to where a double holds every whole number.
const maxExact = 1 << 53

func (c *checker) double(t Type, v any) ref.Val {
	if _, ok := v.(time.Duration); ok {
		return c.wrong(t, v)
	}
	inexact := func() ref.Val {
		return c.fail("is %v, which a double cannot hold exactly (whole numbers go up to 2^53)", v)
	}
	if n, ok := v.(json.Number); ok {
		if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
			return c.double(t, i)
		}
		f, err := strconv.ParseFloat(n.String(), 64)
		if err != nil || strings.Trim(n.String(), "+-.eE0123456789") != "" {
			return c.wrong(t, v)
		}
		if strings.Trim(n.String(), "-0123456789") == "" { // a whole number too long for an int
			return inexact()
		}
		return types.Double(f)
	}
	rv := reflect.ValueOf(v)
	switch {
	case rv.CanInt():
		if i := rv.Int(); i < -maxExact || i > maxExact {
			return inexact()
		}
		return types.Double(rv.Int())
	case rv.CanUint():
		if rv.Uint() > maxExact {
			return inexact()
		}
		return types.Double(rv.Uint())
	case rv.CanFloat() && (math.IsNaN(rv.Float()) || math.IsInf(rv.Float(), 0)):
		return c.fail("is %v, and not a number", rv.Float())
	case rv.CanFloat():
		return types.Double(rv.Float())
	}
	return c.wrong(t, v)
}

func (c *checker) timestamp(t Type, v any) ref.Val {
	var at time.Time
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return c.fail("is the zero time, which stands for a time that is not set; leave the attribute out")
		}
		at = v
	case string:
		read, ok := types.String(v).ConvertToType(types.TimestampType).(types.Timestamp)
		if at = read.Time; !ok {
			return c.fail("is %s where a timestamp is due, such as 2026-06-01T00:00:00Z", describe(v))
		}
	default:
		return c.wrong(t, v)
	}
	if at = at.UTC(); at.Year() < 1 || at.Year() > 9999 {
		return c.fail("is in the year %d; a timestamp lies in the years 1 to 9999", at.Year())
	}
	return types.Timestamp{Time: at.Round(0)}
}

func (c *checker) duration(t Type, v any) ref.Val {
	switch v := v.(type) {
	case time.Duration:
		return types.Duration{Duration: v}
	case string:
		d, err := time.ParseDuration(v)
		if err != nil {
			return c.fail("is %s where a duration is due, such as 1h30m", describe(v))
		}
		return types.Duration{Duration: d}
	}
	return c.wrong(t, v)
}

func (c *checker) principal(t Type, v any) ref.Val {
	known, isRef := v.(Ref)
	if !isRef {
		rv := reflect.ValueOf(v)
		if _, number := v.(json.Number); number || rv.Kind() != reflect.String {
			return c.wrong(t, v)
		}
		known.ID = rv.String()
	}
	id, ok := c.bounded(known.ID)
	switch {
	case !ok:
		return nil
	case id == "":
		return c.fail("is empty where a principal's id is due; leave the attribute out when there is none")
	case names.BadID(id) != "":
		return c.fail("is %s where a principal's id is due, and it %s", describe(v), names.BadID(id))
	case !isRef:
		return &Object{class: c.env.person, id: id}
	}
	status, ok := c.bounded(known.Status)
	if !ok {
		return nil
	}
	if c.refs++; c.refs > maxRefs {
		c.overfull("principals stand in each other's attributes more than %d deep", maxRefs)
		return nil
	}
	defer func() { c.refs-- }()
	return &Object{
		class: c.env.person, id: id, status: status, known: true,
		values: c.attributes(c.env.person.attributes, known.Attributes).values,
	}
}

// room counts an element, and reports whether there is room for it.
func (c *checker) room() bool {
	if c.elements++; c.elements > MaxElements {
		c.overfull("the lists and maps among the attributes have more than %d elements together", MaxElements)
	}
	return !c.full
}

func (c *checker) list(t, elem Type, v any) ref.Val {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Slice && rv.Kind() != reflect.Array {
		return c.wrong(t, v)
	}
	elems := make([]ref.Val, 0, min(rv.Len(), MaxElements))
	for i := 0; i < rv.Len() && c.room(); i++ {
		c.at(strconv.Itoa(i), func() { elems = append(elems, c.value(elem, rv.Index(i).Interface())) })
	}
	return newList(elems, elem.refers())
}

func (c *checker) dict(t, elem Type, v any) ref.Val {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Map || rv.Type().Key().Kind() != reflect.String {
		return c.wrong(t, v)
	}
	if rv.Len() > MaxElements-c.elements { // before its keys are copied and sorted
		c.elements = MaxElements
		c.room()
		return nil
	}
	keys := rv.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	entries := make(map[ref.Val]ref.Val, len(keys))
	for _, k := range keys {
		if !c.room() {
			break
		}
		c.at(k.String(), func() {
			if key, ok := c.bounded(k.String()); ok {
				entries[types.String(key)] = c.value(elem, rv.MapIndex(k).Interface())
			}
		})
	}
	if len(c.errors) > 0 {
		return nil // an entry may hold nil, which a map of CEL's does not
	}
	return newDict(entries, elem.refers())
}

// describe says what a value is, for one who knows Go, YAML or JSON.
func describe(v any) string {
	switch v := v.(type) {
	case json.Number:
		return "the number " + diag.Printable(shorten(v.String()))
	case time.Time:
		return "a time"
	case time.Duration:
		return "the duration " + v.String()
	case Ref:
		return "a principal"
	}
	rv := reflect.ValueOf(v)
	switch {
	case rv.Kind() == reflect.String:
		return "the string " + diag.Quote(rv.String())
	case rv.Kind() == reflect.Bool:
		return strconv.FormatBool(rv.Bool())
	case rv.CanInt(), rv.CanUint():
		return fmt.Sprintf("the whole number %d", v)
	case rv.CanFloat():
		return fmt.Sprintf("the %s %v", rv.Kind(), v)
	case rv.Kind() == reflect.Slice, rv.Kind() == reflect.Array:
		return "a list"
	case rv.Kind() == reflect.Map:
		return "a mapping"
	}
	return fmt.Sprintf("a Go value of type %T", v)
}

func shorten(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
