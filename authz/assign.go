package authz

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// Giving asks whether a role or profile may be given, or taken away, in a scope.
type Giving struct {
	Name  string // of a role or a profile
	Scope string // a path
	Facts
}

// Lack is where a giver falls short: a leaf in which the role gives more than the giver has to give.
type Lack struct {
	Role  string
	Area  string
	Gives string // the level that the role gives
	Has   string // the level that the giver has, with the same reach and under the same condition
	When  string // the condition of the role's grant; "": none
	Reach roles.Reach

	Position diag.Position // of the rule that gives it; zero when the policy was built in Go
}

// String returns the lack as part of a sentence.
func (l Lack) String() string {
	s := fmt.Sprintf("%s gives %s in %s", l.Role, l.Gives, l.Area)
	if l.Reach != roles.Self {
		s += fmt.Sprintf(" with reach %q", string(l.Reach))
	}
	if l.When != "" {
		s += fmt.Sprintf(" when %s", l.When)
	}
	return s + ", and the giver has " + l.Has
}

// GivingDecision is the answer to a [Giving]. The zero GivingDecision is a denial.
type GivingDecision struct {
	Allowed bool
	Reason  Reason
	Needs   string // when it is the given_with permission that is denied: that permission, for [Subject.Explain] to say why
	Lacks   []Lack // for ExceedsGiver: every leaf in which the giver falls short
	Err     error  // says more where a word does not suffice
}

// String returns the decision on one line.
func (d GivingDecision) String() string {
	var lacks strings.Builder
	for i, l := range d.Lacks {
		if i == 3 {
			fmt.Fprintf(&lacks, "; and %d more", len(d.Lacks)-i)
			break
		}
		if i == 0 {
			lacks.WriteString(": ")
		} else {
			lacks.WriteString("; ")
		}
		lacks.WriteString(l.String())
	}
	return verdict(d.Allowed, d.Reason, lacks.String(), d.Err)
}

// CanAssign decides whether the subject may give a role or profile in a scope; taking it away follows the same
// rule. It may when the role says given_with, and the subject is allowed that there; when every role is assigned at
// such scopes; and when the subject gives no more than it has, unless the role exceeds_giver. Cost: one decision,
// and a comparison of the role's rows with those of each of the subject's roles.
func (s *Subject) CanAssign(ctx context.Context, g Giving) GivingDecision {
	observe := s.observer()
	if observe == nil {
		return s.canAssign(ctx, g)
	}
	began := time.Now()
	d := s.canAssign(ctx, g)
	s.tell(ctx, observe, began, Event{Assign: g.Name, Scope: g.Scope, Facts: g.Facts, Decision: d.decision()})
	return d
}

// decision is what a decision of another sort says of this one.
func (d GivingDecision) decision() Decision {
	err := d.Err
	if err == nil && len(d.Lacks) > 0 {
		err = lackError(d.Lacks)
	}
	return Decision{Allowed: d.Allowed, Reason: d.Reason, Err: err}
}

func (s *Subject) canAssign(ctx context.Context, g Giving) GivingDecision {
	q := question{ctx: ctx, subject: s, path: g.Scope, facts: g.Facts}
	refused := func(d Decision) GivingDecision { return GivingDecision{Reason: d.Reason, Err: d.Err} }
	if denial, ok := q.open(); !ok {
		return refused(denial)
	}
	if g.Name == "" {
		return GivingDecision{Reason: InvalidRequest, Err: errors.New("the request names no role or profile")}
	}
	e := q.engine
	given, err := e.policy.bundle(g.Name)
	if err != nil {
		return GivingDecision{Reason: UnknownRole, Err: err}
	}
	if denial, ok := q.parties(); !ok {
		return refused(denial)
	}
	if given.with.Need == 0 {
		return GivingDecision{Reason: NoGiving, Err: fmt.Errorf("%s has no given_with, so nobody gives it", diag.Quote(g.Name))}
	}
	if d := q.decide(given.with); !d.Allowed {
		err := fmt.Errorf("who gives %s needs %s here", diag.Quote(g.Name), given.text)
		if d.Err != nil {
			err = fmt.Errorf("%w: %w", err, d.Err)
		}
		return GivingDecision{Reason: d.Reason, Needs: given.text, Err: err}
	}
	kind := int(q.place.Kind)
	for _, role := range given.roles {
		if c := e.policy.roles.Role(role); !c.Kinds.Has(kind) {
			return GivingDecision{Reason: WrongScopeKind, Err: fmt.Errorf("%s is assigned at %s, not at %s",
				diag.Quote(c.Name), orNothing(e.policy.kindNames(c.Kinds)), e.policy.kinds.Name(kind))}
		}
	}
	if given.exceeds {
		return GivingDecision{Allowed: true, Reason: Granted}
	}
	if lacks := q.lacks(given); len(lacks) > 0 {
		return GivingDecision{Reason: ExceedsGiver, Lacks: lacks}
	}
	return GivingDecision{Allowed: true, Reason: Granted}
}

