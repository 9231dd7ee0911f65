package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// suites are the test binaries in which mutants are woven.
type suites struct {
	dir      string // the copy of the module, whose source is as it was
	binaries string
	args     map[string][]string // of the binary of each package
	apart    map[*mutant]bool    // those that are not woven
	sound    sync.Map            // trial -> func() error
}

// trial is a run of a package's tests: of one, or of all.
type trial struct{ pkg, test string }

// properties is the package that is asked after those that a mutant names.
const properties = "./proof"

// build weaves the mutants into the copy, compiles the tests that should notice them, and puts the source back.
func build(dir string, made []numbered) (*suites, error) {
	s := &suites{dir: dir, binaries: filepath.Join(dir, ".binaries"), args: map[string][]string{}, apart: map[*mutant]bool{}}
	byFile := map[string][]numbered{}
	for _, m := range made {
		byFile[m.file] = append(byFile[m.file], m)
		for _, pkg := range append(strings.Fields(m.tests), properties) {
			s.args[pkg] = nil
		}
	}
	restore := []func() error{}
	defer func() {
		for _, f := range restore {
			_ = f() // nothing is left of a copy that cannot be written
		}
	}()
	for file, all := range byFile {
		path := filepath.Join(dir, file)
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		woven, pkg, apart, err := weave(string(source), all)
		if err != nil {
			return nil, err
		}
		for _, m := range apart {
			s.apart[m.mutant] = true
		}
		made := filepath.Join(filepath.Dir(path), "mutant_made.go")
		restore = append(restore, func() error { return errors.Join(os.WriteFile(path, source, 0o644), os.RemoveAll(made)) })
		if err := errors.Join(os.WriteFile(path, []byte(woven), 0o644), os.WriteFile(made, fmt.Appendf(nil, madeSource, pkg), 0o644)); err != nil {
			return nil, err
		}
	}
	compile := exec.Command("go", "test", "-c", "-o", s.binaries+string(filepath.Separator))
	for pkg := range s.args {
		compile.Args = append(compile.Args, pkg)
		args, err := argsOf(filepath.Join(dir, pkg))
		if err != nil {
			return nil, err
		}
		s.args[pkg] = args
	}
	compile.Dir = dir
	if output, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the mutants cannot be made together: %w\n%s", err, output)
	}
	return s, nil
}

// argsOf are the flags for the tests of a package: what is drawn at random is not shrunk for long, and not kept, and no
// allocations are counted, since a function that is woven makes some of its own.
func argsOf(dir string) ([]string, error) {
	args := []string{"-test.failfast", "-test.timeout=5m", "-test.skip=Allocat"}
	tests, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	flags := map[string][]string{
		"\"pgregory.net/rapid\"":   {"-rapid.shrinktime=100ms", "-rapid.nofailfile"},
		"flag.Int64(\"decisions\"": {"-decisions=60000"},
	}
	for _, path := range tests {
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for text, more := range flags {
			if strings.Contains(string(source), text) {
				args = append(args, more...)
				delete(flags, text)
			}
		}
	}
	return args, nil
}

// kill makes a mutant and returns the trial that notices it, with the test that failed: the one in which it was noticed
// when the list was written, else one of the packages that it names, else the properties. It returns none when none does.
func (s *suites) kill(m numbered, listed trial) (by trial, err error) {
	trials := []trial{}
	if _, ok := s.args[listed.pkg]; ok {
		trials = append(trials, listed)
	}
	for _, pkg := range append(strings.Fields(m.tests), properties) {
		trials = append(trials, trial{pkg: pkg})
	}
	for _, t := range trials {
		output, failed := s.run(t, m.n)
		if failed == nil {
			continue
		}
		if name := firstFailure(output); strings.HasPrefix(name, "Test") {
			t.test = name
		}
		return t, s.isSound(t)
	}
	return trial{}, nil
}

// isSound returns an error when a trial fails with no mutant made: then it notices nothing.
func (s *suites) isSound(t trial) error {
	once, _ := s.sound.LoadOrStore(t, sync.OnceValue(func() error {
		if output, err := s.run(t, 0); err != nil {
			return fmt.Errorf("%s %s fails with no mutant made: %w\n%s", t.pkg, t.test, err, output)
		}
		return nil
	}))
	return once.(func() error)()
}

// run runs a trial with a mutant made; 0 makes none.
func (s *suites) run(t trial, n int) (output []byte, err error) {
	c := exec.Command(filepath.Join(s.binaries, filepath.Base(t.pkg)+".test"), s.args[t.pkg]...)
	if t.test != "" {
		c.Args = append(c.Args, "-test.run=^"+t.test+"$")
	}
	c.Dir = filepath.Join(s.dir, t.pkg)
	c.Env = append(os.Environ(), madeVariable+"="+strconv.Itoa(n))
	return c.CombinedOutput()
}
