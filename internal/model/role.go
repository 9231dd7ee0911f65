package model

import (
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/graph"
	"github.com/trellis-authz/trellis/internal/names"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/roles"
)

var reaches = []string{string(roles.Self), string(roles.Joined), string(roles.All)}

// Role is a role whose names are resolved.
type Role struct {
	*roles.Role
	Kinds    bits.Set // at which it may be assigned
	Reach    int      // 0 self, 1 joined, 2 all
	Parents  []int
	Is       bits.Set // itself and all it inherits
	Requires []int    // its own and inherited requirements, less what it is
	LimitRow Row      // nil: none
	Declared []Entry  // what it declares itself, its limit aside: its Areas, then each of its Grants
	Entries  []Entry  // all it gives, what it inherits included: one for each condition and reach
}

// Entry is what a role gives on one condition, with one reach.
type Entry struct {
	When  string // "": always
	Reach int    // -1: that of the role that is assigned
	Row   Row
}

// terms are what tells entries apart.
type terms struct {
	when  string
	reach int
}

func (e *Entry) terms() terms { return terms{e.When, e.Reach} }

// Roles is the roles of a policy, numbered in the order of their declaration. It is immutable and safe for
// concurrent use.
type Roles struct {
	roles []Role
	index map[string]int
	names []string
	order []int
	cut   bool
}

// Order returns the numbers of all roles, each after those that it inherits; the slice must not be changed.
func (s *Roles) Order() []int { return s.order }

// Cut reports whether there were too many roles, or they came to too many grants, which is an error: what the last of
// them give is not known.
func (s *Roles) Cut() bool { return s.cut }

// Len returns the number of roles.
func (s *Roles) Len() int { return len(s.roles) }

// Role returns the i-th role; it must not be changed.
func (s *Roles) Role(i int) *Role { return &s.roles[i] }

// Find returns the number of the role with that name.
func (s *Roles) Find(name string) (int, bool) {
	i, ok := s.index[name]
	return i, ok
}

// Names returns the names of all roles, in order; the slice must not be changed.
func (s *Roles) Names() []string { return s.names }

// CompileRoles resolves the roles, and reports what is wrong with them at paths under at. Rules: bad-name,
// duplicate-name, empty-list, unknown-kind, unknown-role, unknown-reach, inherits-cycle, requires-cycle,
// role-count, too-many-grants, and those of [Tree.Row].
func CompileRoles(list []roles.Role, kinds *Kinds, rows *Rows, at report.Path, r *report.Reporter) *Roles {
	s := &Roles{index: make(map[string]int, len(list))}
	if len(list) > roles.MaxRoles {
		r.Errorf("role-count", report.Value(at), "a policy has at most %d roles; here are %d", roles.MaxRoles, len(list))
		r.Silence("unknown-role") // the others are named, too
		list, s.cut = list[:roles.MaxRoles], true
	}
	for i := range list {
		role := &list[i]
		p := at.Name(role.Name)
		if _, again := s.index[role.Name]; again {
			r.Errorf("duplicate-name", report.Key(p), "the role %s is declared twice", diag.Quote(role.Name))
			continue
		}
		if !names.Name(role.Name) {
			r.Errorf("bad-name", report.Key(p), "%s is no name of a role: %s", diag.Quote(role.Name), names.NameRule)
		}
		s.index[role.Name] = len(s.roles)
		s.names = append(s.names, role.Name)
		s.roles = append(s.roles, Role{Role: role})
	}
	size := bounds{rows: rows}
	for i := range s.roles {
		c := &s.roles[i]
		p := at.Name(c.Name)
		c.Kinds = KindSet(c.At, kinds, p.Name("at"), r)
		if c.At == nil && (r.Broken(p) || r.Broken(p.Name("at"))) {
			unread := *c.Role
			unread.At = []string{} // it is assigned somewhere, and nobody knows where: that has been said
			c.Role = &unread
		}
		c.Reach = max(0, compileReach(c.Role.Reach, p.Name("reach"), r))
		c.Parents = s.References(c.Inherits, p.Name("inherits"), r)
		c.Requires = s.References(c.Role.Requires, p.Name("requires"), r)
		c.LimitRow = rows.Limit(c.Limit, LimitPath(c.Limit, p), r)
		c.Declared = append(make([]Entry, 0, 1+len(c.Grants)), Entry{Reach: -1, Row: rows.Grant(c.Areas, p.Name("areas"), r)})
		for g, grant := range c.Grants {
			q := p.Name("grants").Index(g)
			c.Declared = append(c.Declared, Entry{
				When:  grant.When,
				Reach: compileReach(grant.Reach, q.Name("reach"), r),
				Row:   rows.Grant(grant.Areas, q.Name("areas"), r),
			})
		}
		s.bound(c, &size, at, r)
	}
	s.inherit(&size, at, r)
	s.require(&size, at, r)
	return s
}

