package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mistaken is the shop with a mistake in each of its files.
func mistaken(t *testing.T) string {
	t.Helper()
	return folder(t, map[string]string{
		"shop.policy.yaml":    strings.Replace(shopPolicy, "areas: {orders: edit, billing: edit}", "areas: {orders: edti}", 1),
		"shop.directory.yaml": strings.Replace(shopDirectory, "roles: clerk", "roles: clrek", 1),
		"shop.tests.yaml":     strings.Replace(shopTests, "cannot: refund", "cannot: refnd", 1),
	})
}

// warned is the shop with a role that gives nothing: a warning.
func warned(t *testing.T) string {
	t.Helper()
	return folder(t, map[string]string{"shop.policy.yaml": strings.Replace(shopPolicy, "profiles:", "  idle: {at: org}\nprofiles:", 1)})
}

func TestValidateShowsTheMistakesOfAllFilesAtOnceAndEachOnce(t *testing.T) {
	dir := mistaken(t)
	for _, paths := range [][]string{
		{"."},
		{"shop.tests.yaml"}, // it loads what it names
		{"shop.policy.yaml", "shop.directory.yaml", "shop.tests.yaml"},
		{".", "shop.tests.yaml", "./shop.policy.yaml", filepath.Join(dir, "shop.policy.yaml")},
	} {
		r := in(dir, append([]string{"validate"}, paths...)...)
		r.ends(t, exitInvalid)
		if want := "3 files: 3 errors\n"; r.out != want {
			t.Errorf("%v: the summary is %q, want %q", paths, r.out, want)
		}
		for _, want := range []string{
			"shop.directory.yaml:5:48: error[unknown-role]",
			"shop.policy.yaml:24:21: error[unknown-level]",
			"shop.tests.yaml:17:24: error[unknown-action]",
			`did you mean "clerk"?`, `did you mean "edit"?`, `did you mean "refund"?`,
			"^^^^",
		} {
			if n := strings.Count(r.err, want); n != 1 && want != "^^^^" || n == 0 {
				t.Errorf("%v: stderr has %q %d times", paths, want, n)
			}
		}
	}
}

func TestValidateOfACleanFolder(t *testing.T) {
	dir := shop(t)
	for paths, want := range map[string]string{
		".":                                    "3 files: clean\n",
		"shop.tests.yaml":                      "3 files: clean\n",
		"shop.directory.yaml":                  "2 files: clean\n",
		"shop.policy.yaml":                     "1 file: clean\n",
		"shop.policy.yaml shop.directory.yaml": "2 files: clean\n",
	} {
		r := in(dir, append([]string{"validate"}, strings.Fields(paths)...)...)
		r.ends(t, exitYes)
		if r.out != want || r.err != "" {
			t.Errorf("%s: stdout %q, want %q; stderr %q", paths, r.out, want, r.err)
		}
	}
}

func TestWarningsFailOnlyWithStrict(t *testing.T) {
	dir := warned(t)
	r := in(dir, "validate", ".")
	r.ends(t, exitYes)
	holds(t, "stdout", r.out, "1 file: 1 warning")
	holds(t, "stderr", r.err, "warning[")
	in(dir, "validate", "--strict", ".").ends(t, exitInvalid)
	in(shop(t), "validate", "--strict", ".").ends(t, exitYes)
}

func TestValidateWalksFoldersButNotHiddenOnes(t *testing.T) {
	dir := folder(t, map[string]string{
		"a/b/shop.policy.yaml":    shopPolicy,
		"a/b/shop.directory.yaml": shopDirectory,
		"c/bad.policy.yaml":       "version: 2\n",
		".git/bad.policy.yaml":    "version: 3\n",
		"README.md":               "no policy",
	})
	r := in(dir, "validate", ".")
	r.ends(t, exitInvalid)
	holds(t, "stdout", r.out, "3 files: ")
	if holds(t, "stderr", r.err, "c/bad.policy.yaml"); strings.Contains(r.err, ".git") {
		t.Errorf("a hidden folder was read: %s", r.err)
	}
}

