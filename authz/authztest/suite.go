// Package authztest runs the tests that policy authors write: NAME.tests.yaml files with the very tables of their
// documentation. The command runs them as `authz test`; a service runs them in its own `go test`:
//
//	func TestPolicy(t *testing.T) { authztest.Run(t, os.DirFS("policy")) }
package authztest

import (
	"io/fs"
	"path"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/decode"
	"github.com/trellis-authz/trellis/internal/report"
)

// Suite is a tests file with the policy and the directory that it names.
type Suite struct {
	File      string // as it was named
	Policy    string // the policy file, beside it
	Directory string // the directory file, or ""
	// Diagnostics is everything that is wrong with the tests, the policy and the directory, sorted. With an error
	// nothing is run.
	Diagnostics diag.List
	Cells       int // how many cells of matrices the file asserts
	Checks      int // how many assertions its checks make

	engine *authz.Engine
	now    time.Time
	cases  []testCase
}

// testCase is one assertion.
type testCase struct {
	group, name string
	cell        bool
	place       place // of the cell or the word
	subject     subject
	in          string
	facts       authz.Facts

	area       string // asserts the level held in each leaf beneath
	level      string
	permission string // asserts yes or no
	assign     string // likewise, whether this may be given
	want       bool
}

// subject is who a case is about: a principal, or whoever holds some roles.
type subject struct {
	label   string
	id      string
	holds   []string // roles and profiles; nil: the principal
	where   string   // the scope in which they are held
	isRoles bool
}

// place is a spot in the tests file.
type place struct {
	diag.Position
	source string
	width  int
}

// Load reads a tests file and what it names. The error is one of reading the files; what is wrong with their
// contents, and that a file which the tests name is not there, is in the suite. Names are checked even against a policy that has errors, so that one run shows all.
func Load(fsys fs.FS, file string) (*Suite, error) {
	s := &Suite{File: file}
	l := loader{suite: s, Decoder: decode.Decoder{Reporter: &report.Reporter{}}}
	root, err := l.parse(fsys)
	if err != nil {
		return nil, err
	}
	if root == nil {
		s.Diagnostics = l.Reporter.List()
		return s, nil
	}
	l.head(root)
	if s.Policy != "" {
		l.draft, err = authz.Examine(fsys, s.Policy, s.Directory)
		if err != nil && !l.missing(err) {
			return nil, err
		}
	}
	l.body(root)
	s.Diagnostics = l.Reporter.List()
	if l.draft != nil {
		s.engine = l.draft.Engine
		s.Diagnostics = append(s.Diagnostics, l.draft.Diagnostics...)
	}
	s.Diagnostics = s.Diagnostics.Sort()
	return s, nil
}

// beside returns the name of a file that a tests file names: relative to it.
func beside(file, name string) string { return path.Join(path.Dir(file), name) }
