package main

import (
	"fmt"
	"strings"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"
)

// Casbin v3, "RBAC with Domains" (casbin.org/docs/rbac-with-domains), ABAC rules for the condition
// (casbin.org/docs/abac), set up as "Performance Optimization" (casbin.org/docs/performance) says:
//
//   - The matcher compares the two strings first and asks for the role last, since g is by far the dearest part. Asked in
//     the order of the documentation's example, g first, it takes half as long again.
//   - Rules name no domain: with one rule for each role, area and workspace they would be a thousand times as many, and
//     Casbin tries its rules one after the other.
//   - A rule that gives edit is one rule and not two, for the same reason.
//   - What an organisation's admin holds in its workspaces is written out, a link for each of them. Asking for the
//     organisation in the matcher instead would ask g twice for every rule that fits; a matching function on domains is
//     dearer still.
//   - The attributes of the condition come in with the request, so that the caller pays for finding them, and as strings,
//     so that the cached enforcer may cache.
//
// The cached enforcer is asked each request once before it is timed: then it looks decisions up and makes none. It does
// not notice when roles are taken away (of its calls, RemovePolicy alone drops a decision, and that of a single rule).

const casbinModel = `
[request_definition]
r = sub, dom, obj, act%s

[policy_definition]
p = sub, obj, act%s

[role_definition]
g = _, _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.obj == p.obj && (r.act == p.act || p.act == "edit")%s && g(r.sub, p.sub, r.dom)
`

type casbinEngine struct {
	w        *workload
	cached   bool
	enforcer interface {
		Enforce(...any) (bool, error)
	}
	asked [][]any
}

func (c *casbinEngine) name() string {
	if c.cached {
		return "Casbin, cached enforcer, warm"
	}
	return "Casbin"
}

func (c *casbinEngine) load() error {
	w := c.w
	text := fmt.Sprintf(casbinModel, "", "", "")
	if w.conditional {
		text = fmt.Sprintf(casbinModel, ", sdept, ddept", ", when", ` && (p.when == "always" || r.sdept == r.ddept)`)
	}
	m, err := model.NewModelFromString(text)
	if err != nil {
		return err
	}
	var e *casbin.Enforcer
	if c.cached {
		cached, err := casbin.NewCachedEnforcer(m)
		if err != nil {
			return err
		}
		c.enforcer, e = cached, cached.Enforcer
	} else {
		if e, err = casbin.NewEnforcer(m); err != nil {
			return err
		}
		c.enforcer = e
	}
	var rules [][]string
	for _, r := range w.roles {
		for leaf, level := range r.always {
			rule := []string{r.name, leafNames[leaf], levelNames[level], "always"}
			if level > none {
				rules = append(rules, rule[:3:3])
				if w.conditional {
					rules[len(rules)-1] = rule
				}
			}
		}
		for leaf, level := range r.may {
			if level == edit {
				rules = append(rules, []string{r.name, leafNames[leaf], "edit", "same department"})
			}
		}
	}
	if ok, err := e.AddPolicies(rules); !ok || err != nil {
		return fmt.Errorf("the rules were not added: %w", err)
	}
	beneath := map[int32][]int32{}
	for s, org := range w.parent {
		if org >= 0 {
			beneath[org] = append(beneath[org], int32(s))
		}
	}
	var links [][]string
	for m := range int32(w.members) {
		id := w.memberID(m)
		for _, a := range w.of(m) {
			links = append(links, []string{id, w.roles[a.role].name, w.path(a.scope)})
			if w.roles[a.role].org {
				for _, s := range beneath[a.scope] {
					links = append(links, []string{id, w.roles[a.role].name, w.path(s)})
				}
			}
		}
	}
	if ok, err := e.AddGroupingPolicies(links); !ok || err != nil {
		return fmt.Errorf("the links were not added: %w", err)
	}
	return nil
}

func (c *casbinEngine) prepare(requests []request) error {
	w := c.w
	words := inWords(len(requests), func(i int) asking { return w.words(requests[i]) })
	c.asked = make([][]any, len(requests))
	for i, q := range words {
		leaf, level, _ := strings.Cut(q.permission, ":")
		c.asked[i] = []any{q.principal, q.scope, leaf, level}
		if w.conditional {
			scope := "none"
			if r := requests[i]; w.parent[r.scope] >= 0 {
				scope = departmentNames[w.department[r.scope]]
			}
			c.asked[i] = append(c.asked[i], departmentNames[w.belong[requests[i].member]], scope)
		}
	}
	if c.cached {
		c.run(0, len(c.asked))
	}
	return nil
}

func (c *casbinEngine) run(from, n int) (allowed int) {
	mask := len(c.asked) - 1
	for i := from; i < from+n; i++ {
		if ok, _ := c.enforcer.Enforce(c.asked[i&mask]...); ok {
			allowed++
		}
	}
	return allowed
}
