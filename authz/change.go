package authz

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/internal/store"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/scope"
)

// Change is a change of a directory, for [Engine.Apply]. The zero Change is an error.
type Change struct {
	what string // of whom or what, for messages
	make func(*applying)
}

// Apply returns an engine with a changed directory. The engine itself stays as it is, for whoever is using it: a service
// that follows a feed of changes keeps the newest in an [atomic.Pointer]. The new one shares with it all that did not
// change, and handles of the one are good for the other.
//
//	next, err := engine.Apply(authz.Assign("alice", authz.Assignment{Roles: []string{"manager"}, In: []string{"org:acme/workspace:ml"}}))
//
// The changes are made one after the other, by the rules for files, and either all of them or none: the error is a
// [diag.List] of all that is wrong, which names each by its place ("changes[2]"). Without a directory
// there is nothing to change, which is an error. The new engine names no places in a directory file:
// what it decides by does not stand there any more.
//
// Cost: microseconds and a few kilobytes for each change of a scope or a principal, however many there are. A change
// of a group costs as much as there are groups.
func (e *Engine) Apply(changes ...Change) (*Engine, error) {
	if e.hollow() {
		return nil, ErrNotReady
	}
	if !e.directory.given {
		return nil, errors.New("there is no directory to change: begin one with Builder")
	}
	d := *e.directory
	d.surround()
	a := &applying{engine: e, policy: e.policy, d: &d}
	d.known = d.lists
	for i, c := range changes {
		a.at = report.Path{}.Name("changes").Index(i)
		if c.make == nil {
			return nil, fmt.Errorf("%s is empty: make a change by PutPrincipal, Assign and their like", a.at)
		}
		c.make(a)
	}
	if err := a.r.List().Err(); err != nil {
		return nil, err
	}
	a.done()
	next := *e
	next.directory = &d
	next.places.directory = doc.Spot{}
	return &next, nil
}

// applying is a directory that is being changed. The parts that no change needs are not touched.
type applying struct {
	engine     *Engine
	policy     *policy
	d          *directory
	principals *store.PrincipalsEdit[extra] // nil: not touched
	groups     bool                         // whether the groups are a copy
	at         report.Path
	r          report.Reporter
}

func (a *applying) errorf(rule, format string, args ...any) {
	a.r.Errorf(rule, report.Value(a.at), format, args...)
}

// wrong reports whether the change that is being made is wrong. One that comes after it may be right, and is made: what
// comes after that may build on it.
func (a *applying) wrong() bool { return a.r.BrokenWithin(a.at) }

func (a *applying) done() {
	if a.principals != nil {
		a.d.principals = a.principals.Done()
	}
	if a.d.scopes.edit != nil {
		a.d.scopes.done()
	}
	a.d.stated.done()
	if a.groups {
		a.d.builtin = [2][]int32{}
		a.d.closeGroups()
	}
	a.d.known, a.d.assigned = nil, 0
}

// editPrincipals returns the principals, to be changed.
func (a *applying) editPrincipals() *store.PrincipalsEdit[extra] {
	if a.principals == nil {
		a.principals = a.d.principals.Edit()
	}
	return a.principals
}

// put stores a principal.
func (a *applying) put(p *store.Principal[extra]) {
	edit := a.editPrincipals()
	edit.Put(p)
	a.d.principals = edit.Principals
}

