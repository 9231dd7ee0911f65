package condition

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// fails fails the test unless the evaluation fails so, at that part of the source.
func fails(t testing.TB, e *Env, f *Facts, source, message, at string) {
	t.Helper()
	p, problems := e.Compile(source)
	if len(problems) > 0 {
		t.Errorf("%s: %v", source, problems)
		return
	}
	got, err := p.Eval(t.Context(), f)
	failed, ok := errors.AsType[*EvalError](err)
	if got || !ok {
		t.Errorf("%s is %v, %v; want an error", source, got, err)
		return
	}
	if failed.Message != message {
		t.Errorf("%s\n says %s\n want %s", source, failed.Message, message)
	}
	if failed.Offset < 0 || failed.Offset+failed.Width > len(source) {
		t.Errorf("%s: the position %d+%d is outside of the source", source, failed.Offset, failed.Width)
	} else if part := source[failed.Offset : failed.Offset+failed.Width]; part != at {
		t.Errorf("%s\n underlines %q, want %q", source, part, at)
	}
}

// Nobody has to bring a context.
func TestAConditionIsEvaluatedWithoutAContext(t *testing.T) {
	e := testEnv(t)
	for _, source := range []string{`org.plan == "team"`, `workspace.members.exists(m, true)`} {
		//lint:ignore SA1012 nil is what careless callers pass
		if holds, err := compiled(t, e, source).Eval(nil, testFacts(t, e)); !holds || err != nil {
			t.Errorf("%s: %t, %v", source, holds, err)
		}
	}
}

