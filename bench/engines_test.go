package main

import (
	"testing"
	"time"
)

func TestEnginesAgree(t *testing.T) {
	for _, conditional := range []bool{false, true} {
		w := newWorkload(sizeOf(100), conditional)
		requests := w.mixed(2048, 1)
		if conditional {
			requests = append(w.asked(1024, 1), requests[:1024]...)
		}
		share := 0
		for _, r := range requests {
			if w.allowed(r) {
				share++
			}
		}
		t.Logf("condition %v: %d of %d allowed", conditional, share, len(requests))
		for _, e := range everyone(w) {
			start := time.Now()
			if err := e.load(); err != nil {
				t.Fatalf("%s: %v", e.name(), err)
			}
			loaded := time.Since(start)
			if err := e.prepare(requests); err != nil {
				t.Fatal(err)
			}
			start = time.Now()
			for i, r := range requests {
				if got := check(e, i); got != w.allowed(r) {
					t.Errorf("%s: %s: %v, and %v is due", e.name(), w.words(r), got, !got)
					break
				}
			}
			if c, ok := e.(interface{ close() }); ok {
				c.close()
			}
			t.Logf("%-50s load %10v  %10v a check", e.name(), loaded, time.Since(start)/time.Duration(len(requests)))
		}
	}
}

func everyone(w *workload) (all []engine) {
	for _, e := range entries {
		all = append(all, e.make(w))
	}
	return all
}

func TestEnginesAgreeOnTheHardWorkload(t *testing.T) {
	h := newHard(300)
	requests := h.requests(4096, 1)
	allowed := 0
	for _, r := range requests {
		if h.allowed(r) {
			allowed++
		}
	}
	if share := float64(allowed) / float64(len(requests)); share < 0.4 || share > 0.6 {
		t.Errorf("%.2f are allowed", share)
	}
	for _, entry := range hardEntries {
		e := entry.make(h)
		if err := e.load(); err != nil {
			t.Fatalf("%s: %v", e.name(), err)
		}
		if _, err := agree([]*figures{{prepared: e}}, requests, h.allowed, h.words); err != nil {
			t.Error(err)
		}
	}
}
