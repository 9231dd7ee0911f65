package authz_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/trellis-authz/trellis/authz"
)

const conditionPolicy = `
version: 1
name: conditions
scopes:
  org: {attributes: {plan: string, seats: int}}
  subtenant: {in: [org, subtenant], attributes: {region: string}}
  workspace: {in: [org, subtenant], attributes: {visibility: string, owner: principal, tags: list(string)}}
principal: {department: string, level: int, manager: principal}
request: {ip: string, risk: double}
areas: {x: , y: , z: }
roles:
  r:
    at: [org, subtenant, workspace]
    reach: all
    areas: {z: edit}
    grants:
      - {areas: {x: edit}, when: 'WHEN'}
boundaries:
  b: {in: workspace, when: 'BOUNDARY', limit: {z: none}}
`

const conditionDirectory = `
version: 1
scopes:
  org:o: {plan: team, seats: 5}
  org:o/subtenant:s: {region: eu}
  org:o/subtenant:s/subtenant:t: {region: us}
  org:o/subtenant:s/subtenant:t/workspace:deep: {visibility: open, owner: bob}
  org:o/workspace:w: {visibility: open, owner: bob, tags: [a, b]}
  org:o/workspace:bare:
  org:o/workspace:lost: {owner: zed}
groups:
  staff:
  crew: {groups: staff}
  everyone: {assignments: [{roles: r, in: "org:o"}]}
  authenticated: {assignments: [{roles: r, in: "org:o"}]}
principals:
  p: {status: active, groups: crew, attributes: {department: eng, level: 2, manager: bob}, assignments: [{roles: r, in: "org:o"}]}
  bob: {status: deactivated, attributes: {department: ops, level: 9}}
  bare: {status: active, assignments: [{roles: r, in: "org:o"}]}
  svc: {kind: service, status: active, assignments: [{roles: r, in: "org:o"}]}
  key: {kind: key, status: active, owner: p}
`

func conditional(t *testing.T, when, boundary string) *authz.Engine {
	t.Helper()
	quote := func(s string) string { return strings.ReplaceAll(s, "'", "''") }
	return load(t, strings.NewReplacer("WHEN", quote(when), "BOUNDARY", quote(boundary)).Replace(conditionPolicy), conditionDirectory)
}

