// Package generate draws whole policies, directories and requests, valid by construction, that use every feature of
// the language together. The properties of the engine are tested on them. What is drawn is the model, so that the
// engine, the reference and the printed YAML are all made from the same values.
//
// The files stand in the order of the drawing: policy, condition, directory, request; world holds them together, and
// feature takes them apart again.
package generate

import (
	"reflect"
	"strings"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
)

// World is a policy, a directory (or none), and what requests to it may bring.
type World struct {
	Policy    authz.Policy
	Directory *authz.Directory
	Guests    [][]authz.Principal // principals that a request brings whole, each with those that its facts refer to
	Facts     []authz.Facts       // what requests bring; the first of them nothing but a time
	Bad       []authz.Facts       // likewise, each with one thing that it must not

	areas []node   // every area, each before its sub-areas
	paths []string // the scopes that are listed, or that assignments name where there is no directory
}

// Worlds draws worlds.
func Worlds() *rapid.Generator[*World] {
	return rapid.Custom(func(t *rapid.T) *World {
		g := &generator{draw: draw{t}}
		g.policy()
		g.directory()
		g.boundaries()
		g.requests()
		return &g.World
	})
}

// generator is a world while it is drawn, or changed.
type generator struct {
	draw
	World
}

// GoString prints the world as the files that hold it: what a failed property shows.
func (w *World) GoString() string { return w.String() }

// String is the policy and the directory, as YAML that can be pasted into files.
func (w *World) String() string {
	var b strings.Builder
	b.WriteString("\n# drawn.policy.yaml\n")
	if err := w.Policy.WriteYAML(&b); err != nil {
		b.WriteString(err.Error())
	}
	if w.Directory != nil {
		b.WriteString("\n# drawn.directory.yaml\n")
		if err := w.Directory.WriteYAML(&b); err != nil {
			b.WriteString(err.Error())
		}
	}
	return b.String()
}

// Clone returns a copy that shares nothing with the world: what a property changes, it changes there.
func (w *World) Clone() *World { return clone(reflect.ValueOf(w)).Interface().(*World) }

// Clone returns a copy of a part of a world that shares nothing with it.
func Clone[T any](v T) T { return clone(reflect.ValueOf(&v)).Elem().Interface().(T) }

func clone(v reflect.Value) reflect.Value {
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v) // what has no parts to change, and the fields that are nobody's business
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			copied.Set(reflect.New(v.Type().Elem()))
			copied.Elem().Set(clone(v.Elem()))
		}
	case reflect.Interface:
		if !v.IsNil() {
			copied.Set(clone(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			copied.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				copied.Index(i).Set(clone(v.Index(i)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			copied.Set(reflect.MakeMap(v.Type()))
			for _, k := range v.MapKeys() {
				copied.SetMapIndex(k, clone(v.MapIndex(k)))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if copied.Field(i).CanSet() {
				copied.Field(i).Set(clone(v.Field(i)))
			}
		}
	}
	return copied
}
