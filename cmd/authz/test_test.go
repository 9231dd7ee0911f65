package main

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// failing is the shop with a wrong cell and a wrong check.
func failing(t *testing.T) string {
	t.Helper()
	tests := strings.Replace(shopTests, "| edit | read |", "| edit | edit |", 1)
	return folder(t, map[string]string{
		"shop.policy.yaml":    shopPolicy,
		"shop.directory.yaml": shopDirectory,
		"shop.tests.yaml":     strings.Replace(tests, "as: cleo, cannot", "as: bob, cannot", 1),
	})
}

func TestTestsThatPass(t *testing.T) {
	r := in(shop(t), "test", ".")
	r.ends(t, exitYes)
	want := `shop.tests.yaml
  ok    Who does what: 6 cells
  ok    checks: 3 checks
1 file, 6 cells and 3 checks: all passed
`
	if diff := cmp.Diff(want, r.out); diff != "" || r.err != "" {
		t.Error(diff + r.err)
	}
}

func TestTestsThatFailShowTheCellAndWhatIsHeld(t *testing.T) {
	r := in(failing(t), "test", ".")
	r.ends(t, exitNo)
	holds(t, "stdout", r.out,
		"FAIL  Who does what: 6 cells, 1 failed",
		"shop.tests.yaml:12:37: error[wrong-cell]: expected edit, and Cleo holds read in orders.notes",
		"(shop.policy.yaml:18:13)",
		"  12 |       | orders.notes       | edit | edit |\n     |                                     ^^^^",
		"FAIL  checks: 3 checks, 1 failed",
		"error[failed-check]: expected that bob cannot refund",
		"1 file, 6 cells and 3 checks: 2 failed\n")
}

func TestVerboseListsEveryCell(t *testing.T) {
	r := in(failing(t), "test", "-v", ".")
	r.ends(t, exitNo)
	holds(t, "stdout", r.out, "    ok    orders.notes, Boss\n", "    FAIL  orders.notes, Cleo\n", "    ok    billing @ org:acme, Cleo\n")
	if n := strings.Count(r.out, "\n    ok  ") + strings.Count(r.out, "\n    FAIL"); n != 9 {
		t.Errorf("%d assertions are listed, want 9:\n%s", n, r.out)
	}
}

func TestWithAnErrorInAnyFileNothingIsRun(t *testing.T) {
	dir := mistaken(t)
	for name, text := range map[string]string{"shop.policy.yaml": shopPolicy, "shop.directory.yaml": shopDirectory, "shop.tests.yaml": shopTests} {
		write(t, dir, "good/"+name, text)
	}
	r := in(dir, "test", ".")
	r.ends(t, exitInvalid)
	holds(t, "stderr", r.err, "unknown-level", "unknown-role", "unknown-action", "^^^^")
	if want := "2 files: 3 errors; no cell and no check was run\n"; r.out != want {
		t.Errorf("stdout is %q, want %q", r.out, want)
	}
}

func TestTheSameTestsAreRunOnce(t *testing.T) {
	r := in(shop(t), "test", ".", "shop.tests.yaml", "./shop.tests.yaml")
	r.ends(t, exitYes)
	holds(t, "stdout", r.out, "1 file, 6 cells and 3 checks: all passed")
}

func TestTestsAsJSON(t *testing.T) {
	read := func(r result) (v testView) {
		t.Helper()
		d := json.NewDecoder(strings.NewReader(r.out))
		d.DisallowUnknownFields()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%v\n%s", err, r.out)
		}
		return v
	}
	r := in(failing(t), "test", "-o", "json", ".")
	r.ends(t, exitNo)
	v := read(r)
	if v.Passed || v.Files != 1 || v.Cells != 6 || v.Checks != 3 || v.Failed != 2 || len(v.Results) != 9 || len(v.Diagnostics) != 0 {
		t.Errorf("the run is %+v", v)
	}
	if f := v.Results[1].Failure; v.Results[1].Passed || f == nil || f.File != "shop.tests.yaml" || f.Line != 12 || f.Rule != "wrong-cell" {
		t.Errorf("the failure is %+v", f)
	}
	r = in(shop(t), "test", "-o", "json", ".")
	r.ends(t, exitYes)
	if v := read(r); !v.Passed || v.Failed != 0 {
		t.Errorf("the run is %+v", v)
	}
	r = in(mistaken(t), "test", "-o", "json", ".")
	r.ends(t, exitInvalid)
	if v := read(r); v.Passed || len(v.Diagnostics) != 3 || len(v.Results) != 0 {
		t.Errorf("the run is %+v", v)
	}
}

// junit reads JUnit's XML, and fails the test when it is not well-formed.
func junit(t *testing.T, text string) (suites junitSuites) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("it is not well-formed: %v\n%s", err, text)
		}
	}
	if err := xml.Unmarshal([]byte(text), &suites); err != nil {
		t.Fatal(err)
	}
	return suites
}

func TestTestsAsJUnit(t *testing.T) {
	r := in(failing(t), "test", "-o", "junit", ".")
	r.ends(t, exitNo)
	holds(t, "the XML", r.out, `<?xml version="1.0" encoding="UTF-8"?>`)
	s := junit(t, r.out)
	if s.Tests != 9 || s.Failures != 2 || s.Errors != 0 || len(s.Suites) != 1 || len(s.Suites[0].Cases) != 9 || s.Suites[0].Failures != 2 {
		t.Fatalf("the suites are %+v", s)
	}
	c := s.Suites[0].Cases[1]
	if c.Class != "Who does what" || c.Name != "orders.notes, Cleo" || c.Failure == nil || c.Failure.Type != "wrong-cell" {
		t.Fatalf("the case is %+v", c)
	}
	holds(t, "the failure", c.Failure.Text, "^^^^", "shop.tests.yaml:12:37")
	if s.Suites[0].Cases[0].Failure != nil {
		t.Error("a case that passed has a failure")
	}
}

func TestJUnitEscapesNames(t *testing.T) {
	dir := shop(t)
	nasty := `<&"'> ü`
	write(t, dir, "shop.tests.yaml", strings.NewReplacer("Who does what", `'<&"''> ü'`, "{Boss:", `{"<b>&":`, "| Boss |", `| <b>& |`).Replace(shopTests))
	r := in(dir, "test", "-o", "junit", ".")
	r.ends(t, exitYes)
	c := junit(t, r.out).Suites[0].Cases[0]
	if c.Class != nasty || c.Name != "orders.notes, <b>&" {
		t.Errorf("the case is %+v\n%s", c, r.out)
	}
}

func TestJUnitOfFilesThatDoNotLoadIsNoPass(t *testing.T) {
	r := in(mistaken(t), "test", "-o", "junit", ".")
	r.ends(t, exitInvalid)
	s := junit(t, r.out)
	if s.Errors != 3 || s.Tests != 3 || s.Suites[0].Cases[0].Error == nil {
		t.Errorf("the suites are %+v", s)
	}
	holds(t, "stderr", r.err, "unknown-level") // the log says it, too
}
