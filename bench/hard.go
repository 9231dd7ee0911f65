package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// The hard workload has what products grow into: subtenants that nest, profiles, groups in groups, limits on assignments
// and on people, keys that hold what their owners hold, assignments that end, boundaries with conditions and without, and
// roles that count only where one has joined. A request asks for a leaf or for a whole area.
//
// Who takes part: this library, two floors written by hand for this very policy, and OPA, whose language can say all of
// it. Who does not, since it would not be an honest comparison:
//
//   - cedar-go has no levels to join and to meet. A limit on an assignment could be told only by writing out each limited
//     role as a role of its own, and a question about an area only as one question for each leaf: the application would
//     decide, and Cedar look up.
//   - Casbin: the same, and a boundary would be a clause of the one matcher, asked for every rule.
//   - OpenFGA has no meet, but for "but not" between relations: each pair of limit and role would be a relation.
//   - Cerbos keeps no directory: the caller would bring the assignments, expanded, and the policy would be one CEL
//     comprehension over them.
type hard struct {
	scopes, members int

	kind    []uint8 // of a scope
	parent  []int32
	gated   []bool  // an organisation whose plan is "free"
	private []bool  // a workspace that is private
	belongs []uint8 // the department of a workspace

	roles    []hardRole
	profiles []hardProfile
	groups   []hardGroup
	people   []hardPerson
	nodes    []node // areas, those with sub-areas included
}

const (
	kindOrg uint8 = iota
	kindSubtenant
	kindWorkspace
)

const (
	reachSelf uint8 = iota
	reachJoined
	reachAll
)

type node struct {
	name   string
	lo, hi int // its leaves
}

type hardRole struct {
	name        string
	at, reach   uint8
	always, may []uint8 // may: where the departments agree
}

type hardProfile struct {
	name        string
	role, limit int32
}

type hardGroup struct {
	in    []int32 // the groups whose member it is: of smaller numbers
	given []hardGiven
}

// hardGiven is a role or, where that is none, a profile in a scope.
type hardGiven struct {
	role, profile int32
	scope, limit  int32
	until         int64 // seconds; 0: for good
}

type hardPerson struct {
	active bool
	mfa    bool
	belong uint8
	groups []int32
	given  []hardGiven
	limit  int32
	owner  int32 // of a key; -1 for people
	in     []int32
}

// Limits, by number: what policy, assignments and people name.
type hardLimit struct {
	only  bool
	areas map[string]uint8
	row   []uint8
}

const (
	limitNone int32 = iota
	limitRead
	limitModels
	limitDeletion
	limitOnly
	limitPlan
	limitFrozen
	limitMFA
)

var hardLimits = []hardLimit{
	limitNone:     {},
	limitRead:     {areas: map[string]uint8{"*": read}},
	limitModels:   {areas: map[string]uint8{"models": none, "data": read}},
	limitDeletion: {areas: map[string]uint8{"deletion": none, "billing": none}},
	limitOnly:     {only: true, areas: map[string]uint8{"analytics": edit, "documents": edit, "search": read}},
	limitPlan:     {areas: map[string]uint8{"models": none, "integrations": read}},
	limitFrozen:   {areas: map[string]uint8{"deletion": none, "billing": read}},
	limitMFA:      {areas: map[string]uint8{"security": read, "members": read, "deletion": none}},
}

func init() {
	for i, l := range hardLimits {
		otherwise := edit
		if l.only {
			otherwise = none
		}
		if level, ok := l.areas["*"]; ok {
			otherwise = level
		}
		gives := map[string]uint8{}
		for _, a := range productAreas() {
			gives[a.name] = otherwise
		}
		for area, level := range l.areas {
			gives[area] = level
		}
		hardLimits[i].row = row(gives)
	}
}

const (
	roleOrgAdmin int32 = iota
	roleMember
	roleTenantAdmin
	roleViewer
	roleCollaborator
	roleAdmin
)

