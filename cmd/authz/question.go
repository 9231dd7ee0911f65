package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
)

// asking is what check and explain have in common: the flags that make a question.
type asking struct {
	directory           *text
	as, principal, in   text
	assign, scopes, now text
	request             pairs
	output              *choice
	policy              string    // the argument
	findings            diag.List // what is wrong in the JSON of flags
}

const askArgs = "POLICY --as ID --in SCOPE PERMISSION"

const askMore = `The PERMISSION is AREA:LEVEL or the name of an action. With --assign ROLE in its place the question
is whether the principal may give that role or profile there.`

func newAsking(flags *flag.FlagSet) *asking {
	a := &asking{directory: directoryFlag(flags), output: format(flags, "text", "json")}
	flags.Var(&a.as, "as", "ask for the principal `ID` of the directory; an empty one is the anonymous principal")
	flags.Var(&a.principal, "principal", "in place of --as: a principal whole, as `JSON`, as in a directory file with its \"id\"")
	flags.Var(&a.in, "in", "ask in `SCOPE`, by its path from the root")
	flags.Var(&a.assign, "assign", "ask whether `ROLE`, or a profile of that name, may be given")
	flags.Var(&a.request, "request", "a fact of the request, as `NAME=VALUE`; may be given several times. A VALUE\nthat reads as JSON is taken as such (5, true, \"5\"), anything else as text.\nOr one JSON object with all facts")
	flags.Var(&a.scopes, "scopes", "attributes of scopes that the directory does not list, as `JSON`: an object by path")
	flags.Var(&a.now, "now", "take `TIME` for the time of the request, as in 2026-06-01T00:00:00Z; else it is now")
	return a
}

// question is what was asked, of whom, and for whom.
type question struct {
	authz.Query
	engine  *authz.Engine
	subject *authz.Subject
}

func (q *question) request() authz.Request {
	return authz.Request{Permission: q.Permission, Scope: q.Scope, Facts: q.Facts}
}

func (q *question) giving() authz.Giving {
	return authz.Giving{Name: q.Assign, Scope: q.Scope, Facts: q.Facts}
}

// ask reads the arguments, loads the policy and binds the principal. A nil question comes with the exit code.
func (c *console) ask(a *asking, args []string) (*question, int) {
	query, err := a.query(args)
	if err != nil {
		c.report(a.findings)
		return nil, c.misused("%s", oneLine(err))
	}
	q := &question{Query: query}
	var code int
	if q.engine, code = c.engine(a.policy, a.directory); q.engine == nil {
		return nil, code
	}
	q.subject, _ = q.engine.Asker(query) // what is wrong with a principal that is given whole is the reason of the decision
	return q, exitYes
}

// noteUnknown says more about a principal or a scope that is not known than a decision does: whoever runs the
// command has the directory, and may be told what is in it.
func (c *console) noteUnknown(reason authz.Reason, q *question) {
	_ = c.out.Flush() // the answer comes first. A write error sticks to c.out, and is reported at the end
	near := ""
	switch {
	case reason == authz.UnknownPrincipal && c.noDirectory:
		fmt.Fprintf(c.err, "%s: no directory was read, so no principal is known: name the folder of the policy, or --directory FILE\n", c.name())
	case reason == authz.UnknownPrincipal:
		near = diag.Nearest(q.ID, q.engine.Principals())
	case reason == authz.UnknownScope:
		near = diag.Nearest(q.Scope, q.engine.Scopes())
	}
	if near != "" {
		fmt.Fprintf(c.err, "%s: did you mean %q?\n", c.name(), near)
	}
}

// query reads the flags and arguments into a question. Every error is one of usage.
func (a *asking) query(args []string) (authz.Query, error) {
	var q authz.Query
	names := []string{"POLICY", "PERMISSION"}
	if a.assign.given {
		names = names[:1]
	}
	if err := arguments(args, names...); err != nil {
		return q, err
	}
	a.policy = args[0]
	switch {
	case !a.as.given && !a.principal.given:
		return q, errors.New(`--as is missing: name a principal, or --as "" for the anonymous one`)
	case a.as.given && a.principal.given:
		return q, errors.New("--as and --principal exclude each other")
	case !a.in.given:
		return q, errors.New("--in is missing: name a scope, such as org:acme")
	case a.assign.given && a.assign.value == "":
		return q, errors.New("--assign names no role")
	}
	q.ID, q.Scope, q.Assign = a.as.value, a.in.value, a.assign.value
	q.Anonymous = a.as.given && a.as.value == ""
	if !a.assign.given {
		q.Permission = args[1]
	}
	return q, errors.Join(a.readPrincipal(&q), a.readRequest(&q), a.readScopes(&q), a.readNow(&q))
}

