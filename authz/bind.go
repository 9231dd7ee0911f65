package authz

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/internal/table"
)

// Subject is a principal bound to an engine: its names are resolved and its groups expanded, so that a check has
// only numbers to compare. Bind once a request or a login. A Subject is immutable, safe for concurrent use, and
// knows what its engine and the principal were when it was bound. A nil Subject, and the zero one, hold nothing.
type Subject struct {
	// A subject is one line of the cache long, which is all that a check reads of it, unless it asks conditions: the less
	// memory many of them take, the more of it is near by.
	engine   *Engine
	*aside        // nil: the zero Subject
	plain    bool // bound, active, no key, nothing begins or ends, and nobody is told: it holds what it is given
	sees     bool // conditions see it as the room behind it says
	has      bool // it has something of what few have
	n        uint8
	stranger bool           // the directory does not list it; see company
	room     [5]table.Grant // n of them; where n says elsewhere, all of them stand behind
}

// elsewhere is said where there are more grants than the subject has room for, or where it is not bound.
const elsewhere = 1<<8 - 1

// aside is what the line of a subject has no room for. Where conditions may be asked it lies right behind.
type aside struct {
	about condition.Room // as conditions see it
	list  []table.Grant  // its own and those of its groups, as a walk takes them; see assigned
	timed bool           // some of them begin or end
	loose bool           // not bound: the grants of its groups are still with the groups
	*identity
}

// identity is what only some questions want to know of a subject.
type identity struct {
	few  table.Rare     // what few have
	sort condition.Sort // what conditions see that only this one has

	id        string
	kind      Kind
	status    Status           // of a key: its own
	key       *principal       // the key, when a key asks; then the rest is the owner's
	principal *principal       // whose grants these are; nil for an unknown principal
	local     map[string]int32 // numbers of scopes that only this subject's assignments name
	others    map[string]*principal
	around    *condition.Around // of a stranger: see [Subject.surroundings]
	refusal   *Decision         // when nothing has to be asked: unknown, or no engine; else nil

	names []string // the groups as conditions read them; nil: not known yet
}

// As binds a principal that the directory lists. It never fails: one that is not listed is bound to hold nothing,
// for the reason [UnknownPrincipal]. The empty id is no principal; ask for [Engine.Anonymous] by name.
func (e *Engine) As(id string) *Subject {
	if e.hollow() {
		return nobody(nil, id, refusal(unready))
	}
	stored, ok := e.directory.principals.Find(id)
	if !ok {
		err := fmt.Errorf("the directory lists no principal %s", diag.Quote(id))
		if !e.directory.given {
			err = fmt.Errorf("there is no directory that could list %s", diag.Quote(id))
		}
		return nobody(e, id, refusal(e.deny(UnknownPrincipal, err)))
	}
	s, p := e.unbound()
	e.directory.unpack(p, &stored)
	return e.bound(s, e.directory, p, nil)
}

// Anonymous binds the one who is nobody: it holds what the group [Everyone] is given.
func (e *Engine) Anonymous() *Subject {
	if e.hollow() {
		return nobody(nil, "", refusal(unready))
	}
	return e.subject(e.directory, &principal{kind: anonymous, status: Active, until: table.Never}, nil)
}

