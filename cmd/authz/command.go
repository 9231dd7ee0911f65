package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"syscall"

	"github.com/trellis-authz/trellis/diag"
)

// The exit codes. Scripts branch on them, so that a denial is never mistaken for a file that is missing.
const (
	exitYes     = 0 // yes, clean, done
	exitNo      = 1 // the answer is no: denied, or a test failed
	exitUsage   = 2 // the command was called wrongly
	exitInvalid = 3 // a policy, a directory or tests are invalid
	exitFailure = 4 // anything else: a file that cannot be read, an answer that cannot be written
)

// command is a subcommand: what it says of itself, and what it does.
type command struct {
	name     string
	args     string   // what follows the name: "POLICY --as ID --in SCOPE PERMISSION"
	short    string   // one line
	more     string   // what else has to be known; may be empty
	examples []string // shell lines that run from the root of the repository

	// setup declares the flags, and returns what the command does with the arguments once they are read.
	setup func(flags *flag.FlagSet) action
}

type action func(c *console, args []string) int

// commands lists the subcommands in the order in which help shows them.
func commands() []command {
	return []command{validateCommand, testCommand, checkCommand, explainCommand, decideCommand, matrixCommand, helpCommand, versionCommand}
}

func commandNames() []string {
	var names []string
	for _, cmd := range commands() {
		names = append(names, cmd.name)
	}
	return names
}

func findCommand(name string) (command, bool) {
	for _, cmd := range commands() {
		if cmd.name == name {
			return cmd, true
		}
	}
	return command{}, false
}

// run is the whole program, without the process around it.
func run(args []string, e env) int {
	c := newConsole(e)
	code := c.dispatch(args)
	err := c.out.Flush()
	if err == nil {
		return code
	}
	if !errors.Is(err, syscall.EPIPE) { // whoever closed the pipe has read enough, and needs no message
		fmt.Fprintf(c.err, "authz: writing the answer: %v\n", err)
	}
	return exitFailure
}

func (c *console) dispatch(args []string) int {
	if len(args) == 0 {
		fmt.Fprint(c.err, overview())
		return exitUsage
	}
	switch args[0] {
	case "-h", "-help", "--help":
		args = append([]string{"help"}, args[1:]...)
	case "-version", "--version":
		args = append([]string{"version"}, args[1:]...)
	}
	cmd, ok := findCommand(args[0])
	if !ok {
		return c.misused("there is no command %s%s", diag.Quote(args[0]), didYouMean(args[0], commandNames()))
	}
	c.command = cmd.name
	flags := newFlags(cmd.name)
	act := cmd.setup(flags)
	rest, err := parseFlags(flags, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(c.out, cmd.help())
		return exitYes
	case err != nil:
		return c.misused("%v", err)
	}
	return act(c, rest)
}

func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what is wrong is said once, by misused
	return flags
}
