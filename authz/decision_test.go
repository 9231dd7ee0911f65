package authz_test

import (
	"context"
	"testing"
	"time"

	"github.com/trellis-authz/trellis/authz"
)

const reachPolicy = `
version: 1
name: reach
scopes:
  org: {attributes: {plan: string}}
  subtenant: {in: [org, subtenant]}
  workspace: {in: [org, subtenant], attributes: {visibility: string}}
areas:
  docs: {areas: {drafts: , final: }}
  members:
  billing: {at: org}
roles:
  self: {at: [org, subtenant, workspace], areas: {docs: edit}}
  joined: {at: [org, subtenant], reach: joined, areas: {docs: read, billing: read}}
  all: {at: [org, subtenant], reach: all, areas: {docs: read, docs.final: read}}
  mixed:
    at: org
    areas: {docs: read}
    grants:
      - {areas: {members: read}, reach: all}
      - {areas: {members: edit}, reach: joined}
  guest: {at: workspace, areas: {members: read}}
  heir: {at: org, inherits: all}
`

const reachDirectory = `
version: 1
scopes:
  org:a: {plan: team}
  org:b:
  org:a/subtenant:s:
  org:a/subtenant:s/subtenant:t:
  org:a/subtenant:s/subtenant:t/workspace:w: {visibility: private}
  org:a/workspace:v:
principals:
  self: {status: active, assignments: [{roles: self, in: "org:a"}]}
  joined: {status: active, assignments: [{roles: joined, in: "org:a"}]}
  joiner: {status: active, assignments: [{roles: joined, in: "org:a"}, {roles: guest, in: "org:a/workspace:v"}]}
  deep: {status: active, assignments: [{roles: joined, in: "org:a"}, {roles: guest, in: "org:a/subtenant:s/subtenant:t/workspace:w"}]}
  middle: {status: active, assignments: [{roles: joined, in: "org:a"}, {roles: all, in: "org:a/subtenant:s"}]}
  late: {status: active, assignments: [{roles: joined, in: "org:a"}, {roles: guest, in: "org:a/workspace:v", until: 2026-06-01T12:00:00Z}]}
  all: {status: active, assignments: [{roles: all, in: "org:a"}]}
  part: {status: active, assignments: [{roles: all, in: "org:a/subtenant:s"}]}
  mixed: {status: active, assignments: [{roles: mixed, in: "org:a"}]}
  mixedjoiner: {status: active, assignments: [{roles: mixed, in: "org:a"}, {roles: guest, in: "org:a/workspace:v", limit: {members: none}}]}
  heir: {status: active, assignments: [{roles: heir, in: "org:a"}]}
`

// Sentence 3: a grant covers s when t = s; or t is a proper ancestor of s and r reaches all; or it reaches joined and p
// also has an assignment at some scope strictly below t that is s or an ancestor of s.
func TestAGrantCoversWhatItsReachSays(t *testing.T) {
	const w = "org:a/subtenant:s/subtenant:t/workspace:w"
	checkAll(t, load(t, reachPolicy, reachDirectory), []fact{
		{"self", "docs:edit", "org:a", "granted edit"},
		{"self", "docs:read", "org:a/workspace:v", "no-grant none"},
		{"self", "docs:read", "org:b", "no-grant none"},

		{"joined", "docs:read", "org:a", "granted read"},
		{"joined", "docs:read", "org:a/workspace:v", "no-grant none"},
		{"joiner", "docs:read", "org:a/workspace:v", "granted read"},
		{"joiner", "docs:edit", "org:a/workspace:v", "level-too-low read"},
		{"joiner", "docs:read", w, "no-grant none"},
		{"deep", "docs:read", w, "granted read"},
		{"deep", "docs:read", "org:a/subtenant:s", "no-grant none"}, // the assignment is beneath it, not at or above it
		{"middle", "docs:read", w, "granted read"},
		{"late", "docs:read", "org:a/workspace:v", "no-grant none"}, // "in time"

		{"all", "docs:read", "org:a", "granted read"},
		{"all", "docs:read", w, "granted read"},
		{"all", "docs:read", "org:b", "no-grant none"},
		{"part", "docs:read", w, "granted read"},
		{"part", "docs:read", "org:a", "no-grant none"},
		{"part", "docs:read", "org:a/workspace:v", "no-grant none"},
		{"heir", "docs:read", "org:a", "granted read"},
		{"heir", "docs:read", "org:a/workspace:v", "no-grant none"}, // reach belongs to the role that was assigned
	})
}

