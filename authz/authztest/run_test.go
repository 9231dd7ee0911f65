package authztest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/trellis-authz/trellis/authz/authztest"
)

// asService names the files with which the test binary stands for a service whose policy tests fail.
const asService = "AUTHZTEST_AS_SERVICE"

var services = map[string]fstest.MapFS{
	"wrong":   withTests("checks: [{as: gus, can: \"a:edit\", in: \"org:o\"}, {as: ann, can: \"a:edit\", in: \"org:o\"}]\n"),
	"invalid": withTests("checks: [{as: gus, can: \"nosuch:edit\", in: \"org:o\"}]\n"),
	"without": {"small.policy.yaml": {Data: []byte(policy)}, "small.tests.yml": {Data: []byte("version: 1\n")}},
}

func withTests(tests string) fstest.MapFS {
	return fstest.MapFS{
		"small.policy.yaml":    {Data: []byte(policy)},
		"small.directory.yaml": {Data: []byte(directory)},
		"small.tests.yaml":     {Data: []byte("version: 1\npolicy: small.policy.yaml\ndirectory: small.directory.yaml\n" + tests)},
	}
}

func TestAService(t *testing.T) {
	name := os.Getenv(asService)
	if name == "" {
		return
	}
	if name == "unreadable" {
		authztest.RunFile(t, services["without"], "nosuch.tests.yaml")
	}
	authztest.Run(t, services[name])
}

// What is wrong fails the service's own `go test`, each assertion as a subtest of its name.
func TestRunFailsTheTestForWhatIsWrong(t *testing.T) {
	for name, want := range map[string][]string{
		"wrong": {"--- FAIL: TestAService/small/checks/gus_can_a:edit_in_org:o", "--- PASS: TestAService/small/checks/ann_can_a:edit_in_org:o",
			"small.tests.yaml:4:25: error[failed-check]: expected that gus can a:edit in org:o; it is denied: level-too-low"},
		"invalid":    {"--- FAIL: TestAService/small", "nothing was run:", `there is no area "nosuch"`},
		"without":    {"--- FAIL: TestAService", "small.tests.yml is not read under that name"},
		"unreadable": {"--- FAIL: TestAService", "reading the tests: open nosuch.tests.yaml"},
	} {
		c := exec.Command(os.Args[0], "-test.run=^TestAService$", "-test.v")
		c.Env = append(os.Environ(), asService+"="+name)
		out, err := c.CombinedOutput()
		if err == nil {
			t.Errorf("%s: the test passes", name)
		}
		for _, part := range want {
			if !strings.Contains(string(out), part) {
				t.Errorf("%s: the output lacks %q:\n%s", name, part, out)
			}
		}
	}
}
