package table

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/internal/bits"
)

// Leaves 0 and 1; a root of kind 0 (scope 0) and a scope of kind 1 in it (scope 1); levels 0 to 2.
var path = []Step{{Scope: 0, Kind: 0}, {Scope: 1, Kind: 1}}

// given is a grant with its limit, if it has one, and whether its time is over.
type given struct {
	Grant
	limit []Level
	over  bool
}

func question(grants ...given) *Question {
	q := &Question{Path: path, First: 0, Last: 2}
	for _, g := range grants {
		var on *Terms
		if g.limit != nil || g.over {
			on = &Terms{Limit: g.limit, From: Ever, Until: Never, Profile: -1}
			if g.over {
				on.Until = Instant{}
			}
		}
		q.Add(g.Grant, on)
	}
	return q
}

func role(role, scope int32) given { return given{Grant: Grant{Role: role, Scope: scope}} }

func sealed(t *Tables) *Tables {
	t.Seal()
	return t
}

func answer(t *Tables, q *Question, holds func(condition int32, step int) Truth) (granted, held []Level) {
	granted, held = make([]Level, q.Last-q.First), make([]Level, q.Last-q.First)
	t.Answer(q, granted, held, holds)
	return granted, held
}

func always(reach Reach, row ...Level) Entry { return Entry{Row: row, When: Always, Reach: reach} }

// Only conditions that can change the answer are asked: not those of grants that give no more than is granted already,
// nor those of boundaries where nothing is left to lower.
func TestOnlyConditionsThatCanChangeTheAnswerAreAsked(t *testing.T) {
	tables := sealed(&Tables{
		Leaves: 2,
		Roles: []Role{
			{Is: []uint64{1}, Reach: All, Entries: []Entry{always(All, 2, 1), {Row: []Level{2, 1}, When: 0, Reach: All}, {Row: []Level{0, 2}, When: 1, Reach: All}}},
		},
		Boundaries: []Boundary{{Row: []Level{2, 2}, When: 2, Under: -1}, {Row: []Level{2, 0}, When: 3, Under: -1}},
		ByKind:     [][]int32{{0}, {1}},
	})
	var asked []int32
	q := question(role(0, 0))
	holds := func(c int32, step int) Truth {
		asked = append(asked, c)
		return False
	}
	granted, held := answer(tables, q, holds)
	if !slices.Equal(granted, []Level{2, 1}) || !slices.Equal(held, []Level{2, 1}) {
		t.Errorf("granted %v, held %v", granted, held)
	}
	if want := []int32{1, 3}; !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
	q.Trace = &Trace{} // an explanation sees all
	asked = nil
	answer(tables, q, holds)
	slices.Sort(asked)
	if want := []int32{0, 1, 2, 3}; !slices.Equal(slices.Compact(asked), want) {
		t.Errorf("traced, asked %v, want %v", asked, want)
	}
}

// A condition that fails is no grant, and a boundary whose condition fails applies.
func TestAFailedConditionNeverGives(t *testing.T) {
	tables := sealed(&Tables{
		Leaves:     2,
		Roles:      []Role{{Is: []uint64{1}, Entries: []Entry{always(Self, 1, 1), {Row: []Level{2, 2}, When: 0}}}},
		Boundaries: []Boundary{{Row: []Level{2, 0}, When: 1, Under: -1}},
		ByKind:     [][]int32{{}, {0}},
	})
	for _, c := range []struct {
		truth Truth
		want  []Level
	}{{False, []Level{1, 1}}, {Failed, []Level{1, 0}}, {True, []Level{2, 0}}} {
		holds := func(int32, int) Truth { return c.truth }
		if _, held := answer(tables, question(role(0, 1)), holds); !slices.Equal(held, c.want) {
			t.Errorf("%d: held %v, want %v", c.truth, held, c.want)
		}
	}
}

