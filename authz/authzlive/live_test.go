package authzlive_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzlive"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/examples"
)

// open keeps an engine up to date from a source that a test moves on by itself: the interval is too long to pass.
func open(t *testing.T, s authzlive.Source, options ...authzlive.Option) *authzlive.Live {
	t.Helper()
	l, err := authzlive.Open(t.Context(), s, append([]authzlive.Option{authzlive.WithInterval(time.Hour)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

const head = "version: 1\nname: p\nscopes: {org: }\nareas: {x: , y: }\n"

// gives is a policy whose one role gives a level in x, and its people.
func gives(level string) fstest.MapFS {
	return fstest.MapFS{
		"p.policy.yaml":    {Data: []byte(head + "roles: {r: {at: org, areas: {x: " + level + "}}}\n")},
		"p.directory.yaml": {Data: []byte("version: 1\nscopes: {\"org:o\": }\nprincipals: {p: {status: active, assignments: [{roles: r, in: \"org:o\"}]}}\n")},
	}
}

func may(l *authzlive.Live) bool { return l.Engine().Can("p", "x:edit", "org:o") }

var quick = authzlive.WithSettling(time.Nanosecond)

// "a new version is loaded, validated, compiled, tried against its own tests if it has any, then swapped atomically. A bad one
// changes nothing and is reported (last good, the error, since when)"
func TestABadVersionChangesNothingAndIsReported(t *testing.T) {
	files := gives("edit")
	var told []authzlive.Event
	l := open(t, authzlive.FS(files, quick), authzlive.WithReport(func(v authzlive.Event) { told = append(told, v) }))
	first := l.Status()
	if !may(l) || first.Revision != 1 || first.Err != nil || first.Name == "" || first.Since.IsZero() || l.Ready() != nil {
		t.Fatalf("at first: %+v", first)
	}
	passing := "version: 1\npolicy: p.policy.yaml\ndirectory: p.directory.yaml\nchecks: [{as: p, can: \"x:edit\", in: \"org:o\"}]\n"
	for name, c := range map[string]struct {
		change func(fstest.MapFS)
		stage  authzlive.Stage
		want   string
	}{
		"broken":          {func(f fstest.MapFS) { f["p.policy.yaml"] = file(head + "rolse: {}\n") }, authzlive.Loading, "rolse"},
		"no longer there": {func(f fstest.MapFS) { delete(f, "p.policy.yaml") }, authzlive.Loading, "no policy file"},
		"two policies":    {func(f fstest.MapFS) { f["q.policy.yaml"] = f["p.policy.yaml"] }, authzlive.Loading, "one policy"},
		"cut off":         {func(f fstest.MapFS) { f["p.policy.yaml"] = file(strings.TrimSpace(head)) }, authzlive.Reading, "p.policy.yaml is cut off"},
		"a failing test": {func(f fstest.MapFS) {
			f["p.tests.yaml"] = file(strings.ReplaceAll(passing, "can:", "cannot:"))
		}, authzlive.Testing, "p.tests.yaml"},
		"tests that are wrong": {func(f fstest.MapFS) { f["p.tests.yaml"] = file("version: 1\npolicy: p.policy.yaml\nchekcs: []\n") }, authzlive.Testing, "chekcs"},
		"a directory of others": {func(f fstest.MapFS) {
			f["p.directory.yaml"] = file("version: 1\nprincipals: {p: {status: active, assignments: [{roles: nosuch, in: \"org:o\"}]}}\n")
		}, authzlive.Loading, "nosuch"},
	} {
		t.Run(name, func(t *testing.T) {
			told = nil
			good := map[string]*fstest.MapFile{}
			for n, f := range files {
				good[n] = f
			}
			c.change(files)
			for range 2 {
				err := l.Reload(t.Context())
				var rejected *authzlive.Rejected
				if !errors.As(err, &rejected) || rejected.Stage != c.stage || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v", err)
				}
			}
			s := l.Status()
			if !may(l) || s.Name != first.Name || s.Revision != first.Revision || s.Err == nil || s.Failures != 2 || s.Failing.IsZero() {
				t.Errorf("%+v", s)
			}
			if len(told) != 1 || told[0].Err == nil || told[0].Swapped || told[0].Revision != first.Revision {
				t.Errorf("told of %+v", told)
			}
			clear(files)
			for n, f := range good {
				files[n] = f
			}
			if err := l.Reload(t.Context()); err != nil {
				t.Error(err)
			}
			if s := l.Status(); s.Err != nil || !s.Failing.IsZero() || s.Failures != 0 || s.Revision != first.Revision {
				t.Errorf("mended: %+v", s)
			}
			if len(told) != 2 || told[1].Err != nil || told[1].Swapped {
				t.Errorf("told of %+v", told)
			}
		})
	}
	files["p.tests.yaml"] = file(passing)
	if err := l.Reload(t.Context()); err != nil || l.Status().Revision != first.Revision+1 || l.Status().Name == first.Name {
		t.Errorf("a version that passes its tests: %v, %+v", err, l.Status())
	}
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// What is wrong with files is told with its places, as it is at the start.
func TestWhatIsWrongWithAVersionIsToldWhole(t *testing.T) {
	_, err := authzlive.Open(t.Context(), authzlive.FS(fstest.MapFS{"p.policy.yaml": file(head + "roles: {r: {at: org, areas: {z: edit}}, s: {at: orgg}}\n")}, quick))
	var list diag.List
	if !errors.As(err, &list) || len(list) != 2 {
		t.Errorf("%v", err)
	}
}

func TestATrialKeepsAPolicyFromDeciding(t *testing.T) {
	files := gives("edit")
	needs := func(e *authz.Engine) error { return e.Validate("y:edit", "org:o") }
	l := open(t, authzlive.FS(files, quick), authzlive.WithTrial(needs))
	files["p.policy.yaml"] = file("version: 1\nname: p\nscopes: {org: }\nareas: {x: }\nroles: {r: {at: org, areas: {x: read}}}\n")
	var rejected *authzlive.Rejected
	if err := l.Reload(t.Context()); !errors.As(err, &rejected) || rejected.Stage != authzlive.Trying || !may(l) {
		t.Errorf("%v", err)
	}
	if _, err := authzlive.Open(t.Context(), authzlive.FS(gives("edit"), quick), authzlive.WithTests()); !errors.As(err, &rejected) || rejected.Stage != authzlive.Testing {
		t.Errorf("without tests: %v", err)
	}
}

// "an optional maximum staleness denies"
func TestAVersionThatIsNotConfirmedDeniesAfterAWhile(t *testing.T) {
	files := gives("edit")
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	l := open(t, authzlive.FS(files, quick), authzlive.WithMaxAge(time.Minute), authzlive.WithNow(func() time.Time { return now }))
	good := files["p.policy.yaml"]
	files["p.policy.yaml"] = file("version: 1\n")
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {59 * time.Second, true}, {time.Second, true}, {time.Second, false}, {time.Hour, false}} {
		now = now.Add(c.after)
		_ = l.Reload(t.Context())
		if got := may(l); got != c.want || (l.Ready() == nil) != c.want {
			t.Errorf("after %s more: %t, %v", c.after, got, l.Ready())
		}
	}
	if err := l.Ready(); !errors.Is(err, authz.ErrNotReady) || !strings.Contains(err.Error(), "2026-06-01T00:00:00Z") {
		t.Errorf("not ready: %v", err)
	}
	if err := authz.Check(authz.NewContext(t.Context(), l.Engine().As("p")), "x:edit", "org:o"); !errors.Is(err, authz.ErrNotReady) {
		t.Errorf("checked: %v", err)
	}
	files["p.policy.yaml"] = good
	if err := l.Reload(t.Context()); err != nil || !may(l) {
		t.Errorf("mended: %v", err)
	}
	now = now.Add(time.Hour)
	if err := l.Ready(); !errors.Is(err, authz.ErrNotReady) || !strings.Contains(err.Error(), "nobody has looked since") {
		t.Errorf("nobody has looked: %v", err)
	}
}

// A look that is broken off says nothing of the source.
func TestALookThatIsBrokenOffChangesNothing(t *testing.T) {
	began, release := make(chan struct{}, 8), make(chan struct{}, 8)
	e, err := authz.Open(gives("edit"))
	if err != nil {
		t.Fatal(err)
	}
	release <- struct{}{}
	l := open(t, authzlive.Func(func(ctx context.Context) (authzlive.Version, error) {
		began <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
			return authzlive.Version{}, ctx.Err()
		}
		return authzlive.Version{Name: "one", Build: func(...authz.Option) (*authz.Engine, error) { return e, nil }}, nil
	}))
	<-began
	first, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- l.Reload(first) }()
	<-began
	second, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if err := l.Reload(second); !errors.Is(err, context.DeadlineExceeded) { // the first one has the turn
		t.Errorf("the second: %v", err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the first: %v", err)
	}
	if s := l.Status(); s.Err != nil || s.Revision != 1 || !may(l) {
		t.Errorf("%+v", s)
	}
	settling, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if _, err := authzlive.FS(gives("edit"), authzlive.WithSettling(time.Hour)).Read(settling); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("settling: %v", err)
	}
	files := gives("edit")
	files["p.tests.yaml"] = file("version: 1\npolicy: p.policy.yaml\ndirectory: p.directory.yaml\nchecks: [{as: p, can: \"x:edit\", in: \"org:o\"}]\n")
	v, err := authzlive.FS(files, quick).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Test(settling); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("tests without time: %v", err)
	}
	if err := v.Test(t.Context()); err != nil {
		t.Errorf("tests with time: %v", err)
	}
}

