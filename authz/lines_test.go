package authz

import (
	"reflect"
	"testing"

	"github.com/trellis-authz/trellis/internal/condition"
)

// What a condition reads of a principal or of a scope is one line of the cache. The allocator puts things of one size side
// by side, so that they begin at a line where that size is a number of lines.
func TestWhatConditionsReadBeginsAtALineOfTheCache(t *testing.T) {
	const line = 64
	field := func(of reflect.Type, name string) reflect.StructField {
		f, ok := of.FieldByName(name)
		if !ok {
			t.Fatalf("%s has no %s", of, name)
		}
		return f
	}
	for _, of := range []reflect.Type{reflect.TypeFor[sighted](), reflect.TypeFor[extra](), reflect.TypeFor[listed]()} {
		if of.Size()%line != 0 {
			t.Errorf("%s takes %d bytes", of, of.Size())
		}
	}
	for name, at := range map[string]uintptr{
		"a subject":                field(reflect.TypeFor[sighted](), "behind").Offset + field(reflect.TypeFor[aside](), "about").Offset,
		"a principal that is kept": field(reflect.TypeFor[extra](), "about").Offset,
		"a scope":                  field(reflect.TypeFor[listed](), "about").Offset,
	} {
		if at%line != 0 {
			t.Errorf("conditions see %s from byte %d on", name, at)
		}
	}
	room := reflect.TypeFor[condition.Room]()
	values := field(field(room, "is").Type, "values")
	if end := field(room, "is").Offset + values.Offset + values.Type.Size(); end > line {
		t.Errorf("a condition that reads an attribute reads up to byte %d", end)
	}
}