// What conditions see, and what they mean: "a grant's condition is asked at s"; "the nearest one" of kinds that nest in
// themselves; a condition that fails gives nothing, and the boundary whose condition fails applies.
func TestWhatConditionsSee(t *testing.T) {
	const w, deep, bare, lost = "org:o/workspace:w", "org:o/subtenant:s/subtenant:t/workspace:deep", "org:o/workspace:bare", "org:o/workspace:lost"
	const brought, within = deep + "er", "org:o/subtenant:s/subtenant:new/workspace:new"
	ip := authz.Facts{Request: authz.Attributes{"ip": "10.1.2.3", "risk": 1}}
	one := authz.Facts{Scopes: map[string]authz.Attributes{brought: {"visibility": "open"}}}
	two := authz.Facts{Scopes: map[string]authz.Attributes{within[:len(within)-len("/workspace:new")]: {"region": "ap"}, within: nil}}
	for _, c := range []struct {
		when, as, in string
		facts        authz.Facts
		holds        string // true, false or fails
	}{
		{`org.plan == "team"`, "p", "org:o", authz.Facts{}, "true"},
		{`org.id == "o" && org.path == "org:o"`, "p", w, authz.Facts{}, "true"},
		{`workspace.id == "w" && workspace.path == "org:o/workspace:w"`, "p", w, authz.Facts{}, "true"},
		{`org.seats > 4`, "p", "org:o", authz.Facts{}, "true"},
		{`subtenant.region == "us"`, "p", deep, authz.Facts{}, "true"}, // the nearest one
		{`subtenant.region == "eu"`, "p", "org:o/subtenant:s", authz.Facts{}, "true"},
		{`subtenant.region == "us"`, "p", brought, one, "true"},      // also where a request brings what stands in it
		{`subtenant.region == "ap"`, "p", within, two, "true"},       // or brings it
		{`subtenant.region == "eu"`, "p", w, authz.Facts{}, "fails"}, // not on the path
		{`has(subtenant.region)`, "p", w, authz.Facts{}, "fails"},
		{`has(workspace.visibility)`, "p", bare, authz.Facts{}, "false"},
		{`workspace.visibility == "open"`, "p", bare, authz.Facts{}, "fails"}, // missing
		{`workspace.visibility == "open" || true`, "p", bare, authz.Facts{}, "true"},
		{`false && workspace.visibility == "open"`, "p", bare, authz.Facts{}, "false"},
		{`"b" in workspace.tags`, "p", w, authz.Facts{}, "true"},
		{`workspace.owner.id == "bob" && workspace.owner.status == "deactivated" && workspace.owner.department == "ops"`, "p", w, authz.Facts{}, "true"},
		{`workspace.owner.status == "unknown"`, "p", lost, authz.Facts{}, "true"},
		{`workspace.owner.department == "ops"`, "p", lost, authz.Facts{}, "fails"},
		{`principal.id == "p" && principal.kind == "user" && principal.status == "active" && principal.key == ""`, "p", w, authz.Facts{}, "true"},
		{`principal.groups == ["crew", "staff"]`, "p", w, authz.Facts{}, "true"}, // and those they lead to, not the built-in ones
		{`principal.groups == []`, "bare", w, authz.Facts{}, "true"},
		{`principal.kind == "service"`, "svc", w, authz.Facts{}, "true"},
		{`principal.level == 2 && principal.manager.level == 9`, "p", w, authz.Facts{}, "true"},
		{`principal.manager.status == "deactivated"`, "p", w, authz.Facts{}, "true"},
		{`principal.department == "eng"`, "bare", w, authz.Facts{}, "fails"},
		{`principal.id == "p" && principal.kind == "user"`, "key", w, authz.Facts{}, "true"}, // principal is the owner
		{`request.ip == "10.1.2.3"`, "p", w, ip, "true"},
		{`request.ip == "10.1.2.3"`, "p", w, authz.Facts{}, "fails"},
		{`request.risk < 1.5`, "p", w, ip, "true"},
		{`inCIDR(request.ip, "10.0.0.0/8")`, "p", w, ip, "true"},
		{`inCIDR(request.ip, "192.168.0.0/16")`, "p", w, ip, "false"},
		{`request.time.getHours() == 12 && request.time == timestamp("2026-06-01T12:00:00Z")`, "p", w, authz.Facts{}, "true"}, // in UTC
		{`sets.contains(workspace.tags, ["a"])`, "p", w, authz.Facts{}, "true"},
		{`org.plan.upperAscii() == "TEAM"`, "p", w, authz.Facts{}, "true"},
		{`org.seats / (org.seats - 5) == 1`, "p", w, authz.Facts{}, "fails"},
	} {
		d := conditional(t, c.when, "false").As(c.as).Check(context.Background(), authz.Request{Permission: "x:edit", Scope: c.in, Facts: c.facts})
		failed := errors.As(d.Err, new(*authz.ConditionError))
		if got := map[bool]string{true: "true", false: "false"}[d.Allowed]; got != c.holds && !(c.holds == "fails" && failed && !d.Allowed) {
			t.Errorf("grant when %s, for %s in %s: %s", c.when, c.as, c.in, d)
		}
		if strings.Contains(c.when, "subtenant") || c.in == "org:o" {
			continue // a boundary on workspaces cannot read what not every workspace stands in
		}
		d = conditional(t, "false", c.when).As(c.as).Check(context.Background(), authz.Request{Permission: "z:edit", Scope: c.in, Facts: c.facts})
		failed = errors.As(d.Err, new(*authz.ConditionError))
		if applies := !d.Allowed; applies != (c.holds != "false") || failed != (c.holds == "fails") {
			t.Errorf("boundary when %s, for %s in %s: %s", c.when, c.as, c.in, d)
		}
	}
}