// Bind binds a principal that is given in Go. Its groups are those of the directory; without a directory they are
// names that conditions may read. The others are principals that its facts refer to, and which the directory does
// not list either: the owner, if it is a key.
//
// The error says everything that is wrong with them: unknown roles, attributes of another type than declared, a
// principal that the directory lists (bind that one with [Engine.As]: facts must not be restated). The subject
// that comes with an error holds nothing, for the reason [InvalidRequest]. Cost: linear in the assignments of the
// principal and of its groups.
func (e *Engine) Bind(p Principal, others ...Principal) (*Subject, error) {
	if e.hollow() {
		return nobody(nil, p.ID, refusal(unready)), ErrNotReady
	}
	view := *e.directory
	view.local = map[string]int32{}
	var r report.Reporter
	known := map[string]*principal{}
	all := append([]Principal{p}, others...)
	var first *principal
	given := make(map[string]bool, len(all))
	for i := range all {
		given[all[i].ID] = true
	}
	view.known = func(id string) bool {
		return e.directory.lists(id) || given[id]
	}
	for i := range all {
		m, at := &all[i], givenAt(i)
		if e.directory.lists(m.ID) {
			r.Errorf("restated", report.Value(at.Name("id")), "the directory lists %s: what it says of a principal must not be restated", diag.Quote(m.ID))
			continue
		}
		if _, twice := known[m.ID]; twice {
			r.Errorf("duplicate-name", report.Value(at.Name("id")), "the principal %s is given twice", diag.Quote(m.ID))
			continue
		}
		x := view.checkPrincipal(e.policy, m, at.Lazy(), &r)
		x.at = at
		known[m.ID] = x
		if i == 0 {
			first = known[m.ID]
		}
	}
	find := func(id string) *principal {
		if p, ok := known[id]; ok {
			return p
		}
		p, _ := e.directory.find(id)
		return p
	}
	for i := range all {
		m := &all[i]
		if x := known[m.ID]; x != nil && x.kind == Key && m.Owner != "" {
			view.checkOwner(x, m, find, givenAt(i), &r)
		}
	}
	if err := r.List().Err(); err != nil {
		err = fmt.Errorf("the principal cannot be bound: %w", err)
		return nobody(e, p.ID, refusal(e.deny(InvalidRequest, err))), err
	}
	s := e.subject(&view, first, known)
	return s, nil
}

// givenAt is where the i-th of the principals that are given to Bind stands, for messages.
func givenAt(i int) report.Path {
	if i == 0 {
		return report.Path{}.Name("principal")
	}
	return report.Path{}.Name("others").Index(i - 1)
}

// MustBind is Bind for principals that the program itself spells out; it panics on an error.
func (e *Engine) MustBind(p Principal, others ...Principal) *Subject {
	s, err := e.Bind(p, others...)
	if err != nil {
		panic(err)
	}
	return s
}

// Preview binds somebody who holds just the named roles and profiles, each in the nearest scope on the path to
// where whose kind it is assigned at, and who has joined every scope on that path: the answer to "what would this
// role mean here?". The error says which name is unknown, or is assigned at no scope of the path.
func (e *Engine) Preview(where string, rolesAndProfiles ...string) (*Subject, error) {
	if e.hollow() {
		return nobody(nil, "", refusal(unready)), ErrNotReady
	}
	view := *e.directory
	view.local = map[string]int32{}
	steps, err := e.policy.kinds.Resolve(where, nil)
	if err != nil {
		return nobody(e, "", refusal(e.deny(UnknownScope, err))), err
	}
	var r report.Reporter
	at := report.Path{}.Name("preview")
	number := func(path string) int32 {
		if listed := view.scopes.find(path); listed != nil {
			return listed.number
		}
		n, _ := view.localScope(path)
		return n
	}
	// The id holds white space: nobody's id does, so conditions take it for nobody's.
	p := &principal{id: "preview of " + strings.Join(rolesAndProfiles, ", "), kind: User, status: Active, until: table.Never, at: at}
	for _, s := range steps {
		p.Add(table.Grant{Role: table.NoRole, Scope: number(where[:s.End])}, nil)
		p.nth = append(p.nth, -1)
	}
	for i, name := range rolesAndProfiles {
		role, isRole := e.policy.roles.Find(name)
		profile, isProfile := e.policy.profiles.Find(name)
		var kinds = e.policy.kindsOf(role, isRole, profile, isProfile)
		nearest := -1
		for j, s := range steps {
			if kinds.Has(s.Kind) {
				nearest = j
			}
		}
		switch {
		case !isRole && !isProfile:
			known := slices.Concat(e.policy.roles.Names(), e.policy.profiles.Names())
			r.Unknown("unknown-role", report.Value(at.Index(i)), name, known, "there is no role or profile %s", diag.Quote(name))
			continue
		case nearest < 0:
			r.Errorf("wrong-kind", report.Value(at.Index(i)), "%s is assigned at %s, and %s stands in no such scope", diag.Quote(name), orNothing(e.policy.kindNames(kinds)), diag.Quote(where))
			continue
		}
		a := Assignment{In: []string{where[:steps[nearest].End]}}
		if isRole {
			a.Roles = []string{name}
		} else {
			a.Profiles = []string{name}
		}
		view.resolveOne(e.policy, &a, int32(i), at.Lazy().Index(i), &r, &p.assigned)
	}
	p.sort()
	if err := r.List().Err(); err != nil {
		return nobody(e, "", refusal(e.deny(InvalidRequest, err))), err
	}
	return e.subject(&view, p, nil), nil
}

