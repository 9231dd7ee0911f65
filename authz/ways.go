package authz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/table"
)

// Way is a change that would turn a denial into a yes. Every way that is told has been tried: the request was
// decided again as if the change had been made.
type Way struct {
	Steps []string // all of them together
}

// String returns the steps as one sentence.
func (w Way) String() string { return strings.Join(w.Steps, "; and ") }

// The most ways that are told. The nearest come first: what mends an assignment that is there, then lifting what
// limits, then the new roles that give the least besides.
const maxWays = 5

// inAnyCase notes what has to be done before anything can be held.
func (w *wayfinder) inAnyCase(obstacles []obstacle) {
	for _, o := range obstacles {
		now := o.now
		if at := w.engine.places.principal(o.of).Position(); !at.IsZero() {
			now += ", " + at.String()
		}
		w.prefix = append(w.prefix, o.mend+" ("+now+")")
	}
}

// ways looks for the nearest ways to a yes. It knows how each grant stands, and decides again only what could come out
// otherwise: most roles of a policy do not give enough of what is asked for, and that is seen in their rows.
func (w *wayfinder) ways() []Way {
	lacking := w.look()
	if len(w.prefix) > 0 && len(w.low) == 0 {
		return []Way{{w.prefix}}
	}
	w.limits = w.liftings()
	if len(lacking) == 0 { // enough is given: it is the limits
		w.lift()
	}
	if !w.capped() {
		w.mend()
		w.give()
	}
	if len(w.found) == 0 { // neither alone would do: what is lacking, and what limits it
		if len(w.limits) > 0 {
			w.lifting, w.low = w.limits, lacking
			w.mend()
			w.give()
		}
	}
	return w.found[:min(len(w.found), maxWays)]
}

type wayfinder struct {
	*explaining
	permission    model.Permission
	granted, held []table.Level // now, in the leaves of the area
	prefix        []string      // what has to be done in any case
	low           []int         // the leaves in which too little is held now; with all that is lifting, too little is granted
	joins         bool          // some of the grants would reach further if their holder joined a scope
	indirect      bool          // what is given may let other grants count, too, or reach further
	asWell        bool          // it was told what is to be given because something else requires it
	limits        []lifting     // all that bear on the question
	lifting       []lifting     // the limits that are lifted in any case, as far as it takes
	gifts         []table.Grant // of the roles that may be given, one after the other
	found         []Way
	steps         []string // of what is found, one after the other
}

// told is room for what is found, as much as is told.
type told struct {
	ways  [maxWays]Way
	steps [maxWays]string
}

// look finds out where too little is held, and where too little is granted before anything limits it.
func (w *wayfinder) look() (lacking []int) {
	e := w.engine
	area := e.policy.tree.Area(w.permission.Area)
	w.low, lacking = w.leaves[0][:0], w.leaves[1][:0]
	for i := range w.held {
		if !e.tables.Exists[w.place.Kind].Has(area.First + i) {
			continue
		}
		if w.granted[i] < w.permission.Need {
			lacking = append(lacking, area.First+i)
		}
		if w.held[i] < w.permission.Need {
			w.low = append(w.low, area.First+i)
		}
	}
	for i := range w.trace.Grants {
		stand, role := &w.trace.Grants[i], w.expand().Grants[i].Role
		if role < 0 || stand.Step < 0 || !stand.InTime {
			continue
		}
		w.joins = w.joins || stand.Step < w.last() && !stand.Joined && e.reachesJoined(role)
		w.indirect = w.indirect || w.joins || len(stand.Missing) > 0
	}
	return lacking
}

// reachesJoined reports whether anything that a role gives reaches the scopes that its holder has joined.
func (e *Engine) reachesJoined(role int32) bool {
	r := &e.tables.Roles[role]
	return r.Reach == table.Joined || slices.ContainsFunc(r.Entries, func(entry table.Entry) bool { return entry.Reach == table.Joined })
}

// elsewhere: the area does not exist here, but the subject is allowed it further up the path.
func (w *wayfinder) elsewhere() []Way {
	q := &w.question
	area := q.engine.policy.tree.Area(w.permission.Area)
	for i := q.last() - 1; i >= 0; i-- {
		up := question{ctx: q.ctx, subject: q.subject, path: q.on(i), facts: q.facts}
		up.facts.Time = q.now
		if _, ok := up.open(); !ok {
			continue
		}
		if _, ok := up.parties(); ok && up.decide(w.permission).Allowed {
			return []Way{{[]string{fmt.Sprintf("ask in %s: %s exists there, and it is allowed", diag.Printable(up.path), area.Name)}}}
		}
	}
	return nil
}

// change is something that is different in a question. The zero change is none.
type change struct {
	more  []table.Grant // are given besides: roles, or the membership of scopes
	nth   int           // this one of the grants, counted from 1, is given on other terms; 0: none is
	terms table.Terms
	holds int32 // this condition, counted from 1, holds at the scope; 0: none does
}

