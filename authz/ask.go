package authz

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// Request asks for a permission in a scope.
type Request struct {
	Permission string // area:level, or an action
	Scope      string // a path, such as "org:acme/workspace:ml"
	Facts
}

// Facts are what a request brings for conditions to read. They are held against the declarations before any
// condition sees them: facts that are undeclared or of another type than declared, or that restate what the
// directory lists, make the request invalid.
type Facts struct {
	Time    time.Time             // the time of the request; zero: the engine's clock is read once
	Request Attributes            // the attributes declared under `request`
	Scopes  map[string]Attributes // by path, of scopes that the directory does not list
}

var errNoEngine = errors.New("there is no engine: no policy was loaded")

func (e *Engine) deny(reason Reason, err error) Decision {
	d := Decision{Reason: reason, Err: err}
	if e != nil {
		d.Level = e.policy.chain.Least()
	}
	return d
}

// question is a request while it is answered.
type question struct {
	ctx     context.Context
	subject *Subject
	engine  *Engine
	path    string
	steps   []scope.Step
	places  []table.Step
	objects []*condition.Object // in step with steps; made when a condition is asked
	facts   Facts
	now     time.Time
	request *condition.Object
	brought []condition.Attributes // in step with steps: what the request brings of it
	asOwner bool                   // conditions read the owner of the key, without the key

	answers  map[asked]table.Truth // of conditions; nil until one is asked
	assume   map[asked]bool        // conditions taken as true, to look for ways to a yes
	failures []failure
	trace    *table.Trace
}

// asked is a condition at a step of the path.
type asked struct {
	condition int32
	step      int
	asOwner   bool
}

// failure is a condition that could not be evaluated.
type failure struct {
	asked
	err error
}

// open resolves what a request names, and holds its facts against the declarations. A denial is returned when
// there is nothing left to decide. The order of the reasons is that of the specification.
func (q *question) open(permission string, asksPermission bool) (roles.Permission, Decision, bool) {
	s := q.subject
	if s == nil || s.engine == nil {
		return roles.Permission{}, Decision{Reason: UnknownPrincipal, Err: ErrNoPrincipal}, false
	}
	e := s.engine
	q.engine = e
	if q.ctx == nil {
		q.ctx = context.Background()
	}
	if s.refused && s.refusal.Reason == InvalidRequest {
		return roles.Permission{}, s.refusal, false
	}
	unknownScope, err := q.resolve()
	if err != nil {
		return roles.Permission{}, e.deny(InvalidRequest, err), false
	}
	var p roles.Permission
	if asksPermission {
		if permission == "" {
			return p, e.deny(InvalidRequest, errors.New("the request names no permission")), false
		}
		var problem *diag.Problem
		if p, problem = e.policy.permission(permission); problem != nil {
			reason := UnknownPermission
			if problem.Rule == "least-level" {
				reason = InvalidRequest
			}
			return p, e.deny(reason, problem), false
		}
	}
	switch {
	case s.refused:
		return p, s.refusal, false
	case unknownScope != nil:
		return p, e.deny(UnknownScope, unknownScope), false
	}
	return p, Decision{}, true
}

// resolve reads the path and the facts. The first result says that the scope is not known, the second that the
// request is invalid.
func (q *question) resolve() (unknown, invalid error) {
	e := q.engine
	q.now = q.facts.Time
	if q.now.IsZero() {
		q.now = e.clock()
	}
	if y := q.now.UTC().Year(); y < 1 || y > 9999 {
		return nil, fmt.Errorf("the time of the request is in the year %d; years are 1 to 9999", y)
	}
	if q.path == "" {
		return nil, errors.New("the request names no scope")
	}
	steps, err := e.policy.kinds.Resolve(q.path, q.steps[:0])
	if err != nil {
		var bad *scope.PathError
		if errors.As(err, &bad) && bad.Fault == scope.Malformed {
			return nil, err
		}
		unknown = err
	}
	q.steps = steps
	if len(q.facts.Request) > 0 || len(q.facts.Scopes) > 0 {
		if err := q.checkFacts(); err != nil {
			return nil, err
		}
	}
	if unknown != nil {
		return unknown, nil
	}
	q.places = q.places[:0]
	for i, s := range steps {
		path := q.path[:s.End]
		q.places = append(q.places, table.Step{Scope: q.subject.number(path, i), Kind: int32(s.Kind)})
		if unknown == nil {
			unknown = q.known(i, path)
		}
	}
	return unknown, nil
}

