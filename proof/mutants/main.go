// Mutants builds one nasty change of the source after another, each on a copy, and shows that the tests notice:
//
//	go run ./proof/mutants            # all of them
//	go run ./proof/mutants expiry     # those whose name holds a word
//
// A mutant that survives is a hole in the tests. It exits with 1 when one does, or when one does not apply any more.
package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// mutant is a change of one place: the old text stands in the file exactly once.
type mutant struct {
	name     string
	file     string
	old, new string
	tests    string // the packages that are asked first, then the properties, then all; "": all at once
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string, out io.Writer) error {
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a copy in a folder for what is temporary
	if err := copySource(".", dir); err != nil {
		return err
	}
	survivors, broken, made := 0, 0, 0
	for _, m := range mutants {
		if len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(m.name, w) }) {
			continue
		}
		start := time.Now()
		by, err := m.kill(dir)
		made++
		verdict := "killed by " + by
		switch {
		case err != nil:
			broken++
			verdict = "CANNOT BE MADE: " + err.Error()
		case by == "":
			survivors++
			verdict = "SURVIVES"
		}
		fmt.Fprintf(out, "%-70s %s (%.1f s)\n", m.name, verdict, time.Since(start).Seconds())
	}
	fmt.Fprintf(out, "%d mutants, %d killed, %d survive\n", made, made-survivors-broken, survivors)
	if survivors+broken > 0 || made == 0 {
		return fmt.Errorf("%d of %d mutants survive, and %d cannot be made", survivors, made, broken)
	}
	return nil
}

// copySource copies the module, but for what is hidden.
func copySource(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != from && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, path), 0o755)
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, path), source, 0o644)
	})
}

// apply returns the source with the change, or why it cannot be made.
func (m *mutant) apply(source string) (string, error) {
	if n := strings.Count(source, m.old); n != 1 {
		return "", fmt.Errorf("%q stands %d times in %s, and once is due", m.old, n, m.file)
	}
	return strings.Replace(source, m.old, m.new, 1), nil
}

// kill applies the mutant, runs the tests until one fails, and puts the source back. It returns the first test that
// failed, "" when none did.
func (m *mutant) kill(dir string) (by string, err error) {
	path := filepath.Join(dir, m.file)
	source, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	changed, err := m.apply(string(source))
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		return "", err
	}
	defer func() {
		if restored := os.WriteFile(path, source, 0o644); err == nil {
			err = restored
		}
	}()
	for _, args := range m.suites() {
		c := exec.Command("go", args...)
		c.Dir = dir
		output, failed := c.CombinedOutput()
		if failed == nil {
			continue
		}
		if by = firstFailure(output); by == "" {
			return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), failed, output)
		}
		return by, nil
	}
	return "", nil
}

// suites are the runs of go test in which a mutant has to be noticed: what should notice it first, then everything.
func (m *mutant) suites() [][]string {
	test := func(args ...string) []string { return append([]string{"test", "-count=1", "-failfast"}, args...) }
	all := test("-skip", "^TestEveryMutantApplies$", "./...") // which notices every change of what is changed here
	if m.tests == "" {
		return [][]string{all}
	}
	return [][]string{test(strings.Fields(m.tests)...), test("./proof", "-decisions", "60000", "-rapid.shrinktime", "1s"), all}
}

// firstFailure returns the name of the first test that failed, or a word for what took the whole run down; "" when what
// failed is the build.
func firstFailure(output []byte) string {
	if bytes.Contains(output, []byte("[build failed]")) || bytes.Contains(output, []byte("[setup failed]")) {
		return ""
	}
	for line := range bytes.Lines(output) {
		if rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("--- FAIL: ")); ok {
			name, _, _ := strings.Cut(string(rest), " ")
			return name
		}
	}
	if bytes.Contains(output, []byte("panic:")) {
		return "a panic"
	}
	return ""
}