// bundle is a role or profile as it is given.
type bundle struct {
	roles   []int
	limit   model.Row
	with    model.Permission // Need 0: nobody gives it
	text    string           // given_with, as written
	exceeds bool             // every one of the roles exceeds_giver
}

func (p *policy) bundle(name string) (bundle, error) {
	if i, ok := p.roles.Find(name); ok {
		c := p.roles.Role(i)
		return bundle{[]int{i}, nil, p.roleGiven[i], c.GivenWith, c.ExceedsGiver}, nil
	}
	if i, ok := p.profiles.Find(name); ok {
		c := p.profiles.Profile(i)
		b := bundle{c.Roles, c.LimitRow, p.profGiven[i], c.GivenWith, len(c.Roles) > 0}
		for _, role := range c.Roles {
			b.exceeds = b.exceeds && p.roles.Role(role).ExceedsGiver
		}
		return b, nil
	}
	err := fmt.Errorf("there is no role or profile %s", diag.Quote(name))
	if near := diag.Nearest(name, append(append([]string(nil), p.roles.Names()...), p.profiles.Names()...)); near != "" {
		err = fmt.Errorf("%w; did you mean %q?", err, near)
	}
	return bundle{}, err
}

// lacks compares what a bundle gives with what the subject has to give, leaf by leaf.
func (q *question) lacks(given bundle) []Lack {
	e, s := q.engine, q.subject
	t := &e.tables
	put := q.whole()
	stands := t.Stand(&put)
	var lacks []Lack
	for _, role := range given.roles {
		for n, entry := range t.Roles[role].Entries {
			has := model.NewRow(t.Leaves, 0)
			for i := range put.Grants {
				q.has(has, put.Grants[i], put.On(i), &stands[i], role, entry.When, entry.Reach)
			}
			for _, limit := range s.few.Limits {
				if limit != nil {
					has.Meet(*limit)
				}
			}
			for leaf, l := range entry.Row {
				if given.limit != nil {
					l = min(l, given.limit[leaf])
				}
				if l > has[leaf] {
					lacks = append(lacks, e.lack(role, n, leaf, l, has[leaf]))
				}
			}
		}
	}
	return lacks
}

// has joins what one grant of the giver has to give: the entries that reach as far, unconditional or on the very
// same condition, under the boundaries that select the giver's role but not the given one.
func (q *question) has(has model.Row, g table.Grant, on *table.Terms, stand *table.GrantTrace, role int, when int32, reach table.Reach) {
	e := q.engine
	if g.Role < 0 || !stand.Counts {
		return
	}
	mine := &e.tables.Roles[g.Role]
	for n := range mine.Entries {
		entry := &mine.Entries[n]
		if !stand.Entries[n].Covers || entry.Reach < reach || entry.When != table.Always && entry.When != when {
			continue
		}
		row := model.Row(entry.Row).Clone()
		if on != nil && on.Limit != nil {
			row.Meet(on.Limit)
		}
		for b := range e.tables.Boundaries {
			bound := &e.tables.Boundaries[b]
			if bound.Limits(g.Role) && !bound.Limits(int32(role)) && q.mayLie(b) {
				row.Meet(bound.Row)
			}
		}
		has.Join(row)
	}
}

// mayLie reports whether a boundary may lie at, above or beneath the scope in question.
func (q *question) mayLie(n int) bool {
	e := q.engine
	for step := range q.place.Path {
		for b := range e.tables.Lying(q.place.Path, step) {
			if int(b) == n {
				return true
			}
		}
	}
	b := &e.policy.boundaries[n]
	for _, path := range b.paths {
		if scope.Contains(q.path, path) && (b.Under == "" || scope.Contains(b.Under, path)) {
			return true
		}
	}
	top := int(q.place.Kind) // the highest scope beneath which a scope of the boundary's kinds would do
	switch {
	case b.Under == "" || scope.Contains(b.Under, q.path):
	case scope.Contains(q.path, b.Under):
		steps, err := e.policy.kinds.Resolve(b.Under, nil)
		if err != nil {
			return true
		}
		top = steps[len(steps)-1].Kind
		if b.kinds.Has(top) {
			return true
		}
	default:
		return false
	}
	return e.policy.beneath(b.kinds, bits.Of(top))
}

// lack says where the n-th entry of a role gives more in a leaf than the giver has.
func (e *Engine) lack(role, n, leaf int, gives, has model.Level) Lack {
	entry := &e.tables.Roles[role].Entries[n]
	l := Lack{
		Role:  e.policy.roles.Role(role).Name,
		Area:  e.policy.tree.LeafArea(leaf).Name,
		Gives: e.policy.chain.Name(gives),
		Has:   e.policy.chain.Name(has),
		Reach: []roles.Reach{roles.Self, roles.Joined, roles.All}[entry.Reach],
	}
	if entry.When != table.Always {
		l.When = e.policy.conditions[entry.When].Source()
	}
	for _, o := range e.origins(role)[n] {
		if o.Row[leaf] >= gives {
			_, l.Position = e.ruleFor(o, leaf)
			break
		}
	}
	return l
}
