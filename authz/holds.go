package authz

import (
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/scope"
)

// asking is what a question remembers of the conditions that it asks.
type asking struct {
	asOwner  bool // conditions read the owner of the key, without the key
	frame    *condition.Frame
	framed   asked // for whom, and at which step, the frame is filled
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
	if truth, ok := q.more[key]; ok {
		return truth
	}
	truth := table.False
	ok, err := q.engine.policy.conditions[n].Eval(q.ctx, q.factsAt(step))
	switch {
	case err != nil:
		truth = table.Failed
		if q.failures == nil {
			q.failures = new([]failure)
		}
		*q.failures = append(*q.failures, failure{key, err})
	case ok:
		truth = table.True
	}
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

// factsAt gathers what conditions may read at a step of the path: of kinds that nest in themselves, the nearest.
func (q *question) factsAt(step int) *condition.Facts {
	p, s := q.engine.policy, q.subject
	at := asked{step: int16(step), asOwner: q.asOwner}
	switch {
	case q.frame == nil:
		q.frame = p.frames.Get().(*condition.Frame)
		q.frame.SetRequest(q.now, q.request)
	case q.framed == at:
		return &q.frame.Facts
	default:
		clear(q.frame.Scopes)
	}
	q.framed = at
	q.frame.People = s.people
	who := condition.Principal{ID: s.principal.id, Kind: string(s.principal.kind), Status: string(s.principal.status)}
	if s.key != nil && !q.asOwner {
		who.Key = s.key.id
	}
	if q.engine.readsGroups {
		who.Groups = s.groupNames(q.engine.directory)
	}
	q.frame.SetPrincipal(who, s.principal.attributes)
	for i := 0; i <= step; i++ {
		q.setScope(i)
	}
	return &q.frame.Facts
}

// setScope puts the i-th scope of the path before the conditions.
func (q *question) setScope(i int) {
	at := q.place.Path[i]
	if s := q.engine.directory.scopes.at(at.Scope); s != nil {
		q.frame.Scopes[at.Kind] = s.object
		return
	}
	path := q.on(i)
	var attributes condition.Attributes
	if q.brought != nil {
		attributes = q.brought[i]
	}
	q.frame.SetScope(int(at.Kind), scope.ID(path), path, attributes)
}

// close gives back what conditions were asked with.
func (q *question) close() {
	if q.frame != nil {
		q.frame.Reset()
		q.engine.policy.frames.Put(q.frame)
		q.frame = nil
	}
}
