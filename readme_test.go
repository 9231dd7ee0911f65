package trellis_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the outputs that the README shows")

// sources are the files that the README shows whole, by the fence that is filled with each, in order.
var sources = map[string][]string{
	"go":   {"examples/embed/main.go"},
	"yaml": {"testdata/valid/example/example.policy.yaml", "testdata/valid/example/example.directory.yaml", "testdata/valid/example/example.tests.yaml"},
}

// The README shows what comes out: every console block is run as it stands, and every file that is shown is the file
// that the tests run. With -update the README is rewritten.
func TestREADME(t *testing.T) {
	written, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "authz"), "./cmd/authz").CombinedOutput(); err != nil {
		t.Fatalf("building the command: %v\n%s", err, out)
	}
	got, commands := rewrite(t, string(written), bin)
	if commands < 6 {
		t.Errorf("the README shows %d commands: at least 6 are due", commands)
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(written), got); diff != "" {
		t.Errorf("the README does not show what comes out (run with -update, and read the diff):\n%s", diff)
	}
}

// rewrite returns the README with every block filled with what is true now, and how many commands it ran.
func rewrite(t *testing.T, readme, bin string) (string, int) {
	t.Helper()
	var b strings.Builder
	shown := map[string]int{}
	commands := 0
	lines := strings.SplitAfter(readme, "\n")
	for i := 0; i < len(lines); i++ {
		fence, opens := strings.CutPrefix(strings.TrimRight(lines[i], "\n"), "```")
		if !opens {
			b.WriteString(lines[i])
			continue
		}
		end := i + 1
		for end < len(lines) && strings.TrimRight(lines[end], "\n") != "```" {
			end++
		}
		if end == len(lines) {
			t.Fatalf("line %d: the block is not closed", i+1)
		}
		body := lines[i+1 : end]
		b.WriteString(lines[i])
		switch command := ""; {
		case fence == "console":
			command, _ = strings.CutPrefix(strings.TrimSpace(body[0]), "$ ")
			commands++
			fmt.Fprintf(&b, "$ %s\n%s", command, run(t, command, bin))
		case shown[fence] < len(sources[fence]):
			source, err := os.ReadFile(sources[fence][shown[fence]])
			if err != nil {
				t.Fatal(err)
			}
			shown[fence]++
			b.Write(source)
		default:
			b.WriteString(strings.Join(body, ""))
		}
		b.WriteString(lines[end])
		i = end
	}
	for fence, files := range sources {
		if shown[fence] != len(files) {
			t.Errorf("the README has %d blocks of %s: %d files are to be shown", shown[fence], fence, len(files))
		}
	}
	return b.String(), commands
}

// run runs a command of the README as a reader would, in the repository's folder, with authz on the path. Its answer
// and its diagnostics are shown as a terminal shows them.
func run(t *testing.T, command, bin string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", command)
	c.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "NO_COLOR=1")
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 3) {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}
