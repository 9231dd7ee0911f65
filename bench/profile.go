package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// profiled are the loops whose time is told line by line: the ways into this library, and the floor beside them.
var profiled = []string{resolvedName, boundName, namesName, stringsName, internedName}

// profile shows where the time of a check goes, and its memory, at the first of the sizes. Nothing is held equal: the
// tests and an ordinary run do that.
func (o options) profile(out io.Writer, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	type loop struct {
		kind    string
		engines []engine
		timed   []request
	}
	var loops []loop
	for _, kind := range []string{"plain", "condition"} {
		w := newWorkload(sizeOf(o.sizes[0]), kind == "condition")
		l := loop{kind: kind, timed: w.mixed(o.timed, 7)}
		if w.conditional {
			l.timed = w.asked(o.timed, 7)
		}
		for _, e := range entries {
			if e.key == "floor" || e.key == "trellis" {
				l.engines = append(l.engines, e.make(w))
			}
		}
		loops = append(loops, l)
	}
	h := newHard(o.sizes[0])
	l := loop{kind: "hard", timed: h.requests(o.timed, 7)}
	for _, e := range hardEntries {
		if e.key == "floor" || e.key == "trellis" {
			l.engines = append(l.engines, e.make(h))
		}
	}
	loops = append(loops, l)

	for _, l := range loops {
		for _, e := range l.engines {
			if err := e.load(); err != nil {
				return err
			}
			if err := e.prepare(l.timed); err != nil {
				return err
			}
		}
		for _, name := range profiled {
			for _, e := range l.engines {
				if e.name() != name {
					continue
				}
				if err := o.profileOne(out, dir, l.kind, e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (o options) profileOne(out io.Writer, dir, kind string, e engine) error {
	const batch = 1 << 14
	e.run(0, o.timed) // once round, so that what is made on the way is there
	var cpu raw
	if err := pprof.StartCPUProfile(&cpu); err != nil {
		return err
	}
	checks, start := 0, time.Now()
	for time.Since(start) < 40*o.perRound {
		e.run(checks, batch)
		checks += batch
	}
	took := time.Since(start)
	pprof.StopCPUProfile()
	file := filepath.Join(dir, kind+" "+e.name()+".prof")
	file = strings.NewReplacer(" ", "-", ",", "", ":", "").Replace(file)
	if err := os.WriteFile(file, cpu, 0o644); err != nil {
		return err
	}
	p, err := profile.ParseData(cpu)
	if err != nil {
		return err
	}
	each := float64(took.Nanoseconds()) / float64(checks)
	fmt.Fprintf(out, "\n%s, %s: %s ns a check (%s)\n", kind, e.name(), significant(each), file)
	top(out, p, 1, "ns", each, 14, func(l profile.Line) string { return short(l.Function.Name) })
	fmt.Fprintln(out)
	top(out, p, 1, "ns", each, 24, func(l profile.Line) string {
		return fmt.Sprintf("%s:%d %s", filepath.Base(l.Function.Filename), l.Line, short(l.Function.Name))
	})
	return allocated(out, e)
}

// allocated tells who allocates how much in a check: nobody, most often.
func allocated(out io.Writer, e engine) error {
	const checks = 1 << 17
	snapshot := func() (*profile.Profile, error) {
		runtime.GC() // the profile is as of the last collection
		runtime.GC()
		var text raw
		if err := pprof.Lookup("allocs").WriteTo(&text, 0); err != nil {
			return nil, err
		}
		return profile.ParseData(text)
	}
	rate := runtime.MemProfileRate
	defer func() { runtime.MemProfileRate = rate }()
	runtime.MemProfileRate = 1
	before, err := snapshot()
	if err != nil {
		return err
	}
	e.run(0, checks)
	after, err := snapshot()
	if err != nil {
		return err
	}
	before.Scale(-1)
	p, err := profile.Merge([]*profile.Profile{after, before})
	if err != nil {
		return err
	}
	ours := p.Sample[:0]
	for _, s := range p.Sample { // without what profiling itself allocates
		if slices.ContainsFunc(s.Location, func(l *profile.Location) bool {
			return slices.ContainsFunc(l.Line, func(l profile.Line) bool { return strings.HasSuffix(l.Function.Name, ").run") })
		}) && s.Value[1] > 0 {
			ours = append(ours, s)
		}
	}
	p.Sample = ours
	total := int64(0)
	for _, s := range ours {
		total += s.Value[1]
	}
	if total == 0 {
		fmt.Fprintf(out, "  no allocation in %s checks\n", thousands(checks))
		return nil
	}
	top(out, p, 1, "bytes", float64(total)/checks, 8, func(l profile.Line) string {
		return fmt.Sprintf("%s:%d %s", filepath.Base(l.Function.Filename), l.Line, short(l.Function.Name))
	})
	return nil
}

// top lists what takes most of a value, by the innermost function or line, in shares and as a part of one check.
func top(out io.Writer, p *profile.Profile, value int, unit string, each float64, n int, name func(profile.Line) string) {
	sums, total := map[string]int64{}, int64(0)
	for _, s := range p.Sample {
		total += s.Value[value]
		if len(s.Location) > 0 && len(s.Location[0].Line) > 0 {
			sums[name(s.Location[0].Line[0])] += s.Value[value]
		}
	}
	names := slices.SortedFunc(maps.Keys(sums), func(a, b string) int {
		return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b))
	})
	for _, name := range names[:min(n, len(names))] {
		share := float64(sums[name]) / float64(max(total, 1))
		fmt.Fprintf(out, "  %5.1f %%  %7.1f %s  %s\n", 100*share, share*each, unit, name)
	}
}

// short is the name of a function without the path of its package.
func short(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// raw is a profile as it is written.
type raw []byte

func (r *raw) Write(b []byte) (int, error) {
	*r = append(*r, b...)
	return len(b), nil
}
