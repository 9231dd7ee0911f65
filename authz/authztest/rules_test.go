package authztest_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authztest"
	"github.com/trellis-authz/trellis/diag"
)

// exampleOf reads an example of a tests file and returns what is wrong with it, failed tests included.
func exampleOf(t *testing.T, text string) diag.List {
	t.Helper()
	const folder = "../../testdata/invalid"
	files := fstest.MapFS{"example.tests.yaml": {Data: []byte(text)}}
	for _, name := range []string{"base.policy.yaml", "base.directory.yaml"} {
		source, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: source}
	}
	suite, err := authztest.Load(files, "example.tests.yaml")
	if err != nil {
		t.Fatal(err)
	}
	list := suite.Diagnostics
	for _, r := range suite.Run(t.Context()) {
		if !r.Passed {
			list = append(list, r.Failure)
		}
	}
	return list
}

func TestTheExampleOfEachRuleOfTestsBreaksItAndNoOther(t *testing.T) {
	tried := 0
	for _, rule := range authz.Rules() {
		if rule.File != "tests" {
			continue
		}
		tried++
		t.Run(rule.Name, func(t *testing.T) {
			if list := exampleOf(t, rule.Example); len(list) != 1 || list[0].Rule != rule.Name || list[0].Severity != rule.Severity {
				t.Errorf("the example is found to be:\n%v", list)
			}
			if list := exampleOf(t, rule.Mended); len(list) > 0 {
				t.Errorf("mended, it is found to be:\n%v", list)
			}
		})
	}
	if tried == 0 {
		t.Error("no rule is about tests files")
	}
}
