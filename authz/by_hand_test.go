package authz_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/profiles"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// A file cannot hold a key twice, a list in Go can hold a name twice: which of both is meant cannot be known.
func TestWhatIsDeclaredTwiceInGoIsRefused(t *testing.T) {
	for name, change := range map[string]func(*authz.Policy, *authz.Directory){
		"a scope kind":  func(p *authz.Policy, _ *authz.Directory) { p.Scopes = append(p.Scopes, scope.Kind{Name: "org"}) },
		"an area":       func(p *authz.Policy, _ *authz.Directory) { p.Areas = append(p.Areas, roles.Area{Name: "members"}) },
		"an action":     func(p *authz.Policy, _ *authz.Directory) { p.Actions = append(p.Actions, p.Actions[0]) },
		"a role":        func(p *authz.Policy, _ *authz.Directory) { p.Roles = append(p.Roles, roles.Role{Name: "member"}) },
		"a profile":     func(p *authz.Policy, _ *authz.Directory) { p.Profiles = append(p.Profiles, p.Profiles[0]) },
		"a boundary":    func(p *authz.Policy, _ *authz.Directory) { p.Boundaries = append(p.Boundaries, p.Boundaries[0]) },
		"a scope":       func(_ *authz.Policy, d *authz.Directory) { d.Scopes = append(d.Scopes, d.Scopes[0]) },
		"a group":       func(_ *authz.Policy, d *authz.Directory) { d.Groups = append(d.Groups, d.Groups[0]) },
		"a principal":   func(_ *authz.Policy, d *authz.Directory) { d.Principals = append(d.Principals, d.Principals[0]) },
		"a place twice": func(p *authz.Policy, _ *authz.Directory) { p.Boundaries[0].In = []string{"org", "org"} },
	} {
		p, d := examplePolicy(), exampleDirectory()
		change(&p, d)
		e, err := authz.New(p, d)
		list := diag.From(err).Only(diag.Error)
		if e != nil || len(list) != 1 || list[0].Rule != "duplicate-name" {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := load(t, keyPolicy, "")
	ann := authz.Principal{ID: "ann", Status: authz.Active}
	if _, err := e.Bind(ann, ann); err == nil || !strings.Contains(err.Error(), `the principal "ann" is given twice`) {
		t.Errorf("a principal that is bound: %v", err)
	}
}

func TestMustBindPanicsOnAPrincipalThatCannotBeBound(t *testing.T) {
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "the principal cannot be bound") {
			t.Errorf("it panics with %v", err)
		}
	}()
	load(t, keyPolicy, "").MustBind(authz.Principal{ID: "ann"})
}

// Whoever passes no context is decided all the same: conditions are evaluated without one that could end.
func TestARequestWithoutAContextIsDecided(t *testing.T) {
	e, err := authz.New(examplePolicy(), exampleDirectory(), authz.WithClock(nil))
	if err != nil {
		t.Fatal(err)
	}
	var none context.Context
	for _, permission := range []string{"analytics.dashboards:edit", "analytics.polyscore:read", "members:edit"} {
		r := authz.Request{Permission: permission, Scope: "org:acme"}
		if got, want := e.As("alice").Check(none, r), e.As("alice").Check(t.Context(), r); got.String() != want.String() {
			t.Errorf("%s: %s without a context, %s with one", permission, got, want)
		}
	}
}

