package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// chart draws ns a check by engine, on a logarithmic axis: a bar for the plain workload and a thinner one for that with
// a condition, at the largest size where most engines took part. Colours follow the reader's scheme.
func (r *results) chart(out io.Writer) {
	s := r.charted()
	if s == nil {
		return
	}
	var condition *section
	for _, c := range r.of("condition") {
		if c.Members == s.Members {
			condition = c
		}
	}
	rows := slices.Clone(s.Rows)
	slices.SortStableFunc(rows, func(a, b *figures) int { return int(math.Copysign(1, a.NS-b.NS)) })

	const (
		width, left, right = 880, 316, 96
		top, step          = 74, 38
	)
	most := 10.0
	for _, f := range rows {
		most = max(most, f.NS)
	}
	if condition != nil {
		for _, f := range condition.Rows {
			most = max(most, f.NS)
		}
	}
	decades := math.Ceil(math.Log10(most))
	x := func(ns float64) float64 { // from 1 ns on
		return left + (width-left-right)*math.Log10(max(ns, 1))/decades
	}
	bottom := top + step*len(rows)
	height := bottom + 70

	p := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	p(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Nanoseconds a check by engine, logarithmic">`, width, height, width, height)
	p(`<style>
text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328}
.title{font-size:16px;font-weight:600}.small{font-size:11px;fill:#59636e}
.value{font-size:12px;font-variant-numeric:tabular-nums}.value,.cond-value{stroke:#fff;stroke-width:4px;paint-order:stroke;stroke-linejoin:round}
.cond-value{font-size:10.5px;fill:#59636e;font-variant-numeric:tabular-nums}
.ours{font-weight:600}.grid{stroke:#d1d9e0;stroke-width:1}
.back{fill:#fff}.peer{fill:#8c959f}.floor{fill:#c5ccd3}.trellis{fill:#1a7f37}
.peer.cond{fill:#bcc2c8}.floor.cond{fill:#dfe3e7}.trellis.cond{fill:#7fb88e}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small,.cond-value{fill:#9198a1}.value,.cond-value{stroke:#0d1117}.grid{stroke:#3d444d}.back{fill:#0d1117}
.peer{fill:#8b949e}.floor{fill:#586069}.trellis{fill:#3fb950}.peer.cond{fill:#50565d}.floor.cond{fill:#363c43}.trellis.cond{fill:#276c35}}
</style>`)
	p(`<rect class="back" width="%d" height="%d" rx="6"/>`, width, height)
	p(`<text class="title" x="16" y="26">Nanoseconds a check (logarithmic, shorter is better)</text>`)
	p(`<text class="small" x="16" y="46">%s</text>`, escape(fmt.Sprintf("%s; %s requests answered alike by all", s.Size, thousands(s.Checked))))
	for d := 0.0; d <= decades; d++ {
		at := x(math.Pow(10, d))
		p(`<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, at, top-8, at, bottom)
		p(`<text class="small" x="%.1f" y="%d" text-anchor="middle">%s</text>`, at, bottom+16, escape(strings.Replace(duration(math.Pow(10, d)), ".0", "", 1)))
	}
	for i, f := range rows {
		y := top + i*step
		class, ours := "peer", ""
		switch f.Engine {
		case boundName, namesName, stringsName:
			class, ours = "trellis", " ours"
		case resolvedName, internedName, (*nestedMaps)(nil).name():
			class = "floor"
		}
		p(`<text class="name%s" x="%d" y="%d" text-anchor="end">%s</text>`, ours, left-10, y+17, escape(f.Engine))
		p(`<rect class="%s" x="%d" y="%d" width="%.1f" height="16" rx="2"/>`, class, left, y, x(f.NS)-left)
		p(`<text class="value%s" x="%.1f" y="%d">%s</text>`, ours, x(f.NS)+6, y+13, escape(duration(f.NS)))
		if condition != nil {
			if c := condition.row(f.Engine); c != nil {
				p(`<text class="cond-value" x="%.1f" y="%d">%s</text>`, x(c.NS)+6, y+26, escape(duration(c.NS)))
				p(`<rect class="%s cond" x="%d" y="%d" width="%.1f" height="6" rx="2"/>`, class, left, y+19, x(c.NS)-left)
			}
		}
	}
	at := 16
	for _, l := range [...]struct{ class, text string }{{"trellis", "Trellis"}, {"floor", "written by hand for this policy alone"}, {"peer", "others"}} {
		p(`<rect class="%s" x="%d" y="%d" width="10" height="10" rx="2"/>`, l.class, at, bottom+30)
		p(`<text class="small" x="%d" y="%d">%s</text>`, at+15, bottom+39, escape(l.text))
		at += 40 + 6*len(l.text)
	}
	if condition != nil {
		p(`<text class="small" x="%d" y="%d">thin: where an attribute condition has to be asked</text>`, at, bottom+39)
	}
	p(`<text class="small" x="16" y="%d">%s</text>`, bottom+58, escape(strings.Join(r.Machine, "; ")))
	p(`</svg>`)
}

// charted is the largest plain section in which most engines took part.
func (r *results) charted() (best *section) {
	for _, s := range r.of("plain") {
		if best == nil || len(s.Rows) >= len(best.Rows) {
			best = s
		}
	}
	return best
}

func escape(s string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(s)) // a builder does not fail
	return out.String()
}
