package condition

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

type named string

// single returns an Env whose requests have one attribute x of that type.
func single(t testing.TB, typ string) *Env {
	t.Helper()
	e, err := NewEnv(Declarations{Request: declared(t, "x", typ)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestFactsOfTheDeclaredTypeAreTaken(t *testing.T) {
	for _, tt := range []struct {
		typ   string
		value any
		is    string // a condition that holds of it
	}{
		{"string", "a", `request.x == "a"`},
		{"string", "", `request.x == "" && has(request.x)`},
		{"string", named("a"), `request.x == "a"`},
		{"bool", true, `request.x`},
		{"int", 2, `request.x == 2`},
		{"int", int8(-2), `request.x == -2`},
		{"int", uint64(math.MaxInt64), `request.x == 9223372036854775807`},
		{"int", uint8(2), `request.x == 2`},
		{"int", json.Number("-9223372036854775808"), `request.x == -9223372036854775808`},
		{"double", 2.5, `request.x == 2.5`},
		{"double", float32(2.5), `request.x == 2.5`},
		{"double", 2, `request.x == 2.0`},
		{"double", uint(2), `request.x == 2.0`},
		{"double", int64(1 << 53), `request.x == 9007199254740992.0`},
		{"double", json.Number("2"), `request.x == 2.0`},
		{"double", json.Number("2.5e1"), `request.x == 25.0`},
		{"timestamp", testNow, `request.x == timestamp("2026-06-01T12:30:15.25Z")`},
		{"timestamp", "2026-06-01T14:30:15.25+02:00", `request.x == timestamp("2026-06-01T12:30:15.25Z") && request.x.getHours() == 12`},
		{"timestamp", "0001-01-01T00:00:00Z", `request.x < timestamp("2026-06-01T00:00:00Z")`},
		{"timestamp", "9999-12-31T23:59:59Z", `request.x > timestamp("2026-06-01T00:00:00Z")`},
		{"duration", 90 * time.Minute, `request.x == duration("1h30m")`},
		{"duration", "1h30m", `request.x == duration("90m")`},
		{"duration", "0", `request.x == duration("0s")`},
		{"principal", "alice", `request.x.id == "alice" && request.x.status == "unknown"`},
		{"principal", named("alice"), `request.x.id == "alice"`},
		{"principal", Ref{ID: "alice", Status: "active"}, `request.x.id == "alice" && request.x.status == "active"`},
		{"list(string)", []string{"a", "b"}, `request.x == ["a", "b"]`},
		{"list(string)", []any{"a", named("b")}, `request.x == ["a", "b"]`},
		{"list(string)", [2]string{"a", "b"}, `request.x == ["a", "b"]`},
		{"list(string)", []string(nil), `request.x == [] && has(request.x)`},
		{"list(int)", []uint16{1, 2}, `request.x == [1, 2]`},
		{"list(principal)", []any{"a", Ref{ID: "b", Status: "active"}}, `request.x[1].status == "active" && request.x[0].status == "unknown"`},
		{"map(int)", map[string]int{"a": 1}, `request.x == {"a": 1} && request.x.a == 1`},
		{"map(int)", map[named]any{"a": 1}, `request.x["a"] == 1`},
		{"map(list(bool))", map[string][]bool{"a": {true}}, `request.x.a[0]`},
		{"list(list(list(list(int))))", [][][][]int{{{{7}}}}, `request.x[0][0][0][0] == 7`},
	} {
		e := single(t, tt.typ)
		a, errs := e.RequestAttributes(map[string]any{"x": tt.value})
		if len(errs) > 0 {
			t.Errorf("%s takes %#v: %v", tt.typ, tt.value, errs)
			continue
		}
		p, problems := e.Compile(tt.is)
		if len(problems) > 0 {
			t.Errorf("%s: %v", tt.is, problems)
			continue
		}
		if holds, err := p.Eval(t.Context(), &Facts{Around: &Around{Request: e.Request(testNow, a, nil)}}); !holds || err != nil {
			t.Errorf("%s of %#v is %v, %v", tt.is, tt.value, holds, err)
		}
	}
}

func TestFactsOfAnotherTypeAreRefused(t *testing.T) {
	var nilMap map[string]any
	var nilPointer *string
	for _, tt := range []struct {
		typ     string
		value   any
		message string
	}{
		{"string", 2, "is the whole number 2 where a string is due"},
		{"string", true, "is true where a string is due"},
		{"string", json.Number("2"), "is the number 2 where a string is due"},
		{"string", []byte("a"), "is a list where a string is due"},
		{"string", testNow, "is a time where a string is due"},
		{"string", nilPointer, "is a Go value of type *string where a string is due"},
		{"string", "a\xff", "is not valid UTF-8"},
		{"string", strings.Repeat("a", MaxText+1), "has 16385 bytes; a string may have at most 16384"},
		{"bool", "true", `is the string "true" where a bool is due`},
		{"bool", 1, "is the whole number 1 where a bool is due"},
		{"int", "2", `is the string "2" where an int is due`},
		{"int", 2.0, "is the float64 2 where an int is due"},
		{"int", true, "is true where an int is due"},
		{"int", json.Number("2.0"), "is the number 2.0 where an int is due"},
		{"int", json.Number("2e1"), "is the number 2e1 where an int is due"},
		{"int", json.Number("x"), "is the number x where an int is due"},
		{"int", json.Number("9223372036854775808"), "does not fit into an int (64 bits)"},
		{"int", uint64(math.MaxInt64) + 1, "does not fit into an int (64 bits)"},
		{"int", time.Second, "is the duration 1s where an int is due"},
		{"double", "2.5", `is the string "2.5" where a double is due`},
		{"double", math.NaN(), "is NaN, and not a number"},
		{"double", math.Inf(-1), "is -Inf, and not a number"},
		{"double", float32(math.Inf(1)), "is +Inf, and not a number"},
		{"double", int64(1<<53 + 1), "cannot hold exactly"},
		{"double", -int64(1<<53 + 1), "cannot hold exactly"},
		{"double", uint64(1<<53 + 1), "cannot hold exactly"},
		{"double", json.Number("9007199254740993"), "cannot hold exactly"},
		{"double", json.Number("99999999999999999999"), "cannot hold exactly"},
		{"double", json.Number("1e999"), "is the number 1e999 where a double is due"},
		{"double", json.Number("NaN"), "is the number NaN where a double is due"},
		{"double", json.Number("0x1p4"), "is the number 0x1p4 where a double is due"},
		{"double", time.Second, "is the duration 1s where a double is due"},
		{"timestamp", time.Time{}, "is the zero time, which stands for a time that is not set"},
		{"timestamp", "2026-06-01", `is the string "2026-06-01" where a timestamp is due, such as`},
		{"timestamp", "2026-06-01T1:00:00Z", "where a timestamp is due, such as"},
		{"timestamp", 1780000000, "is the whole number 1780000000 where a timestamp is due"},
		{"timestamp", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "is in the year 10000"},
		{"timestamp", time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC), "is in the year 0"},
		{"timestamp", time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7200)), "is in the year 10000"},
		{"duration", "1d", `is the string "1d" where a duration is due, such as 1h30m`},
		{"duration", 3600, "is the whole number 3600 where a duration is due"},
		{"principal", "", "is empty where a principal's id is due"},
		{"principal", 7, "is the whole number 7 where a principal is due"},
		{"principal", Ref{}, "is empty where a principal's id is due"},
		{"principal", strings.Repeat("a", MaxText+1), "has 16385 bytes; a string may have at most 16384"},
		{"principal", Ref{ID: "a", Status: "\xff"}, "is not valid UTF-8"},
		{"principal", &Ref{ID: "a"}, "is a Go value of type *condition.Ref where a principal is due"},
		{"list(string)", "a", `is the string "a" where a list(string) is due`},
		{"list(string)", map[string]any{}, "is a mapping where a list(string) is due"},
		{"map(int)", []int{1}, "is a list where a map(int) is due"},
		{"map(int)", map[int]int{1: 1}, "is a mapping where a map(int) is due"},
	} {
		e := single(t, tt.typ)
		_, errs := e.RequestAttributes(map[string]any{"x": tt.value})
		if len(errs) != 1 || !strings.Contains(errs[0].Message, tt.message) || !slices.Equal(errs[0].Path, []string{"x"}) || errs[0].Undeclared {
			t.Errorf("%s of %.60q: %v; want %q", tt.typ, fmt.Sprint(tt.value), errs, tt.message)
		}
	}
	for _, typ := range []string{"string", "bool", "int", "double", "timestamp", "duration", "principal", "list(int)", "map(int)"} {
		_, errs := single(t, typ).RequestAttributes(map[string]any{"x": nil})
		if len(errs) != 1 || !strings.HasPrefix(errs[0].Message, "has no value (null) where") {
			t.Errorf("%s takes null: %v", typ, errs)
		}
		_, errs = single(t, typ).RequestAttributes(map[string]any{"x": make(chan int)})
		if len(errs) != 1 || !strings.Contains(errs[0].Message, "is a Go value of type chan int where a") {
			t.Errorf("%s takes a channel: %v", typ, errs)
		}
	}
	if _, errs := single(t, "map(int)").RequestAttributes(nilMap); len(errs) > 0 {
		t.Errorf("no attributes at all: %v", errs)
	}
}

