package main

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// The names by which the report finds what it compares.
var (
	boundName    = (*trellisBound)(nil).name()
	namesName    = (*trellisNames)(nil).name()
	stringsName  = (*trellisStrings)(nil).name()
	resolvedName = (*resolved)(nil).name()
	internedName = (*internedStrings)(nil).name()
	cedarName    = (*cedarEngine)(nil).name()
	warmName     = (&casbinEngine{cached: true}).name()
	slowerPeers  = []string{(&casbinEngine{}).name(), (*opaEngine)(nil).name(), (*cerbosEngine)(nil).name(), (&openfgaEngine{}).name(), (&openfgaEngine{sqlite: true}).name()}
)

// A promise is a bound, and what the run found: everything is computed from the figures of the same run.
type promise struct {
	What  string
	Found string // by the medians of the rounds, at the size where it is worst
	Least string // the same by the fastest rounds: what other work on the machine disturbs least
	Floor string // the floor's own figure there
	Bound string
	Kept  *bool // by the medians; nil: not measured
	Best  *bool // by the fastest rounds
}

func (p promise) verdict() string {
	switch {
	case p.Kept == nil:
		return "-"
	case *p.Kept:
		return "yes"
	case p.Best != nil && *p.Best:
		return "NO (fastest: yes)"
	}
	return "NO"
}

// times is the format of how many times one figure is another.
const times = "×"

const (
	notHere = "not in this run" // other sizes or engines
	noFloor = "none"            // nothing that is written by hand does it
)

// worst collects figures of one kind, by medians and by the fastest rounds, and keeps those that are furthest from
// keeping their bound.
type worst struct {
	atMost       bool
	value, least float64
	floor, where string
	any          bool
}

func (w *worst) add(value, least float64, floor, where string, args ...any) {
	if !w.any || w.atMost == (value > w.value) {
		w.value, w.floor, w.where = value, floor, fmt.Sprintf(where, args...)
	}
	if !w.any || w.atMost == (least > w.least) {
		w.least = least
	}
	w.any = true
}

func (w *worst) promise(what, format, bound string, limit float64) promise {
	if !w.any {
		return promise{What: what, Found: notHere, Bound: bound}
	}
	kept, best := w.keeps(w.value, limit), w.keeps(w.least, limit)
	return promise{What: what, Found: written(format, w.value) + w.where, Least: written(format, w.least), Floor: w.floor, Bound: bound, Kept: &kept, Best: &best}
}

func (w *worst) keeps(value, limit float64) bool {
	if w.atMost {
		return value <= limit
	}
	return value >= limit
}

// written writes a figure in a format, or as how many times one figure is another.
func written(format string, value float64) string {
	switch format {
	case times:
		return significant(value) + " ×"
	case "duration":
		return duration(value)
	}
	return fmt.Sprintf(format, value)
}

// of returns the sections of a kind, smallest first.
func (r *results) of(kind string) (all []*section) {
	for _, s := range r.Sections {
		if s.Kind == kind {
			all = append(all, s)
		}
	}
	return all
}

func (s *section) row(name string) *figures {
	if i := slices.IndexFunc(s.Rows, func(f *figures) bool { return f.Engine == name }); i >= 0 {
		return s.Rows[i]
	}
	return nil
}

// floors are the floors that the ways in are held to.
var floors = map[string]string{boundName: resolvedName, stringsName: internedName}

// beside adds how many times the second engine's time is that of the first, at every size where both took part. The
// floor of the engine that is held to the bound is put beside it, in the same measure.
func (r *results) beside(w *worst, kind, one, other, floor string) {
	for _, s := range r.of(kind) {
		a, b := s.row(one), s.row(other)
		if a == nil || b == nil {
			continue
		}
		own := noFloor
		if f := s.row(floor); f == a {
			own = significant(f.NS) + " ns"
		} else if f != nil {
			own = significant(b.NS/f.NS) + " ×"
		}
		w.add(b.NS/a.NS, b.Low/a.Low, own, " (%s and %s ns, %s members)", significant(a.NS), significant(b.NS), thousands(s.Members))
	}
}