// LimitPath returns the path of a limit's mapping in what it belongs to.
func LimitPath(l roles.Limit, p report.Path) report.Path { return p.Name(LimitKey(l)) }

// LimitKey returns the key of a limit's mapping in what it belongs to.
func LimitKey(l roles.Limit) string {
	if l.Only {
		return "only"
	}
	return "limit"
}

func compileReach(reach roles.Reach, p report.Path, r *report.Reporter) int {
	if reach == "" {
		return -1
	}
	i := slices.Index(reaches, string(reach))
	if i < 0 {
		r.Unknown("unknown-reach", report.Value(p), string(reach), reaches, "there is no reach %s; a role reaches self, joined or all", diag.Quote(string(reach)))
	}
	return i
}

// References returns the numbers of the named roles, and reports the names that are unknown or stand twice. Rules:
// unknown-role, duplicate-name.
func (s *Roles) References(list []string, p report.Path, r *report.Reporter) []int {
	return s.ReferencesBeside(nil, list, p, r)
}

// ReferencesBeside is References where a name may be mistaken for that of a profile; it tells which are.
func (s *Roles) ReferencesBeside(profile func(name string) bool, list []string, p report.Path, r *report.Reporter) []int {
	var refs []int
	var seen bits.Set
	for j, name := range list {
		switch i, ok := s.index[name]; {
		case !ok && profile != nil && profile(name):
			r.Errorf("unknown-role", report.Value(p.Index(j)), "%s is a profile, not a role: name its roles", diag.Quote(name))
		case !ok:
			r.Unknown("unknown-role", report.Value(p.Index(j)), name, s.names, "there is no role %s", diag.Quote(name))
		case seen.Has(i):
			r.Errorf("duplicate-name", report.Value(p.Index(j)), "%s is listed twice", diag.Quote(name))
		default:
			refs = append(refs, i)
			seen.Add(i)
		}
	}
	return refs
}

// inherit gives every role what its parents give, parents first. Where the parents run in circles, one of each knot is
// reported, and the edges that close them are cut.
func (s *Roles) inherit(size *bounds, at report.Path, r *report.Reporter) {
	order, cycles, closing := graph.Cycles(len(s.roles), func(i int) []int { return s.roles[i].Parents })
	for _, c := range cycles {
		from := &s.roles[c[len(c)-1]]
		r.Errorf("inherits-cycle", s.reference(at, from.Name, "inherits", from.Inherits, s.roles[c[0]].Name),
			"roles cannot inherit in a circle: %s", s.circle(c))
	}
	for _, e := range closing {
		from := &s.roles[e.From]
		from.Parents = slices.DeleteFunc(from.Parents, func(i int) bool { return i == e.To })
	}
	s.order = order
	for _, i := range order {
		c := &s.roles[i]
		c.Is.Add(i)
		for _, p := range c.Parents {
			c.Is.Union(s.roles[p].Is)
		}
		if !s.cut {
			c.join(s.roles, size)
			s.bound(c, size, at, r)
		}
	}
}

