package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/names"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/roles"
)

// Node is an area of a compiled tree. Its leaves are those numbered First to Last, Last not included: an area
// stands for everything beneath it.
type Node struct {
	Name        string // the whole name: "analytics.dashboards"
	Description string
	Parent      int   // the number of the area above it, or -1
	Children    []int // the numbers of its sub-areas, in order
	Depth       int   // how many areas are above it
	First, Last int
	Kinds       bits.Set // the scope kinds at which it exists
}

// Leaf reports whether the area has no sub-areas.
func (n *Node) Leaf() bool { return len(n.Children) == 0 }

// Tree is the areas of a policy, numbered in the order of their declaration, each before its sub-areas. It is
// immutable and safe for concurrent use.
type Tree struct {
	nodes  []Node
	roots  []int // the areas that stand in no other
	leaves []int // leaf number -> area number
	index  map[string]int
	names  []string
	kinds  *Kinds
}

// CompileTree returns the tree of the areas, and reports what is wrong with them at paths under at. Rules:
// bad-name, duplicate-name, empty-list, unknown-kind, area-outside, area-depth.
func CompileTree(areas []roles.Area, kinds *Kinds, at report.Path, r *report.Reporter) *Tree {
	t := &Tree{index: map[string]int{}, kinds: kinds}
	t.add(areas, -1, at, r)
	return t
}

func (t *Tree) add(areas []roles.Area, parent int, at report.Path, r *report.Reporter) {
	for _, a := range areas {
		p, name, depth := at.Name(a.Name), a.Name, 0
		all := bits.Upto(t.kinds.Len())
		if parent >= 0 {
			name = t.nodes[parent].Name + "." + a.Name
			depth = t.nodes[parent].Depth + 1
			all = t.nodes[parent].Kinds
		}
		if _, again := t.index[name]; again {
			r.Errorf("duplicate-name", report.Key(p), "the area %s is declared twice", diag.Quote(name))
			continue
		}
		switch above, last, dotted := cutLast(a.Name); {
		case dotted && names.Dotted(a.Name):
			r.Errorf("bad-name", report.Key(p), "%s is no name of an area: declare %s under the `areas` of %s; whole names stand where areas are named", diag.Quote(a.Name), last, above)
		case !names.Name(a.Name):
			r.Errorf("bad-name", report.Key(p), "%s is no name of an area: %s", diag.Quote(a.Name), names.NameRule)
		case len(name) > names.MaxLength:
			r.Errorf("bad-name", report.Key(p), "the area's whole name is longer than %d bytes", names.MaxLength)
		}
		if depth >= roles.MaxAreaDepth {
			if !r.Broken(p) { // in a file, mappings nest too deep there
				r.Errorf("area-depth", report.Key(p), "areas nest at most %d deep", roles.MaxAreaDepth)
			}
			continue
		}
		i := len(t.nodes)
		t.index[name] = i
		t.names = append(t.names, name)
		t.nodes = append(t.nodes, Node{Name: name, Description: a.Description, Parent: parent, Depth: depth, First: len(t.leaves)})
		t.nodes[i].Kinds = t.compileAt(a.At, all, parent, p.Name("at"), r)
		if parent >= 0 {
			t.nodes[parent].Children = append(t.nodes[parent].Children, i)
		} else {
			t.roots = append(t.roots, i)
		}
		if len(a.Areas) == 0 {
			t.leaves = append(t.leaves, i)
		} else {
			t.add(a.Areas, i, p.Name("areas"), r)
		}
		t.nodes[i].Last = len(t.leaves)
	}
}

// cutLast cuts a name at its last dot.
func cutLast(name string) (above, last string, dotted bool) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return "", name, false
	}
	return name[:i], name[i+1:], true
}