// PutPrincipal adds a principal, or replaces it whole. Whoever stands among the facts of the directory as a [Principal], not by
// the id alone, is not added beside them: conditions would go on reading what those say.
func PutPrincipal(p Principal) Change {
	return Change{p.ID, func(a *applying) {
		before, was := a.d.principals.Find(p.ID)
		x := a.d.checkPrincipal(a.policy, &p, a.at.Lazy(), &a.r)
		if was && before.Extra != nil {
			x.keys = before.Extra.keys
		}
		if x.kind == Key {
			if x.keys > 0 {
				a.errorf("key-owner", "%s owns keys, so it cannot become one: drop them first", diag.Quote(p.ID))
			}
			a.d.checkOwner(x, &p, func(id string) *principal {
				if id == p.ID { // a key by now, and no longer what is listed
					return x
				}
				owner, _ := a.d.find(id)
				return owner
			}, a.at, &a.r)
		}
		if a.wrong() {
			return
		}
		a.d.stated.count(before.Extra.facts(), -1)
		a.d.stated.count(x.attributes, 1)
		if a.d.stated.has(p.ID) {
			a.errorf("restated", "facts of the directory say who %s is, and would go on saying it: let them name it by its id alone first", diag.Quote(p.ID))
			return
		}
		if was {
			a.own(before.Extra.ownedBy(), -1)
		}
		a.own(x.ownedBy, 1)
		stored := pack(x, a.policy.env, false)
		a.put(&stored)
	}}
}

// own counts a key with its owner; who has none is no key.
func (a *applying) own(id string, more int32) {
	if id == "" {
		return
	}
	if owner, ok := a.d.principals.Find(id); ok {
		owner.Extra = owner.Extra.owning(more)
		a.put(&owner)
	}
}

// DropPrincipal removes a principal with all that it is assigned. Its keys have to be dropped before it.
func DropPrincipal(id string) Change {
	return Change{id, func(a *applying) {
		p, ok := a.find(id)
		if !ok {
			return
		}
		if p.Extra != nil && p.Extra.keys > 0 {
			a.errorf("unknown-principal", "%s owns %d keys, which cannot be without it: drop them first", diag.Quote(id), p.Extra.keys)
			return
		}
		edit := a.editPrincipals()
		edit.Remove(id)
		a.d.principals = edit.Principals
		a.own(p.Extra.ownedBy(), -1)
		a.d.stated.count(p.Extra.facts(), -1)
	}}
}

// find finds a principal that is to be changed.
func (a *applying) find(id string) (store.Principal[extra], bool) {
	p, ok := a.d.principals.Find(id)
	if !ok {
		a.r.Unknown("unknown-principal", report.Value(a.at), id, a.d.namesOfPrincipals(), "the directory lists no principal %s", diag.Quote(id))
	}
	return p, ok
}

// SetStatus gives a principal another status: to suspend somebody takes one change.
func SetStatus(id string, status Status) Change {
	return Change{id, func(a *applying) {
		n := slices.Index(statuses, status)
		if n < 0 {
			a.r.Unknown("unknown-word", report.Value(a.at), string(status), statusNames, "there is no status %s; it is active, invited, suspended or deactivated", diag.Quote(string(status)))
			return
		}
		if p, ok := a.find(id); ok {
			p.Status = uint8(n)
			a.put(&p)
		}
	}}
}

// Assign gives a principal more. What it is assigned already, on the same terms, it is not assigned twice.
func Assign(id string, assignments ...Assignment) Change {
	return Change{id, func(a *applying) {
		p, ok := a.find(id)
		if !ok {
			return
		}
		if kinds[p.Kind] == Key {
			a.errorf("key-fields", "%s is a key: a key has no assignments of its own; a key holds what its owner holds", diag.Quote(id))
			return
		}
		var more assigned
		a.d.resolve(a.policy, assignments, a.at.Lazy().Name("assignments"), &a.r, &more)
		if !a.wrong() {
			a.assign(&p, p.Given, more.Given)
		}
	}}
}

// assign stores a principal with grants, and those of more that are not among them.
func (a *applying) assign(p *store.Principal[extra], given, more table.Given) {
	var all assigned
	for _, list := range [2]table.Given{given, more} {
		for i, g := range list.Grants {
			if on := list.On(i); !all.has(g, on) {
				all.Add(g, on)
				all.timed = all.timed || on != nil && (on.From != table.Ever || on.Until != table.Never)
			}
		}
	}
	all.sort()
	p.Given, p.Timed = all.Given, all.timed
	if p.Extra != nil && p.Extra.nth != nil {
		x := *p.Extra
		x.nth = nil
		p.Extra = &x
	}
	a.put(p)
}

