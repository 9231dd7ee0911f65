package main

import (
	"flag"
	"strings"
	"testing"
)

func TestHelpSaysOfEveryCommandHowItIsUsed(t *testing.T) {
	overview := in("", "help")
	overview.ends(t, exitYes)
	for _, cmd := range commands() {
		holds(t, "the overview", overview.out, "  "+cmd.name+" ")
		asked := in("", "help", cmd.name)
		asked.ends(t, exitYes)
		holds(t, "the help", asked.out, cmd.short+"\n", "\nUsage: authz "+cmd.name, "\nExamples:\n  ")
		flags := newFlags(cmd.name)
		cmd.setup(flags)
		flags.VisitAll(func(f *flag.Flag) { holds(t, "the help of "+cmd.name, asked.out, "\n  "+dashed(f.Name)+" ") })
		for line := range strings.Lines(asked.out) {
			if len(line) > 120 && !strings.Contains(line, "authz ") {
				t.Errorf("%s: a line of %d characters: %s", cmd.name, len(line), line)
			}
		}
		for _, args := range [][]string{{cmd.name, "--help"}, {cmd.name, "-h"}, {cmd.name, "x", "y", "--help"}} {
			r := in("", args...)
			if r.ends(t, exitYes); r.out != asked.out || r.err != "" {
				t.Errorf("%v does not say what help says: %s%s", args, r.out, r.err)
			}
		}
	}
	for _, arg := range []string{"--help", "-h", "-help"} {
		if r := in("", arg); r.code != exitYes || r.out != overview.out {
			t.Errorf("%s: exit %d, %s", arg, r.code, r.out)
		}
	}
}

func TestVersion(t *testing.T) {
	for _, arg := range []string{"version", "--version"} {
		r := in("", arg)
		r.ends(t, exitYes)
		holds(t, "the version", r.out, "authz ", " go1.")
	}
}

// Every example in the help texts runs as it stands, from the root of the repository.
func TestExamplesOfTheHelpRun(t *testing.T) {
	for _, cmd := range commands() {
		if len(cmd.examples) == 0 {
			t.Errorf("%s has no example", cmd.name)
		}
		for _, example := range cmd.examples {
			t.Run(example, func(t *testing.T) {
				e := at(repository)
				if echo, rest, piped := strings.Cut(example, " | "); piped {
					e.stdin = strings.NewReader(words(echo)[1] + "\n")
					example = rest
				}
				args := words(example)
				if args[0] != "authz" || args[1] != cmd.name && cmd.name != "help" {
					t.Fatalf("it is no example of %s", cmd.name)
				}
				r := call(e, args[1:]...)
				if r.code != exitYes && r.code != exitNo || r.err != "" || r.out == "" {
					t.Errorf("exit %d\n%s%s", r.code, r.out, r.err)
				}
				if strings.Contains(r.out, "unknown-") || strings.Contains(r.out, "invalid-request") {
					t.Errorf("it names what is not there: %s", r.out)
				}
			})
		}
	}
}

// words splits a shell line at spaces outside single quotes.
func words(line string) []string {
	var list []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			list = append(list, part)
			continue
		}
		list = append(list, strings.Fields(part)...)
	}
	return list
}
