package authz_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
)

const derivationPolicy = `
version: 1
name: derivation
scopes: {org: , workspace: {in: org}}
areas: {e: , f: , g: }
roles:
  member: {at: org, reach: all, areas: {e: edit}}
  manager: {at: workspace, areas: {e: edit, f: edit}}
  reader: {at: workspace, inherits: manager, limit: {"*": read}}
  selfgrant: {at: org, reach: all, areas: {f: read}, grants: [{areas: {e: edit}, reach: self}]}
  wide: {at: org, areas: {e: edit}, grants: [{areas: {f: edit}, reach: all}]}
  mixed: {at: org, reach: all, grants: [{areas: {e: edit}, reach: self}, {areas: {e: read}}]}
  guide: {at: org, reach: all, areas: {g: edit}, given_with: f:read}
  needy: {at: org, reach: all, areas: {f: edit}, grants: [{areas: {g: edit}, when: '1 / 0 > 0'}], given_with: g:edit}
  other: {at: org, reach: all, areas: {f: edit}, grants: [{areas: {g: edit}, when: '1 / 0 > 0'}]}
profiles:
  analyst: {roles: member, only: {e: read}}
boundaries:
  named: {in: workspace, roles: manager, limit: {e: read}}
  twice: {in: [org, "org:c"], limit: {f: read}}
`

const derivationDirectory = `
version: 1
scopes: {"org:a": , "org:a/workspace:v": , "org:a/workspace:w": , "org:b": , "org:c": }
principals:
  both: {status: active, assignments: [{roles: member, in: "org:a"}, {roles: manager, in: "org:a/workspace:v"}]}
  narrow: {status: active, assignments: [{roles: selfgrant, in: "org:a"}]}
  wide: {status: active, assignments: [{roles: wide, in: "org:a"}]}
  mixed: {status: active, assignments: [{roles: mixed, in: "org:a"}]}
  reader: {status: active, assignments: [{roles: reader, in: "org:a/workspace:w"}]}
  analyst: {status: active, assignments: [{profiles: analyst, in: "org:a"}]}
  limited: {status: active, assignments: [{roles: member, in: "org:a", limit: {e: read}}]}
  nobody: {status: active}
  owner: {status: active, assignments: [{roles: member, in: "org:a"}]}
  late: {kind: key, status: suspended, owner: owner, until: 2026-01-01T00:00:00Z, in: "org:b"}
  stuck: {kind: key, status: active, owner: owner, until: 2026-01-01T00:00:00Z, in: "org:b"}
  here: {status: active, assignments: [{roles: needy, in: "org:a"}, {roles: other, in: "org:b"}]}
`

func explained(t *testing.T, e *authz.Engine, as, permission, in string) authz.Explanation {
	t.Helper()
	return e.As(as).Explain(context.Background(), authz.Request{Permission: permission, Scope: in})
}

// A boundary is told as lowering what it did lower, and as nothing's cause otherwise.
func TestABoundaryThatLowersNothingIsNoCause(t *testing.T) {
	e := load(t, derivationPolicy, derivationDirectory)
	x := explained(t, e, "both", "e:edit", "org:a/workspace:w")
	if !x.Allowed || strings.Contains(x.Cause(), "boundary") || len(x.Boundaries) != 1 || x.Boundaries[0].Lowers {
		t.Errorf("%s\n%s", x.Cause(), x)
	}
	if want := "boundary named on org:a/workspace:w leaves read of what is held by the roles manager, which lowers nothing here"; !strings.Contains(x.String(), want) {
		t.Errorf("%q is not in\n%s", want, x)
	}
	if x := explained(t, e, "both", "e:edit", "org:a/workspace:v"); !x.Allowed || strings.Contains(x.Cause(), "boundary") {
		t.Errorf("another grant gives more than the boundary leaves of this one: %s\n%s", x.Cause(), x)
	}
	if x := explained(t, e, "nobody", "f:read", "org:c"); len(x.Boundaries) != 1 {
		t.Errorf("a boundary that lies on a scope by its kind and by its path is told %d times", len(x.Boundaries))
	}
}