func (a *asking) readPrincipal(q *authz.Query) error {
	if !a.principal.given {
		return nil
	}
	part, err := a.parsePart("principal", a.principal.value)
	if err == nil && part.Principal == nil {
		err = errors.New(`--principal takes an object such as {"id":"alice","status":"active"}; for an id there is --as`)
	}
	q.Principal, q.Owner = part.Principal, part.Owner
	return err
}

func (a *asking) readRequest(q *authz.Query) error {
	if len(a.request) == 0 {
		return nil
	}
	object, err := requestObject(a.request)
	if err != nil {
		return err
	}
	part, err := a.parsePart("request", object)
	q.Request = part.Request
	return err
}

func (a *asking) readScopes(q *authz.Query) error {
	if !a.scopes.given {
		return nil
	}
	part, err := a.parsePart("scopes", a.scopes.value)
	q.Scopes = part.Scopes
	return err
}

func (a *asking) readNow(q *authz.Query) error {
	if !a.now.given {
		return nil
	}
	part, err := parseLine("now", jsonText(a.now.value))
	if list := diag.From(err); len(list) > 0 { // it is about the time: all else in the line is ours
		return fmt.Errorf("--now: %s", list[0].Message)
	}
	q.Time = part.Time
	return err
}

// requestObject makes one JSON object of what --request was given: the object itself, or NAME=VALUE pairs.
func requestObject(given []string) (string, error) {
	if strings.HasPrefix(strings.TrimSpace(given[0]), "{") {
		if len(given) > 1 {
			return "", errors.New("--request is given twice: an object holds all the facts")
		}
		return given[0], nil
	}
	var b bytes.Buffer
	var names []string
	for _, pair := range given {
		name, value, ok := strings.Cut(pair, "=")
		switch {
		case !utf8.ValidString(pair): // JSON would hold U+FFFD in its place, which nobody wrote
			return "", fmt.Errorf("--request: %s is not valid UTF-8", diag.Quote(pair))
		case !ok || name == "":
			return "", fmt.Errorf("--request: %s is neither NAME=VALUE nor a JSON object", diag.Quote(pair))
		case slices.Contains(names, name):
			return "", fmt.Errorf("--request gives %s twice", diag.Quote(name))
		}
		names = append(names, name)
		if !json.Valid([]byte(value)) {
			value = jsonText(value)
		}
		fmt.Fprintf(&b, ",%s:%s", jsonText(name), value)
	}
	return "{" + b.String()[1:] + "}", nil
}

func jsonText(s string) string {
	text, _ := json.Marshal(s) // of a string, which cannot fail
	return string(text)
}

// parsePart reads the JSON of a flag.
func (a *asking) parsePart(key, source string) (authz.Query, error) {
	var value json.RawMessage
	if err := json.Unmarshal([]byte(source), &value); err != nil { // else it might close the object around it
		return authz.Query{}, fmt.Errorf("%s is not JSON: %w", dashed(key), err)
	}
	q, err := parseLine(key, source)
	if err == nil {
		return q, nil
	}
	for _, d := range diag.From(err) {
		d.File = dashed(key)
		a.findings = append(a.findings, d)
	}
	return authz.Query{}, fmt.Errorf("%s cannot be used", dashed(key))
}

// parseLine reads a text as the value of that key in a line of `authz decide`, so that flags and lines are read by the
// same rules. It stands on a line of its own, which is counted as the first: positions are those in the flag.
func parseLine(key, source string) (authz.Query, error) {
	line := `"in":"-","permission":"-","` + key + "\":\n" + source + "\n}"
	if key != "principal" {
		line = `"principal":"",` + line
	}
	return authz.ParseQuery(0, []byte("{"+line))
}
