package main

import (
	"fmt"
	"slices"
	"time"
)

// results are all that a run found, in the order of the report.
type results struct {
	Machine  []string
	Sections []*section
	Growth   []growth
	Extra    map[string]extra
	Promises []promise
	Took     time.Duration
}

// A section is one workload and what every engine made of it.
type section struct {
	Title, Size string
	Kind        string // plain, condition, unconditional, hard
	Members     int
	Checked     int     // requests on which all engines agreed
	Allowed     float64 // the share of them
	Timed       float64 // the share of those that were timed
	Rows        []*figures
	Left        []string // who was left out, and why
	IDBytes     int      // of the members
}

// growth is one series: how a check's time changes while one thing grows.
type growth struct {
	Of     string // "workspaces"
	Title  string
	Points []*section
}

type extra struct {
	Value float64
	Unit  string
	Note  string
}

const (
	plainTitle         = "Plain: roles in workspaces, admins of organisations with implicit access"
	conditionTitle     = "Condition: editing takes the workspace's department; every timed request hangs on it"
	unconditionalTitle = "The same requests without the condition"
)

func measureAll(o options) (*results, error) {
	start := time.Now()
	r := &results{Machine: machine(), Extra: map[string]extra{}}
	for _, members := range o.sizes {
		for _, kind := range []string{"plain", "unconditional", "condition"} {
			if s, err := o.section(kind, sizeOf(members), nil); err != nil {
				return nil, err
			} else {
				r.Sections = append(r.Sections, s)
			}
		}
	}
	if err := o.grow(r); err != nil {
		return nil, err
	}
	r.promise(o)
	r.Took = time.Since(start)
	return r, nil
}

// section loads every engine that takes part at the size, holds the answers equal, and measures.
func (o options) section(kind string, sz size, only []string) (*section, error) {
	s := &section{Kind: kind, Size: sz.String(), Members: sz.members}
	w := newWorkload(sz, kind == "condition")
	s.IDBytes = w.idBytes()
	var timed, checked []request
	switch kind {
	case "plain":
		s.Title, timed, checked = plainTitle, w.mixed(o.timed, 7), w.mixed(o.checks, 8)
	case "condition":
		s.Title, timed = conditionTitle, w.asked(o.timed, 7)
		checked = append(w.asked(o.checks/2, 8), w.mixed(o.checks-o.checks/2, 8)...)
	default:
		s.Title, timed, checked = unconditionalTitle, w.asked(o.timed, 7), w.asked(min(o.checks, 10_000), 8)
		only = []string{"floor", "trellis"}
	}
	fmt.Fprintf(o.progress, "%s: %s\n", kind, sz)
	var engines []engine
	var bound *trellisBound
	for _, e := range entries {
		if len(o.engines) > 0 && !slices.Contains(o.engines, e.key) || only != nil && !slices.Contains(only, e.key) {
			continue
		}
		made := e.make(w)
		if sz.members > e.upTo {
			s.Left = append(s.Left, fmt.Sprintf("%s: %s", made.name(), e.why))
			continue
		}
		// The ways into this library share an engine, as they would in a service.
		if b, ok := made.(*trellisBound); ok {
			bound = b
		}
		if t, ok := made.(*trellisStrings); ok && bound != nil {
			t.shared = bound
		}
		f, err := load(made, sz.members)
		if err != nil {
			return nil, err
		}
		f.Set, f.Decides = e.set, e.decide
		if t, ok := made.(*trellisStrings); ok && t.shared != nil {
			of := s.Rows[slices.IndexFunc(s.Rows, func(f *figures) bool { return f.prepared == engine(bound) })]
			f.Load, f.Heap, f.PerMember = of.Load, of.Heap, of.PerMember
		}
		fmt.Fprintf(o.progress, "  %s: loaded in %v, %s\n", f.Engine, f.Load.Round(time.Microsecond), bytes(float64(f.Heap)))
		s.Rows = append(s.Rows, f)
		engines = append(engines, made)
	}
	allowed, err := agree(engines, checked, w.allowed, func(r request) asking { return r.words(w) })
	if err != nil {
		return nil, err
	}
	s.Checked, s.Allowed = len(checked), float64(allowed)/float64(len(checked))
	fmt.Fprintf(o.progress, "  %d requests, all answers equal, %.0f %% allowed\n", s.Checked, 100*s.Allowed)
	for _, q := range timed {
		if w.allowed(q) {
			s.Timed += 1 / float64(len(timed))
		}
	}
	for _, e := range engines {
		if err := e.prepare(timed); err != nil {
			return nil, err
		}
	}
	o.time(s.Rows)
	letGo(s.Rows)
	return s, nil
}

// grow varies one thing at a time.
func (o options) grow(r *results) error {
	members, checks := 10_000, o.checks
	workspaces, roleCounts := []int{10, 100, 1000, 10_000}, []int{4, 40, 400}
	if o.quick {
		members, workspaces, roleCounts = 1000, []int{10, 100, 1000}, []int{4, 40}
	}
	o.checks = min(checks, 10_000)
	who := []string{"floor", "trellis", "cedar"}
	g := growth{Of: "workspaces", Title: fmt.Sprintf("Growth with workspaces, at %d members", members)}
	for _, n := range workspaces {
		sz := sizeOf(members)
		sz.workspaces, sz.orgs = n, max(n/100, 1)
		s, err := o.section("plain", sz, who)
		if err != nil {
			return err
		}
		g.Points = append(g.Points, s)
	}
	r.Growth = append(r.Growth, g)
	g = growth{Of: "roles", Title: fmt.Sprintf("Growth with roles, at %d members", members)}
	for _, n := range roleCounts {
		sz := sizeOf(members)
		sz.roles = n
		s, err := o.section("plain", sz, who)
		if err != nil {
			return err
		}
		g.Points = append(g.Points, s)
	}
	r.Growth = append(r.Growth, g)
	return nil
}
