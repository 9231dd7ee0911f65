package authz

import (
	"fmt"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/internal/store"
	"github.com/trellis-authz/trellis/scope"
)

// Builder takes a directory one by one, from a database or another service, and never holds more of it than the engine
// that it becomes: a million principals need no file and no list. It is for one goroutine.
//
//	policy, err := authz.Open(os.DirFS("policy"))
//	b := policy.Builder()
//	for rows.Next() {
//		…
//		b.Principal(authz.Principal{ID: id, Status: authz.Active, Assignments: …})
//	}
//	engine, err := b.Build()
//
// Scopes come first, in any order, then groups, then principals: each names only what was added before, but for the
// owner of a key, who may follow. What is added is checked by the rules for files; each call returns what is wrong with what
// it was given, and Build returns all of it again. So an error that was not looked at is not lost, and nothing is built
// by half.
type Builder struct {
	engine *Engine
	d      *directory
	stage  stage
	groups []Group
	pack   store.Pack[extra]
	adding principal // the last one that was added: its lists have room for the next
	keys   []owned
	named  []string        // principals that facts bring along: they must not be listed
	found  report.Reporter // what is wrong with what is being added
	wrong  diag.List
	more   int   // errors that are not kept
	late   error // something came too late
	built  bool
}

type stage uint8

const (
	addingScopes stage = iota
	addingGroups
	addingPrincipals
)

// owned is a key and its owner.
type owned struct{ key, owner string }

// maxKept is how many errors a builder keeps: beyond, it counts.
const maxKept = 1000

// Builder begins a directory for the policy of the engine, whatever directory the engine has itself. Without an engine
// every call of the builder is an error.
func (e *Engine) Builder() *Builder {
	b := &Builder{}
	if !e.hollow() {
		b.engine, b.d = e, emptyDirectory()
		b.d.given = true
		b.d.known = func(id string) bool {
			b.named = append(b.named, id)
			return false
		}
	}
	return b
}

// Scope adds a scope. That the scope it stands in is added, too, is looked at when all is built.
func (b *Builder) Scope(s Scope) error {
	return b.add(s.Path, addingScopes, func(r *report.Reporter) {
		at := report.Path{}.Names("scopes", s.Path)
		if b.d.scopes.find(s.Path) != nil {
			r.Errorf("duplicate-name", report.Key(at), "the scope %s is listed twice", diag.Quote(s.Path))
			return
		}
		b.d.checkScope(b.engine.policy, &s, at, r)
	})
}

// Group adds a group. It may name groups that are added later.
func (b *Builder) Group(g Group) error {
	return b.add(g.Name, addingGroups, func(*report.Reporter) { b.groups = append(b.groups, g) })
}

// Principal adds a user, a service or a key.
func (b *Builder) Principal(p Principal) error {
	return b.add(p.ID, addingPrincipals, func(r *report.Reporter) {
		at := func() report.Path { return report.Path{}.Names("principals", p.ID) }
		x := &b.adding
		b.d.checkInto(x, b.engine.policy, &p, at, r)
		if x.kind == Key {
			x.ownedBy = p.Owner
			b.keys = append(b.keys, owned{p.ID, p.Owner})
		}
		b.d.stated.count(x.attributes, 1)
		stored := pack(x, b.engine.policy.env, false)
		b.pack.Add(&stored)
	})
}

// add checks what is added, once it is its turn.
func (b *Builder) add(name string, turn stage, check func(*report.Reporter)) error {
	switch {
	case b == nil || b.engine == nil:
		return ErrNotReady
	case b.built:
		return fmt.Errorf("%s comes too late: the directory is built", diag.Quote(name))
	case turn < b.stage:
		b.late = fmt.Errorf("%s comes too late: add scopes first, then groups, then principals", diag.Quote(name))
		return b.late
	}
	b.reach(turn)
	return b.check(check)
}

// reach ends the stages before a turn.
func (b *Builder) reach(turn stage) {
	if b.stage < addingPrincipals && turn == addingPrincipals {
		_ = b.check(func(r *report.Reporter) { // kept, for Build
			b.d.checkGroups(b.engine.policy, b.groups, report.Path{}.Name("groups"), r)
			b.d.closeGroups()
		})
		b.groups = nil
	}
	b.stage = turn
}

// check runs a check and keeps what it finds.
func (b *Builder) check(check func(*report.Reporter)) error {
	b.found = report.Reporter{}
	check(&b.found)
	b.d.assigned = 0
	found := b.found.List()
	b.keep(found)
	return found.Err()
}

func (b *Builder) keep(found diag.List) {
	room := max(0, maxKept-len(b.wrong))
	b.wrong = append(b.wrong, found[:min(len(found), room)]...)
	b.more += max(0, len(found)-room)
}

// Build returns an engine of the policy with the directory that was added. The error is a [diag.List] of all that was
// wrong, by the rules for files. The builder must not be used any more. Cost: linear in what was added.
func (b *Builder) Build() (*Engine, error) {
	if b == nil || b.engine == nil {
		return nil, ErrNotReady
	}
	if b.built {
		return nil, errBuilt
	}
	b.reach(addingPrincipals)
	b.built = true
	d, p := b.d, b.engine.policy
	_ = b.check(func(r *report.Reporter) {
		at := report.Path{}.Name("principals")
		d.principals = b.pack.Done(func(id string) {
			r.Errorf("duplicate-name", report.Key(at.Name(id)), "the principal %s is listed twice", diag.Quote(id))
		})
		b.ownKeys(at, r)
		for _, id := range b.named {
			if d.lists(id) {
				r.Errorf("restated", report.Value(at.Name(id)), "the principal %s is known: name it by its id alone", diag.Quote(id))
			}
		}
	})
	_ = b.check(func(r *report.Reporter) {
		at := report.Path{}.Name("scopes")
		for i := range d.scopes.list.Len() {
			path := (*d.scopes.list.At(i)).path
			parent := scope.Parent(path)
			if parent != "" && d.scopes.find(parent) == nil {
				d.unlistedParent(parent, at.Name(path), d.namesOfScopes, r)
			}
		}
		d.checkPolicyPaths(p, r)
	})
	switch err := b.wrong.Err(); {
	case err != nil && b.more > 0:
		return nil, fmt.Errorf("%w\nand %d more", err, b.more)
	case err != nil:
		return nil, err
	case b.late != nil:
		return nil, b.late
	}
	d.known = nil
	e := &Engine{policy: p, directory: d, warnings: append(b.engine.warnings.Only(diag.Warning), b.wrong...), places: places{policy: b.engine.places.policy}, clock: b.engine.clock, observe: b.engine.observe}
	e.compile()
	return e, nil
}

// ownKeys gives every key its owner.
func (b *Builder) ownKeys(at report.Path, r *report.Reporter) {
	if len(b.keys) == 0 {
		return
	}
	edit := b.d.principals.Edit()
	for _, k := range b.keys {
		s, ok := edit.Find(short(k.owner))
		switch q := at.Name(k.key).Name("owner"); {
		case k.owner == "": // reported
		case !ok:
			r.Unknown("unknown-principal", report.Value(q), k.owner, b.d.namesOfPrincipals(), "there is no principal %s to own the key", diag.Quote(k.owner))
		case kinds[s.Kind] == Key:
			r.Errorf("key-owner", report.Value(q), "%s is a key itself: a key is owned by a user or a service", diag.Quote(k.owner))
		default:
			s.Extra = s.Extra.owning(1)
			edit.Put(&s)
		}
	}
	b.d.principals = edit.Done()
}
