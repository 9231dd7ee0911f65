package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestColorIsForTerminalsThatWantIt(t *testing.T) {
	dir := mistaken(t)
	good := shop(t)
	for _, c := range []struct {
		stdout, stderr bool
		noColor, term  string
		answers        bool // are colored
		diagnostics    bool
	}{
		{false, false, "", "xterm", false, false},
		{true, false, "", "xterm", true, false},
		{false, true, "", "xterm", false, true},
		{true, true, "", "xterm", true, true},
		{true, true, "", "", true, true},
		{true, true, "1", "xterm", false, false},
		{true, true, "0", "xterm", false, false}, // any value says no
		{true, true, "", "dumb", false, false},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			e := env{stdin: strings.NewReader(""), stdoutTerminal: c.stdout, stderrTerminal: c.stderr, dir: good}
			e.getenv = func(name string) string { return map[string]string{"NO_COLOR": c.noColor, "TERM": c.term}[name] }
			for _, args := range [][]string{
				{"check", ".", "--as", "bob", "--in", north, "refund"},
				{"explain", ".", "--as", "eve", "--in", north, "refund"},
				{"explain", ".", "--as", "eve", "--in", north, "--assign", "clerk"},
				{"test", "."},
			} {
				if r := call(e, args...); colored(r.out) != c.answers || colored(r.err) {
					t.Errorf("%v: %q %q", args, r.out, r.err)
				}
			}
			e.dir = dir
			if r := call(e, "validate", "."); colored(r.err) != c.diagnostics || colored(r.out) {
				t.Errorf("validate: %q %q", r.out, r.err)
			}
			e.dir = good
			for _, args := range [][]string{{"check", ".", "-o", "json", "--as", "bob", "--in", north, "refund"}, {"test", "-o", "junit", "."}, {"matrix", "-o", "csv", "."}} {
				if r := call(e, args...); colored(r.out) {
					t.Errorf("%v, which programs read, is colored: %q", args, r.out)
				}
			}
		})
	}
}

func colored(s string) bool { return strings.Contains(s, "\x1b[") }

func TestAllowedIsGreenAndDeniedIsRed(t *testing.T) {
	e := at(shop(t))
	e.stdoutTerminal = true
	for id, want := range map[string]string{
		"bob": "\x1b[32mallowed\x1b[0m: granted (edit)\n",
		"lea": "\x1b[32mallowed\x1b[0m: granted (edit)\n",
		"":    "\x1b[31mdenied\x1b[0m: no-grant (none)\n",
	} {
		if r := call(e, "check", ".", "--as", id, "--in", north, "refund"); r.out != want {
			t.Errorf("%q: %q, want %q", id, r.out, want)
		}
	}
}

// An id may not hold control characters, but who calls the command may write some all the same.
func TestWhatIsWrittenCannotSteerTheTerminal(t *testing.T) {
	dir := shop(t)
	evil := "\x1b[2Jx"
	write(t, dir, evil+".policy.yaml", "version: 2\n")
	write(t, dir, "in"+evil+"/shop.policy.yaml", "version: 2\n")
	write(t, dir, "in"+evil+"/shop.tests.yaml", shopTests)
	for name, text := range map[string]string{"shop.policy.yaml": shopPolicy, "shop.directory.yaml": shopDirectory,
		"shop.tests.yaml": strings.Replace(shopTests, "as: cleo, cannot", "as: bob, cannot", 1)} {
		write(t, dir, "fail"+evil+"/"+name, text)
	}
	for _, args := range [][]string{
		{evil},
		{"check", "--" + evil},
		{"check", evil, "--as", "bob", "--in", north, "refund"},
		{"check", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", evil, "--in", north, "refund"},
		{"check", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", "bob", "--in", evil, "refund"},
		{"check", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", "bob", "--in", north, evil},
		{"check", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", "bob", "--in", north, "--now", evil, "refund"},
		{"check", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", "bob", "--in", north, "--request", evil, "refund"},
		{"check", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", "bob", "--in", north, "--request", "{" + evil, "refund"},
		{"check", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", "bob", "--in", north, "--request", evil + "=1", "refund"},
		{"check", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", "bob", "--in", north, "--assign", evil},
		{"check", ".", "refund", evil},
		{"check", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", "--in=" + evil},
		{"explain", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", evil, "--in", evil, evil},
		{"explain", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", "bob", "--in", north, "--assign", evil},
		{"explain", "shop.policy.yaml", "--directory=shop.directory.yaml", "--as", evil, "--in", north, "--assign", "clerk"},
		{"validate", evil}, {"test", evil}, {"validate", evil + ".policy.yml"},
		{"matrix", "shop.policy.yaml", "--roles", evil}, {"matrix", "shop.policy.yaml", "--areas", evil}, {"matrix", "shop.policy.yaml", "-o", evil},
		{"validate", "in" + evil}, {"test", "in" + evil}, {"test", "-v", "fail" + evil}, {"test", "-o", "junit", "fail" + evil},
		{"check", "in" + evil, "--as", "bob", "--in", north, "refund"},
		{"explain", "fail" + evil, "--as", "lea", "--in", north, "billing:edit"},
		{"explain", "fail" + evil, "--as", "cleo", "--in", north, "orders.notes:edit"},
		{"explain", "fail" + evil, "--as", "cleo", "--in", north, "orders.notes:edit", "-o", "json"},
		{"validate", evil + ".policy.yaml"}, {"test", evil + ".policy.yaml"}, {"decide", evil}, {"help", evil},
	} {
		r := in(dir, args...)
		if r.code == exitYes || strings.Contains(r.out+r.err, "\x1b") {
			t.Errorf("%q: exit %d, %q %q", args, r.code, r.out, r.err)
		}
	}
}
