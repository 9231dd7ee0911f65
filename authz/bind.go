package authz

import (
	"fmt"
	"slices"
	"strings"

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
	engine *Engine
	id     string
	kind   Kind
	status Status // of a key: its own

	key       *principal // the key, when a key asks; then the rest is the owner's
	principal *principal // whose grants these are; nil for an unknown principal

	grants []table.Grant
	given  []given // in step with grants
	limits [2][]table.Level

	object  *condition.Object // as conditions read the principal
	owner   *condition.Object // the same without the key; nil when no key asks
	local   map[string]int32  // numbers of scopes that only this subject's assignments name
	others  map[string]*principal
	refusal Decision // when nothing has to be asked: unknown, or no engine
	refused bool
}

// As binds a principal that the directory lists. It never fails: one that is not listed is bound to hold nothing,
// for the reason [UnknownPrincipal]. The empty id is no principal; ask for [Engine.Anonymous] by name.
func (e *Engine) As(id string) *Subject {
	if e.hollow() {
		return &Subject{id: id}
	}
	p, ok := e.directory.principals[id]
	if !ok {
		err := fmt.Errorf("the directory lists no principal %s", diag.Quote(id))
		if !e.directory.given {
			err = fmt.Errorf("there is no directory that could list %s", diag.Quote(id))
		}
		return &Subject{engine: e, id: id, refused: true, refusal: e.deny(UnknownPrincipal, err)}
	}
	return e.subject(e.directory, p, nil)
}

// Anonymous binds the one who is nobody: it holds what the group [Everyone] is given.
func (e *Engine) Anonymous() *Subject {
	if e.hollow() {
		return &Subject{}
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
		return &Subject{id: p.ID}, errNoEngine
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
		_, listed := e.directory.principals[id]
		return listed || given[id]
	}
	for i := range all {
		m, at := &all[i], givenAt(i)
		if _, listed := e.directory.principals[m.ID]; listed {
			r.Errorf("restated", report.Value(at.Name("id")), "the directory lists %s: what it says of a principal must not be restated", diag.Quote(m.ID))
			continue
		}
		if _, twice := known[m.ID]; twice {
			r.Errorf("duplicate-name", report.Value(at.Name("id")), "the principal %s is given twice", diag.Quote(m.ID))
			continue
		}
		known[m.ID] = view.checkPrincipal(e.policy, m, at, &r)
		if i == 0 {
			first = known[m.ID]
		}
	}
	find := func(id string) *principal {
		if p, ok := known[id]; ok {
			return p
		}
		return e.directory.principals[id]
	}
	for i := range all {
		m := &all[i]
		if x := known[m.ID]; x != nil && x.kind == Key && m.Owner != "" {
			view.checkOwner(x, m, find, givenAt(i), &r)
		}
	}
	if err := r.List().Err(); err != nil {
		err = fmt.Errorf("the principal cannot be bound: %w", err)
		return &Subject{engine: e, id: p.ID, refused: true, refusal: e.deny(InvalidRequest, err)}, err
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
		return &Subject{}, errNoEngine
	}
	view := *e.directory
	view.local = map[string]int32{}
	steps, err := e.policy.kinds.Resolve(where, nil)
	if err != nil {
		return &Subject{engine: e, refused: true, refusal: e.deny(UnknownScope, err)}, err
	}
	var r report.Reporter
	at := report.Path{}.Name("preview")
	number := func(path string) int32 {
		n, ok := view.scopes.find(path)
		if !ok {
			n, _ = view.localScope(path)
		}
		return n
	}
	// The id holds white space: nobody's id does, so conditions take it for nobody's.
	p := &principal{id: "preview of " + strings.Join(rolesAndProfiles, ", "), kind: User, status: Active, until: table.Never, at: at}
	for _, s := range steps {
		g := given{at: at, Grant: table.Grant{Role: -1, Scope: number(where[:s.End]), From: table.Ever, Until: table.Never}}
		p.given = append(p.given, g)
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
		p.given = append(p.given, view.resolveOne(e.policy, &a, at.Index(i), &r)...)
	}
	if err := r.List().Err(); err != nil {
		return &Subject{engine: e, refused: true, refusal: e.deny(InvalidRequest, err)}, err
	}
	return e.subject(&view, p, nil), nil
}

func orNothing(s string) string {
	if s == "" {
		return "no scope kind"
	}
	return s
}

// subject expands the groups of a principal (sentence 2), or of a key's owner (sentence 8).
func (e *Engine) subject(d *directory, p *principal, known map[string]*principal) *Subject {
	s := &Subject{engine: e, id: p.id, kind: p.kind, status: p.status, principal: p, local: d.local, others: known}
	if p.kind == Key {
		s.key, s.principal = p, p.owner
		s.limits[1] = p.limit
		p = p.owner
	}
	s.limits[0] = p.limit
	s.take(p.given, nil)
	lead := s.expand(d, p)
	object := func(key string) *condition.Object {
		return e.policy.env.Principal(condition.Principal{ID: p.id, Kind: string(p.kind), Status: string(p.status), Key: key, Groups: lead}, p.attributes, s.lookup)
	}
	s.object = object("")
	if s.key != nil {
		s.owner = s.object
		s.object = object(s.key.id)
	}
	return s
}

func (s *Subject) take(list []given, group []string) {
	for _, g := range list {
		g.group = group
		s.grants = append(s.grants, g.Grant)
		s.given = append(s.given, g)
	}
}

// expand takes what every group gives that the principal is a member of, each group once, and returns their names
// as conditions read them: sorted, without the built-in ones.
func (s *Subject) expand(d *directory, p *principal) []string {
	type lead struct {
		group int
		way   []string
	}
	var queue []lead
	seen := map[int]bool{}
	add := func(g int, way []string) {
		if !seen[g] {
			seen[g] = true
			queue = append(queue, lead{g, append(slices.Clone(way), d.groupList[g].name)})
		}
	}
	for _, g := range p.groups {
		add(g, nil)
	}
	if p.kind != anonymous {
		s.addBuiltin(d, Authenticated, add)
	}
	s.addBuiltin(d, Everyone, add)
	names := slices.Clone(p.groupNames)
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		g := &d.groupList[next.group]
		s.take(g.given, next.way)
		if !builtin(g.name) {
			names = append(names, g.name)
		}
		for _, up := range g.groups {
			add(up, next.way)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (s *Subject) addBuiltin(d *directory, name string, add func(int, []string)) {
	if g, ok := d.groups[name]; ok {
		add(g, nil)
	}
}

// lookup reads a principal that a fact names.
func (s *Subject) lookup(id string) (string, condition.Attributes, bool) {
	if p, ok := s.others[id]; ok {
		return string(p.status), p.attributes, true
	}
	return s.engine.directory.lookup(id)
}

// knows reports whom the directory lists or the subject was bound with: what is known of them is not restated.
func (s *Subject) knows(id string) bool {
	_, given := s.others[id]
	_, listed := s.engine.directory.principals[id]
	return given || listed
}

// ID returns the id of the principal; "" for the anonymous one and for a nil Subject.
func (s *Subject) ID() string {
	if s == nil {
		return ""
	}
	return s.id
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

// number returns the number of the i-th scope on the path of a question: that of the directory, that of the
// subject's own assignments, or one of its own below zero when neither names it.
func (s *Subject) number(path string, i int) int32 {
	if n, ok := s.engine.directory.scopes.index[path]; ok {
		return n
	}
	if n, ok := s.local[path]; ok {
		return n
	}
	return int32(-1 - i)
}
