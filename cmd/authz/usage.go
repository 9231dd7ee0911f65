package main

import (
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

// overview is what `authz` says without a command.
func overview() string {
	var b strings.Builder
	b.WriteString("authz checks authorization policies, runs their tests and answers questions about them.\n\nUsage: authz COMMAND …\n\n")
	for _, cmd := range commands() {
		fmt.Fprintf(&b, "  %-10s %s\n", cmd.name, cmd.short)
	}
	b.WriteString(`
A POLICY is a file, or a folder with one policy and at most one directory.
Answers go to stdout, diagnostics to stderr.
Exit codes: 0 yes, clean; 1 no: denied, or a test failed; 2 called wrongly;
3 invalid policy, directory or tests; 4 anything else.

authz help COMMAND tells more about a command.
`)
	return b.String()
}

// help is what `authz help COMMAND` says. The flags are read from their declarations, so that none is left out.
func (cmd command) help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage: authz %s", cmd.short, cmd.name)
	if cmd.args != "" {
		fmt.Fprintf(&b, " %s", cmd.args)
	}
	b.WriteString("\n")
	if cmd.more != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(cmd.more))
	}
	flags := newFlags(cmd.name)
	cmd.setup(flags)
	writeFlags(&b, flags)
	if len(cmd.examples) > 0 {
		fmt.Fprintf(&b, "\nExamples:\n  %s\n", strings.Join(cmd.examples, "\n  "))
	}
	return b.String()
}

func writeFlags(b *strings.Builder, flags *flag.FlagSet) {
	var names, usages []string
	flags.VisitAll(func(f *flag.Flag) {
		value, usage := flag.UnquoteUsage(f)
		if isSwitch(f) {
			value = ""
		}
		names = append(names, strings.TrimSpace(dashed(f.Name)+" "+value))
		usages = append(usages, usage)
	})
	if len(names) == 0 {
		return
	}
	b.WriteString("\nFlags, before or after the arguments:\n")
	width := longest(names)
	indent := "\n" + strings.Repeat(" ", width+4)
	for i, name := range names {
		fmt.Fprintf(b, "  %s  %s\n", pad(name, width), strings.ReplaceAll(usages[i], "\n", indent))
	}
}

var helpCommand = command{
	name:  "help",
	args:  "[COMMAND]",
	short: "Say how a command is used",
	examples: []string{
		"authz help",
		"authz help check",
	},
}

// Help lists all commands, itself among them: as part of its declaration that would be a circle.
func init() { helpCommand.setup = func(*flag.FlagSet) action { return showHelp } }

func showHelp(c *console, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(c.out, overview())
		return exitYes
	}
	if err := arguments(args, "COMMAND"); err != nil {
		return c.misused("%v", err)
	}
	cmd, ok := findCommand(args[0])
	if !ok {
		return c.misused("there is no command %s%s", diag.Quote(args[0]), didYouMean(args[0], commandNames()))
	}
	fmt.Fprint(c.out, cmd.help())
	return exitYes
}

var versionCommand = command{
	name:     "version",
	short:    "Say which version this is",
	examples: []string{"authz version"},
	setup:    func(*flag.FlagSet) action { return showVersion },
}

func showVersion(c *console, args []string) int {
	if err := arguments(args); err != nil {
		return c.misused("%v", err)
	}
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	fmt.Fprintf(c.out, "authz %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return exitYes
}
