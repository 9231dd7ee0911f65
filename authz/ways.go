package authz

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/report"
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

// ways looks for the nearest ways to a yes.
func (q *question) ways(p model.Permission, d Decision) []Way {
	w := wayfinder{question: q, permission: p}
	if d.Reason == WrongScopeKind {
		return w.elsewhere()
	}
	for _, o := range q.obstacles() {
		now := o.now
		if at := position(q.engine.places.directory, o.at); !at.IsZero() {
			now += ", " + at.String()
		}
		w.prefix = append(w.prefix, fmt.Sprintf("%s (%s)", o.mend, now))
	}
	if len(w.prefix) > 0 && w.allowed(nil) {
		return []Way{{w.prefix}}
	}
	w.lift()
	w.mend()
	w.give()
	if len(w.found) == 0 { // neither alone would do: what is lacking, and what limits it
		w.lifting = w.liftings()
		w.mend()
		w.give()
	}
	return w.found[:min(len(w.found), maxWays)]
}

type wayfinder struct {
	*question
	permission model.Permission
	prefix     []string  // what has to be done in any case
	lifting    []lifting // the limits that are lifted in any case, as far as it takes
	found      []Way
}

// change is something that is different in a question.
type change func(*table.Question)

// allowed decides the request again with a change made to the question.
func (w *wayfinder) allowed(c change) bool {
	return w.allowedWith(c, w.lifting)
}

func (w *wayfinder) allowedWith(c change, lifted []lifting) bool {
	e := w.engine
	area := e.policy.tree.Area(w.permission.Area)
	t := w.put(area.First, area.Last)
	t.Grants = slices.Clone(t.Grants)
	for _, l := range lifted {
		l.apply(&t)
	}
	if c != nil {
		c(&t)
	}
	n := area.Last - area.First
	levels := make([]table.Level, 2*n)
	w.answer(&t, levels[:n], levels[n:])
	level, exists := e.tables.Area(w.place.Kind, area.First, levels[n:])
	return exists && level >= w.permission.Need
}

