package authz

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/table"
)

// Permission is a permission that was looked up once, by [Engine.Permission], so that checks need not read its name.
// It is valid for every engine of the same policy: the one that it comes from, and those that changes of the
// directory lead to. With any other engine, and as the zero value, it is refused as invalid. It is a small
// value, safe to copy and to share.
type Permission struct{ is *permission }

// permission is a permission of a policy, looked up.
type permission struct {
	policy     *policy
	leaf       int // of an area without sub-areas; -1 for another
	of         model.Permission
	everywhere bool     // the leaf exists at scopes of every kind
	kinds      bits.Set // at which it exists
}

// at returns the leaf, if that is all that the permission is about and it exists at scopes of a kind.
func (p *permission) at(kind int32) (leaf int, ok bool) {
	return p.leaf, p.leaf >= 0 && (p.everywhere || p.kinds.Has(int(kind)))
}

// String returns the permission as it is written: "members:edit"; "" for the zero value.
func (p Permission) String() string {
	if p.is == nil {
		return ""
	}
	return p.is.policy.tree.Area(p.is.of.Area).Name + ":" + p.is.policy.chain.Name(p.is.of.Need)
}

// Permission looks up a permission (area:level, or an action). The error says what is wrong with it, and what may have
// been meant. Cost: one look-up in a map.
func (e *Engine) Permission(text string) (Permission, error) {
	if e.hollow() {
		return Permission{}, ErrNotReady
	}
	if text == "" {
		return Permission{}, errNoPermission
	}
	if p := e.policy.find(text); p != nil {
		return Permission{p}, nil
	}
	_, problem := e.policy.permission(text)
	return Permission{}, problem
}

// Place is a scope of the directory that was looked up once, by [Engine.Place], so that checks need not read its
// path. It is valid for the engine that it comes from, and for those that changes of its directory lead to: it names
// the scope, not what the directory says of it, so that a check sees the attributes that its own engine has, and denies
// with [UnknownScope] where that one does not list the scope. With any other engine, and as the zero value, it is
// refused as invalid. It is a small value, safe to copy and to share.
type Place struct {
	scope *listed
	in    *version // the scopes that it was found in
}

// String returns the path of the scope; "" for the zero value.
func (p Place) String() string {
	if p.scope == nil {
		return ""
	}
	return p.scope.path
}

// Place looks up a scope that the directory lists. The error says that it does not, or what is wrong with the path.
// Scopes that requests bring have no place: ask for them by their path. Cost: one look-up in a map.
func (e *Engine) Place(path string) (Place, error) {
	if e.hollow() {
		return Place{}, ErrNotReady
	}
	if scope := e.directory.scopes.find(path); scope != nil {
		return Place{scope, e.directory.scopes.version}, nil
	}
	if _, err := e.policy.kinds.Resolve(path, nil); err != nil {
		return Place{}, err
	}
	return Place{}, fmt.Errorf("the directory lists no scope %s", diag.Quote(path))
}

var (
	errNoPermission    = errors.New("the request names no permission")
	errOtherPermission = errors.New("the permission was looked up in another policy: look it up in the engine that decides")
	errOtherPlace      = errors.New("the scope was looked up in another directory: look it up in the engine that decides")
)

// there returns the scope that a place names, as these scopes have it; nil when they do not list it, or are others
// altogether.
func (s *scopes) there(p Place) *listed {
	if p.in == s.version {
		return p.scope
	}
	return s.moved(p)
}

// moved is there for a place in scopes that have changed since, or are others: ids tell.
func (s *scopes) moved(p Place) *listed {
	if p.in == nil {
		return nil
	}
	if scope := s.at(p.scope.number); scope != nil && scope.id == p.scope.id {
		return scope
	}
	return nil
}

