package authz

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/roles"
)

// Explanation is a decision with its whole derivation. Its String is written for somebody who has not seen the
// policy; the fields are the same for programs.
type Explanation struct {
	Decision
	Request   Request
	Principal string // the id; "" for the anonymous one
	Who       string // the principal in words: "alice, an active user"
	Need      string // the level that the permission needs; "" when the permission is not known
	Area      string // the area that the permission is about
	// Leaf is the area whose level decided: the area itself, or of one with sub-areas the first with the least
	// level held. The derivation is about it.
	Leaf       string
	Grants     []GrantLine    // every assignment of the principal and its groups, those that give most first
	Boundaries []BoundaryLine // every boundary that lies on the path and names the leaf
	Limits     []LimitLine    // the principal's and the key's own limits
	OwnerLevel string         // of a key whose conditions differ for its owner: the owner's own level, which is the bound; else ""
	Position   diag.Position  // of the principal or the key, where that alone denies: it is not active, expired, or confined
	Ways       []Way          // of a denial: the nearest ways to a yes
}

// GrantLine is one role in one scope, and what it contributes to the leaf.
type GrantLine struct {
	Role     string
	Profile  string        // the profile that gives the role, or ""
	Scope    string        // where it is given
	Groups   []string      // the groups that lead from the principal to the assignment; none: its own
	Position diag.Position // of the assignment
	Level    string        // what it contributes in the end
	Why      string        // why it contributes nothing, or less than its role gives; "" otherwise
	Rules    []RuleLine    // the grants of the role that concern the leaf, those that give most first
	Limits   []LimitLine   // the limits of the profile and of the assignment, where they lower what the role gives
	decides  bool
}

// RuleLine is a grant that a role declares or inherits.
type RuleLine struct {
	Role      string // the role that declares it
	Area      string // the area it names, or "*"
	Level     string // the level it means for the leaf, as it is declared
	When      string // its condition, or ""
	Outcome   string // "" when it counts without a condition; else "holds", "does not hold", "failed: …", "was not asked", "does not reach here"
	Position  diag.Position
	Limits    []LimitLine // the limits of the roles on the way from the one that is assigned to this one, where they lower it
	inherited bool
}

// BoundaryLine is a boundary on a scope of the path.
type BoundaryLine struct {
	Name     string
	Scope    string // the scope it lies on
	Applies  bool
	When     string // its condition, or ""
	Outcome  string // of the condition: "holds", "does not hold", "failed: …"; "" without one
	Level    string // what it leaves of the leaf
	Roles    string // whose contributions it limits: "all", "those of …", "all but those of …"
	Lowers   bool   // without the boundaries of its sort (those that select roles, or those that do not) more would be held
	Position diag.Position
}

// LimitLine is a limit of something: of the principal or the key, of a role, a profile or an assignment.
type LimitLine struct {
	Of       string // "alice", "the key key-7f3a", "the role reader"
	Level    string
	Lowers   bool
	Position diag.Position
}

// Explain decides a request as [Subject.Check] does, and says why. It costs some tens of times as much as a check;
// for a denial it also tries which changes would allow it.
func (s *Subject) Explain(ctx context.Context, r Request) Explanation {
	x := Explanation{Request: r, Principal: s.ID()}
	if s != nil && s.engine != nil {
		x.Who = s.who()
	}
	q := explainings.Get().(*explaining)
	q.question = question{ctx: ctx, subject: s, path: r.Scope, facts: r.Facts, detail: &q.assigned}
	q.explain(&x)
	q.close()
	*q = explaining{}
	explainings.Put(q)
	return x
}

// explaining is what an explanation is made in, in one piece. Nothing keeps any of it beyond its explanation: made anew each
// time, it would be a third of what the collector has to do for one.
type explaining struct {
	question
	assigned detail
	trace    table.Trace
	levels   [2 * 16]table.Level // room for what is granted and held in the leaves of the area,
	leaves   [2][8]int           // for the leaves in which that is too little,
	given    [8]table.Grant      // and for what may be given for a yes
}

