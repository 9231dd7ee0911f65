package authz

import (
	"context"
	"sync"
	"time"

	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/table"
)

// Can reports whether the subject is allowed a permission (area:level, or an action) in a scope, now, with no facts
// but the directory's. Use [Subject.Check] to bring facts, to bound the time of conditions by a context, or to
// learn the reason.
func (s *Subject) Can(permission, scope string) bool {
	if s != nil && s.plain {
		if p, at := s.engine.names(permission, scope); at != nil {
			if allowed, sure := s.mayAt(p, at); sure {
				return allowed
			}
		}
	}
	return s.can(permission, scope)
}

// names looks up a permission and a scope that are both listed; nil when one is not.
func (e *Engine) names(permission, scope string) (*permission, *listed) {
	at := e.directory.scopes.index.Seek(scope)
	p := e.policy.find(permission)
	if l, ok := at.Find(scope); ok && l.place.Last() >= 0 && p != nil { // only what is listed has a place
		return p, l
	}
	return nil, nil
}

// who is names with the principal: everything is on its way from memory before any of it is looked at.
func (e *Engine) who(principal, permission, scope string) (kept, *permission, *listed) {
	who := e.directory.principals.Seek(principal)
	p, at := e.names(permission, scope)
	return who.Find(principal), p, at
}

// bare reports whether a request brings no facts.
func (r *Request) bare() bool { return r.Request == nil && r.Scopes == nil && r.Time.IsZero() }

// can is Can for whatever cannot be told at a glance.
func (s *Subject) can(permission, scope string) bool {
	if s.observer() != nil {
		return s.check(context.Background(), Request{Permission: permission, Scope: scope}).Allowed
	}
	q := question{ctx: context.Background(), subject: s, path: scope, asking: asking{quiet: true}}
	if _, ok := q.open(); !ok {
		return false
	}
	p, _, ok := q.permission(permission)
	if !ok {
		return false
	}
	_, ok = q.parties()
	return ok && q.allows(p)
}

// Check decides a request. It always returns a decision: whatever is wrong is a denial with its reason, and a
// context that is done makes conditions fail, which allows nothing. Cost: a few table rows for each assignment of
// the subject and each boundary on the path; conditions are evaluated only where they can change the answer.
func (s *Subject) Check(ctx context.Context, r Request) Decision {
	if s != nil && s.plain {
		if p, at := s.engine.names(r.Permission, r.Scope); at != nil && r.bare() {
			if d, sure := s.decideAt(ctx, p, at); sure {
				return d
			}
		}
	}
	return s.check(ctx, r)
}

// check is Check for whatever cannot be told at a glance.
func (s *Subject) check(ctx context.Context, r Request) Decision {
	observe := s.observer()
	if observe == nil {
		return s.ask(ctx, r)
	}
	began := time.Now()
	d := s.ask(ctx, r)
	s.tell(ctx, observe, began, Event{Permission: r.Permission, Scope: r.Scope, Facts: r.Facts, Decision: d})
	return d
}

func (s *Subject) ask(ctx context.Context, r Request) Decision {
	q := question{ctx: ctx, subject: s, path: r.Scope, facts: r.Facts}
	if denial, ok := q.open(); !ok {
		return denial
	}
	p, denial, ok := q.permission(r.Permission)
	if !ok {
		return denial
	}
	if denial, ok := q.parties(); !ok {
		return denial
	}
	return q.decide(p)
}

// Check decides a request of a principal that the directory lists, by its id: as e.As(principal).Check would, without
// binding it. Bind who asks more than once or twice. The empty id is no principal. Cost: three look-ups by name more
// than a check of a bound subject by handles, and no allocation unless conditions are asked.
func (e *Engine) Check(ctx context.Context, principal string, r Request) Decision {
	if e.hollow() {
		return Decision{Reason: InvalidRequest, Err: ErrNotReady}
	}
	k, permission, at := e.who(principal, r.Permission, r.Scope)
	if k.Found() && at != nil && r.bare() && e.observe == nil {
		if d, sure := e.decideAt(ctx, k, permission, at); sure {
			return d
		}
	}
	if !k.Found() {
		return e.As(principal).check(ctx, r)
	}
	one := e.pass(k)
	d := one.check(ctx, r)
	one.gone()
	return d
}

// pass makes a subject of a principal that asks once.
func (e *Engine) pass(k kept) *passerby {
	p, one := k.Principal(), passing.Get().(*passerby)
	if e.directory.deep(p.Groups) { // they lead to more others than are noted: it is bound
		one.Subject = *e.As(p.ID)
		return one
	}
	one.principal.unpack(&p)
	if one.principal.kind == Key {
		owner, _ := e.directory.principals.Find(one.principal.ownedBy)
		one.owner.unpack(&owner)
		one.principal.owner = &one.owner
	}
	one.aside, one.behind.identity = &one.behind, &one.is
	one.of(e, &one.principal)
	return one
}

