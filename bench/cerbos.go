package main

import (
	"context"
	"fmt"
	"strings"
	"testing/fstest"

	effectv1 "github.com/cerbos/cerbos/api/genpb/cerbos/effect/v1"
	enginev1 "github.com/cerbos/cerbos/api/genpb/cerbos/engine/v1"
	"github.com/cerbos/cerbos/private/ruletable"
	"github.com/cerbos/cerbos/private/ruletable/compile"
	"google.golang.org/protobuf/types/known/structpb"
)

// Cerbos without its server: the compiled rule table and its evaluator, which is what its embedded PDP runs ("Embedded
// PDP", docs.cerbos.dev). No network, no audit log, no schemas. Of the released versions it is the last one that Go 1.26
// builds. Cerbos keeps no directory: the caller brings the principal with its roles in each scope and the scope with its
// attributes, as "Derived roles" and "Best practices and recipes" (docs.cerbos.dev/cerbos/latest/policies) show; finding
// them is not timed. Roles in scopes are derived roles, and each has one rule with all of its actions.

type cerbosEngine struct {
	w         *workload
	evaluator ruletable.Evaluator
	asked     [][]*enginev1.CheckInput
}

func (c *cerbosEngine) name() string { return "Cerbos, evaluator" }

func (c *cerbosEngine) load() error {
	w := c.w
	var derived, rules strings.Builder
	derived.WriteString("apiVersion: api.cerbos.dev/v1\nderivedRoles:\n  name: scoped\n  definitions:\n")
	rules.WriteString("apiVersion: api.cerbos.dev/v1\nresourcePolicy:\n  version: default\n  resource: scope\n  importDerivedRoles: [scoped]\n  rules:\n")
	for _, r := range w.roles {
		at := "R.id"
		if r.org {
			at = "R.attr.org"
		}
		fmt.Fprintf(&derived, "    - name: %s\n      parentRoles: [user]\n      condition: {match: {expr: '%s in P.attr.roles && \"%[1]s\" in P.attr.roles[%[2]s]'}}\n", r.name, at)
		var always, may []string
		for leaf := range leafNames {
			for _, level := range []uint8{read, edit} {
				if r.always[leaf] >= level {
					always = append(always, fmt.Sprintf("%q", permission(int32(leaf), level)))
				} else if r.may != nil && r.may[leaf] >= level {
					may = append(may, fmt.Sprintf("%q", permission(int32(leaf), level)))
				}
			}
		}
		fmt.Fprintf(&rules, "    - {actions: [%s], effect: EFFECT_ALLOW, derivedRoles: [%s]}\n", strings.Join(always, ", "), r.name)
		if len(may) > 0 {
			fmt.Fprintf(&rules, "    - {actions: [%s], effect: EFFECT_ALLOW, derivedRoles: [%s], condition: {match: {expr: P.attr.department == R.attr.department}}}\n", strings.Join(may, ", "), r.name)
		}
	}
	table, err := compile.Compile(context.Background(), fstest.MapFS{
		"derived_roles.yaml": {Data: []byte(derived.String())},
		"scope.yaml":         {Data: []byte(rules.String())},
	})
	if err != nil {
		return err
	}
	c.evaluator, err = ruletable.NewRuleTableFromProto(table, nil)
	return err
}

func (c *cerbosEngine) prepare(requests []request) error {
	w := c.w
	principals := map[int32]*enginev1.Principal{}
	scopes := map[int32]*enginev1.Resource{}
	c.asked = make([][]*enginev1.CheckInput, len(requests))
	for i, r := range requests {
		if principals[r.member] == nil {
			given := map[string]*structpb.Value{}
			for _, a := range w.of(r.member) {
				path, held := w.path(a.scope), structpb.NewStringValue(w.roles[a.role].name)
				if given[path] == nil {
					given[path] = structpb.NewListValue(&structpb.ListValue{})
				}
				list := given[path].GetListValue()
				list.Values = append(list.Values, held)
			}
			attr := map[string]*structpb.Value{"roles": structpb.NewStructValue(&structpb.Struct{Fields: given})}
			if w.conditional {
				attr["department"] = structpb.NewStringValue(departmentNames[w.belong[r.member]])
			}
			principals[r.member] = &enginev1.Principal{Id: w.memberID(r.member), Roles: []string{"user"}, Attr: attr}
		}
		if scopes[r.scope] == nil {
			org := r.scope
			attr := map[string]*structpb.Value{}
			if w.parent[r.scope] >= 0 {
				org = w.parent[r.scope]
				if w.conditional {
					attr["department"] = structpb.NewStringValue(departmentNames[w.department[r.scope]])
				}
			}
			attr["org"] = structpb.NewStringValue(w.path(org))
			scopes[r.scope] = &enginev1.Resource{Kind: "scope", Id: w.path(r.scope), Attr: attr}
		}
		c.asked[i] = []*enginev1.CheckInput{{
			RequestId: "1", Principal: principals[r.member], Resource: scopes[r.scope],
			Actions: []string{permission(r.leaf, r.level)},
		}}
	}
	return nil
}

func (c *cerbosEngine) run(from, n int) (allowed int) {
	ctx, mask := context.Background(), len(c.asked)-1
	for i := from; i < from+n; i++ {
		input := c.asked[i&mask]
		output, _, err := c.evaluator.Check(ctx, input)
		if err == nil && output[0].GetActions()[input[0].Actions[0]].GetEffect() == effectv1.Effect_EFFECT_ALLOW {
			allowed++
		}
	}
	return allowed
}