// known reports a scope that is not known: the directory does not list it, and either nothing above it is listed
// or the request does not bring it.
func (q *question) known(i int, path string) error {
	d := q.engine.directory
	if !d.given {
		return nil
	}
	if _, ok := d.scopes.find(path); ok {
		return nil
	}
	if _, ok := q.facts.Scopes[path]; ok && i > 0 {
		return nil
	}
	return fmt.Errorf("the directory lists no scope %s", diag.Quote(path))
}

// checkFacts holds what the request brings against the declarations.
func (q *question) checkFacts() error {
	var r diag.Reporter
	brought := q.engine.checkFacts(q.facts, diag.Path{}, &r)
	if err := r.List().Err(); err != nil {
		return fmt.Errorf("the request brings facts that it cannot: %w", err)
	}
	q.request = q.engine.policy.env.Request(q.now, brought.request, q.subject.lookup)
	for i, s := range q.steps {
		if attributes, ok := brought.scopes[q.path[:s.End]]; ok {
			if q.brought == nil {
				q.brought = make([]condition.Attributes, len(q.steps))
			}
			q.brought[i] = attributes
		}
	}
	return nil
}

// broughtFacts are the facts of a request, checked.
type broughtFacts struct {
	request condition.Attributes
	scopes  map[string]condition.Attributes
}

// checkFacts checks facts, and reports what is undeclared, of another type than declared, or restates what the
// directory lists.
func (e *Engine) checkFacts(facts Facts, at diag.Path, r *diag.Reporter) broughtFacts {
	b := broughtFacts{scopes: make(map[string]condition.Attributes, len(facts.Scopes))}
	if e.policy.env == nil {
		return b // the declarations are wrong, and that is said
	}
	check := func(facts Attributes, at diag.Path, declared func(map[string]any) (condition.Attributes, []condition.FactError)) condition.Attributes {
		attributes, faults := declared(facts.plain())
		reportFacts(r, at, faults)
		e.checkRestated(facts.plain(), at, r)
		return attributes
	}
	b.request = check(facts.Request, at.Name("request"), e.policy.env.RequestAttributes)
	for _, path := range sortedKeys(facts.Scopes) {
		p := at.Names("scopes", path)
		steps, err := e.policy.kinds.Resolve(path, nil)
		if err != nil {
			reportPath(r, diag.Key(p), err)
			continue
		}
		if _, listed := e.directory.scopes.find(path); listed {
			r.Errorf("restated", diag.Key(p), "the directory lists %s: what it says of a scope must not be restated", diag.Quote(path))
			continue
		}
		kind := steps[len(steps)-1].Kind
		b.scopes[path] = check(facts.Scopes[path], p, func(m map[string]any) (condition.Attributes, []condition.FactError) {
			return e.policy.env.KindAttributes(kind, m)
		})
	}
	return b
}

// checkRestated reports principals among the facts that the directory lists: a caller must not make somebody active.
func (e *Engine) checkRestated(v any, at diag.Path, r *diag.Reporter) {
	switch v := v.(type) {
	case condition.Ref:
		if _, listed := e.directory.principals[v.ID]; listed {
			r.Errorf("restated", diag.Value(at), "the directory lists the principal %s: name it by its id alone", diag.Quote(v.ID))
		}
		e.checkRestated(v.Attributes, at.Name("attributes"), r)
	case map[string]any:
		for _, k := range sortedKeys(v) {
			e.checkRestated(v[k], at.Name(k), r)
		}
	case []any:
		for i := range v {
			e.checkRestated(v[i], at.Index(i), r)
		}
	}
}

