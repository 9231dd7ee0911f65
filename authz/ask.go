package authz

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/internal/table"
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

func (e *Engine) deny(reason Reason, err error) Decision {
	d := Decision{Reason: reason, Err: err}
	if e != nil {
		d.Level = e.policy.chain.Least()
	}
	return d
}

// question is a request while it is answered. A check keeps all of it on the stack: nothing of it may be handed to what
// the compiler cannot see through.
type question struct {
	ctx     context.Context
	subject *Subject
	engine  *Engine
	path    string
	place   *table.Place // where path is, with all that lies there; nil while it is not known
	scope   *listed      // nil: the directory does not list path
	facts   Facts
	now     time.Time
	timed   bool // now has been read
	request condition.Attributes
	brought []condition.Attributes // in step with the path: what the request brings of it
	unknown error                  // the scope is not known
	detail  *detail                // for explanations; see expand
	asking
}

// open resolves where a request asks, and holds its facts against the declarations. A denial is returned when the
// request is invalid, or there is nobody to decide for. The order of the reasons is that of the specification: what the
// request asks for is looked up next, and then [question.parties].
func (q *question) open() (Decision, bool) {
	s := q.subject
	if s == nil || s.engine == nil {
		return s.unasked(), false
	}
	q.engine = s.engine
	if q.ctx == nil {
		q.ctx = context.Background()
	}
	if s.refusal != nil && s.refusal.Reason == InvalidRequest {
		return *s.refusal, false
	}
	if err := q.resolve(); err != nil {
		return q.engine.deny(InvalidRequest, err), false
	}
	return Decision{}, true
}

// permission looks up what a request asks for.
func (q *question) permission(text string) (model.Permission, Decision, bool) {
	if text == "" {
		return model.Permission{}, q.engine.deny(InvalidRequest, errNoPermission), false
	}
	if p := q.engine.policy.find(text); p != nil {
		return p.of, Decision{}, true
	}
	p, problem := q.engine.policy.permission(text) // which says what is wrong with what was not found
	if problem.Rule == "least-level" {
		return p, q.engine.deny(InvalidRequest, problem), false
	}
	return p, q.engine.deny(UnknownPermission, problem), false
}

// parties reports a principal or a scope that is not known.
func (q *question) parties() (Decision, bool) {
	switch {
	case q.subject.refusal != nil:
		return *q.subject.refusal, false
	case q.unknown != nil:
		return q.engine.deny(UnknownScope, q.unknown), false
	}
	return Decision{}, true
}

// resolve finds the path and reads the facts, and says what makes the request invalid. A scope that is not known is
// noted.
func (q *question) resolve() error {
	e := q.engine
	if !q.facts.Time.IsZero() || q.subject.readsTime() {
		if err := q.readTime(); err != nil {
			return err
		}
	}
	if scope := e.directory.scopes.find(q.path); scope != nil {
		q.scope, q.place = scope, &scope.place
	} else if err := q.findPlace(); err != nil {
		return err
	}
	if len(q.facts.Request) > 0 || len(q.facts.Scopes) > 0 {
		return q.checkFacts()
	}
	return nil
}

// readTime reads the time of the request, or else the clock: once, before anything is decided. Where no time can make a
// difference it is not read at all.
func (q *question) readTime() error {
	var err error
	q.timed = true
	q.now, err = q.engine.time(q.facts.Time)
	return err
}

// time returns the time that is given, or else what the clock says.
func (e *Engine) time(given time.Time) (time.Time, error) {
	if given.IsZero() {
		given = e.clock()
	}
	if y := given.UTC().Year(); y < 1 || y > 9999 {
		return given, fmt.Errorf("the time of the request is in the year %d; years are 1 to 9999", y)
	}
	return given, nil
}

// findPlace puts the place together of a path that the directory does not list.
func (q *question) findPlace() error {
	e := q.engine
	if q.path == "" {
		return errors.New("the request names no scope")
	}
	var room [8]model.Step
	steps, err := e.policy.kinds.Resolve(q.path, room[:0])
	if err != nil {
		if bad, ok := errors.AsType[*scope.PathError](err); ok && bad.Fault == scope.Malformed {
			return err
		}
		q.unknown = err
		return nil
	}
	var own *table.Place // begins as that of the nearest scope that is listed
	for i, s := range steps {
		path := q.path[:s.End]
		if q.unknown == nil {
			q.unknown = q.known(i, path)
		}
		if listed := e.directory.scopes.find(path); listed != nil {
			q.place, own = &listed.place, nil
			continue
		}
		if own == nil {
			own = q.place.Begin(len(steps))
			q.place = own
		}
		e.tables.Descend(own, table.Step{Scope: q.number(path, i), Kind: int32(s.Kind)})
	}
	return nil
}