func TestADirectoryIsCheckedWithThePolicyBesideIt(t *testing.T) {
	other := "version: 1\nname: other\nscopes: {site: }\nareas: {gates: }\nroles: {guard: {at: site, areas: {gates: edit}}}\n"
	dir := folder(t, map[string]string{
		"one/some.policy.yaml":       shopPolicy,
		"one/shop.directory.yaml":    shopDirectory,
		"two/shop.policy.yaml":       shopPolicy,
		"two/other.policy.yaml":      other,
		"two/shop.directory.yaml":    shopDirectory,
		"none/shop.directory.yaml":   shopDirectory,
		"unsure/a.policy.yaml":       shopPolicy,
		"unsure/b.policy.yaml":       other,
		"unsure/shop.directory.yaml": shopDirectory,
	})
	in(dir, "validate", "one/shop.directory.yaml").ends(t, exitYes)
	in(dir, "validate", "two/shop.directory.yaml").ends(t, exitYes)
	in(dir, "validate", "two").ends(t, exitYes)
	r := in(dir, "validate", "none")
	r.ends(t, exitInvalid)
	holds(t, "stderr", r.err, "none/shop.directory.yaml: error[no-policy]: there is no policy beside it")
	r = in(dir, "validate", "unsure/shop.directory.yaml")
	r.ends(t, exitInvalid)
	holds(t, "stderr", r.err, "there are 2 policies beside it and none of them is shop.policy.yaml")
}

func TestValidateAsJSONIsAnArrayOfFindings(t *testing.T) {
	r := in(mistaken(t), "validate", "-o", "json", ".")
	r.ends(t, exitInvalid)
	var findings []finding
	d := json.NewDecoder(strings.NewReader(r.out))
	d.DisallowUnknownFields()
	if err := d.Decode(&findings); err != nil {
		t.Fatalf("%v\n%s", err, r.out)
	}
	if len(findings) != 3 || r.err != "" {
		t.Fatalf("%d findings; stderr %q", len(findings), r.err)
	}
	f := findings[1]
	f.Message = ""
	if diff := cmp.Diff(finding{"shop.policy.yaml", 24, 21, "error", "unknown-level", "", "edit"}, f); diff != "" {
		t.Error(diff)
	}
	if r := in(shop(t), "validate", "-o", "json", "."); r.out != "[]\n" {
		t.Errorf("without findings it is %q, and not an empty array", r.out)
	}
}

func TestValidateNamesPathsAsTheyWereWritten(t *testing.T) {
	dir := mistaken(t)
	for _, c := range []struct{ from, path, want string }{
		{dir, ".", "shop.policy.yaml:24:21"},
		{filepath.Dir(dir), filepath.Base(dir), filepath.Base(dir) + "/shop.policy.yaml:24:21"},
		{filepath.Dir(dir), filepath.Base(dir) + "/", filepath.Base(dir) + "/shop.policy.yaml:24:21"},
		{t.TempDir(), dir, dir + "/shop.policy.yaml:24:21"},
		{dir, "../" + filepath.Base(dir), "../" + filepath.Base(dir) + "/shop.policy.yaml:24:21"},
		{dir, "../" + filepath.Base(dir) + "/shop.policy.yaml", "../" + filepath.Base(dir) + "/shop.policy.yaml:24:21"},
	} {
		r := in(c.from, "validate", c.path)
		r.ends(t, exitInvalid)
		if !strings.HasPrefix(r.err, c.want) && !strings.Contains(r.err, "\n"+c.want) {
			t.Errorf("%s: no line begins with %q:\n%s", c.path, c.want, r.err)
		}
	}
}