// "A grant entry with a reach of its own is judged by that one."
func TestAGrantMayHaveAReachOfItsOwn(t *testing.T) {
	checkAll(t, load(t, reachPolicy, reachDirectory), []fact{
		{"mixed", "docs:read", "org:a", "granted read"},
		{"mixed", "docs:read", "org:a/workspace:v", "no-grant none"},
		{"mixed", "members:read", "org:a/workspace:v", "granted read"},
		{"mixed", "members:edit", "org:a/workspace:v", "level-too-low read"},
		{"mixed", "members:edit", "org:a", "granted edit"},
		{"mixedjoiner", "members:edit", "org:a/workspace:v", "granted edit"}, // an assignment joins, whatever is left of it
	})
}

// Sentence 9: held(area) is the least over the leaves beneath that exist at s; where none exists nothing is held.
func TestAnAreaStandsForEverythingBeneathItThatExists(t *testing.T) {
	const policy = `
version: 1
name: areas
scopes: {org: , workspace: {in: org}}
areas:
  a:
    areas:
      x:
      y: {at: org}
      z: {areas: {one: , two: {at: workspace}}}
  b: {at: org, areas: {one: }}
roles:
  r: {at: [org, workspace], areas: {a: edit, a.y: read, a.z.two: read, b: edit}}
  most: {at: [org, workspace], areas: {a: edit, a.z.one: none}}
`
	const directory = `
version: 1
scopes: {"org:o": , "org:o/workspace:w": }
principals:
  p: {status: active, assignments: [{roles: r, in: ["org:o", "org:o/workspace:w"]}]}
  q: {status: active, assignments: [{roles: most, in: "org:o"}]}
`
	checkAll(t, load(t, policy, directory), []fact{
		{"p", "a:read", "org:o", "granted read"},
		{"p", "a:edit", "org:o", "level-too-low read"},
		{"p", "a.x:edit", "org:o", "granted edit"},
		{"p", "a.z:edit", "org:o", "granted edit"}, // a.z.two does not exist there
		{"p", "a.z:edit", "org:o/workspace:w", "level-too-low read"},
		{"p", "a.z.two:read", "org:o", "wrong-scope-kind none"},
		{"p", "a.y:read", "org:o/workspace:w", "wrong-scope-kind none"},
		{"p", "b:edit", "org:o", "granted edit"},
		{"p", "b.one:edit", "org:o/workspace:w", "wrong-scope-kind none"},
		{"q", "a:read", "org:o", "level-too-low none"}, // something is granted there
		{"q", "a.z.one:read", "org:o", "no-grant none"},
	})
}

const requiresPolicy = `
version: 1
name: requires
scopes: {org: , workspace: {in: org}}
areas: {x: , y: , z: }
roles:
  member: {at: org, reach: joined, areas: {x: read}}
  full_member: {at: org, reach: joined, inherits: member}
  operator: {at: workspace, requires: member, areas: {y: edit}}
  chief: {at: workspace, inherits: operator, areas: {z: edit}}
  lead: {at: workspace, requires: operator, areas: {z: read}}
  outsider: {at: workspace, areas: {z: read}}
`

