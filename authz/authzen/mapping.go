// Package authzen serves the AuthZEN Authorization API 1.0, so that services in any language can ask an engine:
//
//	POST /access/v1/evaluation                    one decision
//	POST /access/v1/evaluations                   many
//	GET  /.well-known/authzen-configuration       where these are
//
// AuthZEN speaks of subjects, actions and resources; a [Mapping] says which principals, permissions and scopes these are.
// Whatever it does not name is denied. Who may ask at all is for whatever guards the handler: it answers anybody.
//
// The text of the specification: https://openid.net/specs/authorization-api-1_0.html.
package authzen

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/pattern"
)

// Mapping says what the words of AuthZEN mean in a policy.
type Mapping struct {
	// Subjects names the types of subjects that are principals of the directory, whose id is that of the subject. The value
	// says how ids are made: "" takes the id as it is, "svc-" puts that before it.
	Subjects map[string]string
	// Resources says by type where a resource is, and what may be done with it.
	Resources map[string]Resource
	// Request says where the attributes come from that the policy declares under `request`: "context.ip",
	// "subject.role", "resource.status", "action.soft", each a member of the context or of the properties. What is not there
	// is not set. Whoever asks is trusted with them: the attributes of principals are the directory's alone.
	Request map[string]string
}

// Resource says what the resources of a type are.
type Resource struct {
	// Scope is the path of the scope, with wildcards for ids: {id} is that of the resource, any other name that of a
	// property: "org:{org}/workspace:{id}". Left out, the id is the path itself.
	Scope string
	// Actions says which permission an action is. Left out, the name of an action is a permission, or an action of the
	// policy.
	Actions map[string]string
	// Attributes says which properties are attributes of the scope, where the directory does not list it: attribute,
	// property.
	Attributes map[string]string
}

// mapping is a mapping that has been read.
type mapping struct {
	subjects  map[string]string
	resources map[string]*resource
	request   []source
}

type resource struct {
	Resource
	path pattern.Path
}

// source is where an attribute of the request comes from.
type source struct{ attribute, part, member string }

// read checks a mapping, and returns everything that is wrong with it.
func (m Mapping) read() (*mapping, error) {
	var faults []error
	fail := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	x := &mapping{subjects: maps.Clone(m.Subjects), resources: map[string]*resource{}}
	if len(m.Subjects) == 0 {
		fail("the mapping names no type of subjects: nobody could ask for anything")
	}
	if len(m.Resources) == 0 {
		fail("the mapping names no type of resources: there would be nothing to ask for")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Resources)) {
		r := &resource{Resource: m.Resources[name]}
		r.Actions, r.Attributes = maps.Clone(r.Actions), maps.Clone(r.Attributes)
		if r.Scope != "" {
			var err error
			if r.path, err = pattern.Parse(r.Scope); err != nil {
				fail("the scope of the resources %s: %w", diag.Quote(name), err)
			}
		}
		x.resources[name] = r
	}
	for _, attribute := range slices.Sorted(maps.Keys(m.Request)) {
		part, member, ok := strings.Cut(m.Request[attribute], ".")
		if !ok || member == "" || !slices.Contains([]string{"context", "subject", "resource", "action"}, part) {
			fail("the attribute %s comes from %s, which is no member of the context, the subject, the resource or the action: write context.ip or subject.role",
				diag.Quote(attribute), diag.Quote(m.Request[attribute]))
		}
		x.request = append(x.request, source{attribute, part, member})
	}
	return x, errors.Join(faults...)
}

// try says what an engine could not decide.
func (m *mapping) try(e *authz.Engine) error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(m.resources)) {
		r := m.resources[name]
		sample := ""
		if r.Scope != "" {
			sample = r.path.Sample()
		}
		for _, action := range slices.Sorted(maps.Keys(r.Actions)) {
			if err := e.Validate(r.Actions[action], sample); err != nil {
				faults = append(faults, fmt.Errorf("the action %s of the resources %s: %w", diag.Quote(action), diag.Quote(name), err))
			}
		}
	}
	return errors.Join(faults...)
}

// denied is why a question is answered with no, before any engine was asked.
type denied struct {
	status  int
	message string
}

func (e *denied) Error() string { return e.message }

func deny(status int, format string, args ...any) *denied {
	return &denied{status, fmt.Sprintf(format, args...)}
}

// ask is what the engine is asked.
type ask struct {
	principal string
	request   authz.Request
}

// ask translates a question, or says why there is nothing to ask.
func (m *mapping) ask(q *question) (a ask, no *denied) {
	prefix, ok := m.subjects[q.subject.kind]
	if !ok {
		return a, deny(404, "there are no subjects of the type %s here", diag.Quote(q.subject.kind))
	}
	r := m.resources[q.resource.kind]
	if r == nil {
		return a, deny(404, "there are no resources of the type %s here", diag.Quote(q.resource.kind))
	}
	a.principal = prefix + q.subject.id
	a.request.Permission = q.action.id
	if r.Actions != nil {
		if a.request.Permission, ok = r.Actions[q.action.id]; !ok {
			return a, deny(404, "there is no action %s on resources of the type %s", diag.Quote(q.action.id), diag.Quote(q.resource.kind))
		}
	}
	if a.request.Scope = q.resource.id; r.Scope != "" {
		path, err := r.path.Fill(func(wildcard string) (string, error) {
			if wildcard == "id" {
				return q.resource.id, nil
			}
			text, ok := q.resource.properties[wildcard].(string)
			if !ok {
				return "", deny(400, "the resource has no property %s that is a text, and is found by it", diag.Quote(wildcard))
			}
			return text, nil
		})
		if errors.As(err, &no) {
			return a, no
		}
		if err != nil {
			return a, deny(400, "in the resource %s", err)
		}
		a.request.Scope = path
	}
	for attribute, property := range r.Attributes {
		if v, ok := q.resource.properties[property]; ok {
			if a.request.Scopes == nil {
				a.request.Scopes = map[string]authz.Attributes{a.request.Scope: {}}
			}
			a.request.Scopes[a.request.Scope][attribute] = v
		}
	}
	for _, s := range m.request {
		if v, ok := q.part(s.part)[s.member]; ok {
			if a.request.Request == nil {
				a.request.Request = authz.Attributes{}
			}
			a.request.Request[s.attribute] = v
		}
	}
	return a, nil
}
