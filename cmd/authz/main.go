// Command authz checks policies, runs their tests and answers questions about them.
//
//	authz validate PATH…                                      every error and warning at once
//	authz test PATH…                                          the tests that policy authors write
//	authz check POLICY --as ID --in SCOPE PERMISSION          allow or deny, with the reason
//	authz explain POLICY --as ID --in SCOPE PERMISSION        the whole derivation
//	authz decide POLICY                                       JSON lines in, JSON lines out
//	authz matrix POLICY                                       the table of roles and areas
//
// It exits with 0 for yes and clean, 1 when the answer is no, 2 when it was called wrongly, 3 when a policy, a
// directory or tests are invalid, and 4 for anything else. `authz help COMMAND` tells the rest.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], env{
		stdin:          os.Stdin,
		stdout:         os.Stdout,
		stderr:         os.Stderr,
		getenv:         os.Getenv,
		stdoutTerminal: isTerminal(os.Stdout),
		stderrTerminal: isTerminal(os.Stderr),
	}))
}
