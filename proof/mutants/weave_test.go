package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A function begins by asking for the mutants of it, and stands once more for each; what cannot be left to another
// function by its name is apart.
func TestAMutantIsACopyOfItsFunction(t *testing.T) {
	const head = "package p\n\n"
	for _, c := range []struct{ source, old, woven string }{
		{"func f(a, b int) bool { return a < b }\n", "<",
			"func f(a, b int) bool { switch mutantMade { case 7: return mutant7f(a, b); }; return a < b }\n" +
				"\nfunc mutant7f(a, b int) bool { return a >= b }\n"},
		{"func (s *S[T]) f(all ...int) {\n\tg(s < nil)\n}\n", "<",
			"func (s *S[T]) f(all ...int) { switch mutantMade { case 7: s.mutant7f(all...); return; };\n\tg(s < nil)\n}\n" +
				"\nfunc (s *S[T]) mutant7f(all ...int) {\n\tg(s >= nil)\n}\n"},
		{"func f() (a bool) { a = func() bool { return 1 < 2 }(); return }\n", "<",
			"func f() (a bool) { switch mutantMade { case 7: return mutant7f(); }; a = func() bool { return 1 < 2 }(); return }\n" +
				"\nfunc mutant7f() (a bool) { a = func() bool { return 1 >= 2 }(); return }\n"},
		{"func f() bool { return 1 < 2 && 2 < 3 }\n", "<", ""}, // in two places
		{"const c = 1 < 2\n", "<", ""},
		{"var v = func() bool { return 1 < 2 }\n", "<", ""},
		{"func f(_ int) bool { return 1 < 2 }\n", "<", ""},
		{"func f(int) bool { return 1 < 2 }\n", "<", ""},
		{"func (S) f() bool { return 1 < 2 }\n", "<", ""},
		{"func f[T any](a T) bool { return 1 < 2 }\n", "<", ""},
	} {
		m := numbered{&mutant{old: c.old, new: ">="}, 7}
		woven, pkg, apart, err := weave(head+c.source, []numbered{m})
		if err != nil || pkg != "p" {
			t.Errorf("%s: %s, %v", c.source, pkg, err)
		}
		if want := c.woven == ""; len(apart) == 1 != want {
			t.Errorf("%s: %d are apart", c.source, len(apart))
		}
		if c.woven == "" {
			c.woven = c.source
		}
		if woven != head+c.woven {
			t.Errorf("%s is woven as\n%s", c.source, woven)
		}
	}
}

// Two mutants of one function are two copies of it, each with one change.
func TestMutantsOfOneFunctionAreApartFromEachOther(t *testing.T) {
	woven, _, _, err := weave("package p\n\nfunc f() bool { return a < b && c > d }\n", []numbered{
		{&mutant{old: "a < b", new: "true"}, 1}, {&mutant{old: "c > d", new: "true"}, 2},
	})
	want := "package p\n\nfunc f() bool { switch mutantMade { case 1: return mutant1f(); case 2: return mutant2f(); }; return a < b && c > d }\n" +
		"\nfunc mutant1f() bool { return true && c > d }\n\nfunc mutant2f() bool { return a < b && true }\n"
	if err != nil || woven != want {
		t.Errorf("%v\n%s", err, woven)
	}
}

// The source with all mutants of a file is Go, and nearly all of them are woven: one that is apart is compiled by itself.
func TestTheMutantsAreWoven(t *testing.T) {
	byFile := map[string][]numbered{}
	for _, m := range chosen(nil) {
		byFile[m.file] = append(byFile[m.file], m)
	}
	n := 0
	for file, all := range byFile {
		source, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		woven, _, apart, err := weave(string(source), all)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), file, woven, 0); err != nil {
			t.Error(err)
		}
		for _, m := range apart {
			n++
			t.Logf("apart: %s", m.name)
		}
	}
	if n > 3 {
		t.Errorf("%d mutants are apart: 3 are as many as a run has time for", n)
	}
}

// The list of what noticed each mutant names mutants and tests that are there.
func TestTheListNamesWhatIsThere(t *testing.T) {
	listed, err := readList()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants {
		by, ok := listed[m.name]
		if !ok {
			continue // its packages are asked
		}
		delete(listed, m.name)
		tests, err := filepath.Glob(filepath.Join("..", "..", by.pkg, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		there := false
		for _, path := range tests {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			there = there || strings.Contains(string(source), "\nfunc "+by.test+"(")
		}
		if !there {
			t.Errorf("%s: there is no test %s in %s; go run ./proof/mutants -update writes the list", m.name, by.test, by.pkg)
		}
	}
	for name := range listed {
		t.Errorf("there is no mutant %q; go run ./proof/mutants -update writes the list", name)
	}
}
