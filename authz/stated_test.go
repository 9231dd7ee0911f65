package authz_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
)

// A fact of a directory that says who somebody is goes on saying it: whoever is listed beside it would be read as they
// were, by conditions that ask whether they are active. Files, builders and changes refuse it, whichever comes first, and
// wherever among the facts it is said.
func TestNobodyIsListedBesideAFactThatSaysWhoTheyAre(t *testing.T) {
	base := load(t, factsPolicy, "version: 1\nscopes: {\"org:o\": }\nprincipals:\n  eve: {status: active, assignments: [{roles: r, in: org:o}]}\n")
	active := authz.Principal{ID: "zoe", Status: authz.Active}
	suspended := authz.PutPrincipal(authz.Principal{ID: "zoe", Status: authz.Suspended})
	org := func(a authz.Attributes) authz.Scope { return authz.Scope{Path: "org:o", Attributes: a} }
	bob := func(manager any) authz.Principal {
		return authz.Principal{ID: "bob", Status: authz.Active, Attributes: authz.Attributes{"manager": manager}}
	}
	under := authz.Principal{ID: "guest", Status: authz.Active, Attributes: authz.Attributes{"manager": active}}
	for name, c := range map[string]struct {
		scope  authz.Scope
		people []authz.Principal
		gone   []authz.Change // what ends it
	}{
		"a scope":                 {org(authz.Attributes{"boss": active}), nil, []authz.Change{authz.PutScope(org(authz.Attributes{"boss": "zoe"}))}},
		"a scope, by a pointer":   {org(authz.Attributes{"boss": &active}), nil, []authz.Change{authz.PutScope(org(nil))}},
		"a list":                  {org(authz.Attributes{"crew": []authz.Principal{active}}), nil, []authz.Change{authz.PutScope(org(authz.Attributes{"crew": []string{"zoe"}}))}},
		"a map":                   {org(authz.Attributes{"posts": map[string]any{"cto": active}}), nil, []authz.Change{authz.PutScope(org(authz.Attributes{"posts": map[string]any{"cto": "zoe"}}))}},
		"what is said of another": {org(authz.Attributes{"boss": under}), nil, []authz.Change{authz.PutScope(org(authz.Attributes{"boss": "guest"}))}},
		"a scope that is dropped": {authz.Scope{Path: "org:p", Attributes: authz.Attributes{"boss": active}}, nil, []authz.Change{authz.DropScope("org:p")}},
		"a principal":             {org(nil), []authz.Principal{bob(active)}, []authz.Change{authz.PutPrincipal(bob("zoe"))}},
		"one who is dropped":      {org(nil), []authz.Principal{bob(under)}, []authz.Change{authz.DropPrincipal("bob")}},
		"two": {org(authz.Attributes{"boss": active, "crew": []any{"eve", active}}), []authz.Principal{bob(active)},
			[]authz.Change{authz.DropPrincipal("bob"), authz.PutScope(org(authz.Attributes{"boss": "zoe", "crew": []string{"eve", "zoe"}}))}},
	} {
		t.Run(name, func(t *testing.T) {
			directory := authz.Directory{Scopes: []authz.Scope{org(nil), c.scope}, Principals: c.people}
			if c.scope.Path == "org:o" {
				directory.Scopes = directory.Scopes[1:]
			}
			var changes []authz.Change
			build := base.Builder()
			for _, s := range directory.Scopes {
				changes = append(changes, authz.PutScope(s))
				if err := build.Scope(s); err != nil {
					t.Fatal(err)
				}
			}
			for _, p := range c.people {
				changes = append(changes, authz.PutPrincipal(p))
				if err := build.Principal(p); err != nil {
					t.Fatal(err)
				}
			}
			built, err := build.Build()
			if err != nil {
				t.Fatal(err)
			}
			for how, e := range map[string]*authz.Engine{"built": built, "changed": apply(t, base, changes...), "changed twice": apply(t, apply(t, base, changes...), changes...)} {
				t.Log(how)
				refuse(t, e, `changes[0]: error[restated]: facts of the directory say who "zoe" is`, suspended)
				for i := range c.gone {
					refuse(t, e, "error[restated]", append(append([]authz.Change{}, c.gone[:i]...), suspended)...)
				}
				freed := apply(t, e, append(append([]authz.Change{}, c.gone...), suspended)...)
				apply(t, freed, authz.DropPrincipal("zoe"), suspended)
				refuse(t, freed, "error[restated]", changes...)
			}
			// At once, and in the other order.
			refuse(t, base, fmt.Sprintf("changes[%d]: error[restated]", len(changes)), append(changes[:len(changes):len(changes)], suspended)...)
			refuse(t, base, "error[restated]", append([]authz.Change{suspended}, changes...)...)
		})
	}
}