// A boundary's condition is asked at each scope that it lies on, and sees that one: of kinds that nest in themselves, not
// the one beneath it that is asked about.
func TestABoundaryAboveIsAskedWhereItLies(t *testing.T) {
	policy := strings.NewReplacer("in: workspace, when: 'BOUNDARY'", `in: subtenant, when: 'subtenant.region == "eu"'`, "WHEN", "true").Replace(conditionPolicy)
	e := load(t, policy, conditionDirectory)
	const upper, lower = "org:o/subtenant:s", "org:o/subtenant:s/subtenant:t" // in eu, and us
	other := load(t, policy, strings.NewReplacer("region: eu", "region: us", "region: us", "region: eu").Replace(conditionDirectory))
	for _, c := range []struct {
		e       *authz.Engine
		in      string
		allowed bool
	}{{e, upper, false}, {e, lower, false}, {other, upper, true}, {other, lower, false}} {
		at, z := place(t, c.e, c.in), permission(t, c.e, "z:edit")
		for _, who := range []string{"p", "bare"} {
			if s := c.e.As(who); s.Allows(z, at) != c.allowed || s.Can("z:edit", c.in) != c.allowed || c.e.Can(who, "z:edit", c.in) != c.allowed {
				t.Errorf("%s in %s: %s", who, c.in, s.Decide(context.Background(), z, at))
			}
		}
	}
}

// "the boundary applies, and the reason and explanation say why"
func TestABoundaryWhoseConditionFailsAppliesAndSaysWhy(t *testing.T) {
	e := conditional(t, "false", `workspace.visibility == "closed"`)
	request := authz.Request{Permission: "z:edit", Scope: "org:o/workspace:bare"}
	d := e.As("p").Check(context.Background(), request)
	const want = `denied: limited (none): the boundary b (x.policy.yaml:19:22): its condition could not be evaluated at org:o/workspace:bare (workspace.visibility is not set), so it applies`
	if got := d.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if text := e.As("p").Explain(context.Background(), request).String(); !strings.Contains(text, "failed: workspace.visibility is not set") {
		t.Errorf("the explanation does not say why:\n%s", text)
	}
}

// "interruption by the context's deadline"
func TestAContextThatIsDoneMakesConditionsFail(t *testing.T) {
	e := conditional(t, `workspace.tags.all(a, workspace.tags.exists(b, a != b))`, "false")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	d := e.As("p").Check(ctx, authz.Request{Permission: "x:edit", Scope: "org:o/workspace:w"})
	if d.Allowed {
		t.Errorf("allowed with a cancelled context: %s", d)
	}
}

