package authz

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/roles"
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
func (q *question) ways(p roles.Permission, d Decision) []Way {
	w := wayfinder{question: q, permission: p}
	switch d.Reason {
	case WrongScopeKind:
		return w.elsewhere()
	case Inactive, Expired, OutsideKey:
		w.standing(d.Reason)
	}
	if len(w.prefix) > 0 && w.allowed(nil) {
		return []Way{{w.prefix}}
	}
	w.lift()
	w.mend()
	w.give()
	return w.found[:min(len(w.found), maxWays)]
}

type wayfinder struct {
	*question
	permission roles.Permission
	prefix     []string // what has to be done in any case
	found      []Way
}

func (w *wayfinder) add(steps ...string) {
	w.found = append(w.found, Way{append(slices.Clone(w.prefix), steps...)})
}

// allowed decides the request again with a change made to the question.
func (w *wayfinder) allowed(change func(*table.Question)) bool {
	q := w.question
	e, s := q.engine, q.subject
	area := e.policy.tree.Area(w.permission.Area)
	for _, asOwner := range []bool{false, true} {
		if asOwner && (s.key == nil || !e.policy.readsKey()) {
			continue
		}
		t := table.Question{Grants: slices.Clone(s.grants), Limits: s.limits, Path: q.places, Now: instant(q.now), First: area.First, Last: area.Last, Holds: q.holds}
		if change != nil {
			change(&t)
		}
		n := area.Last - area.First
		levels := make([]table.Level, 2*n)
		q.asOwner = asOwner
		e.tables.Answer(&t, levels[:n], levels[n:])
		q.asOwner = false
		if level, exists := e.tables.Area(q.places[len(q.places)-1].Kind, area.First, levels[n:]); !exists || level < w.permission.Need {
			return false
		}
	}
	return true
}

// elsewhere: the area does not exist here, but the subject is allowed it further up the path.
func (w *wayfinder) elsewhere() []Way {
	q := w.question
	area := q.engine.policy.tree.Area(w.permission.Area)
	for i := len(q.steps) - 2; i >= 0; i-- {
		up := question{ctx: q.ctx, subject: q.subject, path: q.path[:q.steps[i].End], facts: q.facts}
		up.facts.Time = q.now
		if _, _, ok := up.open("", false); ok && up.decide(w.permission).Allowed {
			return []Way{{[]string{fmt.Sprintf("ask in %s: %s exists there, and it is allowed", diag.Printable(up.path), area.Name)}}}
		}
	}
	return nil
}

// standing notes what has to be done before the principal can hold anything.
func (w *wayfinder) standing(reason Reason) {
	s := w.subject
	do := func(format string, args ...any) { w.prefix = append(w.prefix, fmt.Sprintf(format, args...)) }
	if s.status != Active {
		do("make %s active (now %s%s)", diag.Printable(s.id), s.status, w.in(s.own()))
	}
	if s.key == nil {
		return
	}
	if s.principal.status != Active {
		do("make %s, the owner of the key, active (now %s%s)", diag.Printable(s.principal.id), s.principal.status, w.in(s.principal))
	}
	if reason == Expired {
		do("give the key a later end (it ended at %s%s)", clock(s.key.until), w.in(s.key))
	}
	if reason == OutsideKey {
		do("let the key in to %s (it is confined to %s%s)", diag.Printable(w.path), list(s.key.in), w.in(s.key))
	}
}

// own returns what the directory says of the subject itself: of a key, the key.
func (s *Subject) own() *principal {
	if s.key != nil {
		return s.key
	}
	return s.principal
}

func (w *wayfinder) in(p *principal) string {
	if at := position(w.engine.places.directory, p.at); !at.IsZero() {
		return ", " + at.String()
	}
	return ""
}

// lifting is a limit that can be taken away.
type lifting struct {
	text  string
	apply func(*table.Question)
}

