package authz

import (
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/report"
)

// compile compiles a condition once for all places where the same text stands, and reports its problems at each.
func (p *policy) compile(source string, at report.Path, r *report.Reporter) (*condition.Program, int32) {
	if i, ok := p.when[source]; ok {
		return p.conditions[i], i
	}
	if p.env == nil { // the declarations are wrong; that is what has been reported
		return nil, -1
	}
	problems, known := p.wrong[source]
	var program *condition.Program
	if !known {
		program, problems = p.env.Compile(source)
	}
	for _, x := range problems {
		r.Suggest(x.Rule, report.Part(at, x.Offset, x.Width), x.Suggestion, "%s", x.Message)
	}
	if program == nil || len(problems) > 0 {
		if p.wrong == nil {
			p.wrong = map[string][]condition.Problem{}
		}
		p.wrong[source] = problems
		return nil, -1
	}
	i, ok := p.byKey[program.Key()]
	if !ok {
		i = int32(len(p.conditions))
		p.conditions = append(p.conditions, program)
		p.byKey[program.Key()] = i
	}
	p.when[source] = i
	return program, i
}

// checkBoundaryCondition compiles a boundary's condition. It is asked at every scope the boundary lies on, so it
// may read only kinds that stand on the path of each: a kind that is missing would make it fail, and a boundary
// that fails applies.
func (p *policy) checkBoundaryCondition(b *boundary, at report.Path, r *report.Reporter) int32 {
	program, i := p.compile(b.When, at, r)
	if program == nil {
		return -1
	}
	for _, kind := range program.Kinds() {
		for _, where := range p.lieOn(b) {
			if where.kinds.Has(kind) {
				continue
			}
			offset, width := program.KindAt(kind)
			r.Errorf("condition-kind", report.Part(at, offset, width), "the boundary lies on %s, and not every %s stands in a scope of the kind %s, so the condition cannot read one",
				where.name, where.name, diag.Quote(p.kinds.Name(kind)))
			break
		}
	}
	return i
}

// place is something a boundary lies on, and the kinds that stand on the path of every such scope.
type place struct {
	name  string
	kinds bits.Set
}

func (p *policy) lieOn(b *boundary) []place {
	under := p.pathKinds(b.Under)
	var list []place
	add := func(name string, kinds bits.Set) {
		all := append(bits.Set(nil), kinds...)
		all.Union(under)
		list = append(list, place{name, all})
	}
	for k := range b.kinds.All() {
		add(p.kinds.Name(k), p.kinds.Always(k))
	}
	for _, path := range b.paths {
		add(path, p.pathKinds(path))
	}
	return list
}

// pathKinds returns the kinds of the scopes on a path; none when it is empty or no path.
func (p *policy) pathKinds(path string) bits.Set {
	var kinds bits.Set
	steps, err := p.kinds.Resolve(path, nil)
	if err != nil {
		return nil
	}
	for _, s := range steps {
		kinds.Add(s.Kind)
	}
	return kinds
}

// checkGrants compiles the conditions of grants. A grant is asked at the scopes its holder reaches; a condition
// that reads a kind that is on the path of none of them could never hold.
func (p *policy) checkGrants(at report.Path, r *report.Reporter) {
	for i := range p.roles.Len() {
		c := p.roles.Role(i)
		for g, grant := range c.Grants {
			if grant.When == "" {
				continue
			}
			q := at.Name(c.Name).Name("grants").Index(g).Name("when")
			program, _ := p.compile(grant.When, q, r)
			if program == nil {
				continue
			}
			reached, assigned := p.grantKinds(i, g)
			if !assigned {
				continue
			}
			for _, kind := range program.Kinds() {
				if p.onPathOf(kind, reached) {
					continue
				}
				offset, width := program.KindAt(kind)
				r.Errorf("condition-kind", report.Part(q, offset, width), "the grant is asked at %s, and no such scope stands in one of the kind %s, so the condition could never hold",
					p.kindNames(reached), diag.Quote(p.kinds.Name(kind)))
			}
		}
	}
}

// reachedBy is the kinds of the scopes that somebody reaches by a role, or by any role that inherits it, as assigned.
type reachedBy struct {
	assigned bool        // one of those roles can be assigned
	own      bits.Set    // with the reach of the role that is assigned
	by       [3]bits.Set // with a reach
}

// reachedFrom returns what is reached by a role. All are computed at once, heirs first, when the first is asked for: a
// policy may have tens of thousands of roles.
func (p *policy) reachedFrom(role int) *reachedBy {
	if p.reaches == nil {
		p.reaches = make([]reachedBy, p.roles.Len())
		for _, i := range slices.Backward(p.roles.Order()) {
			c, x := p.roles.Role(i), &p.reaches[i]
			if c.At != nil {
				x.assigned = true
				for reach := range x.by {
					x.by[reach].Union(p.reached(c.Kinds, reach))
				}
				x.own.Union(p.reached(c.Kinds, c.Reach))
			}
			for _, parent := range c.Parents {
				up := &p.reaches[parent]
				up.assigned = up.assigned || x.assigned
				up.own.Union(x.own)
				for reach := range x.by {
					up.by[reach].Union(x.by[reach])
				}
			}
		}
	}
	return &p.reaches[role]
}

// grantKinds returns the kinds of the scopes at which a role's grant (-1: its areas) can be asked, through the role
// itself and every role that inherits it, and whether any of those can be assigned.
func (p *policy) grantKinds(role, grant int) (kinds bits.Set, assigned bool) {
	x := p.reachedFrom(role)
	if reach := p.roles.Role(role).Declared[1+grant].Reach; reach >= 0 {
		return x.by[reach], x.assigned
	}
	return x.own, x.assigned
}

// reached returns the kinds of the scopes that a role assigned at some kinds reaches.
func (p *policy) reached(at bits.Set, reach int) bits.Set {
	kinds := append(bits.Set(nil), at...)
	if reach > 0 {
		for k := range p.kinds.Len() {
			if p.kinds.Above(k).Meets(at) {
				kinds.Add(k)
			}
		}
	}
	return kinds
}

// onPathOf reports whether a scope of the kind may stand on the path of a scope of one of the others.
func (p *policy) onPathOf(kind int, others bits.Set) bool {
	for k := range others.All() {
		if p.kinds.AtOrBelow(k, kind) {
			return true
		}
	}
	return false
}

func (p *policy) kindNames(kinds bits.Set) string {
	var list []string
	for k := range kinds.All() {
		list = append(list, p.kinds.Name(k))
	}
	return strings.Join(list, ", ")
}
