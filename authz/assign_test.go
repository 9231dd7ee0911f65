package authz_test

import (
	"context"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
)

const assignPolicy = `
version: 1
name: giving
scopes:
  org: {attributes: {plan: string}}
  subtenant: {in: [org, subtenant]}
  workspace: {in: [org, subtenant], attributes: {visibility: string}}
areas: {x: {areas: {one: , two: }}, members: , billing: {at: org}}
actions: {members.invite: "members:edit"}
roles:
  admin: {at: org, reach: all, areas: {x: edit, members: edit, billing: edit}, given_with: "billing:edit"}
  manager: {at: [org, workspace], areas: {x: edit, members: edit}, given_with: members.invite}
  reader: {at: [org, workspace], inherits: manager, limit: {"*": read}, given_with: "members:edit"}
  joined_reader: {at: [org, subtenant], reach: joined, areas: {x: read}, given_with: "members:edit"}
  roaming_reader: {at: [org, subtenant, workspace], reach: all, areas: {x: read}, given_with: "members:edit"}
  operator: {at: workspace, areas: {billing: read, x: edit}, given_with: "members:edit", exceeds_giver: true}
  owner: {at: org, areas: {x: edit}}
  orgonly: {at: org, areas: {x: read}, given_with: "members:edit"}
  sometimes:
    at: workspace
    grants: [{areas: {x: edit}, when: 'workspace.visibility == "open"'}]
    given_with: "members:edit"
  sometimes_too:
    at: workspace
    areas: {members: edit}
    grants: [{areas: {x: edit}, when: 'workspace.visibility   ==  "open"'}]
    given_with: "members:edit"
  inviter: {at: [org, workspace], areas: {members: edit}}
profiles:
  analyst: {roles: reader, only: {x.one: read}, given_with: "members:edit"}
  wide: {roles: [manager, operator], given_with: "members:edit"}
  ungiven: {roles: reader}
`

const assignDirectory = `
version: 1
scopes:
  org:a: {plan: team}
  org:a/workspace:w: {visibility: open}
  org:a/workspace:v: {visibility: open}
  org:a/subtenant:s:
  org:b:
principals:
  admin: {status: active, assignments: [{roles: admin, in: "org:a"}]}
  manager: {status: active, assignments: [{roles: manager, in: "org:a/workspace:w"}]}
  orgmanager: {status: active, assignments: [{roles: manager, in: "org:a"}]}
  inviter: {status: active, assignments: [{roles: inviter, in: ["org:a", "org:a/workspace:w"]}]}
  tooinviter: {status: active, assignments: [{roles: sometimes_too, in: "org:a/workspace:w"}]}
  personal: {status: active, assignments: [{roles: manager, in: "org:a/workspace:w"}], limit: {x.two: none}}
  assigned: {status: active, assignments: [{roles: manager, in: "org:a/workspace:w", limit: {x.two: read}}]}
  parts: {status: active, assignments: [{roles: inviter, in: "org:a/workspace:w"}, {roles: manager, in: "org:a/workspace:w", only: {x.one: read}}, {roles: operator, in: "org:a/workspace:w", only: {x.two: read}}]}
  gone: {status: deactivated, assignments: [{roles: admin, in: "org:a"}]}
  key: {kind: key, status: active, owner: manager}
  readkey: {kind: key, status: active, owner: manager, limit: {x: read}}
  weakkey: {kind: key, status: active, owner: manager, limit: {members: read}}
`