func (r *results) promise(o options) {
	add := func(p promise) { r.Promises = append(r.Promises, p) }

	w := worst{atMost: true}
	r.beside(&w, "plain", resolvedName, boundName, resolvedName)
	add(w.promise("bound, beside the floor with everything resolved, at every size", times, "at most 2 ×", 2))
	w = worst{atMost: true}
	r.beside(&w, "plain", internedName, stringsName, internedName)
	add(w.promise("strings in, beside the floor with strings, at every size", times, "at most 1.5 ×", 1.5))

	for _, name := range []string{boundName, stringsName} {
		w = worst{atMost: true}
		for _, s := range r.Sections {
			if f := s.row(name); f != nil && s.Kind != "hard" {
				allocs, own := math.Round(f.Allocs*100)/100, noFloor
				if floor := s.row(floors[name]); floor != nil {
					own = fmt.Sprintf("%.0f", floor.Allocs)
				}
				w.add(allocs, allocs, own, " (%s, %s members)", s.Kind, thousands(s.Members))
			}
		}
		add(w.promise(name+": allocations, with a condition and without", "%g", "0", 0))
	}
	for _, name := range []string{boundName, stringsName} {
		w = worst{atMost: true}
		for _, s := range r.of("condition") {
			for _, t := range r.of("unconditional") {
				if a, b := s.row(name), t.row(name); t.Members == s.Members && a != nil && b != nil {
					own := noFloor
					if fa, fb := s.row(floors[name]), t.row(floors[name]); fa != nil && fb != nil {
						own = fmt.Sprintf("%.0f ns", fa.NS-fb.NS)
					}
					w.add(a.NS-b.NS, a.Low-b.Low, own, " (%.0f and %.0f ns, %s members)", a.NS, b.NS, thousands(s.Members))
				}
			}
		}
		add(w.promise(name+": a condition, over the same check without", "%.0f ns", "at most 100 ns", 100))
	}
	w = worst{}
	r.beside(&w, "condition", boundName, cedarName, resolvedName)
	add(w.promise("bound, beside cedar-go, both with the condition", times, "at least 40 ×", 40))

	for _, c := range []struct {
		name        string
		fast, other float64
	}{{boundName, 60, 300}, {stringsName, 25, 100}} {
		w = worst{}
		for _, s := range r.of("plain") {
			var fastest *figures
			for _, f := range s.Rows {
				if f.Decides && (fastest == nil || f.NS < fastest.NS) {
					fastest = f
				}
			}
			r.ahead(&w, s, c.name, fastest)
		}
		add(w.promise(c.name+", beside the fastest peer that decides afresh", times, fmt.Sprintf("at least %.0f ×", c.fast), c.fast))
		w = worst{}
		for _, peer := range slowerPeers {
			for _, s := range r.of("plain") {
				r.ahead(&w, s, c.name, s.row(peer))
			}
		}
		add(w.promise(c.name+", beside Casbin, OPA, Cerbos and OpenFGA", times, fmt.Sprintf("at least %.0f ×", c.other), c.other))
	}
	w = worst{}
	r.beside(&w, "plain", stringsName, warmName, internedName)
	add(w.promise("strings in, beside Casbin's cached enforcer when its cache is warm", times, "at least 5 ×", 5))

	// Two cache misses are 200 ns where memory is slow.
	plain := r.of("plain")
	if len(plain) > 1 {
		small, large := plain[0], plain[len(plain)-1]
		for _, name := range []string{boundName, stringsName} {
			w = worst{atMost: true}
			a, b, fa, fb := small.row(name), large.row(name), small.row(floors[name]), large.row(floors[name])
			if a != nil && b != nil && fa != nil && fb != nil {
				w.add((b.NS-a.NS)-(fb.NS-fa.NS), (b.Low-a.Low)-(fb.Low-fa.Low), fmt.Sprintf("%.0f ns", fb.NS-fa.NS),
					" (from %.0f to %.0f ns; the floor from %.0f to %.0f)", a.NS, b.NS, fa.NS, fb.NS)
			}
			add(w.promise(fmt.Sprintf("%s: growth from %s to %s members, less the floor's own", name, thousands(small.Members), thousands(large.Members)), "%.0f ns", "at most two cache misses: 200 ns", 200))
		}
	}
	for _, name := range []string{boundName, stringsName} {
		w = worst{}
		for _, s := range plain {
			if f, floor := s.row(name), s.row(floors[name]); f != nil && floor != nil && f.Two > 0 {
				w.add(f.Two, f.TwoBest, fmt.Sprintf("%.2f ×", floor.Two), " (%s members)", thousands(s.Members))
			}
		}
		add(w.promise(name+": two goroutines, beside one", times, "at least 1.8 ×", 1.8))
	}

	size, built, change := worst{atMost: true}, worst{atMost: true}, worst{atMost: true}
	for _, s := range plain {
		if f := s.row(boundName); f != nil && s.Members >= 1_000_000 {
			ownSize, ownBuilt := noFloor, noFloor
			beyond := func(f *figures) float64 { return float64(f.Heap-int64(s.IDBytes)) / float64(s.Members) }
			if floor := s.row(internedName); floor != nil {
				ownSize, ownBuilt = fmt.Sprintf("%.0f bytes", beyond(floor)), duration(float64(floor.Load))
			}
			size.add(beyond(f), beyond(f), ownSize, " (%s in all, ids %s)", bytes(float64(f.Heap)), bytes(float64(s.IDBytes)))
			built.add(float64(f.Load), float64(f.Load), ownBuilt, "")
			change.add(f.Change, f.ChangeLow, noFloor, ", %s", bytes(f.ChangeBytes))
		}
	}
	add(size.promise("1,000,000 principals with 5 assignments each: memory of a principal beyond its id", "%.0f bytes", "at most 150 bytes", 150))
	add(built.promise("1,000,000 principals: built in", "duration", "under 5 s", 5e9))
	add(change.promise("one change of that directory", "duration", "under 50 µs and 10 KB", 50_000))

	r.more(o)
	for _, x := range []struct {
		key, what, bound string
		limit            float64
	}{
		{"explain", "an explanation of a yes", "under 10 µs", 10_000},
		{"explain no", "an explanation of a no, with the nearest ways to a yes", "under 10 µs", 10_000},
		{"held", "the tree of what a principal holds, 50 areas", "under 2 µs", 2000},
		{"compile", "a policy of 10,000 roles, 500 areas, 1,000 boundaries, compiled in", "under 3 s", 3e9},
	} {
		if found, ok := r.Extra[x.key]; ok {
			own := noFloor
			if floor, ok := r.Extra[x.key+", floor"]; ok {
				own = duration(floor.Value)
			}
			w = worst{atMost: true}
			w.add(found.Value, found.Least, own, "%s", found.Note)
			add(w.promise(x.what, "duration", x.bound, x.limit))
		}
	}
}

