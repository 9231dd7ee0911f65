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
	var view answerView
	if q.Assign != "" {
		d := q.subject.CanAssign(context.Background(), q.giving())
		allowed, text, view = d.Allowed, d.String(), givingView(d)
	} else {
		d := q.subject.Check(context.Background(), q.request())
		allowed, text, view = d.Allowed, d.String(), decisionView(d)
	}
	if a.output.value == "json" {
		// A write error sticks to c.out, and is reported at the end.
		_ = newLineEncoder(c.out).Encode(view)
	} else {
		word, rest, _ := strings.Cut(text, ":")
		fmt.Fprintf(c.out, "%s:%s\n", c.answers.verdict(allowed, word), diag.Printable(rest))
	}
	c.noteUnknown(view.Reason, q)
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

func viewOf(a authz.Answer) answerView {
	return answerView{Allowed: a.Allowed, Level: a.Level, Reason: a.Reason, Error: errorText(a.Err)}
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
	for i, l := range d.Lacks {
		if i == 0 {
			v.Error = l.String() // the first, for those who log the error alone
		}
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

// newLineEncoder writes values as JSON, each on its line. HTML escapes would only make conditions (a < b && c) hard
// to read.
func newLineEncoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}
