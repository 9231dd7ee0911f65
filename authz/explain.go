package authz

import (
	"context"
	"fmt"

	"github.com/trellis-authz/trellis/diag"
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
	Rules    []RuleLine    // the grants of the role that concern the leaf
	rank     table.Level
	decides  bool
}

// RuleLine is a grant that a role declares or inherits.
type RuleLine struct {
	Role      string // the role that declares it
	Area      string // the area it names, or "*"
	Level     string // the level it means for the leaf, under the limits of the roles that inherit it
	When      string // its condition, or ""
	Outcome   string // of the condition: "holds", "does not hold", "failed: …", "was not asked"; "" without one
	Position  diag.Position
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
	Lowers   bool   // it lowered something that was granted
	Position diag.Position
}

// LimitLine is a limit of the principal's or the key's own.
type LimitLine struct {
	Of       string // "alice", "the key key-7f3a"
	Level    string
	Lowers   bool
	Position diag.Position
}

// Explain decides a request as [Subject.Check] does, and says why. It costs some tens of times as much as a check;
// for a denial it also tries which changes would allow it.
func (s *Subject) Explain(ctx context.Context, r Request) Explanation {
	x := Explanation{Request: r, Principal: s.ID()}
	q := question{ctx: ctx, subject: s, path: r.Scope, facts: r.Facts}
	p, denial, ok := q.open(r.Permission, true)
	if s != nil && s.engine != nil {
		x.Who = s.who()
	}
	if !ok {
		x.Decision = denial
		q.suggest(&x)
		return x
	}
	e := q.engine
	area := e.policy.tree.Area(p.Area)
	x.Area, x.Need = area.Name, e.policy.chain.Name(p.Need)
	x.Decision = q.decide(p)
	if x.Reason == WrongScopeKind {
		kind := e.policy.kinds.Name(int(q.places[len(q.places)-1].Kind))
		x.Err = fmt.Errorf("%s does not exist at a scope of the kind %s; it exists at %s", area.Name, kind, e.policy.kindNames(area.Kinds))
		x.Ways = q.ways(p, x.Decision)
		return x
	}
	leaf, granted := q.weakest(p)
	x.Leaf = e.policy.tree.LeafArea(leaf).Name
	q.derive(&x, leaf, granted)
	if !x.Allowed {
		x.Ways = q.ways(p, x.Decision)
	}
	return x
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
		near = diag.Nearest(q.subject.id, d.ids)
	case UnknownScope:
		near = diag.Nearest(q.path, d.scopes.sorted)
	}
	if near != "" {
		x.Err = fmt.Errorf("%w; did you mean %q?", x.Err, near)
	}
}

// weakest returns the leaf that decides, and what is granted in it.
func (q *question) weakest(p roles.Permission) (leaf int, granted table.Level) {
	e := q.engine
	area := e.policy.tree.Area(p.Area)
	n := area.Last - area.First
	levels := make([]table.Level, 2*n)
	q.answer(area.First, area.Last, levels[:n], levels[n:])
	leaf = -1
	for i := range n {
		if !e.tables.Exists[q.places[len(q.places)-1].Kind].Has(area.First + i) {
			continue
		}
		if leaf < 0 || levels[n+i] < levels[n+leaf-area.First] {
			leaf, granted = area.First+i, levels[i]
		}
	}
	return leaf, granted
}

// derive traces the decision for one leaf. The trace is filled by the walk that decides.
func (q *question) derive(x *Explanation, leaf int, granted table.Level) {
	e := q.engine
	var one [2]table.Level
	q.trace = &table.Trace{}
	q.answer(leaf, leaf+1, one[:1], one[1:])
	trace := q.trace
	q.trace = nil
	q.deriveOwner(x, leaf, one[1])

	left := make([]table.Level, len(trace.Grants)) // what each grant contributes under the boundaries that select it
	for i := range trace.Grants {
		left[i] = q.contributes(i, &trace.Grants[i], leaf, trace.Boundaries)
	}
	for i := range trace.Grants {
		if q.subject.grants[i].Role >= 0 {
			x.Grants = append(x.Grants, q.grantLine(i, &trace.Grants[i], leaf, left[i], trace.Boundaries))
		}
	}
	sortGrants(x.Grants)
	for _, b := range trace.Boundaries {
		bound := &e.tables.Boundaries[b.Boundary]
		if bound.Row[leaf] == e.policy.chain.Top() {
			continue
		}
		x.Boundaries = append(x.Boundaries, q.boundaryLine(b, leaf, granted))
	}
	q.limitLines(x, leaf, left)
}