// Allows reports whether the subject is allowed a permission in a scope, now, with no facts but the directory's. It is
// [Subject.Can] for those who ask the same again and again. Cost: tens of nanoseconds, no allocation; a condition
// that has to be asked adds its own.
func (s *Subject) Allows(p Permission, at Place) bool {
	if s != nil && s.plain && p.is != nil && p.is.policy == s.engine.policy {
		if scope := s.engine.directory.scopes.there(at); scope != nil {
			if allowed, sure := s.mayAt(p.is, scope); sure {
				return allowed
			}
		}
	}
	if s.observer() != nil {
		return s.Decide(context.Background(), p, at).Allowed
	}
	q := question{ctx: context.Background(), subject: s, asking: asking{quiet: true}}
	if reason, _ := q.openAt(p, at); reason != Granted {
		return false
	}
	return q.allows(p.is.of)
}

// Decide decides as [Subject.Check] does, with no facts but the directory's. Its cost is that of [Subject.Allows], and a
// little more for the level and the reason.
func (s *Subject) Decide(ctx context.Context, p Permission, at Place) Decision {
	if s != nil && s.plain && p.is != nil && p.is.policy == s.engine.policy {
		if scope := s.engine.directory.scopes.there(at); scope != nil {
			if d, sure := s.decideAt(ctx, p.is, scope); sure {
				return d
			}
		}
	}
	observe := s.observer()
	if observe == nil {
		return s.decide(ctx, p, at)
	}
	began := time.Now()
	d := s.decide(ctx, p, at)
	s.tell(ctx, observe, began, Event{Permission: p.String(), Scope: at.String(), Decision: d})
	return d
}

// decide is Decide for whatever cannot be told at a glance.
func (s *Subject) decide(ctx context.Context, p Permission, at Place) Decision {
	q := question{ctx: ctx, subject: s}
	if reason, err := q.openAt(p, at); reason != Granted {
		if s == nil {
			return Decision{Reason: reason, Err: err}
		}
		return s.engine.deny(reason, err)
	}
	return q.decide(p.is.of)
}

// mayAt decides whether a plain subject is allowed a permission in a scope, where that can be told at a glance.
func (s *Subject) mayAt(p *permission, scope *listed) (allowed, sure bool) {
	leaf, ok := p.at(scope.place.Kind)
	if !ok {
		return false, false
	}
	f := s.facts(scope)
	granted, held, may, how := s.engine.tables.Glance(&scope.place, leaf, p.of.Need, s.grants(), s.rare(), &anyTime)
	if how == table.Asking {
		return s.askAt(p, scope, f, granted, may)
	}
	return held >= p.of.Need, how == table.Sure
}

// facts are what conditions see of a bound subject in a scope that the directory lists: none where there are no
// conditions. They are looked at before the tables are, so that they are fetched from memory in the meantime.
func (s *Subject) facts(scope *listed) (f condition.Facts) {
	if s.sees {
		f = condition.Facts{Principal: s.about.Object(), Scope: scope.about.Object(), Around: s.surroundings()}
	}
	return f
}

// anyTime is the time for those whose grants neither begin nor end.
var anyTime table.Instant

// askAt is mayAt where conditions have to be asked.
func (s *Subject) askAt(p *permission, scope *listed, f condition.Facts, granted table.Level, may table.Maybe) (allowed, sure bool) {
	look := table.Look{Rare: s.rare()}
	if look.Begin(&s.engine.tables, &scope.place, p.leaf, p.of.Need, s.grants(), granted, may) {
		sure, _ = s.engine.ask(context.Background(), &look, scope, f, nil)
	}
	return look.Held >= p.of.Need, sure
}

// decideAt decides what a plain subject asks, where that can be told at a glance.
func (s *Subject) decideAt(ctx context.Context, p *permission, scope *listed) (d Decision, sure bool) {
	leaf, ok := p.at(scope.place.Kind)
	if !ok {
		return d, false
	}
	f := s.facts(scope)
	granted, held, may, how := s.engine.tables.Glance(&scope.place, leaf, table.Exactly, s.grants(), s.rare(), &anyTime)
	switch how {
	case table.Unsure:
		return d, false
	case table.Asking:
		return s.decideAsked(ctx, p, scope, f, granted, may)
	}
	d.say(s.engine, p.of.Need, granted, held)
	return d, true
}

