package main

import (
	"context"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/profiles"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// hardEntries take part in the hard workload, in the order of the table.
var hardEntries = []struct {
	key    string
	make   func(h *hard) engine
	set    string
	decide bool
}{
	{"floor", func(h *hard) engine { return &hardResolved{h: h} }, "written for the hard policy alone: groups, profiles and limits expanded beforehand", false},
	{"trellis", func(h *hard) engine { return &trellisBound{trellis: ofHard(h)} }, "the policy as it stands; nothing is expanded for it", false},
	{"trellis", func(h *hard) engine { return &trellisNames{trellis: ofHard(h)} }, "likewise", false},
	{"floor", func(h *hard) engine { return &hardInterned{hardResolved: hardResolved{h: h}} }, "the same behind three Go maps", false},
	{"trellis", func(h *hard) engine { return &trellisStrings{trellis: ofHard(h)} }, "likewise", false},
	{"opa", func(h *hard) engine { return &hardOPA{h: h} }, "groups, profiles and the boundaries of scopes expanded in its data", true},
}

// The floor: what can be expanded is expanded, and what is left is a mask of the grants that cover the scope, a row for
// each of them, and one row of limits.

type hardTable struct {
	people []hardFlat
	grants []hardPacked
	parent []int32
	depth  []int32
	facts  []hardPlace
	all    [][]uint8 // rows: of roles, without the condition and with it
	may    [][]uint8
	reach  []uint8
	limits [][]uint8 // rows: every limit that a grant or a person comes to
	nodes  []node
	now    int64
}

type hardFlat struct {
	first, end int32
	in         []int32
	limit      uint16 // the person's and the key's, and that of those without mfa
	belong     uint8
	active     bool
}

type hardPacked struct {
	role, scope int32
	limit       uint16
	until       int64
}

type hardPlace struct {
	limit   uint16 // of the boundaries on the path
	belongs uint8
	private bool
}

func newHardTable(h *hard) *hardTable {
	t := &hardTable{parent: h.parent, nodes: h.nodes, now: hardNow.Unix()}
	known := map[string]uint16{}
	meet := func(limits ...int32) uint16 {
		met := make([]uint8, len(leafNames))
		for leaf := range met {
			met[leaf] = edit
			for _, l := range limits {
				met[leaf] = min(met[leaf], hardLimits[l].row[leaf])
			}
		}
		i, ok := known[string(met)]
		if !ok {
			i = uint16(len(t.limits))
			known[string(met)] = i
			t.limits = append(t.limits, met)
		}
		return i
	}
	for _, r := range h.roles {
		t.all, t.reach = append(t.all, r.always), append(t.reach, r.reach)
		if r.may == nil {
			r.may = r.always
		}
		t.may = append(t.may, r.may)
	}
	for s := range int32(h.scopes) {
		t.depth = append(t.depth, int32(h.depth(s)))
		t.facts = append(t.facts, hardPlace{meet(h.boundaries(s)...), h.belongs[s], h.private[s]})
	}
	for m := range h.people {
		p := &h.people[m]
		owner := p
		if p.owner >= 0 {
			owner = &h.people[p.owner]
		}
		limits := []int32{p.limit, owner.limit}
		if !owner.mfa {
			limits = append(limits, limitMFA)
		}
		flat := hardFlat{first: int32(len(t.grants)), in: p.in, limit: meet(limits...), belong: owner.belong, active: p.active && owner.active}
		for _, g := range h.grants(owner) {
			t.grants = append(t.grants, hardPacked{g.role, g.scope, meet(g.profile, g.assign), g.until})
		}
		if flat.end = int32(len(t.grants)); flat.end-flat.first > 64 {
			panic("the mask of a person's grants is too small")
		}
		t.people = append(t.people, flat)
	}
	return t
}

func (t *hardTable) above(outer, s int32) bool {
	for ; s >= 0 && t.depth[s] >= t.depth[outer]; s = t.parent[s] {
		if s == outer {
			return true
		}
	}
	return false
}

func (t *hardTable) allowed(member, area int32, need uint8, s int32) bool {
	p := &t.people[member]
	if !p.active {
		return false
	}
	if len(p.in) > 0 {
		inside := false
		for _, outer := range p.in {
			inside = inside || t.above(outer, s)
		}
		if !inside {
			return false
		}
	}
	// Which grants cover the scope. A role that holds where one has joined waits for the deepest assignment on the path.
	grants := t.grants[p.first:p.end]
	var covering, joined uint64
	deepest := int32(0)
	for i := range grants {
		g := &grants[i]
		if g.until != 0 && g.until <= t.now || !t.above(g.scope, s) {
			continue
		}
		deepest = max(deepest, t.depth[g.scope])
		switch {
		case g.scope == s || t.reach[g.role] == reachAll:
			covering |= 1 << i
		case t.reach[g.role] == reachJoined:
			joined |= 1 << i
		}
	}
	for i := 0; joined != 0; i, joined = i+1, joined>>1 {
		if joined&1 != 0 && t.depth[grants[i].scope] < deepest {
			covering |= 1 << i
		}
	}
	if covering == 0 {
		return false
	}
	place := &t.facts[s]
	same := place.belongs == p.belong
	ofPerson, ofPlace := t.limits[p.limit], t.limits[place.limit]
leaves:
	for leaf := t.nodes[area].lo; leaf < t.nodes[area].hi; leaf++ {
		if ofPerson[leaf] < need || ofPlace[leaf] < need {
			return false
		}
		for i, left := 0, covering; left != 0; i, left = i+1, left>>1 {
			if left&1 == 0 {
				continue
			}
			g := &grants[i]
			if t.limits[g.limit][leaf] < need || g.role == roleTenantAdmin && place.private && need > read {
				continue
			}
			if t.all[g.role][leaf] >= need || same && t.may[g.role][leaf] >= need {
				continue leaves
			}
		}
		return false
	}
	return true
}

type hardResolved struct {
	h     *hard
	table *hardTable
	asked []request
}

func (f *hardResolved) name() string { return resolvedName }

func (f *hardResolved) load() error {
	f.table = newHardTable(f.h)
	return nil
}

func (f *hardResolved) prepare(requests []request) error {
	f.asked = append([]request(nil), requests...)
	return nil
}

func (f *hardResolved) run(from, n int) (allowed int) {
	mask := len(f.asked) - 1
	for i := from; i < from+n; i++ {
		if q := &f.asked[i&mask]; f.table.allowed(q.member, q.leaf, q.level, q.scope) {
			allowed++
		}
	}
	return allowed
}

type hardInterned struct {
	hardResolved
	principals, scopes, perms map[string]int32
	asked                     []asking
}

func (f *hardInterned) name() string { return internedName }

func (f *hardInterned) load() error {
	f.table = newHardTable(f.h)
	f.principals, f.scopes, f.perms = make(map[string]int32, f.h.members), make(map[string]int32, f.h.scopes), map[string]int32{}
	for m := range int32(f.h.members) {
		f.principals[f.h.memberID(m)] = m
	}
	for s := range int32(f.h.scopes) {
		f.scopes[f.h.path(s)] = s
	}
	for i, n := range f.h.nodes {
		for _, level := range []uint8{read, edit} {
			f.perms[n.name+":"+levelNames[level]] = int32(i)<<2 | int32(level)
		}
	}
	return nil
}

func (f *hardInterned) prepare(requests []request) error {
	f.asked = inWords(len(requests), func(i int) asking { return f.h.words(requests[i]) })
	return nil
}

func (f *hardInterned) run(from, n int) (allowed int) {
	mask := len(f.asked) - 1
	for i := from; i < from+n; i++ {
		q := &f.asked[i&mask]
		p, ok1 := f.principals[q.principal]
		perm, ok2 := f.perms[q.permission]
		s, ok3 := f.scopes[q.scope]
		if ok1 && ok2 && ok3 && f.table.allowed(p, perm>>2, uint8(perm&3), s) {
			allowed++
		}
	}
	return allowed
}

// Trellis says the hard policy as it stands.

func hardPolicy(h *hard) authz.Policy {
	kinds, reaches := [...]string{"org", "subtenant", "workspace"}, [...]roles.Reach{roles.Self, roles.Joined, roles.All}
	policy := authz.Policy{
		Name: "hard",
		Scopes: []scope.Kind{
			{Name: "org", Attributes: map[string]string{"plan": "string"}},
			{Name: "subtenant", In: []string{"org", "subtenant"}},
			{Name: "workspace", In: []string{"org", "subtenant"}, Attributes: map[string]string{"department": "string", "visibility": "string"}},
		},
		Principal: map[string]string{"department": "string", "mfa": "bool"},
		Areas:     trellisAreas(productAreas()),
		Boundaries: []authz.Boundary{
			{Name: "plan", In: []string{"org"}, When: `!(org.plan in ["team", "enterprise"])`, Limit: hardLimits[limitPlan].model()},
			{Name: "private", In: []string{"workspace"}, When: `workspace.visibility == "private"`, Roles: []string{"tenant_admin"}, Limit: hardLimits[limitRead].model()},
			{Name: "frozen", In: []string{"subtenant"}, Under: h.path(0), Limit: hardLimits[limitFrozen].model()},
			{Name: "mfa", In: []string{"org"}, When: "!principal.mfa", Limit: hardLimits[limitMFA].model()},
		},
	}
	for _, r := range h.roles {
		role := roles.Role{Name: r.name, At: []string{kinds[r.at]}, Reach: reaches[r.reach], Areas: grant(r.always)}
		if r.may != nil {
			role.Grants = []roles.Conditional{{Areas: grant(r.may), When: sameDepartment}}
		}
		policy.Roles = append(policy.Roles, role)
	}
	for _, p := range h.profiles {
		policy.Profiles = append(policy.Profiles, profiles.Profile{Name: p.name, Roles: []string{h.roles[p.role].name}, Limit: hardLimits[p.limit].model()})
	}
	return policy
}

func (l hardLimit) model() roles.Limit {
	areas := roles.Grant{}
	for area, level := range l.areas {
		areas[area] = levelNames[level]
	}
	switch {
	case l.only:
		return roles.Only(areas)
	case len(areas) > 0:
		return roles.AtMost(areas)
	}
	return roles.Limit{}
}

func hardDirectory(h *hard) *authz.Directory {
	d := &authz.Directory{}
	for s := range int32(h.scopes) {
		sc := authz.Scope{Path: h.path(s)}
		switch h.kind[s] {
		case kindOrg:
			sc.Attributes = authz.Attributes{"plan": map[bool]string{true: "free", false: "team"}[h.gated[s]]}
		case kindWorkspace:
			sc.Attributes = authz.Attributes{"department": departmentNames[h.belongs[s]], "visibility": map[bool]string{true: "private", false: "internal"}[h.private[s]]}
		}
		d.Scopes = append(d.Scopes, sc)
	}
	given := func(all []hardGiven) (assignments []authz.Assignment) {
		for _, g := range all {
			a := authz.Assignment{In: []string{h.path(g.scope)}, Limit: hardLimits[g.limit].model()}
			if g.role >= 0 {
				a.Roles = []string{h.roles[g.role].name}
			} else {
				a.Profiles = []string{h.profiles[g.profile].name}
			}
			if g.until != 0 {
				a.Until = time.Unix(g.until, 0).UTC()
			}
			assignments = append(assignments, a)
		}
		return assignments
	}
	group := func(i int32) string { return "group-" + digits(int(i), 4) }
	names := func(groups []int32) (all []string) {
		for _, g := range groups {
			all = append(all, group(g))
		}
		return all
	}
	for i, g := range h.groups {
		d.Groups = append(d.Groups, authz.Group{Name: group(int32(i)), Groups: names(g.in), Assignments: given(g.given)})
	}
	for m, p := range h.people {
		principal := authz.Principal{ID: h.memberID(int32(m)), Status: authz.Active, Limit: hardLimits[p.limit].model()}
		if !p.active {
			principal.Status = authz.Deactivated
		}
		if p.owner >= 0 {
			principal.Kind, principal.Owner = authz.Key, h.memberID(p.owner)
			for _, s := range p.in {
				principal.In = append(principal.In, h.path(s))
			}
		} else {
			principal.Groups, principal.Assignments = names(p.groups), given(p.given)
			principal.Attributes = authz.Attributes{"department": departmentNames[p.belong], "mfa": p.mfa}
		}
		d.Principals = append(d.Principals, principal)
	}
	return d
}

func ofHard(h *hard) trellis {
	return trellis{words: h.words, build: func() (*authz.Engine, error) {
		return authz.New(hardPolicy(h), hardDirectory(h), authz.WithClock(func() time.Time { return hardNow }))
	}}
}

// OPA: groups, profiles and the boundaries that hang on the scope alone are expanded in its data beforehand, as for the
// floor. What is left is written the way its documentation writes joins and meets: comprehensions, min and max.

const hardRego = `package bench

default allow := false

me := data.principals[input.principal]

holder := data.holders[me.who]

place := data.scopes[input.scope]

allow if {
	me.active
	inside
	every leaf in data.areas[input.area] {
		held(leaf) >= input.need
	}
}

inside if not me.confined

inside if {
	some outer in me.confined
	place.path[outer]
}

covering contains i if {
	some i, g in holder.grants
	g.until > input.now
	covers(g)
}

covers(g) if g.scope == input.scope

covers(g) if {
	g.reach == "all"
	place.path[g.scope]
}

covers(g) if {
	g.reach == "joined"
	depth := place.path[g.scope]
	some other in holder.grants
	other.until > input.now
	place.path[other.scope] > depth
}

gives(g, leaf) := data.may[g.role][leaf] if {
	holder.department == place.department
} else := data.always[g.role][leaf]

left(g, leaf) := min({gives(g, leaf), 1} | {x | some l in g.limits; x := data.limits[l][leaf]}) if {
	g.role == "tenant_admin"
	place.private
} else := min({gives(g, leaf)} | {x | some l in g.limits; x := data.limits[l][leaf]})

granted(leaf) := max({0} | {x | some i in covering; x := left(holder.grants[i], leaf)})

held(leaf) := min(({granted(leaf)} | {x | some l in me.limits; x := data.limits[l][leaf]}) | {x | some l in place.limits; x := data.limits[l][leaf]})
`

type hardOPA struct {
	h *hard
	opaEngine
}

func (o *hardOPA) load() error {
	h := o.h
	limits, always, may, areas := map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}
	levels := func(row []uint8) map[string]any {
		all := map[string]any{}
		for leaf, level := range row {
			all[leafNames[leaf]] = int(level)
		}
		return all
	}
	for i, l := range hardLimits {
		limits[digits(i, 1)] = levels(l.row)
	}
	named := func(all ...int32) []any {
		names := []any{}
		for _, l := range all {
			if l != limitNone {
				names = append(names, digits(int(l), 1))
			}
		}
		return names
	}
	for _, r := range h.roles {
		always[r.name] = levels(r.always)
		may[r.name] = always[r.name]
		if r.may != nil {
			may[r.name] = levels(r.may)
		}
	}
	for _, n := range h.nodes {
		var leaves []any
		for _, leaf := range leafNames[n.lo:n.hi] {
			leaves = append(leaves, leaf)
		}
		areas[n.name] = leaves
	}
	scopes := map[string]any{}
	for s := range int32(h.scopes) {
		path := map[string]any{}
		for t := s; t >= 0; t = h.parent[t] {
			path[h.path(t)] = h.depth(t)
		}
		entry := map[string]any{"path": path, "limits": named(h.boundaries(s)...), "private": h.private[s]}
		if h.kind[s] == kindWorkspace {
			entry["department"] = departmentNames[h.belongs[s]]
		}
		scopes[h.path(s)] = entry
	}
	principals, holders := map[string]any{}, map[string]any{}
	for m := range h.people {
		p := &h.people[m]
		owner, who := p, int32(m)
		if p.owner >= 0 {
			owner, who = &h.people[p.owner], p.owner
		}
		all := []int32{p.limit, owner.limit}
		if !owner.mfa {
			all = append(all, limitMFA)
		}
		entry := map[string]any{"active": p.active && owner.active, "who": h.memberID(who), "limits": named(all...)}
		if len(p.in) > 0 {
			var in []any
			for _, s := range p.in {
				in = append(in, h.path(s))
			}
			entry["confined"] = in
		}
		principals[h.memberID(int32(m))] = entry
		if p.owner >= 0 {
			continue
		}
		grants := []any{}
		for _, g := range h.grants(p) {
			until := g.until
			if until == 0 {
				until = 1 << 40
			}
			grants = append(grants, map[string]any{
				"role": h.roles[g.role].name, "scope": h.path(g.scope), "until": int(until), "limits": named(g.profile, g.assign),
				"reach": [...]string{"self", "joined", "all"}[h.roles[g.role].reach],
			})
		}
		holders[h.memberID(int32(m))] = map[string]any{"grants": grants, "department": departmentNames[p.belong]}
	}
	data := map[string]any{"limits": limits, "always": always, "may": may, "areas": areas, "scopes": scopes, "principals": principals, "holders": holders}
	store := inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	var err error
	o.query, err = rego.New(rego.Query("data.bench.allow"), rego.Module("hard.rego", hardRego), rego.Store(store)).
		PrepareForEval(context.Background())
	return err
}

func (o *hardOPA) prepare(requests []request) error {
	words := inWords(len(requests), func(i int) asking { return o.h.words(requests[i]) })
	o.asked = make([]ast.Value, len(requests))
	for i, q := range words {
		o.asked[i] = ast.NewObject(
			ast.Item(ast.StringTerm("principal"), ast.StringTerm(q.principal)),
			ast.Item(ast.StringTerm("area"), ast.StringTerm(o.h.nodes[requests[i].leaf].name)),
			ast.Item(ast.StringTerm("need"), ast.IntNumberTerm(int(requests[i].level))),
			ast.Item(ast.StringTerm("scope"), ast.StringTerm(q.scope)),
			ast.Item(ast.StringTerm("now"), ast.IntNumberTerm(int(hardNow.Unix()))),
		)
	}
	return nil
}