// The rows of levels of an area with more leaves than fit on the stack are decided as those of any other, and a key's as
// its owner's.
func TestAnAreaOfManyLeavesIsDecidedAsAny(t *testing.T) {
	var many []roles.Area
	for i := range 100 {
		many = append(many, roles.Area{Name: fmt.Sprintf("a%d", i)})
	}
	p := authz.Policy{
		Name:   "many",
		Scopes: []scope.Kind{{Name: "org"}},
		Areas:  []roles.Area{{Name: "all", Areas: many}, {Name: "signing"}},
		Roles: []roles.Role{
			{Name: "editor", At: []string{"org"}, Areas: roles.Grant{"all": "edit"}},
			{Name: "most", At: []string{"org"}, Areas: roles.Grant{"all": "edit", "all.a99": "read"}},
			{Name: "machine", At: []string{"org"}, Grants: []roles.Conditional{{Areas: roles.Grant{"all": "edit"}, When: `principal.key != ""`}}},
		},
	}
	user := func(id, role string) authz.Principal {
		return authz.Principal{ID: id, Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{role}, In: []string{"org:o"}}}}
	}
	key := func(owner string) authz.Principal {
		return authz.Principal{ID: owner + "-key", Kind: authz.Key, Status: authz.Active, Owner: owner}
	}
	e, err := authz.New(p, &authz.Directory{
		Scopes:     []authz.Scope{{Path: "org:o"}},
		Principals: []authz.Principal{user("ed", "editor"), user("mo", "most"), user("ma", "machine"), key("ed"), key("mo"), key("ma")},
	})
	if err != nil {
		t.Fatal(err)
	}
	checkAll(t, e, []fact{
		{"ed", "all:edit", "org:o", "granted edit"},
		{"ed-key", "all:edit", "org:o", "granted edit"},
		{"mo", "all:edit", "org:o", "level-too-low read"},
		{"mo-key", "all:edit", "org:o", "level-too-low read"},
		{"ma", "all:edit", "org:o", "no-grant none"},
		{"ma-key", "all:edit", "org:o", "no-grant none"}, // its condition holds for the key, and its owner holds nothing
	})
	x := e.As("ma-key").Explain(t.Context(), authz.Request{Permission: "all.a3:edit", Scope: "org:o"})
	if x.OwnerLevel != "none" || !strings.Contains(x.String(), "! the owner of the key holds none, and a key never holds more") {
		t.Errorf("the owner's level is no cause:\n%s", x)
	}
}

// A service that reads its own log finds the reasons that it wrote.
func TestReasonsComeBackFromTheirNames(t *testing.T) {
	for r := authz.InvalidRequest; r <= authz.ExceedsGiver; r++ {
		text, err := json.Marshal(r)
		var back authz.Reason
		if err = errors.Join(err, json.Unmarshal(text, &back)); err != nil || back != r {
			t.Errorf("%s comes back as %s (%v)", text, back, err)
		}
	}
	var back authz.Reason
	if err := json.Unmarshal([]byte(`"allowed"`), &back); err == nil || back != authz.InvalidRequest {
		t.Errorf("an unknown reason is %s (%v)", back, err)
	}
	if got := authz.Reason(200).String(); got != "invalid-request" {
		t.Errorf("a reason without a name is %s", got)
	}
}

// A giver who falls short in many areas is told three, and how many more there are.
func TestADecisionOnGivingNamesAFewLacks(t *testing.T) {
	d := authz.GivingDecision{Reason: authz.ExceedsGiver}
	for _, area := range []string{"a", "b", "c", "d", "e"} {
		d.Lacks = append(d.Lacks, authz.Lack{Role: "r", Area: area, Gives: "edit", Has: "none", Reach: roles.Self})
	}
	d.Lacks[0].When = "org.open"
	const want = "denied: exceeds-giver: r gives edit in a when org.open, and the giver has none; " +
		"r gives edit in b, and the giver has none; r gives edit in c, and the giver has none; and 2 more"
	if d.String() != want {
		t.Errorf("got %s\nwant %s", d, want)
	}
}

// What the program builds as a query is held to what a line of JSON is held to.
func TestAQueryInGoAsksForOneThing(t *testing.T) {
	e := load(t, derivationPolicy, derivationDirectory)
	both := e.Answer(t.Context(), authz.Query{ID: "here", Permission: "e:edit", Assign: "guide", Scope: "org:a"})
	if both.Allowed || both.Reason != authz.InvalidRequest || both.Err == nil || !strings.Contains(both.Err.Error(), "asks for one of them") {
		t.Errorf("a permission and a role: %+v", both)
	}
	short := answer(t, e, `{"principal":"here","assign":"guide","in":"org:a"}`)
	if want := `{"allowed":false,"reason":"exceeds-giver","error":"guide gives edit in g with reach \"all\", and the giver has none"}`; short != want {
		t.Errorf("a giver who has less is answered\n%s, want\n%s", short, want)
	}
}

