package authz

import (
	"context"
	"errors"
	"fmt"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/table"
)

// Permission is a permission that was looked up once, by [Engine.Permission], so that checks need not read its name.
// It is valid for every engine of the same policy: the one that it comes from, and those that changes of the
// directory lead to. With any other engine, and as the zero value, it is refused as invalid. It is a small
// value, safe to copy and to share.
type Permission struct {
	policy *policy
	leaf   int // of an area without sub-areas; -1 for another
	model.Permission
}

// String returns the permission as it is written: "members:edit"; "" for the zero value.
func (p Permission) String() string {
	if p.policy == nil {
		return ""
	}
	return p.policy.tree.Area(p.Area).Name + ":" + p.policy.chain.Name(p.Need)
}

// Permission looks up a permission (area:level, or an action). The error says what is wrong with it, and what may have
// been meant. Cost: one look-up in a map.
func (e *Engine) Permission(text string) (Permission, error) {
	if e.hollow() {
		return Permission{}, errNoEngine
	}
	if text == "" {
		return Permission{}, errNoPermission
	}
	if p, ok := e.policy.find(text); ok {
		return p, nil
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
	line   *line
	number int32
	id     uint64 // of two engines that changes lead to from one, either may have a scope of this number
	path   string
}

// line is what the directories have in common that changes lead from one to the other: a scope keeps its number.
type line struct{ _ byte }

// String returns the path of the scope; "" for the zero value.
func (p Place) String() string { return p.path }

// Place looks up a scope that the directory lists. The error says that it does not, or what is wrong with the path.
// Scopes that requests bring have no place: ask for them by their path. Cost: one look-up in a map.
func (e *Engine) Place(path string) (Place, error) {
	if e.hollow() {
		return Place{}, errNoEngine
	}
	if n, ok := e.directory.scopes.find(path); ok {
		return Place{e.directory.line, n, e.directory.scopes.at(n).id, path}, nil
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

// Allows reports whether the subject is allowed a permission in a scope, now, with no facts but the directory's. It is
// [Subject.Can] for those who ask the same again and again. Cost: tens of nanoseconds, no allocation; a condition
// that has to be asked adds its own.
func (s *Subject) Allows(p Permission, at Place) bool {
	if s != nil && s.plain && p.leaf >= 0 {
		e := s.engine
		if scope := e.directory.scopes.at(at.number); scope != nil && scope.id == at.id && p.policy == e.policy {
			if _, held, sure := e.tables.Glance(&scope.place, p.leaf, table.Instant{}, s.grants, s.terms, s.limits, p.Need); sure {
				return held >= p.Need && p.Need > 0
			}
		}
	}
	q := question{ctx: context.Background(), subject: s}
	if reason, _ := q.openAt(p, at); reason != Granted {
		return false
	}
	return q.allows(p.Permission)
}

// Decide decides as [Subject.Check] does, with no facts but the directory's. Its cost is that of [Subject.Allows], and a
// little more for the level and the reason.
func (s *Subject) Decide(ctx context.Context, p Permission, at Place) Decision {
	if s != nil && s.plain && p.leaf >= 0 {
		e := s.engine
		if scope := e.directory.scopes.at(at.number); scope != nil && scope.id == at.id && p.policy == e.policy {
			if d, sure := e.glanceAt(p, &scope.place, s.grants, s.terms, s.limits); sure {
				return d
			}
		}
	}
	q := question{ctx: ctx, subject: s}
	if reason, err := q.openAt(p, at); reason != Granted {
		if s == nil {
			return Decision{Reason: reason, Err: err}
		}
		return s.engine.deny(reason, err)
	}
	return q.decide(p.Permission)
}

// glance decides a request that names what is listed and brings no facts, where that can be told at a glance.
func (e *Engine) glance(r *Request, grants []table.Grant, terms []table.Terms, limits table.Limits) (d Decision, sure bool) {
	if r.Request != nil || r.Scopes != nil || !r.Time.IsZero() {
		return d, false
	}
	p, ok := e.policy.find(r.Permission)
	if !ok || p.leaf < 0 {
		return d, false
	}
	n, ok := e.directory.scopes.find(r.Scope)
	if !ok {
		return d, false
	}
	return e.glanceAt(p, &e.directory.scopes.list.At(int(n)).place, grants, terms, limits)
}

// canAt decides whether a permission is allowed, where that can be told at a glance.
func (e *Engine) canAt(permission, scope string, grants []table.Grant, terms []table.Terms, limits table.Limits) (allowed, sure bool) {
	p, ok := e.policy.find(permission)
	if !ok || p.leaf < 0 {
		return false, false
	}
	n, ok := e.directory.scopes.find(scope)
	if !ok {
		return false, false
	}
	_, held, sure := e.tables.Glance(&e.directory.scopes.list.At(int(n)).place, p.leaf, table.Instant{}, grants, terms, limits, p.Need)
	return held >= p.Need && p.Need > 0, sure
}

func (e *Engine) glanceAt(p Permission, place *table.Place, grants []table.Grant, terms []table.Terms, limits table.Limits) (d Decision, sure bool) {
	granted, held, sure := e.tables.Glance(place, p.leaf, table.Instant{}, grants, terms, limits, table.Exactly)
	if !sure || p.Need == 0 {
		return d, false
	}
	d.Level = e.policy.chain.Name(held)
	switch {
	case held >= p.Need:
		d.Allowed, d.Reason = true, Granted
	case granted >= p.Need:
		d.Reason = Limited
	case granted > 0:
		d.Reason = LevelTooLow
	default:
		d.Reason = NoGrant
	}
	return d, true
}

// openAt resolves handles, as open, permission and parties do with names.
func (q *question) openAt(p Permission, at Place) (Reason, error) {
	s := q.subject
	if s == nil || s.engine == nil {
		return UnknownPrincipal, ErrNoPrincipal
	}
	e := s.engine
	q.engine = e
	switch {
	case s.refusal != nil && s.refusal.Reason == InvalidRequest:
		return InvalidRequest, s.refusal.Err
	case p.policy != e.policy:
		return InvalidRequest, errOtherPermission
	case at.line != e.directory.line || at.line == nil:
		return InvalidRequest, errOtherPlace
	case s.refusal != nil:
		return s.refusal.Reason, s.refusal.Err
	}
	scope := e.directory.scopes.at(at.number)
	if scope == nil || scope.id != at.id {
		return UnknownScope, fmt.Errorf("the directory lists no scope %s", diag.Quote(at.path))
	}
	q.path, q.place = at.path, &scope.place
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
