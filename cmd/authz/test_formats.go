package main

import (
	"encoding/xml"
	"fmt"

	"github.com/trellis-authz/trellis/diag"
)

// testView is a run of tests as JSON shows it.
type testView struct {
	Passed      bool         `json:"passed"`
	Files       int          `json:"files"`
	Cells       int          `json:"cells"`
	Checks      int          `json:"checks"`
	Failed      int          `json:"failed"`
	Diagnostics []finding    `json:"diagnostics"` // with any of them nothing was run
	Results     []resultView `json:"results"`
}

type resultView struct {
	File    string   `json:"file"`
	Group   string   `json:"group"` // the name of the matrix, or "checks"
	Name    string   `json:"name"`
	Cell    bool     `json:"cell"`
	Passed  bool     `json:"passed"`
	Failure *finding `json:"failure,omitempty"`
}

func (run *testRun) view() testView {
	v := testView{
		Passed:      run.results != nil && run.failed == 0,
		Files:       len(run.suites),
		Cells:       run.cells,
		Checks:      run.checks,
		Failed:      run.failed,
		Diagnostics: findingsOf(run.diagnostics),
		Results:     []resultView{},
	}
	for i, results := range run.results {
		for _, r := range results {
			view := resultView{File: run.suites[i].File, Group: r.Group, Name: r.Name, Cell: r.Cell, Passed: r.Passed}
			if !r.Passed {
				f := findingOf(r.Failure)
				view.Failure = &f
			}
			v.Results = append(v.Results, view)
		}
	}
	return v
}

// The elements of JUnit's XML that every reader of it knows. There is no standard; attributes that only some readers
// take are left out. encoding/xml escapes names, and replaces the characters that XML cannot hold at all.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitProblem `xml:"failure"`
	Error   *junitProblem `xml:"error"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func problem(d diag.Diagnostic) *junitProblem { return &junitProblem{d.Message, d.Rule, plain(d)} }

// writeJUnit writes a suite for each file. When nothing was run, each finding stands as a case with an error, so
// that no reader takes the file for tests that passed.
func (run *testRun) writeJUnit(c *console) {
	top := junitSuites{Name: "authz test"}
	if run.results == nil {
		top.add(run.broken())
	}
	for i, results := range run.results {
		s := junitSuite{Name: run.suites[i].File}
		for _, r := range results {
			t := junitCase{Class: r.Group, Name: r.Name}
			if !r.Passed {
				t.Failure = problem(r.Failure)
			}
			s.add(t)
		}
		top.add(s)
	}
	fmt.Fprint(c.out, xml.Header)
	e := xml.NewEncoder(c.out)
	e.Indent("", "  ")
	if err := e.Encode(top); err == nil { // an error is one of writing: it sticks to c.out, and is reported at the end
		fmt.Fprintln(c.out)
	}
}

func (run *testRun) broken() junitSuite {
	s := junitSuite{Name: "loading"}
	for _, d := range run.diagnostics.Only(diag.Error) {
		s.add(junitCase{Class: d.File, Name: d.Position.String() + " " + d.Rule, Error: problem(d)})
	}
	return s
}

func (s *junitSuite) add(t junitCase) {
	s.Tests++
	if t.Failure != nil {
		s.Failures++
	}
	if t.Error != nil {
		s.Errors++
	}
	s.Cases = append(s.Cases, t)
}

func (s *junitSuites) add(suite junitSuite) {
	s.Tests += suite.Tests
	s.Failures += suite.Failures
	s.Errors += suite.Errors
	s.Suites = append(s.Suites, suite)
}