// Sentence 4: a grant whose role requires others counts only if for each of them p has a counted grant that covers s and
// whose role is, or inherits, the required one: the least set of grants for which this is so.
func TestARequirementIsACountedGrantThatCovers(t *testing.T) {
	const directory = `
version: 1
scopes: {"org:o": , "org:other": , "org:o/workspace:w": , "org:o/workspace:v": }
principals:
  alone: {status: active, assignments: [{roles: operator, in: "org:o/workspace:w"}]}
  both: {status: active, assignments: [{roles: operator, in: "org:o/workspace:w"}, {roles: member, in: "org:o"}]}
  heir: {status: active, assignments: [{roles: operator, in: "org:o/workspace:w"}, {roles: full_member, in: "org:o"}]}
  elsewhere: {status: active, assignments: [{roles: operator, in: "org:o/workspace:w"}, {roles: member, in: "org:other"}]}
  ended: {status: active, assignments: [{roles: operator, in: "org:o/workspace:w"}, {roles: member, in: "org:o", until: 2026-06-01T00:00:00Z}]}
  chief: {status: active, assignments: [{roles: chief, in: "org:o/workspace:w"}]}
  chiefmember: {status: active, assignments: [{roles: chief, in: "org:o/workspace:w"}, {roles: member, in: "org:o"}]}
  chain: {status: active, assignments: [{roles: lead, in: "org:o/workspace:w"}, {roles: operator, in: "org:o/workspace:w"}, {roles: member, in: "org:o"}]}
  broken: {status: active, assignments: [{roles: lead, in: "org:o/workspace:w"}, {roles: operator, in: "org:o/workspace:w"}]}
  beside: {status: active, assignments: [{roles: lead, in: "org:o/workspace:w"}, {roles: operator, in: "org:o/workspace:v"}, {roles: member, in: "org:o"}]}
`
	const w = "org:o/workspace:w"
	checkAll(t, load(t, requiresPolicy, directory), []fact{
		{"alone", "y:read", w, "no-grant none"},
		{"both", "y:edit", w, "granted edit"},
		{"heir", "y:edit", w, "granted edit"},
		{"elsewhere", "y:read", w, "no-grant none"},
		{"ended", "y:read", w, "no-grant none"},
		{"chief", "z:read", w, "no-grant none"}, // requires is inherited
		{"chiefmember", "z:edit", w, "granted edit"},
		{"chain", "z:read", w, "granted read"},
		{"broken", "z:read", w, "no-grant none"}, // operator does not count itself
		{"beside", "z:read", w, "no-grant none"}, // operator covers another workspace
	})
}

const boundaryPolicy = `
version: 1
name: boundaries
scopes: {org: , subtenant: {in: [org, subtenant]}, workspace: {in: [org, subtenant]}}
areas: {x: {areas: {one: , two: }}, y: }
roles:
  writer: {at: [org, subtenant, workspace], reach: all, areas: {x: edit, y: edit}}
  reader: {at: [org, subtenant, workspace], reach: all, areas: {x: read, y: read}}
  heir: {at: org, reach: all, inherits: writer}
boundaries:
  on_workspaces: {in: workspace, limit: {x.two: read}}
  in_a: {in: org, under: org:a, roles: writer, limit: {y: read}}
  in_s: {in: org:a/subtenant:s, limit: {x: none}}
  but_heirs: {in: subtenant, under: org:b, except: [heir, reader], limit: {x: none}}
`

const boundaryDirectory = `
version: 1
scopes:
  org:a:
  org:a/subtenant:s:
  org:a/subtenant:s/workspace:w:
  org:a/workspace:v:
  org:b:
  org:b/subtenant:s:
  org:b/subtenant:s/subtenant:t:
principals:
  writer: {status: active, assignments: [{roles: writer, in: ["org:a", "org:b"]}]}
  reader: {status: active, assignments: [{roles: reader, in: ["org:a", "org:b"]}]}
  both: {status: active, assignments: [{roles: [reader, writer], in: ["org:a", "org:b"]}]}
  heir: {status: active, assignments: [{roles: heir, in: ["org:a", "org:b"]}]}
`

