package authz

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/roles"
)

// WriteYAML writes the policy as a NAME.policy.yaml file: one that is read again decides the same. It holds no
// comments, and keeps the order of the lists; names that refer to areas are sorted. The error is that of the writer,
// or says what YAML cannot hold: a text that is not valid UTF-8.
func (p Policy) WriteYAML(w io.Writer) error {
	var e encoder
	return e.write(w, e.policy(&p))
}

// WriteYAML writes the directory as a NAME.directory.yaml file: one that is read again decides the same. It sorts
// attributes, and keeps the order of all else. The error is that of the writer, or says what YAML cannot hold: a text
// that is not valid UTF-8, or an attribute that is a [Principal] and not the id of one.
func (d Directory) WriteYAML(w io.Writer) error {
	var e encoder
	return e.write(w, e.directory(&d))
}

// encoder turns values of the model into nodes: decoder the other way round.
type encoder struct{ err error }

func (e *encoder) write(w io.Writer, n *doc.Node) error {
	if e.err != nil {
		return e.err
	}
	_, err := w.Write(doc.Format(n))
	return err
}

func (e *encoder) policy(p *Policy) *doc.Node {
	n := mapping()
	e.put(n, "version", &doc.Node{Kind: doc.Int, Text: "1"})
	e.put(n, "name", e.text(p.Name))
	e.list(n, "levels", p.Levels)
	kinds := mapping()
	for _, k := range p.Scopes {
		x := mapping()
		e.list(x, "in", k.In)
		e.words(x, "attributes", k.Attributes)
		e.put(kinds, k.Name, x)
	}
	e.put(n, "scopes", kinds)
	e.words(n, "principal", p.Principal)
	e.words(n, "request", p.Request)
	e.put(n, "areas", e.areas(p.Areas))
	actions := mapping()
	for _, a := range p.Actions {
		x := mapping()
		e.put(x, "permission", e.text(a.Permission))
		e.labels(x, a.Title, a.Description)
		if len(x.Items) == 1 {
			x = x.Items[0]
		}
		e.put(actions, a.Name, x)
	}
	e.some(n, "actions", actions)
	all := mapping()
	for i := range p.Roles {
		e.put(all, p.Roles[i].Name, e.role(&p.Roles[i]))
	}
	e.put(n, "roles", all)
	bundles := mapping()
	for i := range p.Profiles {
		x, b := mapping(), &p.Profiles[i]
		e.labels(x, b.Title, b.Description)
		e.list(x, "roles", b.Roles)
		e.limit(x, b.Limit)
		e.word(x, "given_with", b.GivenWith)
		e.put(bundles, b.Name, x)
	}
	e.some(n, "profiles", bundles)
	boundaries := mapping()
	for i := range p.Boundaries {
		x, b := mapping(), &p.Boundaries[i]
		e.labels(x, b.Title, b.Description)
		e.list(x, "in", b.In)
		e.word(x, "under", b.Under)
		e.word(x, "when", b.When)
		e.list(x, "roles", b.Roles)
		e.list(x, "except", b.Except)
		e.limit(x, b.Limit)
		e.put(boundaries, b.Name, x)
	}
	e.some(n, "boundaries", boundaries)
	return n
}

func (e *encoder) areas(list []roles.Area) *doc.Node {
	n := mapping()
	for i := range list {
		a, x := &list[i], mapping()
		e.word(x, "description", a.Description)
		e.list(x, "at", a.At)
		if len(a.Areas) > 0 {
			e.put(x, "areas", e.areas(a.Areas))
		}
		switch {
		case len(x.Items) == 0:
			x = &doc.Node{Kind: doc.Null}
		case len(x.Items) == 1 && a.Description != "":
			x = x.Items[0]
		}
		e.put(n, a.Name, x)
	}
	return n
}

