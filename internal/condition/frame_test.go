package condition

import (
	"testing"
	"time"
)

// counted are people who count how often they are asked.
type counted struct {
	asked int
	Lookup
}

func (c *counted) Person(id string) (string, Attributes, bool) {
	c.asked++
	return c.Lookup(id)
}

// A frame holds what objects that are made for it would: nothing of what it held before.
func TestFramesAreFilledAgain(t *testing.T) {
	e := testEnv(t)
	made := testFacts(t, e)
	people := &counted{Lookup: made.Principal.people.(Lookup)}
	frame := e.NewFrame()
	const source = `principal.id == "alice" && principal.kind == "user" && principal.key == "" && principal.status == "active" && principal.groups == ["staff", "eng"] && ` +
		`request.time == timestamp("2026-06-01T12:30:15.25Z") && request.time.getHours() == 12 && string(request.time) == "2026-06-01T12:30:15.25Z" && request.count == 7 && org.id == "acme" && org.path == "org:acme" && ` +
		`workspace.owner.manager.department == "eng" && workspace.members.exists(m, m.status == "deactivated")`
	fill := func() {
		frame.People = people
		frame.SetPrincipal(Principal{ID: "alice", Kind: "user", Status: "active", Groups: []string{"staff", "eng"}}, made.Principal.Attributes())
		frame.SetRequest(testNow.In(time.FixedZone("", 7200)), made.Request.Attributes())
		frame.Scopes = ScopeList{
			org:       e.Scope(org, "acme", "org:acme", made.Scopes.Scope(nil, org).Attributes(), nil),
			workspace: e.Scope(workspace, "ml", "org:acme/workspace:ml", made.Scopes.Scope(nil, workspace).Attributes(), nil),
		}
	}
	fill()
	holds(t, e, &frame.Facts, source)
	if people.asked == 0 {
		t.Error("the people of the facts are not asked")
	}
	frame.Reset()
	for _, tt := range []struct{ source, message, at string }{
		{`principal.id == ""`, "the principal is not given", "principal"},
		{`request.ip == ""`, "the request is not given", "request"},
		{`org.id == ""`, "no scope of kind org is on the path", "org"},
		{`workspace.id == ""`, "no scope of kind workspace is on the path", "workspace"},
	} {
		fails(t, e, &frame.Facts, tt.source, tt.message, tt.at)
	}
	frame.SetPrincipal(Principal{ID: "bob", Groups: []string{"ops"}}, Attributes{})
	holds(t, e, &frame.Facts, `principal.id == "bob" && principal.kind == "" && principal.groups == ["ops"] && !has(principal.department)`)
	frame.SetPrincipal(Principal{ID: "bob"}, Attributes{})
	holds(t, e, &frame.Facts, `principal.groups.all(g, false) && principal.groups.size() == 0`)
	fill()
	holds(t, e, &frame.Facts, source)
	if n := testing.AllocsPerRun(100, func() {
		frame.Reset()
		frame.People = people
		frame.SetPrincipal(Principal{ID: "alice", Kind: "user"}, made.Principal.Attributes())
		frame.SetRequest(testNow, made.Request.Attributes())
	}); n != 0 {
		t.Errorf("filling a frame allocates %v times", n)
	}
}

// Whom the facts ask comes before whom an object was made with.
func TestThePeopleOfTheFactsAreAskedFirst(t *testing.T) {
	e := testEnv(t)
	f := testFacts(t, e)
	f.People = Lookup(func(string) (string, Attributes, bool) { return "sleeping", Attributes{}, true })
	for _, source := range []string{
		`workspace.owner.status == "sleeping" && !has(workspace.owner.department)`,
		`workspace.members.all(m, m.status == "sleeping") && workspace.members[0].status == "sleeping"`,
		`request.approvers.first.status == "sleeping" && request.who.status == "active" && request.who.manager.status == "sleeping"`,
		`[workspace.owner][0].status == "sleeping" && (true ? workspace.owner : principal.manager).status == "sleeping"`,
	} {
		holds(t, e, f, source)
	}
	fails(t, e, f, `workspace.owner.manager.id == ""`, "workspace.owner.manager is not set", "manager")
}