// Sentences 6 and 7: a boundary lies on scopes of a kind or on one scope, at or beneath `under`; it applies to all
// beneath; one that selects roles limits what they contribute, as assigned, any other what is held.
func TestABoundaryLimitsWhatIsHeldWhereItLiesAndBeneath(t *testing.T) {
	checkAll(t, load(t, boundaryPolicy, boundaryDirectory), []fact{
		{"writer", "x.two:edit", "org:a", "granted edit"},
		{"writer", "x.two:edit", "org:a/workspace:v", "limited read"},
		{"writer", "x.one:edit", "org:a/workspace:v", "granted edit"},
		{"writer", "x:edit", "org:a/workspace:v", "limited read"},
		{"writer", "x.one:read", "org:a/subtenant:s", "limited none"},
		{"writer", "x.one:read", "org:a/subtenant:s/workspace:w", "limited none"}, // and all beneath
		{"writer", "x.one:read", "org:a", "granted edit"},

		{"writer", "y:edit", "org:a", "limited read"},
		{"writer", "y:edit", "org:b", "granted edit"}, // only at or beneath `under`
		{"reader", "y:edit", "org:a", "level-too-low read"},
		{"both", "y:edit", "org:a", "limited read"},
		{"heir", "y:edit", "org:a", "granted edit"}, // "as assigned": heir is not writer

		{"writer", "x:edit", "org:b/subtenant:s", "limited none"},
		{"reader", "x:read", "org:b/subtenant:s", "granted read"},
		{"both", "x:read", "org:b/subtenant:s", "granted read"}, // of both, the writer's part is limited
		{"both", "x:edit", "org:b/subtenant:s", "limited read"},
		{"heir", "x:edit", "org:b/subtenant:s", "granted edit"},
		{"writer", "x:edit", "org:b/subtenant:s/subtenant:t", "limited none"},
	})
}

const keyPolicy = `
version: 1
name: keys
scopes: {org: , workspace: {in: org}}
areas: {x: , y: }
roles:
  admin: {at: org, reach: all, areas: {x: edit, y: edit}}
  guest: {at: org, areas: {x: read}}
`

// Sentences 1 and 8: only an active principal holds anything; a key holds what its owner holds now, under its limit, in
// its scopes, until its end.
func TestAKeyHoldsWhatItsOwnerHoldsUnderItsOwnLimits(t *testing.T) {
	const directory = `
version: 1
scopes: {"org:o": , "org:o/workspace:w": , "org:o/workspace:v": , "org:p": }
groups:
  everyone: {assignments: [{roles: guest, in: "org:o"}]}
  authenticated: {assignments: [{roles: guest, in: "org:p"}]}
principals:
  ann: {status: active, assignments: [{roles: admin, in: "org:o"}]}
  lim: {status: active, assignments: [{roles: admin, in: "org:o"}], limit: {x: read}}
  inv: {status: invited, assignments: [{roles: admin, in: "org:o"}]}
  sus: {status: suspended, assignments: [{roles: admin, in: "org:o"}]}
  dea: {status: deactivated, assignments: [{roles: admin, in: "org:o"}]}
  bot: {kind: service, status: active, assignments: [{roles: admin, in: "org:o"}]}
  plain: {kind: key, status: active, owner: ann}
  limited: {kind: key, status: active, owner: ann, limit: {"*": read}}
  only: {kind: key, status: active, owner: ann, only: {y: edit}}
  oflim: {kind: key, status: active, owner: lim, limit: {y: read}}
  inw: {kind: key, status: active, owner: ann, in: "org:o/workspace:w"}
  ended: {kind: key, status: active, owner: ann, until: 2026-06-01T12:00:00Z}
  ends: {kind: key, status: active, owner: ann, until: 2026-06-01T12:00:00.000000001Z}
  far: {kind: key, status: active, owner: ann, until: 9999-12-31T23:59:59Z}
  orphan: {kind: key, status: active, owner: dea}
  off: {kind: key, status: suspended, owner: ann}
  botkey: {kind: key, status: active, owner: bot}
`
	checkAll(t, load(t, keyPolicy, directory), []fact{
		{"ann", "x:edit", "org:o", "granted edit"},
		{"inv", "x:read", "org:o", "inactive none"},
		{"sus", "x:read", "org:o", "inactive none"},
		{"dea", "x:read", "org:o", "inactive none"},
		{"bot", "x:edit", "org:o", "granted edit"},
		{"nobody", "x:read", "org:o", "unknown-principal none"},
		{"", "x:read", "org:o", "granted read"}, // the anonymous one holds what everyone is given
		{"", "x:edit", "org:o", "level-too-low read"},
		{"", "x:read", "org:p", "no-grant none"}, // and nothing of what the authenticated are given
		{"ann", "x:read", "org:p", "granted read"},
		{"inv", "x:read", "org:p", "inactive none"},
		{"plain", "x:edit", "org:o/workspace:w", "granted edit"},
		{"plain", "x:read", "org:p", "granted read"},
		{"limited", "x:read", "org:o", "granted read"},
		{"limited", "x:edit", "org:o", "limited read"},
		{"only", "y:edit", "org:o", "granted edit"},
		{"only", "x:read", "org:o", "limited none"},
		{"lim", "x:edit", "org:o", "limited read"},
		{"oflim", "x:edit", "org:o", "limited read"},
		{"oflim", "y:edit", "org:o", "limited read"},
		{"inw", "x:edit", "org:o/workspace:w", "granted edit"},
		{"inw", "x:edit", "org:o/workspace:v", "outside-key none"},
		{"inw", "x:edit", "org:o", "outside-key none"},
		{"ended", "x:read", "org:o", "expired none"}, // until is exclusive
		{"ends", "x:read", "org:o", "granted edit"},
		{"far", "x:read", "org:o", "granted edit"},
		{"orphan", "x:read", "org:o", "inactive none"},
		{"off", "x:read", "org:o", "inactive none"},
		{"botkey", "x:edit", "org:o", "granted edit"},
	})
}

