package proof

import (
	"bytes"
	"context"
	"flag"
	"io"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/generate"
	"github.com/trellis-authz/trellis/internal/reference"
)

// How much is compared. `go test ./...` takes a small sample; CI asks for more.
var decisions = flag.Int64("decisions", 200_000, "how many decisions are compared with the reference, and about as many in each property")

// Rapid remembers everything it tries while it shrinks a failure: with worlds as large as these, a gigabyte in two
// seconds. Five make a small world of it; -rapid.shrinktime asks for more.
func init() {
	if err := flag.Set("rapid.shrinktime", "5s"); err != nil {
		panic(err) // a flag of another name: the program is wrong
	}
}

// asksOfAWorld is how many asks are drawn for each policy; each is put for every permission.
const asksOfAWorld = 150

var ctx = context.Background()

// engineOf compiles a world. It is valid by construction: an error is a defect of the generator or of the checks.
func engineOf(t *rapid.T, w *generate.World) *authz.Engine {
	e, err := authz.New(w.Policy, w.Directory)
	if err != nil {
		t.Fatalf("a valid policy is refused: %v\n%s", err, w)
	}
	return e
}

// printed prints a world as YAML, and loads what is printed.
func printed(t *rapid.T, w *generate.World) *authz.Engine {
	files, directory := fstest.MapFS{}, ""
	write := func(name string, writeYAML func(io.Writer) error) {
		var b bytes.Buffer
		if err := writeYAML(&b); err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: b.Bytes()}
	}
	write("w.policy.yaml", w.Policy.WriteYAML)
	if w.Directory != nil {
		directory = "w.directory.yaml"
		write(directory, w.Directory.WriteYAML)
	}
	e, err := authz.Load(files, "w.policy.yaml", directory)
	if err != nil {
		t.Fatalf("%v\n%s", err, w)
	}
	return e
}

func referenceOf(w *generate.World) *reference.World {
	return &reference.World{Policy: w.Policy, Directory: w.Directory}
}

func question(a generate.Ask) reference.Question {
	return reference.Question{As: a.As, Anonymous: a.Anonymous, Given: a.Guests, Scope: a.Scope, Facts: a.Facts}
}

// alike reports whether two decisions are one: allowed or not, the level held, and the reason.
func alike(a, b authz.Decision) bool {
	return a.Allowed == b.Allowed && a.Level == b.Level && a.Reason == b.Reason
}

// asReferred reports whether a decision is that of the reference.
func asReferred(d authz.Decision, want reference.Decision) bool {
	return d.Allowed == want.Allowed && d.Level == want.Level && d.Reason.String() == want.Reason
}

func request(a generate.Ask, permission string) authz.Request {
	return authz.Request{Permission: permission, Scope: a.Scope, Facts: a.Facts}
}

// inBatches checks a property on one world after another, on every core, until the count that it returns adds up to
// due, and returns when that is done. Rapid shrinks what fails.
func inBatches(t *testing.T, due int64, property func(t *rapid.T, w *generate.World) (counted int)) {
	t.Helper()
	var done atomic.Int64
	t.Run("draw", func(t *testing.T) { // it ends when all that run in parallel within it have
		for range runtime.GOMAXPROCS(0) {
			t.Run("batch", func(t *testing.T) {
				t.Parallel()
				for done.Load() < due && !t.Failed() {
					rapid.Check(t, func(t *rapid.T) {
						if done.Load() < due {
							done.Add(int64(property(t, generate.Worlds().Draw(t, "world"))))
						}
					})
				}
			})
		}
	})
	t.Logf("%d compared", done.Load())
}

// levels lists what somebody holds: the level of every leaf that exists, as a number. Nil says that the request is
// denied before.
func levels(w *generate.World, s *authz.Subject, a generate.Ask) map[string]int {
	held, err := s.Held(ctx, a.Scope, a.Facts)
	if err != nil {
		return nil
	}
	all := map[string]int{}
	var walk func(areas iter.Seq[authz.Holding]) (some bool)
	walk = func(areas iter.Seq[authz.Holding]) (some bool) {
		for h := range areas {
			if some = true; !walk(h.Areas()) && h.Exists() {
				all[h.Area()] = slices.Index(w.Levels(), h.Level())
			}
		}
		return some
	}
	walk(held.Areas())
	return all
}

// levelOf returns the level of an area in a tree.
func levelOf(held *authz.Holdings, area string) string {
	h, _ := held.Area(area)
	return h.Level()
}

// within returns a leaf in which one holds more than the other, or "".
func within(less, more map[string]int) string {
	for leaf, l := range less {
		if l > more[leaf] {
			return leaf
		}
	}
	return ""
}

// decisive counts how often a property had something to show.
type decisive struct{ cases, changed atomic.Int64 }

func (d *decisive) note(changed bool) {
	d.cases.Add(1)
	if changed {
		d.changed.Add(1)
	}
}

// check fails when too few cases showed anything: that many of ten thousand are due, a small part of what is usual, so
// that chance alone never fails it.
func (d *decisive) check(t *testing.T, due int64) {
	t.Helper()
	cases, changed := d.cases.Load(), d.changed.Load()
	if changed*10_000 < cases*due || changed == 0 {
		t.Errorf("%d of %d cases showed anything: at least %d of 10,000 are due", changed, cases, due)
	}
	t.Logf("%d of %d cases showed something", changed, cases)
}
