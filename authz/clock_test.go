package authz_test

import (
	"context"
	"testing"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// "A request that brings no time of its own is decided at the time of the engine's clock, read once, and only where time
// can matter … Requests that are decided together share one reading."
func TestTheClockIsReadOnceAndOnlyWhereTimeCanMatter(t *testing.T) {
	const at, docs = "org:a", "docs:read"
	policy := func(when string) authz.Policy {
		return authz.Policy{
			Name: "clock", Scopes: []scope.Kind{{Name: "org"}}, Areas: []roles.Area{{Name: "docs"}},
			Roles: []roles.Role{{Name: "reader", At: []string{"org"}, Grants: []roles.Conditional{{Areas: roles.Grant{"docs": "read"}, When: when}}}},
		}
	}
	timeless, timely := policy(`principal.kind != "service"`), policy(`request.time < timestamp("2100-01-01T00:00:00Z")`)
	reader := authz.Assignment{Roles: []string{"reader"}, In: []string{at}}
	ending := reader
	ending.Until = noon.AddDate(1, 0, 0)
	directory := &authz.Directory{
		Scopes: []authz.Scope{{Path: at}},
		Groups: []authz.Group{{Name: "readers", Assignments: []authz.Assignment{ending}}},
		Principals: []authz.Principal{
			{ID: "plain", Status: authz.Active, Assignments: []authz.Assignment{reader}},
			{ID: "ending", Status: authz.Active, Assignments: []authz.Assignment{reader, ending}},
			{ID: "member", Status: authz.Active, Groups: []string{"readers"}},
			{ID: "key", Kind: authz.Key, Status: authz.Active, Owner: "plain"},
		},
	}
	for _, c := range []struct {
		policy authz.Policy
		as     string
		want   int
	}{
		{timeless, "plain", 0},
		{timeless, "ending", 1},
		{timeless, "member", 1},
		{timeless, "key", 1},
		{timely, "plain", 1},
	} {
		read := 0
		e, err := authz.New(c.policy, directory, authz.WithClock(func() time.Time { read++; return noon }))
		if err != nil {
			t.Fatal(err)
		}
		ctx, s, p, in := context.Background(), e.As(c.as), permission(t, e, docs), place(t, e, at)
		request := authz.Request{Permission: docs, Scope: at}
		timed := request
		timed.Time = noon
		for _, ask := range []struct {
			how  string
			do   func() bool
			want int
		}{
			{"Can of a subject", func() bool { return s.Can(docs, at) }, c.want},
			{"Check of a subject", func() bool { return s.Check(ctx, request).Allowed }, c.want},
			{"Allows", func() bool { return s.Allows(p, in) }, c.want},
			{"Decide", func() bool { return s.Decide(ctx, p, in).Allowed }, c.want},
			{"Explain", func() bool { return s.Explain(ctx, request).Allowed }, c.want},
			{"Held", func() bool {
				held, err := s.Held(ctx, at, authz.Facts{})
				return err == nil && levelOf(held, "docs") == "read"
			}, c.want},
			{"Can of an engine", func() bool { return e.Can(c.as, docs, at) }, c.want},
			{"Check of an engine", func() bool { return e.Check(ctx, c.as, request).Allowed }, c.want},
			{"Answer", func() bool { return e.Answer(ctx, authz.Query{ID: c.as, Permission: docs, Scope: at}).Allowed }, c.want},
			{"CheckAll", func() bool { return s.CheckAll(ctx, []authz.Request{request, request})[1].Allowed }, c.want},
			{"Check at a time", func() bool { return s.Check(ctx, timed).Allowed }, 0},
			{"Explain at a time", func() bool { return s.Explain(ctx, timed).Allowed }, 0},
		} {
			read = 0
			if !ask.do() || read != ask.want {
				t.Errorf("%s by %s: the clock is read %d times, want %d", c.as, ask.how, read, ask.want)
			}
		}
	}
}

// Many are decided as each is alone, by whatever clock: whoever needs no time is not refused for a clock that is wrong. Those
// who need one see the same, even if it is wrong, and those who bring their own see that.
func TestManyAreDecidedByOneReadingOfAnyClock(t *testing.T) {
	const policy = `
version: 1
name: clock
scopes: {org: }
request: {ip: string}
areas: {docs: , mail: , logs: }
roles:
  reader:
    at: org
    areas: {docs: read}
    grants: [{areas: {mail: read}, when: 'request.time < timestamp("2100-01-01T00:00:00Z")'}]
`
	const directory = `
version: 1
scopes: {"org:a": }
principals:
  ann: {status: active, assignments: [{roles: reader, in: "org:a"}]}
  key: {kind: key, status: active, owner: ann}
`
	at := func(permission string, f authz.Facts) authz.Request {
		return authz.Request{Permission: permission, Scope: "org:a", Facts: f}
	}
	told := []authz.Request{at("docs:read", authz.Facts{}), at("logs:read", authz.Facts{}), at("docs:edit", authz.Facts{})}
	asked := []authz.Request{
		at("docs:read", authz.Facts{}), at("mail:read", authz.Facts{}), at("mail:read", authz.Facts{Time: noon}), at("docs:read", authz.Facts{Request: authz.Attributes{"ip": "10.0.0.1"}}),
		at("mail:read", authz.Facts{Time: noon.AddDate(200, 0, 0)}), {Permission: "docs:read", Scope: "org:b"}, {Permission: "docs", Scope: "org:a"}, {}, at("mail:edit", authz.Facts{}),
	}
	for _, clock := range []time.Time{noon, noon.AddDate(200, 0, 0), noon.AddDate(10_000, 0, 0)} {
		read := 0
		e, err := tryLoad(policy, directory, authz.WithClock(func() time.Time { read++; return clock }))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			as       string
			requests []authz.Request
			want     int
		}{{"ann", told, 0}, {"ann", asked, 1}, {"ann", asked[:3], 1}, {"ann", asked[:1], 0}, {"ann", asked[2:3], 0}, {"key", told, 1}, {"nobody", told, 1}, {"ann", nil, 0}} {
			s := e.As(c.as)
			read = 0
			many := s.CheckAll(context.Background(), c.requests)
			if read != c.want {
				t.Errorf("%s: the clock is read %d times for %d requests, want %d", c.as, read, len(c.requests), c.want)
			}
			for i, d := range many {
				if alone := s.Check(context.Background(), c.requests[i]); d.String() != alone.String() {
					t.Errorf("%s, %v: among many %s, alone %s", c.as, c.requests[i], d, alone)
				}
			}
		}
		timed := at("mail:read", authz.Facts{Time: noon})
		many := append(told[:len(told):len(told)], timed) // one that asks: under the race detector pools give away what they hold
		s := e.As("ann")
		if n := testing.AllocsPerRun(100, func() { s.CheckAll(context.Background(), many) }); n != 1 {
			t.Errorf("%d are decided with %g allocations", len(many), n)
		}
	}
}
