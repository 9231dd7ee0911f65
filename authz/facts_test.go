package authz_test

import (
	"context"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

const factsPolicy = `
version: 1
name: facts
scopes: {org: {attributes: {boss: principal, crew: list(principal), posts: map(principal)}}}
principal: {manager: principal, team: string}
request: {who: principal}
areas: {x: , boss: , crew: , posts: , who: }
roles:
  r:
    at: org
    grants:
      - {areas: {x: edit}, when: principal.manager.status == "active"}
      - {areas: {boss: edit}, when: org.boss.status == "active"}
      - {areas: {crew: edit}, when: 'org.crew.all(p, p.status == "active")'}
      - {areas: {posts: edit}, when: 'org.posts["cto"].status == "active"'}
      - {areas: {who: edit}, when: request.who.status == "active"}
`

const factsDirectory = `
version: 1
scopes:
  org:o: {boss: al}
  org:named: {boss: guest}
principals:
  al: {status: deactivated}
  eve: {status: active, assignments: [{roles: r, in: org:o}]}
`

func employee(attributes authz.Attributes) authz.Principal {
	return authz.Principal{ID: "bob", Status: authz.Active, Attributes: attributes, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:o", "org:named"}}}}
}

// "facts that … restate the directory: the request is refused as invalid": a caller must not make somebody active whom
// the directory knows as deactivated, wherever a principal may stand among the facts.
func TestNoFactRestatesAPrincipal(t *testing.T) {
	e := load(t, factsPolicy, factsDirectory)
	al := authz.Principal{ID: "al", Status: authz.Active}
	carl := authz.Principal{ID: "carl", Status: authz.Deactivated}
	active := authz.Principal{ID: "carl", Status: authz.Active}
	for name, bind := range map[string]func() (*authz.Subject, error){
		"an attribute": func() (*authz.Subject, error) { return e.Bind(employee(authz.Attributes{"manager": al})) },
		"by a pointer": func() (*authz.Subject, error) { return e.Bind(employee(authz.Attributes{"manager": &al})) },
		"of another": func() (*authz.Subject, error) {
			return e.Bind(employee(nil), authz.Principal{ID: "c", Status: authz.Active, Attributes: authz.Attributes{"manager": al}})
		},
		"deep": func() (*authz.Subject, error) {
			return e.Bind(employee(authz.Attributes{"manager": authz.Principal{ID: "c", Status: authz.Active, Attributes: authz.Attributes{"manager": al}}}))
		},
		"one who is given with it": func() (*authz.Subject, error) { return e.Bind(employee(authz.Attributes{"manager": active}), carl) },
		"the principal of himself": func() (*authz.Subject, error) {
			return e.Bind(employee(authz.Attributes{"manager": authz.Principal{ID: "bob", Status: authz.Active}}))
		},
		"itself, of one given with": func() (*authz.Subject, error) { return e.Bind(carl, employee(authz.Attributes{"manager": active})) },
	} {
		s, err := bind()
		if err == nil || !strings.Contains(err.Error(), "restated") {
			t.Errorf("%s: %v", name, err)
		}
		if d := s.Check(context.Background(), authz.Request{Permission: "x:edit", Scope: "org:o"}); d.Reason != authz.InvalidRequest {
			t.Errorf("%s: %s", name, d)
		}
	}
	bound, err := e.Bind(employee(nil), carl)
	if err != nil {
		t.Fatal(err)
	}
	for name, who := range map[string]authz.Principal{"listed": al, "bound with": active, "the asker": {ID: "bob", Status: authz.Suspended}} {
		d := bound.Check(context.Background(), authz.Request{Permission: "who:edit", Scope: "org:o", Facts: authz.Facts{Request: authz.Attributes{"who": who}}})
		if d.Reason != authz.InvalidRequest {
			t.Errorf("%s: %s", name, d)
		}
	}
	p, d := factsModel(t)
	d.Scopes[0].Attributes = authz.Attributes{"boss": al}
	if _, err := authz.New(p, &d); err == nil || diag.From(err)[0].Rule != "restated" {
		t.Errorf("a directory that contradicts itself: %v", err)
	}
}

func factsModel(t *testing.T) (authz.Policy, authz.Directory) {
	t.Helper()
	org := authz.Scope{Path: "org:o"}
	return authz.Policy{
		Name: "facts", Scopes: []scope.Kind{{Name: "org", Attributes: map[string]string{"boss": "principal"}}}, Areas: []roles.Area{{Name: "x"}},
		Roles: []roles.Role{{Name: "r", At: []string{"org"}, Areas: roles.Grant{"x": "edit"}}},
	}, authz.Directory{Scopes: []authz.Scope{org}, Principals: []authz.Principal{{ID: "al", Status: authz.Deactivated}}}
}

// "facts of another type than declared" are refused: a principal among the facts has an id, a status and attributes, and
// nothing that would be passed over.
func TestAPrincipalAmongTheFactsIsCheckedWhole(t *testing.T) {
	e := load(t, factsPolicy, factsDirectory)
	for name, who := range map[string]authz.Principal{
		"no id":          {Status: authz.Active},
		"a bad id":       {ID: "a b/", Status: authz.Active},
		"a long id":      {ID: strings.Repeat("x", 257), Status: authz.Active},
		"no status":      {ID: "zed"},
		"another status": {ID: "zed", Status: "Active"},
		"unknown":        {ID: "zed", Status: "unknown"},
		"groups":         {ID: "zed", Status: authz.Active, Groups: []string{"g"}},
		"assignments":    {ID: "zed", Status: authz.Active, Assignments: []authz.Assignment{{}}},
		"a limit":        {ID: "zed", Status: authz.Active, Limit: rolesLimit("x", "none")},
		"an owner":       {ID: "zed", Status: authz.Active, Owner: "al"},
		"scopes":         {ID: "zed", Status: authz.Active, In: []string{"org:o"}},
		"an end":         {ID: "zed", Status: authz.Active, Until: noon},
		"an attribute":   {ID: "zed", Status: authz.Active, Attributes: authz.Attributes{"team": 1}},
	} {
		d := e.As("eve").Check(context.Background(), authz.Request{Permission: "who:edit", Scope: "org:o", Facts: authz.Facts{Request: authz.Attributes{"who": who}}})
		if d.Reason != authz.InvalidRequest || d.Err == nil {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// No panic on any data: people of Go name each other, and lists hold themselves.
func TestFactsThatHoldThemselvesAreRefused(t *testing.T) {
	e := load(t, factsPolicy, "")
	p := authz.Principal{ID: "al", Status: authz.Active}
	p.Attributes = authz.Attributes{"manager": &p}
	loop := []any{nil, nil, nil, nil}
	for i := range loop {
		loop[i] = loop
	}
	round := map[string]any{}
	round["a"], round["b"] = round, round
	for name, boss := range map[string]any{"a principal": &p, "a list": loop, "a map": round} {
		s := e.MustBind(employee(nil))
		d := s.Check(context.Background(), authz.Request{Permission: "boss:edit", Scope: "org:o", Facts: authz.Facts{Scopes: map[string]authz.Attributes{"org:o": {"boss": boss}}}})
		if d.Reason != authz.InvalidRequest {
			t.Errorf("%s: %s", name, d)
		}
	}
	if _, err := e.Bind(p); err == nil {
		t.Error("a principal who is his own manager is bound")
	}
}

// "list(T): a slice; map(T): a map with string keys", of principals, too, in every way that Go writes them.
func TestPrincipalsInListsAndMapsAreRead(t *testing.T) {
	type crew []authz.Principal
	e := load(t, factsPolicy, "")
	ann, ben := authz.Principal{ID: "ann", Status: authz.Active}, authz.Principal{ID: "ben", Status: authz.Active}
	s := e.MustBind(employee(nil))
	ask := func(area, attribute string, value any) authz.Decision {
		return s.Check(context.Background(), authz.Request{Permission: area + ":edit", Scope: "org:o", Facts: authz.Facts{Scopes: map[string]authz.Attributes{"org:o": {attribute: value}}}})
	}
	for name, list := range map[string]any{
		"values": []authz.Principal{ann, ben}, "pointers": []*authz.Principal{&ann, &ben}, "a type of its own": crew{ann, ben},
		"any": []any{ann, &ben}, "an array": [2]authz.Principal{ann, ben},
	} {
		if d := ask("crew", "crew", list); !d.Allowed {
			t.Errorf("a list of %s: %s", name, d)
		}
	}
	for name, m := range map[string]any{
		"values": map[string]authz.Principal{"cto": ann}, "pointers": map[string]*authz.Principal{"cto": &ann}, "any": map[string]any{"cto": ann},
	} {
		if d := ask("posts", "posts", m); !d.Allowed {
			t.Errorf("a map of %s: %s", name, d)
		}
	}
	for name, list := range map[string]any{"nothing": []*authz.Principal{nil}, "numbers": []int{1}} {
		if d := ask("crew", "crew", list); d.Reason != authz.InvalidRequest {
			t.Errorf("a list of %s: %s", name, d)
		}
	}
}

// Whom a request brings is known wherever a fact names it: among the directory's, too, which does not list it.
func TestWhomARequestBringsIsKnownToEveryFact(t *testing.T) {
	e := load(t, factsPolicy, factsDirectory)
	guest := authz.Principal{ID: "guest", Status: authz.Active}
	s, err := e.Bind(employee(authz.Attributes{"manager": "guest"}), guest)
	if err != nil {
		t.Fatal(err)
	}
	for _, permission := range []string{"x:edit", "boss:edit"} {
		if !s.Can(permission, "org:named") {
			t.Errorf("%s is not allowed", permission)
		}
	}
	if alone := e.MustBind(employee(nil)); alone.Can("boss:edit", "org:named") {
		t.Error("one who is not listed reads as active")
	}
}

// "The zero value of any exported type: denied": whoever forgets to say who asks does not ask as everyone.
func TestTheAnonymousPrincipalIsAskedForByName(t *testing.T) {
	e := load(t, factsPolicy+"  open: {at: org, areas: {x: read}}\n", "version: 1\nscopes: {org:o: {boss: nobody}}\ngroups: {everyone: {assignments: [{roles: open, in: org:o}]}}\n")
	query := authz.Query{Permission: "x:read", Scope: "org:o"}
	if a := e.Answer(context.Background(), query); a.Allowed || a.Reason != authz.InvalidRequest {
		t.Errorf("a query that names nobody: %+v", a)
	}
	query.Anonymous = true
	if a := e.Answer(context.Background(), query); !a.Allowed {
		t.Errorf("the anonymous principal: %+v", a)
	}
	for name, q := range map[string]authz.Query{
		"and an id":     {Anonymous: true, ID: "a", Permission: "x:read", Scope: "org:o"},
		"and a person":  {Anonymous: true, Principal: &authz.Principal{ID: "a", Status: authz.Active}, Permission: "x:read", Scope: "org:o"},
		"id and person": {ID: "a", Principal: &authz.Principal{ID: "a", Status: authz.Active}, Permission: "x:read", Scope: "org:o"},
	} {
		if a := e.Answer(context.Background(), q); a.Reason != authz.InvalidRequest || a.Err == nil {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if q, err := authz.ParseQuery(1, []byte(`{"principal":"","permission":"x:read","in":"org:o"}`)); err != nil || !q.Anonymous {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := e.Asker(authz.Query{}); err == nil {
		t.Error("nobody is bound")
	}
}