func TestFactErrorsNameTheValueInside(t *testing.T) {
	for _, tt := range []struct {
		typ   string
		value any
		want  string
	}{
		{"list(int)", []any{1, "a", nil}, `x.1: is the string "a" where an int is due|x.2: has no value (null) where an int is due; leave the attribute out when it is not known`},
		{"map(list(int))", map[string]any{"b": []int{1}, "a": []any{1, 2.5}}, `x.a.1: is the float64 2.5 where an int is due`},
		{"map(int)", map[string]int{"\xff": 1}, "x.\xff: is not valid UTF-8"},
		{"principal", Ref{ID: "a", Attributes: map[string]any{"department": "x"}}, `x.department: there is no attribute "department" of principal`},
	} {
		_, errs := single(t, tt.typ).RequestAttributes(map[string]any{"x": tt.value})
		var got []string
		for _, e := range errs {
			got = append(got, strings.Join(e.Path, ".")+": "+e.Message)
		}
		if strings.Join(got, "|") != tt.want {
			t.Errorf("%s of %v:\n got %s\nwant %s", tt.typ, tt.value, strings.Join(got, "|"), tt.want)
		}
	}
}

func TestUndeclaredFactsAreRefusedWithASuggestion(t *testing.T) {
	e := testEnv(t)
	for _, tt := range []struct {
		check func(map[string]any) (Attributes, []FactError)
		name  string
		want  string
	}{
		{e.PrincipalAttributes, "departement", `departement: there is no attribute "departement" of principal; did you mean "department"?`},
		{e.RequestAttributes, "Ip", `Ip: there is no attribute "Ip" of request; did you mean "ip"?`},
		{func(m map[string]any) (Attributes, []FactError) { return e.KindAttributes(org, m) }, "plann", `plann: there is no attribute "plann" of org; did you mean "plan"?`},
		{func(m map[string]any) (Attributes, []FactError) { return e.KindAttributes(org, m) }, "id", `id: there is no attribute "id" of org`},
	} {
		_, errs := tt.check(map[string]any{tt.name: 1})
		if len(errs) != 1 || errs[0].Error() != tt.want || !errs[0].Undeclared {
			t.Errorf("got %v, want %s", errs, tt.want)
		}
	}
	for _, kind := range []int{-1, 99} {
		if _, errs := e.KindAttributes(kind, nil); len(errs) != 1 || !errs[0].Undeclared {
			t.Errorf("attributes of the kind %d: %v", kind, errs)
		}
		if o := e.Scope(kind, "a", "b", Attributes{}, nil); o != nil {
			t.Errorf("there is a scope of the kind %d", kind)
		}
	}
}

