package generate

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
)

// requests draws what requests may bring: facts, good and bad, and guests.
func (g *generator) requests() {
	g.Facts = []authz.Facts{{Time: Noon}}
	for range 3 {
		g.Facts = append(g.Facts, authz.Facts{Time: g.instant(), Request: g.attributes(g.Policy.Request), Scopes: g.brought()})
	}
	listed := "org:1"
	bad := func(change func(f *authz.Facts)) {
		f := Clone(g.Facts[1])
		change(&f)
		g.Bad = append(g.Bad, f)
	}
	bad(func(f *authz.Facts) { f.Request = authz.Attributes{"undeclared": "x"} })
	bad(func(f *authz.Facts) {
		name := sorted(g.Policy.Request)[0]
		f.Request = authz.Attributes{name: struct{}{}}
	})
	bad(func(f *authz.Facts) { f.Scopes = map[string]authz.Attributes{"org:1/nosuch:x": {}} })
	bad(func(f *authz.Facts) { f.Scopes = map[string]authz.Attributes{"org:1//doc:x": {}} })
	if g.Directory != nil {
		bad(func(f *authz.Facts) { f.Scopes = map[string]authz.Attributes{listed: {}} })
		g.Guests = append(g.Guests, []authz.Principal{g.principal("guest", g.Directory.Groups)})
		g.Guests = append(g.Guests, []authz.Principal{g.key("guest-key", g.Directory.Principals[0].ID)})
		host := g.principal("host", g.Directory.Groups)
		g.Guests = append(g.Guests, []authz.Principal{g.key("hosted-key", "host"), host})
		g.Guests = append(g.Guests, []authz.Principal{Clone(g.Directory.Principals[0])}) // restates the directory
	}
	stranger := g.principal("stranger", nil)
	stranger.Assignments = append(stranger.Assignments, authz.Assignment{Roles: []string{"nosuch"}, In: []string{listed}})
	g.Guests = append(g.Guests, []authz.Principal{stranger})
}

// brought draws the attributes of scopes that no directory lists: documents, and what stands in them.
func (g *generator) brought() map[string]authz.Attributes {
	scopes := map[string]authz.Attributes{}
	for _, path := range g.paths {
		on := kindsOn(path)
		switch on[len(on)-1] {
		case "workspace":
			if doc := path + "/doc:x"; g.chance(50) {
				scopes[doc] = g.attributes(g.declared("doc"))
			}
		case "subtenant":
			if sub := path + "/subtenant:new"; g.chance(30) {
				scopes[sub] = g.attributes(g.declared("subtenant"))
				scopes[sub+"/workspace:new"] = g.attributes(g.declared("workspace"))
			}
		}
		if g.Directory == nil && g.chance(60) {
			scopes[path] = g.attributes(g.declared(on[len(on)-1]))
		}
	}
	return scopes
}

// Ask is who asks, where, and with what: a request but for its permission.
type Ask struct {
	As        string // of the directory
	Anonymous bool
	Guests    []authz.Principal // the first asks, in place of one that is listed
	Scope     string
	Facts     authz.Facts
}

// String returns the ask on one line.
func (a Ask) String() string {
	who := a.As
	switch {
	case a.Anonymous:
		who = "anonymous"
	case a.Guests != nil:
		who = fmt.Sprintf("guests %+v", a.Guests)
	}
	return fmt.Sprintf("%s in %q with %+v", who, a.Scope, a.Facts)
}

// Bind binds who asks. A refusal is part of the subject, and so of the answer.
func (a Ask) Bind(e *authz.Engine) *authz.Subject {
	switch {
	case a.Anonymous:
		return e.Anonymous()
	case a.Guests != nil:
		s, _ := e.Bind(a.Guests[0], a.Guests[1:]...)
		return s
	}
	return e.As(a.As)
}

