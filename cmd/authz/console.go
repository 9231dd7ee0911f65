package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

// env is what the command takes from the process it runs in, so that tests run it in theirs.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	stdoutTerminal bool
	stderrTerminal bool
	dir            string // where relative paths start; "" is the working directory of the process
}

// console is one run of the command: where answers and diagnostics go, and the files it has read.
type console struct {
	env
	command string        // the subcommand; "" before it is known
	out     *bufio.Writer // answers. A write error sticks to it, and run reports it
	err     io.Writer     // diagnostics
	answers palette
	errors  palette
	files   *files

	noDirectory bool // the policy was loaded without one
}

func newConsole(e env) *console {
	return &console{
		env:     e,
		out:     bufio.NewWriterSize(e.stdout, 64<<10),
		err:     e.stderr,
		answers: newPalette(e.stdoutTerminal, e.getenv),
		errors:  newPalette(e.stderrTerminal, e.getenv),
		files:   &files{dir: e.dir},
	}
}

func (c *console) name() string {
	if c.command == "" {
		return "authz"
	}
	return "authz " + c.command
}

// misused says what is wrong with the call, and where to read how it is done.
func (c *console) misused(format string, args ...any) int {
	fmt.Fprintf(c.err, "%s: %s\n", c.name(), diag.Printable(fmt.Sprintf(format, args...)))
	help := "authz help"
	if c.command != "" {
		help += " " + c.command
	}
	fmt.Fprintf(c.err, "run `%s` to see how it is used\n", help)
	return exitUsage
}

// complain says that something went wrong which is neither the call nor the files' contents.
func (c *console) complain(err error) int {
	fmt.Fprintf(c.err, "%s: %s\n", c.name(), diag.Printable(err.Error()))
	return exitFailure
}

// report writes diagnostics to stderr, each with its line and caret.
func (c *console) report(list diag.List) {
	// There is nowhere to report that stderr cannot be written to; the exit code is told all the same.
	_ = list.Render(c.err, diag.Style{Color: bool(c.errors)})
}

// answerJSON writes a value as indented JSON.
func (c *console) answerJSON(v any) {
	e := newLineEncoder(c.out)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // a write error sticks to c.out, and is reported at the end
}

// isTerminal reports whether a file is a character device. That takes in /dev/null, where color does no harm.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// oneLine writes an error that holds several on one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