// deriveOwner notes when the owner's own level is the bound of a key's.
func (q *question) deriveOwner(x *Explanation, leaf int, held table.Level) {
	if q.subject.key == nil || !q.engine.policy.readsKey() {
		return
	}
	t := table.Question{Grants: q.subject.grants, Limits: q.subject.limits, Path: q.places, Now: instant(q.now), First: leaf, Last: leaf + 1, Holds: q.holds}
	var one [2]table.Level
	q.engine.tables.Answer(&t, one[:1], one[1:])
	if one[1] > held {
		x.OwnerLevel = q.engine.policy.chain.Name(held)
	}
}

// contributes returns what a grant gives to the leaf, under the boundaries that select its role.
func (q *question) contributes(i int, g *table.GrantTrace, leaf int, boundaries []table.BoundaryTrace) table.Level {
	level := q.gives(i, g, leaf)
	for _, b := range boundaries {
		bound := &q.engine.tables.Boundaries[b.Boundary]
		if b.Truth != table.False && bound.Limits(q.subject.grants[i].Role) {
			level = min(level, bound.Row[leaf])
		}
	}
	return level
}

// gives returns what a grant gives to the leaf under the limit of its assignment, before any boundary.
func (q *question) gives(i int, g *table.GrantTrace, leaf int) table.Level {
	grant := &q.subject.grants[i]
	if grant.Role < 0 || g.Step < 0 {
		return 0
	}
	var level table.Level
	for n, entry := range q.engine.tables.Roles[grant.Role].Entries {
		if g.Gives(n) {
			level = max(level, entry.Row[leaf])
		}
	}
	if grant.Limit != nil {
		level = min(level, grant.Limit[leaf])
	}
	return level
}

func (q *question) grantLine(i int, g *table.GrantTrace, leaf int, left table.Level, boundaries []table.BoundaryTrace) GrantLine {
	e := q.engine
	grant, from := &q.subject.grants[i], &q.subject.given[i]
	role := e.policy.roles.Role(int(grant.Role))
	line := GrantLine{
		Role:     role.Name,
		Profile:  from.profile,
		Scope:    q.subject.scopeName(grant.Scope),
		Groups:   from.group,
		Position: position(e.places.directory, from.at),
		Level:    e.policy.chain.Name(left),
		rank:     left,
	}
	line.Rules = q.ruleLines(int(grant.Role), g, leaf)
	line.Why = q.whyLess(i, g, leaf, left, boundaries, len(line.Rules) > 0)
	return line
}

// whyLess says why a grant contributes nothing, or less than its role gives.
func (q *question) whyLess(i int, g *table.GrantTrace, leaf int, left table.Level, boundaries []table.BoundaryTrace, concerns bool) string {
	e := q.engine
	grant := &q.subject.grants[i]
	name := e.policy.roles.Role(int(grant.Role)).Name
	switch {
	case !g.InTime && instant(q.now).Before(grant.From):
		return "it begins at " + clock(grant.From)
	case !g.InTime:
		return "it ended at " + clock(grant.Until)
	case g.Step < 0:
		return "it is given elsewhere"
	case !concerns:
		return "the role gives nothing in " + e.policy.tree.LeafArea(leaf).Name
	case !g.Counts:
		return fmt.Sprintf("%s counts only for one who also holds %s here", name, e.roleNames(g.Missing))
	case !g.Covers && !coversAny(g):
		return e.whyUncovered(grant, g)
	}
	var gives table.Level
	for n, entry := range e.tables.Roles[grant.Role].Entries {
		if g.Gives(n) {
			gives = max(gives, entry.Row[leaf])
		}
	}
	if gives == 0 {
		return "no condition of its grants holds here"
	}
	if limited := q.gives(i, g, leaf); limited < gives {
		return fmt.Sprintf("the role gives %s, and the limit of the assignment leaves %s", e.policy.chain.Name(gives), e.policy.chain.Name(limited))
	}
	if left < gives {
		for _, b := range boundaries {
			if bound := &e.tables.Boundaries[b.Boundary]; b.Truth != table.False && bound.Limits(grant.Role) && bound.Row[leaf] == left {
				return fmt.Sprintf("the role gives %s, and the boundary %s leaves %s", e.policy.chain.Name(gives), e.policy.boundaries[b.Boundary].Name, e.policy.chain.Name(left))
			}
		}
	}
	return ""
}

