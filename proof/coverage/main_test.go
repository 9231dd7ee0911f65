package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

const code = `package p

func (g *gate) open() bool {
	if g == nil {
		return false
	}
	return true
}

func shut() {
	panic("no")
}

var table = map[string]func() int{
	"one": func() int { return 1 },
}
`

// What package p's own tests executed of it, and what those of package q did.
const profile = `mode: set
example.org/m/p/p.go:3.28,4.14 1 1
example.org/m/p/p.go:4.14,6.3 1 0
example.org/m/p/p.go:7.2,7.13 1 1
example.org/m/p/p.go:10.13,12.2 1 0
example.org/m/p/p.go:15.21,15.31 1 0
example.org/m/q/q.go:1.1,90.2 97 1
example.org/m/q/q.go:91.1,91.2 0 0
example.org/m/proof/x.go:1.1,2.2 500 0
example.org/m/internal/generate/x.go:1.1,2.2 500 0
example.org/other/x.go:1.1,2.2 500 0
example.org/m/p/p.go:3.28,4.14 1 0
example.org/m/p/p.go:4.14,6.3 1 0
example.org/m/p/p.go:7.2,7.13 1 0
example.org/m/p/p.go:10.13,12.2 1 0
example.org/m/p/p.go:15.21,15.31 1 1
`

func module(list string) fstest.MapFS {
	return fstest.MapFS{
		"go.mod":  {Data: []byte("module example.org/m\n\ngo 1.26\n")},
		"p/p.go":  {Data: []byte(code)},
		listFile:  {Data: []byte(list)},
		"q/q.go":  {Data: []byte("package q\n")},
		"skipped": {Data: []byte("not Go")},
	}
}

// check runs the command, and returns its exit code, what it prints, and what it complains of.
func check(t *testing.T, profile, list string) (code int, out, complaints string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "profile.out")
	if err := os.WriteFile(file, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	code = run([]string{file}, module(list), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

const defended = `# what no test executes
p/p.go:gate.open: a gate is never nil
p/p.go:shut: nothing calls it
`

// A block counts once however many test packages write it, and what is no part of the library not at all.
func TestTheSharesAreOfMergedBlocksOfTheLibrary(t *testing.T) {
	code, out, complaints := check(t, profile, defended)
	want := " 60.00 %      3 of     5  p\n100.00 %     97 of    97  q\n 98.04 %    100 of   102  all\n"
	if code != 0 || out != want || complaints != "" {
		t.Errorf("%d\n%s%s\nwant\n%s", code, out, complaints, want)
	}
}

func TestAShareThatIsTooLowFails(t *testing.T) {
	code, _, complaints := check(t, strings.Replace(profile, " 97 1", " 30 1", 1), defended)
	if want := "the tests execute 94.29 % of the statements: at least 95.00 % are due\n"; code != 1 || complaints != want {
		t.Errorf("%d %s", code, complaints)
	}
}

func TestABlockThatNothingExecutesIsNamedInTheList(t *testing.T) {
	code, _, complaints := check(t, profile, "p/p.go:gate.open: a gate is never nil\n")
	if want := "p/p.go:10:13: no test executes this: test it, remove it, or name p/p.go:shut in proof/uncovered.txt\n"; code != 1 || complaints != want {
		t.Errorf("%d %s", code, complaints)
	}
	// A function in a variable is named by the variable.
	code, _, complaints = check(t, strings.Replace(profile, "15.31 1 1", "15.31 1 0", 1), defended)
	if code != 1 || !strings.Contains(complaints, "name p/p.go:table in") {
		t.Errorf("%d %s", code, complaints)
	}
}

func TestAnEntryOfWhatIsCoveredOrGoneFails(t *testing.T) {
	code, _, complaints := check(t, profile, defended+"p/p.go:table: covered\np/p.go:gone: gone\n")
	want := "proof/uncovered.txt:4: p/p.go:table is covered, or gone: remove the entry\n" +
		"proof/uncovered.txt:5: p/p.go:gone is covered, or gone: remove the entry\n"
	if code != 1 || complaints != want {
		t.Errorf("%d %s", code, complaints)
	}
}

// What cannot be read says nothing about the tests, and must not pass for good.
func TestWhatCannotBeReadIsNoPass(t *testing.T) {
	for name, files := range map[string][2]string{
		"an entry without a reason":   {profile, "p/p.go:shut:\n"},
		"an entry without a function": {profile, "p/p.go: nothing calls it\n"},
		"an empty profile":            {"mode: set\n", defended},
		"no profile":                  {"garbage\n", defended},
		"of a file that is gone":      {profile + "example.org/m/p/gone.go:1.1,2.2 1 0\n", defended},
	} {
		if code, _, complaints := check(t, files[0], files[1]); code != 2 || complaints == "" {
			t.Errorf("%s: %d %s", name, code, complaints)
		}
	}
	var stdout, stderr strings.Builder
	if code := run(nil, module(defended), &stdout, &stderr); code != 2 {
		t.Errorf("without a profile: %d", code)
	}
	if code := run([]string{"nosuch.out"}, module(defended), &stdout, &stderr); code != 2 {
		t.Errorf("a profile that is not there: %d", code)
	}
}
