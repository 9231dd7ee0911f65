// Command coverage says what share of the library's statements the tests execute, and holds what they do not execute to
// the list of what is defended:
//
//	go test -coverpkg=./... -coverprofile=profile.out ./...
//	go run ./proof/coverage profile.out
//
// It runs at the module's root, and fails when the share is too low, when a statement that is not executed stands in a
// function that proof/uncovered.txt does not name, and when the list names a function of which all is executed.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

const (
	listFile = "proof/uncovered.txt"
	leastPct = 95.0
)

func main() {
	os.Exit(run(os.Args[1:], os.DirFS("."), os.Stdout, os.Stderr))
}

// run returns the exit code: 0, 1 when the tests fall short, 2 when that could not be found out.
func run(args []string, root fs.FS, stdout, stderr io.Writer) int {
	if len(args) != 1 {
		fmt.Fprintln(stderr, "usage: coverage PROFILE, at the module's root")
		return 2
	}
	profile, err := os.Open(args[0])
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	defer profile.Close()
	faults, err := judge(profile, root, stdout)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	for _, f := range faults {
		fmt.Fprintln(stderr, f)
	}
	if len(faults) > 0 {
		return 1
	}
	return 0
}

// judge prints the shares, and returns in what the tests fall short.
func judge(profile io.Reader, root fs.FS, out io.Writer) (faults []string, err error) {
	module, err := moduleOf(root)
	if err != nil {
		return nil, err
	}
	blocks, err := readProfile(profile, module)
	if err != nil {
		return nil, err
	}
	list, err := readList(root)
	if err != nil {
		return nil, err
	}
	if whole := printShares(out, blocks); whole < leastPct {
		faults = append(faults, fmt.Sprintf("the tests execute %.2f %% of the statements: at least %.2f %% are due", whole, leastPct))
	}
	unnamed, stale, err := compare(blocks, list, root)
	return append(append(faults, unnamed...), stale...), err
}

func moduleOf(root fs.FS) (string, error) {
	source, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(source)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", errors.New("go.mod names no module")
}

// entry is a line of the list.
type entry struct {
	line   int
	name   string // "path/file.go:function"
	reason string
}

// readList reads the list. An entry without a reason defends nothing.
func readList(root fs.FS) (list []entry, err error) {
	f, err := root.Open(listFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for n := 1; s.Scan(); n++ {
		text := strings.TrimSpace(s.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		name, reason, ok := strings.Cut(text, ": ")
		if reason = strings.TrimSpace(reason); !ok || reason == "" || !strings.Contains(name, ".go:") {
			return nil, fmt.Errorf("%s:%d: an entry is written path/file.go:function: reason", listFile, n)
		}
		list = append(list, entry{n, name, reason})
	}
	return list, s.Err()
}
