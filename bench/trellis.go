package main

import (
	"maps"
	"slices"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// Trellis: this library, with everything on that it does for any policy. Three ways in stand apart below, each with what
// its caller holds: a way that the library gains is a few lines here.

const sameDepartment = "principal.department == workspace.department"

func ofPlain(w *workload) trellis {
	return trellis{words: w.words, build: func() (*authz.Engine, error) { return trellisEngine(w) }}
}

// trellisEngine builds the engine that all ways in share, principal by principal, as from a database.
func trellisEngine(w *workload) (*authz.Engine, error) {
	policy, err := authz.New(trellisPolicy(w), nil)
	if err != nil {
		return nil, err
	}
	b := policy.Builder()
	paths := make([]string, w.scopes())
	for s := range paths {
		paths[s] = w.path(int32(s))
		sc := authz.Scope{Path: paths[s]}
		if w.conditional && w.parent[s] >= 0 {
			sc.Attributes = authz.Attributes{"department": departmentNames[w.department[s]]}
		}
		if err := b.Scope(sc); err != nil {
			return nil, err
		}
	}
	names := make([][]string, len(w.roles))
	for i, r := range w.roles {
		names[i] = []string{r.name}
	}
	var given []authz.Assignment
	for m := range int32(w.members) {
		p := authz.Principal{ID: w.memberID(m), Status: authz.Active}
		if w.conditional {
			p.Attributes = authz.Attributes{"department": departmentNames[w.belong[m]]}
		}
		given = given[:0]
		for _, a := range w.of(m) {
			given = append(given, authz.Assignment{Roles: names[a.role], In: paths[a.scope : a.scope+1]})
		}
		p.Assignments = given
		if err := b.Principal(p); err != nil {
			return nil, err
		}
	}
	return b.Build()
}

// change measures one change of the directory, of a member here and there: the engine itself stays as it is.
func (m measuring) change(f *figures, w *workload) error {
	engine, i := f.prepared.(wayIn).loaded(), int32(0)
	var wrong error
	to := authz.Assignment{Roles: []string{w.roles[1].name}, In: []string{w.path(int32(w.orgs))}}
	f.Change, f.ChangeLow, f.ChangeBytes, _ = m.op(func() {
		i = (i + 7919) % int32(w.members)
		if _, err := engine.Apply(authz.Assign(w.memberID(i), to)); err != nil {
			wrong = err
		}
	})
	return wrong
}

func trellisPolicy(w *workload) authz.Policy {
	policy := authz.Policy{
		Name: "bench",
		Scopes: []scope.Kind{
			{Name: "org"},
			{Name: "workspace", In: []string{"org"}},
		},
		Areas: trellisAreas(w.areas),
	}
	if w.conditional {
		policy.Principal = map[string]string{"department": "string"}
		policy.Scopes[1].Attributes = map[string]string{"department": "string"}
	}
	for _, r := range w.roles {
		role := roles.Role{Name: r.name, At: []string{"workspace"}, Areas: grant(r.always)}
		if r.org {
			role.At, role.Reach = []string{"org"}, roles.All
		}
		if r.may != nil {
			more := grant(r.may)
			maps.DeleteFunc(more, func(_, level string) bool { return level != "edit" })
			if len(more) > 0 {
				role.Grants = []roles.Conditional{{Areas: more, When: sameDepartment}}
			}
		}
		policy.Roles = append(policy.Roles, role)
	}
	return policy
}

func trellisAreas(areas []area) (declared []roles.Area) {
	for _, a := range areas {
		d := roles.Area{Name: a.name}
		for _, sub := range a.subs {
			d.Areas = append(d.Areas, roles.Area{Name: sub})
		}
		declared = append(declared, d)
	}
	return declared
}

func grant(levels []uint8) roles.Grant {
	g := roles.Grant{}
	for leaf, level := range levels {
		if level > none {
			g[leafNames[leaf]] = levelNames[level]
		}
	}
	return g
}

// The ways in. They share an engine where they are measured together, as they would in a service.

type wayIn interface {
	share(*authz.Engine)
	loaded() *authz.Engine
}

type trellis struct {
	build  func() (*authz.Engine, error)
	words  func(request) asking
	engine *authz.Engine
}

func (t *trellis) load() (err error) {
	t.engine, err = t.build()
	return err
}

// share takes the engine of another way in, instead of loading.
func (t *trellis) share(loaded *authz.Engine) { t.engine = loaded }

func (t *trellis) loaded() *authz.Engine { return t.engine }

// Strings in: the caller holds three strings.

type trellisStrings struct {
	trellis
	asked []asking
}

func (t *trellisStrings) name() string { return "Trellis, strings in" }

func (t *trellisStrings) prepare(requests []request) error {
	t.asked = inWords(len(requests), func(i int) asking { return t.words(requests[i]) })
	return nil
}

func (t *trellisStrings) run(from, n int) (allowed int) {
	mask := len(t.asked) - 1
	for i := from; i < from+n; i++ {
		q := &t.asked[i&mask]
		if t.engine.Can(q.principal, q.permission, q.scope) {
			allowed++
		}
	}
	return allowed
}

// Bound: the caller holds the principal, bound at the start of its request or at its login, and handles of the
// permission and the scope.

type trellisBound struct {
	trellis
	asked []boundRequest
}

type boundRequest struct {
	subject    *authz.Subject
	permission authz.Permission
	place      authz.Place
}

func (t *trellisBound) name() string { return "Trellis, bound" }

func (t *trellisBound) prepare(requests []request) (err error) {
	asked := inWords(len(requests), func(i int) asking { return t.words(requests[i]) })
	subjects := t.bind(requests, asked)
	t.asked = make([]boundRequest, len(requests))
	for i, q := range asked {
		at := &t.asked[i]
		at.subject = subjects[requests[i].member]
		if at.permission, err = t.engine.Permission(q.permission); err != nil {
			return err
		}
		if at.place, err = t.engine.Place(q.scope); err != nil {
			return err
		}
	}
	return nil
}

// bind binds everybody who asks, once, and in the order of the members: were it the order of the requests, what is read
// for one request would lie in memory beside what is read for the next, which is so for no other engine.
func (t *trellis) bind(requests []request, asked []asking) map[int32]*authz.Subject {
	ids := map[int32]string{}
	for i, r := range requests {
		ids[r.member] = asked[i].principal
	}
	subjects := make(map[int32]*authz.Subject, len(ids))
	for _, member := range slices.Sorted(maps.Keys(ids)) {
		subjects[member] = t.engine.As(ids[member])
	}
	return subjects
}

func (t *trellisBound) run(from, n int) (allowed int) {
	mask := len(t.asked) - 1
	for i := from; i < from+n; i++ {
		q := &t.asked[i&mask]
		if q.subject.Allows(q.permission, q.place) {
			allowed++
		}
	}
	return allowed
}

// Bound, names: the caller holds the principal, and two strings.

type trellisNames struct {
	trellis
	asked []namedRequest
}

type namedRequest struct {
	subject           *authz.Subject
	permission, scope string
}

func (t *trellisNames) name() string { return "Trellis, bound, names" }

func (t *trellisNames) prepare(requests []request) error {
	asked := inWords(len(requests), func(i int) asking { return t.words(requests[i]) })
	subjects := t.bind(requests, asked)
	t.asked = make([]namedRequest, len(requests))
	for i, q := range asked {
		t.asked[i] = namedRequest{subjects[requests[i].member], q.permission, q.scope}
	}
	return nil
}

func (t *trellisNames) run(from, n int) (allowed int) {
	mask := len(t.asked) - 1
	for i := from; i < from+n; i++ {
		q := &t.asked[i&mask]
		if q.subject.Can(q.permission, q.scope) {
			allowed++
		}
	}
	return allowed
}

// Many at once, and what is done now and then (explanations, trees), are measured by [results.more].