func TestConditionsThatHold(t *testing.T) {
	e := testEnv(t)
	f := testFacts(t, e)
	for _, source := range []string{
		`true`,
		`!false`,
		`principal.id == "alice" && principal.kind == "user" && principal.status == "active"`,
		`principal.key == ""`,
		`principal.groups == ["staff", "eng"] && "eng" in principal.groups`,
		`principal.department == "eng" && principal.mfa && principal.level == 3`,
		`org.id == "acme" && org.path == "org:acme" && org.plan == "team"`,
		`org.plan in ["team", "enterprise"]`,
		`!(org.plan in ["free"])`,
		`workspace.path == "org:acme/workspace:ml"`,
		`workspace.owner.id == "bob" && workspace.owner.status == "deactivated" && workspace.owner.department == "ops"`,
		`workspace.members.exists(m, m.id == principal.id)`,
		`workspace.members.exists(m, m.status == "unknown" && m.id == "nobody")`,
		`workspace.members[0].manager.manager.department == "eng"`,
		`workspace.members.map(m, m.status) == ["active", "deactivated", "unknown"]`,
		`(workspace.members + principal.team).all(m, m.id != "" && (m.id == "nobody" || m.status != "unknown"))`,
		`principal.team.filter(m, m.status == "invited").size() == 1`,
		`principal.manager.manager.manager.manager.id == principal.id`,
		`principal.manager.manager.team[0] == principal.manager`,
		`principal.manager in workspace.members && workspace.owner == principal.manager && workspace.owner != principal.manager.manager`,
		`request.approvers.first.status == "deactivated" && request.approvers["first"].department == "ops"`,
		`request.who.department == "sales" && request.who.status == "active" && request.who.manager.status == "deactivated"`,
		`has(principal.manager) && !has(org.since) && has(org.plan) && has(org.id)`,
		`!has(principal.team[1].department) && has(principal.manager.department)`,
		`has(workspace.flags.beta) && !has(workspace.flags.gamma) && workspace.flags.beta == "on"`,
		`"beta" in workspace.flags`,
		`has(org.plan) && org.plan == "team" || has(org.since)`,
		`!has(org.since) || org.since < request.time`,
		`request.time == timestamp("2026-06-01T12:30:15.25Z")`,
		`request.time.getHours() == 12 && request.time.getDayOfWeek() == 1 && request.time.getMonth() == 5 && request.time.getDate() == 1`,
		`request.time.getHours("Europe/Berlin") == 14 && request.time.getHours("+05:30") == 18 && request.time.getMinutes("+05:30") == 0`,
		`request.time.getFullYear("UTC") == 2026 && request.time.getDayOfYear("UTC") == 151 && request.time.getDayOfMonth("UTC") == 0`,
		`request.time.getDate("Asia/Tokyo") == 1 && request.time.getSeconds("-01:00") == 15 && request.time.getMilliseconds("UTC") == 250`,
		`string(request.time) == "2026-06-01T12:30:15.25Z"`,
		`request.time - request.at == duration("0s") && request.age > duration("1h30m")`,
		`request.score < 0.75 && request.score * 2.0 == 1.0`,
		`request.limits.a + request.limits["b"] == 3`,
		`request.limits.map(k, k) == ["a", "b"]`,
		`{"z": 1, "y": 2, "x": 3}.map(k, k) == ["x", "y", "z"]`,
		`{3: "c", 1: "a", 2: "b"}.map(k, k) == [1, 2, 3]`,
		`request.items.exists(i, i.startsWith("y")) && request.items.all(i, i.size() > 0) && request.items.exists_one(i, i == "x")`,
		`request.items.map(i, i.size() > 1, i.upperAscii()) == ["YY", "ZZZ"]`,
		`request.items + ["q"] == ["x", "yy", "zzz", "q"]`,
		`request.items.join("-") == "x-yy-zzz" && "a,b".split(",") == ["a", "b"] && "abc".replace("b", "x") == "axc"`,
		`request.matrix[0][1] == 2 && request.matrix.exists(row, row.exists(n, n == 3))`,
		`request.text.size() == 5 && request.text.charAt(2) == "ö" && request.text.matches("^gr.ße$") && request.text.matches(request.pattern)`,
		`sets.contains(principal.groups, ["eng"]) && sets.intersects(principal.tags, ["b"]) && sets.equivalent([1, 2], [2, 1, 1])`,
		`inCIDR(request.ip, "10.0.0.0/8") && !inCIDR(request.ip, "192.168.0.0/16")`,
		`inCIDR("::ffff:10.1.2.3", "10.0.0.0/8") && inCIDR("10.1.2.3", "::ffff:10.0.0.0/104") && inCIDR("2001:db8::1", "2001:db8::/32")`,
		`!inCIDR("10.1.2.3", "::/0") && !inCIDR("2001:db8::1", "0.0.0.0/0")`,
		`cidr("10.0.0.0/8").containsIP(request.ip) && ip(request.ip).family() == 4 && isIP(request.ip)`,
		`"%s is %s".format(["n", string(7)]) == "n is 7" && "%d".format([7]) == "7"`,
		`request.flag ? request.count == 7 : false`,
		`request.numbers.exists(principal, principal == 2)`,
		`request.numbers.exists(org, org == 2) && org.plan == "team"`,
		`request.numbers.all(n, n in [1, 2, 3])`,
		`false && org.since == request.time || true`,
		`org.since == request.time || true`,
		`true || org.since == request.time`,
		`!(false && org.since == request.time)`,
		`!(org.since == request.time && false)`,
		`[1, 2].exists(n, n == 2 || org.since == request.time)`,
		"org.plan == \"team\" // a comment\n && true",
		`int("7") == 7 && double("2.5") == 2.5 && string(7) == "7" && bool("true")`,
		`string(timestamp("2026-06-01T12:00:00+02:00")) == "2026-06-01T10:00:00Z"`,
		`timestamp("2026-06-01T12:00:00+02:00").getHours() == 10`,
		`size(org.plan) == 4`,
		"org.`plan` == \"team\"",
		`1e-3 < request.score`,
		`!sets.intersects(principal.tags, ["zz"])`,
		`request.limits != {"a": 1, "c": 2} && request.limits != {"a": 1, "b": 3}`,
		`"%s".format([request.limits]) == "{a: 1, b: 2}"`,
		`principal == principal && workspace == workspace && principal in [principal]`,
		`request.at in [timestamp("2026-06-01T12:30:15.25Z")]`,
		`request.at.getFullYear("UTC") == 2026 && request.at.getMonth("UTC") == 5 && request.at.getDate("UTC") == 1 && request.at.getDayOfMonth("UTC") == 0`,
		`request.at.getDayOfWeek("UTC") == 1 && request.at.getDayOfYear("UTC") == 151`,
		`org.map == "x" || true`,
		`"a" == 'a' && r"\d" == "\\d" && """a""" == 'a' && "\u00e9" == "é" && b"a" == bytes("a")`,
		`.org.plan == "team"`,
		`request.numbers.exists(org, .org.plan == "team" && org == 1)`,
	} {
		holds(t, e, f, source)
	}
}