var explainings = sync.Pool{New: func() any { return new(explaining) }}

func (q *explaining) explain(x *Explanation) {
	denial, ok := q.open()
	var p model.Permission
	if ok {
		p, denial, ok = q.permission(x.Request.Permission)
	}
	if ok {
		denial, ok = q.parties()
	}
	if !ok {
		x.Decision = denial
		q.suggest(x)
		return
	}
	e := q.engine
	area := e.policy.tree.Area(p.Area)
	x.Area, x.Need = area.Name, e.policy.chain.Name(p.Need)
	granted, held := halves(q.levels[:], area.Last-area.First)
	x.Decision = q.decideWith(p, granted, held)
	w := wayfinder{explaining: q, permission: p, granted: granted, held: held}
	switch x.Reason {
	case WrongScopeKind:
		kind := e.policy.kinds.Name(int(q.place.Kind))
		x.Err = fmt.Errorf("%s does not exist at a scope of the kind %s; it exists at %s", area.Name, kind, e.policy.kindNames(area.Kinds))
		x.Ways = w.elsewhere()
		return
	case Inactive, Expired, OutsideKey: // what would be held is told nevertheless
		q.walk(area.First, area.Last, table.Exactly, granted, held)
		obstacles := q.obstacles()
		x.Position = e.places.principal(obstacles[0].of).Position()
		w.inAnyCase(obstacles)
	}
	leaf := q.weakest(area.First, held)
	x.Leaf = e.policy.tree.LeafArea(leaf).Name
	q.derive(x, leaf)
	if !x.Allowed {
		x.Ways = w.ways()
	}
}

// suggest adds the nearest name that the directory does list. Decisions never do: they may be shown to those who ask,
// and whom or what else the directory lists is none of their business.
func (q *question) suggest(x *Explanation) {
	if q.engine == nil {
		return
	}
	d := q.engine.directory
	near := ""
	switch x.Reason {
	case UnknownPrincipal:
		near = diag.Nearest(q.subject.id, d.namesOfPrincipals())
	case UnknownScope:
		near = diag.Nearest(q.path, d.namesOfScopes())
	}
	if near != "" {
		x.Err = fmt.Errorf("%w; did you mean %q?", x.Err, near)
	}
}

// weakest returns the leaf that decides, of those from first on.
func (q *question) weakest(first int, held []table.Level) int {
	leaf := -1
	for i, level := range held {
		if !q.engine.tables.Exists[q.place.Kind].Has(first + i) {
			continue
		}
		if leaf < 0 || level < held[leaf-first] {
			leaf = first + i
		}
	}
	return leaf
}

// derive traces the decision for one leaf. The trace is filled by the walk that decides.
func (q *explaining) derive(x *Explanation, leaf int) {
	e := q.engine
	var one [2]table.Level
	trace := &q.trace
	t := q.put(leaf, leaf+1)
	t.Trace = trace
	q.answer(&t, one[:1], one[1:], q.holds)
	q.deriveOwner(x, leaf, one[1])

	q.grantLines(x, trace, leaf)
	for _, b := range trace.Boundaries {
		if e.tables.Boundaries[b.Boundary].Row[leaf] < e.policy.chain.Top() {
			x.Boundaries = append(x.Boundaries, q.boundaryLine(b, leaf))
		}
	}
	q.limitLines(x, leaf, trace.Joined)
}

// deriveOwner notes when the owner's own level is the bound of a key's.
func (q *question) deriveOwner(x *Explanation, leaf int, held table.Level) {
	if q.subject.key == nil || !q.engine.readsKey {
		return
	}
	t := q.put(leaf, leaf+1)
	var one [2]table.Level
	q.engine.tables.Answer(&t, one[:1], one[1:], q.holds)
	if one[1] > held {
		x.OwnerLevel = q.engine.policy.chain.Name(held)
	}
}

