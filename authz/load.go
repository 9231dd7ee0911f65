package authz

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/report"
)

// Open loads the one policy (NAME.policy.yaml) and, if there is one, the one directory (NAME.directory.yaml) at the
// top of a file system: os.DirFS("policy"), or an embed.FS through [fs.Sub]. The error is a [diag.List] with every
// mistake in both files, or tells what is missing or cannot be read. Nothing is loaded by half. Cost: linear in
// the files, of which none may be larger than 4 MiB.
func Open(fsys fs.FS, options ...Option) (*Engine, error) {
	files, err := Find(fsys)
	if err != nil {
		return nil, err
	}
	return Load(fsys, files.Policy, files.Directory, options...)
}

// Load is [Open] for files that are named; an empty directory is none.
func Load(fsys fs.FS, policyFile, directoryFile string, options ...Option) (*Engine, error) {
	d, err := Examine(fsys, policyFile, directoryFile, options...)
	if err != nil {
		return nil, err
	}
	if err := d.Diagnostics.Err(); err != nil {
		return nil, err
	}
	return d.Engine, nil
}

// Files are the names of the files in a folder that Trellis reads.
type Files struct {
	Policy    string   // NAME.policy.yaml
	Directory string   // NAME.directory.yaml, or ""
	Tests     []string // every NAME.tests.yaml
}

// The endings by which files are told apart.
const (
	PolicySuffix    = ".policy.yaml"
	DirectorySuffix = ".directory.yaml"
	TestsSuffix     = ".tests.yaml"
)

// ErrNoPolicy says that a folder holds no policy file.
var ErrNoPolicy = errors.New("no policy file (NAME" + PolicySuffix + ")")

var errNoFiles = errors.New("there is no file system to read from: it is nil")

// Find names the files at the top of a file system. It is an error when there is no policy, or more than one
// policy or directory: which of them is meant cannot be known.
func Find(fsys fs.FS) (Files, error) {
	var f Files
	if fsys == nil {
		return f, errNoFiles
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return f, fmt.Errorf("reading the folder: %w", err)
	}
	one := func(into *string, name string) error {
		if *into != "" {
			return fmt.Errorf("%s and %s: a folder holds one policy and at most one directory; name the files that are meant", *into, name)
		}
		*into = name
		return nil
	}
	var near string
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case entry.IsDir():
		case strings.HasSuffix(name, PolicySuffix):
			err = errors.Join(err, one(&f.Policy, name))
		case strings.HasSuffix(name, DirectorySuffix):
			err = errors.Join(err, one(&f.Directory, name))
		case strings.HasSuffix(name, TestsSuffix):
			f.Tests = append(f.Tests, name)
		case strings.HasSuffix(name, ".policy.yml"):
			near = name
		}
	}
	switch {
	case err != nil:
		return Files{}, err
	case f.Policy == "" && near != "":
		return f, fmt.Errorf("%w; rename %s to %s", ErrNoPolicy, near, strings.TrimSuffix(near, "yml")+"yaml")
	case f.Policy == "":
		return f, ErrNoPolicy
	}
	return f, nil
}

// read reads and decodes the files. What cannot be decoded is reported; only a file that cannot be read is an
// error.
func read(fsys fs.FS, policyFile, directoryFile string) (*sources, error) {
	s := &sources{policyReporter: &report.Reporter{}, directoryReporter: &report.Reporter{}}
	node, err := parse(fsys, policyFile, s.policyReporter)
	if err != nil {
		return nil, err
	}
	if node != nil {
		s.places.policy = doc.Root(node)
		decoder := newDecoder(s.policyReporter)
		p := decoder.policy(node)
		s.policySpare = *decoder.spare
		if node.Kind == doc.Map {
			s.policy = &p
		}
	}
	if directoryFile == "" {
		return s, nil
	}
	node, err = parse(fsys, directoryFile, s.directoryReporter)
	if err != nil {
		return nil, err
	}
	if node != nil {
		s.places.directory = doc.Root(node)
		decoder := newDecoder(s.directoryReporter)
		d := decoder.directory(node)
		s.directorySpare = *decoder.spare
		if node.Kind == doc.Map {
			s.directory = &d
		}
	}
	return s, nil
}

// parse reads one file into nodes. Nothing is read beyond the size that is allowed.
func parse(fsys fs.FS, name string, r *report.Reporter) (*doc.Node, error) {
	source, err := readFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path.Base(name), err)
	}
	node := doc.ParseYAML(name, source, r)
	if node != nil {
		r.Locator = doc.Locator(node)
	}
	return node, nil
}

// readFile reads a file, and stops one byte past the size that is allowed: the parser then refuses it.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	if fsys == nil {
		return nil, errNoFiles
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	source, err := io.ReadAll(io.LimitReader(f, doc.MaxSize+1))
	if closed := f.Close(); err == nil {
		err = closed
	}
	return source, err
}
