package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

type built struct {
	kinds *model.Kinds
	chain *model.Chain
	tree  *model.Tree
	r     report.Reporter
}

// build compiles the areas of the specification's example.
func build(t testing.TB) *built {
	t.Helper()
	m := &built{}
	var err error
	if m.kinds, err = newKinds([]scope.Kind{{Name: "org"}, {Name: "workspace", In: []string{"org"}}}); err != nil {
		t.Fatal(err)
	}
	m.chain = model.CompileChain(nil, report.Path{}, &m.r)
	m.tree = model.CompileTree([]roles.Area{
		{Name: "analytics", Areas: []roles.Area{
			{Name: "dashboards", Areas: []roles.Area{{Name: "safety"}, {Name: "custom"}}},
			{Name: "polyscore"},
		}},
		{Name: "billing", At: []string{"org"}},
		{Name: "members"},
	}, m.kinds, report.Path{}, &m.r)
	if list := m.r.List(); len(list) > 0 {
		t.Fatal(list)
	}
	return m
}

// show prints a row: a letter for each leaf, in order: safety custom polyscore billing members.
func (m *built) show(row model.Row) string {
	var b strings.Builder
	for _, l := range row {
		b.WriteByte(m.chain.Name(l)[0])
	}
	return b.String()
}

func (m *built) rules() string {
	var rules []string
	for _, d := range m.r.List() {
		rules = append(rules, d.Rule+" "+d.Where)
	}
	return strings.Join(rules, "; ")
}

// "a leaf that is named has the level named; else it has that of its nearest named area above; else that of "*";
// else, in a grant and in `only:`, the least level, and in a limit, the highest"
func TestAGrantAndALimitMeanALevelForEveryLeaf(t *testing.T) {
	for _, c := range []struct {
		grant              roles.Grant
		asGrant, asLimit   string
		onlyIsTheGrantsRow bool
	}{
		{roles.Grant{}, "nnnnn", "eeeee", true},
		{roles.Grant{"analytics": "edit"}, "eeenn", "eeeee", true},
		{roles.Grant{"analytics": "edit", "analytics.polyscore": "read"}, "eernn", "eeree", true},
		{roles.Grant{"analytics": "edit", "analytics.dashboards": "read", "analytics.dashboards.safety": "none"}, "nrenn", "nreee", true},
		{roles.Grant{"*": "read"}, "rrrrr", "rrrrr", true},
		{roles.Grant{"*": "read", "analytics": "none"}, "nnnrr", "nnnrr", true},
		{roles.Grant{"*": "none", "analytics": "edit"}, "eeenn", "eeenn", true}, // "*" caps nothing
		{roles.Grant{"members": "read"}, "nnnnr", "eeeer", true},
	} {
		m := build(t)
		if got := m.show(m.tree.Row(c.grant, m.chain, report.Path{}, &m.r)); got != c.asGrant {
			t.Errorf("%v as a grant: %s, want %s", c.grant, got, c.asGrant)
		}
		limit := m.tree.LimitRow(roles.AtMost(c.grant), m.chain, report.Path{}, &m.r)
		if len(c.grant) == 0 {
			if limit != nil {
				t.Errorf("a limit that names nothing restricts: %s", m.show(limit))
			}
		} else if got := m.show(limit); got != c.asLimit {
			t.Errorf("%v as a limit: %s, want %s", c.grant, got, c.asLimit)
		}
		if got := m.show(m.tree.LimitRow(roles.Only(c.grant), m.chain, report.Path{}, &m.r)); got != c.asGrant {
			t.Errorf("%v as only: %s, want %s", c.grant, got, c.asGrant)
		}
		if got := m.rules(); got != "" {
			t.Errorf("%v: %s", c.grant, got)
		}
	}
}

