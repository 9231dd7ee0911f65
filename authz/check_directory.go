package authz

import (
	"slices"
	"strconv"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/graph"
	"github.com/trellis-authz/trellis/internal/names"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// directory is a directory whose names are resolved. An engine without one has an empty directory that is not
// given: every well-formed path is known to it.
type directory struct {
	given      bool // there is a directory: what it does not list is not known, unless a request brings it
	scopes     scopes
	groups     map[string]int
	groupList  []group
	principals map[string]*principal
	ids        []string // of the principals, in the order of the directory

	// local numbers the scopes that only a principal given in Go is assigned in; nil while a directory is checked,
	// where every scope must be listed.
	local map[string]int32
}

// scopes numbers the scopes that the directory lists or the policy names.
type scopes struct {
	index  map[string]int32
	list   []listed
	sorted []string // the listed paths, in the order of the directory
}

type listed struct {
	path   string
	kind   int32
	listed bool // by the directory; else only the policy names it
	object *condition.Object
}

// number returns the number of a scope, and gives it one when it has none.
func (s *scopes) number(path string, kind int) int32 {
	if i, ok := s.index[path]; ok {
		return i
	}
	i := int32(len(s.list))
	s.index[path] = i
	s.list = append(s.list, listed{path: path, kind: int32(kind)})
	return i
}

// find returns the number of a scope that the directory lists.
func (s *scopes) find(path string) (int32, bool) {
	i, ok := s.index[path]
	return i, ok && s.list[i].listed
}

// given is an assignment, or one of several that it stands for: a grant, and where it comes from.
type given struct {
	table.Grant
	at      diag.Path // of the assignment
	profile string    // the profile through which the role is given, or ""
	group   []string  // the groups that lead to it, from the principal's own on; nil: the principal's own
}

type group struct {
	name   string
	given  []given
	groups []int
}

// principal is a principal whose names are resolved.
type principal struct {
	id         string
	kind       Kind
	status     Status
	groups     []int
	groupNames []string // without a directory: groups are names that conditions may read
	attributes condition.Attributes
	given      []given
	limit      roles.Row
	at         diag.Path

	owner *principal // of a key
	in    []string
	until table.Instant
}

// checkDirectory resolves and checks a directory whole against a policy, and reports every error and warning.
func checkDirectory(p *policy, model *Directory, r *diag.Reporter) *directory {
	d := emptyDirectory()
	d.given = true
	var at diag.Path
	for section, rule := range map[string]string{"scopes": "unknown-scope", "groups": "unknown-group", "principals": "unknown-principal"} {
		if r.Broken(at.Name(section)) {
			r.Silence(rule)
		}
	}
	d.checkScopes(p, model.Scopes, at.Name("scopes"), r)
	d.checkGroups(p, model.Groups, at.Name("groups"), r)
	d.checkPrincipals(p, model.Principals, at.Name("principals"), r)
	return d
}

func emptyDirectory() *directory {
	return &directory{
		scopes:     scopes{index: map[string]int32{}},
		groups:     map[string]int{},
		principals: map[string]*principal{},
	}
}

func (d *directory) checkScopes(p *policy, list []Scope, at diag.Path, r *diag.Reporter) {
	declared := make(map[string]bool, len(list))
	for _, s := range list {
		declared[s.Path] = true
	}
	seen := make(map[string]bool, len(list))
	for i := range list {
		s := &list[i]
		q := at.Name(s.Path)
		if seen[s.Path] {
			r.Errorf("duplicate-name", diag.Key(q), "the scope %s is listed twice", diag.Quote(s.Path))
			continue
		}
		seen[s.Path] = true
		steps, err := p.kinds.Resolve(s.Path, nil)
		if err != nil {
			reportPath(r, diag.Key(q), err)
			continue
		}
		if parent := scope.Parent(s.Path); parent != "" && !declared[parent] {
			r.Unknown("unlisted-parent", diag.Part(q, 0, len(parent)).OfKey(), parent, d.paths(list), "the scope %s is not listed, and what stands in it cannot be without it", diag.Quote(parent))
		}
		kind := steps[len(steps)-1].Kind
		n := d.scopes.number(s.Path, kind)
		d.scopes.sorted = append(d.scopes.sorted, s.Path)
		entry := &d.scopes.list[n]
		entry.listed = true
		if p.env != nil {
			attributes, faults := p.env.KindAttributes(kind, s.Attributes.plain())
			reportFacts(r, q, faults)
			entry.object = p.env.Scope(kind, scope.ID(s.Path), s.Path, attributes, d.lookup)
		}
	}
}

func (d *directory) paths(list []Scope) []string {
	paths := make([]string, len(list))
	for i := range list {
		paths[i] = list[i].Path
	}
	return paths
}

// reportFacts reports attributes that are not declared or of another type than declared.
func reportFacts(r *diag.Reporter, at diag.Path, faults []condition.FactError) {
	for _, f := range faults {
		q := at
		for _, step := range f.Path {
			if i, err := strconv.Atoi(step); err == nil && hasPath(r, q.Index(i)) && (r.Locator != nil || q != at) {
				q = q.Index(i)
			} else {
				q = q.Name(step)
			}
		}
		switch {
		case f.Undeclared:
			r.Suggest("unknown-attribute", diag.Key(q), f.Suggestion, "%s", f.Message)
		case !r.Broken(q):
			r.Suggest("wrong-fact", diag.Value(q), f.Suggestion, "%s %s", strings.Join(f.Path, "."), f.Message)
		}
	}
}

// lookup reads a principal that an attribute names, for a condition.
func (d *directory) lookup(id string) (string, condition.Attributes, bool) {
	p, ok := d.principals[id]
	if !ok {
		return "", condition.Attributes{}, false
	}
	return string(p.status), p.attributes, true
}

func (d *directory) checkGroups(p *policy, list []Group, at diag.Path, r *diag.Reporter) {
	models := make([]*Group, 0, len(list)+2)
	for i := range list {
		g := &list[i]
		q := at.Name(g.Name)
		if _, again := d.groups[g.Name]; again {
			r.Errorf("duplicate-name", diag.Key(q), "the group %s is declared twice", diag.Quote(g.Name))
			continue
		}
		if !names.Name(g.Name) {
			r.Errorf("bad-name", diag.Key(q), "%s is no name of a group: %s", diag.Quote(g.Name), names.NameRule)
		}
		d.groups[g.Name] = len(d.groupList)
		d.groupList = append(d.groupList, group{name: g.Name})
		models = append(models, g)
	}
	for _, name := range []string{Authenticated, Everyone} {
		if _, ok := d.groups[name]; !ok {
			d.groups[name] = len(d.groupList)
			d.groupList = append(d.groupList, group{name: name})
			models = append(models, &Group{Name: name})
		}
	}
	for i, g := range models {
		q := at.Name(g.Name)
		if builtin(g.Name) && len(g.Groups) > 0 {
			r.Errorf("builtin-group", diag.Value(q.Name("groups")), "the members of the built-in group %s are not members of another: give them assignments of their own", diag.Quote(g.Name))
		} else {
			d.groupList[i].groups = d.memberships(g.Groups, q.Name("groups"), r)
		}
		d.groupList[i].given = d.resolve(p, g.Assignments, q.Name("assignments"), r)
	}
	_, cycles := graph.Cycles(len(d.groupList), func(i int) []int { return d.groupList[i].groups })
	for _, c := range cycles {
		var circle []string
		for _, i := range c {
			circle = append(circle, d.groupList[i].name)
		}
		from, to := models[c[len(c)-1]], circle[0]
		r.Errorf("groups-cycle", diag.Value(at.Name(from.Name).Name("groups").Index(slices.Index(from.Groups, to))),
			"groups cannot be members of each other in a circle: %s", strings.Join(append(circle, to), " -> "))
	}
}

func builtin(group string) bool { return group == Authenticated || group == Everyone }

// memberships resolves the groups that a group or a principal names.
func (d *directory) memberships(list []string, at diag.Path, r *diag.Reporter) []int {
	var refs []int
	for j, name := range list {
		q := at.Index(j)
		i, ok := d.groups[name]
		switch {
		case r.Broken(q):
		case !ok:
			r.Unknown("unknown-group", diag.Value(q), name, d.groupNames(), "there is no group %s", diag.Quote(name))
		case builtin(name):
			r.Warnf("builtin-member", diag.Value(q), "the group %s is built in: its members need not, and cannot, be named", diag.Quote(name))
		case slices.Contains(refs, i):
			r.Errorf("duplicate-name", diag.Value(q), "%s is listed twice", diag.Quote(name))
		default:
			refs = append(refs, i)
		}
	}
	if list != nil && len(list) == 0 {
		r.Warnf("empty-groups", diag.Value(at), "an empty list names no group: leave the key out")
	}
	return refs
}

func (d *directory) groupNames() []string {
	list := make([]string, len(d.groupList))
	for i := range d.groupList {
		list[i] = d.groupList[i].name
	}
	return list
}

// resolve expands assignments: every role and profile in every scope.
func (d *directory) resolve(p *policy, list []Assignment, at diag.Path, r *diag.Reporter) []given {
	var all []given
	for i := range list {
		a, q := &list[i], at.Index(i)
		if r.Broken(q) {
			continue
		}
		all = append(all, d.resolveOne(p, a, q, r)...)
	}
	return all
}

func (d *directory) resolveOne(p *policy, a *Assignment, q diag.Path, r *diag.Reporter) []given {
	base := given{at: q, Grant: table.Grant{From: table.Ever, Until: table.Never}}
	if !a.From.IsZero() {
		base.From = instant(a.From)
	}
	if !a.Until.IsZero() {
		base.Until = instant(a.Until)
		if !base.From.Before(base.Until) {
			r.Warnf("empty-time", diag.Value(q.Name("until")), "the assignment ends before it begins, so it never counts")
		}
	}
	limit := p.tree.LimitRow(a.Limit, p.chain, roles.LimitPath(a.Limit, q), r)
	scopes := d.resolveScopes(p, a.In, q.Name("in"), r)
	d.checkListed(a, q, r)

	var all []given
	give := func(role int, row roles.Row, profile string, at diag.At) (fits bool) {
		fits = true
		for _, s := range scopes {
			c := p.roles.Role(role)
			switch {
			case c.At == nil && profile == "":
				r.Errorf("not-assignable", at, "the role %s has no `at`, so it may only be inherited", diag.Quote(c.Name))
				return false
			case c.At != nil && !c.Kinds.Has(s.kind) && !c.Kinds.Empty():
				what := "the role " + diag.Quote(c.Name)
				if profile != "" {
					what = "the role " + diag.Quote(c.Name) + " of the profile " + diag.Quote(profile)
				}
				r.Errorf("wrong-kind", at, "%s is assigned at %s, and %s is of the kind %s", what, p.kindNames(c.Kinds), diag.Quote(s.path), p.kinds.Name(s.kind))
				fits = false
				continue
			case c.NeedsLimit && row == nil:
				r.Errorf("needs-limit", at, "the role %s must not be given without a limit: add `limit` or `only` to the assignment", diag.Quote(c.Name))
				return false
			}
			g := base
			g.Role, g.Scope, g.Limit, g.profile = int32(role), s.number, row, profile
			all = append(all, g)
		}
		return fits
	}
	for j, name := range a.Roles {
		at := diag.Value(q.Name("roles").Index(j))
		role, ok := p.roles.Find(name)
		switch {
		case r.Broken(at.Path):
		case slices.Contains(a.Roles[:j], name):
			r.Errorf("duplicate-name", at, "%s is listed twice", diag.Quote(name))
		case ok:
			give(role, limit, "", at)
		default:
			if _, profile := p.profiles.Find(name); profile {
				r.Errorf("unknown-role", at, "%s is a profile, not a role: name it under `profiles`", diag.Quote(name))
			} else {
				r.Unknown("unknown-role", at, name, p.roles.Names(), "there is no role %s", diag.Quote(name))
			}
		}
	}
	for j, name := range a.Profiles {
		at := diag.Value(q.Name("profiles").Index(j))
		n, ok := p.profiles.Find(name)
		switch {
		case r.Broken(at.Path):
			continue
		case slices.Contains(a.Profiles[:j], name):
			r.Errorf("duplicate-name", at, "%s is listed twice", diag.Quote(name))
			continue
		case !ok:
			if _, role := p.roles.Find(name); role {
				r.Errorf("unknown-profile", at, "%s is a role, not a profile: name it under `roles`", diag.Quote(name))
			} else {
				r.Unknown("unknown-profile", at, name, p.profiles.Names(), "there is no profile %s", diag.Quote(name))
			}
			continue
		}
		c := p.profiles.Profile(n)
		for _, role := range c.Roles {
			if !give(role, meetRows(c.LimitRow, limit), name, at) {
				break // one mistake, said once: the profile cannot be given there
			}
		}
	}
	return all
}

// checkListed reports an assignment that gives nothing, or gives it nowhere.
func (d *directory) checkListed(a *Assignment, q diag.Path, r *diag.Reporter) {
	empty := func(key, what string, list []string) {
		if p := q.Name(key); len(list) == 0 && !r.Broken(p) {
			r.Errorf("empty-list", diag.Value(p), "%s", what)
		}
	}
	empty("in", "the assignment is in no scope: name one", a.In)
	if a.Roles != nil || a.Profiles == nil {
		if a.Profiles == nil {
			empty("roles", "the assignment gives nothing: name a role or a profile", a.Roles)
		} else {
			empty("roles", "an empty list gives nothing: name a role, or leave the key out", a.Roles)
		}
	}
	if a.Profiles != nil {
		empty("profiles", "an empty list gives nothing: name a profile, or leave the key out", a.Profiles)
	}
}

// resolved is a scope that an assignment or a key names.
type resolved struct {
	path   string
	kind   int
	number int32
}

func (d *directory) resolveScopes(p *policy, list []string, at diag.Path, r *diag.Reporter) []resolved {
	var scopes []resolved
	for j, path := range list {
		q := at.Index(j)
		if r.Broken(q) {
			continue
		}
		steps, err := p.kinds.Resolve(path, nil)
		if err != nil {
			reportPath(r, diag.Value(q), err)
			continue
		}
		if slices.ContainsFunc(scopes, func(o resolved) bool { return o.path == path }) {
			r.Errorf("duplicate-name", diag.Value(q), "%s is listed twice", diag.Quote(path))
			continue
		}
		n, ok := d.scopes.find(path)
		if !ok {
			n, ok = d.localScope(path)
		}
		if !ok {
			r.Unknown("unknown-scope", diag.Value(q), path, d.scopes.sorted, "the directory lists no scope %s", diag.Quote(path))
		}
		scopes = append(scopes, resolved{path: path, kind: steps[len(steps)-1].Kind, number: n})
	}
	return scopes
}

// localScope numbers a scope that the directory does not list, behind those that it does.
func (d *directory) localScope(path string) (int32, bool) {
	if d.local == nil {
		return 0, false
	}
	if n, ok := d.scopes.index[path]; ok {
		return n, true
	}
	n, ok := d.local[path]
	if !ok {
		n = int32(len(d.scopes.list) + len(d.local))
		d.local[path] = n
	}
	return n, true
}

// meetRows meets two limits, either of which may be none.
func meetRows(a, b roles.Row) roles.Row {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	a = a.Clone()
	a.Meet(b)
	return a
}

func (d *directory) checkPrincipals(p *policy, list []Principal, at diag.Path, r *diag.Reporter) {
	for i := range list {
		m := &list[i]
		q := at.Name(m.ID)
		if _, again := d.principals[m.ID]; again {
			r.Errorf("duplicate-name", diag.Key(q), "the principal %s is listed twice", diag.Quote(m.ID))
			continue
		}
		d.principals[m.ID] = d.checkPrincipal(p, m, q, r)
		d.ids = append(d.ids, m.ID)
	}
	for i := range list {
		m := &list[i]
		if x := d.principals[m.ID]; x.kind == Key && x.owner == nil && m.Owner != "" {
			d.checkOwner(x, m, func(id string) *principal { return d.principals[id] }, at.Name(m.ID), r)
		}
	}
}

// checkOwner resolves the owner of a key.
func (d *directory) checkOwner(x *principal, m *Principal, find func(id string) *principal, q diag.Path, r *diag.Reporter) {
	at := q.Name("owner")
	owner := find(m.Owner)
	switch {
	case r.Broken(at):
	case owner == nil:
		r.Unknown("unknown-principal", diag.Value(at), m.Owner, d.ids, "there is no principal %s to own the key", diag.Quote(m.Owner))
	case owner.kind == Key:
		r.Errorf("key-owner", diag.Value(at), "%s is a key itself: a key is owned by a user or a service", diag.Quote(m.Owner))
	default:
		x.owner = owner
	}
}

var (
	kindNames   = []string{string(User), string(Service), string(Key)}
	statusNames = []string{string(Active), string(Invited), string(Suspended), string(Deactivated)}
)

// checkPrincipal resolves a principal, all but the owner of a key.
func (d *directory) checkPrincipal(p *policy, m *Principal, q diag.Path, r *diag.Reporter) *principal {
	x := &principal{id: m.ID, kind: m.Kind, status: m.Status, at: q, until: table.Never}
	if x.kind == "" {
		x.kind = User
	}
	if why := scope.BadID(m.ID); why != "" {
		r.Errorf("bad-id", diag.Key(q), "the id %s %s; ids are valid UTF-8 of 1 to %d bytes without a slash, white space or control characters", diag.Quote(m.ID), why, scope.MaxID)
	}
	if !slices.Contains(kindNames, string(x.kind)) && !r.Broken(q.Name("kind")) {
		r.Unknown("unknown-word", diag.Value(q.Name("kind")), string(x.kind), kindNames, "there is no kind of principal %s; it is user, service or key", diag.Quote(string(x.kind)))
	}
	if s := q.Name("status"); r.Broken(q) || r.Broken(s) {
	} else if m.Status == "" {
		r.Errorf("missing-key", diag.Value(s), "the status is missing; it is active, invited, suspended or deactivated")
	} else if !slices.Contains(statusNames, string(m.Status)) {
		r.Unknown("unknown-word", diag.Value(s), string(m.Status), statusNames, "there is no status %s; it is active, invited, suspended or deactivated", diag.Quote(string(m.Status)))
	}
	if d.given {
		x.groups = d.memberships(m.Groups, q.Name("groups"), r)
	} else {
		for j, name := range m.Groups {
			if !names.Name(name) {
				r.Errorf("bad-name", diag.Value(q.Name("groups").Index(j)), "%s is no name of a group: %s", diag.Quote(name), names.NameRule)
			} else if !builtin(name) {
				x.groupNames = append(x.groupNames, name)
			}
		}
	}
	if p.env != nil {
		attributes, faults := p.env.PrincipalAttributes(m.Attributes.plain())
		reportFacts(r, q.Name("attributes"), faults)
		x.attributes = attributes
	}
	x.given = d.resolve(p, m.Assignments, q.Name("assignments"), r)
	x.limit = p.tree.LimitRow(m.Limit, p.chain, roles.LimitPath(m.Limit, q), r)
	d.checkKey(p, x, m, q, r)
	return x
}

// checkKey reports what a key lacks, and what only a key has.
func (d *directory) checkKey(p *policy, x *principal, m *Principal, q diag.Path, r *diag.Reporter) {
	misplaced := func(key string, there bool, why string) {
		if there {
			r.Errorf("key-fields", diag.Key(q.Name(key)), "%s", why)
		}
	}
	if x.kind != Key {
		for key, there := range map[string]bool{"owner": m.Owner != "", "in": m.In != nil, "until": !m.Until.IsZero()} {
			misplaced(key, there, "only a key has `"+key+"`: write `kind: key`, or leave it out")
		}
		return
	}
	const holds = "; a key holds what its owner holds"
	misplaced("groups", m.Groups != nil, "a key has no groups of its own"+holds)
	misplaced("attributes", m.Attributes != nil, "a key has no attributes of its own"+holds)
	misplaced("assignments", m.Assignments != nil, "a key has no assignments of its own"+holds)
	if m.Owner == "" && !r.Broken(q.Name("owner")) {
		r.Errorf("missing-key", diag.Value(q.Name("owner")), "the key \"owner\" is missing: a key holds what its owner holds")
	}
	if m.In != nil && len(m.In) == 0 && !r.Broken(q.Name("in")) {
		r.Errorf("empty-list", diag.Value(q.Name("in")), "an empty list selects no scope: name one, or leave the key out to allow all")
	}
	for _, s := range d.resolveScopes(p, m.In, q.Name("in"), r) {
		x.in = append(x.in, s.path)
	}
	if !m.Until.IsZero() {
		x.until = instant(m.Until)
	}
}

// checkPolicyPaths reports the paths in a policy that the directory does not list.
func (d *directory) checkPolicyPaths(p *policy, r *diag.Reporter) {
	at := diag.Path{}.Name("boundaries")
	check := func(path string, q diag.Path) {
		if _, err := p.kinds.Resolve(path, nil); err != nil {
			return
		}
		if _, ok := d.scopes.find(path); !ok {
			r.Unknown("unknown-scope", diag.Value(q), path, d.scopes.sorted, "the directory lists no scope %s", diag.Quote(path))
		}
	}
	for i := range p.boundaries {
		b, q := &p.boundaries[i], at.Name(p.boundaries[i].Name)
		for j, path := range b.In {
			if slices.Contains(b.paths, path) {
				check(path, q.Name("in").Index(j))
			}
		}
		if b.Under != "" {
			check(b.Under, q.Name("under"))
		}
	}
}
