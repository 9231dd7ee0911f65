package main

import (
	"context"
	"encoding/xml"
	"flag"
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authztest"
	"github.com/trellis-authz/trellis/diag"
)

var testCommand = command{
	name:  "test",
	args:  "PATH…",
	short: "Run the tests that policy authors write",
	more: `A PATH is a tests file, or a folder: every NAME.tests.yaml in it and beneath it.
Each failure is shown with its cell, what was expected, what is held, and the rule
that decided. Where a policy, a directory or the tests have an error, everything
that is wrong is shown, no cell is run, and the exit code is 3.`,
	examples: []string{
		"authz test examples",
		"authz test -v examples/refinery-studio",
		"authz test -o junit examples/ai-hub/ai-hub.tests.yaml",
	},
	setup: func(flags *flag.FlagSet) action {
		output := format(flags, "text", "json", "junit")
		verbose := flags.Bool("v", false, "show every cell and check, not only those that fail")
		return func(c *console, args []string) int { return c.test(args, output.value, *verbose) }
	},
}

// suiteRun is a tests file and what came of it.
type suiteRun struct {
	suite   *authztest.Suite
	results []authztest.Result
}

func (c *console) test(paths []string, output string, verbose bool) int {
	if len(paths) == 0 {
		return c.misused("PATH is missing")
	}
	f := c.look(paths)
	if len(f.strays) > 0 {
		return c.misused("%s", strayMessage(f.strays[0]))
	}
	if len(f.errs) > 0 {
		return c.complain(f.errs[0])
	}
	if len(f.tests) == 0 {
		return c.misused("no tests in %s (NAME%s)%s", diag.Printable(strings.Join(paths, ", ")), authz.TestsSuffix, diag.Printable(f.hint()))
	}
	var runs []suiteRun
	var wrong diag.List
	for _, file := range f.tests {
		s, err := authztest.Load(c.files, file)
		if err != nil {
			return c.complain(err)
		}
		wrong = append(wrong, s.Diagnostics.Only(diag.Error)...)
		runs = append(runs, suiteRun{suite: s})
	}
	if len(wrong) > 0 {
		wrong = c.files.unify(wrong)
		c.report(wrong)
		cells, checks := 0, 0
		for _, r := range runs {
			cells, checks = cells+r.suite.Cells, checks+r.suite.Checks
		}
		fmt.Fprintf(c.err, "%s: nothing was run (%s and %s)\n", count(len(wrong), "error"), count(cells, "cell"), count(checks, "check"))
		return exitInvalid
	}
	failed := 0
	for i := range runs {
		runs[i].results = runs[i].suite.Run(context.Background())
		for _, r := range runs[i].results {
			if !r.Passed {
				failed++
			}
		}
	}
	code := exitYes
	switch output {
	case "json":
		code = c.answerJSON(testReport(runs))
	case "junit":
		code = c.writeJUnit(runs)
	default:
		c.writeTests(runs, failed, verbose)
	}
	if code == exitYes && failed > 0 {
		return exitNo
	}
	return code
}

func (c *console) writeTests(runs []suiteRun, failed int, verbose bool) {
	var failures diag.List
	cells, checks := 0, 0
	for _, r := range runs {
		fmt.Fprintf(c.out, "%s\n", diag.Printable(r.suite.File))
		for _, g := range groups(r.results) {
			word := c.answers.green("ok  ")
			if g.failed > 0 {
				word = c.answers.red("FAIL")
			}
			what := "cell"
			if !g.results[0].Cell {
				what = "check"
			}
			fmt.Fprintf(c.out, "  %s  %s (%s", word, diag.Printable(g.name), count(len(g.results), what))
			if g.failed > 0 {
				fmt.Fprintf(c.out, ", %d failed", g.failed)
			}
			fmt.Fprintln(c.out, ")")
			for _, result := range g.results {
				if verbose {
					fmt.Fprintf(c.out, "        %s  %s\n", c.answers.verdict(result.Passed, map[bool]string{true: "ok  ", false: "FAIL"}[result.Passed]), diag.Printable(result.Name))
				}
				if !result.Passed {
					failures = append(failures, result.Failure)
				}
				if result.Cell {
					cells++
				} else {
					checks++
				}
			}
		}
	}
	c.report(failures)
	verdict := c.answers.green("all passed")
	if failed > 0 {
		verdict = c.answers.red(fmt.Sprintf("%d failed", failed))
	}
	fmt.Fprintf(c.out, "%s, %s and %s: %s\n", count(len(runs), "file"), count(cells, "cell"), count(checks, "check"), verdict)
}

// resultGroup is a matrix, or the checks of a file.
type resultGroup struct {
	name    string
	results []authztest.Result
	failed  int
}

func groups(results []authztest.Result) []resultGroup {
	var list []resultGroup
	for _, r := range results {
		if n := len(list); n == 0 || list[n-1].name != r.Group {
			list = append(list, resultGroup{name: r.Group})
		}
		g := &list[len(list)-1]
		g.results = append(g.results, r)
		if !r.Passed {
			g.failed++
		}
	}
	return list
}

type testJSON struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Group   string `json:"group"`
	Name    string `json:"name"`
	Passed  bool   `json:"passed"`
	Message string `json:"message,omitempty"`
}

func testReport(runs []suiteRun) []testJSON {
	list := []testJSON{}
	for _, r := range runs {
		for _, result := range r.results {
			f := result.Failure
			list = append(list, testJSON{r.suite.File, f.Line, f.Column, result.Group, result.Name, result.Passed, f.Message})
		}
	}
	return list
}

// The shape of a JUnit report.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func (c *console) writeJUnit(runs []suiteRun) int {
	var all junitSuites
	for _, r := range runs {
		for _, g := range groups(r.results) {
			s := junitSuite{Name: r.suite.File + ": " + g.name, Tests: len(g.results), Failures: g.failed}
			for _, result := range g.results {
				one := junitCase{Class: r.suite.File + ": " + g.name, Name: result.Name}
				if !result.Passed {
					var text strings.Builder
					_ = result.Failure.Render(&text, diag.Style{}) // a strings.Builder never fails
					one.Failure = &junitFailure{result.Failure.Message, text.String()}
				}
				s.Cases = append(s.Cases, one)
			}
			all.Suites = append(all.Suites, s)
			all.Tests, all.Failures = all.Tests+s.Tests, all.Failures+s.Failures
		}
	}
	fmt.Fprint(c.out, xml.Header)
	e := xml.NewEncoder(c.out)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return c.complain(err)
	}
	fmt.Fprintln(c.out)
	return exitYes
}