// gone gives back what one who asked once was made of.
func (one *passerby) gone() {
	*one = passerby{}
	passing.Put(one)
}

// passerby is somebody who asks once: what a check hands to conditions cannot stay on the stack. Nothing keeps one beyond
// its check.
type passerby struct {
	Subject
	behind           aside
	is               identity
	principal, owner principal
}

var passing = sync.Pool{New: func() any { return new(passerby) }}

// Can reports whether a principal that the directory lists is allowed a permission in a scope, now, with no facts
// but the directory's. See [Engine.Check].
func (e *Engine) Can(principal, permission, scope string) bool {
	if e.hollow() {
		return false
	}
	if e.observe != nil {
		return e.Check(context.Background(), principal, Request{Permission: permission, Scope: scope}).Allowed
	}
	k, is, at := e.who(principal, permission, scope)
	if k.Found() && at != nil {
		if allowed, sure := e.mayAt(k, is, at); sure {
			return allowed
		}
	}
	if !k.Found() {
		return false
	}
	one := e.pass(k)
	allowed := one.can(permission, scope)
	one.gone()
	return allowed
}

// mayAt is [Subject.mayAt] for a principal that is not bound.
func (e *Engine) mayAt(k kept, p *permission, scope *listed) (allowed, sure bool) {
	var rare table.Rare
	leaf, ok := p.at(scope.place.Kind)
	if !ok {
		return false, false
	}
	about, ok := e.directory.plain(k, &rare)
	if !ok {
		return false, false
	}
	granted, held, may, how := e.tables.Glance(&scope.place, leaf, p.of.Need, k.Grants(), rare.OrNone(), &anyTime)
	if how == table.Asking {
		look := table.Look{Rare: rare.OrNone()}
		if look.Begin(&e.tables, &scope.place, leaf, p.of.Need, k.Grants(), granted, may) {
			sure, _ = e.askOf(context.Background(), k, about, &look, scope)
		}
		return look.Held >= p.of.Need, sure
	}
	return held >= p.of.Need, how == table.Sure
}

// decideAt is [Subject.decideAt] for a principal that is not bound.
func (e *Engine) decideAt(ctx context.Context, k kept, p *permission, scope *listed) (d Decision, sure bool) {
	var rare table.Rare
	leaf, ok := p.at(scope.place.Kind)
	if !ok {
		return d, false
	}
	about, ok := e.directory.plain(k, &rare)
	if !ok {
		return d, false
	}
	granted, held, may, how := e.tables.Glance(&scope.place, leaf, table.Exactly, k.Grants(), rare.OrNone(), &anyTime)
	switch how {
	case table.Unsure:
		return d, false
	case table.Asking:
		look := table.Look{Rare: rare.OrNone()}
		if !look.Begin(&e.tables, &scope.place, leaf, table.Exactly, k.Grants(), granted, may) {
			return d, false
		}
		sure, failed := e.askOf(ctx, k, about, &look, scope)
		d.say(e, p.of.Need, look.Granted, look.Held)
		return d, sure && !failed // who failed is told by one who knows the subject
	}
	d.say(e, p.of.Need, granted, held)
	return d, true
}

// askOf is ask for a principal that is not bound; about is how conditions see it, if that stands there already.
func (e *Engine) askOf(ctx context.Context, k kept, about *condition.Object, look *table.Look, scope *listed) (sure, failed bool) {
	f := condition.Facts{Principal: about, Scope: scope.about.Object(), Around: &e.directory.around}
	if about != nil {
		return e.ask(ctx, look, scope, f, nil)
	}
	v := e.sightOf(k)
	f.Principal = v.Principal
	sure, failed = e.ask(ctx, look, scope, f, v)
	v.close()
	return sure, failed
}

// CheckAll decides many requests and returns the decisions in their order. Each is decided as [Subject.Check]
// would, on the same policy; requests that bring no time of their own share one reading of the clock, if any of them
// needs it.
func (s *Subject) CheckAll(ctx context.Context, requests []Request) []Decision {
	decisions := make([]Decision, len(requests))
	var now time.Time
	for i, r := range requests {
		if s.asksTheClock(&r) {
			if now.IsZero() {
				now = s.engine.clock()
			}
			r.Time = now
		}
		decisions[i] = s.Check(ctx, r)
	}
	return decisions
}

// asksTheClock reports whether a check of the request may read the clock: what is told at a glance needs no time.
func (s *Subject) asksTheClock(r *Request) bool {
	if s == nil || s.engine == nil || !r.Time.IsZero() || !s.readsTime() {
		return false
	}
	if s.plain && r.bare() {
		if p, at := s.engine.names(r.Permission, r.Scope); at != nil {
			if leaf, ok := p.at(at.place.Kind); ok {
				_, _, _, how := s.engine.tables.Glance(&at.place, leaf, table.Exactly, s.grants(), s.rare(), &anyTime)
				return how != table.Sure
			}
		}
	}
	return true
}

