// Mutants makes one nasty change of the source after another, and shows that the tests notice:
//
//	go run ./proof/mutants            # all of them
//	go run ./proof/mutants expiry     # those whose name holds a word
//	go run ./proof/mutants -update    # all of them, and killed.txt written anew: what noticed each, to be asked first
//
// A mutant that survives is a hole in the tests. It exits with 1 when one does, or when one does not apply any more.
//
// The mutants are woven into a copy of the source, and the tests compiled once (weave.go, suites.go); what cannot be
// woven, and what nothing noticed, is made alone (verdicts.go).
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	update := flags.Bool("update", false, "rewrite "+listFile+", which says what noticed each")
	if err := flags.Parse(args); err != nil {
		return err
	}
	listed, err := readList()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a copy in a folder for what is temporary
	these := chosen(flags.Args())
	if len(these) == 0 {
		return fmt.Errorf("the name of no mutant holds %q", flags.Args())
	}
	if err := copySource(".", dir); err != nil {
		return err
	}
	survivors, broken, made := 0, 0, 0
	for m, v := range verdicts(dir, these, listed) {
		made++
		said := "killed by " + cmp.Or(v.by.test, "a crash of the tests of "+v.by.pkg)
		switch {
		case v.err != nil:
			broken++
			said = "CANNOT BE MADE: " + v.err.Error()
		case v.by == trial{}:
			survivors++
			said = "SURVIVES"
		default:
			listed[m.name] = v.by
		}
		fmt.Fprintf(out, "%-70s %s (%.1f s)\n", m.name, said, v.took.Seconds())
	}
	fmt.Fprintf(out, "%d mutants, %d killed, %d survive\n", made, made-survivors-broken, survivors)
	if survivors+broken > 0 || made < len(these) {
		return fmt.Errorf("%d of %d mutants survive, and %d cannot be made", survivors, made, broken)
	}
	if *update {
		return writeList(listed)
	}
	return nil
}

// chosen are the mutants whose name holds one of the words; without words, all.
func chosen(words []string) []numbered {
	var all []numbered
	for i := range mutants {
		if len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return strings.Contains(mutants[i].name, w) }) {
			all = append(all, numbered{&mutants[i], i + 1})
		}
	}
	return all
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

// killAlone applies the mutant to the copy, runs the tests until one fails, and puts the source back. It returns the
// first test that failed, none when none did.
func (m *mutant) killAlone(dir string, suites ...[]string) (by trial, err error) {
	path := filepath.Join(dir, m.file)
	source, err := os.ReadFile(path)
	if err != nil {
		return trial{}, err
	}
	changed, err := m.apply(string(source))
	if err != nil {
		return trial{}, err
	}
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		return trial{}, err
	}
	defer func() {
		if restored := os.WriteFile(path, source, 0o644); err == nil {
			err = restored
		}
	}()
	for _, args := range suites {
		c := exec.Command("go", append([]string{"test", "-count=1", "-failfast", "-vet=off"}, args...)...)
		c.Dir = dir
		output, failed := c.CombinedOutput()
		if failed == nil {
			continue
		}
		if by.test = firstFailure(output); by.test == "" {
			return trial{}, fmt.Errorf("go test %s: %w\n%s", strings.Join(args, " "), failed, output)
		}
		return by, nil
	}
	return trial{}, nil
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