// What does not reach the scope is told so, and not as a condition that does not hold.
func TestARuleThatDoesNotReachIsToldSo(t *testing.T) {
	e := load(t, derivationPolicy, derivationDirectory)
	for _, as := range []string{"narrow", "wide"} {
		x := explained(t, e, as, "e:edit", "org:a/workspace:w")
		if want := "it holds in that scope alone, not beneath it"; x.Grants[0].Why != want {
			t.Errorf("%s: %q", as, x.Grants[0].Why)
		}
	}
	x := explained(t, e, "mixed", "e:read", "org:a/workspace:w")
	rules := x.Grants[0].Rules
	if len(rules) != 2 || rules[0].Level != "read" || rules[0].Outcome != "" || rules[1].Outcome != "does not reach here" {
		t.Errorf("%+v", rules)
	}
	if want := "the role mixed in org:a gives read by e: read"; !strings.HasPrefix(x.Cause(), want) {
		t.Errorf("the cause is %s", x.Cause())
	}
}

// "the rule that decided with its position": the limit of a role, of a profile or of an assignment, where that is what
// decided.
func TestTheLimitThatDecidedIsNamed(t *testing.T) {
	e := load(t, derivationPolicy, derivationDirectory)
	for _, c := range []struct{ as, in, cause, text string }{
		{"reader", "org:a/workspace:w", "by e: edit (x.policy.yaml:8:36), under the limit of the role reader (x.policy.yaml:9:46)", "the limit of the role reader leaves read  [x.policy.yaml:9:46]"},
		{"analyst", "org:a", "by e: edit (x.policy.yaml:7:41), under the limit of the profile analyst (x.policy.yaml:17:28)", "the limit of the profile analyst leaves read (x.policy.yaml:17:28)"},
		{"limited", "org:a", "by e: edit (x.policy.yaml:7:41), under the limit of the assignment (x.directory.yaml:11:43)", "the limit of the assignment leaves read (x.directory.yaml:11:43)"},
	} {
		x := explained(t, e, c.as, "e:edit", c.in)
		if x.Reason != authz.LevelTooLow || !strings.Contains(x.Cause(), c.cause) {
			t.Errorf("%s: %s\n%s", c.as, x.Reason, x.Cause())
		}
		if !strings.Contains(x.String(), c.text) {
			t.Errorf("%s: %q is not in\n%s", c.as, c.text, x)
		}
	}
}

// Where the principal or the key itself denies, that is the cause, with its place.
func TestWhoIsNotActiveIsTheCause(t *testing.T) {
	e := load(t, derivationPolicy, derivationDirectory)
	if got, want := explained(t, e, "late", "e:edit", "org:a").Cause(), `"late" is suspended (x.directory.yaml:14:3)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := explained(t, e, "stuck", "e:edit", "org:a").Cause(), `the key ended at 2026-01-01T00:00:00Z (x.directory.yaml:15:3)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// "the nearest ways to a yes": each names all that has to be done.
func TestAWayNamesAllThatHasToBeDone(t *testing.T) {
	e := load(t, derivationPolicy, derivationDirectory)
	for _, c := range []struct {
		as, permission, in string
		steps              []string // the beginning of each step of the first way
	}{
		{"late", "e:edit", "org:a", []string{"make late active", "give the key a later end", "let the key in to org:a"}},
		{"stuck", "e:edit", "org:a", []string{"give the key a later end", "let the key in to org:a"}},
		{"nobody", "f:edit", "org:a", []string{"give nobody the role selfgrant"}[:0]},
	} {
		x := explained(t, e, c.as, c.permission, c.in)
		if len(x.Ways) == 0 {
			t.Errorf("%s: no way is told", c.as)
			continue
		}
		for i, want := range c.steps {
			if i >= len(x.Ways[0].Steps) || !strings.HasPrefix(x.Ways[0].Steps[i], want) {
				t.Errorf("%s: %q", c.as, x.Ways[0].Steps)
			}
		}
	}
	// Neither the missing role nor the boundary on it alone would do.
	x := explained(t, e, "nobody", "f:edit", "org:c")
	if len(x.Ways) == 0 || !slices.ContainsFunc(x.Ways, func(w authz.Way) bool {
		return len(w.Steps) == 2 && strings.HasPrefix(w.Steps[0], "give nobody the role ") && strings.HasPrefix(w.Steps[1], "lift the boundary twice")
	}) {
		t.Errorf("%v", x.Ways)
	}
}

// A condition that failed is said of the rules that were asked, and of no others with the same words.
func TestAFailedConditionIsSaidOfTheRulesThatWereAsked(t *testing.T) {
	e := load(t, derivationPolicy, derivationDirectory)
	d := e.As("here").Check(context.Background(), authz.Request{Permission: "g:edit", Scope: "org:a"})
	if d.Err == nil || !strings.Contains(d.Err.Error(), "the role needy") || strings.Contains(d.Err.Error(), "the role other") {
		t.Errorf("%v", d.Err)
	}
}

// What is given in Go or with a request stands in no file, and no place is invented for it.
func TestNoPlaceIsInvented(t *testing.T) {
	e := load(t, derivationPolicy, derivationDirectory)
	s := e.MustBind(authz.Principal{ID: "guest", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"member"}, In: []string{"org:a"}, Limit: rolesLimit("e", "read")}}})
	preview, err := e.Preview("org:a", "member")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*authz.Subject{s, preview} {
		x := s.Explain(context.Background(), authz.Request{Permission: "e:edit", Scope: "org:a"})
		if !x.Grants[0].Position.IsZero() || strings.Contains(x.String(), "directory.yaml") {
			t.Errorf("%s", x)
		}
	}
	bad, err := e.Bind(authz.Principal{ID: "bad"})
	if x := bad.Explain(context.Background(), authz.Request{Permission: "e:edit", Scope: "org:a"}); err == nil || x.Who != "bad, as the request gives it" {
		t.Errorf("%q, %v", x.Who, err)
	}
}

