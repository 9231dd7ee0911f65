package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A workload is a product's directory and policy as numbers, the same for every engine: who holds which role where, and
// what the roles give. Engines take it in their own words, and make every id anew, as if each had read it from its own
// database: so the heap that is measured holds the ids, and no engine is helped by another's strings.
type workload struct {
	size
	conditional bool // what workspace roles may edit, they may edit where principal and workspace share a department

	areas []area
	roles []role

	parent     []int32 // of a scope: organisations come first and have none (-1), then workspaces
	department []uint8 // of a scope

	first  []uint32 // of a member: where its assignments start; one more at the end
	given  []assignment
	belong []uint8 // of a member: its department
}

// A size says how much of what there is.
type size struct {
	members, workspaces, orgs, roles int
}

func (s size) String() string {
	return fmt.Sprintf("%s members, %s workspaces, %s, %d roles", thousands(s.members), thousands(s.workspaces), count(s.orgs, "organisation"), s.roles)
}

// sizeOf is the usual shape for so many members: a workspace for ten of them, an organisation for a hundred workspaces.
func sizeOf(members int) size {
	workspaces := min(max(members/10, 10), 10_000)
	return size{members: members, workspaces: workspaces, orgs: max(workspaces/100, 1), roles: 4}
}

type area struct {
	name string
	subs []string
}

// role is what it gives in every leaf: without a condition, and where the departments agree. Levels are 0 none, 1 read,
// 2 edit. A role is assigned in workspaces and holds there, but for those of organisations, which hold in all beneath.
type role struct {
	name        string
	org         bool
	always, may []uint8
}

type assignment struct {
	role  int32
	scope int32
}

// A request asks for a level in a leaf: by numbers here, which each engine words for itself.
type request struct {
	member int32
	leaf   int32
	level  uint8
	scope  int32
}

var levelNames = []string{"none", "read", "edit"}

const (
	none uint8 = iota
	read
	edit
)

// Fourteen areas, of which ten have three sub-areas each: thirty sub-areas, and thirty-four leaves, which are asked for.
func productAreas() []area {
	return []area{
		{"analytics", []string{"dashboards", "reports", "exports"}},
		{"projects", []string{"boards", "tasks", "timeline"}},
		{"documents", []string{"drafts", "published", "templates"}},
		{"models", []string{"training", "evaluation", "deployment"}},
		{"data", []string{"sources", "pipelines", "quality"}},
		{"support", []string{"tickets", "knowledge", "chats"}},
		{"integrations", []string{"webhooks", "connectors", "tokens"}},
		{"members", []string{"invitations", "access", "directory"}},
		{"security", []string{"sessions", "audit_log", "policies"}},
		{"billing", []string{"invoices", "subscriptions", "payment_methods"}},
		{"search", nil}, {"notifications", nil}, {"settings", nil}, {"deletion", nil},
	}
}

func leavesOf(areas []area) (leaves []string) {
	for _, a := range areas {
		if a.subs == nil {
			leaves = append(leaves, a.name)
		}
		for _, sub := range a.subs {
			leaves = append(leaves, a.name+"."+sub)
		}
	}
	return leaves
}

var leafNames = leavesOf(productAreas())

// What the roles give: by area, then by leaf where it differs.
var (
	viewerGives = map[string]uint8{
		"analytics": read, "projects": read, "documents": read, "models": read, "data": read, "support": read,
		"integrations": read, "integrations.tokens": none, "search": read, "notifications": read,
	}
	collaboratorGives = map[string]uint8{
		"analytics": edit, "analytics.exports": read, "projects": edit, "documents": edit, "models": edit,
		"models.deployment": read, "data": edit, "support": edit, "integrations": read, "integrations.tokens": none,
		"members.directory": read, "search": edit, "notifications": edit, "settings": read,
	}
	adminGives = map[string]uint8{
		"analytics": edit, "projects": edit, "documents": edit, "models": edit, "data": edit, "support": edit,
		"integrations": edit, "members": edit, "security": edit, "security.policies": read, "billing": none,
		"billing.invoices": read, "search": edit, "notifications": edit, "settings": edit,
	}
)

