package authz

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/report"
)

// Query is a request with its principal, as a line of JSON writes it:
//
//	{"principal":"alice","permission":"members:edit","in":"org:acme/workspace:ml","request":{"ip":"10.0.0.1"},"now":"2026-06-01T00:00:00Z"}
//
// The principal is an id of the directory, "" for the anonymous one, or an object as in a directory file with its
// `id`; the owner of such a key may be an object, too. `scopes` brings attributes by path. `assign` in place of
// `permission` asks whether a role or profile may be given.
type Query struct {
	ID         string     // of a principal in the directory
	Anonymous  bool       // in its place: the anonymous principal
	Principal  *Principal // in its place: one that is given whole
	Owner      *Principal // of a key that is given whole
	Permission string
	Assign     string
	Scope      string
	Facts
}

// ParseQuery reads one line of JSON, strictly: unknown and duplicate keys (and so those that differ from the
// right ones in case alone, which other readers take), missing ones and values of another kind than due are errors. The keys
// of data, which are paths of scopes and keys of facts, are equal only if their bytes are. The number of the line is only for the error, which says where in it the
// mistake is.
func ParseQuery(line int, source []byte) (Query, error) {
	var q Query
	n, err := doc.ParseJSON("", line, source)
	if err != nil {
		return Query{}, err
	}
	var r report.Reporter
	r.Locator = doc.Locator(n)
	d := newDecoder(&r)
	var at report.Path
	if n.Kind != doc.Map {
		d.Wrong(n, at, "an object")
	} else if d.Fields(n, at, "principal", "permission", "assign", "in", "request", "scopes", "now") {
		d.query(n, at, &q)
	}
	if err := r.List().Err(); err != nil {
		return Query{}, err
	}
	return q, nil
}

func (d decoder) query(n *doc.Node, at report.Path, q *Query) {
	d.Required(n, at, "principal", "in")
	asks, assigns := n.Get("permission"), n.Get("assign")
	switch {
	case asks == nil && assigns == nil:
		d.Errorf("missing-key", report.Value(at.Name("permission")), `the key "permission" (or "assign") is missing`)
	case asks != nil && assigns != nil:
		d.Errorf("conflicting-keys", report.Key(at.Name("assign")), `"permission" and "assign" exclude each other: send one of them`)
	}
	q.Permission, q.Assign = d.Text(asks, at.Name("permission")), d.Text(assigns, at.Name("assign"))
	if assigns != nil && assigns.Kind == doc.String && assigns.Text == "" { // an empty Assign asks for the permission
		d.Errorf("null-value", report.Value(at.Name("assign")), "the request names no role or profile")
	}
	q.Scope = d.Text(n.Get("in"), at.Name("in"))
	q.Time = d.Instant(n.Get("now"), at.Name("now"))
	q.Request = d.Attributes(n.Get("request"), at.Name("request"))
	if s := n.Get("scopes"); s != nil {
		q.Scopes = map[string]Attributes{}
		d.Each(s, at.Name("scopes"), func(path string, n *doc.Node, p report.Path) {
			q.Scopes[path] = d.Attributes(n, p)
		})
	}
	p := at.Name("principal")
	if n := n.Get("principal"); n != nil && n.Kind == doc.Map {
		q.Principal = d.givenPrincipal(n, p)
		if owner := n.Get("owner"); owner != nil && owner.Kind == doc.Map {
			q.Owner = d.givenOwner(owner, p.Name("owner"))
			q.Principal.Owner = q.Owner.ID
		} else if owner != nil {
			q.Principal.Owner = d.Text(owner, p.Name("owner"))
		}
	} else {
		q.ID = d.Text(n, p)
		q.Anonymous = n != nil && n.Kind == doc.String && n.Text == ""
	}
}

// givenPrincipal reads a principal that carries its own id.
func (d decoder) givenPrincipal(n *doc.Node, p report.Path) *Principal {
	d.Fields(n, p, append([]string{"id"}, principalKeys...)...)
	d.Required(n, p, "id")
	x := d.principal(d.Text(n.Get("id"), p.Name("id")), n, p)
	return &x
}

// givenOwner reads the owner of a key, who is owned by nobody.
func (d decoder) givenOwner(n *doc.Node, p report.Path) *Principal {
	owner := d.givenPrincipal(n, p)
	switch {
	case owner.Kind == Key:
		d.Errorf("key-owner", report.Value(p.Name("kind")), "%s is a key itself: a key is owned by a user or a service", diag.Quote(owner.ID))
	case n.Get("owner") != nil:
		d.Errorf("key-fields", report.Key(p.Name("owner")), `only a key has "owner": leave it out`)
	}
	return owner
}

