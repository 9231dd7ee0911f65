package main

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// small is a whole run, as small as it gets.
func small(t *testing.T) *results {
	t.Helper()
	r, err := measureAll(options{sizes: []int{100}, checks: 256, timed: 256, quick: true, engines: []string{"floor", "trellis", "cedar"},
		measuring: measuring{rounds: 1, perRound: time.Millisecond, two: true, progress: io.Discard}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAWholeRunIsReported(t *testing.T) {
	r := small(t)
	var text, markdown, chart strings.Builder
	r.text(&text)
	r.markdown(&markdown)
	r.chart(&chart)
	for _, want := range []string{plainTitle, conditionTitle, boundName, stringsName, cedarName, internedName, "What was promised", notHere, runtimeVersion(r)} {
		for name, out := range map[string]string{"text": text.String(), "Markdown": markdown.String()} {
			if !strings.Contains(out, want) {
				t.Errorf("the %s does not say %q", name, want)
			}
		}
	}
	for line := range strings.Lines(markdown.String()) {
		if strings.HasPrefix(line, "|") && !strings.HasSuffix(line, " |\n") {
			t.Errorf("a line of a table is not closed: %q", line)
		}
	}
	decoder := xml.NewDecoder(strings.NewReader(chart.String()))
	bars := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the chart is not well-formed: %v\n%s", err, chart.String())
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "rect" {
			bars++
		}
	}
	if want := len(r.charted().Rows); bars < want {
		t.Errorf("the chart has %d bars, and %d engines", bars, want)
	}
}

func runtimeVersion(r *results) string { return r.Machine[1] }

// wrong is an engine that errs once.
type wrong struct {
	*resolved
	at int
}

func (w *wrong) run(from, n int) int {
	if n == 1 && from == w.at {
		return 1 - w.resolved.run(from, 1)
	}
	return w.resolved.run(from, n)
}

func TestAnEngineThatDiffersEndsTheRun(t *testing.T) {
	w := newWorkload(sizeOf(100), false)
	e := &wrong{&resolved{w: w}, 1234}
	if err := e.load(); err != nil {
		t.Fatal(err)
	}
	requests := w.mixed(2000, 3)
	_, err := agree([]*figures{{prepared: e}}, requests, w.allowed, w.words)
	if err == nil || !strings.Contains(err.Error(), w.words(requests[1234]).String()) {
		t.Errorf("%v: it should name %s", err, w.words(requests[1234]))
	}
	e.at = -1
	if _, err := agree([]*figures{{prepared: e}}, requests, w.allowed, w.words); err != nil {
		t.Error(err)
	}
}

func TestWorkloadsAreTheSameEachTime(t *testing.T) {
	a, b := newWorkload(sizeOf(1000), true), newWorkload(sizeOf(1000), true)
	if !slices.Equal(a.given, b.given) || !slices.Equal(a.mixed(100, 1), b.mixed(100, 1)) || !slices.Equal(a.asked(100, 1), b.asked(100, 1)) {
		t.Error("two workloads of one size differ")
	}
}

func TestThePlainWorkloadAllowsAboutHalf(t *testing.T) {
	for _, members := range []int{100, 10_000} {
		w, allowed := newWorkload(sizeOf(members), false), 0
		requests := w.mixed(10_000, 1)
		for _, r := range requests {
			if w.allowed(r) {
				allowed++
			}
		}
		if share := float64(allowed) / float64(len(requests)); share < 0.4 || share > 0.6 {
			t.Errorf("%d members: %.2f are allowed", members, share)
		}
	}
}

func TestPromisesAreHeldToTheirBounds(t *testing.T) {
	w := worst{atMost: true}
	w.add(1, 1, "", " a")
	w.add(3, 1.5, "", " b")
	w.add(2, 1, "", " c")
	if p := w.promise("", times, "", 2); p.Found != "3.0 × b" || p.Least != "1.5 ×" || p.verdict() != "NO (fastest: yes)" {
		t.Errorf("%+v %s", p, p.verdict())
	}
	w = worst{}
	w.add(50, 55, "", " a")
	w.add(70, 80, "", " b")
	if p := w.promise("", times, "", 40); p.Found != "50.0 × a" || p.Least != "55.0 ×" || p.verdict() != "yes" {
		t.Errorf("%+v %s", p, p.verdict())
	}
	if p := (&worst{}).promise("", "%.0f", "", 1); p.Found != notHere || p.verdict() != "-" {
		t.Errorf("%+v", p)
	}
}
