package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
)

var explainCommand = command{
	name:  "explain",
	args:  askArgs,
	short: "Show how a decision comes about, and for a denial the nearest ways to a yes",
	more: askMore + `
The derivation names every rule with its place in the files, and what was looked at besides.`,
	examples: []string{
		"authz explain examples/ai-hub --as marta --in org:initech/workspace:claims workspaces.members:edit",
		"authz explain examples/ai-hub --as marta --in org:initech billing.manage",
		"authz explain examples/ai-hub --as marta --in org:initech --assign admin -o json",
	},
	setup: func(flags *flag.FlagSet) action {
		a := newAsking(flags)
		return func(c *console, args []string) int { return c.explain(a, args) }
	},
}

func (c *console) explain(a *asking, args []string) int {
	q, code := c.ask(a, args)
	if q == nil {
		return code
	}
	if q.Assign != "" {
		return c.explainGiving(q, a.output.value)
	}
	x := q.subject.Explain(context.Background(), q.request())
	if a.output.value == "json" {
		c.answerJSON(x)
	} else {
		word, rest, _ := strings.Cut(x.String(), " ")
		fmt.Fprintf(c.out, "%s %s", c.answers.verdict(x.Allowed, word), rest)
	}
	if c.noDirectory { // else the explanation itself suggests a name
		c.noteUnknown(x.Reason, q)
	}
	return exitOf(x.Allowed)
}

// explainGiving lists everything that the giver lacks, of which check shows only the first.
func (c *console) explainGiving(q *question, output string) int {
	d := q.subject.CanAssign(context.Background(), q.giving())
	// Where the permission that it takes is denied, the derivation of that says why.
	var needed *authz.Explanation
	if d.Needs != "" {
		x := q.subject.Explain(context.Background(), authz.Request{Permission: d.Needs, Scope: q.Scope, Facts: q.Facts})
		needed = &x
	}
	if output == "json" {
		c.answerJSON(givingView{d, needed})
		return exitOf(d.Allowed)
	}
	word := "DENIED"
	if d.Allowed {
		word = "ALLOWED"
	}
	who := q.subject.ID()
	if who == "" {
		who = "the anonymous principal"
	}
	fmt.Fprintf(c.out, "%s  %s\n\n  who    %s\n  gives  %s\n  where  %s\n", c.answers.verdict(d.Allowed, word), d.Reason,
		diag.Printable(who), diag.Printable(q.Assign), diag.Printable(q.Scope))
	if d.Err != nil {
		fmt.Fprintf(c.out, "  note   %s\n", diag.Printable(oneLine(d.Err)))
	}
	if len(d.Lacks) > 0 {
		fmt.Fprint(c.out, "\nwhat the giver lacks\n")
		for _, l := range d.Lacks {
			place := ""
			if !l.Position.IsZero() {
				place = "  [" + l.Position.String() + "]"
			}
			fmt.Fprintf(c.out, "  - %s%s\n", diag.Printable(strings.Join(strings.Fields(l.String()), " ")), place)
		}
	}
	if needed != nil {
		fmt.Fprintf(c.out, "\nwhat it takes\n\n%s", needed)
	}
	c.noteUnknown(d.Reason, q)
	return exitOf(d.Allowed)
}

// givingView is the answer to whether a role may be given, with the derivation of the permission that it takes.
type givingView struct {
	authz.GivingDecision
	needed *authz.Explanation
}

// MarshalJSON adds the derivation to what the decision writes.
func (v givingView) MarshalJSON() ([]byte, error) {
	answer, err := v.GivingDecision.MarshalJSON()
	if err != nil || v.needed == nil {
		return answer, err
	}
	derivation, err := v.needed.MarshalJSON()
	return fmt.Appendf(answer[:len(answer)-1], `,"needed":%s}`, derivation), err
}