// Answer is what a [Query] is answered with.
type Answer struct {
	Allowed bool
	Level   string // "" when the query asks whether a role may be given
	Reason  Reason
	Err     error
}

// Invalid returns the answer to a query that could not be read. Of an error of many lines, as ParseQuery returns one,
// the answer says the first, and counts the others; errors.As finds them all.
func Invalid(err error) Answer { return Answer{Reason: InvalidRequest, Err: brief(err)} }

// Answer decides a query. It never fails: what is invalid is denied, with the error that says why. A query that
// brings no time of its own reads the engine's clock.
func (e *Engine) Answer(ctx context.Context, q Query) Answer {
	if e.hollow() {
		return Invalid(ErrNotReady)
	}
	if q.Permission != "" && q.Assign != "" {
		return Invalid(errors.New("the query names a permission and a role to assign: it asks for one of them"))
	}
	s, err := e.Asker(q)
	if err != nil {
		return Invalid(err)
	}
	if q.Assign != "" {
		d := s.CanAssign(ctx, Giving{Name: q.Assign, Scope: q.Scope, Facts: q.Facts})
		a := Answer{Allowed: d.Allowed, Reason: d.Reason, Err: brief(d.Err)}
		if len(d.Lacks) > 0 {
			a.Err = lackError(d.Lacks)
		}
		return a
	}
	d := s.Check(ctx, Request{Permission: q.Permission, Scope: q.Scope, Facts: q.Facts})
	a := Answer(d)
	a.Err = brief(a.Err)
	if a.Reason == InvalidRequest {
		a.Level = ""
	}
	return a
}

// Asker binds the principal of a query. The error says what is wrong with one that is given whole; the subject then
// holds nothing.
func (e *Engine) Asker(q Query) (*Subject, error) {
	switch {
	case e.hollow():
		return nobody(nil, q.ID, refusal(unready)), ErrNotReady
	case q.Anonymous && (q.ID != "" || q.Principal != nil), q.ID != "" && q.Principal != nil:
		return nobody(nil, q.ID, nil), errors.New("the query names more than one principal")
	case q.Anonymous:
		return e.Anonymous(), nil
	case q.Principal == nil && q.ID == "":
		return &Subject{}, errors.New("the query names no principal; the anonymous one has to be asked for by name")
	case q.Principal == nil:
		return e.As(q.ID), nil
	case q.Owner != nil:
		s, err := e.Bind(*q.Principal, *q.Owner)
		if err != nil {
			err = ofOwner(err)
			s.refusal.Err = err
		}
		return s, err
	}
	return e.Bind(*q.Principal)
}

// ofOwner names the owner by its place in the query. To Bind it is the first of the others.
func ofOwner(err error) error {
	list := slices.Clone(diag.From(err))
	before := strings.TrimSuffix(err.Error(), list.Error())
	for i := range list {
		if rest, ok := strings.CutPrefix(list[i].Where, "others[0]"); ok {
			list[i].Where = "principal.owner" + rest
		}
	}
	return fmt.Errorf("%s%w", before, list.Sort())
}

// lackError says in which areas a giver falls short.
func lackError(lacks []Lack) error {
	texts := make([]string, len(lacks))
	for i, l := range lacks {
		texts[i] = l.String()
	}
	return errors.New(strings.Join(first(slices.Compact(texts)), "; "))
}

// The bounds of what an answer says, for it goes into a log each time: a line of a megabyte that is wrong in every
// tenth byte would be answered with twelve.
const (
	maxFindings = 10  // whoever mends them sees the next
	maxFinding  = 500 // bytes: the longest sentence with the longest id in it, and room for the path to its place
)

// first returns the first few texts, and how many more there are.
func first(texts []string) []string {
	if n := len(texts) - maxFindings; n > 0 {
		texts = append(texts[:maxFindings:maxFindings], fmt.Sprintf("and %d more", n))
	}
	return texts
}

// briefError is an error that says less than it holds.
type briefError struct {
	error
	text string
}

// Error returns the first findings, a line each, and how many more there are.
func (b *briefError) Error() string { return b.text }

// Unwrap returns the error with everything that was found.
func (b *briefError) Unwrap() error { return b.error }

// brief bounds what an error says.
func brief(err error) error {
	if err == nil {
		return nil
	}
	whole := err.Error()
	lines := first(strings.Split(whole, "\n"))
	for i, line := range lines {
		if len(line) > maxFinding { // a key may be as long as the line; what is wrong with it stands at the end
			lines[i] = strings.ToValidUTF8(line[:maxFinding/2]+"…"+line[len(line)-maxFinding/2:], "")
		}
	}
	if text := strings.Join(lines, "\n"); text != whole {
		return &briefError{err, text}
	}
	return err
}