// grantLines tells of every grant: those that give most first, and those that give the most decide.
func (q *question) grantLines(x *Explanation, trace *table.Trace, leaf int) {
	d := q.expand()
	var room [16]int32
	order := room[:0] // lines are long: their numbers are sorted, and each is written where it belongs
	for i := range d.Grants {
		if d.Grants[i].Role >= 0 {
			order = append(order, int32(i))
		}
	}
	if len(order) == 0 {
		return
	}
	left := func(i int32) table.Level { return trace.Grants[i].Left }
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(left(b), left(a)) })
	x.Grants = make([]GrantLine, len(order))
	giving := 0
	for _, i := range order {
		if q.engine.most(d.Grants[i].Role, leaf) > 0 {
			giving++ // mostly by one rule
		}
	}
	rules := make([]RuleLine, 0, giving) // of all lines, one after the other
	for n, i := range order {
		line, first := &x.Grants[n], len(rules)
		rules = q.ruleLines(rules, int(d.Grants[i].Role), &trace.Grants[i], leaf)
		if len(rules) > first {
			line.Rules = rules[first:len(rules):len(rules)]
		}
		q.grantLine(line, int(i), trace, leaf)
		line.decides = left(i) > 0 && left(i) == left(order[0])
	}
}

// grantLine tells of a grant, whose rules are told already.
func (q *question) grantLine(line *GrantLine, i int, trace *table.Trace, leaf int) {
	e, g, d := q.engine, &trace.Grants[i], q.expand()
	grant, from, terms := d.Grants[i], d.from[i], d.On(i)
	line.Role, line.Profile = e.policy.roles.Role(int(grant.Role)).Name, e.profileOf(terms)
	line.Scope, line.Groups, line.Position = q.subject.scopeName(grant.Scope), q.through(from), q.givenAt(from)
	line.Level = e.policy.chain.Name(g.Left)
	if g.Limited < g.Given {
		line.Limits = q.assignmentLimits(terms, line.Position, g.Given, leaf)
	}
	line.Why = q.whyLess(line, i, trace, leaf)
}

// assignmentLimits returns the limits of a profile and of an assignment, as far as they lower a level.
func (q *question) assignmentLimits(terms *table.Terms, at diag.Position, level table.Level, leaf int) []LimitLine {
	e := q.engine
	var list []LimitLine
	if terms.Profile >= 0 {
		c := e.policy.profiles.Profile(int(terms.Profile))
		if c.LimitRow != nil && c.LimitRow[leaf] < level {
			level = c.LimitRow[leaf]
			list = append(list, LimitLine{"the profile " + c.Name, e.policy.chain.Name(level), true, e.profileLimit(int(terms.Profile)).Position()})
		}
	}
	if terms.Own != nil && terms.Own[leaf] < level {
		list = append(list, LimitLine{"the assignment", e.policy.chain.Name(terms.Own[leaf]), true, at})
	}
	return list
}

// profileOf returns the name of the profile that gives a grant, or "".
func (e *Engine) profileOf(terms *table.Terms) string {
	if terms == nil || terms.Profile < 0 {
		return ""
	}
	return e.policy.profiles.Profile(int(terms.Profile)).Name
}

// profileLimit is where the limit of a profile stands.
func (e *Engine) profileLimit(n int) doc.Spot {
	p := e.policy.profiles.Profile(n)
	return e.places.policy.Name("profiles").Name(p.Name).Name(model.LimitKey(p.Limit))
}