// lift: without one of the limits it would be allowed; or without several of them together.
func (w *wayfinder) lift() {
	var all []lifting
	s, e := w.subject, w.engine
	for i, of := range []*principal{s.principal, s.key} {
		if s.limits[i] != nil {
			all = append(all, lifting{
				fmt.Sprintf("raise the own limit of %s%s", diag.Printable(of.id), parens(position(e.places.directory, of.at))),
				func(t *table.Question) { t.Limits[i] = nil },
			})
		}
	}
	lying := map[int]bool{}
	for step := range w.steps {
		for i := range e.policy.boundaries {
			if lying[i] || !e.lies(i, w.question, step) {
				continue
			}
			lying[i] = true
			b := &e.policy.boundaries[i]
			at := position(e.places.policy, diag.Path{}.Names("boundaries", b.Name))
			text := fmt.Sprintf("lift the boundary %s%s", b.Name, parens(at))
			if b.When != "" {
				text = fmt.Sprintf("see to it that the boundary %s does not apply: that `%s` is false%s", b.Name, oneLine(b.When), parens(at))
			}
			all = append(all, lifting{text, func(t *table.Question) { t.Without.Add(i) }})
		}
	}
	apply := func(list []lifting) func(*table.Question) {
		return func(t *table.Question) {
			for _, l := range list {
				l.apply(t)
			}
		}
	}
	single := false
	for _, l := range all {
		if w.allowed(l.apply) {
			w.add(l.text)
			single = true
		}
	}
	if single || !w.allowed(apply(all)) {
		return
	}
	for i := 0; i < len(all); { // leave out what need not be lifted
		if fewer := slices.Delete(slices.Clone(all), i, i+1); w.allowed(apply(fewer)) {
			all = fewer
		} else {
			i++
		}
	}
	var texts []string
	for _, l := range all {
		texts = append(texts, l.text)
	}
	w.add(texts...)
}

func parens(p diag.Position) string {
	if p.IsZero() {
		return ""
	}
	return " (" + p.String() + ")"
}

// mend: an assignment that is there, and does not suffice for one reason.
func (w *wayfinder) mend() {
	s, e, last := w.subject, w.engine, len(w.places)-1
	stands := e.tables.Stand(&table.Question{Grants: s.grants, Path: w.places, Now: instant(w.now)})
	done := map[string]bool{}
	add := func(text string) {
		if !done[text] {
			done[text] = true
			w.add(text)
		}
	}
	for i := range s.grants {
		g, stand := &s.grants[i], &stands[i]
		if g.Role < 0 || stand.Step < 0 {
			continue
		}
		name := e.policy.roles.Role(int(g.Role)).Name
		where := diag.Printable(s.scopeName(g.Scope))
		at := parens(position(e.places.directory, s.given[i].at))
		if !stand.InTime && w.allowed(func(t *table.Question) { t.Grants[i].From, t.Grants[i].Until = table.Ever, table.Never }) {
			add(fmt.Sprintf("let the assignment of %s in %s count now: it %s%s", name, where, w.when(g), at))
		}
		if len(stand.Missing) > 0 {
			if more, texts := w.requirements(stand.Missing); more != nil && w.allowed(func(t *table.Question) { t.Grants = append(t.Grants, more...) }) {
				add(fmt.Sprintf("give %s %s as well: %s counts only for one who holds that, too", w.whom(), strings.Join(texts, " and "), name))
			}
		}
		if stand.InTime && stand.Step < last && !stand.Joined && w.allowed(func(t *table.Question) {
			t.Grants = append(t.Grants, table.Grant{Role: -1, Scope: w.places[last].Scope, From: table.Ever, Until: table.Never})
		}) {
			add(fmt.Sprintf("have %s join %s (any assignment there): %s, given in %s, reaches what its holder has joined", w.whom(), diag.Printable(w.path), name, where))
		}
		if g.Limit != nil && w.allowed(func(t *table.Question) { t.Grants[i].Limit = nil }) {
			add(fmt.Sprintf("raise the limit under which %s is given in %s%s", name, where, at))
		}
		for n, entry := range e.tables.Roles[g.Role].Entries {
			if entry.When == table.Always || !stand.Counts || !stand.Entries[n].Covers || !w.allowedIf(entry.When) {
				continue
			}
			_, p := e.ruleOf(e.origins[g.Role][n][0])
			add(fmt.Sprintf("see to it that `%s` is true: then %s gives it%s", oneLine(e.policy.conditions[entry.When].Source()), name, parens(position(e.places.policy, p))))
		}
	}
}