func row(gives map[string]uint8) []uint8 {
	levels := make([]uint8, len(leafNames))
	for i, leaf := range leafNames {
		level, ok := gives[leaf]
		if !ok {
			above, _, _ := strings.Cut(leaf, ".")
			level = gives[above]
		}
		levels[i] = level
	}
	return levels
}

const departments = 4

var departmentNames = [departments]string{"engineering", "research", "marketing", "operations"}

func newWorkload(s size, conditional bool) *workload {
	rnd := rand.New(rand.NewPCG(4, uint64(s.members)))
	w := &workload{size: s, conditional: conditional, areas: productAreas()}

	everything := make([]uint8, len(leafNames))
	for i := range everything {
		everything[i] = edit
	}
	w.roles = []role{
		{name: "org_admin", org: true, always: everything},
		{name: "viewer", always: row(viewerGives)},
		{name: "collaborator", always: row(collaboratorGives)},
		{name: "admin", always: row(adminGives)},
	}
	for len(w.roles) < s.roles { // more roles are the workspace's own ones with some leaves taken down
		base := w.roles[1+rnd.IntN(3)]
		levels := append([]uint8(nil), base.always...)
		for range 1 + rnd.IntN(8) {
			leaf := rnd.IntN(len(levels))
			levels[leaf] = uint8(rnd.IntN(int(levels[leaf]) + 1))
		}
		w.roles = append(w.roles, role{name: fmt.Sprintf("%s_%d", base.name, len(w.roles)), always: levels})
	}
	if conditional {
		for i := range w.roles[1:] {
			r := &w.roles[1+i]
			r.may = r.always
			r.always = append([]uint8(nil), r.may...)
			for leaf, level := range r.always {
				r.always[leaf] = min(level, read)
			}
		}
	}

	for range s.orgs {
		w.parent = append(w.parent, -1)
		w.department = append(w.department, 0)
	}
	for i := range s.workspaces {
		w.parent = append(w.parent, int32(i%s.orgs))
		w.department = append(w.department, uint8(rnd.IntN(departments)))
	}
	w.given = make([]assignment, 0, s.members*5)
	w.first = make([]uint32, 0, s.members+1)
	w.belong = make([]uint8, 0, s.members)
	for range s.members {
		w.first = append(w.first, uint32(len(w.given)))
		org := int32(rnd.IntN(s.orgs))
		dept := uint8(rnd.IntN(departments))
		w.belong = append(w.belong, dept)
		start := len(w.given)
		if rnd.IntN(100) < 3 {
			w.given = append(w.given, assignment{0, org})
		}
		for want := start + 5; len(w.given) < want; {
			// Half of the workspaces are of the member's own department, so that conditions hold half of the time.
			scope, own := w.workspaceOf(org, rnd), rnd.IntN(100) < 38
			for try := 0; own && w.department[scope] != dept && try < 20; try++ {
				scope = w.workspaceOf(org, rnd)
			}
			if !holdsIn(w.given[start:], scope) {
				w.given = append(w.given, assignment{int32(1 + rnd.IntN(len(w.roles)-1)), scope})
			}
		}
	}
	w.first = append(w.first, uint32(len(w.given)))
	return w
}

func holdsIn(given []assignment, scope int32) bool {
	for _, a := range given {
		if a.scope == scope {
			return true
		}
	}
	return false
}

// workspaceOf draws a workspace of an organisation.
func (w *workload) workspaceOf(org int32, rnd *rand.Rand) int32 {
	per := w.workspaces / w.orgs
	return int32(w.orgs) + int32(rnd.IntN(per))*int32(w.orgs) + org
}

func (w *workload) of(member int32) []assignment {
	return w.given[w.first[member]:w.first[member+1]]
}

func (w *workload) orgOf(member int32) int32 {
	scope := w.of(member)[0].scope
	if org := w.parent[scope]; org >= 0 {
		return org
	}
	return scope
}