// has reports whether a grant on such terms is among those that are assigned.
func (a *assigned) has(g table.Grant, on *table.Terms) bool {
	for i := range a.Grants {
		if a.Grants[i] == g && alike(a.On(i), on) {
			return true
		}
	}
	return false
}

// Unassign takes roles and profiles in scopes away from a principal, on whatever terms it is assigned them. What it is not
// assigned it is not assigned afterwards either: that is no error.
func Unassign(id string, assignments ...Assignment) Change {
	return Change{id, func(a *applying) {
		p, ok := a.find(id)
		if !ok {
			return
		}
		given := p.Given
		for i := range assignments {
			gone := a.named(&assignments[i], a.at.Name("assignments").Index(i))
			var left table.Given
			for j, g := range given.Grants {
				on, profile := given.On(j), int32(-1)
				if on != nil {
					profile = on.Profile
				}
				if !gone(g.Scope, g.Role, profile) {
					left.Add(g, on)
				}
			}
			given = left
		}
		if !a.wrong() {
			a.assign(&p, given, table.Given{})
		}
	}}
}

// named returns what an assignment names that is to be taken away.
func (a *applying) named(m *Assignment, at report.Path) func(scope, role, profile int32) bool {
	a.d.checkListed(m, at.Lazy(), &a.r)
	if !m.Limit.None() || !m.From.IsZero() || !m.Until.IsZero() {
		a.r.Errorf("conflicting-keys", report.Value(at), "what is taken away is taken away whole: leave the limit and the times out")
	}
	var roles, profiles, scopes []int32
	for _, s := range a.d.resolveScopes(nil, a.policy, m.In, at.Lazy().Name("in"), &a.r) {
		scopes = append(scopes, s.number)
	}
	for j, name := range m.Roles {
		n, ok := a.policy.roles.Find(name)
		if !ok {
			a.r.Unknown("unknown-role", report.Value(at.Name("roles").Index(j)), name, a.policy.roles.Names(), "there is no role %s", diag.Quote(name))
		}
		roles = append(roles, int32(n))
	}
	for j, name := range m.Profiles {
		n, ok := a.policy.profiles.Find(name)
		if !ok {
			a.r.Unknown("unknown-profile", report.Value(at.Name("profiles").Index(j)), name, a.policy.profiles.Names(), "there is no profile %s", diag.Quote(name))
		}
		profiles = append(profiles, int32(n))
	}
	return func(scope, role, profile int32) bool {
		if !slices.Contains(scopes, scope) {
			return false
		}
		if profile >= 0 {
			return slices.Contains(profiles, profile)
		}
		return slices.Contains(roles, role)
	}
}

// Join makes a principal a member of groups.
func Join(id string, groups ...string) Change {
	return Change{id, func(a *applying) {
		p, ok := a.find(id)
		if !ok {
			return
		}
		if kinds[p.Kind] == Key {
			a.errorf("key-fields", "%s is a key: a key has no groups of its own; a key holds what its owner holds", diag.Quote(id))
			return
		}
		all := slices.Clone(p.Groups)
		for _, g := range a.d.memberships(nil, groups, a.at.Lazy().Name("groups"), &a.r) {
			if !slices.Contains(all, g) {
				all = append(all, g)
			}
		}
		p.Groups = all
		a.put(&p)
	}}
}

// Leave ends the membership of a principal in groups. One that is not there is no error.
func Leave(id string, groups ...string) Change {
	return Change{id, func(a *applying) {
		p, ok := a.find(id)
		if !ok {
			return
		}
		left := a.d.memberships(nil, groups, a.at.Lazy().Name("groups"), &a.r)
		p.Groups = slices.DeleteFunc(slices.Clone(p.Groups), func(g int32) bool { return slices.Contains(left, g) })
		a.put(&p)
	}}
}

