package authzlive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authztest"
	"github.com/trellis-authz/trellis/diag"
)

// Source is where policy and directory come from.
type Source interface {
	// Read returns the version that there is now, whole. It is called again and again, by one goroutine at a time, and
	// should be cheap where nothing has changed: what is dear is done by [Version.Build], which is not called then.
	Read(ctx context.Context) (Version, error)
}

// Version is a policy with its directory, as it was at some time.
type Version struct {
	// Name tells versions apart: two of the same name are the same. Without a name those of the same revision are.
	Name string
	// Revision grows from version to version; 0 has them counted, by each process for itself. With neither a name nor a
	// revision each version is another.
	Revision uint64
	// Build makes the engine, with the options.
	Build func(...authz.Option) (*authz.Engine, error)
	// Test runs the tests that the version brings; nil: none.
	Test func(context.Context) error
}

// Func is a source that a function reads: a database, a feed of changes whose last engine it returns.
type Func func(ctx context.Context) (Version, error)

// Read calls f.
func (f Func) Read(ctx context.Context) (Version, error) {
	if f == nil {
		return Version{}, errors.New("there is no function to read the source by: it is nil")
	}
	return f(ctx)
}

// FolderOption changes how a folder is read.
type FolderOption func(*folder)

// WithEnd refuses every file that does not end with this line: a comment that authors put there. A file whose writing was
// broken off may be a policy all the same, of fewer rules; with its last line due it is none.
func WithEnd(line string) FolderOption { return func(f *folder) { f.end = line } }

// WithSettling sets for how long the files must stay as they are before they are taken for a version. The default is 50
// milliseconds.
func WithSettling(d time.Duration) FolderOption { return func(f *folder) { f.settle = d } }

// Folder is a source of files in a folder, as [authz.Open] reads them, with every NAME.tests.yaml beside them. It reads the
// files, not their times: links that are swapped are seen as the files that they lead to, as in the volumes of Kubernetes.
// Files that change while they are read, or that do not end with a whole line, are no version yet.
func Folder(dir string, options ...FolderOption) Source { return newFolder(os.DirFS(dir), options) }

// FS is a source of files in a file system: one that is embedded in the program, or that somebody else keeps up to date.
func FS(fsys fs.FS, options ...FolderOption) Source { return newFolder(fsys, options) }

type folder struct {
	fsys   fs.FS
	end    string
	settle time.Duration
	last   string // the name of the version that was read last
}

func newFolder(fsys fs.FS, options []FolderOption) *folder {
	f := &folder{fsys: fsys, settle: 50 * time.Millisecond}
	for _, option := range options {
		if option != nil {
			option(f)
		}
	}
	return f
}

// maxFiles bounds how much a folder may hold: what is read is kept while it is checked.
const maxFiles = 64 << 20

// Read reads the files twice, unless they are those of the last time: what is being written is not read as it is for a
// moment.
func (f *folder) Read(ctx context.Context) (Version, error) {
	files, name, err := f.files()
	if err != nil {
		return Version{}, err
	}
	if name != f.last {
		wait := time.NewTimer(f.settle)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-ctx.Done():
			return Version{}, ctx.Err()
		}
		_, again, err := f.files()
		if err != nil {
			return Version{}, err
		}
		if again != name {
			return Version{}, errors.New("the files change while they are read")
		}
	}
	if err := f.whole(files); err != nil {
		return Version{}, err
	}
	f.last = name
	v := Version{Name: name, Build: func(options ...authz.Option) (*authz.Engine, error) { return authz.Open(files, options...) }}
	if slices.ContainsFunc(names(files), isTest) {
		v.Test = func(ctx context.Context) error { return runTests(ctx, files) }
	}
	return v, nil
}

func isTest(name string) bool { return strings.HasSuffix(name, authz.TestsSuffix) }

func names(files fstest.MapFS) []string {
	var list []string
	for name := range files {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// files reads what belongs to a policy, and names it by what it says.
func (f *folder) files() (fstest.MapFS, string, error) {
	if f.fsys == nil {
		return nil, "", errors.New("there is no file system to read from: it is nil")
	}
	entries, err := fs.ReadDir(f.fsys, ".")
	if err != nil {
		return nil, "", fmt.Errorf("reading the folder: %w", err)
	}
	files, sum, room := fstest.MapFS{}, sha256.New(), int64(maxFiles)
	for _, entry := range entries { // in the order of their names
		name := entry.Name()
		if entry.IsDir() || !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
			continue
		}
		source, err := f.read(name, room)
		if err != nil {
			return nil, "", err
		}
		if room -= int64(len(source)); room < 0 {
			return nil, "", fmt.Errorf("the files in the folder are larger than %d MiB together", maxFiles>>20)
		}
		files[name] = &fstest.MapFile{Data: source, Mode: 0o444}
		fmt.Fprintf(sum, "%q %d\n", name, len(source))
		_, _ = sum.Write(source) // a hash never fails
	}
	return files, hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

func (f *folder) read(name string, room int64) ([]byte, error) {
	info, err := fs.Stat(f.fsys, name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", name, err)
	case !info.Mode().IsRegular(): // a pipe would be waited for
		return nil, fmt.Errorf("reading %s: it is no regular file", name)
	}
	file, err := f.fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	source, err := io.ReadAll(io.LimitReader(file, room+1))
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return source, nil
}

// whole says which file has no end.
func (f *folder) whole(files fstest.MapFS) error {
	for _, name := range names(files) {
		source := files[name].Data
		if !bytes.HasSuffix(source, []byte("\n")) {
			return fmt.Errorf("%s is cut off: its last line has no end", name)
		}
		lines := bytes.Split(bytes.TrimSuffix(source, []byte("\n")), []byte("\n"))
		if f.end != "" && string(bytes.TrimSuffix(lines[len(lines)-1], []byte("\r"))) != f.end {
			return fmt.Errorf("%s is cut off: its last line is not %s", name, diag.Quote(f.end))
		}
	}
	return nil
}

// mostFailures is how many failed tests an error tells of.
const mostFailures = 10

// runTests runs every tests file beside a policy. The error tells of what failed.
func runTests(ctx context.Context, files fstest.MapFS) error {
	found, err := authz.Find(files)
	if err != nil {
		return err
	}
	var faults diag.List
	failed := 0
	for _, name := range found.Tests {
		suite, err := authztest.Load(files, name)
		if err == nil {
			err = suite.Diagnostics.Err()
		}
		if err != nil {
			return err
		}
		for _, r := range suite.Run(ctx) {
			if r.Passed {
				continue
			}
			if failed++; failed <= mostFailures {
				faults = append(faults, r.Failure)
			}
		}
	}
	switch err := ctx.Err(); {
	case err != nil:
		return err // what has no time to be evaluated fails for that alone
	case failed > mostFailures:
		return fmt.Errorf("%d tests fail, of which the first are:\n%w", failed, faults.Err())
	}
	return faults.Err()
}