// compileAt returns the kinds at which an area exists: what it names, within what is above it.
func (t *Tree) compileAt(at []string, all bits.Set, parent int, p report.Path, r *report.Reporter) bits.Set {
	if at == nil {
		return all
	}
	own := KindSet(at, t.kinds, p, r)
	for j, name := range at {
		if k, ok := t.kinds.Find(name); ok && !all.Has(k) {
			r.Errorf("area-outside", report.Value(p.Index(j)), "%s does not exist at %s, so nothing beneath it can", diag.Quote(t.nodes[parent].Name), diag.Quote(name))
		}
	}
	return own.And(all)
}

// KindSet returns the set of the named kinds, and reports names that are unknown or stand twice, and an empty
// list.
func KindSet(list []string, kinds *Kinds, p report.Path, r *report.Reporter) bits.Set {
	var set bits.Set
	if list != nil && len(list) == 0 {
		r.Errorf("empty-list", report.Value(p), "an empty list selects nothing: name a scope kind, or leave the key out")
	}
	for j, name := range list {
		switch k, ok := kinds.Find(name); {
		case !ok:
			r.Unknown("unknown-kind", report.Value(p.Index(j)), name, kinds.Names(), "there is no scope kind %s", diag.Quote(name))
		case set.Has(k):
			r.Errorf("duplicate-name", report.Value(p.Index(j)), "%s is listed twice", diag.Quote(name))
		default:
			set.Add(k)
		}
	}
	return set
}

// Len returns the number of areas.
func (t *Tree) Len() int { return len(t.nodes) }

// Roots returns the numbers of the areas that stand in no other, in order; the slice must not be changed.
func (t *Tree) Roots() []int { return t.roots }

// Leaves returns the number of leaves: the length of every Row of this tree.
func (t *Tree) Leaves() int { return len(t.leaves) }

// Area returns the i-th area; it must not be changed.
func (t *Tree) Area(i int) *Node { return &t.nodes[i] }

// LeafArea returns the area that is the i-th leaf; it must not be changed.
func (t *Tree) LeafArea(i int) *Node { return &t.nodes[t.leaves[i]] }

// Names returns the whole names of all areas, in order; the slice must not be changed.
func (t *Tree) Names() []string { return t.names }

// Find returns the number of the area with that whole name.
func (t *Tree) Find(name string) (int, bool) {
	i, ok := t.index[name]
	return i, ok
}

// Exists reports whether the leaf exists at scopes of that kind.
func (t *Tree) Exists(leaf, kind int) bool { return t.nodes[t.leaves[leaf]].Kinds.Has(kind) }

// Permission reads area:level, or says what is wrong with it: bad-permission, unknown-area, unknown-level, or
// least-level, since that is no access and nothing to ask for.
func (t *Tree) Permission(text string, chain *Chain) (Permission, *diag.Problem) {
	area, level, ok := strings.Cut(text, ":")
	if !ok || area == "" || level == "" {
		return Permission{}, &diag.Problem{Rule: "bad-permission", Width: len(text),
			Message: fmt.Sprintf("%s is no permission: it is written area:level", diag.Quote(text))}
	}
	a, ok := t.index[area]
	if !ok {
		return Permission{}, &diag.Problem{Rule: "unknown-area", Width: len(area), Suggestion: diag.Nearest(area, t.names),
			Message: fmt.Sprintf("there is no area %s", diag.Quote(area))}
	}
	l, ok := chain.Find(level)
	if !ok {
		return Permission{}, &diag.Problem{Rule: "unknown-level", Offset: len(area) + 1, Width: len(level), Suggestion: diag.Nearest(level, chain.levels),
			Message: fmt.Sprintf("there is no level %s; the levels are %s", diag.Quote(level), chain)}
	}
	if l == 0 {
		return Permission{}, &diag.Problem{Rule: "least-level", Offset: len(area) + 1, Width: len(level),
			Message: fmt.Sprintf("%s is no access, so there is nothing to ask for; ask for a level above it (%s)", diag.Quote(level), chain)}
	}
	return Permission{a, l}, nil
}