// "A sub-area named above the level of a named area above it is an error at load, never clamped."
func TestASubAreaAboveItsAreaIsAnError(t *testing.T) {
	for _, c := range []struct {
		grant roles.Grant
		want  string
	}{
		{roles.Grant{"analytics": "read", "analytics.polyscore": "edit"}, `above-area "analytics.polyscore"`},
		{roles.Grant{"analytics": "read", "analytics.dashboards.safety": "edit"}, `above-area "analytics.dashboards.safety"`}, // past one that is not named
		{roles.Grant{"analytics": "none", "analytics.dashboards": "read", "analytics.dashboards.safety": "edit"},
			`above-area "analytics.dashboards"; above-area "analytics.dashboards.safety"`},
		{roles.Grant{"analytics": "read", "analytics.polyscore": "read"}, ""},
		{roles.Grant{"*": "none", "analytics.polyscore": "edit"}, ""}, // "*" is no area
		{roles.Grant{"analytics": "edit", "analytic.polyscore": "edit", "billing": "write"}, "unknown-area \"analytic.polyscore\"; unknown-level billing"},
	} {
		m := build(t)
		m.tree.Row(c.grant, m.chain, report.Path{}, &m.r)
		if got := m.rules(); got != c.want {
			t.Errorf("%v: %s, want %s", c.grant, got, c.want)
		}
	}
}

func TestPermissionSaysWhatIsWrongWhere(t *testing.T) {
	m := build(t)
	for _, c := range []struct{ text, rule, part, suggestion string }{
		{"analytics:edit", "", "", ""},
		{"analytics.dashboards:read", "", "", ""},
		{"", "bad-permission", "", ""},
		{"analytics", "bad-permission", "analytics", ""},
		{"analytics:", "bad-permission", "analytics:", ""},
		{":edit", "bad-permission", ":edit", ""},
		{"analitics:edit", "unknown-area", "analitics", "analytics"},
		{"analytics:edti", "unknown-level", "edti", "edit"},
		{"analytics:edit:edit", "unknown-level", "edit:edit", ""},
		{"analytics:none", "least-level", "none", ""}, // "need is above the least level"
		{"*:edit", "unknown-area", "*", ""},
	} {
		_, e := m.tree.Permission(c.text, m.chain)
		if e == nil || c.rule == "" {
			if e != nil || c.rule != "" {
				t.Errorf("%q: %v", c.text, e)
			}
			continue
		}
		if part := c.text[e.Offset : e.Offset+e.Width]; e.Rule != c.rule || part != c.part || e.Suggestion != c.suggestion {
			t.Errorf("%q: %s at %q, suggesting %q; want %s at %q, suggesting %q", c.text, e.Rule, part, e.Suggestion, c.rule, c.part, c.suggestion)
		}
	}
}

