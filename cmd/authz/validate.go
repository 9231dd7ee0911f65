package main

import (
	"flag"
	"fmt"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authztest"
	"github.com/trellis-authz/trellis/diag"
)

var validateCommand = command{
	name:  "validate",
	args:  "PATH…",
	short: "Show every error and warning in policies, directories and tests, at once",
	more: `A PATH is a file, or a folder: every policy in it and beneath it, each with the
directory and the tests beside it. The findings go to stderr, sorted, each with
its line and a caret under the word that is meant; the summary goes to stdout.
Exits with 3 when there is an error, and with --strict when there is a warning.`,
	examples: []string{
		"authz validate examples",
		"authz validate --strict examples/ai-hub/ai-hub.policy.yaml",
		"authz validate -o json testdata/mistakes",
	},
	setup: func(flags *flag.FlagSet) action {
		strict := flags.Bool("strict", false, "fail on warnings, too")
		output := format(flags, "text", "json")
		return func(c *console, args []string) int { return c.validate(args, *strict, output.value) }
	},
}

func (c *console) validate(paths []string, strict bool, output string) int {
	if len(paths) == 0 {
		return c.misused("PATH is missing")
	}
	targets, code := c.targets(paths)
	if code != exitYes {
		return code
	}
	var all diag.List
	counts := map[kind]int{}
	for _, t := range targets {
		list, err := c.examine(t, counts)
		if err != nil {
			return c.complain(err)
		}
		all = append(all, list...)
	}
	all = c.files.unify(all)
	errors, warnings := all.Count(diag.Error), all.Count(diag.Warning)
	if output == "json" {
		if code := c.answerJSON(findings(all)); code != exitYes {
			return code
		}
	} else {
		c.report(all)
		fmt.Fprintf(c.out, "%s: %s\n", tallyFiles(counts), c.tally(errors, warnings))
	}
	if errors > 0 || strict && warnings > 0 {
		return exitInvalid
	}
	return exitYes
}

// examine returns everything that is found in a target. What tests name is examined with them.
func (c *console) examine(t target, counts map[kind]int) (diag.List, error) {
	var all diag.List
	if t.policy != "" {
		draft, err := authz.Examine(c.files, t.policy, t.directory)
		if err != nil {
			return nil, err
		}
		all = append(all, draft.Diagnostics...)
		counts[isPolicy]++
		if t.directory != "" {
			counts[isDirectory]++
		}
	}
	for _, file := range t.tests {
		s, err := authztest.Load(c.files, file)
		if err != nil {
			return nil, err
		}
		all = append(all, s.Diagnostics...)
		counts[isTests]++
	}
	return all, nil
}

func (c *console) tally(errors, warnings int) string {
	switch {
	case errors > 0 && warnings > 0:
		return c.answers.red(plural(errors, "error")) + ", " + plural(warnings, "warning")
	case errors > 0:
		return c.answers.red(plural(errors, "error"))
	case warnings > 0:
		return plural(warnings, "warning")
	}
	return c.answers.green("clean")
}

// tallyFiles counts the files: "5 policies, 5 directories, 5 tests files".
func tallyFiles(counts map[kind]int) string {
	s := ""
	for _, k := range []struct {
		kind     kind
		one, all string
	}{{isPolicy, "policy", "policies"}, {isDirectory, "directory", "directories"}, {isTests, "tests file", "tests files"}} {
		n := counts[k.kind]
		if n == 0 {
			continue
		}
		if s != "" {
			s += ", "
		}
		if n == 1 {
			s += "1 " + k.one
		} else {
			s += fmt.Sprintf("%d %s", n, k.all)
		}
	}
	return s
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// finding is a diagnostic as JSON shows it.
type finding struct {
	File       string `json:"file"`
	Line       int    `json:"line"`
	Column     int    `json:"column"`
	Severity   string `json:"severity"`
	Rule       string `json:"rule"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
}

func findings(list diag.List) []finding {
	all := make([]finding, len(list)) // never null: no finding is an empty list
	for i, d := range list {
		all[i] = finding{d.File, d.Line, d.Column, d.Severity.String(), d.Rule, d.Message, d.Suggestion}
	}
	return all
}
