package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/authz"
)

var checkCommand = command{
	name:  "check",
	args:  "POLICY --as ID --in SCOPE PERMISSION",
	short: "Decide: allow or deny, with the reason",
	more: `PERMISSION is area:level, or an action. With --assign ROLE in its place the question
is whether the role or profile may be given there. Exits with 0 for a yes, 1 for a no.`,
	examples: []string{
		"authz check examples/ai-hub --as adele --in org:initech organization.invite",
		`authz check examples/delivery-platform --as "" --in org:northwind billing:read`,
		"authz check examples/delivery-platform --as wanda --in org:northwind/workspace:apollo --assign workspace_viewer",
	},
	setup: func(flags *flag.FlagSet) action {
		q := questionFlags(flags)
		assign := &text{}
		flags.Var(assign, "assign", "ask whether `ROLE`, a role or profile, may be given")
		output := format(flags, "text", "json")
		return func(c *console, args []string) int { return c.check(args, q, assign, output.value) }
	},
}

// question is the flags by which a request is made.
type question struct {
	directory           *text
	as, in              text
	now, request, scope text
}

func questionFlags(flags *flag.FlagSet) *question {
	q := &question{directory: directoryFlag(flags)}
	flags.Var(&q.as, "as", "who asks: the `ID` of a principal of the directory, \"\" for the anonymous one,\nor a principal as a JSON object with its id")
	flags.Var(&q.in, "in", "where: the path of a `SCOPE`, such as org:acme/workspace:ml")
	flags.Var(&q.request, "request", "attributes of the request, as a `JSON` object")
	flags.Var(&q.scope, "scopes", "attributes of scopes that the directory does not list, by path, as a `JSON` object")
	flags.Var(&q.now, "now", "decide as of this `TIME`, such as 2026-06-01T00:00:00Z; without it: now")
	return q
}

// query makes a query of the flags, and reads it as strictly as a line of `authz decide`.
func (q *question) query(permission, assign string) (authz.Query, error) {
	line := map[string]any{"in": q.in.value}
	if line["principal"] = any(q.as.value); strings.HasPrefix(strings.TrimSpace(q.as.value), "{") {
		line["principal"] = json.RawMessage(q.as.value)
	}
	if assign != "" {
		line["assign"] = assign
	} else {
		line["permission"] = permission
	}
	if q.now.given {
		line["now"] = q.now.value
	}
	for key, t := range map[string]text{"request": q.request, "scopes": q.scope} {
		if !t.given {
			continue
		}
		if !json.Valid([]byte(t.value)) {
			return authz.Query{}, fmt.Errorf("--%s is no JSON: %s", key, t.value)
		}
		line[key] = json.RawMessage(t.value)
	}
	source, err := json.Marshal(line)
	if err != nil {
		return authz.Query{}, fmt.Errorf("--as is no JSON: %w", err)
	}
	return authz.ParseQuery(1, source)
}

// ask reads POLICY and PERMISSION, loads the policy and makes the query. When it cannot, the code is the one to exit
// with.
func (c *console) ask(args []string, q *question, assign *text) (e *authz.Engine, query authz.Query, code int) {
	names := []string{"POLICY", "PERMISSION"}
	if assign != nil && assign.given {
		names = names[:1]
	}
	if err := arguments(args, names...); err != nil {
		return nil, query, c.misused("%v", err)
	}
	switch {
	case !q.as.given:
		return nil, query, c.misused(`--as is missing: who asks? (--as "" is the anonymous principal)`)
	case !q.in.given:
		return nil, query, c.misused("--in is missing: where?")
	case assign != nil && assign.given && assign.value == "":
		return nil, query, c.misused("--assign names no role")
	}
	permission, given := "", ""
	if assign != nil && assign.given {
		given = assign.value
	} else {
		permission = args[1]
	}
	query, err := q.query(permission, given)
	if err != nil {
		return nil, query, c.misused("%s", oneLine(err))
	}
	e, code = c.engine(args[0], q.directory)
	return e, query, code
}

func (c *console) check(args []string, q *question, assign *text, output string) int {
	e, query, code := c.ask(args, q, assign)
	if code != exitYes {
		return code
	}
	answer := e.Answer(context.Background(), query)
	if output == "json" {
		line, err := json.Marshal(answer)
		if err != nil {
			return c.complain(err)
		}
		fmt.Fprintf(c.out, "%s\n", line)
	} else {
		d := authz.Decision(answer)
		word, rest, _ := strings.Cut(d.String(), ":")
		fmt.Fprintf(c.out, "%s:%s\n", c.answers.verdict(d.Allowed, word), rest)
	}
	if !answer.Allowed {
		return exitNo
	}
	return exitYes
}
