package authz

import (
	"time"

	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/scope"
)

// asking is what a question remembers of the conditions that it asks.
type asking struct {
	quiet    bool // nobody wants to know why a condition fails
	asOwner  bool // conditions read the owner of the key, without the key
	sight    *sight
	answers  [4]answered
	n        int
	more     map[asked]table.Truth // when there is no more room in answers
	failures *[]failure            // nil: none
}

// asked is a condition at a step of the path.
type asked struct {
	condition int32
	step      int16
	asOwner   bool
}

type answered struct {
	asked
	truth table.Truth
}

// failure is a condition that could not be evaluated.
type failure struct {
	asked
	err error
}

// holds asks a condition at a step of the path. A condition is asked once in a decision, however many rules it
// belongs to.
func (q *question) holds(n int32, step int) table.Truth {
	key := asked{n, int16(step), q.asOwner}
	for i := range q.answers[:min(q.n, len(q.answers))] {
		if q.answers[i].asked == key {
			return q.answers[i].truth
		}
	}
	if q.more != nil {
		if truth, ok := q.more[key]; ok {
			return truth
		}
	}
	truth := q.evaluate(key)
	if q.n < len(q.answers) {
		q.answers[q.n] = answered{key, truth}
	} else {
		if q.more == nil {
			q.more = map[asked]table.Truth{}
		}
		q.more[key] = truth
	}
	q.n++
	return truth
}

func (q *question) evaluate(key asked) table.Truth {
	program := q.engine.policy.conditions[key.condition]
	facts := q.factsAt(int(key.step), program)
	if q.quiet {
		return truthOf(program.Holds(q.ctx, &facts))
	}
	holds, err := program.Eval(q.ctx, &facts)
	if err != nil {
		if q.failures == nil {
			q.failures = new([]failure)
		}
		*q.failures = append(*q.failures, failure{key, err})
	}
	return truthOf(holds, err == nil)
}

func truthOf(holds, ok bool) table.Truth {
	switch {
	case !ok:
		return table.Failed
	case holds:
		return table.True
	}
	return table.False
}

// sight is what has to be made for conditions, where not all that they see stands there already: the request, a scope
// that the directory does not list, a principal that is not bound.
type sight struct {
	*condition.Frame
	engine  *Engine
	place   *table.Place
	path    string
	brought []condition.Attributes
	made    []*condition.Object // of scopes that the directory does not list, by step
	step    int
	asOwner bool // the principal is the owner of the key, without the key
}

// Scope finds the scope of a kind on a path that the directory does not list to its end: of kinds that nest in
// themselves, the nearest. A scope is looked up when a condition reads it.
func (v *sight) Scope(_ *condition.Object, kind int) *condition.Object {
	for i := v.step; i >= 0; i-- {
		if v.place.Path[i].Kind == int32(kind) {
			return v.object(i, kind)
		}
	}
	return nil
}

// object returns the i-th scope of the path as conditions see it.
func (v *sight) object(i, kind int) *condition.Object {
	if s := v.engine.directory.scopes.at(v.place.Path[i].Scope); s != nil {
		return s.about.Object()
	}
	if v.made == nil {
		v.made = make([]*condition.Object, len(v.place.Path))
	}
	if v.made[i] == nil {
		path := stepOf(v.path, i)
		var attributes condition.Attributes
		if v.brought != nil {
			attributes = v.brought[i]
		}
		v.made[i] = v.engine.policy.env.Scope(kind, scope.ID(path), path, attributes, nil)
	}
	return v.made[i]
}

// factsAt gathers what a condition may read at a step of the path.
func (q *question) factsAt(step int, program *condition.Program) condition.Facts {
	f := condition.Facts{Around: q.subject.surroundings()}
	if !q.asOwner {
		f.Principal = q.subject.about.Object()
	}
	if f.Principal == nil {
		f.Principal = q.principal()
	}
	if q.scope != nil {
		f.Scope = q.engine.directory.seen(q.scope, step)
	}
	if q.scope == nil || program.ReadsRequest() {
		f.Around = q.around(f.Around, step, program)
	}
	return f
}

// principal returns a principal that has to be made as conditions see it.
func (q *question) principal() *condition.Object {
	v := q.seeing()
	if v.Principal == nil || v.asOwner != q.asOwner {
		v.asOwner = q.asOwner
		v.SetPrincipal(q.subject.asPrincipal(q.asOwner))
	}
	return v.Principal
}

// around returns what conditions see beside the principal and the scope, where a request brings any of it.
func (q *question) around(given *condition.Around, step int, program *condition.Program) *condition.Around {
	v := q.seeing()
	if v.Scopes, v.People = given.Scopes, given.People; q.scope == nil {
		v.Scopes, v.place, v.path, v.brought, v.step = v, q.place, q.path, q.brought, step
	}
	if program.ReadsRequest() && v.Request == nil {
		v.SetRequest(q.now, q.request)
	}
	return v.Around
}

// requestOf puts a request that brings nothing but its time beside what is around.
func (v *sight) requestOf(around *condition.Around, now time.Time) *condition.Around {
	v.Scopes, v.People = around.Scopes, around.People
	v.SetRequest(now, condition.Attributes{})
	return v.Around
}

// seeing returns room for what has to be made for conditions.
func (q *question) seeing() *sight {
	if q.sight == nil {
		q.sight = q.engine.sight()
	}
	return q.sight
}

// sight returns room for what has to be made for conditions.
func (e *Engine) sight() *sight {
	v := e.policy.sights.Get().(*sight)
	v.engine = e
	return v
}

// sightOf returns it for a plain principal that is not bound.
func (e *Engine) sightOf(k kept) *sight {
	v := e.sight()
	p := k.Principal()
	v.SetPrincipal(condition.Principal{ID: p.ID, Kind: string(kinds[p.Kind]), Status: string(statuses[p.Status])}, p.Extra.facts())
	return v
}

// asPrincipal returns the subject as conditions see it.
func (s *Subject) asPrincipal(asOwner bool) (condition.Principal, condition.Attributes) {
	who := condition.Principal{ID: s.principal.id, Kind: string(s.principal.kind), Status: string(s.principal.status)}
	if s.key != nil && !asOwner {
		who.Key = s.key.id
	}
	if s.engine.readsGroups {
		who.Groups = s.groupNames(s.engine.directory)
	}
	return who, s.principal.attributes
}

// close gives back what conditions were asked with.
func (q *question) close() {
	if q.sight != nil {
		q.sight.close()
		q.sight = nil
	}
}

// close gives the room back, with nothing in it.
func (v *sight) close() {
	sights := v.engine.policy.sights
	v.Reset()
	if v.engine = nil; v.place != nil {
		v.place, v.path, v.brought, v.made = nil, "", nil, nil
	}
	v.asOwner = false
	sights.Put(v)
}