func (w *wayfinder) when(g *table.Grant) string {
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

// allowedIf decides as if a condition held at the scope.
func (w *wayfinder) allowedIf(condition int32) bool {
	holds := w.question.holds
	return w.allowed(func(t *table.Question) {
		t.Holds = func(c int32, step int) table.Truth {
			if c == condition && step == len(w.places)-1 {
				return table.True
			}
			return holds(c, step)
		}
	})
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
		step := len(w.steps) - 1
		for step >= 0 && !c.Kinds.Has(w.steps[step].Kind) {
			step--
		}
		if step < 0 {
			return nil, nil
		}
		grants = append(grants, table.Grant{Role: role, Scope: w.places[step].Scope, From: table.Ever, Until: table.Never})
		texts = append(texts, fmt.Sprintf("the role %s in %s", c.Name, diag.Printable(w.path[:w.steps[step].End])))
		todo = append(todo, e.tables.Roles[role].Requires...)
	}
	return grants, texts
}

// give: a role that is not held here yet. Of each role the nearest scope is told, and the roles that give the least
// besides come first.
func (w *wayfinder) give() {
	type gift struct {
		text, by string
		excess   int
	}
	var gifts []gift
	e := w.engine
	for i := range e.policy.roles.Len() {
		c := e.policy.roles.Role(i)
		for step := len(w.steps) - 1; step >= 0; step-- {
			if !c.Kinds.Has(w.steps[step].Kind) {
				continue
			}
			g := table.Grant{Role: int32(i), Scope: w.places[step].Scope, From: table.Ever, Until: table.Never}
			more, texts := w.requirements(e.tables.Roles[i].Requires)
			if len(texts) != len(more) || len(e.tables.Roles[i].Requires) > 0 && more == nil {
				continue
			}
			excess := w.excess(g, more)
			where := diag.Printable(w.path[:w.steps[step].End])
			text := fmt.Sprintf("give %s the role %s in %s", w.whom(), c.Name, where)
			if w.allowed(func(t *table.Question) { t.Grants = append(t.Grants, g) }) {
				gifts = append(gifts, gift{text, w.givenBy(i), excess})
				break
			}
			if len(more) > 0 && w.allowed(func(t *table.Question) { t.Grants = append(t.Grants, more...) }) {
				break // what it requires would do alone
			}
			if len(more) > 0 && w.allowed(func(t *table.Question) { t.Grants = append(append(t.Grants, g), more...) }) {
				gifts = append(gifts, gift{text, ", with " + strings.Join(texts, " and ") + ", which it requires" + w.givenBy(i), excess + 1})
				break
			}
		}
	}
	gifts = slices.DeleteFunc(gifts, func(g gift) bool { // told already: with the assignment that it would mend
		return slices.ContainsFunc(w.found, func(o Way) bool { return strings.HasPrefix(o.Steps[len(o.Steps)-1], g.text+" as well") })
	})
	slices.SortStableFunc(gifts, func(a, b gift) int { return cmp.Compare(a.excess, b.excess) })
	for _, g := range gifts[:min(len(gifts), 3)] {
		w.add(g.text + g.by)
	}
}

// excess counts the levels that grants give, over all leaves and as far as they reach: the less, the nearer.
func (w *wayfinder) excess(g table.Grant, more []table.Grant) int {
	n := 0
	for _, g := range append([]table.Grant{g}, more...) {
		role := &w.engine.tables.Roles[g.Role]
		for _, e := range role.Entries {
			reach := e.Reach
			if reach == table.Inherit {
				reach = role.Reach
			}
			for _, l := range e.Row {
				n += int(l) * (1 + 2*int(reach))
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