// Sentence 2: grants are the assignments of p and of its groups (and theirs), profiles expanded, those outside their
// time dropped, λ being profile limit ∧ assignment limit. `from` is inclusive, `until` exclusive.
func TestGrantsComeFromAssignmentsGroupsAndProfilesInTime(t *testing.T) {
	const policy = `
version: 1
name: grants
scopes: {org: }
areas: {x: , y: }
roles:
  a: {at: org, areas: {x: edit}}
  b: {at: org, areas: {y: edit}}
profiles:
  both: {roles: [a, b], limit: {x: read}}
  onlyx: {roles: [a, b], only: {x: edit}}
`
	const directory = `
version: 1
scopes: {"org:1": , "org:2": }
groups:
  staff: {assignments: [{roles: a, in: "org:1"}]}
  engineers: {groups: staff}
  oncall: {groups: [engineers], assignments: [{roles: b, in: "org:1", limit: {y: read}}]}
principals:
  direct: {status: active, assignments: [{roles: [a, b], in: ["org:1", "org:2"]}]}
  profile: {status: active, assignments: [{profiles: both, in: "org:1"}]}
  only: {status: active, assignments: [{profiles: onlyx, in: "org:1"}]}
  lower: {status: active, assignments: [{profiles: both, in: "org:1", limit: {y: none}}]}
  join: {status: active, assignments: [{profiles: both, in: "org:1"}, {roles: a, in: "org:1"}]}
  nested: {status: active, groups: oncall}
  twice: {status: active, groups: [oncall, staff]}
  begins: {status: active, assignments: [{roles: a, in: "org:1", from: 2026-06-01T12:00:00Z}]}
  later: {status: active, assignments: [{roles: a, in: "org:1", from: 2026-06-01T12:00:00.000000001Z}]}
  ends: {status: active, assignments: [{roles: a, in: "org:1", until: 2026-06-01T12:00:00.000000001Z}]}
  ended: {status: active, assignments: [{roles: a, in: "org:1", until: 2026-06-01T12:00:00Z}]}
  zoned: {status: active, assignments: [{roles: a, in: "org:1", until: 2026-06-01T14:00:00+02:00}]}
  past: {status: active, assignments: [{roles: a, in: "org:1", from: 0001-01-01T00:00:00.000000001Z, until: 9999-12-31T23:59:59Z}]}
`
	checkAll(t, load(t, policy, directory), []fact{
		{"direct", "x:edit", "org:2", "granted edit"},
		{"direct", "y:edit", "org:1", "granted edit"},
		{"profile", "x:edit", "org:1", "level-too-low read"}, // a limit on the assignment is no limit of the person's own
		{"profile", "y:edit", "org:1", "granted edit"},
		{"profile", "x:read", "org:2", "no-grant none"},
		{"only", "x:edit", "org:1", "granted edit"},
		{"only", "y:read", "org:1", "no-grant none"},
		{"lower", "x:read", "org:1", "granted read"},
		{"lower", "y:read", "org:1", "no-grant none"},
		{"join", "x:edit", "org:1", "granted edit"},
		{"nested", "x:edit", "org:1", "granted edit"},
		{"nested", "y:edit", "org:1", "level-too-low read"},
		{"twice", "x:edit", "org:1", "granted edit"},
		{"begins", "x:edit", "org:1", "granted edit"},
		{"later", "x:edit", "org:1", "no-grant none"},
		{"ends", "x:edit", "org:1", "granted edit"},
		{"ended", "x:edit", "org:1", "no-grant none"},
		{"zoned", "x:edit", "org:1", "no-grant none"},
		{"past", "x:edit", "org:1", "granted edit"},
	})
}