// "A leaf exists at the scope kinds that it, or else the nearest area above it, is `at` (everywhere, if none says)"
func TestALeafExistsWhereItOrTheNearestAreaAboveItSays(t *testing.T) {
	m := build(t)
	var r report.Reporter
	tree := model.CompileTree([]roles.Area{
		{Name: "a", At: []string{"org"}, Areas: []roles.Area{{Name: "x"}, {Name: "y", At: []string{"org"}}}},
		{Name: "b", Areas: []roles.Area{{Name: "x", At: []string{"workspace"}}, {Name: "y"}}},
		{Name: "c", At: []string{"org"}, Areas: []roles.Area{{Name: "x", At: []string{"org", "workspace"}}}},
	}, m.kinds, report.Path{}, &r)
	var got []string
	for leaf := range tree.Leaves() {
		s := tree.LeafArea(leaf).Name
		for kind := range m.kinds.Len() {
			if tree.Exists(leaf, kind) {
				s += " " + m.kinds.Name(kind)
			}
		}
		got = append(got, s)
	}
	want := []string{"a.x org", "a.y org", "b.x workspace", "b.y org workspace", "c.x org"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if list := r.List(); len(list) != 1 || list[0].Rule != "area-outside" || list[0].Where != "c.areas.x.at[1]" {
		t.Errorf("a sub-area's `at` outside its area's: %v", list)
	}
}

func (m *built) compile(list ...roles.Role) *model.Roles {
	return model.CompileRoles(list, m.kinds, model.NewRows(m.tree, m.chain), report.Path{}.Name("roles"), &m.r)
}

// whole prints what a role gives unconditionally.
func (m *built) whole(s *model.Roles, name string) string {
	i, _ := s.Find(name)
	row := model.NewRow(m.tree.Leaves(), 0)
	for _, e := range s.Role(i).Entries {
		row.Join(e.Row)
	}
	return m.show(row)
}

// "`inherits` joins: a role holds what each parent holds, whatever kinds the parents are `at`, and its own `limit`
// then meets the whole."
func TestARoleHoldsWhatItsParentsHoldUnderItsLimit(t *testing.T) {
	m := build(t)
	s := m.compile(
		roles.Role{Name: "a", At: []string{"org"}, Areas: roles.Grant{"analytics": "edit"}},
		roles.Role{Name: "b", At: []string{"workspace"}, Areas: roles.Grant{"members": "read", "analytics.polyscore": "read"}},
		roles.Role{Name: "both", Inherits: []string{"a", "b"}, Areas: roles.Grant{"billing": "read"}},
		roles.Role{Name: "limited", Inherits: []string{"both"}, Areas: roles.Grant{"members": "edit"}, Limit: roles.AtMost(roles.Grant{"analytics": "read"})},
		roles.Role{Name: "only", Inherits: []string{"both"}, Limit: roles.Only(roles.Grant{"analytics.polyscore": "edit"})},
		roles.Role{Name: "diamond", Inherits: []string{"limited", "only"}}, // either way leaves something
		roles.Role{Name: "through", Inherits: []string{"limited"}, Areas: roles.Grant{"analytics.polyscore": "edit"}},
	)
	for name, want := range map[string]string{
		"a": "eeenn", "b": "nnrnr", "both": "eeerr", "limited": "rrrre", "only": "nnenn", "diamond": "rrere", "through": "rrere",
	} {
		if got := m.whole(s, name); got != want {
			t.Errorf("%s holds %s, want %s", name, got, want)
		}
	}
	if got := m.rules(); got != "" {
		t.Error(got)
	}
}

func TestCirclesAreShownWhole(t *testing.T) {
	m := build(t)
	m.compile(
		roles.Role{Name: "a", Inherits: []string{"b"}},
		roles.Role{Name: "b", Inherits: []string{"c"}},
		roles.Role{Name: "c", Inherits: []string{"a", "d"}},
		roles.Role{Name: "d", Inherits: []string{"d"}},
		roles.Role{Name: "x", Requires: []string{"y"}},
		roles.Role{Name: "y", Inherits: []string{"z"}},
		roles.Role{Name: "z", Requires: []string{"x"}}, // y inherits the requirement
		roles.Role{Name: "self", Requires: []string{"self"}},
	)
	var got []string
	for _, d := range m.r.List() {
		got = append(got, fmt.Sprintf("%s %s: %s", d.Rule, d.Where, d.Message[strings.LastIndex(d.Message, ": ")+2:]))
	}
	want := []string{
		"inherits-cycle roles.c.inherits[0]: a -> b -> c -> a",
		"inherits-cycle roles.d.inherits[0]: d -> d",
		"requires-cycle roles.self.requires[0]: self -> self",
		"requires-cycle roles.y: x -> y -> x",
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// "`requires` is inherited, less what the role itself is or inherits"
func TestRequirementsAreInheritedLessWhatTheRoleIs(t *testing.T) {
	m := build(t)
	s := m.compile(
		roles.Role{Name: "member"},
		roles.Role{Name: "operator", Requires: []string{"member"}},
		roles.Role{Name: "chief", Inherits: []string{"operator"}},
		roles.Role{Name: "all", Inherits: []string{"operator", "member"}},
	)
	for name, want := range map[string]int{"member": 0, "operator": 1, "chief": 1, "all": 0} {
		i, _ := s.Find(name)
		if got := len(s.Role(i).Requires); got != want {
			t.Errorf("%s requires %d roles, want %d", name, got, want)
		}
	}
}

// Grants are joined and limits are met: both operations forget order and repetition, and each absorbs the other.
func TestJoinAndMeetAreALattice(t *testing.T) {
	m := build(t)
	row := rapid.Custom(func(t *rapid.T) model.Row {
		return rapid.SliceOfN(rapid.ByteRange(0, m.chain.Top()), m.tree.Leaves(), m.tree.Leaves()).Draw(t, "row")
	})
	join := func(a, b model.Row) model.Row { c := a.Clone(); c.Join(b); return c }
	meet := func(a, b model.Row) model.Row { c := a.Clone(); c.Meet(b); return c }
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := row.Draw(t, "a"), row.Draw(t, "b"), row.Draw(t, "c")
		for law, holds := range map[string]bool{
			"join is commutative":      slices.Equal(join(a, b), join(b, a)),
			"meet is commutative":      slices.Equal(meet(a, b), meet(b, a)),
			"join is associative":      slices.Equal(join(a, join(b, c)), join(join(a, b), c)),
			"meet is associative":      slices.Equal(meet(a, meet(b, c)), meet(meet(a, b), c)),
			"join absorbs":             slices.Equal(join(a, meet(a, b)), a),
			"meet absorbs":             slices.Equal(meet(a, join(a, b)), a),
			"meet distributes":         slices.Equal(meet(a, join(b, c)), join(meet(a, b), meet(a, c))),
			"a limit never gives":      meet(a, b).Within(a),
			"a grant never takes away": a.Within(join(a, b)),
		} {
			if !holds {
				t.Fatalf("%s fails for %v %v %v", law, a, b, c)
			}
		}
	})
}

// chain is n roles, each of which inherits the one before.
func chain(n int) []roles.Role {
	list := make([]roles.Role, n)
	for i := range list {
		list[i] = roles.Role{Name: fmt.Sprint("r", i), Areas: roles.Grant{"billing": "read"}}
		if i > 0 {
			list[i].Inherits = []string{list[i-1].Name}
		}
	}
	return list
}

// What roles give goes from role to role, and not from every role to every heir; and a row that nothing changes is shared.
func TestAChainOfRolesCostsWhatItsRolesCost(t *testing.T) {
	m := build(t)
	cost := func(n int) float64 {
		list := chain(n)
		return testing.AllocsPerRun(1, func() { m.compile(list...) }) / float64(n)
	}
	if short, long := cost(100), cost(10_000); long > 1.5*short {
		t.Errorf("of 100 roles each takes %.0f allocations, of 10,000 each %.0f", short, long)
	}
	s := m.compile(chain(10_000)...)
	last := s.Role(9999)
	if len(last.Entries) != 1 || &last.Entries[0].Row[0] != &s.Role(0).Declared[0].Row[0] {
		t.Error("a row that nothing changes is copied")
	}
	if got := m.rules(); got != "" || last.Is.Len() != 10_000 || len(s.Origins(9999)) != 10_000 {
		t.Error(got, last.Is.Len(), len(s.Origins(9999)))
	}
}

func TestRolesThatComeToTooManyGrantsAreRefusedOnce(t *testing.T) {
	m := build(t)
	list := chain(10_000)
	for i := range list {
		list[i].Grants = []roles.Conditional{{Areas: list[i].Areas, When: fmt.Sprint(i, " == 0")}}
	}
	s := m.compile(list...)
	if got := m.rules(); !strings.HasPrefix(got, "too-many-grants roles.r144") || strings.Contains(got, ";") {
		t.Error(got)
	}
	total := 0
	for i := range s.Len() {
		total += len(s.Role(i).Entries)
	}
	if total > roles.MaxEntries+20_000 {
		t.Errorf("%d grants are held", total)
	}
}

// What a role gives is what its grants come to, one by one: on each way under every limit that stands there.
func TestWhatARoleGivesIsWhatItsGrantsComeTo(t *testing.T) {
	m := build(t)
	rapid.Check(t, func(t *rapid.T) {
		m.r = report.Reporter{}
		areas := func(name string) roles.Grant {
			g := roles.Grant{}
			for _, area := range []string{"billing", "members", "analytics.polyscore", "analytics.dashboards"} {
				if l := rapid.SampledFrom([]string{"", "none", "read", "edit"}).Draw(t, name+" "+area); l != "" {
					g[area] = l
				}
			}
			return g
		}
		list := make([]roles.Role, rapid.IntRange(1, 8).Draw(t, "roles"))
		for i := range list {
			list[i] = roles.Role{Name: fmt.Sprint("r", i), Areas: areas("areas")}
			for range rapid.IntRange(0, 2).Draw(t, "grants") {
				list[i].Grants = append(list[i].Grants, roles.Conditional{
					Areas: areas("grant"), When: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "when"), Reach: rapid.SampledFrom([]roles.Reach{"", roles.All}).Draw(t, "reach"),
				})
			}
			if rapid.Bool().Draw(t, "limited") {
				list[i].Limit = roles.AtMost(areas("limit"))
			}
			for up := range i {
				if rapid.Bool().Draw(t, "inherits") {
					list[i].Inherits = append(list[i].Inherits, list[up].Name)
				}
			}
		}
		s := m.compile(list...)
		if got := m.rules(); got != "" {
			t.Fatal(got)
		}
		for i := range s.Len() {
			sum := map[string]model.Row{}
			for _, o := range s.Origins(i) {
				terms := fmt.Sprint(o.When, o.Reach)
				if sum[terms] == nil {
					sum[terms] = model.NewRow(m.tree.Leaves(), 0)
				}
				sum[terms].Join(o.Row)
			}
			for _, e := range s.Role(i).Entries {
				terms := fmt.Sprint(e.When, e.Reach)
				if !slices.Equal(sum[terms], e.Row) {
					t.Fatalf("%v: %s gives %v on the terms %q, its grants %v", list, list[i].Name, e.Row, terms, sum[terms])
				}
				delete(sum, terms)
			}
			if len(sum) > 0 {
				t.Fatalf("%v: %s does not give %v", list, list[i].Name, sum)
			}
		}
	})
}