// number returns the number of the i-th scope on the path of a question: that of the directory, that of the
// subject's own assignments, or one of its own below zero when neither names it.
func (q *question) number(path string, i int) int32 {
	if scope, ok := q.engine.directory.scopes.index.Find(path); ok {
		return scope.number
	}
	if n, ok := q.subject.local[path]; ok {
		return n
	}
	return int32(-1 - i)
}

// on returns the path of the i-th scope on the path of the question.
func (q *question) on(i int) string {
	return stepOf(q.path, i)
}

// stepOf returns the path of the i-th scope on a path.
func stepOf(path string, i int) string {
	end := 0
	for ; i >= 0; i-- {
		next := strings.IndexByte(path[end:], '/')
		if next < 0 {
			return path
		}
		end += next + 1
	}
	return path[:end-1]
}

// last is the step of the path at which the question is asked.
func (q *question) last() int { return len(q.place.Path) - 1 }

// known reports a scope that is not known: the directory does not list it, and either nothing above it is listed
// or the request does not bring it.
func (q *question) known(i int, path string) error {
	d := q.engine.directory
	if !d.given {
		return nil
	}
	if d.scopes.find(path) != nil {
		return nil
	}
	if _, ok := q.facts.Scopes[path]; ok && i > 0 {
		return nil
	}
	return fmt.Errorf("the directory lists no scope %s", diag.Quote(path))
}