// breaking is a file system that fails at some operation.
type breaking struct {
	fstest.MapFS
	dirs, fail int
	read, stat bool
}

var errBroken = errors.New("the disk is broken")

func (b *breaking) ReadDir(name string) ([]fs.DirEntry, error) {
	if b.dirs++; b.dirs == b.fail {
		return nil, errBroken
	}
	return b.MapFS.ReadDir(name)
}

func (b *breaking) Open(name string) (fs.File, error) {
	if !strings.HasSuffix(name, ".yaml") {
		return b.MapFS.Open(name)
	}
	if b.read {
		return brokenFile{}, nil
	}
	if b.fail == 0 {
		return nil, errBroken
	}
	return b.MapFS.Open(name)
}

func (b *breaking) Stat(name string) (fs.FileInfo, error) {
	if b.stat {
		return nil, errBroken
	}
	return b.MapFS.Stat(name)
}

type brokenFile struct{ fs.File }

func (brokenFile) Read([]byte) (int, error) { return 0, errBroken }
func (brokenFile) Close() error             { return nil }

func TestFilesThatCannotBeReadAreNoVersion(t *testing.T) {
	for name, fsys := range map[string]fs.FS{
		"the folder":        &breaking{MapFS: gives("edit"), fail: 1},
		"the folder, again": &breaking{MapFS: gives("edit"), fail: 2},
		"a file":            &breaking{MapFS: gives("edit"), fail: 0},
		"in a file":         &breaking{MapFS: gives("edit"), fail: 9, read: true},
		"what it is":        &breaking{MapFS: gives("edit"), fail: 9, stat: true},
	} {
		if _, err := authzlive.FS(fsys, quick).Read(t.Context()); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := authzlive.FS(fstest.MapFS{"a.yaml": {Data: make([]byte, 64<<20+1)}}, quick).Read(t.Context()); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("too large: %v", err)
	}
	pipe := gives("edit")
	pipe["p.policy.yaml"].Mode = fs.ModeNamedPipe
	if _, err := authzlive.FS(pipe, quick).Read(t.Context()); err == nil || !strings.Contains(err.Error(), "p.policy.yaml: it is no regular file") {
		t.Errorf("a pipe: %v", err)
	}
}