// What the roles give themselves counts, too, and so do their limits: else none of them would be limited, nor inherit.
func TestRolesOfTooManyLevelsAreRefusedBeforeTheyInherit(t *testing.T) {
	m := build(t)
	areas := make([]roles.Area, 1<<17)
	for i := range areas {
		areas[i].Name = fmt.Sprint("a", i)
	}
	m.tree = model.CompileTree(areas, m.kinds, report.Path{}, &m.r)
	list := []roles.Role{{Name: "heir", Inherits: []string{"r0"}, Limit: roles.AtMost(roles.Grant{"a0": "none"})}}
	for i := range 1100 {
		area := fmt.Sprint("a", i)
		list = append(list, roles.Role{Name: fmt.Sprint("r", i), At: []string{"org"}, Areas: roles.Grant{area: "edit"}, Limit: roles.AtMost(roles.Grant{area: "read"})})
	}
	s := m.compile(list...)
	if got := m.rules(); got != "too-many-grants roles.r1023" || !s.Cut() {
		t.Errorf("found %q, cut %t", got, s.Cut())
	}
	if a, b := s.Role(1100).Declared[0].Row, s.Role(1099).Declared[0].Row; !a.Empty() || &a[0] != &b[0] {
		t.Error("what is refused is held")
	}
	m.r = report.Reporter{}
	if s := m.compile(list[:600]...); m.rules() != "" || s.Cut() || s.Role(1).Entries[0].Row[0] != 1 {
		t.Errorf("of fewer roles, %q is found, and the first holds %d", m.rules(), s.Role(1).Entries[0].Row[0])
	}
}