func TestAWalkAllocatesNothing(t *testing.T) {
	tables := sealed(&Tables{
		Leaves:     2,
		Roles:      []Role{{Is: []uint64{1}, Reach: All, Entries: []Entry{always(All, 2, 2)}}, {Is: []uint64{2}, Requires: []int32{0}, Entries: []Entry{always(Self, 2, 2)}}},
		Boundaries: []Boundary{{Row: []Level{1, 2}, When: Always, Under: -1}, {Row: []Level{2, 1}, When: Always, Under: 0, Selects: Named, Roles: []uint64{1}}},
		ByKind:     [][]int32{{0}, {1}},
	})
	var placer = tables.Placer()
	root := placer.Place(nil, path[0])
	place := placer.Place(&root, path[1])
	given := Given{[]Grant{{Role: 0, Scope: 0}, {Role: 1, Scope: 1}}, []*Terms{nil, {Limit: []Level{2, 2}, From: Ever, Until: Never, Profile: -1}}}
	var held [2]Level
	n := testing.AllocsPerRun(100, func() {
		var granted [2]Level
		clear(held[:])
		w := Walk{Place: &place, Last: 2, Enough: Exactly, Granted: granted[:], Held: held[:]}
		w.Start(tables)
		w.Add(given)
		if _, _, more := w.Ask(); more {
			t.Error("no condition is due")
		}
	})
	if n != 0 {
		t.Errorf("%g allocations", n)
	}
	if !slices.Equal(held[:], []Level{1, 2}) {
		t.Errorf("held %v", held)
	}
}

// A role that reaches what its holder has joined: the scope that was joined may stand between its own and the one in
// question, and its membership give nothing else.
func TestWhoHasJoinedOnTheWayIsSeenAtAGlance(t *testing.T) {
	tables := sealed(&Tables{
		Leaves: 1,
		Roles:  []Role{{Is: []uint64{1}, Reach: Joined, Entries: []Entry{{Row: []Level{2}, When: Always, Reach: Joined}}}},
		ByKind: make([][]int32, 2),
	})
	placer := tables.Placer()
	root := placer.Place(nil, Step{0, 0})
	middle := placer.Place(&root, Step{1, 0})
	place := placer.Place(&middle, Step{2, 1})
	for _, c := range []struct {
		grants []Grant
		held   Level
	}{
		{[]Grant{{Scope: 0, Role: 0}}, 0},
		{[]Grant{{Scope: 0, Role: 0}, {Scope: 1, Role: NoRole}}, 2},
		{[]Grant{{Scope: 0, Role: 0}, {Scope: 2, Role: NoRole}}, 2},
		{[]Grant{{Scope: 0, Role: 0}, {Scope: 3, Role: NoRole}}, 0},
	} {
		w := Walk{Place: &place, Last: 1, Enough: Exactly, Granted: make([]Level, 1), Held: make([]Level, 1)}
		asked(&w, tables, &Question{Given: Given{Grants: c.grants}}, nil)
		_, held, _, how := tables.Glance(&place, 0, Exactly, c.grants, nil, &Instant{})
		if w.Held[0] != c.held || how == Sure && held != c.held {
			t.Errorf("%v: walked %d, at a glance %d, %d is due", c.grants, w.Held[0], held, c.held)
		}
	}
}

func TestInstantsAreComparedToTheNanosecond(t *testing.T) {
	for _, c := range []struct {
		a, b Instant
		want bool
	}{
		{Instant{1, 0}, Instant{2, 0}, true},
		{Instant{1, 999}, Instant{2, 0}, true},
		{Instant{2, 0}, Instant{1, 999}, false},
		{Instant{1, 1}, Instant{1, 2}, true},
		{Instant{1, 2}, Instant{1, 2}, false},
		{Ever, Instant{-62135596800, 0}, true}, // the year 1
		{Instant{253402300799, 999999999}, Never, true},
	} {
		if got := c.a.Before(c.b); got != c.want {
			t.Errorf("%v before %v: %t", c.a, c.b, got)
		}
	}
}