// ahead adds how many times as long as a way in a peer takes, and the same of the floor.
func (r *results) ahead(w *worst, s *section, name string, peer *figures) {
	f, own := s.row(name), noFloor
	if f == nil || peer == nil {
		return
	}
	if floor := s.row(floors[name]); floor != nil {
		own = significant(peer.NS/floor.NS) + " ×"
	}
	w.add(peer.NS/f.NS, peer.Low/f.Low, own, " (%s: %s ns, %s members)", peer.Engine, significant(peer.NS), thousands(s.Members))
}

// more measures what is done now and then, on this library alone.
func (r *results) more(o options) {
	if len(o.engines) > 0 && !slices.Contains(o.engines, "trellis") {
		return
	}
	ctx := context.Background()
	w := newWorkload(sizeOf(1000), false)
	engine, err := trellisEngine(w)
	if err != nil {
		panic(err) // the very policy was loaded before
	}
	var yes, no []request
	for _, q := range w.mixed(4096, 9) {
		if w.allowed(q) {
			yes = append(yes, q)
		} else {
			no = append(no, q)
		}
	}
	explain := func(key string, requests []request) {
		asked, i := inWords(len(requests), func(i int) asking { return w.words(requests[i]) }), 0
		ns, least, b, allocs := o.op(func() {
			q := asked[i%len(asked)]
			engine.As(q.principal).Explain(ctx, authz.Request{Permission: q.permission, Scope: q.scope})
			i++
		})
		r.Extra[key] = extra{ns, least, fmt.Sprintf(", %s, %.0f allocations", bytes(b), allocs)}
	}
	explain("explain", yes)
	explain("explain no", no)

	// A page asks sixteen questions about one workspace.
	page := make([]authz.Request, 16)
	scopePath := w.path(yes[0].scope)
	for i := range page {
		page[i] = authz.Request{Permission: permission(int32(i*2), read), Scope: scopePath}
	}
	subject := engine.As(w.memberID(yes[0].member))
	ns, least, b, allocs := o.op(func() { subject.CheckAll(ctx, page) })
	r.Extra["many"] = extra{ns / 16, least / 16, fmt.Sprintf(" each, %s, %.0f allocations in all", bytes(b), allocs)}

	tree := fiftyAreas()
	shown := 0
	ns, least, b, allocs = o.op(func() {
		held, err := tree.Held(ctx, "org:acme/workspace:ml", authz.Facts{})
		if err != nil {
			panic(err)
		}
		shown = show(held.Areas())
	})
	if shown != 50 {
		panic(fmt.Sprintf("%d areas are shown", shown))
	}
	r.Extra["held"] = extra{ns, least, fmt.Sprintf(", %s, %.0f allocations", bytes(b), allocs)}

	ns, least, _, _ = o.op(func() { byHand = heldByHand() })
	runtime.KeepAlive(byHand)
	r.Extra["held, floor"] = extra{Value: ns, Least: least}

	policy := largePolicy()
	took := make([]float64, 3)
	for i := range took {
		start := time.Now()
		if _, err := authz.New(policy, nil); err != nil {
			panic(err)
		}
		took[i] = float64(time.Since(start))
	}
	slices.Sort(took)
	r.Extra["compile"] = extra{Value: took[1], Least: took[0]}
}