func TestCanAssign(t *testing.T) {
	e := load(t, assignPolicy, assignDirectory)
	const w, v = "org:a/workspace:w", "org:a/workspace:v"
	for _, c := range []struct{ as, name, in, want, lacks string }{
		// "the role or profile says given_with, and the actor is allowed that permission at that scope"
		{"manager", "manager", w, "granted", ""},
		{"manager", "manager", v, "no-grant", ""},
		{"manager", "owner", w, "no-giving", ""}, // without given_with nobody gives it
		{"manager", "ungiven", w, "no-giving", ""},
		{"manager", "nosuch", w, "unknown-role", ""},
		{"nobody", "manager", w, "unknown-principal", ""},
		{"nobody", "nosuch", w, "unknown-role", ""},
		{"gone", "manager", w, "inactive", ""},
		{"manager", "manager", "org:a/workspace:zzz", "unknown-scope", ""},
		{"manager", "manager", "", "invalid-request", ""},
		{"manager", "", w, "invalid-request", ""},
		{"weakkey", "manager", w, "limited", ""}, // a key's limits bear on giving, too

		// "each role may be assigned at that kind of scope"
		{"manager", "orgonly", w, "wrong-scope-kind", ""},
		{"admin", "manager", "org:a/subtenant:s", "wrong-scope-kind", ""},

		// "the actor does not give more than it has … with the same reach or a wider one"
		{"manager", "reader", w, "granted", ""},
		{"manager", "analyst", w, "granted", ""},
		{"manager", "roaming_reader", w, "exceeds-giver", "x.one x.two"}, // self is narrower than all
		{"orgmanager", "joined_reader", "org:a", "exceeds-giver", "x.one x.two"},
		{"admin", "joined_reader", "org:a", "granted", ""}, // all is wider than joined
		{"admin", "roaming_reader", "org:a/subtenant:s", "granted", ""},
		{"admin", "manager", w, "granted", ""},
		{"admin", "admin", "org:a", "granted", ""},
		{"inviter", "reader", w, "exceeds-giver", "x.one x.two"},
		{"inviter", "analyst", w, "exceeds-giver", "x.one"}, // a profile's limit is the measure
		{"assigned", "manager", w, "exceeds-giver", "x.two"},
		{"assigned", "reader", w, "granted", ""},
		{"parts", "reader", w, "granted", ""}, // matched by several grants of the actor
		{"parts", "manager", w, "exceeds-giver", "x.one x.two"},

		// "under the actor's own and key's limits"
		{"personal", "manager", w, "exceeds-giver", "x.two"},
		{"personal", "analyst", w, "granted", ""},
		{"key", "manager", w, "granted", ""},
		{"readkey", "manager", w, "exceeds-giver", "x.one x.two"},
		{"readkey", "reader", w, "granted", ""},

		// "each unconditional or on the very same condition (white space aside)"
		{"manager", "sometimes", w, "granted", ""},
		{"tooinviter", "sometimes", w, "granted", ""},
		{"tooinviter", "manager", w, "exceeds-giver", "x.one x.two"}, // what holds sometimes is not enough for always

		// "`exceeds_giver: true` on the role (for a profile: on each role) waives this point alone"
		{"inviter", "operator", w, "granted", ""},
		{"inviter", "operator", "org:a", "wrong-scope-kind", ""},
		{"inviter", "wide", w, "exceeds-giver", "x.one x.two x.one x.two billing"},
	} {
		d := e.As(c.as).CanAssign(context.Background(), authz.Giving{Name: c.name, Scope: c.in})
		var lacks []string
		for _, l := range d.Lacks {
			lacks = append(lacks, l.Area)
		}
		if got := strings.Join(lacks, " "); d.Reason.String() != c.want || got != c.lacks || d.Allowed != (c.want == "granted") {
			t.Errorf("%s gives %s in %s: %s; want %s, lacking %q", c.as, c.name, c.in, d, c.want, c.lacks)
		}
	}
}

// "a boundary that selects the role of an actor's grant and may lie at, above or beneath that scope is met with that
// grant, its condition taken as holding, unless it selects the given role, too"
func TestABoundaryOnTheGiversRoleBoundsWhatItGives(t *testing.T) {
	for _, c := range []struct {
		name, boundary, given, in, want string
	}{
		{"at the scope", `{in: workspace, roles: inviter_plus, limit: {x: none}}`, "reader", "org:a/workspace:w", "exceeds-giver"},
		{"above it", `{in: org, roles: inviter_plus, limit: {x: none}}`, "reader", "org:a/workspace:w", "exceeds-giver"},
		{"beneath it", `{in: workspace, roles: inviter_plus, limit: {x: none}}`, "roaming_reader", "org:a", "exceeds-giver"},
		{"on a condition that is false", `{in: org, when: 'org.plan == "nosuch"', roles: inviter_plus, limit: {x: none}}`, "reader", "org:a/workspace:w", "exceeds-giver"},
		{"on the given role, too", `{in: workspace, roles: [inviter_plus, reader], limit: {x: none}}`, "reader", "org:a/workspace:w", "granted"},
		{"under a scope elsewhere", `{in: workspace, under: org:b, roles: inviter_plus, limit: {x: none}}`, "reader", "org:a/workspace:w", "granted"},
		{"under a scope beneath", `{in: workspace, under: org:a/subtenant:s, roles: inviter_plus, limit: {x: none}}`, "roaming_reader", "org:a", "exceeds-giver"},
		{"on a path beneath", `{in: org:a/workspace:w, roles: inviter_plus, limit: {x: none}}`, "roaming_reader", "org:a", "exceeds-giver"},
		{"on a path beside", `{in: org:a/workspace:v, roles: inviter_plus, limit: {x: none}}`, "reader", "org:a/workspace:w", "granted"},
		{"on other roles", `{in: workspace, roles: owner, limit: {x: none}}`, "reader", "org:a/workspace:w", "granted"},
		{"on all but other roles", `{in: workspace, except: [reader], limit: {x: none}}`, "reader", "org:a/workspace:w", "exceeds-giver"},
		{"on nobody's role in particular", `{in: workspace, limit: {x.two: none}}`, "reader", "org:a/workspace:w", "granted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			policy := strings.Replace(assignPolicy, "profiles:\n", "  inviter_plus: {at: org, reach: all, areas: {x: edit, members: edit}}\nprofiles:\n", 1) +
				"boundaries:\n  b: " + c.boundary + "\n"
			directory := assignDirectory + "  giver: {status: active, assignments: [{roles: inviter_plus, in: \"org:a\"}]}\n"
			d := load(t, policy, directory).As("giver").CanAssign(context.Background(), authz.Giving{Name: c.given, Scope: c.in})
			if d.Reason.String() != c.want {
				t.Errorf("%s, want %s", d, c.want)
			}
		})
	}
}

func TestARefusalNamesWhatTheGiverLacks(t *testing.T) {
	d := load(t, assignPolicy, assignDirectory).As("assigned").CanAssign(context.Background(), authz.Giving{Name: "manager", Scope: "org:a/workspace:w"})
	const want = "denied: exceeds-giver: manager gives edit in x.two, and the giver has read"
	if got := d.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
