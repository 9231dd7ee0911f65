package proof

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/generate"
	"github.com/trellis-authz/trellis/roles"
)

// No sequence of giving and taking makes anybody exceed what they held, or could have held, and what the givers did, in
// any scope. What is compared is what assignments give: conditions hold for one and not for another, and so are put
// aside, as is who has joined what (all have joined everything); roles with exceeds_giver are meant to exceed.
func TestNobodyIsGivenMoreThanTheGiversHeld(t *testing.T) {
	var given, taken decisive
	inBatches(t, *decisions/2000, func(t *rapid.T, w *generate.World) int {
		if w.Directory == nil {
			return 1
		}
		m := newGiving(w.Clone())
		m.engine = engineOf(t, m.world)
		m.first = m.potential(t)
		t.Repeat(map[string]func(*rapid.T){
			"give": func(t *rapid.T) { given.note(m.give(t)) },
			"take": func(t *rapid.T) { taken.note(m.take(t)) },
			"":     func(t *rapid.T) { m.check(t) },
		})
		return 1
	})
	given.check(t, 200)
	taken.check(t, 20)
}

// giving is the world while roles are given in it.
type giving struct {
	world  *generate.World
	engine *authz.Engine
	scopes []string
	people []string                             // whom roles may be given to
	first  map[string]map[string]map[string]int // who could hold what, where, in the beginning
	givers map[string]bool
	log    []string
}

const marker = "joined-everything"

func newGiving(w *generate.World) *giving {
	m := &giving{world: w, givers: map[string]bool{}}
	for i := range w.Policy.Roles {
		r := &w.Policy.Roles[i]
		r.ExceedsGiver, r.NeedsLimit = false, false
		for g := range r.Grants {
			r.Grants[g].When = ""
		}
	}
	for i := range w.Policy.Boundaries {
		w.Policy.Boundaries[i].When = ""
	}
	for _, s := range w.Directory.Scopes {
		m.scopes = append(m.scopes, s.Path)
	}
	w.Policy.Roles = append(w.Policy.Roles, roles.Role{Name: marker, At: []string{"org", "subtenant", "workspace", "doc"}})
	for i := range w.Directory.Principals {
		if p := &w.Directory.Principals[i]; p.Kind != authz.Key {
			m.people = append(m.people, p.ID)
			p.Assignments = append(p.Assignments, authz.Assignment{Roles: []string{marker}, In: m.scopes})
		}
	}
	return m
}

// potential is what everybody holds, were every requirement met: a role that is given may be what another, held
// already, was waiting for.
func (m *giving) potential(t *rapid.T) map[string]map[string]map[string]int {
	free := m.world.Clone()
	for i := range free.Policy.Roles {
		free.Policy.Roles[i].Requires = nil
	}
	return m.holdings(engineOf(t, free))
}

func (m *giving) holdings(e *authz.Engine) map[string]map[string]map[string]int {
	all := map[string]map[string]map[string]int{}
	for _, p := range m.world.Directory.Principals {
		all[p.ID] = map[string]map[string]int{}
		for _, scope := range m.scopes {
			all[p.ID][scope] = levels(m.world, e.As(p.ID), generate.Ask{Scope: scope, Facts: authz.Facts{Time: generate.Noon}})
		}
	}
	return all
}

func (m *giving) draw(t *rapid.T) (giver, name, scope string) {
	var names []string
	for _, r := range m.world.Policy.Roles {
		names = append(names, r.Name)
	}
	for _, p := range m.world.Policy.Profiles {
		names = append(names, p.Name)
	}
	var givers []string
	for _, p := range m.world.Directory.Principals {
		givers = append(givers, p.ID)
	}
	return rapid.SampledFrom(givers).Draw(t, "giver"), rapid.SampledFrom(names).Draw(t, "name"), rapid.SampledFrom(m.scopes).Draw(t, "scope")
}

func (m *giving) may(giver, name, scope string) bool {
	return m.engine.As(giver).CanAssign(ctx, authz.Giving{Name: name, Scope: scope, Facts: authz.Facts{Time: generate.Noon}}).Allowed
}

// give has somebody give a role to somebody, if they may.
func (m *giving) give(t *rapid.T) bool {
	for range 20 { // most may give little
		giver, name, scope := m.draw(t)
		if !m.may(giver, name, scope) {
			continue
		}
		p := m.person(rapid.SampledFrom(m.people).Draw(t, "to"))
		a := authz.Assignment{In: []string{scope}}
		if _, isRole := m.role(name); isRole {
			a.Roles = []string{name}
		} else {
			a.Profiles = []string{name}
		}
		p.Assignments = append(p.Assignments, a)
		m.givers[giver] = true
		m.log = append(m.log, fmt.Sprintf("%s gives %s in %s to %s", giver, name, scope, p.ID))
		m.engine = engineOf(t, m.world)
		return true
	}
	return false
}

// take has somebody take away the last thing that was given to somebody, if they may.
func (m *giving) take(t *rapid.T) bool {
	p := m.person(rapid.SampledFrom(m.people).Draw(t, "from"))
	last := p.Assignments[len(p.Assignments)-1]
	name := append(last.Roles, last.Profiles...)[0]
	giver, _, _ := m.draw(t)
	if name == marker || len(last.Roles)+len(last.Profiles) > 1 || !m.may(giver, name, last.In[0]) {
		return false
	}
	p.Assignments = p.Assignments[:len(p.Assignments)-1]
	m.log = append(m.log, fmt.Sprintf("%s takes %s in %s from %s", giver, name, last.In[0], p.ID))
	m.engine = engineOf(t, m.world)
	return true
}

func (m *giving) person(id string) *authz.Principal {
	for i := range m.world.Directory.Principals {
		if m.world.Directory.Principals[i].ID == id {
			return &m.world.Directory.Principals[i]
		}
	}
	return nil
}

func (m *giving) role(name string) (int, bool) {
	for i, r := range m.world.Policy.Roles {
		if r.Name == name {
			return i, true
		}
	}
	return 0, false
}

// check: nobody holds more than they could have in the beginning, or one of the givers could.
func (m *giving) check(t *rapid.T) {
	now := m.holdings(m.engine)
	for who, scopes := range now {
		for scope, held := range scopes {
			for leaf, level := range held {
				bound := m.first[who][scope][leaf]
				for giver := range m.givers {
					bound = max(bound, m.first[giver][scope][leaf])
				}
				if p := m.person(who); p.Kind == authz.Key { // a key holds what its owner does
					bound = max(bound, m.first[p.Owner][scope][leaf])
				}
				if level > bound {
					t.Fatalf("%s holds %d in %s of %s, and the most that they or the givers could is %d\n%v\n%s", who, level, leaf, scope, bound, m.log, m.world)
				}
			}
		}
	}
}