func orNothing(s string) string {
	if s == "" {
		return "no scope kind"
	}
	return s
}

// subject binds a principal that is given.
func (e *Engine) subject(d *directory, p *principal, known map[string]*principal) *Subject {
	s, in := e.unbound()
	*in = *p
	return e.bound(s, d, in, known)
}

// bound makes a subject that of a principal, or of the owner of a key (sentence 8): the grants of its groups are put with its
// own.
func (e *Engine) bound(s *Subject, d *directory, p *principal, known map[string]*principal) *Subject {
	s.local, s.others = d.local, known
	s.of(e, p)
	all := s.flat(d)
	s.list, s.few.Terms, s.timed = all.Grants, all.Terms, all.timed
	if n := len(s.list); n <= len(s.room) {
		s.n = uint8(copy(s.room[:], s.list))
	}
	s.has, s.loose = s.few.OrNone() != nil, false
	s.plain = s.status == Active && s.key == nil && !s.timed && e.observe == nil
	if e.readsGroups {
		s.names = s.groupNames(d)
	}
	if known != nil {
		s.stranger, s.around = true, &condition.Around{Scopes: e.directory, People: company{e.directory, known}}
	}
	if s.sees {
		who, attributes := s.asPrincipal(false)
		s.about.SetPrincipal(e.policy.env, &s.sort, who, attributes)
	}
	return s
}

// unbound returns a subject to be bound, with room for its principal. What conditions read of it lies right behind it in
// memory, if there are any; else what is read at every check lies side by side. What few questions want to know is elsewhere,
// in one piece.
func (e *Engine) unbound() (*Subject, *principal) {
	if len(e.policy.conditions) == 0 {
		rest := &struct {
			aside
			is identity
			principal
		}{}
		rest.aside.identity = &rest.is
		return &Subject{aside: &rest.aside}, &rest.principal
	}
	both := &sighted{}
	rest := &struct {
		identity
		principal
	}{}
	both.behind.identity = &rest.identity
	both.aside, both.sees = &both.behind, true
	return &both.Subject, &rest.principal
}

// sighted is a subject as conditions see it, which is a whole number of lines of the cache long.
type sighted struct {
	Subject
	behind aside
	_      [24]byte
}

// apart returns what stands aside of a subject that nobody is bound to.
func apart() *aside {
	both := &struct {
		aside
		is identity
	}{}
	both.identity = &both.is
	return &both.aside
}

// nobody returns a subject that holds nothing, for a reason, or else for want of an engine.
func nobody(e *Engine, id string, reason *Decision) *Subject {
	s := &Subject{engine: e, aside: apart()}
	s.id, s.refusal = id, reason
	return s
}

// limits returns the own limit of a principal or a key; nil: none.
func (p *principal) limits() *[]table.Level {
	if p.limit == nil {
		return nil
	}
	return &p.limit
}

func refusal(d Decision) *Decision { return &d }

// unready is what is answered where there is no engine.
var unready = Decision{Reason: InvalidRequest, Err: ErrNotReady}

// unasked is what a subject is answered that belongs to no engine: it is nobody, or there was none.
func (s *Subject) unasked() Decision {
	if s != nil && s.aside != nil && s.refusal != nil {
		return *s.refusal
	}
	return Decision{Reason: UnknownPrincipal, Err: ErrNoPrincipal}
}