// A query brings a scope without attributes, and an object may be given where an id is due, but nothing else.
func TestAQueryBringsScopesWithoutAttributes(t *testing.T) {
	e := load(t, keyPolicy, "")
	ann := `{"id":"ann","status":"active","assignments":[{"roles":"admin","in":"org:o"}]}`
	for line, want := range map[string]string{
		`{"principal":` + ann + `,"permission":"x:edit","in":"org:o/workspace:w","scopes":{"org:o/workspace:w":{}}}`:   `{"allowed":true,"level":"edit","reason":"granted"}`,
		`{"principal":` + ann + `,"permission":"x:edit","in":"org:o/workspace:w","scopes":{"org:o/workspace:w":null}}`: `{"allowed":true,"level":"edit","reason":"granted"}`,
	} {
		if got := answer(t, e, line); got != want {
			t.Errorf("%s\nis answered %s\nwant        %s", line, got, want)
		}
	}
}

// An answer says the first findings; whoever wants them all unwraps its error.
func TestABriefErrorHoldsEverythingThatWasFound(t *testing.T) {
	e := load(t, keyPolicy, "")
	p := &authz.Principal{ID: "bob", Status: authz.Active}
	for i := range 30 {
		p.Assignments = append(p.Assignments, authz.Assignment{Roles: []string{fmt.Sprintf("unknown%d", i)}, In: []string{"org:o"}})
	}
	a := e.Answer(t.Context(), authz.Query{Principal: p, Permission: "x:read", Scope: "org:o"})
	if a.Err == nil || !strings.HasSuffix(a.Err.Error(), "\nand 20 more") {
		t.Errorf("the answer says %v", a.Err)
	}
	if list := diag.From(a.Err); len(list) != 30 {
		t.Errorf("it holds %d findings", len(list))
	}
}

// unlistable is a file system whose folder cannot be read.
type unlistable struct{ fstest.MapFS }

func (unlistable) ReadDir(string) ([]fs.DirEntry, error) { return nil, fs.ErrPermission }

func TestAFolderIsReadAtItsTopAlone(t *testing.T) {
	if _, err := authz.Find(unlistable{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a folder that cannot be read: %v", err)
	}
	files := fstest.MapFS{
		"a.policy.yaml": {Data: []byte(keyPolicy)}, "old/b.policy.yaml": {Data: []byte("broken")}, "c.policy.yaml/d": {},
	}
	if got, err := authz.Find(files); err == nil && got.Policy != "a.policy.yaml" || err != nil {
		t.Errorf("folders beneath: %v, %v", got, err)
	}
}

// A preview says which of the names stands in no scope of the path.
func TestAPreviewNeedsAScopeOfTheRolesKind(t *testing.T) {
	e, err := authz.New(examplePolicy(), exampleDirectory())
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Preview("org:acme", "member", "manager")
	if err == nil || !strings.Contains(err.Error(), `"manager" is assigned at workspace, and "org:acme" stands in no such scope`) {
		t.Errorf("%v", err)
	}
	if d := s.Check(t.Context(), authz.Request{Permission: "billing:read", Scope: "org:acme"}); d.Reason != authz.InvalidRequest {
		t.Errorf("it holds something: %s", d)
	}
}

// A permission that is a role's or a profile's name is told to be one.
func TestARoleInPlaceOfAPermissionIsToldToBeOne(t *testing.T) {
	for name, want := range map[string]string{"manager": `"manager" is a role`, "analyst": `"analyst" is a profile`} {
		p := examplePolicy()
		p.Roles[2].GivenWith = name
		_, err := authz.New(p, nil)
		if err == nil || !strings.Contains(err.Error(), want+": a permission is written area:level") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is written of an area with nothing but a description is the description; numbers keep their digits.
func TestShortFormsAreWritten(t *testing.T) {
	p := examplePolicy()
	p.Areas[2].Description = "Who belongs"
	var b bytes.Buffer
	if err := p.WriteYAML(&b); err != nil || !strings.Contains(b.String(), "\n  members: \"Who belongs\"\n") {
		t.Errorf("%v\n%s", err, &b)
	}
	b.Reset()
	d := authz.Directory{Scopes: []authz.Scope{{Path: "org:a", Attributes: authz.Attributes{"seats": json.Number("12345678901234567890")}}}}
	if err := d.WriteYAML(&b); err != nil || !strings.Contains(b.String(), "seats: 12345678901234567890") {
		t.Errorf("%v\n%s", err, &b)
	}
}

// An explanation of a policy that was built in Go has no positions, and its limits stand in it all the same.
func TestAnExplanationAsJSONHoldsItsLimits(t *testing.T) {
	p, d := examplePolicy(), exampleDirectory()
	i := slices.IndexFunc(d.Principals, func(p authz.Principal) bool { return p.ID == "alice" })
	d.Principals[i].Limit = rolesLimit("members", "read")
	p.Profiles = append(p.Profiles, profiles.Profile{Name: "other", Roles: []string{"member"}})
	e, err := authz.New(p, d)
	if err != nil {
		t.Fatal(err)
	}
	x := e.As("alice").Explain(t.Context(), authz.Request{Permission: "members:edit", Scope: "org:acme/workspace:ml"})
	text, err := json.Marshal(x)
	if err != nil || !bytes.Contains(text, []byte(`"limits":[{"of":"alice","level":"read","lowers":true}]`)) || bytes.Contains(text, []byte(`"position"`)) {
		t.Errorf("%v\n%s", err, text)
	}
}

// Without a directory no group is declared, and a principal may be a member of any that can be one.
func TestWithoutADirectoryGroupsAreWhatPrincipalsSay(t *testing.T) {
	e := load(t, keyPolicy, "")
	if _, err := e.Bind(authz.Principal{ID: "ann", Status: authz.Active, Groups: []string{"staff", authz.Authenticated, authz.Everyone}}); err != nil {
		t.Error(err)
	}
	_, err := e.Bind(authz.Principal{ID: "ann", Status: authz.Active, Groups: []string{"staff", "no name"}})
	if list := diag.From(err); len(list) != 1 || list[0].Rule != "bad-name" || list[0].Where != "principal.groups[1]" {
		t.Errorf("%v", err)
	}
}

// A scope that only the request names is named by its path, and what is wrong with the owner by its place in the query.
func TestWhatOnlyTheRequestNamesIsNamedByItsPath(t *testing.T) {
	e := load(t, keyPolicy, "")
	ann := e.MustBind(authz.Principal{ID: "ann", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"guest"}, In: []string{"org:o", "org:p"}}}})
	x := ann.Explain(t.Context(), authz.Request{Permission: "x:read", Scope: "org:p"})
	if x.Cause() != "the role guest in org:p gives read by x: read (x.policy.yaml:8:28)" {
		t.Errorf("%s", x.Cause())
	}
	line := `{"principal":{"id":"k","kind":"key","status":"active","owner":{"id":"zoe","status":"active","assignments":[{"roles":"nosuch","in":"org:o"}]}},"permission":"x:read","in":"org:o"}`
	if got := answer(t, e, line); !strings.Contains(got, "principal.owner.assignments[0].roles") {
		t.Errorf("the answer is %s", got)
	}
}