// A refusal to give names the permission that is lacking, and the rule that gives more than the giver has.
func TestARefusalToGiveNamesItsRule(t *testing.T) {
	e := load(t, derivationPolicy, derivationDirectory)
	d := e.As("both").CanAssign(context.Background(), authz.Giving{Name: "guide", Scope: "org:a"})
	if d.Reason != authz.NoGrant || d.Needs != "f:read" {
		t.Errorf("%s, %q", d, d.Needs)
	}
	d = e.As("here").CanAssign(context.Background(), authz.Giving{Name: "guide", Scope: "org:a"})
	if d.Reason != authz.ExceedsGiver || d.Lacks[0].Position.String() != "x.policy.yaml:13:40" {
		t.Errorf("%s at %s", d, d.Lacks[0].Position)
	}
}

// "Engines are immutable": whatever becomes of the values that one was built from.
func TestAnEngineKeepsNothingOfItsModel(t *testing.T) {
	p, d := examplePolicy(), exampleDirectory()
	e, err := authz.New(p, d)
	if err != nil {
		t.Fatal(err)
	}
	before := authz.Dump(e)
	given := e.As("alice").CanAssign(context.Background(), authz.Giving{Name: "manager", Scope: "org:acme/workspace:ml"})
	scramble(reflect.ValueOf(&p).Elem())
	scramble(reflect.ValueOf(d).Elem())
	if p.Name == examplePolicy().Name || p.Roles[0].Areas["analytics"] == "edit" {
		t.Fatal("nothing was changed: the test shows nothing")
	}
	if after := authz.Dump(e); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	if again := e.As("alice").CanAssign(context.Background(), authz.Giving{Name: "manager", Scope: "org:acme/workspace:ml"}); again.String() != given.String() {
		t.Errorf("before %s, after %s", given, again)
	}
	x := e.As("alice").Explain(context.Background(), authz.Request{Permission: "members:edit", Scope: "org:acme/workspace:ml"})
	if strings.Contains(x.String(), "scrambled") {
		t.Errorf("%s", x)
	}
}

// scramble changes every value that can be reached.
func scramble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			scramble(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				scramble(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			scramble(v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			if v.Type().Elem().Kind() == reflect.String {
				v.SetMapIndex(k, reflect.ValueOf("scrambled").Convert(v.Type().Elem()))
			} else {
				v.SetMapIndex(k, reflect.Value{})
			}
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString("scrambled")
		}
	case reflect.Bool:
		if v.CanSet() {
			v.SetBool(!v.Bool())
		}
	}
}