func (e *encoder) role(r *roles.Role) *doc.Node {
	n := mapping()
	e.labels(n, r.Title, r.Description)
	e.list(n, "at", r.At)
	e.word(n, "reach", string(r.Reach))
	e.list(n, "inherits", r.Inherits)
	e.some(n, "areas", e.grant(r.Areas))
	grants := &doc.Node{Kind: doc.List}
	for i := range r.Grants {
		x, g := mapping(), &r.Grants[i]
		e.put(x, "areas", e.grant(g.Areas))
		e.word(x, "when", g.When)
		e.word(x, "reach", string(g.Reach))
		grants.Items = append(grants.Items, x)
	}
	e.some(n, "grants", grants)
	e.limit(n, r.Limit)
	e.list(n, "requires", r.Requires)
	e.word(n, "given_with", r.GivenWith)
	e.yes(n, "needs_limit", r.NeedsLimit)
	e.yes(n, "exceeds_giver", r.ExceedsGiver)
	return n
}

func (e *encoder) directory(d *Directory) *doc.Node {
	n := mapping()
	e.put(n, "version", &doc.Node{Kind: doc.Int, Text: "1"})
	scopes := mapping()
	for _, s := range d.Scopes {
		e.put(scopes, s.Path, e.attributes(s.Path, s.Attributes, 0))
	}
	e.put(n, "scopes", scopes)
	groups := mapping()
	for i := range d.Groups {
		x, g := mapping(), &d.Groups[i]
		e.list(x, "groups", g.Groups)
		e.assignments(x, g.Assignments)
		e.put(groups, g.Name, x)
	}
	e.some(n, "groups", groups)
	principals := mapping()
	for i := range d.Principals {
		e.put(principals, d.Principals[i].ID, e.principal(&d.Principals[i]))
	}
	e.some(n, "principals", principals)
	return n
}

func (e *encoder) principal(p *Principal) *doc.Node {
	n := mapping()
	e.word(n, "kind", string(p.Kind))
	e.word(n, "status", string(p.Status))
	e.list(n, "groups", p.Groups)
	if len(p.Attributes) > 0 {
		e.put(n, "attributes", e.attributes(p.ID, p.Attributes, 0))
	}
	e.assignments(n, p.Assignments)
	e.limit(n, p.Limit)
	e.word(n, "owner", p.Owner)
	e.list(n, "in", p.In)
	e.instant(n, "until", p.Until)
	return n
}

func (e *encoder) assignments(n *doc.Node, list []Assignment) {
	all := &doc.Node{Kind: doc.List}
	for i := range list {
		x, a := mapping(), &list[i]
		e.list(x, "roles", a.Roles)
		e.list(x, "profiles", a.Profiles)
		e.list(x, "in", a.In)
		e.limit(x, a.Limit)
		e.instant(x, "from", a.From)
		e.instant(x, "until", a.Until)
		all.Items = append(all.Items, x)
	}
	e.some(n, "assignments", all)
}

// attributes writes facts; of is whose they are, for the error.
func (e *encoder) attributes(of string, a map[string]any, depth int) *doc.Node {
	n := mapping()
	for _, name := range sortedKeys(a) {
		e.put(n, name, e.fact(of+"."+name, a[name], depth))
	}
	return n
}