// whyLess says why a grant contributes nothing, or less than its role gives.
func (q *question) whyLess(line *GrantLine, i int, trace *table.Trace, leaf int) string {
	e, g := q.engine, &trace.Grants[i]
	d := q.expand()
	grant, terms := d.Grants[i], d.On(i)
	entries := e.tables.Roles[grant.Role].Entries
	var reaches, uncovered bool // of the entries that give something of the leaf
	var reach table.Reach       // the widest of those that do not reach here
	for n := range entries {
		if entries[n].Row[leaf] > 0 {
			reaches = reaches || g.Entries[n].Covers
			if !g.Entries[n].Covers {
				uncovered, reach = true, max(reach, entries[n].Reach)
			}
		}
	}
	switch {
	case !g.InTime && instant(q.now).Before(terms.From):
		return "it begins at " + clock(terms.From)
	case !g.InTime:
		return "it ended at " + clock(terms.Until)
	case g.Step < 0:
		return "it is given elsewhere"
	case len(line.Rules) == 0:
		return "the role gives nothing in " + e.policy.tree.LeafArea(leaf).Name
	case !g.Counts:
		return line.Role + " counts only for one who also holds " + e.roleNames(g.Missing) + " here"
	case !reaches && uncovered && reach == table.Joined:
		return "it reaches only the scopes beneath that the principal has joined, and this is none of them"
	case !reaches:
		return "it holds in that scope alone, not beneath it"
	case g.Given == 0:
		return "no condition of its grants holds here"
	case len(line.Limits) > 0:
		last := line.Limits[len(line.Limits)-1]
		return "the role gives " + e.policy.chain.Name(g.Given) + ", and the limit of " + last.Of + " leaves " + last.Level + parens(last.Position)
	case g.Left < g.Given:
		for _, b := range trace.Boundaries {
			if bound := &e.tables.Boundaries[b.Boundary]; b.Truth != table.False && bound.Limits(grant.Role) && bound.Row[leaf] == g.Left {
				return "the role gives " + e.policy.chain.Name(g.Given) + ", and the boundary " + e.policy.boundaries[b.Boundary].Name + " leaves " + line.Level
			}
		}
	}
	return ""
}

// ruleLines appends the grants of a role that concern the leaf, those that give most first.
func (q *question) ruleLines(lines []RuleLine, role int, g *table.GrantTrace, leaf int) []RuleLine {
	e := q.engine
	var room [8]source
	sources := e.sources(room[:0], role, leaf)
	for i := range sources {
		if !g.Gives(sources[i].entry) {
			sources[i].gives = 0
		}
	}
	slices.SortStableFunc(sources, func(a, b source) int {
		return cmp.Or(cmp.Compare(b.gives, a.gives), cmp.Compare(a.entry, b.entry))
	})
	for i := range sources {
		lines = append(lines, RuleLine{})
		q.ruleLine(&lines[len(lines)-1], &sources[i], role, g, leaf)
	}
	return lines
}

func (q *question) ruleLine(line *RuleLine, o *source, role int, g *table.GrantTrace, leaf int) {
	e := q.engine
	line.Role, line.Level, line.inherited = e.policy.roles.Role(o.role).Name, e.policy.chain.Name(o.declared), o.role != role
	line.Area, line.Position = e.ruleFor(model.Origin{Role: o.role, Grant: o.grant}, leaf)
	if o.left < o.declared {
		_, line.Limits = e.limitsOnTheWay(role, o.role, o.declared, leaf)
	}
	when, stood := e.tables.Roles[role].Entries[o.entry].When, &g.Entries[o.entry]
	if when != table.Always {
		line.When = e.policy.conditions[when].Source()
	}
	switch {
	case g.Step >= 0 && !stood.Covers && g.InTime:
		line.Outcome = "does not reach here"
	case line.When != "" && !(g.Counts && stood.Covers):
		line.Outcome = "was not asked"
	case line.When != "":
		line.Outcome = q.outcome(when, q.last(), stood.Truth)
	}
}

// ruleFor returns the name by which an origin names a leaf, and where that stands.
func (e *Engine) ruleFor(o model.Origin, leaf int) (area string, at diag.Position) {
	r := e.policy.roles.Role(o.Role)
	names := r.Areas
	if o.Grant >= 0 {
		names = r.Grants[o.Grant].Areas
	}
	area = e.namedArea(names, leaf)
	return area, e.originSpot(o).Name("areas").Name(area).Position()
}