// "unknown principal, scope, area, level or action at check time: denied, with a reason that says which"
func TestWhatIsUnknownIsDeniedWithAReasonThatSaysWhich(t *testing.T) {
	e := load(t, reachPolicy, reachDirectory)
	checkAll(t, e, []fact{
		{"all", "", "org:a", "invalid-request none"},
		{"all", "docs:read", "", "invalid-request none"},
		{"all", "docs:none", "org:a", "invalid-request none"},
		{"all", "docs", "org:a", "unknown-permission none"},
		{"all", "doc:read", "org:a", "unknown-permission none"},
		{"all", "docs:write", "org:a", "unknown-permission none"},
		{"all", "docs.cancel", "org:a", "unknown-permission none"},
		{"who", "docs:read", "org:a", "unknown-principal none"},
		{"who", "docs:write", "org:a", "unknown-permission none"}, // the first that is so
		{"who", "docs:read", "org:zzz", "unknown-principal none"},
		{"all", "docs:read", "org:zzz", "unknown-scope none"},
		{"all", "docs:read", "org:A", "unknown-scope none"}, // equal only if their bytes are
		{"all", "docs:read", "org:a/workspace:zzz", "unknown-scope none"},
		{"all", "docs:read", "team:a", "unknown-scope none"},
		{"all", "docs:read", "org:a/org:b", "unknown-scope none"},
		{"all", "docs:read", "workspace:v", "unknown-scope none"},
		{"all", "docs:read", "org:a/", "invalid-request none"},
		{"all", "docs:read", "a", "invalid-request none"},
		{"all", "docs:read", "org:a//workspace:v", "invalid-request none"},
		{"all", "docs:read", "org:a/../org:b", "invalid-request none"},
		{"who", "billing:read", "org:a/workspace:v", "unknown-principal none"},
		{"all", "billing:read", "org:a/workspace:v", "wrong-scope-kind none"},
	})
}

