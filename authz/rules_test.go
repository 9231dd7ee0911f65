package authz_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// exampleFiles are what the example of a rule is read with, and the example itself.
func exampleFiles(t *testing.T, rule authz.Rule, text string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"base.policy.yaml", "base.directory.yaml"} {
		source, err := os.ReadFile(filepath.Join(invalid, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: source}
	}
	// A line of "# …" stands for as many as it takes to be too large.
	const filler = "# …\n"
	if before, after, ok := strings.Cut(text, filler); ok {
		line := "# …\n"
		if rule.File == "query" {
			line = "    "
		}
		text = before + strings.Repeat(line, 4<<20/len(line)+1) + after
	}
	files["example."+rule.File+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	return files
}

// findExample returns what is found in the example of a rule.
func findExample(t *testing.T, rule authz.Rule, text string) diag.List {
	t.Helper()
	files := exampleFiles(t, rule, text)
	switch rule.File {
	case "policy":
		return readTogether(t, files, authz.Files{Policy: "example.policy.yaml"})
	case "directory":
		return readTogether(t, files, authz.Files{Policy: "base.policy.yaml", Directory: "example.directory.yaml"})
	case "tests":
		return readTogether(t, files, authz.Files{Tests: []string{"example.tests.yaml"}})
	}
	t.Fatalf("%s: a rule is not about a %q file", rule.Name, rule.File)
	return nil
}

// askExample returns what is wrong with a line of JSON, as the answer to it says.
func askExample(t *testing.T, rule authz.Rule, text string) string {
	t.Helper()
	files := exampleFiles(t, rule, text)
	engine, err := authz.Load(files, "base.policy.yaml", "base.directory.yaml")
	if err != nil {
		t.Fatal(err)
	}
	query, err := authz.ParseQuery(1, files["example.query.yaml"].Data)
	if err != nil {
		return err.Error()
	}
	answer := engine.Answer(t.Context(), query)
	if answer.Reason != authz.InvalidRequest {
		return ""
	}
	return answer.Err.Error()
}

func TestTheExampleOfEachRuleBreaksItAndNoOther(t *testing.T) {
	for _, rule := range authz.Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			switch rule.File {
			case "model", "command", "large": // no file that is shown can hold it
				if rule.Example != "" || rule.Mended != "" {
					t.Error("the example is not read")
				}
				return
			case "query":
				tag := fmt.Sprintf("%s[%s]", rule.Severity, rule.Name)
				if got := askExample(t, rule, rule.Example); strings.Count(got, "error[") != 1 || !strings.Contains(got, tag) {
					t.Errorf("the example is answered with %q", got)
				}
				if got := askExample(t, rule, rule.Mended); got != "" {
					t.Errorf("mended, it is answered with %q", got)
				}
				return
			}
			list := findExample(t, rule, rule.Example)
			if len(list) != 1 || list[0].Rule != rule.Name || list[0].Severity != rule.Severity {
				t.Errorf("the example is found to be:\n%v", list)
			}
			if list := findExample(t, rule, rule.Mended); len(list) > 0 {
				t.Errorf("mended, it is found to be:\n%v", list)
			}
		})
	}
}

// What no file can hold, a policy that is built in Go can.
func TestAreasThatNestTooDeepAreRefused(t *testing.T) {
	area := roles.Area{Name: "leaf"}
	for range roles.MaxAreaDepth {
		area = roles.Area{Name: "a", Areas: []roles.Area{area}}
	}
	_, err := authz.New(authz.Policy{Name: "deep", Scopes: []scope.Kind{{Name: "org"}}, Areas: []roles.Area{area, {Name: "b"}}}, nil)
	list := diag.From(err)
	if len(list) != 1 || list[0].Rule != "area-depth" {
		t.Errorf("found %v", err)
	}
	if _, err := authz.New(authz.Policy{Name: "deep", Scopes: []scope.Kind{{Name: "org"}}, Areas: area.Areas}, nil); err != nil {
		t.Errorf("a level less: %v", err)
	}
}

func TestRulesAreSortedUniqueAndDocumented(t *testing.T) {
	rules := authz.Rules()
	var names []string
	for _, rule := range rules {
		names = append(names, rule.Name)
		sentences := strings.Count(rule.Doc+" ", ". ")
		if !strings.HasSuffix(rule.Doc, ".") || sentences < 1 || sentences > 3 {
			t.Errorf("%s has %d sentences, and 1 to 3 are due: %s", rule.Name, sentences, rule.Doc)
		}
	}
	if diff := cmp.Diff(slices.Compact(slices.Sorted(slices.Values(names))), names); diff != "" {
		t.Error(diff)
	}
}

