package main

import (
	"flag"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authztest"
	"github.com/trellis-authz/trellis/diag"
)

var validateCommand = command{
	name:  "validate",
	args:  "[--strict] PATH…",
	short: "Show every error and warning in policies, directories and tests at once",
	more: `A PATH is a file or a folder; a folder is searched with all that are in it, except hidden ones and links to
folders. What has nearly the name of a file that is read, and such a link, is warned about.
A tests file is checked with the policy and the directory that it names, a directory with the one
policy beside it (or, of several, the one of its name). Every finding goes to stderr with its line,
and a summary to stdout; with -o json everything goes to stdout, as an array.`,
	examples: []string{
		"authz validate examples",
		"authz validate --strict examples/ai-hub/ai-hub.policy.yaml",
		"authz validate -o json examples/ai-hub",
	},
	setup: func(flags *flag.FlagSet) action {
		strict := flags.Bool("strict", false, "let warnings fail, too")
		output := format(flags, "text", "json")
		return func(c *console, args []string) int { return c.validate(args, *strict, output.value) }
	},
}

func (c *console) validate(paths []string, strict bool, output string) int {
	if len(paths) == 0 {
		return c.misused("PATH is missing: name a file or a folder")
	}
	f := c.look(paths)
	v := validation{console: c, found: f, covered: map[string]bool{}}
	if len(f.strays) > 0 {
		return c.misused("%s", strayMessage(f.strays[0]))
	}
	for _, path := range paths {
		if f := c.look([]string{path}); f.all()+len(f.errs) == 0 {
			return c.misused("no policy in %s (NAME%s)%s", diag.Printable(path), authz.PolicySuffix, f.hint())
		}
	}
	v.run()
	list := c.files.unify(v.list)
	errors, warnings := list.Count(diag.Error), list.Count(diag.Warning)+len(f.passed)
	if output == "json" {
		c.answerJSON(append(findingsOf(list), f.findings()...))
	} else {
		c.report(list)
		c.warn(f.passed)
		fmt.Fprintf(c.out, "%s: %s\n", count(len(c.files.opened), "file"), tally(errors, warnings, len(f.errs)))
		for _, err := range f.errs {
			c.complain(err)
		}
	}
	switch {
	case len(f.errs) > 0:
		return exitFailure
	case errors > 0 || strict && warnings > 0:
		return exitInvalid
	}
	return exitYes
}

func strayMessage(path string) string {
	if p, ok := meant(path); ok {
		return diag.Printable(p.String())
	}
	return fmt.Sprintf("%s is no file of a policy: their names end in %s, %s or %s",
		diag.Printable(path), authz.PolicySuffix, authz.DirectorySuffix, authz.TestsSuffix)
}

// validation goes from what covers most to what covers least: tests read a policy and a directory, a directory is
// checked with its policy, and only what is left is checked by itself. So nothing is compiled without need.
type validation struct {
	*console
	*found
	list    diag.List
	covered map[string]bool // policies and directories that were checked with what read them
}

func (v *validation) run() {
	for _, file := range v.tests {
		s, err := authztest.Load(v.files, file)
		if err != nil {
			v.fail(err)
			continue
		}
		v.list = append(v.list, s.Diagnostics...)
		if !hasRule(s.Diagnostics, "missing-file") { // then the others were not read, either
			v.cover(s.Policy, s.Directory)
		}
	}
	for _, file := range v.directories {
		if v.covered[v.files.key(file)] {
			continue
		}
		policy, why := v.policyBeside(file)
		if policy == "" {
			v.list = append(v.list, diag.Diagnostic{Position: diag.Position{File: file}, Rule: "no-policy", Message: why})
			continue
		}
		v.examine(policy, file)
	}
	for _, file := range v.policies {
		if !v.covered[v.files.key(file)] {
			v.examine(file, "")
		}
	}
}

func (v *validation) examine(policy, directory string) {
	draft, err := authz.Examine(v.files, policy, directory)
	if err != nil {
		v.fail(err)
		return
	}
	v.list = append(v.list, draft.Diagnostics...)
	v.cover(policy, directory)
}

func (v *validation) cover(names ...string) {
	for _, name := range names {
		if name != "" {
			v.covered[v.files.key(name)] = true
		}
	}
}

// policyBeside names the policy that a directory belongs to, or says why there is none.
func (v *validation) policyBeside(directory string) (policy, why string) {
	entries, err := fs.ReadDir(v.files.folder(folderOf(directory)), ".")
	if err != nil {
		return "", fmt.Sprintf("the folder cannot be searched for its policy: %v", err)
	}
	var policies []string
	for _, entry := range entries {
		if name := entry.Name(); kindOf(name) == isPolicy && !entry.IsDir() {
			if stem(name) == stem(directory) {
				return beside(directory, name), ""
			}
			policies = append(policies, name)
		}
	}
	switch len(policies) {
	case 0:
		return "", "there is no policy beside it (NAME" + authz.PolicySuffix + "): a directory is checked with its policy"
	case 1:
		return beside(directory, policies[0]), ""
	}
	return "", fmt.Sprintf("there are %d policies beside it and none of them is %s%s, so it cannot be known which is meant", len(policies), stem(directory), authz.PolicySuffix)
}

func hasRule(list diag.List, rule string) bool {
	for _, d := range list {
		if d.Rule == rule {
			return true
		}
	}
	return false
}

// finding is a diagnostic as JSON shows it.
type finding struct {
	File       string `json:"file"`
	Line       int    `json:"line"`
	Column     int    `json:"column"`
	Severity   string `json:"severity"`
	Rule       string `json:"rule"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion"`
}

func findingOf(d diag.Diagnostic) finding {
	return finding{filepath.ToSlash(d.File), d.Line, d.Column, d.Severity.String(), d.Rule, d.Message, d.Suggestion}
}

// findings are of what could not be read and of what was passed over. No rule is about that: it is in no file.
func (f *found) findings() []finding {
	var list []finding
	for _, err := range f.errs {
		x := finding{Severity: diag.Error.String(), Message: err.Error()}
		if e, ok := err.(*fs.PathError); ok {
			x.File, x.Message = e.Path, e.Err.Error()
		}
		list = append(list, x)
	}
	for _, p := range f.passed {
		list = append(list, finding{File: p.path, Severity: diag.Warning.String(), Message: p.String()})
	}
	return list
}

// findingsOf returns an array that is never null.
func findingsOf(list diag.List) []finding {
	findings := make([]finding, len(list))
	for i, d := range list {
		findings[i] = findingOf(d)
	}
	return findings
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// tally sums up what was found. Only what was read whole can be clean.
func tally(errors, warnings, unreadable int) string {
	var parts []string
	for _, part := range []struct {
		n    int
		noun string
	}{{errors, "error"}, {warnings, "warning"}, {unreadable, "unreadable path"}} {
		if part.n > 0 {
			parts = append(parts, count(part.n, part.noun))
		}
	}
	if len(parts) == 0 {
		return "clean"
	}
	return strings.Join(parts, ", ")
}
