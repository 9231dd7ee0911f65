package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// numbered repeats a piece, each time with its number, until a line is nearly as long as one may be.
func numbered(head, piece, tail string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := 0; b.Len() < maxLine-len(tail)-2*len(piece)-20; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, piece, i)
	}
	return b.String() + tail
}

// Lines of a MiB that are wrong in as many places as they can be.
var hostileLines = []struct{ name, line string }{
	{"unknown keys", numbered(`{"principal":"bob","permission":"refund","in":"org:acme",`, `"k%d":1`, `}`)},
	{"a few thousand unknown keys", numbered(`{"principal":"bob","permission":"refund","in":"org:acme",`, `"k%d`+strings.Repeat("k", 100)+`":1`, `}`)},
	{"undeclared facts", numbered(`{"principal":"bob","permission":"refund","in":"org:acme","request":{`, `"k%d":1`, `}}`)},
	{"a few thousand undeclared facts", numbered(`{"principal":"bob","permission":"refund","in":"org:acme","request":{`, `"k%d`+strings.Repeat("k", 100)+`":1`, `}}`)},
	{"a few thousand scopes that are none", numbered(`{"principal":"bob","permission":"refund","in":"org:acme","scopes":{`, `"k%d`+strings.Repeat("k", 100)+`":{}`, `}}`)},
	{"a few thousand unknown roles", numbered(`{"principal":{"id":"zoe","status":"active","assignments":[`, `{"roles":"r%d`+strings.Repeat("r", 100)+`","in":"org:acme"}`, `]},"permission":"refund","in":"org:acme"}`)},
	{"unknown words of many letters", numbered(`{"principal":"bob","permission":"refund","in":"org:acme","request":{`, `"k%d`+strings.Repeat("\u202e", 30_000)+`":1`, `}}`)},
	{"one very long key", `{"principal":"bob","permission":"refund","in":"org:acme","request":{"` + strings.Repeat("\x7f", maxLine-100) + `":1}}`},
	{"a very long path", `{"principal":"bob","permission":"refund","in":"` + strings.Repeat("\x7f", maxLine-100) + `"}`},
	{"a very long id", `{"principal":"` + strings.Repeat("x", maxLine-100) + `","permission":"refund","in":"org:acme"}`},
	{"a very long permission", `{"principal":"bob","permission":"` + strings.Repeat("x:", maxLine/2-100) + `","in":"org:acme"}`},
	{"a long list", numbered(`{"principal":"bob","permission":"refund","in":"org:acme","request":{"ip":[`, `%d`, `]}}`)},
	{"a list of digits", `{"principal":"bob","permission":"refund","in":"org:acme","request":{"ip":[1` + strings.Repeat(",1", 480_000) + `]}}`},
	{"a list of empty mappings", `{"principal":"bob","permission":"refund","in":"org:acme","request":{"ip":[{}` + strings.Repeat(",{}", 340_000) + `]}}`},
}

func TestABadLineGetsAShortAnswer(t *testing.T) {
	for _, h := range hostileLines {
		t.Run(h.name, func(t *testing.T) {
			r := decide(t, h.line)
			r.ends(t, exitYes)
			if n := len(r.out); n > 5<<10 || len(h.line) > maxLine {
				t.Errorf("a line of %d bytes is answered with %d: %.300s …", len(h.line), n, r.out)
			}
			holds(t, "the answer", r.out, `"allowed":false`)
		})
	}
}

func TestOfManyMistakesInALineTheFirstAreShownAndTheOthersCounted(t *testing.T) {
	var keys strings.Builder
	for i := range 18 {
		fmt.Fprintf(&keys, `"k%02d":1,`, i)
	}
	for _, line := range []string{
		`{` + keys.String() + `"principal":"bob","permission":"refund","in":"org:acme"}`,
		`{"principal":"bob","permission":"refund","in":"org:acme","request":{` + strings.TrimSuffix(keys.String(), ",") + `}}`,
	} {
		r := decide(t, line)
		holds(t, "the answer", r.out, `"k00\"`, `"k09\"`, `; and 8 more"}`)
		if strings.Contains(r.out, "k10") {
			t.Errorf("more than ten are shown: %s", r.out)
		}
	}
}

// All that is ever taken for a line, most of it given back at once, is a small multiple of it, however much it holds.
func TestALineTakesLittleMemory(t *testing.T) {
	for _, h := range hostileLines {
		t.Run(h.name, func(t *testing.T) {
			e := at(shop(t))
			e.stdin, e.stdout, e.stderr = strings.NewReader(asksYes+"\n"+h.line+"\n"+asksYes), io.Discard, io.Discard
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			run([]string{"decide", "."}, e)
			runtime.ReadMemStats(&after)
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 96*maxLine {
				t.Errorf("%d MiB were allocated for a line of 1 MiB", taken>>20)
			}
		})
	}
}
