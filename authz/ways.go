package authz

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
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

// ways looks for the nearest ways to a yes. It knows how each grant stands, and decides again only what could come out
// otherwise: most roles of a policy do not give enough of what is asked for, and that is seen in their rows.
func (q *question) ways(p model.Permission, d Decision, stands []table.GrantTrace) []Way {
	w := wayfinder{question: q, permission: p, stands: stands}
	if d.Reason == WrongScopeKind {
		return w.elsewhere()
	}
	if reason, _ := q.standing(); reason != Granted {
		for _, o := range q.obstacles() {
			now := o.now
			if at := position(q.engine.places.directory, o.at); !at.IsZero() {
				now += ", " + at.String()
			}
			w.prefix = append(w.prefix, o.mend+" ("+now+")")
		}
	}
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
	*question
	permission model.Permission
	stands     []table.GrantTrace // how each of the grants stands now
	prefix     []string           // what has to be done in any case
	low        []int              // the leaves in which too little is held now; with all that is lifting, too little is granted
	joins      bool               // some of the grants would reach further if their holder joined a scope
	indirect   bool               // what is given may let other grants count, too, or reach further
	asWell     bool               // it was told what is to be given because something else requires it
	limits     []lifting          // all that bear on the question
	lifting    []lifting          // the limits that are lifted in any case, as far as it takes
	found      []Way
}

// change is something that is different in a question. The zero change is none.
type change struct {
	more  []table.Grant // are given besides: roles, or the membership of scopes
	nth   int           // this one of the grants, counted from 1, is given on other terms; 0: none is
	terms table.Terms
	holds int32 // this condition, counted from 1, holds at the scope; 0: none does
}