// How the sources name a rule: in a call that reports it, in a field, a constant or a table, or, for YAML and JSON
// alike, by what follows the format.
var (
	reported = regexp.MustCompile(`(\w+)\.(?:Errorf|Warnf|Unknown|Suggest|report|fail|diagnose)\("([a-z]+(?:-[a-z]+)*)"`)
	held     = regexp.MustCompile(`(?:\b[rR]ule(?::| =| :=| \w+ =)|\bRule\w+ +=|PermissionError\{\w+,|\b(?:Malformed|UnknownKind|BadNesting):|\.Rule, e\.Message =) *"([a-z]+(?:-[a-z]+)*)"`)
	shared   = regexp.MustCompile(`refuse\(\w+, "(-[a-z]+)"`)
)

// rulesInSources returns the names of the rules that the sources of the library mention, and where.
func rulesInSources(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("..", func(file string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != ".." && (strings.HasPrefix(name, ".") || slices.Contains([]string{"testdata", "examples", "bench"}, name)):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		case strings.HasPrefix(name, "rules") && filepath.Base(filepath.Dir(file)) == "authz": // the documentation itself
			return nil
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, m := range reported.FindAllSubmatch(source, -1) {
			if string(m[1]) != "fmt" {
				found[string(m[2])] = file
			}
		}
		for _, m := range held.FindAllSubmatch(source, -1) {
			found[string(m[1])] = file
		}
		for _, m := range shared.FindAllSubmatch(source, -1) {
			found["yaml"+string(m[1])], found["json"+string(m[1])] = file, file
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEveryRuleInTheSourcesIsDocumentedAndNoOther(t *testing.T) {
	sources := rulesInSources(t)
	documented := map[string]bool{}
	for _, rule := range authz.Rules() {
		documented[rule.Name] = true
		if sources[rule.Name] == "" {
			t.Errorf("%s is documented, and nothing reports it", rule.Name)
		}
	}
	for name, file := range sources {
		if !documented[name] {
			t.Errorf("%s reports %s, which is not documented", file, name)
		}
	}
}

// The page of all rules is made of their documentation, and of what the examples really print.
func TestThePageOfRulesIsWhatTheRulesAre(t *testing.T) {
	const page = "../docs/rules.md"
	var b strings.Builder
	b.WriteString("# Rules\n\nEvery diagnostic names its rule: `error[unknown-area]`. These are all of them, by name. " +
		"Warnings load; `authz validate --strict` refuses them.\nExamples of directories are read with " +
		"[this policy](../testdata/invalid/base.policy.yaml), examples of tests and of queries with " +
		"[this directory](../testdata/invalid/base.directory.yaml), too.\n\n" +
		"This page is generated: `go test ./authz -run ThePageOfRules -update`.\n")
	for _, rule := range authz.Rules() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", rule.Name, rule.Doc)
		if rule.Severity == diag.Warning {
			b.WriteString("This is a warning.\n")
		}
		language := "yaml"
		switch rule.File {
		case "model":
			b.WriteString("Only a policy that is built in Go can have this mistake.\n")
			continue
		case "command":
			b.WriteString("Only `authz validate` reports it.\n")
			continue
		case "large":
			b.WriteString("It takes a very large file.\n")
			continue
		case "query":
			language = "json"
		}
		fmt.Fprintf(&b, "\n```%s\n%s\n```\n", language, strings.TrimSuffix(shown(rule.Example), "\n"))
		fmt.Fprintf(&b, "\n```text\n%s\n```\n", strings.TrimSuffix(printed(t, rule), "\n"))
		fmt.Fprintf(&b, "\nMended:\n\n```%s\n%s\n```\n", language, strings.TrimSuffix(rule.Mended, "\n"))
	}
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (run with -update, and read the diff):\n%s", page, diff)
	}
}

// shown is an example as the page can hold it: in UTF-8, whatever the example is, and without very long lines.
func shown(example string) string {
	lines := strings.SplitAfter(strings.ToValidUTF8(example, "<E9>"), "\n")
	for i, line := range lines {
		if runes := []rune(line); len(runes) > 200 {
			lines[i] = string(runes[:200]) + "…\n"
		}
	}
	return strings.Join(lines, "")
}

func printed(t *testing.T, rule authz.Rule) string {
	t.Helper()
	if rule.File == "query" {
		return askExample(t, rule, rule.Example)
	}
	var b strings.Builder
	_ = findExample(t, rule, rule.Example).Render(&b, diag.Style{}) // a strings.Builder never fails
	return b.String()
}
