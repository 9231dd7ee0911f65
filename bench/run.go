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
	of          size
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

// extra is something that is done now and then, in nanoseconds.
type extra struct {
	Value, Least float64 // the median of the rounds, and the fastest
	Note         string
}

const (
	plainTitle         = "Plain: roles in workspaces, admins of organisations with implicit access"
	conditionTitle     = "Condition: editing takes the workspace's department; every timed request hangs on it"
	hardTitle          = "Hard: nested subtenants, profiles, groups in groups, keys, limits, boundaries, conditions"
	unconditionalTitle = "The same requests without the condition"
)

func measureAll(o options) (*results, error) {
	start := time.Now()
	r := &results{Machine: machine(), Extra: map[string]extra{}}
	for _, members := range o.sizes {
		for _, kind := range []string{"plain", "unconditional", "condition"} {
			s, err := o.section(kind, sizeOf(members), nil)
			if err != nil {
				return nil, err
			}
			r.Sections = append(r.Sections, s)
		}
	}
	hardSizes := []int{1000, 10_000}
	if o.quick {
		hardSizes = hardSizes[:1]
	}
	for _, members := range hardSizes {
		s, err := o.hardSection(members)
		if err != nil {
			return nil, err
		}
		r.Sections = append(r.Sections, s)
	}
	if err := o.grow(r); err != nil {
		return nil, err
	}
	r.promise(o)
	r.Took = time.Since(start)
	return r, nil
}

// section measures a workload on every engine that takes part at its size.
func (o options) section(kind string, sz size, only []string) (*section, error) {
	s := &section{Kind: kind, Size: sz.String(), of: sz, Members: sz.members}
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
	var in []*figures
	for _, e := range entries {
		if !o.takesPart(e.key) || only != nil && !slices.Contains(only, e.key) {
			continue
		}
		made := e.make(w)
		if sz.members > e.upTo {
			s.Left = append(s.Left, fmt.Sprintf("%s: %s", made.name(), e.why))
			continue
		}
		in = append(in, &figures{Engine: made.name(), Set: e.set, Decides: e.decide, prepared: made})
	}
	return s, o.measure(s, in, timed, checked, w.allowed, w.words, func(f *figures) error {
		if kind != "plain" {
			return nil
		}
		return o.change(f, w)
	})
}

// hardSection measures the hard workload.
func (o options) hardSection(members int) (*section, error) {
	h := newHard(members)
	s := &section{Kind: "hard", Title: hardTitle, Size: h.String(), Members: members}
	var in []*figures
	for _, e := range hardEntries {
		if o.takesPart(e.key) {
			made := e.make(h)
			in = append(in, &figures{Engine: made.name(), Set: e.set, Decides: e.decide, prepared: made})
		}
	}
	s.Left = []string{"cedar-go, Casbin, Cerbos, OpenFGA: they could say it only where the application decides beforehand and they look up; hard.go says why"}
	return s, o.measure(s, in, h.requests(o.timed, 7), h.requests(o.checks, 8), h.allowed, h.words, func(*figures) error { return nil })
}

func (o options) takesPart(key string) bool {
	return len(o.engines) == 0 || slices.Contains(o.engines, key)
}

// measure loads every engine, holds the answers equal, and times; more measures what only this library does.
func (o options) measure(s *section, in []*figures, timed, checked []request, due func(request) bool, words func(request) asking, more func(ours *figures) error) error {
	fmt.Fprintf(o.progress, "%s: %s\n", s.Kind, s.Size)
	var first *figures // of the ways into this library: the others share its engine, as they would in a service
	for _, f := range in {
		way, ours := f.prepared.(wayIn)
		if ours && first != nil {
			way.share(first.prepared.(wayIn).loaded())
			f.Load, f.Heap, f.PerMember = first.Load, first.Heap, first.PerMember
		} else if err := load(f, s.Members); err != nil {
			return err
		}
		if ours && first == nil {
			first = f
		}
		fmt.Fprintf(o.progress, "  %s: loaded in %v, %s\n", f.Engine, f.Load.Round(time.Microsecond), bytes(float64(f.Heap)))
	}
	s.Rows = in
	defer letGo(in)
	allowed, err := agree(in, checked, due, words)
	if err != nil {
		return err
	}
	s.Checked, s.Allowed = len(checked), float64(allowed)/float64(len(checked))
	fmt.Fprintf(o.progress, "  %d requests, all answers equal, %.0f %% allowed\n", s.Checked, 100*s.Allowed)
	for _, q := range timed {
		if due(q) {
			s.Timed += 1 / float64(len(timed))
		}
	}
	for _, f := range in {
		if err := f.prepared.prepare(timed); err != nil {
			return fmt.Errorf("%s: %w", f.Engine, err)
		}
	}
	o.time(in)
	if first == nil {
		return nil
	}
	return more(first)
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
	g := growth{Of: "workspaces", Title: "Growth with workspaces, at " + thousands(members) + " members"}
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
	g = growth{Of: "roles", Title: "Growth with roles, at " + thousands(members) + " members"}
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