// decideAsked is decideAt where conditions have to be asked.
func (s *Subject) decideAsked(ctx context.Context, p *permission, scope *listed, f condition.Facts, granted table.Level, may table.Maybe) (d Decision, sure bool) {
	look := table.Look{Rare: s.rare()}
	if !look.Begin(&s.engine.tables, &scope.place, p.leaf, table.Exactly, s.grants(), granted, may) {
		return d, false
	}
	sure, failed := s.engine.ask(ctx, &look, scope, f, nil)
	d.say(s.engine, p.of.Need, look.Granted, look.Held)
	return d, sure && !failed // why one failed is told by the walk
}

// say fills in what comes of the levels that are granted and held in one leaf.
func (d *Decision) say(e *Engine, need, granted, held table.Level) {
	d.Level = e.policy.chain.Name(held)
	switch {
	case held >= need:
		d.Allowed, d.Reason = true, Granted
	case granted >= need:
		d.Reason = Limited
	case granted > 0:
		d.Reason = LevelTooLow
	default:
		d.Reason = NoGrant
	}
}

// mostAsked is how many conditions are asked at a glance: where there are more, the walk keeps every answer.
const mostAsked = 16

// ask asks what has to be asked before a glance at a scope is sure, for a principal who brings nothing. It keeps no more
// than the last answer, and makes nothing, but for a condition that reads the request: that is made in the room that the
// principal was made in, if it was.
func (e *Engine) ask(ctx context.Context, look *table.Look, at *listed, f condition.Facts, room *sight) (sure, failed bool) {
	var now time.Time
	if e.readsTime {
		var err error
		if now, err = e.time(now); err != nil {
			return false, false
		}
	}
	v := room
	last, truth := asked{condition: table.Always}, table.Failed
	for range mostAsked {
		c, step, more := look.Ask()
		if !more {
			sure = look.Sure
			break
		}
		if key := (asked{condition: c, step: int16(step)}); key != last {
			program := e.policy.conditions[c]
			if f.Request == nil && program.ReadsRequest() {
				if v == nil {
					v = e.sight()
				}
				f.Around = v.requestOf(f.Around, now)
			}
			f.Scope = e.directory.seen(at, step)
			last, truth = key, truthOf(program.Holds(ctx, &f))
		}
		failed = failed || truth == table.Failed
		look.Tell(truth)
	}
	if v != room {
		v.close()
	}
	return sure, failed
}

// openAt resolves handles, as open, permission and parties do with names.
func (q *question) openAt(p Permission, at Place) (Reason, error) {
	s := q.subject
	if s == nil || s.engine == nil {
		d := s.unasked()
		return d.Reason, d.Err
	}
	e := s.engine
	q.engine = e
	switch {
	case s.refusal != nil && s.refusal.Reason == InvalidRequest:
		return InvalidRequest, s.refusal.Err
	case p.is == nil || p.is.policy != e.policy:
		return InvalidRequest, errOtherPermission
	case at.in == nil || at.in.line != e.directory.scopes.version.line:
		return InvalidRequest, errOtherPlace
	case s.refusal != nil:
		return s.refusal.Reason, s.refusal.Err
	}
	scope := e.directory.scopes.there(at)
	if scope == nil {
		return UnknownScope, fmt.Errorf("the directory lists no scope %s", diag.Quote(at.scope.path))
	}
	q.path, q.scope, q.place = scope.path, scope, &scope.place
	if e.readsTime || s.timed || s.key != nil {
		if err := q.readTime(); err != nil {
			return InvalidRequest, err
		}
	}
	if q.ctx == nil {
		q.ctx = context.Background()
	}
	return Granted, nil
}