// hardNow is when every request of the hard workload is made.
var hardNow = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func newHard(members int) *hard {
	rnd := rand.New(rand.NewPCG(11, uint64(members)))
	h := &hard{members: members}
	leaf := 0
	for _, a := range productAreas() {
		h.nodes = append(h.nodes, node{a.name, leaf, leaf + max(len(a.subs), 1)})
		for i, sub := range a.subs {
			h.nodes = append(h.nodes, node{a.name + "." + sub, leaf + i, leaf + i + 1})
		}
		leaf += max(len(a.subs), 1)
	}

	everything := slices.Repeat([]uint8{edit}, len(leafNames))
	may := row(collaboratorGives)
	always := slices.Clone(may)
	for i := range always {
		always[i] = min(always[i], read)
	}
	h.roles = []hardRole{
		roleOrgAdmin:     {"org_admin", kindOrg, reachAll, everything, nil},
		roleMember:       {"member", kindOrg, reachJoined, row(map[string]uint8{"analytics": read, "documents": read, "search": read, "notifications": edit, "settings": read}), nil},
		roleTenantAdmin:  {"tenant_admin", kindSubtenant, reachAll, row(adminGives), nil},
		roleViewer:       {"viewer", kindWorkspace, reachSelf, row(viewerGives), nil},
		roleCollaborator: {"collaborator", kindWorkspace, reachSelf, always, may},
		roleAdmin:        {"admin", kindWorkspace, reachSelf, row(adminGives), nil},
	}
	h.profiles = []hardProfile{{"contractor", roleCollaborator, limitModels}, {"auditor", roleTenantAdmin, limitRead}, {"analyst", roleMember, limitOnly}}

	// Organisations, in each a few subtenants that nest up to three deep, and workspaces in all of them.
	orgs := max(members/1000, 2)
	var orgScopes [][]int32 // of an organisation, itself included
	add := func(kind uint8, parent int32, org int) int32 {
		h.kind, h.parent = append(h.kind, kind), append(h.parent, parent)
		h.gated = append(h.gated, kind == kindOrg && rnd.IntN(2) == 0)
		h.private = append(h.private, kind == kindWorkspace && rnd.IntN(3) == 0)
		h.belongs = append(h.belongs, uint8(rnd.IntN(departments)))
		s := int32(len(h.kind) - 1)
		orgScopes[org] = append(orgScopes[org], s)
		return s
	}
	for org := range orgs {
		orgScopes = append(orgScopes, nil)
		above := []int32{add(kindOrg, -1, org)}
		for range 9 {
			parent := above[rnd.IntN(len(above))]
			if h.depth(parent) < 4 {
				above = append(above, add(kindSubtenant, parent, org))
			}
		}
		for range max(members/orgs/10, 5) {
			add(kindWorkspace, above[rnd.IntN(len(above))], org)
		}
	}
	h.scopes = len(h.kind)

	of := func(org int, kind uint8) int32 {
		for {
			if s := orgScopes[org][rnd.IntN(len(orgScopes[org]))]; h.kind[s] == kind {
				return s
			}
		}
	}
	give := func(org int) hardGiven {
		g := hardGiven{role: -1, profile: -1}
		switch draw := rnd.IntN(100); {
		case draw < 2:
			g.role = roleOrgAdmin
		case draw < 17:
			g.role = roleMember
		case draw < 25:
			g.role = roleTenantAdmin
		case draw < 40:
			g.role = roleViewer
		case draw < 65:
			g.role = roleCollaborator
		case draw < 80:
			g.role = roleAdmin
		default:
			g.profile = int32(rnd.IntN(len(h.profiles)))
		}
		role := g.role
		if role < 0 {
			role = h.profiles[g.profile].role
		}
		g.scope = of(org, h.roles[role].at)
		if rnd.IntN(100) < 15 {
			g.limit = limitRead + int32(rnd.IntN(2))
		}
		if draw := rnd.IntN(100); draw < 5 {
			g.until = hardNow.Add(-time.Hour).Unix()
		} else if draw < 15 {
			g.until = hardNow.Add(24 * 365 * time.Hour).Unix()
		}
		return g
	}
	groupsOf := make([][]int32, orgs)
	for org := range orgs {
		for range 20 {
			g := hardGroup{given: []hardGiven{give(org)}}
			if n := len(groupsOf[org]); n > 0 && rnd.IntN(100) < 60 {
				g.in = []int32{groupsOf[org][rnd.IntN(n)]}
			}
			groupsOf[org] = append(groupsOf[org], int32(len(h.groups)))
			h.groups = append(h.groups, g)
		}
	}
	orgOf := make([]int, members)
	for m := range members {
		p := hardPerson{active: rnd.IntN(100) < 97, mfa: rnd.IntN(100) < 70, belong: uint8(rnd.IntN(departments)), owner: -1}
		org := rnd.IntN(orgs)
		if m > 20 && rnd.IntN(100) < 5 {
			p.owner = int32(rnd.IntN(m))
			for h.people[p.owner].owner >= 0 {
				p.owner--
			}
			org = orgOf[p.owner]
			p.limit = []int32{limitNone, limitRead, limitModels}[rnd.IntN(3)]
			for range rnd.IntN(3) {
				if s := orgScopes[org][rnd.IntN(len(orgScopes[org]))]; !slices.Contains(p.in, s) {
					p.in = append(p.in, s)
				}
			}
		} else {
			p.groups = []int32{groupsOf[org][rnd.IntN(20)]}
			for range 3 {
				if g := give(org); !slices.ContainsFunc(p.given, func(o hardGiven) bool {
					return o.scope == g.scope && o.role == g.role && o.profile == g.profile
				}) {
					p.given = append(p.given, g)
				}
			}
			if rnd.IntN(100) < 10 {
				p.limit = []int32{limitRead, limitDeletion}[rnd.IntN(2)]
			}
		}
		orgOf[m] = org
		h.people = append(h.people, p)
	}
	return h
}