// look finds out where too little is held, and where too little is granted before anything limits it.
func (w *wayfinder) look() (lacking []int) {
	e := w.engine
	area := e.policy.tree.Area(w.permission.Area)
	n := area.Last - area.First
	levels := make([]table.Level, 2*n)
	w.walk(area.First, area.Last, table.Exactly, levels[:n], levels[n:])
	for i := range n {
		if !e.tables.Exists[w.place.Kind].Has(area.First + i) {
			continue
		}
		if levels[i] < w.permission.Need {
			lacking = append(lacking, area.First+i)
		}
		if levels[n+i] < w.permission.Need {
			w.low = append(w.low, area.First+i)
		}
	}
	for i := range w.stands {
		stand, role := &w.stands[i], w.expand().grants[i].Role
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

// capped reports whether the limits alone leave too little in one of the leaves, so that nothing that is given helps.
func (w *wayfinder) capped() bool {
	for _, l := range w.limits {
		for _, leaf := range w.low {
			if l.row[leaf] < w.permission.Need && w.caps(l) {
				return true
			}
		}
	}
	return false
}

// caps reports whether a limit lies on all that is held.
func (w *wayfinder) caps(l lifting) bool {
	if l.boundary < 0 {
		return true
	}
	bound := &w.engine.tables.Boundaries[l.boundary]
	if bound.Selects != table.Everything {
		return false
	}
	for step := range w.place.Path {
		for b := range w.engine.tables.Lying(w.place.Path, step) {
			if b == l.boundary && (bound.When == table.Always || w.holds(bound.When, step) != table.False) {
				return true
			}
		}
	}
	return false
}

// could reports whether roles give enough where too little is held, if every condition holds and all of it reaches.
func (w *wayfinder) could(given ...table.Grant) bool {
next:
	for _, leaf := range w.low {
		for _, g := range given {
			if g.Role >= 0 && w.most(g.Role, leaf) >= w.permission.Need {
				continue next
			}
		}
		return false
	}
	return true
}

// most returns the most that a role gives in a leaf.
func (w *wayfinder) most(role int32, leaf int) (most table.Level) {
	for i := range w.engine.tables.Roles[role].Entries {
		most = max(most, w.engine.tables.Roles[role].Entries[i].Row[leaf])
	}
	return most
}

// depends reports whether enough is given on a condition wherever too little is held.
func (w *wayfinder) depends(condition int32) bool {
next:
	for _, leaf := range w.low {
		for _, g := range w.expand().grants {
			if g.Role < 0 {
				continue
			}
			for _, entry := range w.engine.tables.Roles[g.Role].Entries {
				if entry.When == condition && entry.Row[leaf] >= w.permission.Need {
					continue next
				}
			}
		}
		return false
	}
	return true
}

// allowed decides the request again with a change made to it.
func (w *wayfinder) allowed(c change) bool { return w.allowedWith(c, w.lifting) }

func (w *wayfinder) allowedWith(c change, lifted []lifting) bool {
	e := w.engine
	area := e.policy.tree.Area(w.permission.Area)
	var room [2 * 16]table.Level
	levels, n := room[:], area.Last-area.First
	if 2*n > len(levels) {
		levels = make([]table.Level, 2*n)
	}
	granted, held := levels[:n], levels[n:2*n]
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
		t.Grants = slices.Clone(t.Grants)
		t.Terms = append(slices.Clip(t.Terms), c.terms)
		t.Grants[c.nth-1].Terms = int32(len(t.Terms))
	}
	t.Grants = append(slices.Clip(t.Grants), c.more...)
	t.Holds = func(condition int32, step int) table.Truth { return w.holdsWith(c.holds, condition, step) }
	for _, l := range lifted {
		l.apply(&t)
	}
	n := area.Last - area.First
	levels := make([]table.Level, 2*n)
	w.answer(&t, levels[:n], levels[n:])
	return levels[n:]
}

// quickly is closely where no grant and no limit is another one: as a check decides.
func (w *wayfinder) quickly(c change, granted, held []table.Level) {
	s := w.subject
	area := w.engine.policy.tree.Area(w.permission.Area)
	var walk table.Walk
	walk.Place, walk.Limits, walk.First, walk.Last, walk.Enough = w.place, s.rare.Limits, area.First, area.Last, w.permission.Need
	walk.Granted, walk.Held = granted, held
	if w.timed {
		walk.Now = instant(w.now)
	}
	walk.Start(&w.engine.tables)
	walk.Add(s.grants, s.rare.Terms)
	for i := range c.more {
		walk.Add(c.more[i:i+1], nil)
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
	way := Way{append(slices.Clip(w.prefix), step)}
	for _, l := range w.fewest(c, w.lifting) {
		way.Steps = append(way.Steps, w.raise(l))
	}
	if !slices.ContainsFunc(w.found, func(o Way) bool { return slices.Equal(o.Steps, way.Steps) }) {
		w.found = append(w.found, way)
	}
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

// always is a grant without an end.
func always(role, scope int32) table.Grant {
	return table.Grant{Role: role, Scope: scope}
}

// elsewhere: the area does not exist here, but the subject is allowed it further up the path.
func (w *wayfinder) elsewhere() []Way {
	q := w.question
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

// raise says how a limit is taken away.
func (w *wayfinder) raise(l lifting) string {
	s, e := w.subject, w.engine
	if l.boundary < 0 {
		of := [2]*principal{s.principal, s.key}[l.own]
		return "raise the own limit of " + diag.Printable(of.id) + parens(position(e.places.directory, of.where()))
	}
	b := &e.policy.boundaries[l.boundary]
	at := parens(e.inPolicy("boundaries", b.Name))
	if b.When != "" {
		return "see to it that the boundary " + b.Name + " does not apply: that `" + oneLine(b.When) + "` is false" + at
	}
	return "lift the boundary " + b.Name + at
}

// liftings are all the limits that bear on the question.
func (w *wayfinder) liftings() []lifting {
	var all []lifting
	e := w.engine
	for i, limit := range w.subject.rare.Limits {
		if limit != nil {
			all = append(all, lifting{*limit, -1, i})
		}
	}
	for step := range w.place.Path {
		for i := range e.tables.Lying(w.place.Path, step) {
			if !slices.ContainsFunc(all, func(l lifting) bool { return l.boundary == i }) {
				all = append(all, lifting{row: e.tables.Boundaries[i].Row, boundary: i})
			}
		}
	}
	return all
}

// lift: enough is given, and without one of the limits it would be allowed; or without several of them together.
func (w *wayfinder) lift() {
	for i, l := range w.limits {
		lowers := func(leaf int) bool { return l.row[leaf] < w.permission.Need }
		if !slices.ContainsFunc(w.low, func(leaf int) bool { return !lowers(leaf) }) && w.allowedWith(change{}, w.limits[i:i+1]) {
			w.tell(change{}, w.raise(l))
		}
	}
	if len(w.found) > 0 {
		return
	}
	way := Way{slices.Clone(w.prefix)}
	for _, l := range w.fewest(change{}, w.limits) {
		way.Steps = append(way.Steps, w.raise(l))
	}
	w.found = append(w.found, way)
}

func parens(p diag.Position) string {
	if p.IsZero() {
		return ""
	}
	return " (" + p.String() + ")"
}

// mend: an assignment that is there, and does not suffice for one reason.
func (w *wayfinder) mend() {
	for i, g := range w.expand().grants {
		if g.Role >= 0 && w.stands[i].Step >= 0 {
			w.mendOne(i, g)
		}
	}
}

func (w *wayfinder) mendOne(i int, g table.Grant) {
	e, last, d := w.engine, w.last(), w.expand()
	stand, terms := &w.stands[i], e.tables.Of(g, d.terms)
	name := e.policy.roles.Role(int(g.Role)).Name
	where := func() string { return diag.Printable(w.subject.scopeName(g.Scope)) }
	at := func() string { return parens(e.givenAt(&d.given[i])) }
	if !stand.InTime && (w.indirect || w.could(g)) {
		if c := (change{nth: i + 1, terms: table.Terms{Limit: terms.Limit, From: table.Ever, Until: table.Never}}); w.allowed(c) {
			w.tell(c, "let the assignment of "+name+" in "+where()+" count now: it "+w.when(terms)+at())
		}
	}
	if more := w.requirements(stand.Missing); len(more) > 0 && w.allowed(change{more: more}) {
		w.asWell = true
		w.tell(change{more: more}, "give "+w.whom()+" "+w.named(more)+" as well: "+name+" counts only for one who holds that, too")
	}
	if w.joins && stand.InTime && stand.Step < last && !stand.Joined {
		if c := (change{more: []table.Grant{always(-1, w.place.Path[last].Scope)}}); w.allowed(c) {
			w.tell(c, "have "+w.whom()+" join "+diag.Printable(w.path)+" (any assignment there): "+name+", given in "+where()+", reaches what its holder has joined")
		}
	}
	if terms != nil && terms.Limit != nil && w.could(g) {
		if c := (change{nth: i + 1, terms: table.Terms{From: terms.From, Until: terms.Until}}); w.allowed(c) {
			of, at := "the limit under which "+name, at
			if profile := e.profileOf(terms); profile != "" && terms.Own == nil {
				of = "the limit of the profile " + profile + ", by which " + name
				at = func() string { return parens(position(e.places.policy, e.profileLimit(profile))) }
			}
			w.tell(c, "raise "+of+" is given in "+where()+at())
		}
	}
	for n, entry := range e.tables.Roles[g.Role].Entries {
		if entry.When == table.Always || !stand.Counts || !stand.Entries[n].Covers {
			continue
		}
		if !w.twice() && w.holds(entry.When, last) == table.True || !w.depends(entry.When) {
			continue // it changes nothing
		}
		if c := (change{holds: 1 + entry.When}); w.allowed(c) {
			at, _ := e.ruleOf(e.firstOrigin(int(g.Role), n))
			w.tell(c, "see to it that `"+oneLine(e.policy.conditions[entry.When].Source())+"` is true: then "+name+" gives it"+parens(at))
		}
	}
}

func (w *wayfinder) when(g *table.Terms) string {
	if instant(w.now).Before(g.From) {
		return "begins at " + clock(g.From)
	}
	return "ended at " + clock(g.Until)
}

func (w *wayfinder) whom() string {
	if w.subject.kind == anonymous {
		return "the group " + Everyone
	}
	return diag.Printable(w.subject.principal.id)
}

// requirements returns grants of the required roles, and of what those require, each in the nearest scope where it
// can be given; nil when one of them cannot.
func (w *wayfinder) requirements(missing []int32) (grants []table.Grant) {
	if len(missing) == 0 {
		return nil
	}
	e := w.engine
	var seen bits.Set
	todo := slices.Clone(missing)
	for len(todo) > 0 {
		role := todo[0]
		todo = todo[1:]
		if seen.Has(int(role)) {
			continue
		}
		seen.Add(int(role))
		step := w.last()
		for step >= 0 && !w.assigned(role, step) {
			step--
		}
		if step < 0 {
			return nil
		}
		grants = append(grants, always(role, w.place.Path[step].Scope))
		todo = append(todo, e.tables.Roles[role].Requires...)
	}
	return grants
}

// assigned reports whether a role is assigned at scopes such as one on the path.
func (w *wayfinder) assigned(role int32, step int) bool {
	return w.engine.policy.roles.Role(int(role)).Kinds.Has(int(w.place.Path[step].Kind))
}

// named says what roles are given, and where.
func (w *wayfinder) named(grants []table.Grant) string {
	text := ""
	for i, g := range grants {
		if i > 0 {
			text += " and "
		}
		text += "the role " + w.engine.policy.roles.Role(int(g.Role)).Name + " in " + diag.Printable(w.on(w.step(g.Scope)))
	}
	return text
}

// step returns the step of the path that is a scope.
func (w *wayfinder) step(scope int32) int {
	return slices.IndexFunc(w.place.Path, func(s table.Step) bool { return s.Scope == scope })
}

// gift is a role that may be given.
type gift struct {
	all    []table.Grant // it, and what it requires as far as that is lacking
	excess int
}

// give: a role that is not held here yet. Of each role the nearest scope is told, and the roles that give the least
// besides come first.
func (w *wayfinder) give() {
	var gifts []gift
	for i := range w.engine.policy.roles.Len() {
		if g := w.gift(int32(i)); g.all != nil {
			gifts = append(gifts, g)
		}
	}
	slices.SortStableFunc(gifts, func(a, b gift) int { return cmp.Compare(a.excess, b.excess) })
	for _, g := range gifts[:min(len(gifts), 3)] {
		text := w.giving(g.all[0])
		if len(g.all) > 1 {
			text += ", with " + w.named(g.all[1:]) + ", which it requires"
		}
		w.tell(change{more: g.all}, text+w.givenBy(int(g.all[0].Role)))
	}
}

// gift returns how a role would do, given in the nearest scope; nothing if it would not, or if what it requires would do
// alone.
func (w *wayfinder) gift(role int32) gift {
	requires := w.engine.tables.Roles[role].Requires
	if len(requires) == 0 && !w.indirect && !w.could(table.Grant{Role: role}) {
		return gift{}
	}
	more := w.requirements(requires)
	if more == nil && len(requires) > 0 {
		return gift{} // what it requires can be given nowhere on the path
	}
	all := append(make([]table.Grant, 1, 1+len(more)), more...)
	all[0].Role = role
	if !w.indirect && !w.could(all...) {
		return gift{}
	}
	for step := w.last(); step >= 0; step-- {
		if !w.assigned(role, step) {
			continue
		}
		all[0] = always(role, w.place.Path[step].Scope)
		switch {
		case w.asWell && w.toldAs(w.giving(all[0])):
			return gift{} // with the assignment that it would mend
		case w.allowed(change{more: all[:1]}):
			return gift{all[:1], w.excess(all[:1])}
		case len(more) == 0:
		case w.allowed(change{more: more}):
			return gift{} // what it requires would do alone
		case w.allowed(change{more: all}):
			return gift{all, w.excess(all) + 1}
		}
	}
	return gift{}
}

// giving says that a role is given.
func (w *wayfinder) giving(g table.Grant) string {
	return "give " + w.whom() + " " + w.named([]table.Grant{g})
}

// toldAs reports whether giving a role was told already, as what another requires.
func (w *wayfinder) toldAs(text string) bool {
	return slices.ContainsFunc(w.found, func(o Way) bool {
		return slices.ContainsFunc(o.Steps, func(step string) bool { return strings.HasPrefix(step, text+" as well") })
	})
}

// excess counts the levels that grants give, over all leaves and as far as they reach: the less, the nearer.
func (w *wayfinder) excess(grants []table.Grant) int {
	n := 0
	for _, g := range grants {
		role := &w.engine.tables.Roles[g.Role]
		for _, e := range role.Entries {
			for _, l := range e.Row {
				n += int(l) * (1 + 2*int(e.Reach))
			}
		}
	}
	return n
}

func (w *wayfinder) givenBy(role int) string {
	c := w.engine.policy.roles.Role(role)
	s := ""
	if c.NeedsLimit {
		s = ", under a limit that leaves this"
	}
	if c.GivenWith == "" {
		return s + " (nobody may give it by themselves: it has no given_with)"
	}
	return s + " (who holds " + c.GivenWith + " there may)"
}