// PutScope adds a scope, or gives it other attributes. The scope it stands in must be listed.
func PutScope(s Scope) Change {
	return Change{s.Path, func(a *applying) {
		d := a.d
		a.editScopes()
		was := d.scopes.find(s.Path) != nil
		parent := scope.Parent(s.Path)
		above := d.scopes.find(parent)
		if parent != "" && above == nil {
			d.unlistedParent(parent, a.at, d.namesOfScopes, &a.r)
			return
		}
		if !d.checkScope(a.policy, &s, a.at, &a.r) || was {
			return
		}
		entry := d.scopes.change(d.scopes.find(s.Path).number)
		var at *table.Place
		if parent != "" {
			in := d.scopes.change(above.number)
			in.holds++
			at = &in.place
		}
		entry.place = a.engine.tables.Placer().Place(at, table.Step{Scope: entry.number, Kind: entry.kind})
	}}
}

func (a *applying) editScopes() {
	if a.d.scopes.edit == nil {
		a.d.scopes.begin()
	}
}

// DropScope removes a scope, with every assignment in it. What stands in it has to be dropped before it. A scope of the
// same path that is added later is another: nobody has been assigned anything there.
func DropScope(path string) Change {
	return Change{path, func(a *applying) {
		d := a.d
		dropped := d.scopes.find(path)
		switch {
		case dropped == nil:
			a.r.Unknown("unknown-scope", report.Value(a.at), path, d.namesOfScopes(), "the directory lists no scope %s", diag.Quote(path))
			return
		case dropped.holds > 0:
			a.errorf("unlisted-parent", "%s holds %d other scopes, which cannot be without it: drop them first", diag.Quote(path), dropped.holds)
			return
		}
		if name, named := a.policy.names(path); named {
			a.errorf("unknown-scope", "the boundary %s names %s, which has to be listed: change the policy first", name, diag.Quote(path))
			return
		}
		a.editScopes()
		d.stated.count(dropped.about.Object().Attributes(), -1)
		if parent := d.scopes.find(scope.Parent(path)); parent != nil {
			d.scopes.change(parent.number).holds--
		}
		d.scopes.drop(dropped.number)
	}}
}

// names returns the boundary that names a scope.
func (p *policy) names(path string) (boundary string, ok bool) {
	for i := range p.boundaries {
		if b := &p.boundaries[i]; b.Under == path || slices.Contains(b.paths, path) {
			return b.Name, true
		}
	}
	return "", false
}

// PutGroup adds a group, or replaces it whole; its members stay.
func PutGroup(g Group) Change {
	return Change{g.Name, func(a *applying) {
		d := a.d
		a.editGroups()
		n, was := d.groups[g.Name]
		if !was {
			a.d.checkGroupName(g.Name, a.at, &a.r)
			n = len(d.groupList)
			d.groups[g.Name] = n
			d.groupList = append(d.groupList, group{name: g.Name, at: report.Path{}.Names("groups", g.Name)})
		}
		d.checkGroup(a.policy, n, &g, a.at, &a.r)
		d.groupList[n].all = nil
		for up := range d.eachGroup(d.groupList[n].groups) {
			if int(up) == n {
				a.errorf("groups-cycle", "groups cannot be members of each other in a circle: %s leads back to itself", g.Name)
				return
			}
		}
	}}
}

// DropGroup removes a group, with every membership in it.
func DropGroup(name string) Change {
	return Change{name, func(a *applying) {
		n, ok := a.d.groups[name]
		if !ok {
			a.r.Unknown("unknown-group", report.Value(a.at), name, a.d.groupNames(), "there is no group %s", diag.Quote(name))
			return
		}
		a.editGroups()
		if builtin(name) {
			a.d.groupList[n].assigned = assigned{}
			return
		}
		delete(a.d.groups, name)
		a.d.groupList[n] = group{gone: true}
	}}
}

func (a *applying) editGroups() {
	if !a.groups {
		a.groups = true
		a.d.groups, a.d.groupList = maps.Clone(a.d.groups), slices.Clone(a.d.groupList)
	}
}

// String says what the change is about.
func (c Change) String() string {
	if c.make == nil {
		return "no change"
	}
	return fmt.Sprintf("a change of %s", diag.Quote(c.what))
}