func TestConditionsThatFail(t *testing.T) {
	e := testEnv(t)
	f := testFacts(t, e)
	for _, tt := range []struct{ source, message, at string }{
		{`org.since > request.time`, "org.since is not set", "since"},
		{`request.time < org.since`, "org.since is not set", "since"},
		{`principal.team[1].department == "x"`, "principal.team[…].department is not set", "department"},
		{`workspace.owner.team.size() == 1`, "workspace.owner.team is not set", "team"},
		{`workspace.owner.manager.manager.tags == []`, "workspace.owner.manager.manager.tags is not set", "tags"},
		{`principal.manager.manager.manager.mfa`, "principal.manager.manager.manager.mfa is not set", "mfa"},
		{`principal.manager.mfa == principal.mfa`, "principal.manager.mfa is not set", "mfa"},
		{`has(org.plan) && has(workspace.owner.manager.manager.team[0].department)`,
			"workspace.owner.manager.manager.team is not set", "team"},
		{`principal.team.exists(m, m.level == 9)`, "m.level is not set", "level"},
		{`request.limits[principal.manager.department] == 1`, `there is no key "ops" in the map`, "["},
		{`request.limits[principal.manager.tags[0]] == 1`, "principal.manager.tags is not set", "tags"},
		{`request.limits.c == 1`, `there is no key "c" in the map`, "c"},
		{`list.type == "x"`, "no scope of kind list is on the path", "list"},
		{`has(list.type)`, "no scope of kind list is on the path", "list"},
		{`org.plan == "team" && type.id == "x"`, "no scope of kind type is on the path", "type"},
		{`request.numbers[9] == 1`, "the index 9 is out of range", "["},
		{`1 / (request.count - 7) == 1`, "division by zero", "/"},
		{`request.count % (request.count - 7) == 1`, "modulus by zero", "%"},
		{`request.count + 9223372036854775807 > 0`, "the result does not fit: integer overflow", "+"},
		{`timestamp(request.count + 999999999999999) > request.time`, "the result does not fit: timestamp overflow", "timestamp"},
		{`[request.count].exists(n, timestamp(n + 999999999999999) > request.time)`, "the result does not fit: timestamp overflow", "timestamp"},
		{`inCIDR(request.text, "10.0.0.0/8")`, `"größe" is not an IP address`, "inCIDR"},
		{`inCIDR("fe80::1%eth0", "fe80::/10")`, `"fe80::1%eth0" is not an IP address`, "inCIDR"},
		{`inCIDR(request.ip, request.text)`, `"größe" is not a network, such as 10.0.0.0/8`, "inCIDR"},
		{`timestamp(request.text) > request.time`, `"größe" is not a point in time, such as 2026-06-01T00:00:00Z`, "timestamp"},
		{`duration(request.text) > request.age`, `"größe" is not a duration, such as 1h30m`, "duration"},
		{`double(request.infinite) > 1.0`, `"NaN" is not a double`, "double"},
		{`!(double(request.infinite) > 1.0)`, `"NaN" is not a double`, "double"},
		{`int(request.text) > 1`, `"größe" is not an int`, "int"},
		{`int(string(1.5)) == 1`, `"1.5" is not an int`, "int"},
		{`bool(request.text)`, `"größe" is neither true nor false`, "bool"},
		{`request.text.matches(request.text + "(")`, "the pattern is malformed: missing closing ): \"größe(\"", "matches"},
		{`request.text.matches(request.pattern + "[a-z]{1000}")`, "the pattern is too large: its repetitions stand for more than 1,000 steps", "matches"},
		{`request.time.getHours(request.text) == 1`, `there is no time zone "größe"; zones are written Europe/Berlin or +02:00`, "getHours"},
		{`request.time.getHours(request.text.substring(5)) == 1`, `there is no time zone ""; zones are written Europe/Berlin or +02:00`, "getHours"},
		{`org.plan in [] || org.since in []`, "org.since is not set", "since"},
		{`{org.plan: request.numbers[9]} == {}`, "the index 9 is out of range", "["},
		{`{principal.tags[9]: 1} == {}`, "the index 9 is out of range", "["},
		{`{3: 1, principal.level: 2} == {}`, "the key 3 stands in the map twice", "{"},
		{`request.approvers.first.tags == []`, "request.approvers.first.tags is not set", "tags"},
		{`{"a": request.who}.a.tags == []`, "a principal.tags is not set", "tags"},
		{"true &&\n  \"ü\" != org.plan && // ü\n  org.since > request.time", "org.since is not set", "since"},
	} {
		fails(t, e, f, tt.source, tt.message, tt.at)
	}
	fails(t, e, &Facts{}, `principal.id == ""`, "the principal is not given", "principal")
	fails(t, e, nil, `request.ip == ""`, "the request is not given", "request")
	fails(t, e, nil, `org.id == ""`, "no scope of kind org is on the path", "org")
}

