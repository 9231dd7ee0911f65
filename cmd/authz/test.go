package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authztest"
	"github.com/trellis-authz/trellis/diag"
)

var testCommand = command{
	name:  "test",
	args:  "[-v] [--strict] PATH…",
	short: "Run the tests of policies: matrices and checks",
	more: `A PATH is a tests file (NAME.tests.yaml), or a folder that is searched for them with all that are in it,
except hidden ones and links to folders. What has nearly the name of a tests file, and such a link, is warned
about. Every cell and every check is an assertion; one that fails is shown with what was expected, what is held,
and the rule that decided. With an error in any of the files nothing is run.`,
	examples: []string{
		"authz test examples",
		"authz test -v examples/ai-hub/ai-hub.tests.yaml",
		"authz test -o junit examples/ai-hub",
	},
	setup: func(flags *flag.FlagSet) action {
		verbose := flags.Bool("v", false, "list every cell and every check")
		strict := flags.Bool("strict", false, "let it fail, too, when something was passed over")
		output := format(flags, "text", "json", "junit")
		return func(c *console, args []string) int { return c.test(args, *verbose, *strict, output.value) }
	},
}

// testRun is the tests files that were found, and how they went.
type testRun struct {
	suites      []*authztest.Suite
	results     [][]authztest.Result // in step with suites; nil when nothing was run
	diagnostics diag.List            // when nothing was run: why
	cells       int
	checks      int
	failed      int
	passed      int // how much was passed over
}

func (c *console) test(paths []string, verbose, strict bool, output string) int {
	if len(paths) == 0 {
		return c.misused("PATH is missing: name a tests file or a folder")
	}
	suites, over, code := c.suites(paths)
	if code != exitYes {
		return code
	}
	run := c.runTests(suites)
	run.passed = len(over)
	c.warn(over)
	switch output {
	case "json":
		c.answerJSON(run.view())
	case "junit":
		c.report(run.diagnostics) // a log shows what is wrong; who reads the XML finds it there as well
		run.writeJUnit(c)
	default:
		c.report(run.diagnostics)
		run.writeText(c, verbose)
	}
	switch {
	case run.results == nil:
		return exitInvalid
	case run.failed > 0:
		return exitNo
	case strict && run.passed > 0:
		return exitInvalid
	}
	return exitYes
}

// suites loads the tests that the PATHs lead to, and names what was passed over on the way. A PATH that leads to none is a mistake: a run that tests nothing
// must not look like one that passes.
func (c *console) suites(paths []string) ([]*authztest.Suite, []passed, int) {
	var suites []*authztest.Suite
	all := c.look(paths)
	if len(all.errs) > 0 {
		for _, err := range all.errs {
			c.complain(err)
		}
		return nil, nil, exitFailure
	}
	for _, path := range paths {
		if f := c.look([]string{path}); len(f.tests) == 0 {
			f.passed = ofTests(f.passed)
			return nil, nil, c.misused("no tests in %s (NAME%s)%s", diag.Printable(path), authz.TestsSuffix, f.hint())
		}
	}
	for _, file := range all.tests {
		s, err := authztest.Load(c.files, file)
		if err != nil {
			return nil, nil, c.complain(unreadable(err))
		}
		suites = append(suites, s)
	}
	return suites, ofTests(all.passed), exitYes
}

// ofTests leaves out what may be a policy or a directory: tests name those that they are about.
func ofTests(list []passed) []passed {
	return slices.DeleteFunc(list, func(p passed) bool { return p.kind == isPolicy || p.kind == isDirectory })
}

func (c *console) runTests(suites []*authztest.Suite) *testRun {
	run := &testRun{suites: suites}
	var all diag.List
	for _, s := range suites {
		all = append(all, s.Diagnostics...)
		run.cells += s.Cells
		run.checks += s.Checks
	}
	if all.Err() != nil {
		run.diagnostics = c.files.unify(all)
		return run
	}
	for _, s := range suites {
		results := s.Run(context.Background())
		for _, r := range results {
			if !r.Passed {
				run.failed++
			}
		}
		run.results = append(run.results, results)
	}
	return run
}

// group is a matrix, or the checks of a file.
type group struct {
	name    string
	cells   bool
	results []authztest.Result
	failed  int
}

// groups cuts the results of a file, which come in its order, into matrices and checks.
func groups(results []authztest.Result) []group {
	var list []group
	for i, r := range results {
		if n := len(list); n == 0 || list[n-1].name != r.Group || list[n-1].cells != r.Cell {
			list = append(list, group{name: r.Group, cells: r.Cell})
		}
		g := &list[len(list)-1]
		if !r.Passed {
			g.failed++
		}
		g.results = append(g.results, results[i])
	}
	return list
}

func (g group) size() string {
	if g.cells {
		return count(len(g.results), "cell")
	}
	return count(len(g.results), "check")
}

func (run *testRun) writeText(c *console, verbose bool) {
	if run.results == nil {
		fmt.Fprintf(c.out, "%s: %s; no cell and no check was run\n", count(len(run.suites), "file"),
			tally(run.diagnostics.Count(diag.Error), run.diagnostics.Count(diag.Warning), 0))
		return
	}
	for i, results := range run.results {
		fmt.Fprintln(c.out, diag.Printable(run.suites[i].File))
		for _, g := range groups(results) {
			g.writeText(c, verbose)
		}
	}
	end := c.answers.green("all passed")
	if run.failed > 0 {
		end = c.answers.red(fmt.Sprintf("%d failed", run.failed))
	}
	if run.passed > 0 {
		end += fmt.Sprintf("; %d passed over", run.passed)
	}
	fmt.Fprintf(c.out, "%s, %s and %s: %s\n", count(len(run.suites), "file"), count(run.cells, "cell"), count(run.checks, "check"), end)
}

func (g group) writeText(c *console, verbose bool) {
	failed := ""
	if g.failed > 0 {
		failed = fmt.Sprintf(", %d failed", g.failed)
	}
	fmt.Fprintf(c.out, "  %s  %s: %s%s\n", c.mark(g.failed == 0), diag.Printable(g.name), g.size(), failed)
	for _, r := range g.results {
		if verbose {
			fmt.Fprintf(c.out, "    %s  %s\n", c.mark(r.Passed), diag.Printable(r.Name))
		}
		if !r.Passed {
			// A write error sticks to c.out, and is reported at the end.
			_ = r.Failure.Render(c.out, diag.Style{Color: bool(c.answers)})
		}
	}
}

func (c *console) mark(passed bool) string {
	if passed {
		return c.answers.green("ok  ")
	}
	return c.answers.red("FAIL")
}

// plain renders a diagnostic without color, for XML.
func plain(d diag.Diagnostic) string {
	var b strings.Builder
	_ = d.Render(&b, diag.Style{}) // a strings.Builder never fails
	return b.String()
}