// readsTime reports whether time can matter to what the subject asks.
func (s *Subject) readsTime() bool { return s.engine.readsTime || s.timed || s.key != nil }

// decide is the decision: the reasons in their order, the level held, and whether it suffices.
func (q *question) decide(p model.Permission) Decision {
	area := q.engine.policy.tree.Area(p.Area)
	var room [2 * 64]table.Level
	granted, held := halves(room[:], area.Last-area.First)
	return q.decideWith(p, granted, held)
}

// decideWith is decide in lists of a level for each leaf of the area, all zero: it leaves there what is granted and held,
// unless something keeps the subject from holding anything.
func (q *question) decideWith(p model.Permission, granted, held []table.Level) Decision {
	e := q.engine
	area := e.policy.tree.Area(p.Area)
	kind := q.place.Kind
	if _, exists := e.tables.Area(kind, area.First, held); !exists {
		return e.deny(WrongScopeKind, nil)
	}
	if reason, err := q.standing(); reason != Granted {
		return e.deny(reason, err)
	}
	q.walk(area.First, area.Last, table.Exactly, granted, held)
	level, _ := e.tables.Area(kind, area.First, held)
	without, _ := e.tables.Area(kind, area.First, granted)

	q.close()
	d := Decision{Level: e.policy.chain.Name(level)}
	if q.failures != nil {
		d.Err = q.conditionErrors()
	}
	switch {
	case level >= p.Need && p.Need > 0:
		d.Allowed, d.Reason = true, Granted
	case without >= p.Need && p.Need > 0:
		d.Reason = Limited
	case e.grantedSomewhere(kind, area.First, granted):
		d.Reason = LevelTooLow
	default:
		d.Reason = NoGrant
	}
	return d
}

// allows is decide for those who want to know no more than whether: conditions are asked only where they can change
// that.
func (q *question) allows(p model.Permission) bool {
	e := q.engine
	area := e.policy.tree.Area(p.Area)
	if p.Need == 0 || !q.stands() {
		return false
	}
	var room [2 * 16]table.Level
	granted, held := halves(room[:], area.Last-area.First)
	q.walk(area.First, area.Last, p.Need, granted, held)
	q.close()
	level, exists := e.tables.Area(q.place.Kind, area.First, held)
	return exists && level >= p.Need
}

// grantedSomewhere reports whether any of the leaves that exist there is granted above the least level.
func (e *Engine) grantedSomewhere(kind int32, first int, granted []table.Level) bool {
	for i, l := range granted {
		if l > 0 && e.tables.Exists[kind].Has(first+i) {
			return true
		}
	}
	return false
}

// conditionErrors returns the conditions that failed, as one error.
func (q *question) conditionErrors() error {
	var list conditionErrors
	said := map[string]bool{}
	for _, f := range q.failed() {
		for _, e := range q.engine.blame(q, f) {
			if text := e.Error(); !said[text] { // a key is decided twice
				said[text] = true
				list = append(list, e)
			}
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// conditionErrors are several conditions that failed in one decision.
type conditionErrors []*ConditionError

func (l conditionErrors) Error() string {
	var s string
	for i, e := range l {
		if i > 0 {
			s += "; "
		}
		s += e.Error()
	}
	return s
}

func (l conditionErrors) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

// blame says to which rules a failed condition belongs: the boundaries that lie on the step where it was asked, and
// the grants that count and reach the scope.
func (e *Engine) blame(q *question, f failure) []*ConditionError {
	var list []*ConditionError
	where := q.on(int(f.step))
	for i := range e.tables.Lying(q.place.Path, int(f.step)) {
		if e.tables.Boundaries[i].When == f.condition {
			name := e.policy.boundaries[i].Name
			at := e.places.boundary(name).Name("when").Position()
			list = append(list, &ConditionError{"the boundary " + name, at, where, "it applies", f.err})
		}
	}
	if int(f.step) != q.last() {
		return list
	}
	seen := map[[2]int]bool{}
	t := q.whole()
	stands := e.tables.Stand(&t)
	for i, g := range t.Grants {
		if g.Role < 0 || !stands[i].Counts {
			continue
		}
		origins := sync.OnceValue(func() [][]model.Origin { return e.origins(int(g.Role)) })
		for n, entry := range e.tables.Roles[g.Role].Entries {
			if entry.When != f.condition || !stands[i].Entries[n].Covers {
				continue
			}
			for _, o := range origins()[n] {
				if key := [2]int{o.Role, o.Grant}; !seen[key] {
					seen[key] = true
					list = append(list, &ConditionError{"a grant of the role " + e.policy.roles.Role(o.Role).Name, e.originSpot(o).Position(), where, "it gives nothing", f.err})
				}
			}
		}
	}
	return list
}

// TopLevel returns the name of the highest level of the policy; "" for a nil Subject.
func (s *Subject) TopLevel() string {
	if s == nil || s.engine == nil {
		return ""
	}
	return s.engine.policy.chain.Name(s.engine.policy.chain.Top())
}