// of makes the subject that of a principal, whose groups are still apart.
func (s *Subject) of(e *Engine, p *principal) {
	s.engine, s.id, s.kind, s.status, s.principal = e, p.id, p.kind, p.status, p
	if p.kind == Key {
		s.key, s.principal = p, p.owner
		s.few.Limits[1] = p.limits()
		p = p.owner
	}
	s.few.Limits[0] = p.limits()
	s.list, s.few.Terms, s.timed = p.Grants, p.Terms, p.timed
	s.has, s.n = s.few.OrNone() != nil, elsewhere
	for _, list := range [2][]int32{p.groups, e.directory.builtins(p.kind)} {
		for _, g := range list {
			s.loose = true
			s.timed = s.timed || e.directory.groupList[g].timedAll
		}
	}
}

// flat returns what the principal and all its groups are assigned, each group once, as one list.
func (s *Subject) flat(d *directory) assigned {
	p := s.principal
	if len(p.groups) == 0 && len(d.builtins(p.kind)) == 0 {
		return p.assigned
	}
	return p.withGroups(d)
}

// withGroups is flat for one who is in groups.
func (p *principal) withGroups(d *directory) (all assigned) {
	all.take(&p.assigned)
	for g := range d.eachGroup(p.groups, d.builtins(p.kind)) {
		all.take(&d.groupList[g].assigned)
	}
	all.nth = nil // only explanations want to know
	all.sort()
	return all
}

// given is what the subject is given: without the grants of its groups, when it is not bound.
func (s *Subject) given() table.Given {
	return table.Given{Grants: s.grants(), Terms: s.few.Terms}
}

// grants are those that it is given.
func (s *Subject) grants() []table.Grant {
	if n := int(s.n); n <= len(s.room) {
		return s.room[:n]
	}
	return s.list
}

// rare is what few subjects have; nil: nothing.
func (s *Subject) rare() *table.Rare {
	if s.has {
		return &s.few
	}
	return nil
}

// take appends what somebody else is assigned.
func (a *assigned) take(more *assigned) {
	for i, g := range more.Grants {
		a.Add(g, more.On(i))
		if more.nth != nil {
			a.nth = append(a.nth, more.nth[i])
		}
	}
	a.timed = a.timed || more.timed
}

// groupNames returns the groups as conditions read them: sorted, without the built-in ones.
func (s *Subject) groupNames(d *directory) []string {
	if s.names != nil {
		return s.names
	}
	names := slices.Clone(s.principal.groupNames)
	for g := range d.eachGroup(s.principal.groups) {
		if !d.groupList[g].gone {
			names = append(names, d.groupList[g].name)
		}
	}
	slices.Sort(names)
	return append([]string{}, slices.Compact(names)...)
}

// surroundings are what conditions see beside the principal and the scope, where a request brings nothing.
func (s *Subject) surroundings() *condition.Around {
	if s.stranger {
		return s.around
	}
	return &s.engine.directory.around
}

// company is whom the directory lists, and those who were bound with a subject.
type company struct {
	*directory
	others map[string]*principal
}

// Person reads a principal that a fact names.
func (c company) Person(id string) (status string, a condition.Attributes, ok bool) {
	if p, ok := c.others[id]; ok {
		return string(p.status), p.attributes, true
	}
	return c.directory.Person(id)
}

// known returns who reports whom the directory lists or the subject was bound with: what is known of them is not
// restated.
func known(d *directory, others map[string]*principal) func(id string) bool {
	return func(id string) bool {
		_, given := others[id]
		return given || d.lists(id)
	}
}

// ID returns the id of the principal; "" for the anonymous one and for a nil Subject.
func (s *Subject) ID() string {
	if s == nil || s.aside == nil {
		return ""
	}
	return s.id
}

// Active reports whether the subject is known and active now: of a key, that it has not ended and that its owner is active. It
// says nothing of what it holds.
func (s *Subject) Active() bool {
	if s == nil || s.engine == nil || s.refusal != nil || s.status != Active {
		return false
	}
	if s.key == nil {
		return true
	}
	now, err := s.engine.time(time.Time{})
	return err == nil && s.principal.status == Active && instant(now).Before(s.key.until)
}

// kindsOf returns the scope kinds at which a role or profile may be assigned.
func (p *policy) kindsOf(role int, isRole bool, profile int, isProfile bool) bits.Set {
	switch {
	case isRole:
		return p.roles.Role(role).Kinds
	case isProfile:
		return p.profiles.Profile(profile).Kinds
	}
	return nil
}