// Row returns the level that a grant means for every leaf, and reports what is wrong with it at paths under at.
// Rules: unknown-area, unknown-level, above-area.
func (t *Tree) Row(g roles.Grant, chain *Chain, at report.Path, r *report.Reporter) Row {
	return t.row(g, 0, chain, at, r)
}

// LimitRow is Row for a limit; nil when it restricts nothing. The path is that of the mapping itself: the key
// `limit` or `only`.
func (t *Tree) LimitRow(l roles.Limit, chain *Chain, at report.Path, r *report.Reporter) Row {
	if l.None() {
		return nil
	}
	return t.row(l.Areas, restOf(l, chain), chain, at, r)
}

// CheckLimit reports what is wrong with a limit, as LimitRow does.
func (t *Tree) CheckLimit(l roles.Limit, chain *Chain, at report.Path, r *report.Reporter) {
	t.named(nil, l.Areas, 0, chain, at, r)
}

// restOf returns the level that a limit means where it names nothing.
func restOf(l roles.Limit, chain *Chain) Level {
	if l.Only {
		return 0
	}
	return chain.Top()
}

func (t *Tree) row(g roles.Grant, rest Level, chain *Chain, at report.Path, r *report.Reporter) Row {
	named, rest := t.named(nil, g, rest, chain, at, r)
	return t.fill(nil, named, rest)
}

// namedLevel is the level that a grant or a limit names for an area.
type namedLevel struct {
	area  int
	level Level
}

// named appends what a grant or a limit names to a list, in the order of the areas, and returns it with the level that
// is meant for the rest. It reports what is wrong with it.
func (t *Tree) named(list []namedLevel, g roles.Grant, rest Level, chain *Chain, at report.Path, r *report.Reporter) ([]namedLevel, Level) {
	for _, name := range sortedNames(g) {
		level, ok := chain.Find(g[name])
		if !ok {
			r.Unknown("unknown-level", report.Value(at.Name(name)), g[name], chain.levels, "there is no level %s; the levels are %s", diag.Quote(g[name]), chain)
		}
		if name == "*" {
			if ok {
				rest = level
			}
			continue
		}
		area, known := t.index[name]
		if !known {
			r.Unknown("unknown-area", report.Key(at.Name(name)), name, t.names, "there is no area %s", diag.Quote(name))
		}
		if known && ok {
			list = append(list, namedLevel{area, level})
		}
	}
	slices.SortFunc(list, func(a, b namedLevel) int { return a.area - b.area })
	for _, n := range list {
		t.checkAbove(list, n, chain, at, r)
	}
	return list, rest
}

// fill returns the row that is meant by what is named, in the order of the areas. It takes the memory of an empty row.
func (t *Tree) fill(row Row, named []namedLevel, rest Level) Row {
	row = slices.Grow(row, len(t.leaves))[:len(t.leaves)]
	row.set(rest)
	for _, n := range named { // parents come before their children, so the nearest named area is written last
		for j := t.nodes[n.area].First; j < t.nodes[n.area].Last; j++ {
			row[j] = n.level
		}
	}
	return row
}

// checkAbove reports a sub-area that is named above the level of the nearest named area above it. Nothing is
// clamped: the author meant one of the two, and only the author knows which.
func (t *Tree) checkAbove(named []namedLevel, sub namedLevel, chain *Chain, at report.Path, r *report.Reporter) {
	for up := t.nodes[sub.area].Parent; up >= 0; up = t.nodes[up].Parent {
		i, ok := slices.BinarySearchFunc(named, up, func(n namedLevel, area int) int { return n.area - area })
		if !ok {
			continue
		}
		if over := named[i].level; sub.level > over {
			name, above := t.nodes[sub.area].Name, t.nodes[up].Name
			r.Errorf("above-area", report.Value(at.Name(name)), "%s: %s is above %s: %s, and a sub-area can only restrict its area; raise %s or lower %s",
				name, chain.Name(sub.level), above, chain.Name(over), above, name)
		}
		return
	}
}

func sortedNames(g roles.Grant) []string {
	list := make([]string, 0, len(g))
	for name := range g {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