func TestOfManyFailedTestsTheFirstAreTold(t *testing.T) {
	files := gives("edit")
	var checks strings.Builder
	for i := range 15 {
		fmt.Fprintf(&checks, "  - {as: p, cannot: \"x:edit\", in: \"org:o\", now: 2026-06-01T00:00:%02dZ}\n", i)
	}
	files["p.tests.yaml"] = file("version: 1\npolicy: p.policy.yaml\ndirectory: p.directory.yaml\nchecks:\n" + checks.String())
	_, err := authzlive.Open(t.Context(), authzlive.FS(files, quick))
	var list diag.List
	if err == nil || !strings.Contains(err.Error(), "15 tests fail, of which the first are:") || !errors.As(err, &list) || len(list) != 10 {
		t.Errorf("%v", err)
	}
}

func TestWithoutAGoodVersionThereIsNoEngine(t *testing.T) {
	files := fstest.MapFS{}
	if _, err := authzlive.Open(t.Context(), authzlive.FS(files, quick)); err == nil {
		t.Error("an empty folder is opened")
	}
	l := open(t, authzlive.FS(files, quick), authzlive.WithoutEngine())
	if l.Engine() != nil || may(l) || !errors.Is(l.Ready(), authz.ErrNotReady) || !errors.Is(l.Ready(), authz.ErrNoPolicy) {
		t.Errorf("ready: %v", l.Ready())
	}
	for n, f := range gives("edit") {
		files[n] = f
	}
	if err := l.Reload(t.Context()); err != nil || !may(l) || l.Ready() != nil {
		t.Errorf("later: %v", err)
	}
	var none *authzlive.Live
	if none.Engine() != nil || none.Status() != (authzlive.Status{}) {
		t.Error("a nil one has an engine")
	}
}