// Random small tables: granting more never lowers, limiting never raises, order never matters, and a trace changes
// nothing.
func TestTheThreeSentencesHoldForRandomTables(t *testing.T) {
	row := rapid.SliceOfN(rapid.ByteRange(0, 2), 2, 2)
	decisive := map[string]int{}
	property := func(t *rapid.T) {
		truth := rapid.SliceOfN(rapid.Map(rapid.ByteRange(0, 2), func(b byte) Truth { return Truth(b) }), 3, 3).Draw(t, "truth")
		when := rapid.Int32Range(-1, 2)
		var tables Tables
		tables.Leaves = 2
		tables.Exists = []bits.Set{bits.Upto(2), bits.Upto(2)}
		for i := range 4 {
			role := Role{Is: []uint64{1 << i}, Reach: Reach(rapid.IntRange(0, 2).Draw(t, "reach"))}
			if i > 0 {
				role.Is[0] |= rapid.Uint64Range(0, 1<<i-1).Draw(t, "is")
				if rapid.IntRange(0, 3).Draw(t, "requires") == 0 {
					role.Requires = []int32{int32(rapid.IntRange(0, i-1).Draw(t, "required"))}
				}
			}
			for range rapid.IntRange(1, 2).Draw(t, "entries") {
				role.Entries = append(role.Entries, Entry{row.Draw(t, "row"), when.Draw(t, "when"), Reach(rapid.IntRange(0, 2).Draw(t, "own"))})
			}
			tables.Roles = append(tables.Roles, role)
		}
		tables.ByKind = make([][]int32, 2)
		for i := range 2 {
			b := Boundary{Row: row.Draw(t, "bound"), When: when.Draw(t, "when"), Under: rapid.Int32Range(-1, 1).Draw(t, "under"), Selects: Selects(rapid.IntRange(0, 2).Draw(t, "selects")), Roles: []uint64{rapid.Uint64Range(0, 15).Draw(t, "roles")}}
			tables.Boundaries = append(tables.Boundaries, b)
			k := rapid.IntRange(0, 1).Draw(t, "kind")
			tables.ByKind[k] = append(tables.ByKind[k], int32(i))
		}
		tables.Seal()
		grant := rapid.Custom(func(t *rapid.T) given {
			g := role(rapid.Int32Range(-1, 3).Draw(t, "role"), rapid.Int32Range(0, 2).Draw(t, "scope"))
			if rapid.Bool().Draw(t, "limited") {
				g.limit = row.Draw(t, "limit")
			}
			g.over = rapid.IntRange(0, 5).Draw(t, "over") == 0
			return g
		})
		grants := rapid.SliceOfN(grant, 1, 5).Draw(t, "grants")
		ask := func(grants []given, limit []Level, trace *Trace) []Level {
			q := question(slices.Clone(grants)...)
			q.Trace = trace
			if limit != nil {
				q.Limits[0] = &limit
			}
			_, held := answer(&tables, q, func(c int32, step int) Truth { return truth[c] })
			return held
		}
		held := ask(grants, nil, nil)
		if walked := walked(&tables, grants, truth); !slices.Equal(held, walked) {
			t.Fatalf("held %v, walked %v", held, walked)
		}
		for leaf := range 2 {
			need := rapid.ByteRange(1, 2).Draw(t, "need")
			if look := glanced(&tables, grants, truth, leaf, Exactly); look.Sure {
				decisive["a glance"]++
				w := Walk{Place: laid(&tables), First: leaf, Last: leaf + 1, Enough: Exactly, Granted: make([]Level, 1), Held: make([]Level, 1)}
				due := asked(&w, &tables, question(grants...), truth)
				if look.Held != held[leaf] || look.Held != w.Held[0] || look.Granted != w.Granted[0] {
					t.Fatalf("granted %d and held %d at a glance, walked %d and %d", look.Granted, look.Held, w.Granted, held[leaf])
				}
				if !slices.Equal(look.asked, due) {
					t.Fatalf("asked %v at a glance, walking %v", look.asked, due)
				}
				for _, a := range due {
					decisive[map[bool]string{true: "a glance that asks of a grant", false: "a glance that asks of a boundary"}[a.grant]]++
				}
			}
			if look := glanced(&tables, grants, truth, leaf, need); look.Sure && (look.Held >= need) != (held[leaf] >= need) {
				t.Fatalf("%d is needed, held %d at a glance, walked %d", need, look.Held, held[leaf])
			}
			if w := walkedFor(&tables, grants, truth, leaf, need); (w >= need) != (held[leaf] >= need) {
				t.Fatalf("%d is needed, held %d when no more is of interest, else %d", need, w, held[leaf])
			}
		}
		if traced := ask(grants, nil, &Trace{}); !slices.Equal(held, traced) {
			t.Fatalf("held %v, traced %v", held, traced)
		}
		reversed := slices.Clone(grants)
		slices.Reverse(reversed)
		if other := ask(reversed, nil, nil); !slices.Equal(held, other) {
			t.Fatalf("held %v, in another order %v", held, other)
		}
		more := ask(append(slices.Clone(grants), grant.Draw(t, "more")), nil, nil)
		limit := row.Draw(t, "own limit")
		less := ask(grants, limit, nil)
		for i := range held {
			if more[i] < held[i] {
				t.Fatalf("a grant more lowers %v to %v", held, more)
			}
			if less[i] != min(held[i], limit[i]) {
				t.Fatalf("the limit %v leaves %v of %v", limit, less, held)
			}
		}
		for name, changed := range map[string]bool{"a grant": !slices.Equal(more, held), "a limit": !slices.Equal(less, held)} {
			if changed {
				decisive[name]++
			}
		}
	}
	for range 10 { // a thousand tables: something changes in some tens of them
		rapid.Check(t, property)
	}
	for _, name := range []string{"a grant", "a limit", "a glance", "a glance that asks of a grant", "a glance that asks of a boundary"} {
		if decisive[name] < 5 {
			t.Errorf("%s changed the answer %d times: too few to show anything", name, decisive[name])
		}
	}
}