func (e *encoder) fact(of string, v any, depth int) *doc.Node {
	if e.err != nil { // nothing will be written, and few elements that hold each other come to many
		return &doc.Node{Kind: doc.Null}
	}
	if depth > maxFactDepth { // lists and maps of Go may hold themselves
		e.fail("the attribute %s nests more than %d deep, and YAML cannot hold it", of, maxFactDepth)
		return &doc.Node{Kind: doc.Null}
	}
	switch v := v.(type) {
	case time.Time:
		return e.text(v.Format(time.RFC3339Nano))
	case time.Duration:
		return e.text(v.String())
	case json.Number:
		return number(v.String())
	}
	switch rv := reflect.ValueOf(v); {
	case rv.Kind() == reflect.String:
		return e.text(rv.String())
	case rv.Kind() == reflect.Bool:
		return &doc.Node{Kind: doc.Bool, Text: strconv.FormatBool(rv.Bool())}
	case rv.CanInt():
		return number(strconv.FormatInt(rv.Int(), 10))
	case rv.CanUint():
		return number(strconv.FormatUint(rv.Uint(), 10))
	case rv.CanFloat() && !math.IsNaN(rv.Float()) && !math.IsInf(rv.Float(), 0):
		return number(strconv.FormatFloat(rv.Float(), 'g', -1, 64))
	case rv.Kind() == reflect.Slice || rv.Kind() == reflect.Array:
		n := &doc.Node{Kind: doc.List}
		for i := range rv.Len() {
			n.Items = append(n.Items, e.fact(of, rv.Index(i).Interface(), depth+1))
		}
		return n
	case rv.Kind() == reflect.Map && rv.Type().Key().Kind() == reflect.String:
		m := make(map[string]any, rv.Len())
		for _, k := range rv.MapKeys() {
			m[k.String()] = rv.MapIndex(k).Interface()
		}
		return e.attributes(of, m, depth+1)
	}
	e.fail("the attribute %s is %v (%T), and YAML cannot hold it", of, v, v)
	return &doc.Node{Kind: doc.Null}
}

// number writes a number. One without a fraction is a whole number, and a double takes those.
func number(text string) *doc.Node { return &doc.Node{Kind: doc.Float, Text: text} }

func mapping() *doc.Node { return &doc.Node{Kind: doc.Map} }

func (e *encoder) text(s string) *doc.Node {
	if !utf8.ValidString(s) {
		e.fail("the text %q is not valid UTF-8, and YAML cannot hold it", s)
	}
	return &doc.Node{Kind: doc.String, Text: s}
}

func (e *encoder) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
}

func (e *encoder) put(n *doc.Node, key string, value *doc.Node) {
	n.Keys = append(n.Keys, e.text(key))
	n.Items = append(n.Items, value)
}

// some, word, yes, words, list and instant leave out what is not there.
func (e *encoder) some(n *doc.Node, key string, value *doc.Node) {
	if len(value.Items) > 0 {
		e.put(n, key, value)
	}
}

func (e *encoder) word(n *doc.Node, key, text string) {
	if text != "" {
		e.put(n, key, e.text(text))
	}
}

func (e *encoder) yes(n *doc.Node, key string, is bool) {
	if is {
		e.put(n, key, &doc.Node{Kind: doc.Bool, Text: "true"})
	}
}

func (e *encoder) words(n *doc.Node, key string, m map[string]string) {
	all := mapping()
	for _, name := range sortedKeys(m) {
		e.put(all, name, e.text(m[name]))
	}
	e.some(n, key, all)
}

func (e *encoder) list(n *doc.Node, key string, names []string) {
	if names == nil {
		return
	}
	all := &doc.Node{Kind: doc.List}
	for _, name := range names {
		all.Items = append(all.Items, e.text(name))
	}
	if len(names) == 1 { // "one name may stand without brackets"
		all = all.Items[0]
	}
	e.put(n, key, all)
}

func (e *encoder) instant(n *doc.Node, key string, at time.Time) {
	if !at.IsZero() {
		e.put(n, key, e.text(at.Format(time.RFC3339Nano)))
	}
}

func (e *encoder) labels(n *doc.Node, title, description string) {
	e.word(n, "title", title)
	e.word(n, "description", description)
}

func (e *encoder) grant(g roles.Grant) *doc.Node {
	n := mapping()
	for _, area := range sortedKeys(g) {
		e.put(n, area, e.text(g[area]))
	}
	return n
}

func (e *encoder) limit(n *doc.Node, l roles.Limit) {
	switch {
	case l.Only:
		e.put(n, "only", e.grant(l.Areas))
	case len(l.Areas) > 0:
		e.put(n, "limit", e.grant(l.Areas))
	}
}