// Asks draws a number of asks: mostly of somebody who is known, at or beneath where something is assigned.
func (w *World) Asks(t *rapid.T, n int) []Ask {
	d := draw{t}
	facts := func() authz.Facts {
		if d.chance(3) {
			return pick(d, w.Bad)
		}
		return pick(d, w.Facts)
	}
	list := make([]Ask, 0, n)
	for range n {
		a := Ask{Facts: facts()}
		var p authz.Principal
		if w.Directory == nil || d.chance(10) {
			a.Guests = pick(d, w.Guests)
			p = a.Guests[0]
		} else {
			p = pick(d, w.Directory.Principals)
			if last := w.Directory.Principals[len(w.Directory.Principals)-1]; d.chance(35) {
				p = last // a key
			}
			a.As = p.ID
		}
		switch d.number(0, 39) {
		case 38:
			a.As, a.Guests, a.Anonymous = "", nil, true
		case 39:
			a.As, a.Guests = pick(d, []string{"", "nobody", "P0", "p", "p0 ", "p00"}), nil
		}
		a.Scope = w.scopeFor(d, p, a.Facts)
		list = append(list, a)
	}
	return list
}

func (w *World) scopeFor(d draw, p authz.Principal, facts authz.Facts) string {
	var known []string
	if w.Directory != nil {
		for _, s := range w.Directory.Scopes {
			known = append(known, s.Path)
		}
	}
	known = append(known, sorted(facts.Scopes)...)
	if len(known) == 0 {
		known = []string{"org:1", "org:1/workspace:a", "org:10/subtenant:a/workspace:1"}
	}
	switch n := d.number(0, 39); {
	case n >= 38:
		return pick(d, []string{"org:1/workspace:nosuch", "org:100", "org:1/subtenant:a/subtenant:b/subtenant:c", "workspace:a", "org:1/org:1", "org:1/nosuch:x", "Org:1", "org:1/doc:x"})
	case n == 37:
		return pick(d, []string{"", "org", "org:", "org:1/", "/org:1", "org:1//workspace:a", "org:1 ", "org:1/workspace:a\x00", "org:1/workspace:\xff"})
	case n >= 5:
		owner := p
		if p.Kind == authz.Key && w.Directory != nil {
			for _, o := range w.Directory.Principals {
				if o.ID == p.Owner {
					owner = o
				}
			}
		}
		var near []string
		for _, a := range owner.Assignments {
			for _, path := range known {
				for _, in := range a.In {
					if path == in || strings.HasPrefix(path, in+"/") {
						near = append(near, path)
					}
				}
			}
		}
		if len(near) > 0 {
			return pick(d, near)
		}
	}
	return pick(d, known)
}

// Permissions are all that can be asked for, and some that cannot.
func (w *World) Permissions() []string {
	levels := w.Levels()
	var list []string
	for _, area := range w.AreaNames() {
		for _, level := range levels[1:] {
			list = append(list, area+":"+level)
		}
	}
	for _, a := range w.Policy.Actions {
		list = append(list, a.Name)
	}
	return append(list, "nosuch:"+levels[1], "a:nosuch", "a:"+levels[0])
}

// AreaNames returns the whole names of all areas.
func (w *World) AreaNames() []string {
	var names []string
	var walk func(above string, areas []roles.Area)
	walk = func(above string, areas []roles.Area) {
		for _, a := range areas {
			names = append(names, above+a.Name)
			walk(above+a.Name+".", a.Areas)
		}
	}
	walk("", w.Policy.Areas)
	return names
}

// Levels returns the chain of levels, least first.
func (w *World) Levels() []string {
	if w.Policy.Levels == nil {
		return roles.DefaultLevels()
	}
	return w.Policy.Levels
}

// TopLevel returns the name of the highest level.
func (w *World) TopLevel() string { return w.Levels()[len(w.Levels())-1] }

// GuestsLike returns the guests of this world who have the ids of others.
func (w *World) GuestsLike(others []authz.Principal) []authz.Principal {
	for _, guests := range w.Guests {
		if guests[0].ID == others[0].ID {
			return guests
		}
	}
	return others
}
