//go:build unix

package main

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A pipe that nobody writes to would be waited for.
func TestWhatIsNoRegularFileIsRefused(t *testing.T) {
	dir := shop(t)
	for _, name := range []string{"x.policy.yaml", "x.tests.yaml", "pipe"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, "sub/x.directory.yaml/README.md", "a folder of that name")
	const said = "x.policy.yaml: it is no regular file"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"validate", "."}, said},
		{[]string{"validate", "x.policy.yaml"}, said},
		{[]string{"test", "."}, "x.tests.yaml: it is no regular file"},
		{[]string{"check", "x.policy.yaml", "--as", "bob", "--in", north, "refund"}, said},
		{[]string{"explain", "x.policy.yaml", "--as", "bob", "--in", north, "refund"}, said},
		{[]string{"matrix", "x.policy.yaml"}, said},
		{[]string{"decide", "x.policy.yaml"}, said},
		{[]string{"check", "shop.policy.yaml", "--directory", "sub/x.directory.yaml", "--as", "bob", "--in", north, "refund"}, "sub/x.directory.yaml: it is a folder"},
	} {
		done := make(chan result, 1)
		go func() { done <- in(dir, c.args...) }()
		select {
		case r := <-done:
			r.ends(t, exitFailure)
			holds(t, "stderr", r.err, c.want)
		case <-time.After(20 * time.Second):
			t.Fatalf("%v: there is no end", c.args)
		}
	}
}
