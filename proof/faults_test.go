package proof

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// faulty is a policy with one condition: of a grant that gives x, and of a boundary that takes y.
func faulty(t *testing.T, when string) *authz.Engine {
	t.Helper()
	p := authz.Policy{
		Name: "faulty",
		Scopes: []scope.Kind{
			{Name: "org", Attributes: map[string]string{"n": "int", "list": "list(int)", "map": "map(int)", "text": "string", "boss": "principal", "at": "timestamp", "many": "list(string)"}},
			{Name: "workspace", In: []string{"org"}, Attributes: map[string]string{"n": "int"}},
		},
		Principal: map[string]string{"grade": "int"},
		Areas:     []roles.Area{{Name: "x"}, {Name: "y"}},
		Roles: []roles.Role{{
			Name: "r", At: []string{"org"}, Reach: roles.All, Areas: roles.Grant{"y": "edit"},
			Grants: []roles.Conditional{{Areas: roles.Grant{"x": "edit"}, When: when}},
		}},
	}
	if !strings.Contains(when, "workspace") { // a boundary must not read what may not be there: that is refused at load
		p.Boundaries = []authz.Boundary{{Name: "b", In: []string{"org"}, When: when, Limit: roles.AtMost(roles.Grant{"y": "none"})}}
	}
	e, err := authz.New(p, nil)
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	return e
}

// panicking is a context whose author made a mistake.
type panicking struct{ context.Context }

func (panicking) Done() <-chan struct{} { panic("a mistake") }
func (panicking) Err() error            { panic("a mistake") }