// Ten thousand roles under {"*": read} hold that limit once, and what it leaves of a grant that they all inherit once.
func TestRowsThatAreAlikeAreOne(t *testing.T) {
	m := build(t)
	list := []roles.Role{
		{Name: "base", Areas: roles.Grant{"billing": "edit", "analytics": "read"}},
		{Name: "same", Areas: roles.Grant{"analytics": "read", "billing": "edit"}},
		{Name: "both", Inherits: []string{"one", "two", "three"}},
	}
	for _, name := range []string{"one", "two"} {
		list = append(list, roles.Role{Name: name, Inherits: []string{"base"}, Limit: roles.AtMost(roles.Grant{"*": "read"})})
	}
	list = append(list,
		roles.Role{Name: "three", Inherits: []string{"base"}, Limit: roles.Only(roles.Grant{"billing": "edit"})},
		roles.Role{Name: "four", Inherits: []string{"two", "three"}},
	)
	s := m.compile(list...)
	if got := m.rules(); got != "" {
		t.Fatal(got)
	}
	role := func(name string) *model.Role {
		i, _ := s.Find(name)
		return s.Role(i)
	}
	row := func(name string) *model.Level { return &role(name).Entries[0].Row[0] }
	for what, same := range map[string]bool{
		"grants":                     row("base") == row("same"),
		"limits":                     &role("one").LimitRow[0] == &role("two").LimitRow[0],
		"what a limit leaves":        row("one") == row("two"),
		"what two ways leave of one": row("both") == row("four"),
	} {
		if !same {
			t.Errorf("%s that are alike are not one row", what)
		}
	}
	if row("both") != row("base") { // that is what it comes to
		t.Error("what is joined to a row that is held already is another")
	}
	if base, one := m.whole(s, "base"), m.whole(s, "one"); base != "rrren" || one != "rrrrn" {
		t.Errorf("a row that was shared was changed: %s, %s", base, one)
	}
}