// "A scope is known when the directory lists it, or when its nearest listed ancestor is followed by scopes whose
// attributes (perhaps none) the request brings" — "A request may not restate what the directory lists"
func TestARequestMayBringScopesTheDirectoryDoesNotList(t *testing.T) {
	e := load(t, reachPolicy, reachDirectory)
	type scopes = map[string]authz.Attributes
	for _, c := range []struct {
		fact
		scopes scopes
	}{
		{fact{"all", "docs:read", "org:a/workspace:new", "granted read"}, scopes{"org:a/workspace:new": {}}},
		{fact{"all", "docs:read", "org:a/workspace:new", "granted read"}, scopes{"org:a/workspace:new": {"visibility": "open"}}},
		{fact{"all", "docs:read", "org:a/subtenant:n/workspace:new", "granted read"}, scopes{"org:a/subtenant:n": nil, "org:a/subtenant:n/workspace:new": nil}},
		{fact{"all", "docs:read", "org:a/subtenant:n/workspace:new", "unknown-scope none"}, scopes{"org:a/subtenant:n/workspace:new": {}}},
		{fact{"all", "docs:read", "org:new", "unknown-scope none"}, scopes{"org:new": {}}}, // nothing listed is above it
		{fact{"all", "docs:read", "org:a", "invalid-request none"}, scopes{"org:a": {"plan": "enterprise"}}},
		{fact{"all", "docs:read", "org:a", "invalid-request none"}, scopes{"org:a": nil}},
		{fact{"all", "docs:read", "org:a/workspace:v", "invalid-request none"}, scopes{"org:a": nil}},
		{fact{"all", "docs:read", "org:a/workspace:new", "invalid-request none"}, scopes{"org:a/workspace:new": {"colour": "red"}}},
		{fact{"all", "docs:read", "org:a/workspace:new", "invalid-request none"}, scopes{"org:a/workspace:new": {"visibility": 3}}},
		{fact{"all", "docs:read", "org:a", "invalid-request none"}, scopes{"nonsense": {}}},
	} {
		c.check(t, e, authz.Facts{Scopes: c.scopes})
	}
}

func TestTimeComesInWithTheRequest(t *testing.T) {
	e := load(t, keyPolicy, `
version: 1
scopes: {"org:o": }
principals:
  p: {status: active, assignments: [{roles: admin, in: "org:o", from: 2026-01-01T00:00:00Z, until: 2027-01-01T00:00:00Z}]}
`)
	for at, want := range map[string]string{
		"2025-12-31T23:59:59.999999999Z": "no-grant none",
		"2026-01-01T00:00:00Z":           "granted edit",
		"2026-12-31T23:59:59.999999999Z": "granted edit",
		"2027-01-01T00:00:00Z":           "no-grant none",
		"2027-01-01T00:30:00+01:00":      "granted edit",
	} {
		now, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			t.Fatal(err)
		}
		fact{"p", "x:edit", "org:o", want}.check(t, e, authz.Facts{Time: now})
	}
	fact{"p", "x:edit", "org:o", "granted edit"}.check(t, e, authz.Facts{}) // the clock stands at noon
	fact{"p", "x:edit", "org:o", "invalid-request none"}.check(t, e, authz.Facts{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)})
}

// "Without a directory the request brings the principal too, and every well-formed path is known."
func TestWithoutADirectoryEveryWellFormedPathIsKnown(t *testing.T) {
	e := load(t, reachPolicy, "")
	alice, err := e.Bind(authz.Principal{ID: "alice", Status: authz.Active, Assignments: []authz.Assignment{
		{Roles: []string{"all"}, In: []string{"org:a"}},
		{Roles: []string{"guest"}, In: []string{"org:z/workspace:w"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		permission, in string
		want           bool
	}{
		{"docs:read", "org:a/subtenant:any/workspace:thing", true},
		{"docs:read", "org:b", false},
		{"members:read", "org:z/workspace:w", true},
		{"members:read", "org:z", false},
		{"docs:read", "org:a/org:b", false},
	} {
		if got := alice.Can(c.permission, c.in); got != c.want {
			t.Errorf("alice can %s in %s: %t", c.permission, c.in, got)
		}
	}
	if d := e.As("bob").Check(context.Background(), authz.Request{Permission: "docs:read", Scope: "org:a"}); d.Reason != authz.UnknownPrincipal {
		t.Error(d)
	}
}
