package main

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// OPA as a library, by "Integrating OPA: the Go API" and "Policy Performance" (openpolicyagent.org/docs): one prepared
// query, the directory as data in the in-memory store, kept as AST values so that reading converts nothing, the input
// parsed beforehand. Every lookup in the policy is by key (objects and not arrays of rows are the first advice on
// performance), nothing is iterated but the roles that one member has in one scope.
//
// The version is the last that builds beside Cerbos: both need one library for globs, of which later versions of OPA take
// one that Cerbos for Go 1.26 does not know.
//
// Partial evaluation does not help here: with the directory known, it turns each assignment and permission into a rule of
// its own, 50,000 assignments into two million; with the directory unknown it unrolls the table of roles, in which a lookup
// was one step, and a check takes three times as long.

const opaPolicy = `package bench

default allow := false

allow if {
	some role in data.members[input.principal].roles[input.scope]
	data.always[role][input.permission]
}

allow if {
	some role in data.members[input.principal].roles[data.scopes[input.scope].parent]
	data.beneath[role][input.permission]
}
`

const opaCondition = `
allow if {
	some role in data.members[input.principal].roles[input.scope]
	data.may[role][input.permission]
	data.members[input.principal].department == data.scopes[input.scope].department
}
`

type opaEngine struct {
	w     *workload
	query rego.PreparedEvalQuery
	asked []ast.Value
}

func (o *opaEngine) name() string { return "OPA, prepared query" }

func (o *opaEngine) load() error {
	w := o.w
	policy := opaPolicy
	if w.conditional {
		policy += opaCondition
	}
	always, may, beneath := map[string]any{}, map[string]any{}, map[string]any{}
	for _, r := range w.roles {
		gives, perhaps := map[string]any{}, map[string]any{}
		for leaf := range leafNames {
			for _, level := range []uint8{read, edit} {
				if r.always[leaf] >= level {
					gives[permission(int32(leaf), level)] = true
				} else if r.may != nil && r.may[leaf] >= level {
					perhaps[permission(int32(leaf), level)] = true
				}
			}
		}
		always[r.name] = gives
		may[r.name] = perhaps
		if r.org {
			beneath[r.name] = gives
		}
	}
	scopes := map[string]any{}
	for s := range int32(w.scopes()) {
		entry := map[string]any{}
		if org := w.parent[s]; org >= 0 {
			entry["parent"] = w.path(org)
			if w.conditional {
				entry["department"] = departmentNames[w.department[s]]
			}
		}
		scopes[w.path(s)] = entry
	}
	members := map[string]any{}
	for m := range int32(w.members) {
		given := map[string]any{}
		for _, a := range w.of(m) {
			path := w.path(a.scope)
			held, _ := given[path].([]any)
			given[path] = append(held, w.roles[a.role].name)
		}
		entry := map[string]any{"roles": given}
		if w.conditional {
			entry["department"] = departmentNames[w.belong[m]]
		}
		members[w.memberID(m)] = entry
	}
	data := map[string]any{"always": always, "may": may, "beneath": beneath, "scopes": scopes, "members": members}
	store := inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	var err error
	o.query, err = rego.New(rego.Query("data.bench.allow"), rego.Module("bench.rego", policy), rego.Store(store)).
		PrepareForEval(context.Background())
	return err
}

func (o *opaEngine) prepare(requests []request) error {
	words := inWords(len(requests), func(i int) asking { return o.w.words(requests[i]) })
	o.asked = make([]ast.Value, len(requests))
	for i, q := range words {
		o.asked[i] = ast.NewObject(
			ast.Item(ast.StringTerm("principal"), ast.StringTerm(q.principal)),
			ast.Item(ast.StringTerm("permission"), ast.StringTerm(q.permission)),
			ast.Item(ast.StringTerm("scope"), ast.StringTerm(q.scope)),
		)
	}
	return nil
}

func (o *opaEngine) run(from, n int) (allowed int) {
	ctx, mask := context.Background(), len(o.asked)-1
	for i := from; i < from+n; i++ {
		if rs, err := o.query.Eval(ctx, rego.EvalParsedInput(o.asked[i&mask])); err == nil && rs.Allowed() {
			allowed++
		}
	}
	return allowed
}