func TestMoreRolesThanAreReadAreRefusedOnce(t *testing.T) {
	m := build(t)
	list := chain(roles.MaxRoles + 2)
	list[0].Inherits = []string{list[len(list)-1].Name}
	s := m.compile(list...)
	if got := m.rules(); got != "role-count roles" || !s.Cut() || s.Len() != roles.MaxRoles {
		t.Errorf("found %q in %d roles", got, s.Len())
	}
}

// A required role is counted in every heir, as grants are.
func TestRolesThatRequireTooManyAreRefused(t *testing.T) {
	m := build(t)
	var list []roles.Role
	first := roles.Role{Name: "first"}
	for i := range 1100 {
		required := roles.Role{Name: fmt.Sprint("q", i)}
		first.Requires = append(first.Requires, required.Name)
		list = append(list, required)
	}
	list = append(list, first)
	for i := range 1000 {
		list = append(list, roles.Role{Name: fmt.Sprint("r", i), Inherits: []string{"first"}})
	}
	s := m.compile(list...)
	if got := m.rules(); got != "too-many-grants roles.r950" || !s.Cut() {
		t.Error(got)
	}
}

func TestLimitsOfTooManyLevelsAreRefusedOnce(t *testing.T) {
	m := build(t)
	areas := make([]roles.Area, 1<<19)
	for i := range areas {
		areas[i].Name = fmt.Sprint("a", i)
	}
	m.tree = model.CompileTree(areas, m.kinds, report.Path{}, &m.r)
	rows := model.NewRows(m.tree, m.chain)
	for i := range 600 {
		at := report.Path{}.Name(fmt.Sprint("b", i))
		rows.Limit(roles.AtMost(roles.Grant{areas[i].Name: "none"}), at, &m.r)
		rows.Bound(at, &m.r)
	}
	if got := m.rules(); got != "too-many-grants b512" {
		t.Error(got)
	}
}

func TestTenThousandRolesOfTenParentsAreRead(t *testing.T) {
	m := build(t)
	list := make([]roles.Role, 10_000)
	for i := range list {
		list[i] = roles.Role{Name: fmt.Sprint("r", i), Areas: roles.Grant{"billing": "read"}}
		for p := range 10 {
			if i >= 5000 {
				list[i].Inherits = append(list[i].Inherits, fmt.Sprint("r", (i*10+p)%5000))
			}
		}
	}
	m.compile(list...)
	if got := m.rules(); got != "" {
		t.Error(got)
	}
}

func TestRolesThatAllInheritEachOtherAreOneCircle(t *testing.T) {
	m := build(t)
	list := make([]roles.Role, 200)
	for i := range list {
		list[i] = roles.Role{Name: fmt.Sprint("r", i)}
		for j := range list {
			if i != j {
				list[i].Inherits = append(list[i].Inherits, fmt.Sprint("r", j))
			}
		}
	}
	m.compile(list...)
	if got := m.rules(); strings.Count(got, "inherits-cycle") != 1 || strings.Contains(got, ";") {
		t.Error(got)
	}
}

// A level that no chain has, as of a zero value, has no name, and no area one that is longer than names are.
func TestWhatHasNoNameIsNamedByNone(t *testing.T) {
	m := build(t)
	if got := m.chain.Name(200); got != "" {
		t.Errorf("the level 200 is called %q", got)
	}
	deep := []roles.Area{{Name: strings.Repeat("c", 100)}}
	for range 2 {
		deep = []roles.Area{{Name: strings.Repeat("a", 100), Areas: deep}}
	}
	var r report.Reporter
	model.CompileTree(deep, m.kinds, report.Path{}, &r)
	if list := r.List(); len(list) != 1 || list[0].Rule != "bad-name" || !strings.Contains(list[0].Message, "the area's whole name is longer than") {
		t.Errorf("%v", list)
	}
}