// lifting is a limit that can be taken away.
type lifting struct {
	row      []table.Level // what it leaves
	boundary int32         // -1: an own limit
	own      int           // the principal's or the key's
}

func (l lifting) apply(t *table.Question) {
	if l.boundary < 0 {
		t.Limits[l.own] = nil
	} else {
		t.Without.Add(int(l.boundary))
	}
}

// allowed decides the request again with a change made to it.
func (w *wayfinder) allowed(c change) bool { return w.allowedWith(c, w.lifting) }

func (w *wayfinder) allowedWith(c change, lifted []lifting) bool {
	e := w.engine
	area := e.policy.tree.Area(w.permission.Area)
	var room [2 * 16]table.Level
	granted, held := halves(room[:], area.Last-area.First)
	if len(lifted) > 0 || c.nth > 0 || w.twice() || w.subject.loose {
		held = w.closely(c, lifted)
	} else {
		w.quickly(c, granted, held)
	}
	level, exists := e.tables.Area(w.place.Kind, area.First, held)
	return exists && level >= w.permission.Need
}

// twice reports whether a key is decided for twice, once as its owner.
func (w *wayfinder) twice() bool { return w.subject.key != nil && w.engine.readsKey }

// closely decides with any change, and returns what is held in the leaves of the area.
func (w *wayfinder) closely(c change, lifted []lifting) []table.Level {
	area := w.engine.policy.tree.Area(w.permission.Area)
	t := w.put(area.First, area.Last)
	if c.nth > 0 {
		on := c.terms
		t.Terms = slices.Clone(t.Terms)
		t.Terms[c.nth-1] = &on
	}
	t.Grants, t.Terms = slices.Clip(t.Grants), slices.Clip(t.Terms)
	for _, g := range c.more {
		t.Add(g, nil)
	}
	for _, l := range lifted {
		l.apply(&t)
	}
	granted, held := halves(nil, area.Last-area.First)
	w.answer(&t, granted, held, func(condition int32, step int) table.Truth { return w.holdsWith(c.holds, condition, step) })
	return held
}

// quickly is closely where no grant and no limit is another one: as a check decides.
func (w *wayfinder) quickly(c change, granted, held []table.Level) {
	s := w.subject
	area := w.engine.policy.tree.Area(w.permission.Area)
	var walk table.Walk
	walk.Place, walk.Limits, walk.First, walk.Last, walk.Enough = w.place, s.few.Limits, area.First, area.Last, w.permission.Need
	walk.Granted, walk.Held = granted, held
	if w.timed {
		walk.Now = instant(w.now)
	}
	walk.Start(&w.engine.tables)
	walk.Add(s.given())
	for i := range c.more {
		walk.Add(table.Given{Grants: c.more[i : i+1]})
	}
	for condition, step, more := walk.Ask(); more; condition, step, more = walk.Ask() {
		walk.Tell(w.holdsWith(c.holds, condition, step))
	}
}

// holdsWith asks a condition, unless the change is that it holds.
func (w *wayfinder) holdsWith(changed, condition int32, step int) table.Truth {
	if condition == changed-1 && step == w.last() {
		return table.True
	}
	return w.holds(condition, step)
}

// tell adds a way, with those of the limits that have to be lifted for it.
func (w *wayfinder) tell(c change, step string) {
	if w.found == nil {
		room := &told{}
		w.found, w.steps = room.ways[:0], room.steps[:0]
	}
	first := len(w.steps)
	w.steps = append(append(w.steps, w.prefix...), step)
	for _, l := range w.fewest(c, w.lifting) {
		w.steps = append(w.steps, w.raise(l))
	}
	way := Way{w.steps[first:len(w.steps):len(w.steps)]}
	if slices.ContainsFunc(w.found, func(o Way) bool { return slices.Equal(o.Steps, way.Steps) }) {
		w.steps = w.steps[:first]
		return
	}
	w.found = append(w.found, way)
}

// fewest leaves out what need not be lifted.
func (w *wayfinder) fewest(c change, all []lifting) []lifting {
	for i := 0; i < len(all); {
		if fewer := slices.Delete(slices.Clone(all), i, i+1); w.allowedWith(c, fewer) {
			all = fewer
		} else {
			i++
		}
	}
	return all
}

// raise says how a limit is taken away.
func (w *wayfinder) raise(l lifting) string {
	s, e := w.subject, w.engine
	if l.boundary < 0 {
		of := [2]*principal{s.principal, s.key}[l.own]
		return "raise the own limit of " + diag.Printable(of.id) + parens(e.places.principal(of).Position())
	}
	b := &e.policy.boundaries[l.boundary]
	at := parens(e.places.boundary(b.Name).Position())
	if b.When != "" {
		return "see to it that the boundary " + b.Name + " does not apply: that `" + oneLine(b.When) + "` is false" + at
	}
	return "lift the boundary " + b.Name + at
}

func parens(p diag.Position) string {
	if p.IsZero() {
		return ""
	}
	return " (" + p.String() + ")"
}