func TestFactsAreBounded(t *testing.T) {
	circle := map[string]any{}
	circle["manager"] = Ref{ID: "a", Attributes: circle}
	many := make([]string, MaxElements+1)
	long := strings.Repeat("x", MaxText)
	wide := slices.Repeat([]string{long}, MaxBytes/MaxText+1)
	big := map[string]string{}
	for i := range MaxElements + 1 {
		big[fmt.Sprint(i)] = ""
	}
	wrong := make([]any, 1000)
	e, err := NewEnv(Declarations{Principal: declared(t, "manager", "principal", "list", "list(string)", "map", "map(string)", "lists", "map(list(int))")})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		values map[string]any
		want   string
		most   int
	}{
		{circle, "principals stand in each other's attributes more than 8 deep", 1},
		{map[string]any{"list": many}, "the lists and maps among the attributes have more than 10000 elements together", 1},
		{map[string]any{"map": big}, "the lists and maps among the attributes have more than 10000 elements together", 1},
		{map[string]any{"lists": map[string][]int{"a": make([]int, MaxElements), "b": {1}, "c": {1}}}, "the lists and maps among the attributes have more than 10000 elements together", 1},
		{map[string]any{"list": wide}, "the strings among the attributes have more than 1048576 bytes together", 1},
		{map[string]any{"list": wrong}, "has no value (null)", 20},
	} {
		_, errs := e.PrincipalAttributes(tt.values)
		if len(errs) == 0 || !strings.Contains(errs[len(errs)-1].Message, tt.want) || len(errs) > tt.most {
			t.Errorf("got %d errors, %v; want %q", len(errs), errs, tt.want)
		}
	}
	nested := func(depth int) map[string]any {
		values := map[string]any{}
		for range depth {
			values = map[string]any{"manager": Ref{ID: "a", Attributes: values}}
		}
		return values
	}
	if _, errs := e.PrincipalAttributes(nested(maxRefs + 1)); len(errs) != 1 {
		t.Errorf("principals in principals, %d deep: %v", maxRefs+1, errs)
	}
	for _, values := range []map[string]any{{"list": many[1:]}, {"list": wide[1:]}, nested(maxRefs)} {
		if _, errs := e.PrincipalAttributes(values); len(errs) > 0 {
			t.Errorf("what is just within the bounds is refused: %v", errs)
		}
	}
}