// What decides is told of any explanation: of a denial without a derivation, its error or its reason.
func TestEveryExplanationHasACause(t *testing.T) {
	e := load(t, derivationPolicy, derivationDirectory)
	if got := explained(t, e, "nobdy", "e:edit", "org:a").Cause(); !strings.HasPrefix(got, `the directory lists no principal "nobdy"`) {
		t.Error(got)
	}
	if got := (authz.Explanation{}).Cause(); got != "invalid-request" {
		t.Error(got)
	}
	if got := e.As("both").TopLevel() + (*authz.Subject)(nil).TopLevel(); got != "edit" {
		t.Error(got)
	}
}

// A failed condition is told apart by what made it fail, one of several as well.
func TestTheErrorsOfConditionsUnwrap(t *testing.T) {
	p := authz.Policy{
		Name: "failing", Scopes: []scope.Kind{{Name: "org"}}, Areas: []roles.Area{{Name: "a"}},
		Roles: []roles.Role{{Name: "r", At: []string{"org"}, Grants: []roles.Conditional{
			{Areas: roles.Grant{"a": "edit"}, When: `1 / 0 > 0`}, {Areas: roles.Grant{"a": "edit"}, When: `1 % 0 > 0`},
		}}},
	}
	e, err := authz.New(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	ann := e.MustBind(authz.Principal{ID: "ann", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:o"}}}})
	d := ann.Check(t.Context(), authz.Request{Permission: "a:edit", Scope: "org:o"})
	failed, ok := errors.AsType[*authz.ConditionError](d.Err)
	if d.Allowed || !ok || !errors.Is(d.Err, failed.Unwrap()) || !strings.Contains(d.Err.Error(), "division by zero") || !strings.Contains(d.Err.Error(), "modulus by zero") {
		t.Errorf("%s", d)
	}
}

const requiringPolicy = `
version: 1
name: requiring
scopes: {org: , team: {in: org}, site: {in: org}}
areas: {x: , y: {at: org}}
roles:
  base: {at: org, reach: all, areas: {y: read}}
  left: {at: org, reach: all, requires: base, areas: {y: read}}
  right: {at: org, reach: all, requires: base, areas: {y: read}}
  both: {at: team, requires: [left, right], areas: {x: edit}}
  local: {at: site, areas: {x: read}}
  nowhere: {at: team, requires: local, areas: {x: edit}}
  idle: {areas: {y: read}}
  parent: {at: org, areas: {x: edit}}
  child: {at: org, reach: all, inherits: [idle, parent], limit: {x: read}}
`

// A way names each required role once, and none that requires what can be given nowhere on the path.
func TestAWayNamesEachRequiredRoleOnce(t *testing.T) {
	e := load(t, requiringPolicy, "version: 1\nscopes: {\"org:o\": , \"org:o/team:t\": }\nprincipals: {ann: {status: active, assignments: [{roles: child, in: \"org:o\"}]}}\n")
	x := e.As("ann").Explain(t.Context(), authz.Request{Permission: "x:edit", Scope: "org:o/team:t"})
	found := false
	for _, w := range x.Ways {
		text := w.String()
		found = found || strings.Contains(text, "role both in org:o/team:t")
		if strings.Contains(text, "nowhere") || strings.Count(text, "the role base") > 1 {
			t.Errorf("the way %s", text)
		}
	}
	if !found {
		t.Errorf("there is no way to the role both:\n%s", x)
	}
	// Of two parents, the limit stands on the way of the one that gives.
	if len(x.Grants) != 1 || len(x.Grants[0].Rules) != 1 || len(x.Grants[0].Rules[0].Limits) != 1 || x.Grants[0].Rules[0].Limits[0].Of != "the role child" {
		t.Errorf("the limit of the role child is not told:\n%s", x)
	}
}

// A condition may be a word that YAML takes for a boolean.
func TestAConditionMayBeTrueOrFalse(t *testing.T) {
	policy := keyPolicy + "  always: {at: org, grants: [{areas: {x: edit}, when: true}, {areas: {y: edit}, when: false}]}\n"
	e := load(t, policy, "version: 1\nscopes: {\"org:o\": }\nprincipals: {ann: {status: active, assignments: [{roles: always, in: \"org:o\"}]}}\n")
	checkAll(t, e, []fact{{"ann", "x:edit", "org:o", "granted edit"}, {"ann", "y:edit", "org:o", "no-grant none"}})
}

// A boundary under no scope is told once: the directory has nothing to add.
func TestAPathThatIsNoneIsNotLookedUp(t *testing.T) {
	policy := keyPolicy + "boundaries: {b: {in: org, under: \"org\", limit: {x: none}}}\n"
	_, err := tryLoad(policy, "version: 1\nscopes: {\"org:o\": }\n")
	if list := diag.From(err); len(list) != 1 || list[0].Rule != "bad-path" {
		t.Errorf("%v", err)
	}
}

// Who gives a role with a limit of the boundaries that lie beneath has no more than these leave.
func TestABoundaryThatMayLieBeneathBindsTheGiver(t *testing.T) {
	policy := func(boundary string) string {
		return `
version: 1
name: beneath
scopes: {org: , team: {in: org}}
areas: {x: , members: }
roles:
  admin: {at: org, reach: all, areas: {x: edit, members: edit}}
  helper: {at: org, reach: all, grants: [{areas: {x: edit}, when: '1 > 0'}], given_with: "members:edit"}
boundaries:
  b: ` + boundary + "\n"
	}
	const directory = `
version: 1
scopes: {"org:o": , "org:o/team:t": , "org:p": }
principals: {ann: {status: active, assignments: [{roles: admin, in: "org:o"}]}}
`
	for boundary, want := range map[string]string{
		`{in: "org:o/team:t", roles: admin, limit: {x: read}}`:              "exceeds-giver",
		`{in: team, under: "org:o/team:t", roles: admin, limit: {x: read}}`: "exceeds-giver",
		`{in: team, under: "org:o", roles: admin, limit: {x: read}}`:        "exceeds-giver",
		`{in: org, under: "org:p", roles: admin, limit: {x: read}}`:         "granted",
		`{in: team, roles: [admin, helper], limit: {x: read}}`:              "granted", // it limits what is given, too
	} {
		e := load(t, policy(boundary), directory)
		if d := e.As("ann").CanAssign(t.Context(), authz.Giving{Name: "helper", Scope: "org:o"}); d.Reason.String() != want {
			t.Errorf("%s: %s", boundary, d)
		} else if len(d.Lacks) > 0 && d.Lacks[0].When != "1 > 0" {
			t.Errorf("%s: it lacks %s", boundary, d.Lacks[0])
		}
	}
}

// A scope is one and the same for an assignment and for the boundary that names it, though no directory lists it.
func TestWithoutADirectoryABoundaryLiesOnThePathThatItNames(t *testing.T) {
	e := load(t, keyPolicy+"boundaries: {b: {in: \"org:o\", limit: {x: read}}}\n", "")
	ann := e.MustBind(authz.Principal{ID: "ann", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"admin"}, In: []string{"org:o", "org:p"}}}})
	for in, want := range map[string]string{"org:o": "limited read", "org:o/workspace:w": "limited read", "org:p": "granted edit"} {
		if d := ann.Check(t.Context(), authz.Request{Permission: "x:edit", Scope: in}); d.Reason.String()+" "+d.Level != want {
			t.Errorf("in %s: %s, want %s", in, d, want)
		}
	}
}

