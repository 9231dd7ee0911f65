package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
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
	s, q, code := c.ask(a, args)
	if s == nil {
		return code
	}
	var allowed bool
	var text string
	var view answerView
	if q.Assign != "" {
		d := s.CanAssign(context.Background(), authz.Giving{Name: q.Assign, Scope: q.Scope, Facts: q.Facts})
		allowed, text, view = d.Allowed, d.String(), givingView(d)
	} else {
		d := s.Check(context.Background(), authz.Request{Permission: q.Permission, Scope: q.Scope, Facts: q.Facts})
		allowed, text, view = d.Allowed, d.String(), decisionView(d)
	}
	if a.output.value == "json" {
		c.answerLine(view)
	} else {
		word, rest, _ := strings.Cut(text, ":")
		fmt.Fprintf(c.out, "%s:%s\n", c.answers.verdict(allowed, word), diag.Printable(rest))
	}
	c.noteNoDirectory(view.Reason)
	return exitOf(allowed)
}

func exitOf(allowed bool) int {
	if allowed {
		return exitYes
	}
	return exitNo
}

// answerView is a decision as JSON shows it: what `authz decide` answers, and for an assignment what the giver lacks.
type answerView struct {
	Allowed bool         `json:"allowed"`
	Level   string       `json:"level,omitempty"`
	Reason  authz.Reason `json:"reason"`
	Error   string       `json:"error,omitempty"`
	Lacks   []lackView   `json:"lacks,omitempty"`
}

type lackView struct {
	Role  string `json:"role"`
	Area  string `json:"area"`
	Gives string `json:"gives"`
	Has   string `json:"has"`
	Reach string `json:"reach"`
	When  string `json:"when,omitempty"`
}

func decisionView(d authz.Decision) answerView {
	v := answerView{Allowed: d.Allowed, Level: d.Level, Reason: d.Reason, Error: errorText(d.Err)}
	if d.Reason == authz.InvalidRequest {
		v.Level = "" // as decide answers it: nothing was decided
	}
	return v
}

func givingView(d authz.GivingDecision) answerView {
	v := answerView{Allowed: d.Allowed, Reason: d.Reason, Error: errorText(d.Err)}
	for _, l := range d.Lacks {
		v.Lacks = append(v.Lacks, lackView{l.Role, l.Area, l.Gives, l.Has, string(l.Reach), l.When})
	}
	return v
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return oneLine(err)
}

// answerLine writes a value as JSON on one line.
func (c *console) answerLine(v any) {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a write error sticks to c.out, and is reported at the end
}