// holds asks a condition at a step of the path. A condition is asked once in a decision, however many rules it
// belongs to.
func (q *question) holds(n int32, step int) table.Truth {
	key := asked{n, step, q.asOwner}
	if truth, ok := q.answers[key]; ok {
		return truth
	}
	if q.answers == nil {
		q.answers = map[asked]table.Truth{}
	}
	truth := table.False
	ok, err := q.engine.policy.conditions[n].Eval(q.ctx, q.factsAt(step))
	switch {
	case q.assume[key]:
		truth = table.True
	case err != nil:
		truth = table.Failed
		q.failures = append(q.failures, failure{key, err})
	case ok:
		truth = table.True
	}
	q.answers[key] = truth
	return truth
}

// factsAt gathers what conditions may read at a step of the path: of kinds that nest in themselves, the nearest.
func (q *question) factsAt(step int) *condition.Facts {
	e := q.engine
	if q.objects == nil {
		q.objects = make([]*condition.Object, len(q.steps))
	}
	if q.request == nil {
		q.request = e.policy.env.Request(q.now, condition.Attributes{}, q.subject.lookup)
	}
	f := &condition.Facts{Principal: q.subject.object, Request: q.request, Scopes: make([]*condition.Object, e.policy.kinds.Len())}
	if q.asOwner {
		f.Principal = q.subject.owner
	}
	for i := 0; i <= step; i++ {
		if q.objects[i] == nil {
			q.objects[i] = q.object(i)
		}
		f.Scopes[q.steps[i].Kind] = q.objects[i]
	}
	return f
}

func (q *question) object(i int) *condition.Object {
	e := q.engine
	path := q.path[:q.steps[i].End]
	if n, ok := e.directory.scopes.find(path); ok {
		return e.directory.scopes.list[n].object
	}
	var attributes condition.Attributes
	if q.brought != nil {
		attributes = q.brought[i]
	}
	return e.policy.env.Scope(q.steps[i].Kind, scope.ID(path), path, attributes, q.subject.lookup)
}

// standing returns the reason for which a principal holds nothing whatever is asked, or Granted.
func (q *question) standing() (Reason, error) {
	s := q.subject
	if s.status != Active {
		return Inactive, fmt.Errorf("%s is %s", diag.Quote(s.id), s.status)
	}
	if s.key == nil {
		return Granted, nil
	}
	if s.principal.status != Active {
		return Inactive, fmt.Errorf("%s, the owner of the key, is %s", diag.Quote(s.principal.id), s.principal.status)
	}
	if !instant(q.now).Before(s.key.until) {
		return Expired, fmt.Errorf("the key ended at %s", time.Unix(s.key.until.Sec, int64(s.key.until.Nsec)).UTC().Format(time.RFC3339Nano))
	}
	if len(s.key.in) > 0 {
		for _, in := range s.key.in {
			if scope.Contains(in, q.path) {
				return Granted, nil
			}
		}
		return OutsideKey, errors.New("the key is confined to other scopes")
	}
	return Granted, nil
}

// answer fills granted and held for the leaves from first to last. A key whose conditions may read the key is
// answered twice: the owner's own level is the bound (sentence 8).
func (q *question) answer(first, last int, granted, held []table.Level) {
	s := q.subject
	t := table.Question{
		Grants: s.grants,
		Limits: s.limits,
		Path:   q.places,
		Now:    instant(q.now),
		First:  first,
		Last:   last,
		Holds:  q.holds,
		Trace:  q.trace,
	}
	q.engine.tables.Answer(&t, granted, held)
	if s.key == nil || !q.engine.policy.readsKey() {
		return
	}
	t.Trace = nil
	q.asOwner = true
	defer func() { q.asOwner = false }()
	var room [2 * 64]table.Level
	levels := room[:0]
	n := last - first
	if 2*n > len(room) {
		levels = make([]table.Level, 0, 2*n)
	}
	levels = levels[:2*n]
	q.engine.tables.Answer(&t, levels[:n], levels[n:])
	roles.Row(granted).Meet(levels[:n])
	roles.Row(held).Meet(levels[n:])
}

// readsKey reports whether any condition of the policy reads the key of the principal.
func (p *policy) readsKey() bool {
	for _, c := range p.conditions {
		if c.ReadsKey() {
			return true
		}
	}
	return false
}
