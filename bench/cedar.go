package main

import (
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
)

// cedar-go, with roles in scopes as Cedar's documentation models them: "Best practices: role-based access control", the
// pattern "Membership permissions" (docs.cedarpolicy.com/overview/patterns.html). A workspace has an attribute for each
// role, which is the group of those who hold the role there; the members of a group are entities in it; and the actions
// that a role allows are a group of actions. So one policy for each role is all there are, which is what makes cedar-go
// fast: it evaluates every policy of the set for every request. The group of an organisation's admins is an attribute of
// each of its workspaces as well, so that no policy walks up. Entities and requests are built beforehand.

type cedarEngine struct {
	w        *workload
	policies *cedar.PolicySet
	entities types.EntityMap
	asked    []cedar.Request
}

func (c *cedarEngine) name() string { return "cedar-go" }

func (c *cedarEngine) load() error {
	w := c.w
	var text strings.Builder
	actions := map[types.EntityUID][]types.EntityUID{}
	for _, r := range w.roles {
		kind := " is Workspace"
		if r.org {
			kind = ""
		}
		fmt.Fprintf(&text, "permit (principal, action in Action::%q, resource%s) when { principal in resource.%s };\n", r.name, kind, r.name)
		if r.may != nil {
			fmt.Fprintf(&text, "permit (principal, action in Action::\"%s_when\", resource%s) when { principal in resource.%s && principal.department == resource.department };\n", r.name, kind, r.name)
		}
		for leaf := range leafNames {
			for _, level := range []uint8{read, edit} {
				action := cedar.NewEntityUID("Action", types.String(permission(int32(leaf), level)))
				if r.always[leaf] >= level {
					actions[action] = append(actions[action], cedar.NewEntityUID("Action", types.String(r.name)))
				} else if r.may != nil && r.may[leaf] >= level {
					actions[action] = append(actions[action], cedar.NewEntityUID("Action", types.String(r.name+"_when")))
				}
			}
		}
	}
	policies, err := cedar.NewPolicySetFromBytes("bench.cedar", []byte(text.String()))
	if err != nil {
		return err
	}
	c.policies = policies
	c.entities = types.EntityMap{}
	for action, groups := range actions {
		c.entities[action] = types.Entity{UID: action, Parents: types.NewEntityUIDSet(groups...)}
	}
	group := func(role int, scope int32) types.EntityUID {
		return cedar.NewEntityUID("Holders", types.String(w.path(scope)+"/"+w.roles[role].name))
	}
	for s := range int32(w.scopes()) {
		attributes := types.RecordMap{}
		for i, r := range w.roles {
			switch {
			case !r.org && w.parent[s] >= 0:
				attributes[types.String(r.name)] = group(i, s)
			case r.org && w.parent[s] >= 0:
				attributes[types.String(r.name)] = group(i, w.parent[s])
			case r.org:
				attributes[types.String(r.name)] = group(i, s)
			}
		}
		if w.conditional && w.parent[s] >= 0 {
			attributes["department"] = types.String(departmentNames[w.department[s]])
		}
		uid := c.scope(s, w.path(s))
		c.entities[uid] = types.Entity{UID: uid, Attributes: types.NewRecord(attributes)}
	}
	for m := range int32(w.members) {
		uid := cedar.NewEntityUID("User", types.String(w.memberID(m)))
		var groups []types.EntityUID
		for _, a := range w.of(m) {
			groups = append(groups, group(int(a.role), a.scope))
		}
		entity := types.Entity{UID: uid, Parents: types.NewEntityUIDSet(groups...)}
		if w.conditional {
			entity.Attributes = types.NewRecord(types.RecordMap{"department": types.String(departmentNames[w.belong[m]])})
		}
		c.entities[uid] = entity
	}
	return nil
}

func (c *cedarEngine) scope(s int32, path string) types.EntityUID {
	if c.w.parent[s] >= 0 {
		return cedar.NewEntityUID("Workspace", types.String(path))
	}
	return cedar.NewEntityUID("Org", types.String(path))
}

func (c *cedarEngine) prepare(requests []request) error {
	words := inWords(len(requests), func(i int) asking { return c.w.words(requests[i]) })
	c.asked = make([]cedar.Request, len(requests))
	for i, q := range words {
		c.asked[i] = cedar.Request{
			Principal: cedar.NewEntityUID("User", types.String(q.principal)),
			Action:    cedar.NewEntityUID("Action", types.String(q.permission)),
			Resource:  c.scope(requests[i].scope, q.scope),
		}
	}
	return nil
}

func (c *cedarEngine) run(from, n int) (allowed int) {
	mask := len(c.asked) - 1
	for i := from; i < from+n; i++ {
		if ok, _ := cedar.Authorize(c.policies, c.entities, c.asked[i&mask]); ok {
			allowed++
		}
	}
	return allowed
}
