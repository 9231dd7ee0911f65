package authz

import (
	"slices"
	"sync/atomic"

	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/internal/store"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/scope"
)

// scopes are those that the directory lists or the policy names, each with a number. A scope keeps its number in every
// version of the directory, and no other gets it.
type scopes struct {
	index   store.Map[*listed]
	list    store.Vec[*listed]
	version *version    // whose these scopes are: it is another one whenever one of them has changed
	edit    *scopesEdit // nil when nothing is being changed
}

// version is one state of the scopes of a directory.
type version struct{ line *line }

// line is what the directories have in common that changes lead from one to the other: a scope keeps its number.
type line struct{ _ byte }

type scopesEdit struct {
	index *store.MapEdit[*listed]
	list  *store.VecEdit[*listed]
	made  *maker
}

// maker is the edit that made a scope, and may still write into it.
type maker struct{ _ byte }

// begin makes changes possible, and done ends them.
func (s *scopes) begin() { s.edit = &scopesEdit{s.index.Edit(), s.list.Edit(), &maker{}} }

func (s *scopes) done() {
	s.index, s.list, s.edit = s.edit.index.Done(), s.edit.list.Done(), nil
	s.version = &version{s.version.line}
}

// number returns the number of a scope, and gives it one when it has none.
func (s *scopes) number(path string, kind int) int32 {
	if l, ok := s.index.Find(path); ok {
		return l.number
	}
	l := &listed{id: added.Add(1), number: int32(s.list.Len()), path: path, kind: int32(kind), made: s.edit.made}
	s.edit.index.Put(path, l)
	s.edit.list.Append(l)
	s.index, s.list = s.edit.index.Map, s.edit.list.Vec
	return l.number
}

// added counts the scopes that were ever added, in all engines.
var added atomic.Uint64

// change returns the scope of a number, to be changed.
func (s *scopes) change(n int32) *listed {
	entry := s.edit.list.Change(int(n))
	if (*entry).made != s.edit.made {
		changed := **entry
		changed.made = s.edit.made
		changed.about.Gather() // else it would go on reading, and keeping, those of the scope that it was
		*entry = &changed
		s.edit.index.Put(changed.path, &changed)
	}
	s.index, s.list = s.edit.index.Map, s.edit.list.Vec
	return *entry
}

// drop takes a scope out. Its number is nobody's from then on.
func (s *scopes) drop(n int32) {
	gone := s.change(n)
	s.edit.index.Remove(gone.path)
	s.index = s.edit.index.Map
	*gone = listed{path: gone.path, number: n, kind: gone.kind, made: gone.made}
}

// at returns the scope of that number; nil when the directory does not list it.
func (s *scopes) at(n int32) *listed {
	if n < 0 || int(n) >= s.list.Len() {
		return nil
	}
	if scope := *s.list.At(int(n)); scope.listed {
		return scope
	}
	return nil
}

// find returns the scope of a path; nil when the directory does not list it.
func (s *scopes) find(path string) *listed {
	if l, ok := s.index.Find(path); ok && l.listed {
		return l
	}
	return nil
}

// paths returns the paths of the scopes that the directory lists, in its order.
func (s *scopes) paths() []string {
	var all []string
	for i := range s.list.Len() {
		if scope := *s.list.At(i); scope.listed {
			all = append(all, scope.path)
		}
	}
	return all
}

// manyNames is how many names are gone through for the one that may have been meant: beyond, it would take too long.
const manyNames = 50_000

// suggested returns names for a suggestion, unless they are too many.
func suggested(n int, names func() []string) []string {
	if n > manyNames {
		return nil
	}
	return names()
}

// extra is what few principals have. It is a whole number of lines of the cache long.
type extra struct {
	// As conditions see it where they are asked for one who is active, in no groups, and no key; empty where it has no
	// attributes.
	about condition.Room
	limit []table.Level
	nth   []int32 // where each grant stands in the file; nil: there is no file
	key   *keyed  // nil: it is none
	keys  int32   // how many keys it owns
}

// keyed is what only a key has.
type keyed struct {
	owner string
	in    []string
	until table.Instant
}

// owning returns the extra of one who owns so many keys more.
func (x *extra) owning(more int32) *extra {
	var owner extra
	if x != nil {
		owner = *x
	}
	owner.about.Gather()
	owner.keys += more
	return &owner
}

// ownedBy returns the owner of a principal that was found; "" when it is no key.
func (x *extra) ownedBy() string {
	if x == nil || x.key == nil {
		return ""
	}
	return x.key.owner
}

// limits returns the limit of a principal that was found; nil: none.
func (x *extra) limits() *[]table.Level {
	if x == nil || x.limit == nil {
		return nil
	}
	return &x.limit
}

var (
	kinds    = []Kind{User, Service, key: Key, 3: anonymous}
	statuses = []Status{active: Active, 1: Invited, Suspended, Deactivated}
)

