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
	args:  "POLICY --as ID --in SCOPE PERMISSION",
	short: "Decide, and show the whole derivation; for a denial also the nearest ways to a yes",
	more: `The answer comes first; then the assignments and rules that it rests on, with the
places where they are written; then what was looked at besides; then the limits.
Each way to a yes has been tried. Exits with 0 for a yes, 1 for a no.`,
	examples: []string{
		"authz explain examples/delivery-platform --as vito --in org:northwind/workspace:apollo workspaces.manage_members",
		"authz explain examples/refinery-studio --as ada --in org:acme/workspace:legacy workspaces.delete",
	},
	setup: func(flags *flag.FlagSet) action {
		q := questionFlags(flags)
		output := format(flags, "text", "json")
		return func(c *console, args []string) int { return c.explain(args, q, output.value) }
	},
}

func (c *console) explain(args []string, q *question, output string) int {
	e, query, code := c.ask(args, q, nil)
	if code != exitYes {
		return code
	}
	s, err := e.Asker(query)
	if err != nil {
		return c.misused("%s", oneLine(err))
	}
	x := s.Explain(context.Background(), authz.Request{Permission: query.Permission, Scope: query.Scope, Facts: query.Facts})
	if output == "json" {
		if code := c.answerJSON(explanationJSON(x)); code != exitYes {
			return code
		}
	} else {
		word, rest, _ := strings.Cut(x.String(), " ")
		fmt.Fprintf(c.out, "%s %s", c.answers.verdict(x.Allowed, word), rest)
	}
	if !x.Allowed {
		return exitNo
	}
	return exitYes
}

// explained is an explanation as JSON shows it.
type explained struct {
	Allowed    bool       `json:"allowed"`
	Level      string     `json:"level"`
	Reason     string     `json:"reason"`
	Error      string     `json:"error,omitempty"`
	Who        string     `json:"who"`
	Permission string     `json:"permission"`
	In         string     `json:"in"`
	Area       string     `json:"area,omitempty"`
	Need       string     `json:"need,omitempty"`
	Leaf       string     `json:"leaf,omitempty"`
	Grants     []grant    `json:"grants,omitempty"`
	Boundaries []boundary `json:"boundaries,omitempty"`
	Limits     []limit    `json:"limits,omitempty"`
	OwnerLevel string     `json:"owner_level,omitempty"`
	Ways       [][]string `json:"ways,omitempty"`
}

type (
	grant struct {
		Role     string   `json:"role"`
		Profile  string   `json:"profile,omitempty"`
		In       string   `json:"in"`
		Groups   []string `json:"groups,omitempty"`
		Position string   `json:"position,omitempty"`
		Level    string   `json:"level"`
		Why      string   `json:"why,omitempty"`
		Rules    []rule   `json:"rules,omitempty"`
	}
	rule struct {
		Role     string `json:"role"`
		Area     string `json:"area"`
		Level    string `json:"level"`
		When     string `json:"when,omitempty"`
		Outcome  string `json:"outcome,omitempty"`
		Position string `json:"position,omitempty"`
	}
	boundary struct {
		Name     string `json:"name"`
		On       string `json:"on"`
		Applies  bool   `json:"applies"`
		When     string `json:"when,omitempty"`
		Outcome  string `json:"outcome,omitempty"`
		Level    string `json:"level"`
		Roles    string `json:"roles"`
		Lowers   bool   `json:"lowers"`
		Position string `json:"position,omitempty"`
	}
	limit struct {
		Of       string `json:"of"`
		Level    string `json:"level"`
		Lowers   bool   `json:"lowers"`
		Position string `json:"position,omitempty"`
	}
)

func explanationJSON(x authz.Explanation) explained {
	j := explained{
		Allowed: x.Allowed, Level: x.Level, Reason: x.Reason.String(), Who: x.Who, Permission: x.Request.Permission, In: x.Request.Scope,
		Area: x.Area, Need: x.Need, Leaf: x.Leaf, OwnerLevel: x.OwnerLevel,
	}
	if x.Err != nil {
		j.Error = oneLine(x.Err)
	}
	for _, g := range x.Grants {
		one := grant{Role: g.Role, Profile: g.Profile, In: g.Scope, Groups: g.Groups, Position: placed(g.Position), Level: g.Level, Why: g.Why}
		for _, r := range g.Rules {
			one.Rules = append(one.Rules, rule{r.Role, r.Area, r.Level, r.When, r.Outcome, placed(r.Position)})
		}
		j.Grants = append(j.Grants, one)
	}
	for _, b := range x.Boundaries {
		j.Boundaries = append(j.Boundaries, boundary{b.Name, b.Scope, b.Applies, b.When, b.Outcome, b.Level, b.Roles, b.Lowers, placed(b.Position)})
	}
	for _, l := range x.Limits {
		j.Limits = append(j.Limits, limit{l.Of, l.Level, l.Lowers, placed(l.Position)})
	}
	for _, w := range x.Ways {
		j.Ways = append(j.Ways, w.Steps)
	}
	return j
}

func placed(p diag.Position) string {
	if p.IsZero() {
		return ""
	}
	return p.String()
}
