package authz_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/trellis-authz/trellis/authz"
)

// Areas that are given on one condition each: over the principal and the scope in question, over what stands above it, over
// the request; and with boundaries whose conditions are asked above, of which one sees the team that it lies on.
const glancePolicy = `
version: 1
name: glances
levels: [none, read, edit]
scopes:
  org: {attributes: {plan: string, frozen: bool}}
  team: {in: [org, team], attributes: {region: string}}
  workspace: {in: [org, team], attributes: {department: string}}
principal: {department: string, region: string}
request: {ip: string}
areas: {own: , above: , nearest: , clock: , asked: , both: , frozen: , damp: }
roles:
  r:
    at: [org, team, workspace]
    reach: all
    areas: {frozen: edit, damp: edit}
    grants:
      - {areas: {own: edit}, when: 'principal.department == workspace.department'}
      - {areas: {above: edit}, when: 'org.plan == "pro" && principal.department != ""'}
      - {areas: {nearest: edit}, when: 'principal.region == team.region'}
      - {areas: {clock: edit}, when: 'request.time.getHours() == 12 && principal.department == workspace.department'}
      - {areas: {asked: edit}, when: 'request.ip == ""'}
      - {areas: {both: read}, when: 'principal.department == workspace.department'}
      - {areas: {both: edit}, when: 'principal.region == team.region && principal.department == workspace.department'}
boundaries:
  freeze: {in: org, when: 'org.frozen && principal.region == "eu"', limit: {frozen: none}}
  damping: {in: team, when: 'team.region == "us"', limit: {damp: none}}
`

const glanceDirectory = `
version: 1
scopes:
  org:a: {plan: pro, frozen: true}
  org:a/team:t: {region: us}
  org:a/team:t/team:u: {region: eu}
  org:a/team:t/team:u/workspace:w: {department: eng}
  org:a/team:t/workspace:w: {department: ops}
  org:b: {plan: free, frozen: false}
  org:b/team:t: {region: eu}
  org:b/team:t/workspace:w: {department: ops}
groups:
  crew:
principals:
  ann: {status: active, attributes: {department: eng, region: eu}, assignments: [{roles: r, in: ["org:a", "org:b"]}]}
  bob: {status: active, attributes: {department: ops, region: us}, assignments: [{roles: r, in: ["org:a", "org:b"]}]}
  cat: {status: active, attributes: {region: eu}, assignments: [{roles: r, in: ["org:a", "org:b"]}]}
  eve: {status: active, groups: crew, attributes: {department: eng, region: eu}, assignments: [{roles: r, in: ["org:a", "org:b"]}]}
  dan: {status: active, groups: crew, attributes: {department: ops, region: us}, assignments: [{roles: r, in: ["org:a", "org:b"]}]}
`

