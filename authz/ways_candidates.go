package authz

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/table"
)

// The candidates for a way: what could be lifted, mended or given. What can be seen to be of no use is not tried.

// liftings are all the limits that bear on the question.
func (w *wayfinder) liftings() []lifting {
	var all []lifting
	e := w.engine
	for i, limit := range w.subject.few.Limits {
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
			if g.Role >= 0 && w.engine.most(g.Role, leaf) >= w.permission.Need {
				continue next
			}
		}
		return false
	}
	return true
}

// most returns the most that a role gives in a leaf.
func (e *Engine) most(role int32, leaf int) (most table.Level) {
	entries := e.tables.Roles[role].Entries
	for i := range entries {
		most = max(most, entries[i].Row[leaf])
	}
	return most
}

// depends reports whether enough is given on a condition wherever too little is held.
func (w *wayfinder) depends(condition int32) bool {
next:
	for _, leaf := range w.low {
		for _, g := range w.expand().Grants {
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

// mend: an assignment that is there, and does not suffice for one reason.
func (w *wayfinder) mend() {
	for i, g := range w.expand().Grants {
		if g.Role >= 0 && w.trace.Grants[i].Step >= 0 {
			w.mendOne(i, g)
		}
	}
}

func (w *wayfinder) mendOne(i int, g table.Grant) {
	e, last, d := w.engine, w.last(), w.expand()
	stand, terms := &w.trace.Grants[i], d.On(i)
	name := e.policy.roles.Role(int(g.Role)).Name
	where := func() string { return diag.Printable(w.subject.scopeName(g.Scope)) }
	at := func() string { return parens(w.givenAt(d.from[i])) }
	if !stand.InTime && (w.indirect || w.could(g)) {
		if c := (change{nth: i + 1, terms: table.Terms{Limit: terms.Limit, From: table.Ever, Until: table.Never}}); w.allowed(c) {
			w.tell(c, "let the assignment of "+name+" in "+where()+" count now: it "+w.when(terms)+at())
		}
	}
	if more := w.requirements(stand.Missing); len(more) > 0 && w.allowed(change{more: more}) {
		w.asWell = true
		w.tell(change{more: more}, string(w.giving(nil, more...))+" as well: "+name+" counts only for one who holds that, too")
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
				at = func() string { return parens(e.profileLimit(int(terms.Profile)).Position()) }
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
			at := e.originSpot(e.firstOrigin(int(g.Role), n)).Position()
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

// giving appends that roles are given.
func (w *wayfinder) giving(text []byte, grants ...table.Grant) []byte {
	text = append(append(append(text, "give "...), w.whom()...), ' ')
	return w.named(text, grants...)
}

// named appends what roles are given, and where.
func (w *wayfinder) named(text []byte, grants ...table.Grant) []byte {
	for i, g := range grants {
		if i > 0 {
			text = append(text, " and "...)
		}
		text = append(append(text, "the role "...), w.engine.policy.roles.Role(int(g.Role)).Name...)
		text = append(append(text, " in "...), diag.Printable(w.on(w.step(g.Scope)))...)
	}
	return text
}

// step returns the step of the path that is a scope.
func (w *wayfinder) step(scope int32) int {
	return slices.IndexFunc(w.place.Path, func(s table.Step) bool { return s.Scope == scope })
}

// always is a grant without an end.
func always(role, scope int32) table.Grant {
	return table.Grant{Role: role, Scope: scope}
}

// gift is a role that may be given.
type gift struct {
	all    []table.Grant // what it requires, as far as that is lacking, and it itself
	excess int
}

// give: a role that is not held here yet. Of each role the nearest scope is told, and the roles that give the least
// besides come first.
func (w *wayfinder) give() {
	var room [8]gift
	gifts := room[:0]
	w.gifts = w.given[:0]
	for i := range w.engine.policy.roles.Len() {
		first := len(w.gifts)
		if g := w.gift(int32(i)); g.all != nil {
			gifts = append(gifts, g)
		} else {
			w.gifts = w.gifts[:first]
		}
	}
	slices.SortStableFunc(gifts, func(a, b gift) int { return cmp.Compare(a.excess, b.excess) })
	for _, g := range gifts[:min(len(gifts), 3)] {
		required, role := g.all[:len(g.all)-1], g.all[len(g.all)-1]
		var room [256]byte
		text := w.giving(room[:0], role)
		if len(required) > 0 {
			text = append(w.named(append(text, ", with "...), required...), ", which it requires"...)
		}
		w.tell(change{more: g.all}, string(w.givenBy(text, int(role.Role))))
	}
}

// gift returns how a role would do, given in the nearest scope; nothing if it would not, or if what it requires would do
// alone.
func (w *wayfinder) gift(role int32) gift {
	requires := w.engine.tables.Roles[role].Requires
	if len(requires) == 0 && !w.indirect && !w.could(table.Grant{Role: role}) {
		return gift{}
	}
	required := w.requirements(requires)
	if required == nil && len(requires) > 0 {
		return gift{} // what it requires can be given nowhere on the path
	}
	first := len(w.gifts)
	w.gifts = append(append(w.gifts, required...), table.Grant{Role: role})
	all := w.gifts[first:]
	required, alone := all[:len(required)], all[len(required):]
	if !w.indirect && !w.could(all...) {
		return gift{}
	}
	for step := w.last(); step >= 0; step-- {
		if !w.assigned(role, step) {
			continue
		}
		alone[0].Scope = w.place.Path[step].Scope
		switch {
		case w.asWell && w.toldAs(string(w.giving(nil, alone...))):
			return gift{} // with the assignment that it would mend
		case w.allowed(change{more: alone}):
			return gift{alone, w.excess(alone)}
		case len(required) == 0:
		case w.allowed(change{more: required}):
			return gift{} // what it requires would do alone
		case w.allowed(change{more: all}):
			return gift{all, w.excess(all) + 1}
		}
	}
	return gift{}
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

// givenBy appends who may give a role.
func (w *wayfinder) givenBy(text []byte, role int) []byte {
	c := w.engine.policy.roles.Role(role)
	if c.NeedsLimit {
		text = append(text, ", under a limit that leaves this"...)
	}
	if c.GivenWith == "" {
		return append(text, " (nobody may give it by themselves: it has no given_with)"...)
	}
	return append(append(append(text, " (who holds "...), c.GivenWith...), " there may)"...)
}