func (h *hard) depth(s int32) (depth int) {
	for ; s >= 0; s = h.parent[s] {
		depth++
	}
	return depth
}

// above reports whether t is s or an ancestor of it.
func (h *hard) above(t, s int32) bool {
	for ; s >= 0; s = h.parent[s] {
		if s == t {
			return true
		}
	}
	return false
}

// hardGrant is a role in a scope under the limits of profile and assignment.
type hardGrant struct {
	role, scope     int32
	profile, assign int32 // limits
	until           int64
}

// grants are those of a person and its groups, profiles expanded.
func (h *hard) grants(p *hardPerson) (all []hardGrant) {
	add := func(given []hardGiven) {
		for _, g := range given {
			grant := hardGrant{role: g.role, scope: g.scope, assign: g.limit, until: g.until}
			if g.role < 0 {
				grant.role, grant.profile = h.profiles[g.profile].role, h.profiles[g.profile].limit
			}
			all = append(all, grant)
		}
	}
	add(p.given)
	seen := map[int32]bool{}
	var visit func(groups []int32)
	visit = func(groups []int32) {
		for _, g := range groups {
			if !seen[g] {
				seen[g] = true
				add(h.groups[g].given)
				visit(h.groups[g].in)
			}
		}
	}
	visit(p.groups)
	return all
}