// limitsOnTheWay returns what the limits of the roles leave of a level that one of them declares, on the best way on
// which the other inherits it, and those of the limits that lower it, the declaring role's first. Each role on the ways
// is looked at once: there may be very many ways.
func (e *Engine) limitsOnTheWay(role, declaring int, level table.Level, leaf int) (left table.Level, limits []LimitLine) {
	type way struct {
		left   table.Level
		limits []LimitLine
	}
	known := map[int]way{}
	var best func(role int) way
	best = func(role int) way {
		if w, ok := known[role]; ok {
			return w
		}
		c := e.policy.roles.Role(role)
		w := way{left: level}
		if role != declaring {
			w.left = 0
			for _, parent := range c.Parents {
				if !e.policy.roles.Role(parent).Is.Has(declaring) {
					continue
				}
				if up := best(parent); up.left >= w.left {
					w = up
				}
			}
		}
		if c.LimitRow != nil && c.LimitRow[leaf] < w.left {
			w.left = c.LimitRow[leaf]
			at := e.places.role(c.Name).Name(model.LimitKey(c.Limit)).Position()
			w.limits = append(slices.Clone(w.limits), LimitLine{"the role " + c.Name, e.policy.chain.Name(w.left), true, at})
		}
		known[role] = w
		return w
	}
	w := best(role)
	return w.left, w.limits
}

// namedArea returns the name by which a grant names the leaf: its own, that of the nearest area above, or "*".
func (e *Engine) namedArea(g roles.Grant, leaf int) string {
	for area := e.policy.tree.LeafArea(leaf); ; area = e.policy.tree.Area(area.Parent) {
		if g[area.Name] != "" {
			return area.Name
		}
		if area.Parent < 0 {
			return "*"
		}
	}
}

// failed returns the conditions that could not be evaluated.
func (q *question) failed() (list []failure) {
	if q.failures != nil {
		list = *q.failures
	}
	return list
}

// outcome says how a condition came out, and why it failed if it did.
func (q *question) outcome(condition int32, step int, truth table.Truth) string {
	switch truth {
	case table.True:
		return "holds"
	case table.False:
		return "does not hold"
	}
	for _, f := range q.failed() {
		if f.condition == condition && int(f.step) == step {
			return "failed: " + f.err.Error()
		}
	}
	return "failed"
}

func (q *question) boundaryLine(b table.BoundaryTrace, leaf int) BoundaryLine {
	e := q.engine
	bound, declared := &e.tables.Boundaries[b.Boundary], &e.policy.boundaries[b.Boundary]
	line := BoundaryLine{
		Name:     declared.Name,
		Scope:    q.on(b.Step),
		Applies:  b.Truth != table.False,
		When:     declared.When,
		Level:    e.policy.chain.Name(bound.Row[leaf]),
		Roles:    "all",
		Lowers:   b.Lowers,
		Position: e.places.boundary(declared.Name).Position(),
	}
	if bound.When != table.Always {
		line.Outcome = q.outcome(bound.When, b.Step, b.Truth)
	}
	switch bound.Selects {
	case table.Named:
		line.Roles = "those of " + list(declared.Boundary.Roles)
	case table.AllBut:
		line.Roles = "all but those of " + list(declared.Except)
	}
	return line
}

func (q *question) limitLines(x *Explanation, leaf int, joined table.Level) {
	e, s := q.engine, q.subject
	add := func(of string, limit *[]table.Level, p *principal) {
		if limit == nil {
			return
		}
		row := *limit
		if row[leaf] == e.policy.chain.Top() {
			return
		}
		x.Limits = append(x.Limits, LimitLine{of, e.policy.chain.Name(row[leaf]), row[leaf] < joined, e.places.principal(p).Position()})
	}
	add(s.principal.id, s.few.Limits[0], s.principal)
	if s.key != nil {
		add("the key "+s.key.id, s.few.Limits[1], s.key)
	}
}