func TestFactsAreCopied(t *testing.T) {
	e := testEnv(t)
	items, limits, groups := []string{"a"}, map[string]int{"a": 1}, []string{"staff"}
	a := must(t)(e.RequestAttributes(map[string]any{"items": items, "limits": limits}))
	f := &Facts{Principal: e.Principal(Principal{ID: "u", Groups: groups}, Attributes{}, nil), Around: &Around{Request: e.Request(testNow, a, nil)}}
	items[0], limits["a"], groups[0] = "b", 2, "admins"
	holds(t, e, f, `request.items == ["a"] && request.limits.a == 1 && principal.groups == ["staff"]`)
}

// holds fails the test unless the condition is true of the facts.
func holds(t testing.TB, e *Env, f *Facts, source string) {
	t.Helper()
	p, problems := e.Compile(source)
	if len(problems) > 0 {
		t.Errorf("%s: %v", source, problems)
		return
	}
	if got, err := p.Eval(t.Context(), f); err != nil || !got {
		t.Errorf("%s is %v, %v", source, got, err)
	}
}

func TestAttributesCountOnlyWhereTheyWereCheckedFor(t *testing.T) {
	e := testEnv(t)
	a := must(t)(e.KindAttributes(workspace, map[string]any{"visibility": "private", "owner": "a", "members": []string{"b"}, "flags": map[string]string{}}))
	f := &Facts{Around: &Around{Scopes: ScopeList{e.Scope(org, "acme", "org:acme", a, nil)}}}
	fails(t, e, f, `org.plan == "private"`, "org.plan is not set", "plan")
	f = &Facts{Around: &Around{Scopes: ScopeList{e.Scope(workspace, "ml", "workspace:ml", a, nil)}}}
	fails(t, e, f, `org.id == "ml"`, "the facts for org were not made for this policy", "id")
	f = &Facts{Around: &Around{Request: testEnv(t).Request(testNow, Attributes{}, nil)}}
	fails(t, e, f, `request.time > timestamp("2026-06-01T00:00:00Z")`, "the facts for request were not made for this policy", "time")
}

func TestTheErrorsOfFactsAreBounded(t *testing.T) {
	declaredNames := map[string]Type{}
	for i := range 1000 {
		declaredNames[fmt.Sprint("attribute", i)], _ = ParseType("int")
	}
	e, err := NewEnv(Declarations{Request: declaredNames})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	for i := range 10_000 {
		values[fmt.Sprintf("atribute%d", i)] = 1
	}
	_, errs := e.RequestAttributes(values)
	if len(errs) != maxFactErrors || !errs[0].Undeclared || errs[0].Suggestion != "attribute0" {
		t.Errorf("10,000 unknown attributes are %d errors, the first %v", len(errs), errs[0])
	}
	suggested := 0
	for _, e := range errs {
		if e.Suggestion != "" {
			suggested++
		}
	}
	if suggested != maxSuggestions {
		t.Errorf("%d of them are suggestions", suggested)
	}
	for name := range values {
		values[name] = nil
	}
	values["attribute1"], values["attribute2"] = "x", []int{1}
	if _, errs := e.RequestAttributes(values); len(errs) != maxFactErrors {
		t.Errorf("of both kinds there are %d", len(errs))
	}
	if n := testing.AllocsPerRun(1, func() { _, _ = e.RequestAttributes(values) }); n > 200 {
		t.Errorf("telling them takes %v allocations", n)
	}
}