func TestWhatIsNoPolicyIsSaid(t *testing.T) {
	dir := folder(t, map[string]string{
		"empty/README.md":        "",
		"yml/shop.policy.yml":    shopPolicy,
		"two/a.policy.yaml":      shopPolicy,
		"two/b.policy.yaml":      shopPolicy,
		"one/shop.policy.yaml":   shopPolicy,
		"one/a.directory.yaml":   shopDirectory,
		"one/b.directory.yaml":   shopDirectory,
		"one/shop.tests.yaml":    shopTests,
		"one/bad.directory.yaml": "version: 2\n",
	})
	ask := []string{"--as", "bob", "--in", north, "refund"}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"validate", "empty"}, exitUsage, "no policy in empty (NAME.policy.yaml)"},
		{[]string{"validate", "yml"}, exitUsage, "rename yml/shop.policy.yml to yml/shop.policy.yaml"},
		{[]string{"validate", "yml/shop.policy.yml"}, exitUsage, "rename it to yml/shop.policy.yaml"},
		{[]string{"validate", "empty/README.md"}, exitUsage, "empty/README.md is no file of a policy"},
		{[]string{"validate", "nowhere"}, exitFailure, "nowhere: no such file or directory"},
		{[]string{"test", "empty"}, exitUsage, "no tests in empty (NAME.tests.yaml)"},
		{[]string{"test", "one", "two"}, exitUsage, "no tests in two"},
		{[]string{"test", "one/shop.policy.yaml"}, exitUsage, "no tests in one/shop.policy.yaml"},
		{[]string{"test", "nowhere"}, exitFailure, "nowhere: no such file or directory"},
		{append([]string{"check", "empty"}, ask...), exitUsage, "no policy file (NAME.policy.yaml)"},
		{append([]string{"check", "two"}, ask...), exitUsage, "a folder holds one policy"},
		{append([]string{"check", "one"}, ask...), exitUsage, "a folder holds one policy and at most one directory"},
		{append([]string{"check", "one/a.directory.yaml"}, ask...), exitUsage, "one/a.directory.yaml is no policy"},
		{append([]string{"check", "nowhere"}, ask...), exitFailure, "nowhere: no such file or directory"},
		{append([]string{"check", "one", "--directory", "one/c.directory.yaml"}, ask...), exitFailure, "no such file or directory"},
		{append([]string{"check", "one", "--directory", "one/bad.directory.yaml"}, ask...), exitInvalid, "one/bad.directory.yaml:1:10: error["},
		{append([]string{"check", "one", "--directory", "one/b.directory.yaml"}, ask...), exitYes, ""}, // named: not unsure any more
		{[]string{"decide", "two"}, exitUsage, "a folder holds one policy"},
		{[]string{"matrix", "one/bad.directory.yaml"}, exitUsage, "is no policy"},
	} {
		r := in(dir, c.args...)
		if r.code != c.code || !strings.Contains(r.err, c.want) {
			t.Errorf("%v: exit %d, want %d and %q:\n%s", c.args, r.code, c.code, c.want, r.err)
		}
	}
}

func TestWhatCannotBeReadDoesNotHideTheRest(t *testing.T) {
	dir := mistaken(t)
	r := in(dir, "validate", "nowhere", ".")
	r.ends(t, exitFailure)
	holds(t, "stderr", r.err, "nowhere: no such file", "unknown-level")
	holds(t, "stdout", r.out, "3 files: 3 errors, 1 unreadable path")
	r = in(shop(t), "validate", "nowhere")
	if r.ends(t, exitFailure); strings.Contains(r.out, "clean") {
		t.Errorf("what was not read is called clean: %s", r.out)
	}
}

func TestAnInvalidPolicyAnswersNothing(t *testing.T) {
	dir := mistaken(t)
	for _, args := range [][]string{
		{"check", ".", "--as", "bob", "--in", north, "refund"},
		{"explain", ".", "--as", "bob", "--in", north, "refund"},
		{"decide", "."},
		{"matrix", "."},
	} {
		r := in(dir, args...)
		r.ends(t, exitInvalid)
		if holds(t, "stderr", r.err, "error[unknown-level]", "error[unknown-role]"); r.out != "" {
			t.Errorf("%v: stdout has %q", args, r.out)
		}
	}
}

func TestALinkThatLeadsNowhereIsSaid(t *testing.T) {
	dir := shop(t)
	link(t, filepath.Join(dir, "nowhere"), filepath.Join(dir, "gone.policy.yaml"))
	r := in(dir, "validate", ".")
	r.ends(t, exitFailure)
	holds(t, "stderr", r.err, "gone.policy.yaml")
}