// What conditions read of somebody who is listed is what the directory lists.
func TestConditionsReadNothingThatWasSaidBefore(t *testing.T) {
	e := load(t, factsPolicy, "version: 1\nscopes: {\"org:o\": }\nprincipals:\n  eve: {status: active, assignments: [{roles: r, in: org:o}]}\n")
	boss := func(who any) authz.Change {
		return authz.PutScope(authz.Scope{Path: "org:o", Attributes: authz.Attributes{"boss": who}})
	}
	put := func(s authz.Status) authz.Change { return authz.PutPrincipal(authz.Principal{ID: "zoe", Status: s}) }
	stated := apply(t, e, boss(authz.Principal{ID: "zoe", Status: authz.Active}))
	for i, c := range []struct {
		e    *authz.Engine
		want bool
	}{
		{e, false},
		{stated, true},
		{apply(t, stated, boss("zoe")), false},
		{apply(t, stated, boss("zoe"), put(authz.Active)), true},
		{apply(t, stated, boss("zoe"), put(authz.Suspended)), false},
		{apply(t, stated, boss("zoe"), put(authz.Active), authz.DropPrincipal("zoe")), false},
		{apply(t, stated, boss("zoe"), put(authz.Active), authz.DropPrincipal("zoe"), boss(authz.Principal{ID: "zoe", Status: authz.Active})), true},
	} {
		if c.e.Can("eve", "boss:edit", "org:o") != c.want {
			t.Errorf("engine %d: the boss is taken for active: %t", i, !c.want)
		}
	}
}

// Nor does anybody say of themselves what the directory is to say.
func TestNobodyIsListedWhoSaysWhoTheyAre(t *testing.T) {
	self := authz.Principal{ID: "zoe", Status: authz.Suspended, Attributes: authz.Attributes{"manager": authz.Principal{ID: "zoe", Status: authz.Active}}}
	e := load(t, factsPolicy, factsDirectory)
	refuse(t, e, "error[restated]", authz.PutPrincipal(self))
	plain := self
	plain.Attributes = nil
	refuse(t, e, "error[restated]", authz.PutPrincipal(plain), authz.PutPrincipal(self))
	b := e.Builder()
	added := b.Principal(self)
	if _, err := b.Build(); added != nil || err == nil || !strings.Contains(err.Error(), "error[restated]") {
		t.Errorf("a builder: %v, %v", added, err)
	}
	p, d := factsModel(t)
	p.Principal = map[string]string{"manager": "principal"}
	d.Principals = append(d.Principals, self)
	if _, err := authz.New(p, &d); err == nil || diag.From(err)[0].Rule != "restated" {
		t.Errorf("a directory: %v", err)
	}
	d.Principals[len(d.Principals)-1].ID = "bob"
	whole, err := authz.New(p, &d)
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, whole, "error[restated]", authz.PutPrincipal(plain))
	apply(t, whole, authz.DropPrincipal("bob"), authz.PutPrincipal(plain))
}

// What a wrong change was to say is not said: whoever is put after it is told nothing of it.
func TestAFactThatIsRefusedSaysNothingOfAnybody(t *testing.T) {
	e := load(t, factsPolicy, factsDirectory)
	wrong := authz.PutScope(authz.Scope{Path: "org:o", Attributes: authz.Attributes{"boss": authz.Principal{ID: "zoe", Status: "gone"}}})
	_, err := e.Apply(wrong, authz.PutPrincipal(authz.Principal{ID: "zoe", Status: authz.Active}))
	if list := diag.From(err); len(list) != 1 || list[0].Rule != "wrong-fact" {
		t.Errorf("told is %v", err)
	}
}
