package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Figures are what was measured of one engine on one workload.
type figures struct {
	Engine        string
	NS, Low, High float64 // a check: the median of the rounds, and the fastest and slowest of them
	Bytes, Allocs float64 // a check
	Two, TwoBest  float64 // throughput of two goroutines by that of one: the median of the rounds, and by the fastest of both
	Load          time.Duration
	Heap          int64   // after loading, ids included
	PerMember     float64 // of the heap
	Change        float64 // one change of the directory: its median, 0 where it is not measured
	ChangeLow     float64 // and the fastest round
	ChangeBytes   float64
	Set           string
	Decides       bool
	ns, two       []float64
	pairs         []float64 // ns a check when two goroutines ask
	prepared      engine
	from          int
	perRound      int
}

type measuring struct {
	rounds   int
	perRound time.Duration
	two      bool
	progress io.Writer
}

// heap is what is reachable now.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one's finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// load loads an engine and tells what that took and what it left.
func load(f *figures, members int) error {
	before := heap()
	start := time.Now()
	if err := f.prepared.load(); err != nil {
		return fmt.Errorf("%s: %w", f.Engine, err)
	}
	f.Load = time.Since(start)
	f.Heap = max(heap()-before, 0)
	f.PerMember = float64(f.Heap) / float64(members)
	return nil
}

// agree holds the answers of every engine to those that are due, request by request, on both cores. The error shows the
// first request on which they part.
func agree(all []*figures, requests []request, due func(request) bool, words func(request) asking) (allowed int, err error) {
	const chunk = 1 << 12
	for start := 0; start < len(requests); start += chunk {
		some := make([]request, chunk) // the last chunk is filled up with the first requests
		for i := range some {
			some[i] = requests[(start+i)%len(requests)]
		}
		end := min(chunk, len(requests)-start)
		want := make([]bool, end)
		for i := range want {
			if want[i] = due(some[i]); want[i] {
				allowed++
			}
		}
		for _, f := range all {
			e := f.prepared
			if err := e.prepare(some); err != nil {
				return 0, fmt.Errorf("%s: %w", e.name(), err)
			}
			var group sync.WaitGroup
			first := make([]int, 2)
			for half := range first {
				group.Go(func() {
					first[half] = -1
					for i := half; i < end; i += 2 {
						if check(e, i) != want[i] {
							first[half] = i
							return
						}
					}
				})
			}
			group.Wait()
			for _, i := range first {
				if i >= 0 {
					return 0, fmt.Errorf("engines differ on %s: %s answers %v, and %v is due", words(some[i]), e.name(), !want[i], want[i])
				}
			}
		}
	}
	return allowed, nil
}

// time measures every engine round by round, each in turn, so that whatever else the machine does hits all alike.
func (m measuring) time(all []*figures) {
	for _, f := range all {
		n := 16
		for {
			start := time.Now()
			f.prepared.run(f.from, n)
			took := time.Since(start)
			f.from += n
			if took >= m.perRound/4 {
				f.perRound = max(int(float64(n)*float64(m.perRound)/float64(took)), 16)
				break
			}
			n *= 2
		}
	}
	for i := range m.rounds {
		for j, f := range all {
			if i%2 == 1 { // back and forth, so that nobody always comes after the same one
				f = all[len(all)-1-j]
			}
			m.round(f)
		}
	}
	for _, f := range all {
		slices.Sort(f.ns)
		slices.Sort(f.two)
		f.NS, f.Low, f.High = f.ns[len(f.ns)/2], f.ns[0], f.ns[len(f.ns)-1]
		if len(f.two) > 0 {
			f.Two, f.TwoBest = f.two[len(f.two)/2], f.Low/slices.Min(f.pairs)
		}
	}
}

func (m measuring) round(f *figures) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	f.prepared.run(f.from, f.perRound)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	f.from += f.perRound
	f.ns = append(f.ns, float64(took.Nanoseconds())/float64(f.perRound))
	f.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(f.perRound)
	f.Allocs = float64(after.Mallocs-before.Mallocs) / float64(f.perRound)
	if m.two {
		var group sync.WaitGroup
		start = time.Now()
		for i := range 2 {
			group.Go(func() { f.prepared.run(f.from+i*f.perRound, f.perRound) })
		}
		group.Wait()
		both := time.Since(start)
		f.two = append(f.two, 2*float64(took)/float64(both))
		f.pairs = append(f.pairs, float64(both)/float64(2*f.perRound))
		f.from += 2 * f.perRound
	}
	if after.TotalAlloc-before.TotalAlloc > 1<<20 {
		runtime.GC() // so that the next engine does not pay for this one's garbage
	}
}

// op measures something that is done now and then: it returns the median of the rounds, and the fastest.
func (m measuring) op(do func()) (ns, least, bytes, allocs float64) {
	do()
	var all []float64
	var before, after runtime.MemStats
	for range m.rounds {
		runtime.ReadMemStats(&before)
		n, start := 0, time.Now()
		for time.Since(start) < m.perRound {
			do()
			n++
		}
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		all = append(all, float64(took.Nanoseconds())/float64(n))
		bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
		allocs = float64(after.Mallocs-before.Mallocs) / float64(n)
	}
	slices.Sort(all)
	return all[len(all)/2], all[0], bytes, allocs
}

// letGo closes engines that have something to close, and gives their memory back.
func letGo(all []*figures) {
	for _, f := range all {
		if c, ok := f.prepared.(interface{ close() }); ok {
			c.close()
		}
		f.prepared = nil
	}
	debug.FreeOSMemory()
}