// bound reports the role with which there are too many grants. It is said once: the roles that follow would say the same.
func (s *Roles) bound(c *Role, size *bounds, at report.Path, r *report.Reporter) {
	if s.cut || !size.over() {
		return
	}
	s.cut, size.rows.said = true, true
	r.Errorf("too-many-grants", report.Key(at.Name(c.Name)), "the roles up to this one come to %d conditional grants and requirements, inherited ones counted in every heir, and to %d levels in them; at most %d and %d are read: let fewer roles inherit from each other",
		size.entries, size.rows.cells, roles.MaxEntries, roles.MaxCells)
}

// bounds counts what roles come to.
type bounds struct {
	entries int
	rows    *Rows
}

func (b *bounds) over() bool { return b.entries > roles.MaxEntries || b.rows.over() }

// join computes what a role gives from what it declares and what its parents give, under its limit. That is the same as
// to list every grant that it inherits, each under all limits on the way, since limits distribute over grants; and it is
// linear in the edges, where the list would grow with every pair of a role and an heir.
//
// The entries stand in the order in which something was first given on their terms; those of which nothing is left come
// last.
func (c *Role) join(set []Role, size *bounds) {
	at := map[terms]int{}
	var idle []Entry
	add := func(list []Entry) {
		for _, e := range list {
			if e.Row.Empty() {
				idle = append(idle, e)
			} else if i, again := at[e.terms()]; again {
				c.Entries[i].Row = size.rows.join(c.Entries[i].Row, e.Row)
			} else {
				at[e.terms()] = len(c.Entries)
				c.Entries = append(c.Entries, e)
			}
		}
	}
	add(c.Declared)
	for _, p := range c.Parents {
		add(set[p].Entries)
	}
	for _, e := range idle {
		if _, again := at[e.terms()]; !again {
			at[e.terms()] = len(c.Entries)
			c.Entries = append(c.Entries, e)
		}
	}
	for i := range c.Entries {
		c.Entries[i].Row = size.rows.meet(c.Entries[i].Row, c.LimitRow)
	}
	size.entries += len(c.Entries)
}

// require adds the inherited requirements, less what the role itself is, and reports circles.
func (s *Roles) require(size *bounds, at report.Path, r *report.Reporter) {
	for i := range s.roles {
		if c := &s.roles[i]; slices.Contains(c.Requires, i) {
			r.Errorf("requires-cycle", s.reference(at, c.Name, "requires", c.Role.Requires, c.Name), "a role cannot require itself: %s -> %s", c.Name, c.Name)
		}
	}
	for _, i := range s.order { // what a parent requires is without what it is, and that is what its heirs are, too
		c := &s.roles[i]
		all := c.Requires
		for _, p := range c.Parents {
			if !s.cut {
				all = append(all, s.roles[p].Requires...)
			}
		}
		slices.Sort(all)
		c.Requires = slices.DeleteFunc(slices.Compact(all), c.Is.Has)
		size.entries += len(c.Requires)
		s.bound(c, size, at, r)
	}
	_, cycles, _ := graph.Cycles(len(s.roles), func(i int) []int { return s.roles[i].Requires })
	for _, c := range cycles {
		from, to := &s.roles[c[len(c)-1]], s.roles[c[0]].Name
		r.Errorf("requires-cycle", s.reference(at, from.Name, "requires", from.Role.Requires, to),
			"roles cannot require each other in a circle, none of them would ever count: %s", s.circle(c))
	}
}

// reference points to the word in a role's list that names another, or to the role when the word stands in one
// that it inherits.
func (s *Roles) reference(at report.Path, role, key string, list []string, name string) report.At {
	if j := slices.Index(list, name); j >= 0 {
		return report.Value(at.Name(role).Name(key).Index(j))
	}
	return report.Key(at.Name(role))
}

func (s *Roles) circle(c graph.Cycle) string {
	var list []string
	for _, i := range c {
		list = append(list, s.roles[i].Name)
	}
	return strings.Join(append(list, list[0]), " -> ")
}