// allowed is the decision in the plainest words, in the order in which the meaning is written.
func (h *hard) allowed(r request) bool {
	key := &h.people[r.member]
	owner := key
	if key.owner >= 0 {
		owner = &h.people[key.owner]
		if len(key.in) > 0 && !slices.ContainsFunc(key.in, func(t int32) bool { return h.above(t, r.scope) }) {
			return false
		}
	}
	if !key.active || !owner.active {
		return false
	}
	grants := slices.DeleteFunc(h.grants(owner), func(g hardGrant) bool { return g.until != 0 && g.until <= hardNow.Unix() })
	for leaf := h.nodes[r.leaf].lo; leaf < h.nodes[r.leaf].hi; leaf++ {
		level := none
		for _, g := range grants {
			if !h.covers(grants, g, r.scope) {
				continue
			}
			role := h.roles[g.role]
			gives := role.always[leaf]
			if role.may != nil && h.belongs[r.scope] == owner.belong { // assigned at workspaces alone, and holding there
				gives = role.may[leaf]
			}
			gives = min(gives, hardLimits[g.profile].row[leaf], hardLimits[g.assign].row[leaf])
			if g.role == roleTenantAdmin && h.private[r.scope] {
				gives = min(gives, read)
			}
			level = max(level, gives)
		}
		level = min(level, hardLimits[key.limit].row[leaf], hardLimits[owner.limit].row[leaf])
		for _, limit := range h.boundaries(r.scope) {
			level = min(level, hardLimits[limit].row[leaf])
		}
		if !owner.mfa {
			level = min(level, hardLimits[limitMFA].row[leaf])
		}
		if level < r.level {
			return false
		}
	}
	return true
}

func (h *hard) covers(grants []hardGrant, g hardGrant, s int32) bool {
	if g.scope == s {
		return true
	}
	if !h.above(g.scope, s) {
		return false
	}
	switch h.roles[g.role].reach {
	case reachAll:
		return true
	case reachJoined:
		return slices.ContainsFunc(grants, func(o hardGrant) bool {
			return o.scope != g.scope && h.above(g.scope, o.scope) && h.above(o.scope, s)
		})
	}
	return false
}

// boundaries are the limits that lie on the path for everybody: free plans, and subtenants of the first organisation.
func (h *hard) boundaries(s int32) (limits []int32) {
	for ; s >= 0; s = h.parent[s] {
		if h.gated[s] {
			limits = append(limits, limitPlan)
		}
		if h.kind[s] == kindSubtenant && h.above(0, s) {
			limits = append(limits, limitFrozen)
		}
	}
	slices.Sort(limits)
	return slices.Compact(limits)
}

// requests asks mostly where one holds something, or beneath.
func (h *hard) requests(n int, seed uint64) []request {
	rnd := rand.New(rand.NewPCG(seed, 3))
	beneath := make([][]int32, h.scopes)
	for s := range int32(h.scopes) {
		if h.parent[s] >= 0 {
			beneath[h.parent[s]] = append(beneath[h.parent[s]], s)
		}
	}
	requests := make([]request, n)
	for i := range requests {
		m := int32(rnd.IntN(h.members))
		who := &h.people[m]
		if who.owner >= 0 {
			who = &h.people[who.owner]
		}
		scope := int32(rnd.IntN(h.scopes))
		if grants := h.grants(who); rnd.IntN(100) < 88 {
			scope = grants[rnd.IntN(len(grants))].scope
			for len(beneath[scope]) > 0 && rnd.IntN(100) < 80 {
				scope = beneath[scope][rnd.IntN(len(beneath[scope]))]
			}
		}
		level := read
		if rnd.IntN(100) < 25 {
			level = edit
		}
		requests[i] = request{m, int32(rnd.IntN(len(h.nodes))), level, scope}
	}
	return requests
}

func (h *hard) path(s int32) string {
	step := [...]string{"org:acme-", "subtenant:st-", "workspace:ws-"}[h.kind[s]] + digits(int(s), 5)
	if h.parent[s] >= 0 {
		return h.path(h.parent[s]) + "/" + step
	}
	return step
}

func (h *hard) memberID(m int32) string { return "user-" + digits(int(m), 7) }

func (h *hard) words(r request) asking {
	return asking{h.memberID(r.member), h.nodes[r.leaf].name + ":" + levelNames[r.level], h.path(r.scope)}
}

func (h *hard) String() string {
	subtenants := 0
	for _, kind := range h.kind {
		if kind == kindSubtenant {
			subtenants++
		}
	}
	return fmt.Sprintf("%s members (one in twenty a key), %s scopes (%d subtenants), %d groups, 6 roles, 3 profiles, 4 boundaries", thousands(h.members), thousands(h.scopes), subtenants, len(h.groups))
}
