package condition

import (
	"strings"
	"testing"

	"github.com/google/cel-go/cel"
)

func TestReservedWordsAreThoseThatCELReserves(t *testing.T) {
	env, err := cel.NewEnv()
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"org", "list", "map", "type", "string", "int", "size", "has", "all", "exists", "and", "or", "not", "dyn", "principal", "static"}
	for word := range reserved {
		words = append(words, word)
	}
	for _, word := range words {
		// true, false and null are values, and no names: they cannot be called.
		_, variable := env.Parse(word + " == 1")
		_, called := env.Parse(word + "(1) == 1")
		refused := variable.Err() != nil || called.Err() != nil && word != "has"
		if refused != Reserved(word) {
			t.Errorf("CEL refuses %q: %v; Reserved says %v", word, refused, Reserved(word))
		}
	}
}

func TestNewEnvRefusesNamesThatAreTaken(t *testing.T) {
	str := declared(t, "x", "string")["x"]
	for _, tt := range []struct {
		d    Declarations
		want string
	}{
		{Declarations{Kinds: []Kind{{"principal", nil}}}, `no scope kind can be called "principal"`},
		{Declarations{Kinds: []Kind{{"request", nil}}}, `no scope kind can be called "request"`},
		{Declarations{Kinds: []Kind{{"in", nil}}}, `no scope kind can be called "in"`},
		{Declarations{Kinds: []Kind{{"", nil}}}, `no scope kind can be called ""`},
		{Declarations{Kinds: []Kind{{"org", nil}, {"org", nil}}}, `no scope kind can be called "org"`},
		{Declarations{Kinds: []Kind{{"org", map[string]Type{"id": str}}}}, `the attribute "id" of org is built in`},
		{Declarations{Kinds: []Kind{{"org", map[string]Type{"path": str}}}}, `the attribute "path" of org is built in`},
		{Declarations{Kinds: []Kind{{"org", map[string]Type{"for": str}}}}, `no attribute of org can be called "for"`},
		{Declarations{Kinds: []Kind{{"org", map[string]Type{"x": {}}}}}, `the attribute "x" of org has no type`},
		{Declarations{Principal: map[string]Type{"groups": str}}, `the attribute "groups" of the principal is built in`},
		{Declarations{Principal: map[string]Type{"status": str}}, `the attribute "status" of the principal is built in`},
		{Declarations{Request: map[string]Type{"time": str}}, `the attribute "time" of the request is built in`},
	} {
		if _, err := NewEnv(tt.d); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("NewEnv(%v): %v, want %q", tt.d, err, tt.want)
		}
	}
	if _, err := NewEnv(Declarations{}); err != nil {
		t.Errorf("without declarations: %v", err)
	}
}