// checkFacts holds what the request brings against the declarations.
func (q *question) checkFacts() error {
	var r report.Reporter
	brought := q.engine.checkFacts(q.facts, report.Path{}, known(q.engine.directory, q.subject.others), &r)
	if err := r.List().Err(); err != nil {
		return fmt.Errorf("the request brings facts that it cannot: %w", err)
	}
	q.request = brought.request
	if q.place == nil {
		return nil
	}
	for i := range q.place.Path {
		if attributes, ok := brought.scopes[q.on(i)]; ok {
			if q.brought == nil {
				q.brought = make([]condition.Attributes, len(q.place.Path))
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
func (e *Engine) checkFacts(brought Facts, at report.Path, known func(string) bool, r *report.Reporter) broughtFacts {
	b := broughtFacts{scopes: make(map[string]condition.Attributes, len(brought.Scopes))}
	f := facts{env: e.policy.env, known: known, Reporter: r}
	if len(brought.Request) > 0 {
		b.request = f.check(brought.Request, at.Name("request"), func(e *condition.Env) declared { return e.RequestAttributes })
	}
	var room [8]model.Step
	for _, path := range sortedKeys(brought.Scopes) {
		p := at.Names("scopes", path)
		steps, err := e.policy.kinds.Resolve(path, room[:0])
		if err != nil {
			reportPath(r, report.Key(p), err)
			continue
		}
		if e.directory.scopes.find(path) != nil {
			r.Errorf("restated", report.Key(p), "the directory lists %s: what it says of a scope must not be restated", diag.Quote(path))
			continue
		}
		kind := steps[len(steps)-1].Kind
		b.scopes[path] = f.check(brought.Scopes[path], p, kindAttributes(kind))
	}
	return b
}

// kindAttributes checks the attributes of scopes of a kind.
func kindAttributes(kind int) func(*condition.Env) declared {
	return func(e *condition.Env) declared {
		return func(m map[string]any) (condition.Attributes, []condition.FactError) { return e.KindAttributes(kind, m) }
	}
}

// obstacle is why a principal holds nothing, whatever is asked.
type obstacle struct {
	reason Reason
	err    error
	mend   string     // what has to be done
	now    string     // how it is
	of     *principal // or the key
}

// obstacles returns everything that keeps the subject from holding anything here, in the order of the reasons.
func (q *question) obstacles() []obstacle {
	s := q.subject
	own := s.principal
	if s.key != nil {
		own = s.key
	}
	var found []obstacle
	add := func(reason Reason, of *principal, err error, mend, now string) {
		found = append(found, obstacle{reason, err, mend, now, of})
	}
	if s.status != Active {
		add(Inactive, own, fmt.Errorf("%s is %s", diag.Quote(s.id), s.status), "make "+diag.Printable(s.id)+" active", "now "+string(s.status))
	}
	if s.key == nil {
		return found
	}
	if s.principal.status != Active {
		add(Inactive, s.principal, fmt.Errorf("%s, the owner of the key, is %s", diag.Quote(s.principal.id), s.principal.status),
			"make "+diag.Printable(s.principal.id)+", the owner of the key, active", "now "+string(s.principal.status))
	}
	if !q.inTime() {
		add(Expired, s.key, fmt.Errorf("the key ended at %s", clock(s.key.until)), "give the key a later end", "it ended at "+clock(s.key.until))
	}
	if !q.inside() {
		add(OutsideKey, s.key, errors.New("the key is confined to other scopes"), "let the key in to "+diag.Printable(q.path), "it is confined to "+diag.Printable(list(s.key.in)))
	}
	return found
}

// standing returns the reason for which a principal holds nothing whatever is asked, or Granted.
func (q *question) standing() (Reason, error) {
	if q.stands() {
		return Granted, nil
	}
	o := q.obstacles()[0]
	return o.reason, o.err
}

// stands reports whether nothing keeps a principal from holding what it is assigned.
func (q *question) stands() bool {
	s := q.subject
	return s.status == Active && (s.key == nil || s.principal.status == Active && q.inTime() && q.inside())
}

// inTime reports whether the key that asks, if one does, has not ended.
func (q *question) inTime() bool {
	return instant(q.now).Before(q.subject.key.until)
}

// inside reports whether the question is asked where the key holds anything.
func (q *question) inside() bool {
	for _, in := range q.subject.key.in {
		if scope.Contains(in, q.path) {
			return true
		}
	}
	return len(q.subject.key.in) == 0
}

// walk decides for the leaves from first to last. A key whose conditions may read the key is decided for twice: the
// owner's own level is the bound (sentence 8).
func (q *question) walk(first, last int, enough table.Level, granted, held []table.Level) {
	q.walkOnce(first, last, enough, granted, held)
	if q.subject.key == nil || !q.engine.readsKey {
		return
	}
	var room [2 * 32]table.Level
	grantedToOwner, heldByOwner := halves(room[:], last-first)
	q.asOwner = true
	q.walkOnce(first, last, enough, grantedToOwner, heldByOwner)
	q.asOwner = false
	model.Row(granted).Meet(grantedToOwner)
	model.Row(held).Meet(heldByOwner)
}

// halves returns two lists of n levels, in the room if there is enough.
func halves(room []table.Level, n int) (granted, held []table.Level) {
	if 2*n > len(room) {
		room = make([]table.Level, 2*n)
	}
	return room[:n], room[n : 2*n]
}

func (q *question) walkOnce(first, last int, enough table.Level, granted, held []table.Level) {
	s := q.subject
	var w table.Walk // filled in place: what is composed is copied
	w.Place, w.Limits, w.First, w.Last, w.Enough, w.Granted, w.Held = q.place, s.few.Limits, first, last, enough, granted, held
	if q.timed {
		w.Now = instant(q.now)
	}
	w.Start(&q.engine.tables)
	w.Add(s.given())
	if s.loose {
		q.addGroups(&w)
	}
	for c, step, more := w.Ask(); more; c, step, more = w.Ask() {
		w.Tell(q.holds(c, step))
	}
}

// addGroups adds what the groups of a subject are given that has not been bound.
func (q *question) addGroups(w *table.Walk) {
	d := q.engine.directory
	for _, list := range [2][]int32{q.subject.principal.groups, d.builtins(q.subject.principal.kind)} {
		for _, g := range list {
			for _, up := range d.groupList[g].all {
				w.Add(d.groupList[up].Given)
			}
		}
	}
}

// expand finds out what the subject is assigned, and where each grant comes from.
func (q *question) expand() *detail {
	if q.detail == nil {
		q.detail = &detail{}
	}
	if !q.detail.full {
		q.detail.fill(q.subject)
	}
	return q.detail
}

// put is the question as explanations and what-ifs put it to the tables.
func (q *question) put(first, last int) table.Question {
	t := q.whole()
	t.First, t.Last = first, last
	return t
}

// whole is the question without what it is about, as grants are judged by it.
func (q *question) whole() table.Question {
	d := q.expand()
	return table.Question{Given: d.Given, Limits: q.subject.few.Limits, Path: q.place.Path, Now: instant(q.now)}
}

// answer decides a question that was changed after it was put, as walk would.
func (q *question) answer(t *table.Question, granted, held []table.Level, holds func(condition int32, step int) table.Truth) {
	q.engine.tables.Answer(t, granted, held, holds)
	if q.subject.key == nil || !q.engine.readsKey {
		return
	}
	owners := *t
	owners.Trace = nil
	given, left := halves(nil, len(held))
	q.asOwner = true
	q.engine.tables.Answer(&owners, given, left, holds)
	q.asOwner = false
	model.Row(granted).Meet(given)
	model.Row(held).Meet(left)
}