// That somebody has joined a scope is nothing to give: a preview gives what its roles hold, as anybody does.
func TestAPreviewGivesWhatItsRolesHold(t *testing.T) {
	e, err := authz.New(examplePolicy(), exampleDirectory())
	if err != nil {
		t.Fatal(err)
	}
	for role, want := range map[string]string{"manager": "granted", "reader": "level-too-low"} {
		s, err := e.Preview("org:acme/workspace:ml", role)
		if err != nil {
			t.Fatal(err)
		}
		if d := s.CanAssign(t.Context(), authz.Giving{Name: "manager", Scope: "org:acme/workspace:ml"}); d.Reason.String() != want {
			t.Errorf("%s: %s, want %s", role, d, want)
		}
	}
	if s, err := (*authz.Engine)(nil).Asker(authz.Query{ID: "ann"}); err == nil || s.ID() != "ann" || s.Can("members:edit", "org:acme") {
		t.Errorf("an engine that is none answers ann: %v", err)
	}
}

// A draft holds facts to what a decision does: a principal that is given whole is none that the directory lists.
func TestADraftChecksFactsAsADecisionDoes(t *testing.T) {
	d, err := authz.Examine(fstest.MapFS{
		"x.policy.yaml":    {Data: []byte(keyPolicy + "request: {who: principal}\n")},
		"x.directory.yaml": {Data: []byte("version: 1\nscopes: {\"org:o\": }\nprincipals: {ann: {status: active}}\n")},
	}, "x.policy.yaml", "x.directory.yaml")
	if err != nil || d.Diagnostics.Err() != nil {
		t.Fatal(err, d.Diagnostics)
	}
	for id, want := range map[string]string{"ann": "restated", "bob": ""} {
		r := &report.Reporter{}
		facts := authz.Facts{Request: authz.Attributes{"who": authz.Principal{ID: id, Status: authz.Active}}}
		d.CheckFacts(facts, report.Path{}, r)
		answer := d.Engine.Answer(t.Context(), authz.Query{ID: "ann", Permission: "x:read", Scope: "org:o", Facts: facts})
		got := ""
		for _, found := range r.List() {
			got += found.Rule
		}
		if got != want || (answer.Reason == authz.InvalidRequest) != (want != "") {
			t.Errorf("%s: %q, want %q, and decided: %+v", id, got, want, answer)
		}
	}
}

// Where a scope kind has a name that conditions cannot read, what conditions read of the others is not known, and
// nothing is said of it.
func TestConditionsAreNotToldWhatDeclarationsGotWrong(t *testing.T) {
	for _, kind := range []string{"as", "principal"} {
		_, err := tryLoad("version: 1\nname: x\nscopes: {org: , "+kind+": {in: org}}\nareas: {a: }\n"+
			"roles: {r: {at: org, grants: [{areas: {a: edit}, when: orgs.x}]}}\nboundaries: {b: {in: org, when: orgs.y, limit: {a: none}}}\n", "")
		if list := diag.From(err); len(list) != 1 || list[0].Rule != "reserved-name" {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