// Among them.
const (
	active = 0 // Active
	key    = 2 // Key
)

// sorts are by kind what those have in common who are in no groups.
var sorts = func() (all []*condition.Sort) {
	for _, kind := range kinds {
		all = append(all, condition.NewSort(string(kind)))
	}
	return all
}()

// pack returns a principal as it is stored, for conditions of an environment; nil: nothing is decided by it.
func pack(p *principal, env *condition.Env, located bool) store.Principal[extra] {
	s := store.Principal[extra]{
		ID: short(p.id), Kind: uint8(max(0, slices.Index(kinds, p.kind))), Status: uint8(slices.Index(statuses, p.status)),
		Timed: p.timed, Given: p.Given, Groups: p.groups,
	}
	if s.Status >= uint8(len(statuses)) { // reported: it does not load, and nothing is decided by it
		s.Status = uint8(len(statuses) - 1)
	}
	located = located && len(p.nth) > 0
	attributed := env != nil && !p.attributes.Empty()
	if p.limit == nil && !located && p.keys == 0 && p.kind != Key && !attributed {
		return s
	}
	s.Extra = &extra{limit: p.limit, keys: p.keys}
	if p.kind == Key {
		s.Extra.key = &keyed{p.ownedBy, p.in, p.until}
	}
	if located {
		s.Extra.nth = p.nth
	}
	if attributed {
		s.Extra.about.SetSimple(env, sorts[s.Kind], p.id, string(Active), p.attributes)
	}
	return s
}

// short returns an id as it is stored. One that is too long is reported, and does not load.
func short(id string) string { return id[:min(len(id), scope.MaxID)] }

// unpack makes p a principal as it was checked. The owner of a key is another.
func (p *principal) unpack(s *store.Principal[extra]) {
	p.id, p.kind, p.status, p.groups = s.ID, kinds[s.Kind], statuses[s.Status], s.Groups
	p.Given, p.timed = s.Given, s.Timed
	p.until = table.Never
	if x := s.Extra; x != nil {
		p.attributes, p.limit, p.nth, p.keys = x.facts(), x.limit, x.nth, x.keys
		if x.key != nil {
			p.ownedBy, p.in, p.until = x.key.owner, x.key.in, x.key.until
		}
	}
}

// where is where the principal stands in the directory, or where it was given.
func (p *principal) where() report.Path {
	if p.at == (report.Path{}) {
		return report.Path{}.Names("principals", p.id)
	}
	return p.at
}

// find returns the principal of an id that the directory lists.
func (d *directory) find(id string) (*principal, bool) {
	s, ok := d.principals.Find(id)
	if !ok {
		return nil, false
	}
	p := &principal{}
	d.unpack(p, &s)
	return p, true
}

// unpack makes p a principal as it was checked, with its owner, if it is a key.
func (d *directory) unpack(p *principal, s *store.Principal[extra]) {
	p.unpack(s)
	if p.kind == Key {
		p.owner, _ = d.find(p.ownedBy)
	}
}

// lists reports whether the directory lists a principal.
func (d *directory) lists(id string) bool {
	_, ok := d.principals.Find(id)
	return ok
}

// kept is where the directory keeps a principal.
type kept = store.Kept[extra]

// plain reports whether a principal holds what it is assigned, whenever and whatever is asked: it is active, no key, in
// no group, and nothing that it is assigned begins or ends. It fills in what few have of it, and returns how conditions
// see it; nil: that has to be made.
func (d *directory) plain(k kept, rare *table.Rare) (about *condition.Object, ok bool) {
	kind, status, timed, few := k.Is()
	if status != active || kind == key || timed || len(d.builtin[1]) > 0 {
		return nil, false
	}
	if !few {
		return nil, true
	}
	terms, x, groups := k.Rare()
	rare.Terms, rare.Limits[0] = terms, x.limits()
	if x != nil {
		about = x.about.Object()
	}
	return about, len(groups) == 0
}

// namesOfPrincipals returns the ids of the principals, for a suggestion.
func (d *directory) namesOfPrincipals() []string {
	if d.checking != nil {
		return suggested(len(d.checking.ids), func() []string { return d.checking.ids })
	}
	return suggested(d.principals.Len(), d.principals.IDs)
}

// namesOfScopes returns the paths of the scopes, for a suggestion.
func (d *directory) namesOfScopes() []string {
	if d.checking != nil {
		return suggested(len(d.checking.scopes), func() []string { return d.checking.scopes })
	}
	return suggested(d.scopes.list.Len(), d.scopes.paths)
}

// settle packs the principals that have been checked.
func (d *directory) settle(env *condition.Env, located bool) {
	var all store.Pack[extra]
	for _, id := range d.checking.ids {
		stored := pack(d.checking.principals[id], env, located)
		all.Add(&stored)
	}
	d.principals = all.Done(func(string) {})
	d.checking = nil
}