// laid is the place in question, put together beforehand.
func laid(t *Tables) *Place {
	placer := t.Placer()
	root := placer.Place(nil, path[0])
	place := placer.Place(&root, path[1])
	return &place
}

func sorted(q *Question) Given {
	for i := range q.Grants {
		for ; i > 0 && q.Grants[i].Scope < q.Grants[i-1].Scope; i-- {
			q.Swap(i, i-1)
		}
	}
	return q.Given
}

// walked decides as a check does: what lies on the path is put together beforehand.
func walked(t *Tables, grants []given, truth []Truth) []Level {
	w := Walk{Place: laid(t), Last: 2, Enough: Exactly, Granted: make([]Level, 2), Held: make([]Level, 2)}
	asked(&w, t, question(grants...), truth)
	return w.Held
}

// walkedFor decides for one leaf, as far as it takes to know whether what is needed is held.
func walkedFor(t *Tables, grants []given, truth []Truth, leaf int, need Level) Level {
	w := Walk{Place: laid(t), First: leaf, Last: leaf + 1, Enough: need, Granted: make([]Level, 1), Held: make([]Level, 1)}
	asked(&w, t, question(grants...), truth)
	return w.Held[0]
}

// request is what a decision asks for: a condition, at a step, of a grant or a boundary.
type request struct {
	condition int32
	step      int
	grant     bool
}

func asked(w *Walk, t *Tables, q *Question, truth []Truth) (asked []request) {
	w.Start(t)
	w.Add(sorted(q))
	for c, step, more := w.Ask(); more; c, step, more = w.Ask() {
		asked = append(asked, request{c, step, w.phase != bounding})
		w.Tell(truth[c])
	}
	return asked
}

// seen is what was seen at a glance.
type seen struct {
	Look
	asked []request
}

// glanced decides for one leaf at a glance, if that can be.
func glanced(t *Tables, grants []given, truth []Truth, leaf int, enough Level) (s seen) {
	q := sorted(question(grants...))
	s.Rare = &Rare{Terms: q.Terms}
	granted, held, may, how := t.Glance(laid(t), leaf, enough, q.Grants, s.Rare, &Instant{})
	if how != Asking {
		s.Granted, s.Held, s.Sure = granted, held, how == Sure
		return s
	}
	if !s.Begin(t, laid(t), leaf, enough, q.Grants, granted, may) {
		return s
	}
	for c, step, more := s.Ask(); more; c, step, more = s.Ask() {
		s.asked = append(s.asked, request{c, step, !s.bounding})
		s.Tell(truth[c])
	}
	return s
}
