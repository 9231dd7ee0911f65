package model

import (
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/names"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/scope"
)

// Kinds is the hierarchy of the declared kinds, numbered in the order of their declaration. It is immutable and
// safe for concurrent use.
type Kinds struct {
	names  []string
	index  map[string]int
	in     []bits.Set // kind -> the kinds it may stand in directly
	above  []bits.Set // kind -> the kinds that may stand anywhere above it
	always []bits.Set // kind -> the kinds that stand on every path to it, itself included
}

// CompileKinds returns the hierarchy of kinds, as far as it could be understood, and reports what is wrong with them at
// paths under at. Rules: bad-name, reserved-name, duplicate-name, empty-list,
// kind-count, unknown-kind, unrooted-kind.
func CompileKinds(kinds []scope.Kind, at report.Path, r *report.Reporter) *Kinds {
	h := &Kinds{index: make(map[string]int, len(kinds))}
	if len(kinds) > scope.MaxKinds {
		r.Errorf("kind-count", report.Key(at), "a policy has at most %d scope kinds; here are %d", scope.MaxKinds, len(kinds))
		kinds = kinds[:scope.MaxKinds]
	}
	for _, k := range kinds {
		if _, again := h.index[k.Name]; again {
			r.Errorf("duplicate-name", report.Key(at.Name(k.Name)), "the scope kind %s is declared twice", diag.Quote(k.Name))
			continue
		}
		switch {
		case k.Name == "principal" || k.Name == "request":
			r.Errorf("reserved-name", report.Key(at.Name(k.Name)), "conditions read the %s by this name: choose another for the scope kind", k.Name)
		case !names.Identifier(k.Name):
			r.Errorf("bad-name", report.Key(at.Name(k.Name)), "%s is no name of a scope kind: %s", diag.Quote(k.Name), names.IdentifierRule)
		}
		h.index[k.Name] = len(h.names)
		h.names = append(h.names, k.Name)
	}
	h.in = make([]bits.Set, len(h.names))
	roots := make([]bool, len(h.names))
	doubtful := make([]bool, len(h.names)) // an error in its `in`: whether it reaches a root is not known
	seen := map[string]bool{}
	for _, k := range kinds {
		if seen[k.Name] {
			continue
		}
		seen[k.Name] = true
		i, p := h.index[k.Name], at.Name(k.Name).Name("in")
		roots[i] = k.In == nil
		doubtful[i] = r.Broken(p) || r.Broken(at.Name(k.Name))
		if k.In != nil && len(k.In) == 0 {
			r.Errorf("empty-list", report.Value(p), "an empty list puts %s nowhere: leave `in` out for a root", diag.Quote(k.Name))
			doubtful[i] = true
		}
		for j, name := range k.In {
			parent, ok := h.index[name]
			switch {
			case !ok:
				r.Unknown("unknown-kind", report.Value(p.Index(j)), name, h.names, "there is no scope kind %s", diag.Quote(name))
				doubtful[i] = true
			case h.in[i].Has(parent):
				r.Errorf("duplicate-name", report.Value(p.Index(j)), "%s is listed twice", diag.Quote(name))
			default:
				h.in[i].Add(parent)
			}
		}
	}
	h.close(roots)
	h.reportUnrooted(roots, doubtful, at, r)
	return h
}

// close computes what may stand above each kind, and what always does.
func (h *Kinds) close(roots []bool) {
	n := len(h.names)
	h.above = make([]bits.Set, n)
	h.always = make([]bits.Set, n)
	for changed := true; changed; {
		changed = false
		for i := range n {
			before := h.above[i].Len()
			for p := range h.in[i].All() {
				h.above[i].Add(p)
				h.above[i].Union(h.above[p])
			}
			changed = changed || h.above[i].Len() != before
		}
	}
	// What stands on every path: from "everything" down to the greatest solution of always(k) = {k} ∪ ⋂ always(parents).
	for i := range n {
		h.always[i] = bits.Upto(n)
		if roots[i] {
			h.always[i] = bits.Of(i)
		}
	}
	for changed := true; changed; {
		changed = false
		for i := range n {
			if roots[i] {
				continue
			}
			now := h.always[i]
			for p := range h.in[i].All() {
				now = now.And(h.always[p])
			}
			now = append(bits.Set(nil), now...)
			now.Add(i)
			if now.Len() != h.always[i].Len() {
				h.always[i], changed = now, true
			}
		}
	}
}

// reportUnrooted reports the kinds from which no way leads up to a root: no scope of such a kind can exist.
func (h *Kinds) reportUnrooted(roots, doubtful []bool, at report.Path, r *report.Reporter) {
	for i, name := range h.names {
		reaches := roots[i] || doubtful[i]
		for a := range h.above[i].All() {
			reaches = reaches || roots[a] || doubtful[a]
		}
		if !reaches {
			r.Errorf("unrooted-kind", report.Key(at.Name(name)), "no scope of the kind %s can exist: from it, no `in` leads to a root (a kind without `in`)", diag.Quote(name))
		}
	}
}

// Len returns the number of kinds.
func (h *Kinds) Len() int { return len(h.names) }

// Name returns the name of the i-th kind.
func (h *Kinds) Name(i int) string { return h.names[i] }

// Names returns the names of all kinds in the order of their declaration; the slice must not be changed.
func (h *Kinds) Names() []string { return h.names }

// Find returns the number of the kind with that name.
func (h *Kinds) Find(name string) (int, bool) {
	i, ok := h.index[name]
	return i, ok
}

// Above returns the kinds that may stand above a scope of kind i, itself among them when it nests in itself. The
// set must not be changed.
func (h *Kinds) Above(i int) bits.Set { return h.above[i] }

// Always returns the kinds that stand on the path of every scope of kind i, itself included. The set must not be
// changed.
func (h *Kinds) Always(i int) bits.Set { return h.always[i] }

// AtOrBelow reports whether a scope of kind i may be, or stand beneath, a scope of kind j.
func (h *Kinds) AtOrBelow(i, j int) bool { return i == j || h.above[i].Has(j) }