// tell adds a way if it is one, with those of the limits that have to be lifted for it.
func (w *wayfinder) tell(c change, step string) bool {
	if !w.allowed(c) {
		return false
	}
	way := Way{append(slices.Clone(w.prefix), step)}
	for _, l := range w.fewest(c, w.lifting) {
		way.Steps = append(way.Steps, l.text)
	}
	if !slices.ContainsFunc(w.found, func(o Way) bool { return slices.Equal(o.Steps, way.Steps) }) {
		w.found = append(w.found, way)
	}
	return true
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

// gives is the change of giving somebody roles, or of having them join scopes.
func gives(more ...table.Grant) change {
	return func(t *table.Question) { t.Grants = append(t.Grants, more...) }
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
	text  string
	apply change
}

// liftings are all the limits that bear on the question.
func (w *wayfinder) liftings() []lifting {
	var all []lifting
	s, e := w.subject, w.engine
	for i, of := range []*principal{s.principal, s.key} {
		if s.limits[i] != nil {
			all = append(all, lifting{
				fmt.Sprintf("raise the own limit of %s%s", diag.Printable(of.id), parens(position(e.places.directory, of.where()))),
				func(t *table.Question) { t.Limits[i] = nil },
			})
		}
	}
	var lying bits.Set
	for step := range w.place.Path {
		for i := range e.tables.Lying(w.place.Path, step) {
			if lying.Has(int(i)) {
				continue
			}
			lying.Add(int(i))
			b := &e.policy.boundaries[i]
			at := position(e.places.policy, report.Path{}.Names("boundaries", b.Name))
			text := fmt.Sprintf("lift the boundary %s%s", b.Name, parens(at))
			if b.When != "" {
				text = fmt.Sprintf("see to it that the boundary %s does not apply: that `%s` is false%s", b.Name, oneLine(b.When), parens(at))
			}
			all = append(all, lifting{text, func(t *table.Question) { t.Without.Add(int(i)) }})
		}
	}
	return all
}

// lift: without one of the limits it would be allowed; or without several of them together.
func (w *wayfinder) lift() {
	all := w.liftings()
	for _, l := range all {
		w.tell(l.apply, l.text)
	}
	if len(w.found) > 0 || !w.allowedWith(nil, all) {
		return
	}
	way := Way{slices.Clone(w.prefix)}
	for _, l := range w.fewest(nil, all) {
		way.Steps = append(way.Steps, l.text)
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
	s, e, last, d := w.subject, w.engine, w.last(), w.expand()
	put := w.whole()
	stands := e.tables.Stand(&put)
	for i, g := range d.grants {
		stand, terms := &stands[i], e.tables.Of(g, d.terms)
		if g.Role < 0 || stand.Step < 0 {
			continue
		}
		name := e.policy.roles.Role(int(g.Role)).Name
		where := diag.Printable(s.scopeName(g.Scope))
		at := parens(position(e.places.directory, d.given[i].at))
		if !stand.InTime {
			w.tell(on(i, table.Terms{Limit: terms.Limit, From: table.Ever, Until: table.Never}),
				fmt.Sprintf("let the assignment of %s in %s count now: it %s%s", name, where, w.when(terms), at))
		}
		if more, texts := w.requirements(stand.Missing); len(more) > 0 {
			w.tell(gives(more...), fmt.Sprintf("give %s %s as well: %s counts only for one who holds that, too", w.whom(), strings.Join(texts, " and "), name))
		}
		if stand.InTime && stand.Step < last && !stand.Joined {
			w.tell(gives(always(-1, w.place.Path[last].Scope)),
				fmt.Sprintf("have %s join %s (any assignment there): %s, given in %s, reaches what its holder has joined", w.whom(), diag.Printable(w.path), name, where))
		}
		if terms != nil && terms.Limit != nil {
			of := "the limit under which " + name
			if profile := e.profileOf(terms); profile != "" && terms.Own == nil {
				of = fmt.Sprintf("the limit of the profile %s, by which %s", profile, name)
				at = parens(position(e.places.policy, e.profileLimit(profile)))
			}
			w.tell(on(i, table.Terms{From: terms.From, Until: terms.Until}), fmt.Sprintf("raise %s is given in %s%s", of, where, at))
		}
		origins := sync.OnceValue(func() [][]model.Origin { return e.origins(int(g.Role)) })
		for n, entry := range e.tables.Roles[g.Role].Entries {
			if entry.When == table.Always || !stand.Counts || !stand.Entries[n].Covers {
				continue
			}
			_, p := e.ruleOf(origins()[n][0])
			w.tell(w.ifHolds(entry.When), fmt.Sprintf("see to it that `%s` is true: then %s gives it%s",
				oneLine(e.policy.conditions[entry.When].Source()), name, parens(position(e.places.policy, p))))
		}
	}
}

// on is the change by which a grant is given on other terms.
func on(i int, terms table.Terms) change {
	return func(t *table.Question) {
		t.Terms = append(slices.Clone(t.Terms), terms)
		t.Grants[i].Terms = int32(len(t.Terms))
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

// ifHolds is the change by which a condition holds at the scope.
func (w *wayfinder) ifHolds(condition int32) change {
	return func(t *table.Question) {
		t.Holds = func(c int32, step int) table.Truth {
			if c == condition && step == w.last() {
				return table.True
			}
			return w.holds(c, step)
		}
	}
}

// requirements returns grants of the required roles, and of what those require, each in the nearest scope where it
// can be given; nil when one of them cannot.
func (w *wayfinder) requirements(missing []int32) (grants []table.Grant, texts []string) {
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
		c := e.policy.roles.Role(int(role))
		step := w.last()
		for step >= 0 && !c.Kinds.Has(int(w.place.Path[step].Kind)) {
			step--
		}
		if step < 0 {
			return nil, nil
		}
		grants = append(grants, always(role, w.place.Path[step].Scope))
		texts = append(texts, fmt.Sprintf("the role %s in %s", c.Name, diag.Printable(w.on(step))))
		todo = append(todo, e.tables.Roles[role].Requires...)
	}
	return grants, texts
}

// give: a role that is not held here yet. Of each role the nearest scope is told, and the roles that give the least
// besides come first.
func (w *wayfinder) give() {
	type gift struct {
		change change
		text   string
		excess int
	}
	var gifts []gift
	e := w.engine
	for i := range e.policy.roles.Len() {
		c := e.policy.roles.Role(i)
		more, texts := w.requirements(e.tables.Roles[i].Requires)
		if more == nil && len(e.tables.Roles[i].Requires) > 0 {
			continue // what it requires can be given nowhere on the path
		}
		for step := w.last(); step >= 0; step-- {
			if !c.Kinds.Has(int(w.place.Path[step].Kind)) {
				continue
			}
			g := always(int32(i), w.place.Path[step].Scope)
			text := fmt.Sprintf("give %s the role %s in %s", w.whom(), c.Name, diag.Printable(w.on(step)))
			if w.toldAs(text) {
				break // with the assignment that it would mend
			}
			if w.allowed(gives(g)) {
				gifts = append(gifts, gift{gives(g), text + w.givenBy(i), w.excess(g)})
				break
			}
			if len(more) > 0 && w.allowed(gives(more...)) {
				break // what it requires would do alone
			}
			if all := append([]table.Grant{g}, more...); len(more) > 0 && w.allowed(gives(all...)) {
				gifts = append(gifts, gift{gives(all...), text + ", with " + strings.Join(texts, " and ") + ", which it requires" + w.givenBy(i), w.excess(all...) + 1})
				break
			}
		}
	}
	slices.SortStableFunc(gifts, func(a, b gift) int { return cmp.Compare(a.excess, b.excess) })
	for _, g := range gifts[:min(len(gifts), 3)] {
		w.tell(g.change, g.text)
	}
}

// toldAs reports whether giving a role was told already, as what another requires.
func (w *wayfinder) toldAs(text string) bool {
	return slices.ContainsFunc(w.found, func(o Way) bool {
		return slices.ContainsFunc(o.Steps, func(step string) bool { return strings.HasPrefix(step, text+" as well") })
	})
}

// excess counts the levels that grants give, over all leaves and as far as they reach: the less, the nearer.
func (w *wayfinder) excess(grants ...table.Grant) int {
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
	return s + fmt.Sprintf(" (who holds %s there may)", c.GivenWith)
}