// "A grant's condition errors, costs too much, or reads an attribute that is missing: no grant. A boundary's condition
// does so: the boundary applies, and the reason and explanation say why." Every way to fail, in both places.
func TestAConditionThatFailsNeverOpens(t *testing.T) {
	many := make([]any, 3000)
	for i := range many {
		many[i] = fmt.Sprint("item", i)
	}
	facts := authz.Facts{Scopes: map[string]authz.Attributes{"org:o": {
		"n": 0, "list": []any{1}, "map": map[string]any{"a": 1}, "text": "x", "boss": "nobody", "many": many,
	}}}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, stop := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer stop()
	for _, c := range []struct {
		name, when string
		ctx        context.Context
	}{
		{name: "a missing attribute", when: `org.at == request.time`},
		{name: "a missing attribute of the principal", when: `principal.grade > 1`},
		{name: "a missing attribute of one who is not listed", when: `org.boss.grade > 1`},
		{name: "a kind that is not on the path", when: `workspace.n == 0`},
		{name: "whether something of a kind that is not on the path is there", when: `has(workspace.n)`},
		{name: "division by zero", when: `1 / org.n == 1`},
		{name: "the rest of a division by zero", when: `1 % org.n == 1`},
		{name: "overflow", when: `9223372036854775807 + org.list[0] > 0`},
		{name: "overflow of a product", when: `(org.n - 2) * -9223372036854775807 > 0`},
		{name: "an index out of range", when: `org.list[1] == 1`},
		{name: "a negative index", when: `org.list[org.n - 1] == 1`},
		{name: "a missing key", when: `org.map["b"] == 1`},
		{name: "a missing field", when: `org.map.b == 1`},
		{name: "text that is no number", when: `int(org.text) == 1`},
		{name: "text that is no time", when: `timestamp(org.text) == request.time`},
		{name: "text that is no duration", when: `duration(org.text) == duration("1s")`},
		{name: "text that is no address", when: `inCIDR(org.text, "10.0.0.0/8")`},
		{name: "text that is no network", when: `inCIDR("10.0.0.1", org.text)`},
		{name: "a zone that is none", when: `request.time.getHours(org.text) == 1`},
		{name: "a substring out of range", when: `org.text.substring(5) == ""`},
		{name: "cost", when: `org.many.all(a, org.many.all(b, a + b != "z"))`},
		{name: "growth", when: `org.many.all(a, org.many.join(a).size() > 0)`},
		{name: "a cancelled context", when: `org.n == 0`, ctx: cancelled},
		{name: "a deadline that is over", when: `org.n == 0`, ctx: late},
		{name: "a panic", when: `org.n == 0`, ctx: panicking{context.Background()}},
		{name: "an error on both sides of or", when: `1 / org.n == 1 || org.list[1] == 1`},
		{name: "an error that false does not outweigh", when: `org.n == 0 && 1 / org.n == 1`},
		{name: "an error in a loop", when: `org.list.all(v, v / org.n == 1)`},
		{name: "an error in the condition of ?:", when: `1 / org.n == 1 ? true : true`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.ctx == nil {
				c.ctx = context.Background()
			}
			e := faulty(t, c.when)
			s, err := e.Bind(authz.Principal{ID: "p", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:o"}}}})
			if err != nil {
				t.Fatal(err)
			}
			for permission, reason := range map[string]authz.Reason{"x:edit": authz.NoGrant, "y:edit": authz.Limited} {
				if permission == "y:edit" && strings.Contains(c.when, "workspace") {
					continue
				}
				r := authz.Request{Permission: permission, Scope: "org:o", Facts: facts}
				d := s.Check(c.ctx, r)
				if d.Allowed || d.Reason != reason {
					t.Errorf("%s: %s", permission, d)
				}
				var failed *authz.ConditionError
				if !errors.As(d.Err, &failed) || failed.Effect == "" || failed.Scope != "org:o" || failed.Unwrap() == nil {
					t.Errorf("%s: the decision does not say what failed: %v", permission, d.Err)
				}
				if x := s.Explain(c.ctx, r); x.Allowed || x.Reason != reason || !strings.Contains(x.String(), "failed: ") {
					t.Errorf("%s: the explanation does not say what failed:\n%s", permission, x)
				}
				if many := s.CheckAll(c.ctx, []authz.Request{r}); many[0].Allowed {
					t.Errorf("%s: allowed among many", permission)
				}
			}
			held, err := s.Held(c.ctx, "org:o", facts)
			if level := levelOf(held, "x"); err != nil || level != "none" {
				t.Errorf("the tree has %s, %v", level, err)
			}
		})
	}
	if d := faulty(t, `org.n == 0`).MustBind(authz.Principal{ID: "p", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:o"}}}}).
		Check(context.Background(), authz.Request{Permission: "x:edit", Scope: "org:o", Facts: facts}); !d.Allowed {
		t.Errorf("a condition that holds does not open: %s: the test shows nothing", d)
	}
}

// Each declared attribute type × each value of another type: "the request is refused as invalid, before any condition
// sees them". A condition that would be silently false would leave a boundary out.
func TestNoFactOfAnotherTypeReachesACondition(t *testing.T) {
	type strange struct{ A int }
	number := json.Number("7")
	values := map[string]any{
		"nothing": nil, "text": "seven", "no text": "", "a bool": true, "an int": 7, "a large int": uint64(math.MaxUint64), "a float": 7.5, "not a number": math.NaN(), "infinity": math.Inf(1),
		"a list": []any{"a"}, "numbers": []int{7}, "a list of nothing": []any{nil}, "a map": map[string]any{"a": "b"}, "a map of numbers": map[string]int{"a": 7}, "a map of nothing": map[string]any{"a": nil},
		"a map by number": map[int]string{7: "a"}, "a time": time.Unix(7, 0), "no time": time.Time{}, "a duration": time.Hour, "a struct": strange{7}, "a pointer": &strange{7}, "a channel": make(chan int),
		"a function": func() {}, "JSON": number, "bytes": []byte("seven"), "complex": complex(7, 7), "an id": "p7", "no id": "a b", "bad text": "\xff", "a principal": authz.Principal{ID: "q", Status: authz.Active},
		"no principal": authz.Principal{}, "nil principal": (*authz.Principal)(nil),
	}
	// What each type takes; all else is refused.
	takes := map[string][]string{
		"string":    {"text", "no text", "an id", "no id"},
		"bool":      {"a bool"},
		"int":       {"an int", "JSON"},
		"double":    {"an int", "a float", "JSON"},
		"timestamp": {"a time"},
		"duration":  {"a duration"},
		"principal": {"text", "an id", "a principal"}, // "seven" is an id, too
		"list(int)": {"numbers", "bytes"}, "list(string)": {"a list"}, "map(string)": {"a map"}, "map(int)": {"a map of numbers"},
		"list(principal)": {"a list"}, "map(list(string))": {},
	}
	taken, refused := 0, 0
	for declared, good := range takes {
		p := authz.Policy{
			Name: "types", Scopes: []scope.Kind{{Name: "org", Attributes: map[string]string{"v": declared}}},
			Principal: map[string]string{"v": declared}, Request: map[string]string{"v": declared},
			Areas: []roles.Area{{Name: "x"}}, Roles: []roles.Role{{Name: "r", At: []string{"org"}, Areas: roles.Grant{"x": "edit"}}},
		}
		e, err := authz.New(p, nil)
		if err != nil {
			t.Fatalf("%s: %v", declared, err)
		}
		holder := authz.Principal{ID: "p", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:o"}}}}
		s := e.MustBind(holder)
		for name, v := range values {
			want := false
			for _, g := range good {
				want = want || g == name
			}
			if want {
				taken++
			} else {
				refused++
			}
			for place, facts := range map[string]authz.Facts{"request": {Request: authz.Attributes{"v": v}}, "scope": {Scopes: map[string]authz.Attributes{"org:o": {"v": v}}}} {
				d := s.Check(context.Background(), authz.Request{Permission: "x:edit", Scope: "org:o", Facts: facts})
				if d.Allowed != want || !want && d.Reason != authz.InvalidRequest {
					t.Errorf("%s as %s of a %s: %s", name, declared, place, d)
				}
			}
			with := holder
			with.Attributes = authz.Attributes{"v": v}
			if _, err := e.Bind(with); (err == nil) != want {
				t.Errorf("%s as %s of a principal: %v", name, declared, err)
			}
			if _, err := authz.New(p, &authz.Directory{Scopes: []authz.Scope{{Path: "org:o", Attributes: authz.Attributes{"v": v}}}}); (err == nil) != want {
				t.Errorf("%s as %s of a listed scope: %v", name, declared, err)
			}
		}
	}
	t.Logf("%d pairs of a type and a value are taken, %d are refused", taken, refused)
}