func glances(t *testing.T) *authz.Engine {
	t.Helper()
	e, err := authz.Open(fstest.MapFS{
		"glances.policy.yaml":    {Data: []byte(glancePolicy)},
		"glances.directory.yaml": {Data: []byte(glanceDirectory)},
	}, authz.WithClock(func() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// whoEdits is who may edit each area in each workspace. Eve may what ann may, and dan what bob may, but they are in a group:
// by their ids they are decided for by the walk.
var whoEdits = map[string]map[string]string{
	"org:a/team:t/team:u/workspace:w": {"own": "ann", "above": "ann bob", "nearest": "ann cat", "clock": "ann", "asked": "", "both": "ann", "frozen": "bob", "damp": ""},
	"org:a/team:t/workspace:w":        {"own": "bob", "above": "ann bob", "nearest": "bob", "clock": "bob", "asked": "", "both": "bob", "frozen": "bob", "damp": ""},
	"org:b/team:t/workspace:w":        {"own": "bob", "above": "", "nearest": "ann cat", "clock": "bob", "asked": "", "both": "", "frozen": "ann bob cat", "damp": "ann bob cat"},
}

// asks is every way to ask one thing.
type asks struct {
	id   string
	name string
	want bool
	ways map[string]func() bool
}

func everyAsk(t *testing.T, e *authz.Engine) (all []asks) {
	t.Helper()
	ctx := context.Background()
	for _, id := range []string{"ann", "bob", "cat", "eve", "dan"} {
		s := e.As(id)
		for in, areas := range whoEdits {
			for area, who := range areas {
				p, at, r := permission(t, e, area+":edit"), place(t, e, in), authz.Request{Permission: area + ":edit", Scope: in}
				all = append(all, asks{id, fmt.Sprintf("%s edits %s in %s", id, area, in), slices.Contains(strings.Fields(who), twin(id)), map[string]func() bool{
					"handles":          func() bool { return s.Allows(p, at) },
					"handles, decided": func() bool { return s.Decide(ctx, p, at).Allowed },
					"bound":            func() bool { return s.Can(r.Permission, r.Scope) },
					"bound, decided":   func() bool { return s.Check(ctx, r).Allowed },
					"by ids":           func() bool { return e.Can(id, r.Permission, r.Scope) },
					"by ids, decided":  func() bool { return e.Check(ctx, id, r).Allowed },
				}})
			}
		}
	}
	return all
}

// twin is who may what one may.
func twin(id string) string {
	switch id {
	case "eve":
		return "ann"
	case "dan":
		return "bob"
	}
	return id
}

// What a condition reads is that of the one who asks and of the scope in question, whatever way is asked, and whoever asks
// at the same time: subjects are shared, and so is what stands around them.
func TestWhoeverAsksAtOnceIsToldByItsOwnFacts(t *testing.T) {
	all := everyAsk(t, glances(t))
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Go(func() {
			for i := range 20 * len(all) {
				one := all[(i*(2*g+1)+g)%len(all)]
				for way, ask := range one.ways {
					if got := ask(); got != one.want {
						t.Errorf("%s, %s: %t", one.name, way, got)
						return
					}
				}
			}
		})
	}
	wait.Wait()
}

// Conditions cost no memory: neither those that find what they read with the subject and the scope, nor those for which
// something is made in room that is kept.
func TestAConditionAllocatesNothing(t *testing.T) {
	for _, one := range everyAsk(t, glances(t)) {
		for way, ask := range one.ways {
			if !one.want || twin(one.id) != one.id { // what fails is told why, by words that are made; the walk takes from two pools
				continue
			}
			if n := testing.AllocsPerRun(50, func() { ask() }); n != 0 {
				t.Errorf("%s, %s: %g allocations", one.name, way, n)
			}
		}
	}
}

// A condition reads what the engine that is asked knows of a scope: handles and subjects of the one before go on reading
// what that one knows.
func TestAConditionReadsTheScopeAsItsEngineHasIt(t *testing.T) {
	before := glances(t)
	const in = "org:a/team:t/workspace:w"
	after, err := before.Apply(authz.PutScope(authz.Scope{Path: in, Attributes: authz.Attributes{"department": "eng"}}),
		authz.PutScope(authz.Scope{Path: "org:a/team:t", Attributes: authz.Attributes{"region": "eu"}}))
	if err != nil {
		t.Fatal(err)
	}
	p, region, at := permission(t, before, "own:edit"), permission(t, before, "nearest:edit"), place(t, before, in)
	for _, c := range []struct {
		engine *authz.Engine
		who    string
	}{{before, "bob"}, {after, "ann"}, {before, "bob"}} {
		for _, id := range []string{"ann", "bob"} {
			s := c.engine.As(id)
			if got, near := s.Allows(p, at), s.Allows(region, at); got != (id == c.who) || near != got {
				t.Errorf("%s: %t and %t", id, got, near)
			}
			if got := c.engine.Can(id, "own:edit", in); got != (id == c.who) {
				t.Errorf("%s by its id: %t", id, got)
			}
		}
	}
}

// More conditions than a glance asks are asked by the walk, and one that fails is told by it.
func TestManyConditionsAndThoseThatFailAreLeftToTheWalk(t *testing.T) {
	policy := "version: 1\nname: many\nscopes: {org: {attributes: {n: int}}}\nprincipal: {n: int}\nareas: {docs: }\nroles: {r: {at: org, areas: {docs: edit}}}\nboundaries:\n"
	for i := range 40 {
		policy += fmt.Sprintf("  b%d: {in: org, when: 'org.n == %d', limit: {docs: none}}\n", i, i)
	}
	directory := "version: 1\nscopes: {\"org:none\": {n: -1}, \"org:last\": {n: 39}, \"org:unset\": }\n" +
		"principals: {ada: {status: active, assignments: [{roles: r, in: [\"org:none\", \"org:last\", \"org:unset\"]}]}}\n"
	e, err := authz.Open(fstest.MapFS{"many.policy.yaml": {Data: []byte(policy)}, "many.directory.yaml": {Data: []byte(directory)}})
	if err != nil {
		t.Fatal(err)
	}
	p := permission(t, e, "docs:edit")
	for in, allowed := range map[string]bool{"org:none": true, "org:last": false, "org:unset": false} {
		s, at := e.As("ada"), place(t, e, in)
		d := s.Decide(t.Context(), p, at)
		if s.Allows(p, at) != allowed || d.Allowed != allowed || (d.Err != nil) != (in == "org:unset") {
			t.Errorf("%s: %t, %s, %v", in, s.Allows(p, at), d, d.Err)
		}
	}
}

// Who is asked for by its id is seen as it is now, whatever changed since it was put in: its status, its kind, its attributes,
// the keys that it owns.
func TestWhoIsAskedForByItsIDIsSeenAsItIsNow(t *testing.T) {
	const policy = `
version: 1
name: seen
scopes: {org: }
principal: {department: string}
areas: {active: , service: , named: , ops: , keyless: }
roles:
  r:
    at: org
    grants:
      - {areas: {active: edit}, when: 'principal.status == "active"'}
      - {areas: {service: edit}, when: 'principal.kind == "service"'}
      - {areas: {named: edit}, when: 'principal.id == "ann"'}
      - {areas: {ops: edit}, when: 'principal.department == "ops"'}
      - {areas: {keyless: edit}, when: '!has(principal.key) || principal.key == ""'}
`
	e := load(t, policy, "version: 1\nscopes: {org:a: }\nprincipals:\n  ann: {status: suspended, attributes: {department: eng}, assignments: [{roles: r, in: org:a}]}\n")
	ann := authz.Principal{ID: "ann", Kind: authz.Service, Status: authz.Active, Attributes: authz.Attributes{"department": "ops"},
		Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:a"}}}}
	for _, step := range []struct {
		change authz.Change
		want   string
	}{
		{authz.SetStatus("ann", authz.Active), "active named keyless"},
		{authz.PutPrincipal(authz.Principal{ID: "k", Kind: authz.Key, Status: authz.Active, Owner: "ann"}), "active named keyless"},
		{authz.PutPrincipal(ann), "active service named ops keyless"},
		{authz.SetStatus("ann", authz.Suspended), ""},
		{authz.SetStatus("ann", authz.Active), "active service named ops keyless"},
		{authz.DropPrincipal("k"), "active service named ops keyless"},
	} {
		var err error
		if e, err = e.Apply(step.change); err != nil {
			t.Fatal(err)
		}
		var held, bound []string
		for _, area := range []string{"active", "service", "named", "ops", "keyless"} {
			if e.Can("ann", area+":edit", "org:a") {
				held = append(held, area)
			}
			if e.As("ann").Can(area+":edit", "org:a") {
				bound = append(bound, area)
			}
		}
		if got := strings.Join(held, " "); got != step.want || !slices.Equal(held, bound) {
			t.Errorf("after %v: by its id it holds %q, bound %q, want %q", step.change, got, bound, step.want)
		}
	}
}
