package authzen

import (
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/doc"
)

// entity is a subject or a resource; of an action the id is its name, and there is no kind.
type entity struct {
	kind, id   string
	properties map[string]any
}

// question is one evaluation that is asked for.
type question struct {
	subject, action, resource entity
	context                   map[string]any
}

// part returns what facts of a request are taken from.
func (q *question) part(name string) map[string]any {
	switch name {
	case "subject":
		return q.subject.properties
	case "resource":
		return q.resource.properties
	case "action":
		return q.action.properties
	}
	return q.context
}

// batch is a request for many evaluations.
type batch struct {
	semantic string
	items    []*doc.Node // nil: the request is in the single form
	top      *doc.Node
}

// The semantics of many evaluations.
const (
	executeAll          = "execute_all"
	denyOnFirstDeny     = "deny_on_first_deny"
	permitOnFirstPermit = "permit_on_first_permit"
)

// keys are those of the objects of a request: what differs from one of them in case alone is read by others as it.
var keys = [...]string{"subject", "action", "resource", "context", "evaluations", "options", "type", "id", "name", "properties", "evaluations_semantic"}

// parse reads a body: an object without keys that are written twice, or that others would read as another key.
func parse(body []byte) (*doc.Node, error) {
	n, err := doc.ParseJSON("", 1, body)
	if err != nil {
		return nil, err
	}
	if n.Kind != doc.Map {
		return nil, fmt.Errorf("the body is %s, and an object is due", n.Kind)
	}
	return n, nil
}

// object returns a member that has to be an object; nil when it is not there.
func object(n *doc.Node, key string) (*doc.Node, error) {
	if err := folded(n); err != nil {
		return nil, err
	}
	m := n.Get(key)
	if m != nil && m.Kind != doc.Map {
		return nil, fmt.Errorf("%s is %s, and an object is due", key, m.Kind)
	}
	return m, nil
}

// folded reports keys that differ from those of the specification in case alone.
func folded(n *doc.Node) error {
	for i := range n.Keys {
		name := n.Keys[i].Text
		for _, key := range keys {
			if name != key && strings.EqualFold(name, key) {
				return fmt.Errorf("the key %s differs from %s in case alone", diag.Quote(name), diag.Quote(key))
			}
		}
	}
	return nil
}

// text returns a member that has to be a text, and not empty.
func text(n *doc.Node, of, key string) (string, error) {
	m := n.Get(key)
	switch {
	case m == nil:
		return "", fmt.Errorf("%s has no %s", of, key)
	case m.Kind != doc.String:
		return "", fmt.Errorf("the %s of %s is %s, and a text is due", key, of, m.Kind)
	case m.Text == "":
		return "", fmt.Errorf("the %s of %s is empty", key, of)
	}
	return m.Text, nil
}

// values returns a member that has to be an object as Go has it.
func values(n *doc.Node, key string) (map[string]any, error) {
	m, err := object(n, key)
	if m == nil || err != nil {
		return nil, err
	}
	v, _ := m.Value().(map[string]any)
	return v, nil
}

// read reads one evaluation. What it does not say itself is taken whole from the one that has the defaults, nil for none.
func read(n, defaults *doc.Node) (q question, err error) {
	part := func(key string) (*doc.Node, error) {
		m, err := object(n, key)
		if m == nil && err == nil && defaults != nil {
			m, err = object(defaults, key)
		}
		return m, err
	}
	entityOf := func(key string) (e entity, err error) {
		m, err := part(key)
		switch {
		case err != nil:
			return e, err
		case m == nil:
			return e, fmt.Errorf("there is no %s", key)
		}
		if err := folded(m); err != nil {
			return e, err
		}
		id := "name"
		if key != "action" {
			id = "id"
			if e.kind, err = text(m, key, "type"); err != nil {
				return e, err
			}
		}
		if e.id, err = text(m, key, id); err != nil {
			return e, err
		}
		e.properties, err = values(m, "properties")
		return e, err
	}
	if q.subject, err = entityOf("subject"); err != nil {
		return q, err
	}
	if q.action, err = entityOf("action"); err != nil {
		return q, err
	}
	if q.resource, err = entityOf("resource"); err != nil {
		return q, err
	}
	context, err := part("context")
	if context != nil && err == nil {
		q.context, _ = context.Value().(map[string]any)
	}
	return q, err
}

// readBatch reads a request for many evaluations.
func readBatch(n *doc.Node, most int) (b batch, err error) {
	b.top = n
	if err := folded(n); err != nil {
		return b, err
	}
	b.semantic = executeAll
	options, err := object(n, "options")
	if err != nil {
		return b, err
	}
	if options != nil {
		if err := folded(options); err != nil {
			return b, err
		}
		if options.Get("evaluations_semantic") != nil {
			if b.semantic, err = text(options, "options", "evaluations_semantic"); err != nil {
				return b, err
			}
		}
	}
	switch b.semantic {
	case executeAll, denyOnFirstDeny, permitOnFirstPermit:
	default:
		return b, fmt.Errorf("there is no evaluations_semantic %s; it is %s, %s or %s", diag.Quote(b.semantic), executeAll, denyOnFirstDeny, permitOnFirstPermit)
	}
	list := n.Get("evaluations")
	switch {
	case list == nil:
	case list.Kind != doc.List:
		return b, fmt.Errorf("evaluations is %s, and a list is due", list.Kind)
	case len(list.Items) > most:
		return b, fmt.Errorf("there are %d evaluations, and no more than %d are decided at once", len(list.Items), most)
	default:
		b.items = list.Items
	}
	return b, nil
}
