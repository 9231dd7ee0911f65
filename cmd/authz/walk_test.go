package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// link makes a symbolic link.
func link(t *testing.T, to, from string) {
	t.Helper()
	skipOn(t, os.Symlink(to, from), "windows") // who may make links there is a setting
}

// skipOn skips a test that a system cannot run. Anywhere else the error fails it: a test that is skipped where it could
// run shows nothing, and nobody sees that.
func skipOn(t *testing.T, err error, systems ...string) {
	t.Helper()
	switch {
	case err == nil:
	case slices.Contains(systems, runtime.GOOS):
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

// passing is what TestTestsThatPass expects of the shop's tests.
const passing = "1 file, 6 cells and 3 checks: all passed"

func TestFilesThatAreNearlyNamedAsTestsAreNotPassedOverWithoutAWord(t *testing.T) {
	dir := shop(t)
	wrong := strings.Replace(shopTests, "| edit | read |", "| none | none |", 1)
	want := map[string]string{}
	for name, to := range map[string]string{
		"b.tests.yml": "b.tests.yaml", "c.test.yaml": "c.tests.yaml", "sub/d.test.yml": "sub/d.tests.yaml",
		"e.Tests.YAML": "e.tests.yaml", "tests.yaml": "NAME.tests.yaml", "f.testss.yaml": "f.tests.yaml",
	} {
		write(t, dir, name, wrong)
		want[name] = "authz test: warning: " + name + " is not read under that name; rename it to " + to + "\n"
	}
	for _, name := range []string{"README.md", "g.yaml", "h.rest.yaml", ".git/i.tests.yml", "far/tests.yaml", "policy.txt"} {
		write(t, dir, name, wrong) // none of these is meant for tests
	}
	r := in(dir, "test", ".")
	r.ends(t, exitYes)
	holds(t, "stdout", r.out, passing+"; 6 passed over\n")
	for name, warning := range want {
		if strings.Count(r.err, warning) != 1 {
			t.Errorf("of %s stderr does not say once %q:\n%s", name, warning, r.err)
		}
	}
	if n := strings.Count(r.err, "\n"); n != len(want) {
		t.Errorf("there are %d lines on stderr, want %d:\n%s", n, len(want), r.err)
	}
	in(dir, "test", "--strict", ".").ends(t, exitInvalid)
	in(shop(t), "test", "--strict", ".").ends(t, exitYes)
	for _, output := range []string{"json", "junit"} {
		if r := in(dir, "test", "-o", output, "."); !strings.Contains(r.err, want["c.test.yaml"]) {
			t.Errorf("with -o %s stderr is %q", output, r.err)
		}
	}
	write(t, dir, "z.policy.yml", "") // which tests are run does not hang on it
	if r := in(dir, "test", "."); strings.Contains(r.err, "z.policy") {
		t.Errorf("test says what validate says: %s", r.err)
	}
	r = in(dir, "test", "c.test.yaml")
	r.ends(t, exitUsage)
	holds(t, "stderr", r.err, "no tests in c.test.yaml (NAME.tests.yaml); rename c.test.yaml to c.tests.yaml")
}

func TestAFailureOutweighsWhatIsPassedOver(t *testing.T) {
	dir := failing(t)
	write(t, dir, "b.tests.yml", shopTests)
	in(dir, "test", "--strict", ".").ends(t, exitNo)
}

func TestFilesThatAreNearlyNamedAreWarnedAboutByValidate(t *testing.T) {
	dir := shop(t)
	for _, name := range []string{"a.policies.yaml", "b.directory.yml", "c.test.yaml", "directory.yaml", "d.polcy.yaml"} {
		write(t, dir, name, "version: 2\n")
	}
	r := in(dir, "validate", ".")
	r.ends(t, exitYes)
	holds(t, "stdout", r.out, "3 files: 5 warnings\n")
	holds(t, "stderr", r.err, "authz validate: warning: a.policies.yaml is not read under that name; rename it to a.policy.yaml\n",
		"rename it to b.directory.yaml\n", "rename it to c.tests.yaml\n", "rename it to NAME.directory.yaml\n", "rename it to d.policy.yaml\n")
	in(dir, "validate", "--strict", ".").ends(t, exitInvalid)
	r = in(dir, "validate", "-o", "json", ".")
	r.ends(t, exitYes)
	var findings []finding
	if err := json.Unmarshal([]byte(r.out), &findings); err != nil || len(findings) != 5 || r.err != "" {
		t.Fatalf("%v: %s%s", err, r.out, r.err)
	}
	if f := findings[0]; f.File != "a.policies.yaml" || f.Severity != "warning" || !strings.Contains(f.Message, "rename it to a.policy.yaml") {
		t.Errorf("the finding is %+v", f)
	}
}

func TestEachPathOfValidateMustLeadToSomething(t *testing.T) {
	dir := shop(t)
	write(t, dir, "empty/README.md", "")
	write(t, dir, "yml/x.tests.yml", "")
	for _, args := range [][]string{{"empty", "."}, {".", "empty"}, {"shop.policy.yaml", "empty"}} {
		r := in(dir, append([]string{"validate"}, args...)...)
		r.ends(t, exitUsage)
		holds(t, "stderr", r.err, "no policy in empty (NAME.policy.yaml)")
	}
	r := in(dir, "validate", ".", "yml")
	r.ends(t, exitUsage)
	holds(t, "stderr", r.err, "no policy in yml", "rename yml/x.tests.yml to yml/x.tests.yaml")
	in(dir, "validate", ".", "shop.policy.yaml", ".").ends(t, exitYes) // nothing new is not nothing
}

func TestALinkToAFolderIsNotFollowedAndThatIsSaid(t *testing.T) {
	dir := shop(t)
	other := failing(t)
	link(t, other, filepath.Join(dir, "other"))
	link(t, dir, filepath.Join(dir, "again"))        // a circle, and read anyway
	link(t, other, filepath.Join(dir, ".elsewhere")) // hidden, as hidden folders are
	link(t, filepath.Join(dir, "shop.tests.yaml"), filepath.Join(dir, "linked.tests.yaml"))
	const said = "other is a link to a folder, and links are not followed; name it to have it read\n"
	for _, command := range []string{"test", "validate"} {
		r := in(dir, command, ".")
		r.ends(t, exitYes)
		if want := "authz " + command + ": warning: " + said; r.err != want {
			t.Errorf("stderr is %q, want %q", r.err, want)
		}
		in(dir, command, "--strict", ".").ends(t, exitInvalid)
		if r := in(dir, command, ".", "other"); strings.Contains(r.err, "link") {
			t.Errorf("%s: it was named, and stderr is %q", command, r.err)
		}
	}
	in(dir, "test", "other").ends(t, exitNo) // and read

	empty := t.TempDir()
	link(t, other, filepath.Join(empty, "other"))
	r := in(empty, "test", ".")
	r.ends(t, exitUsage)
	holds(t, "stderr", r.err, "no tests in . (NAME.tests.yaml); "+said)
}

func TestAFolderWhoseNameIsNoTextIsSearchedLikeAnyOther(t *testing.T) {
	dir := shop(t)
	for name, text := range map[string]string{"shop.policy.yaml": shopPolicy, "shop.directory.yaml": shopDirectory, "shop.tests.yaml": shopTests} {
		skipOn(t, os.MkdirAll(filepath.Join(dir, "sub\xff"), 0o777), "darwin", "windows") // where names are text
		write(t, dir, "sub\xff/"+name, text)
	}
	r := in(dir, "test", ".")
	r.ends(t, exitYes)
	holds(t, "stdout", r.out, "2 files, 12 cells and 6 checks: all passed")
	r = in(dir, "validate", ".", "sub\xff")
	r.ends(t, exitYes)
	holds(t, "stdout", r.out, "6 files: clean")
	in(dir, "check", "sub\xff", "--as", "bob", "--in", north, "refund").ends(t, exitYes)
}