// "`AtLeast(revision)` waits for a version"
func TestAtLeastWaitsForARevision(t *testing.T) {
	var revision, built atomic.Uint64
	var named atomic.Bool
	revision.Store(7)
	named.Store(true)
	source := authzlive.Func(func(context.Context) (authzlive.Version, error) {
		v := authzlive.Version{Revision: revision.Load(), Build: func(o ...authz.Option) (*authz.Engine, error) {
			built.Add(1)
			return authz.Open(gives("edit"), o...)
		}}
		if named.Load() {
			v.Name = fmt.Sprint(v.Revision)
		}
		return v, nil
	})
	l := open(t, source)
	if err := l.AtLeast(t.Context(), 7); err != nil {
		t.Error(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := l.AtLeast(short, 8); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "revision 8, after 7") {
		t.Errorf("waited: %v", err)
	}
	var wait sync.WaitGroup
	for want := range uint64(12) {
		wait.Go(func() {
			if err := l.AtLeast(t.Context(), want); err != nil || l.Status().Revision < want {
				t.Errorf("%d: %v", want, err)
			}
		})
	}
	for _, n := range []uint64{9, 11} {
		revision.Store(n)
		if err := l.Reload(t.Context()); err != nil {
			t.Error(err)
		}
	}
	wait.Wait()
	revision.Store(10)
	if err := l.Reload(t.Context()); err == nil || l.Status().Revision != 11 {
		t.Errorf("an older revision decides: %v", err)
	}
	named.Store(false) // then revisions tell versions apart
	for _, c := range []struct {
		revision uint64
		err      bool
	}{{12, false}, {12, false}, {11, true}, {13, false}} {
		revision.Store(c.revision)
		if err := l.Reload(t.Context()); (err != nil) != c.err {
			t.Errorf("the revision %d without a name: %v", c.revision, err)
		}
	}
	if l.Status().Revision != 13 || built.Load() != 5 {
		t.Errorf("the revision %d decides, after %d were built", l.Status().Revision, built.Load())
	}
}

func TestASourceThatSaysNothingIsRefused(t *testing.T) {
	nothing := authzlive.Func(func(context.Context) (authzlive.Version, error) { return authzlive.Version{}, nil })
	empty := authzlive.Func(func(context.Context) (authzlive.Version, error) {
		return authzlive.Version{Build: func(...authz.Option) (*authz.Engine, error) { return nil, nil }}, nil
	})
	for name, open := range map[string]func() error{
		"no source":      func() error { _, err := authzlive.Open(t.Context(), nil); return err },
		"no build":       func() error { _, err := authzlive.Open(t.Context(), nothing); return err },
		"a nil engine":   func() error { _, err := authzlive.Open(t.Context(), empty); return err },
		"no file system": func() error { _, err := authzlive.Open(t.Context(), authzlive.FS(nil)); return err },
		"no such folder": func() error { _, err := authzlive.Open(t.Context(), authzlive.Folder("/nowhere/at/all")); return err },
		"no interval": func() error {
			_, err := authzlive.Open(t.Context(), authzlive.FS(gives("edit")), authzlive.WithInterval(0))
			return err
		},
		"a done context": func() error {
			ctx, c := context.WithCancel(t.Context())
			c()
			_, err := authzlive.Open(ctx, authzlive.FS(gives("edit")))
			return err
		},
	} {
		if err := open(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// "Kubernetes' symlink swaps work": a volume is a folder of links into ..data, which is itself a link that is swapped.
func TestLinksThatAreSwappedAreSeen(t *testing.T) {
	dir := t.TempDir()
	version := 0
	write := func(level string) {
		version++
		data := filepath.Join(dir, fmt.Sprintf("..v%d", version))
		if err := os.Mkdir(data, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, f := range gives(level) {
			if err := os.WriteFile(filepath.Join(data, name), f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			if link := filepath.Join(dir, name); version == 1 {
				if err := os.Symlink(filepath.Join("..data", name), link); err != nil {
					t.Fatal(err)
				}
			}
		}
		next := filepath.Join(dir, "..data_tmp")
		if err := os.Symlink(filepath.Base(data), next); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
		if version > 1 {
			if err := os.RemoveAll(filepath.Join(dir, fmt.Sprintf("..v%d", version-1))); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("edit")
	l, err := authzlive.Open(t.Context(), authzlive.Folder(dir, quick), authzlive.WithInterval(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for i, level := range []string{"read", "edit", "read"} {
		write(level)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		if err := l.AtLeast(ctx, uint64(i+2)); err != nil || may(l) != (level == "edit") {
			t.Errorf("%s: %v, %+v", level, err, l.Status())
		}
		cancel()
	}
}

// moving is a folder that is written while it is read.
type moving struct {
	fs.FS
	reads *int
}

func (m moving) Open(name string) (fs.File, error) {
	if name == "p.policy.yaml" {
		if *m.reads++; *m.reads%2 == 0 {
			return gives("read").Open(name)
		}
	}
	return m.FS.Open(name)
}

func (m moving) Stat(name string) (fs.FileInfo, error) { return fs.Stat(m.FS, name) }

func (m moving) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(m.FS, name) }

func TestFilesThatChangeWhileTheyAreReadAreNoVersion(t *testing.T) {
	reads := 0
	var rejected *authzlive.Rejected
	if _, err := authzlive.Open(t.Context(), authzlive.FS(moving{gives("edit"), &reads}, quick)); !errors.As(err, &rejected) || rejected.Stage != authzlive.Reading {
		t.Errorf("%v", err)
	}
}

// "a truncated policy at every byte never becomes the engine": with the last line that authors agree on, or with tests.
func TestAFileThatIsCutOffNeverDecides(t *testing.T) {
	const end = "# end"
	product := map[string]*fstest.MapFile{}
	folder := examples.Product("refinery-studio")
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".yaml") {
			source, err := fs.ReadFile(folder, entry.Name())
			if err != nil {
				t.Fatal(err)
			}
			product[entry.Name()] = file(string(source) + end + "\n")
		}
	}
	const name = "refinery-studio.policy.yaml"
	whole := product[name].Data
	files := fstest.MapFS(product)
	l := open(t, authzlive.FS(files, quick, authzlive.WithEnd(end)))
	engine, loads := l.Engine(), 0
	for cut := range whole {
		files[name] = &fstest.MapFile{Data: whole[:cut]}
		if err := l.Reload(t.Context()); err == nil || l.Engine() != engine {
			t.Fatalf("cut off at %d: %v", cut, err)
		}
		if cut > 0 && whole[cut-1] == '\n' { // else it is refused in any case
			if _, err := authz.Open(files); err == nil {
				loads++
			}
		}
	}
	if loads < 10 {
		t.Errorf("%d beginnings of the policy are policies themselves: too few to show anything", loads)
	}
	// With its tests alone: whatever decides has passed every one of them.
	tested := open(t, authzlive.FS(files, quick), authzlive.WithTests(), authzlive.WithoutEngine())
	passed := 0
	for cut := range whole {
		if cut == 0 || whole[cut-1] != '\n' {
			continue
		}
		files[name] = &fstest.MapFile{Data: whole[:cut]}
		if err := tested.Reload(t.Context()); err == nil {
			passed++
		}
	}
	if passed != 1 { // all but the line that was put at the end
		t.Errorf("%d beginnings pass every test", passed)
	}
}

// "Reload under load: 10,000 swaps, 32 readers, … no torn read, no failed request"
func TestReadersSeeOneVersionWhileItIsSwapped(t *testing.T) {
	const swaps, readers = 10_000, 32
	engines := [2]*authz.Engine{}
	for i, level := range []string{"edit", "read"} {
		e, err := authz.Open(gives(level))
		if err != nil {
			t.Fatal(err)
		}
		engines[i] = e
	}
	n := 0
	l := open(t, authzlive.Func(func(context.Context) (authzlive.Version, error) {
		n++
		if n%7 == 0 {
			return authzlive.Version{}, errors.New("the source is away")
		}
		e := engines[n%2]
		return authzlive.Version{Build: func(...authz.Option) (*authz.Engine, error) { return e, nil }}, nil
	}))
	var seen [2]atomic.Int64
	var done atomic.Bool
	var wait sync.WaitGroup
	for range readers {
		wait.Go(func() {
			for !done.Load() {
				e := l.Engine()
				if e == nil {
					t.Error("there is no engine")
					return
				}
				s := e.As("p")
				edit, read := s.Can("x:edit", "org:o"), s.Can("x:read", "org:o")
				if !read || edit != (e == engines[0]) {
					t.Errorf("torn: edit %t, read %t", edit, read)
					return
				}
				if edit {
					seen[0].Add(1)
				} else {
					seen[1].Add(1)
				}
			}
		})
	}
	for l.Status().Revision < swaps || seen[0].Load() < 100 || seen[1].Load() < 100 {
		_ = l.Reload(t.Context()) // one in seven fails, as it should
		if t.Failed() {
			break
		}
	}
	done.Store(true)
	wait.Wait()
	t.Logf("%d versions decided, %d and %d requests", l.Status().Revision, seen[0].Load(), seen[1].Load())
}