func TestAMissingFactIsNoFalse(t *testing.T) {
	e := testEnv(t)
	f := testFacts(t, e)
	for _, source := range []string{
		`org.since == request.time`, `org.since != request.time`, `!(org.since == request.time)`, `org.ttl > duration("1h")`,
		`org.since == request.time && true`, `org.since == request.time || false`, `org.since == request.time ? true : true`,
		`[org.since] == []`, `!(org.since in [])`, `[1].all(n, org.since == request.time)`,
	} {
		p, problems := e.Compile(source)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got, err := p.Eval(t.Context(), f); got || err == nil {
			t.Errorf("%s is %v, %v; want an error", source, got, err)
		}
	}
}

func TestTheContextEndsAnEvaluation(t *testing.T) {
	e := testEnv(t)
	f := testFacts(t, e)
	p, problems := e.Compile(`request.numbers.all(n, n > 0)`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	why := errors.New("the client is gone")
	done, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if got, err := p.Eval(done, f); got || !errors.Is(err, why) {
		t.Errorf("with a context that is done: %v, %v; want %v", got, err, why)
	}
	late, cancelLate := context.WithDeadline(t.Context(), time.Now().Add(-time.Hour))
	defer cancelLate()
	if got, err := p.Eval(late, f); got || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the deadline: %v, %v", got, err)
	}
	// The context is done in the middle of a loop: at the first step a lookup ends it.
	running, stop := context.WithCancelCause(t.Context())
	asked := 0
	lookup := func(string) (string, Attributes, bool) { asked++; stop(why); return "active", Attributes{}, true }
	ids := make([]string, 2000)
	for i := range ids {
		ids[i] = "p"
	}
	loop, problems := e.Compile(`principal.team.all(p, p.status == "active")`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	team := e.Principal(Principal{ID: "alice"}, must(t)(e.PrincipalAttributes(map[string]any{"team": ids})), lookup)
	if got, err := loop.Eval(running, &Facts{Principal: team}); got || !errors.Is(err, why) || asked > askEvery/5 {
		t.Errorf("cancelled in a loop: %v, %v after %d steps", got, err, asked)
	}
}

func TestEvalNeverPanics(t *testing.T) {
	e := testEnv(t)
	p, problems := e.Compile(`workspace.owner.status == "active"`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	bad := func(string) (string, Attributes, bool) { panic("lookup") }
	a := must(t)(e.KindAttributes(workspace, map[string]any{"owner": "bob"}))
	got, err := p.Eval(t.Context(), &Facts{Around: &Around{Scopes: ScopeList{nil, e.Scope(workspace, "ml", "", a, bad)}}})
	if got || err == nil || !strings.Contains(err.Error(), "lookup") {
		t.Errorf("a lookup that panics: %v, %v", got, err)
	}
	long := func(string) (string, Attributes, bool) { panic(strings.Repeat("ü", 5000)) }
	_, err = p.Eval(t.Context(), &Facts{Around: &Around{Scopes: ScopeList{nil, e.Scope(workspace, "ml", "", a, long)}}})
	if err == nil || len([]rune(err.Error())) > 320 || !strings.HasSuffix(err.Error(), "ü…") {
		t.Errorf("a lookup that panics at length: %v", err)
	}
	if got, err := compiled(t, e, `true`).Eval(panicking{}, nil); got || err == nil || !strings.Contains(err.Error(), "the context") {
		t.Errorf("a context that panics: %v, %v", got, err)
	}
	var none *Program
	var noContext context.Context
	for _, p := range []*Program{none, {}} {
		if got, err := p.Eval(noContext, nil); got || err == nil {
			t.Errorf("a program that is none: %v, %v", got, err)
		}
	}
	if got, err := p.Eval(noContext, testFacts(t, e)); got || err != nil {
		t.Errorf("without a context: %v, %v", got, err)
	}
}

type panicking struct{ context.Context }

func (panicking) Err() error { panic("the context") }

func TestProgramsAndFactsAreSharedBetweenGoroutines(t *testing.T) {
	e := testEnv(t)
	f := testFacts(t, e)
	sources := []string{
		`workspace.members.exists(m, m.id == principal.id) && org.plan in ["team"]`,
		`timestamp(request.count + 999999999999999) > request.time`,
		`request.text.matches(request.pattern) && request.time.getHours("Europe/Paris") > 0 && request.limits.map(k, k).size() == 2`,
	}
	var wg sync.WaitGroup
	for _, source := range sources {
		p, problems := e.Compile(source)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		want, wantErr := p.Eval(t.Context(), f)
		for range 4 {
			wg.Go(func() {
				for range 50 {
					if got, err := p.Eval(t.Context(), f); got != want || (err == nil) != (wantErr == nil) {
						t.Errorf("%s is %v, %v and was %v, %v", source, got, err, want, wantErr)
					}
				}
			})
		}
	}
	wg.Wait()
}

func TestLookupsAreMadeOnlyWhenMoreThanTheIDIsRead(t *testing.T) {
	e := testEnv(t)
	for _, tt := range []struct {
		source string
		asked  string
	}{
		{`workspace.owner.id == "bob"`, ""},
		{`workspace.owner == workspace.members[0]`, ""},
		{`workspace.owner.status == "active"`, "bob"},
		{`workspace.members.exists(m, m.id == "b")`, ""},
		{`workspace.members[1].status == "active"`, "b"},
	} {
		asked := ""
		lookup := func(id string) (string, Attributes, bool) { asked += id; return "active", Attributes{}, true }
		a := must(t)(e.KindAttributes(workspace, map[string]any{"owner": "bob", "members": []string{"a", "b"}}))
		p, problems := e.Compile(tt.source)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if _, err := p.Eval(t.Context(), &Facts{Around: &Around{Scopes: ScopeList{nil, e.Scope(workspace, "ml", "", a, lookup)}}}); err != nil || asked != tt.asked {
			t.Errorf("%s asked for %q (%v), want %q", tt.source, asked, err, tt.asked)
		}
	}
}

func TestTheStepOfAPathThatIsMissingIsNamed(t *testing.T) {
	e := testEnv(t)
	values := map[string]map[string]any{"carol": {"manager": "dave"}, "dave": {"team": []string{"erin"}}, "erin": {}}
	lookup := func(id string) (string, Attributes, bool) {
		return "active", must(t)(e.PrincipalAttributes(values[id])), true
	}
	a := must(t)(e.KindAttributes(workspace, map[string]any{"owner": "carol"}))
	f := &Facts{Around: &Around{Scopes: ScopeList{nil, e.Scope(workspace, "ml", "", a, lookup)}}}
	for _, tt := range []struct {
		source, message string
		offset          int
	}{
		{`workspace.owner.manager.manager.manager.mfa`, "workspace.owner.manager.manager is not set", 24},
		{`workspace.owner.manager.mfa`, "workspace.owner.manager.mfa is not set", 24},
		{`has(workspace.owner.manager.manager.mfa)`, "workspace.owner.manager.manager is not set", 28},
		{"workspace.owner\n .manager // m\n .manager.id == \"\"", "workspace.owner.manager.manager is not set", 33},
	} {
		p, problems := e.Compile(tt.source)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		_, err := p.Eval(t.Context(), f)
		if failed, ok := errors.AsType[*EvalError](err); !ok || failed.Message != tt.message || failed.Offset != tt.offset || failed.Width != len("manager") && failed.Width != len("mfa") {
			t.Errorf("%s: %#v, want %s at %d", tt.source, err, tt.message, tt.offset)
		}
	}
}

func TestMapsOfPrincipalsAreLookedUpHoweverTheyAreRead(t *testing.T) {
	e := testEnv(t)
	f := testFacts(t, e)
	i, _ := e.request.attributes.index("approvers")
	approvers := f.Request.attribute(i).(*dict)
	for _, v := range []ref.Val{approvers.Get(types.String("first")), must2(approvers.Find(types.String("first")))} {
		if status, _ := v.(*Object).facts(); status != "deactivated" {
			t.Errorf("the approver's status is %q", status)
		}
	}
}

func must2(v ref.Val, _ bool) ref.Val { return v }

func TestGroupsAreBounded(t *testing.T) {
	e := testEnv(t)
	facts := func(groups []string) *Facts {
		return &Facts{Principal: e.Principal(Principal{ID: "alice", Groups: groups}, Attributes{}, nil)}
	}
	const tooMany = "the principal's groups are more than 10,000, or have more than 1,048,576 bytes together"
	long := strings.Repeat("x", MaxText)
	for _, groups := range [][]string{make([]string, MaxElements+1), slices.Repeat([]string{long}, MaxBytes/MaxText+1), {long + "x"}} {
		fails(t, e, facts(groups), `"a" in principal.groups`, tooMany, "groups")
		holds(t, e, facts(groups), `principal.id == "alice"`)
	}
	for _, groups := range [][]string{nil, make([]string, MaxElements), slices.Repeat([]string{long}, MaxBytes/MaxText)} {
		holds(t, e, facts(groups), `!("a" in principal.groups)`)
	}
}
