package condition

import (
	"testing"
	"time"
)

// types parses declarations: name, type, name, type.
func declared(t testing.TB, pairs ...string) map[string]Type {
	t.Helper()
	m := map[string]Type{}
	for i := 0; i < len(pairs); i += 2 {
		typ, err := ParseType(pairs[i+1])
		if err != nil {
			t.Fatal(err)
		}
		m[pairs[i]] = typ
	}
	return m
}

// The scope kinds of the environment that the tests share. Some are called as types and functions of CEL are, which
// must do no harm.
const (
	org = iota
	workspace
	list_
	type_
	size_
	sets_
)

func testEnv(t testing.TB) *Env {
	t.Helper()
	e, err := NewEnv(Declarations{
		Principal: declared(t, "department", "string", "mfa", "bool", "level", "int", "manager", "principal", "tags", "list(string)",
			"team", "list(principal)"),
		Request: declared(t, "ip", "string", "score", "double", "limits", "map(int)", "items", "list(string)", "numbers", "list(int)",
			"matrix", "list(list(int))", "approvers", "map(principal)", "text", "string", "at", "timestamp", "age", "duration",
			"flag", "bool", "count", "int", "who", "principal", "pattern", "string", "infinite", "string"),
		Kinds: []Kind{
			{"org", declared(t, "plan", "string", "since", "timestamp", "ttl", "duration", "map", "string")},
			{"workspace", declared(t, "owner", "principal", "members", "list(principal)", "visibility", "string", "flags", "map(string)")},
			{"list", declared(t, "type", "string")},
			{"type", nil},
			{"size", declared(t, "int", "int")},
			{"sets", nil},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var testNow = time.Date(2026, 6, 1, 12, 30, 15, 250_000_000, time.UTC)

func must(t testing.TB) func(Attributes, []FactError) Attributes {
	return func(a Attributes, errs []FactError) Attributes {
		t.Helper()
		if len(errs) > 0 {
			t.Fatalf("facts: %v", errs)
		}
		return a
	}
}

// testFacts are those of alice, whose manager is bob, whose manager is alice.
func testFacts(t testing.TB, e *Env) *Facts {
	t.Helper()
	people := map[string]map[string]any{
		"alice": {"department": "eng", "mfa": true, "level": 3, "manager": "bob", "tags": []string{"a", "b"}, "team": []string{"bob", "carol"}},
		"bob":   {"department": "ops", "manager": "alice"},
		"carol": {},
	}
	attributes := map[string]Attributes{}
	for id, values := range people {
		attributes[id] = must(t)(e.PrincipalAttributes(values))
	}
	lookup := func(id string) (string, Attributes, bool) {
		a, ok := attributes[id]
		return map[string]string{"alice": "active", "bob": "deactivated", "carol": "invited"}[id], a, ok
	}
	request := must(t)(e.RequestAttributes(map[string]any{
		"ip": "10.1.2.3", "score": 0.5, "limits": map[string]int{"b": 2, "a": 1}, "items": []string{"x", "yy", "zzz"},
		"numbers": []int{1, 2, 3}, "matrix": [][]int{{1, 2}, {3}}, "approvers": map[string]string{"first": "bob"},
		"text": "größe", "at": testNow, "age": "36h", "flag": true, "count": 7, "pattern": "^g.*e$", "infinite": "NaN",
		"who": Ref{ID: "guest", Status: "active", Attributes: map[string]any{"department": "sales", "manager": "bob"}},
	}))
	return &Facts{
		Principal: e.Principal(Principal{ID: "alice", Kind: "user", Status: "active", Groups: []string{"staff", "eng"}}, attributes["alice"], lookup),
		Around: &Around{
			Request: e.Request(testNow.In(time.FixedZone("", 7200)), request, lookup),
			Scopes: ScopeList{
				org: e.Scope(org, "acme", "org:acme", must(t)(e.KindAttributes(org, map[string]any{"plan": "team"})), lookup),
				workspace: e.Scope(workspace, "ml", "org:acme/workspace:ml", must(t)(e.KindAttributes(workspace, map[string]any{
					"owner": "bob", "members": []any{"alice", "bob", "nobody"}, "visibility": "private", "flags": map[string]any{"beta": "on"},
				})), lookup),
				list_: nil,
			},
		},
	}
}