func coversAny(g *table.GrantTrace) bool {
	for _, e := range g.Entries {
		if e.Covers {
			return true
		}
	}
	return false
}

func (e *Engine) whyUncovered(grant *table.Grant, g *table.GrantTrace) string {
	if e.tables.Roles[grant.Role].Reach == table.Joined && !g.Joined {
		return "it reaches only the scopes beneath that the principal has joined, and this is none of them"
	}
	return "it holds in that scope alone, not beneath it"
}

// ruleLines returns the grants of a role that concern the leaf, the highest first.
func (q *question) ruleLines(role int, g *table.GrantTrace, leaf int) []RuleLine {
	e := q.engine
	var lines []RuleLine
	for n, entry := range e.tables.Roles[role].Entries {
		for _, o := range e.origins[role][n] {
			if o.row[leaf] == 0 {
				continue
			}
			declared := e.policy.roles.Role(o.role)
			areas, p := declared.Areas, diag.Path{}.Names("roles", declared.Name, "areas")
			if o.grant >= 0 {
				areas = declared.Grants[o.grant].Areas
				p = diag.Path{}.Names("roles", declared.Name, "grants").Index(o.grant).Name("areas")
			}
			area := e.namedArea(areas, leaf)
			line := RuleLine{
				Role: declared.Name, Area: area, Level: e.policy.chain.Name(o.row[leaf]),
				Position: position(e.places.policy, p.Name(area)), inherited: o.role != role,
			}
			if entry.When != table.Always {
				line.When = e.policy.conditions[entry.When].Source()
				line.Outcome = "was not asked"
				if g.Counts && g.Entries[n].Covers {
					line.Outcome = q.outcome(entry.When, len(q.steps)-1, g.Entries[n].Truth)
				}
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// namedArea returns the name by which a grant names the leaf: its own, that of the nearest area above, or "*".
func (e *Engine) namedArea(g roles.Grant, leaf int) string {
	area, _ := e.policy.tree.Find(e.policy.tree.LeafArea(leaf).Name)
	for ; area >= 0; area = e.policy.tree.Area(area).Parent {
		if name := e.policy.tree.Area(area).Name; g[name] != "" {
			return name
		}
	}
	return "*"
}

// outcome says how a condition came out, and why it failed if it did.
func (q *question) outcome(condition int32, step int, truth table.Truth) string {
	switch truth {
	case table.True:
		return "holds"
	case table.False:
		return "does not hold"
	}
	for _, f := range q.failures {
		if f.condition == condition && f.step == step {
			return "failed: " + f.err.Error()
		}
	}
	return "failed"
}

func (q *question) boundaryLine(b table.BoundaryTrace, leaf int, granted table.Level) BoundaryLine {
	e := q.engine
	bound, declared := &e.tables.Boundaries[b.Boundary], &e.policy.boundaries[b.Boundary]
	line := BoundaryLine{
		Name:     declared.Name,
		Scope:    q.path[:q.steps[b.Step].End],
		Applies:  b.Truth != table.False,
		When:     declared.When,
		Level:    e.policy.chain.Name(bound.Row[leaf]),
		Roles:    "all",
		Position: position(e.places.policy, diag.Path{}.Names("boundaries", declared.Name)),
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
	line.Lowers = line.Applies && bound.Row[leaf] < granted
	if line.Lowers && bound.Selects != table.Everything {
		line.Lowers = false
		for _, g := range q.subject.grants {
			line.Lowers = line.Lowers || bound.Limits(g.Role)
		}
	}
	return line
}

func (q *question) limitLines(x *Explanation, leaf int, left []table.Level) {
	e, s := q.engine, q.subject
	var held table.Level
	for _, l := range left {
		held = max(held, l)
	}
	add := func(of string, row []table.Level, p *principal) {
		if row == nil || row[leaf] == e.policy.chain.Top() {
			return
		}
		x.Limits = append(x.Limits, LimitLine{of, e.policy.chain.Name(row[leaf]), row[leaf] < held, position(e.places.directory, p.at)})
	}
	add(s.principal.id, s.limits[0], s.principal)
	if s.key != nil {
		add("the key "+s.key.id, s.limits[1], s.key)
	}
}
