package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
)

var checkCommand = command{
	name:  "check",
	args:  askArgs,
	short: "Say whether a principal is allowed a permission in a scope, and why",
	more:  askMore,
	examples: []string{
		"authz check examples/ai-hub --as marta --in org:initech/workspace:claims workspaces.members:edit",
		"authz check examples/ai-hub --as anton --in org:initech billing.manage -o json",
		"authz check examples/ai-hub --as marta --in org:initech/workspace:claims --assign workspace_user",
	},
	setup: func(flags *flag.FlagSet) action {
		a := newAsking(flags)
		return func(c *console, args []string) int { return c.check(a, args) }
	},
}

func (c *console) check(a *asking, args []string) int {
	q, code := c.ask(a, args)
	if q == nil {
		return code
	}
	var allowed bool
	var text string
	var reason authz.Reason
	var answer any // as JSON
	if q.Assign != "" {
		d := q.subject.CanAssign(context.Background(), q.giving())
		allowed, reason, text, answer = d.Allowed, d.Reason, d.String(), d
	} else {
		d := q.subject.Check(context.Background(), q.request())
		allowed, reason, text, answer = d.Allowed, d.Reason, d.String(), d
	}
	if a.output.value == "json" {
		// A write error sticks to c.out, and is reported at the end.
		_ = newLineEncoder(c.out).Encode(answer)
	} else {
		word, rest, _ := strings.Cut(text, ":")
		fmt.Fprintf(c.out, "%s:%s\n", c.answers.verdict(allowed, word), diag.Printable(rest))
	}
	c.noteUnknown(reason, q)
	return exitOf(allowed)
}

func exitOf(allowed bool) int {
	if allowed {
		return exitYes
	}
	return exitNo
}

// newLineEncoder writes values as JSON, each on its line. HTML escapes would only make conditions (a < b && c) hard
// to read.
func newLineEncoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}