// mixed draws the requests of an ordinary day: mostly in a workspace of one's own, some elsewhere in the organisation,
// a few in others' or in the organisation itself. About half of them are allowed.
func (w *workload) mixed(n int, seed uint64) []request {
	rnd := rand.New(rand.NewPCG(seed, 1))
	requests := make([]request, n)
	for i := range requests {
		m := int32(rnd.IntN(w.members))
		given := w.of(m)
		var scope int32
		switch draw := rnd.IntN(100); {
		case draw < 72:
			if scope = given[rnd.IntN(len(given))].scope; w.parent[scope] < 0 {
				scope = w.workspaceOf(scope, rnd)
			}
		case draw < 86:
			scope = w.workspaceOf(w.orgOf(m), rnd)
		case draw < 94:
			scope = w.workspaceOf(int32(rnd.IntN(w.orgs)), rnd)
		default:
			scope = w.orgOf(m)
		}
		level := read
		if rnd.IntN(100) < 35 {
			level = edit
		}
		requests[i] = request{m, int32(rnd.IntN(len(leafNames))), level, scope}
	}
	return requests
}

// asked draws requests that hang on the condition: to edit what a role of the member's may, where it is assigned. Half
// of them are allowed with the condition, and all of them without.
func (w *workload) asked(n int, seed uint64) []request {
	rnd := rand.New(rand.NewPCG(seed, 2))
	requests := make([]request, 0, n)
	for len(requests) < n {
		m := int32(rnd.IntN(w.members))
		given := w.of(m)
		a := given[rnd.IntN(len(given))]
		if w.roles[given[0].role].org {
			continue
		}
		gives := w.roles[a.role].always
		if w.conditional {
			gives = w.roles[a.role].may
		}
		if leaf := rnd.IntN(len(gives)); gives[leaf] == edit {
			requests = append(requests, request{m, int32(leaf), edit, a.scope})
		}
	}
	return requests
}

// allowed is the decision in the plainest words, which every engine is held to.
func (w *workload) allowed(r request) bool {
	for _, a := range w.of(r.member) {
		role := w.roles[a.role]
		if a.scope != r.scope && !(role.org && a.scope == w.parent[r.scope]) {
			continue
		}
		if role.always[r.leaf] >= r.level {
			return true
		}
		if role.may != nil && role.may[r.leaf] >= r.level && w.department[r.scope] == w.belong[r.member] {
			return true
		}
	}
	return false
}

// What things are called. Each call makes a new string.

func (w *workload) memberID(m int32) string { return "user-" + digits(int(m), 7) }

func (w *workload) orgID(s int32) string { return "acme-" + digits(int(s), 3) }

func (w *workload) workspaceID(s int32) string { return "ws-" + digits(int(s), 5) }

func (w *workload) path(s int32) string {
	if org := w.parent[s]; org >= 0 {
		return "org:" + w.orgID(org) + "/workspace:" + w.workspaceID(s)
	}
	return "org:" + w.orgID(s)
}

func (w *workload) scopes() int { return len(w.parent) }

func digits(n, width int) string {
	text := strconv.Itoa(n)
	return strings.Repeat("0", max(width-len(text), 0)) + text
}

func permission(leaf int32, level uint8) string { return leafNames[leaf] + ":" + levelNames[level] }

// idBytes is what the ids of the members come to.
func (w *workload) idBytes() int { return w.members * len(w.memberID(0)) }

// asking is a request in words.
type asking struct {
	principal, permission, scope string
}

func (w *workload) words(r request) asking {
	return asking{w.memberID(r.member), permission(r.leaf, r.level), w.path(r.scope)}
}

func (q asking) String() string {
	return fmt.Sprintf("%s %s in %s", q.principal, q.permission, q.scope)
}

// inWords puts requests into words that lie one after the other in memory, as they would have come in over a wire: none of
// their strings is one that an engine holds.
func inWords(n int, words func(i int) asking) []asking {
	var text strings.Builder
	ends := make([][3]int, n)
	for i := range ends {
		q := words(i)
		text.WriteString(q.principal)
		ends[i][0] = text.Len()
		text.WriteString(q.permission)
		ends[i][1] = text.Len()
		text.WriteString(q.scope)
		ends[i][2] = text.Len()
	}
	all := text.String()
	asked := make([]asking, n)
	start := 0
	for i, e := range ends {
		asked[i] = asking{all[start:e[0]], all[e[0]:e[1]], all[e[1]:e[2]]}
		start = e[2]
	}
	return asked
}