// The tests name the policy alone, so it is read twice: for them, under its absolute path, and with its directory.
func TestAFileUnderTwoNamesIsOneFile(t *testing.T) {
	dir := mistaken(t)
	write(t, dir, "shop.tests.yaml", "version: 1\npolicy: shop.policy.yaml\nchecks:\n  - {as: \"\", cannot: refund, in: \""+north+"\"}\n")
	absolute := filepath.ToSlash(filepath.Join(dir, "shop.tests.yaml"))
	r := in(dir, "validate", absolute, "shop.directory.yaml")
	r.ends(t, exitInvalid)
	if want := "3 files: 2 errors\n"; r.out != want {
		t.Errorf("the summary is %q, want %q\n%s", r.out, want, r.err)
	}
	holds(t, "stderr, which names it as it was named first,", r.err, filepath.ToSlash(dir)+"/shop.policy.yaml:24:21: error[unknown-level]")
}

func TestAFileThatTestsNameAndThatIsNotThereIsSaidWhereItIsNamed(t *testing.T) {
	dir := shop(t)
	if err := os.Remove(filepath.Join(dir, "shop.directory.yaml")); err != nil {
		t.Fatal(err)
	}
	r := in(dir, "validate", ".")
	r.ends(t, exitInvalid)
	holds(t, "stderr", r.err, "shop.tests.yaml:3:12: error[missing-file]", "shop.directory.yaml")
	if strings.Contains(r.err, dir) {
		t.Errorf("it names a path that nobody wrote: %s", r.err)
	}
}

// What is there and cannot be read is no mistake in the tests that name it. A link to itself cannot be read even by
// root, who may read everything.
func TestAFileThatCannotBeReadIsOneWhoeverNamesIt(t *testing.T) {
	dir := shop(t)
	if err := os.Remove(filepath.Join(dir, "shop.directory.yaml")); err != nil {
		t.Fatal(err)
	}
	link(t, "shop.directory.yaml", filepath.Join(dir, "shop.directory.yaml"))
	write(t, dir, "other.policy.yaml", shopPolicy)
	const unreadable = "shop.directory.yaml: too many levels of symbolic links\n"
	for _, args := range [][]string{
		{"validate", "."}, {"validate", "./"}, {"validate", "./", ".", "shop.directory.yaml"}, {"validate", "shop.tests.yaml"}, {"validate", "shop.directory.yaml"},
		{"test", "."}, {"test", "shop.tests.yaml"},
		{"check", "shop.policy.yaml", "--directory", "shop.directory.yaml", "--as", "bob", "--in", north, "refund"},
	} {
		r := in(dir, args...)
		r.ends(t, exitFailure)
		holds(t, "stderr", r.err, unreadable)
		if strings.Count(r.err, "shop.directory.yaml") != 1 || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%v says it more than once: %s", args, r.err)
		}
	}
	if r := in(dir, "validate", "."); r.out != "3 files: 1 unreadable path\n" {
		t.Errorf("the summary is %q", r.out)
	}
}

func TestWhatCannotBeReadIsAFindingInJSONToo(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []finding
	}{
		{[]string{"nope"}, []finding{{File: "nope", Severity: "error", Message: "no such file or directory"}}},
		{[]string{".", "nope"}, []finding{{File: "nope", Severity: "error", Message: "no such file or directory"}}},
	} {
		r := in(shop(t), append([]string{"validate", "-o", "json"}, c.args...)...)
		r.ends(t, exitFailure)
		var got []finding
		if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.err != "" {
			t.Fatalf("%v: %s%s", err, r.out, r.err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v: %s", c.args, diff)
		}
	}
}

func TestAFileAtTheRootStandsInTheRoot(t *testing.T) {
	for file, want := range map[string]string{
		"/x.policy.yaml": "/x.directory.yaml", "/a/x.policy.yaml": "/a/x.directory.yaml",
		"x.policy.yaml": "x.directory.yaml", "../x.policy.yaml": "../x.directory.yaml",
	} {
		if got := beside(file, "x.directory.yaml"); got != want {
			t.Errorf("beside %s stands %s, want %s", file, got, want)
		}
	}
}