// "Facts are checked against their declared types where they come in": undeclared, of another type, or restated.
func TestFactsThatAreNotAsDeclaredMakeTheRequestInvalid(t *testing.T) {
	e := conditional(t, "true", "false")
	now := time.Now()
	for name, facts := range map[string]authz.Facts{
		"undeclared":            {Request: authz.Attributes{"ipp": "10.0.0.1"}},
		"built in":              {Request: authz.Attributes{"time": now}},
		"a number for text":     {Request: authz.Attributes{"ip": 3}},
		"text for a number":     {Request: authz.Attributes{"risk": "1"}},
		"nothing":               {Request: authz.Attributes{"ip": nil}},
		"a restated scope":      {Scopes: map[string]authz.Attributes{"org:o": {"plan": "enterprise"}}},
		"a fact of a scope":     {Scopes: map[string]authz.Attributes{"org:o/workspace:n": {"visibility": true}}},
		"a restated principal":  {Scopes: map[string]authz.Attributes{"org:o/workspace:n": {"owner": authz.Principal{ID: "bob", Status: authz.Active}}}},
		"a nil principal":       {Scopes: map[string]authz.Attributes{"org:o/workspace:n": {"owner": (*authz.Principal)(nil)}}},
		"a mixed list":          {Scopes: map[string]authz.Attributes{"org:o/workspace:n": {"tags": []any{"a", 1}}}},
		"an attribute of a ref": {Scopes: map[string]authz.Attributes{"org:o/workspace:n": {"owner": authz.Principal{ID: "eve", Status: authz.Active, Attributes: authz.Attributes{"level": "9"}}}}},
	} {
		scope := "org:o/workspace:w"
		if facts.Scopes["org:o/workspace:n"] != nil {
			scope = "org:o/workspace:n"
		}
		d := e.As("p").Check(context.Background(), authz.Request{Permission: "x:edit", Scope: scope, Facts: facts})
		if d.Reason != authz.InvalidRequest || d.Allowed || d.Err == nil {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// An attribute of type principal may be given whole, when the directory does not list it.
func TestAPrincipalMayBeGivenAsAFact(t *testing.T) {
	e := conditional(t, `workspace.owner.status == "suspended" && workspace.owner.level == 3`, "false")
	facts := authz.Facts{Scopes: map[string]authz.Attributes{"org:o/workspace:n": {
		"owner": authz.Principal{ID: "eve", Status: authz.Suspended, Attributes: authz.Attributes{"level": 3}},
	}}}
	if d := e.As("p").Check(context.Background(), authz.Request{Permission: "x:edit", Scope: "org:o/workspace:n", Facts: facts}); !d.Allowed {
		t.Error(d)
	}
}

// "should conditions on it give the key more, the owner's own level is the bound" (sentence 8)
func TestAKeyNeverHoldsMoreThanItsOwner(t *testing.T) {
	for when, want := range map[string][2]bool{ // what the key and the owner may
		`principal.key == ""`:    {false, true},
		`principal.key == "key"`: {false, false},
		`principal.key != ""`:    {false, false},
		`true`:                   {true, true},
	} {
		e := conditional(t, when, "false")
		for i, id := range []string{"key", "p"} {
			if got := e.As(id).Can("x:edit", "org:o/workspace:w"); got != want[i] {
				t.Errorf("%s, when %s: %t", id, when, got)
			}
		}
	}
	e := conditional(t, "false", `principal.key == ""`) // the boundary lies on the owner, so it bounds the key
	if d := e.As("key").Check(context.Background(), authz.Request{Permission: "z:edit", Scope: "org:o/workspace:w"}); d.Allowed {
		t.Error(d)
	}
}

// The anonymous principal "has the kind `anonymous` and no attributes".
func TestConditionsSeeTheAnonymousPrincipal(t *testing.T) {
	policy := strings.NewReplacer("WHEN", `principal.kind == "anonymous" && principal.id == ""`, "BOUNDARY", "false").Replace(conditionPolicy)
	e := load(t, policy, conditionDirectory)
	if !e.Anonymous().Can("x:edit", "org:o") || e.As("bare").Can("x:edit", "org:o") {
		t.Error("the anonymous principal is told by its kind")
	}
}

// A request that asks about many things sees the engine's clock once.
func TestCheckAllAnswersInOrder(t *testing.T) {
	e := conditional(t, `request.ip == "10.0.0.1"`, "false")
	var requests []authz.Request
	for _, ip := range []string{"10.0.0.1", "10.0.0.2", "10.0.0.1", ""} {
		r := authz.Request{Permission: "x:edit", Scope: "org:o"}
		if ip != "" {
			r.Request = authz.Attributes{"ip": ip}
		}
		requests = append(requests, r)
	}
	s := e.As("p")
	for i, d := range s.CheckAll(context.Background(), requests) {
		if want := s.Check(context.Background(), requests[i]); d.Allowed != want.Allowed || d.Reason != want.Reason || d.Allowed != (i == 0 || i == 2) {
			t.Errorf("%d: %s, alone %s", i, d, want)
		}
	}
}

// A text that stands in many places is compiled once, right or wrong, and its problems are told at each.
func TestATextIsCompiledOnce(t *testing.T) {
	const places = 300
	slow := strings.Repeat(`([]+[]+[]+[])==[1]||`, 30) // which takes megabytes to compile
	for _, tt := range []struct {
		when   string
		errors int
	}{{slow + `org.plan == "x"`, 0}, {slow + `org.plann == "x"`, places}} {
		var b strings.Builder
		b.WriteString("version: 1\nname: test\nscopes: {org: {attributes: {plan: string}}}\nareas: {x: }\nroles:\n  r:\n    at: org\n    grants:\n")
		for range places {
			b.WriteString("      - {areas: {x: edit}, when: '" + tt.when + "'}\n")
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		list := readTogether(t, fstest.MapFS{"p.policy.yaml": {Data: []byte(b.String())}}, authz.Files{Policy: "p.policy.yaml"})
		runtime.ReadMemStats(&after)
		if len(list) != tt.errors {
			t.Errorf("there are %d errors, want %d", len(list), tt.errors)
		}
		if made := after.TotalAlloc - before.TotalAlloc; made > 100<<20 {
			t.Errorf("%d places take %d MB", places, made>>20)
		}
	}
}