// show counts the areas of a tree, and reads each: what is held is looked up as it is read.
func show(areas iter.Seq[authz.Holding]) (n int) {
	for h := range areas {
		if h.Area() != "" && h.Level() != "" && h.Highest() != "" {
			n++
		}
		n += show(h.Areas())
	}
	return n
}

// heldByHand is the floor of the tree: two rows joined, the least and the highest of each area, all in one allocation.
func heldByHand() *[50]heldNode {
	tree := new([50]heldNode)
	for i := range 5 {
		area := &tree[i]
		area.name, area.least = areaNames[i], edit
		area.below = tree[5+9*i : 5+9*i+9]
		for j := range area.below {
			level := max(rowsByHand[0][9*i+j], rowsByHand[1][9*i+j])
			area.below[j] = heldNode{name: leafNames[j], least: level, most: level}
			area.least, area.most = min(area.least, level), max(area.most, level)
		}
	}
	return tree
}

type heldNode struct {
	name        string
	least, most uint8
	below       []heldNode
}

var (
	byHand     *[50]heldNode // so that the compiler cannot leave it out
	areaNames  = [5]string{"area_0", "area_1", "area_2", "area_3", "area_4"}
	rowsByHand [2][45]uint8
)

func fiftyAreas() *authz.Subject {
	policy := authz.Policy{Name: "fifty", Scopes: []scope.Kind{{Name: "org"}, {Name: "workspace", In: []string{"org"}}}}
	gives := roles.Grant{}
	for i := range 5 {
		a := roles.Area{Name: fmt.Sprintf("area_%d", i)}
		for j := range 9 {
			a.Areas = append(a.Areas, roles.Area{Name: fmt.Sprintf("sub_%d", j)})
			gives[fmt.Sprintf("%s.sub_%d", a.Name, j)] = levelNames[(i+j)%3]
		}
		policy.Areas = append(policy.Areas, a)
	}
	policy.Roles = []roles.Role{
		{Name: "member", At: []string{"org"}, Reach: roles.All, Areas: roles.Grant{"area_0": "read", "area_1": "read"}},
		{Name: "editor", At: []string{"workspace"}, Areas: gives},
	}
	engine, err := authz.New(policy, &authz.Directory{
		Scopes: []authz.Scope{{Path: "org:acme"}, {Path: "org:acme/workspace:ml"}},
		Principals: []authz.Principal{{ID: "alice", Status: authz.Active, Assignments: []authz.Assignment{
			{Roles: []string{"member"}, In: []string{"org:acme"}}, {Roles: []string{"editor"}, In: []string{"org:acme/workspace:ml"}}}}},
	})
	if err != nil {
		panic(err)
	}
	return engine.As("alice")
}

func largePolicy() authz.Policy {
	rnd := rand.New(rand.NewPCG(1, 1))
	policy := authz.Policy{Name: "large", Scopes: []scope.Kind{
		{Name: "org", Attributes: map[string]string{"plan": "string"}}, {Name: "workspace", In: []string{"org"}}}}
	var leaves []string
	for i := range 50 {
		a := roles.Area{Name: fmt.Sprintf("area_%d", i)}
		for j := range 9 {
			a.Areas = append(a.Areas, roles.Area{Name: fmt.Sprintf("sub_%d", j)})
			leaves = append(leaves, fmt.Sprintf("%s.sub_%d", a.Name, j))
		}
		policy.Areas = append(policy.Areas, a)
	}
	for i := range 10_000 {
		role := roles.Role{Name: fmt.Sprintf("role_%d", i), At: []string{"workspace"}, Areas: roles.Grant{}}
		for range 20 {
			role.Areas[leaves[rnd.IntN(len(leaves))]] = levelNames[1+rnd.IntN(2)]
		}
		if i%10 == 0 {
			role.At, role.Reach = []string{"org"}, roles.All
		} else if i%10 == 1 {
			role.Inherits = []string{fmt.Sprintf("role_%d", i-1)}
		}
		policy.Roles = append(policy.Roles, role)
	}
	for i := range 1000 {
		b := authz.Boundary{Name: fmt.Sprintf("boundary_%d", i), In: []string{"org"}, Limit: roles.AtMost(roles.Grant{leaves[rnd.IntN(len(leaves))]: "read"})}
		if i%2 == 0 {
			b.When = fmt.Sprintf("org.plan != %q", strings.Repeat("x", 1+i%7))
		}
		policy.Boundaries = append(policy.Boundaries, b)
	}
	return policy
}
