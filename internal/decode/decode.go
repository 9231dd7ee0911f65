// Package decode reads nodes into plain values, and reports what has the wrong shape: the part of reading a file that
// is the same for policies, directories, tests and requests.
package decode

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/report"
)

// Decoder turns nodes into values of the model. It reports what has the wrong shape, and goes on: a value that
// could not be read is left at its zero, and its path is marked as broken, so that no later stage complains about
// the same words again.
type Decoder struct{ *report.Reporter }

// Refused reports whether nothing is to be said about a node: it is not there, or an error already stands on it. What
// lacks something that was refused is read, and the path marked as broken: nobody looks for what it lacks.
func (d Decoder) Refused(n *doc.Node, p report.Path) bool {
	if n == nil {
		return true
	}
	if n.Damaged || n.Open {
		d.Break(p)
	}
	return n.Damaged
}

// Wrong reports a node of another kind than the one that is due.
func (d Decoder) Wrong(n *doc.Node, p report.Path, due string) {
	if n.Kind == doc.Null {
		d.Errorf("null-value", report.Value(p), "a value is missing: expected %s", due)
		return
	}
	d.Errorf("wrong-type", report.Value(p), "expected %s, found %s", due, found(n))
}

func found(n *doc.Node) string {
	if n.Kind == doc.Map || n.Kind == doc.List || n.Quoted {
		return n.Kind.String()
	}
	return fmt.Sprintf("%s (%s)", n.Kind, diag.Quote(n.Text))
}

// Fields reads a mapping whose keys are known, and reports the others. Nothing after a colon is an empty mapping.
func (d Decoder) Fields(n *doc.Node, p report.Path, known ...string) bool {
	if !d.Mapping(n, p) {
		return false
	}
	for _, k := range n.Keys {
		name, rest, unspaced := strings.Cut(k.Text, ":")
		switch {
		case k.Damaged || slices.Contains(known, k.Text):
		case unspaced && !k.Quoted && slices.Contains(known, name):
			d.Errorf("yaml-key-space", report.Key(p.Name(k.Text)), "a space is missing after the colon: write %s: %s", name, rest)
			d.Break(p.Name(name))
		case !k.Quoted && lacksColon(k.Text, known):
			word, _, _ := strings.Cut(k.Text, " ")
			d.Errorf("unknown-key", report.Key(p.Name(k.Text)), "a colon is missing after the key %s", word)
			d.Break(p.Name(word))
		default:
			// Who mistyped a key did not leave it out.
			meant := d.Nearest(k.Text, known)
			if meant != "" && n.Get(meant) == nil {
				d.Break(p.Name(meant))
			}
			d.Suggest("unknown-key", report.Key(p.Name(k.Text)), meant, "there is no key %s here; the keys are %s", diag.Quote(k.Text), strings.Join(known, ", "))
		}
	}
	return true
}

// Mapping reports whether the node is a mapping, or nothing, which is an empty one.
func (d Decoder) Mapping(n *doc.Node, p report.Path) bool {
	switch {
	case d.Refused(n, p):
		return false
	case n.Kind == doc.Map, n.Kind == doc.Null:
		return true
	}
	d.Wrong(n, p, "a mapping")
	return false
}

// Each calls f for every entry of a mapping whose keys are names.
func (d Decoder) Each(n *doc.Node, p report.Path, f func(name string, n *doc.Node, p report.Path)) {
	if !d.Mapping(n, p) {
		return
	}
	for i, k := range n.Keys {
		if !k.Damaged {
			f(k.Text, n.Items[i], p.Name(k.Text))
		}
	}
}

// Text reads a string; a word that readers of YAML take for something else must be quoted.
func (d Decoder) Text(n *doc.Node, p report.Path) string { return d.Word(n, p, "text") }

// Word is Text for a text of some kind, such as a level.
func (d Decoder) Word(n *doc.Node, p report.Path, due string) string {
	switch {
	case d.Refused(n, p):
		return ""
	case n.Kind == doc.String && n.Ambiguous == "":
		return n.Text
	case n.Kind == doc.String:
		d.Errorf("quote-text", report.Value(p), "YAML readers take %s for %s: write \"%s\" if the text is meant", n.Text, n.Ambiguous, n.Text)
	case n.Kind == doc.Bool || n.Kind == doc.Int || n.Kind == doc.Float:
		d.Errorf("quote-text", report.Value(p), "expected %s, found %s: write \"%s\" if the text is meant", due, n.Kind, n.Text)
	default:
		d.Wrong(n, p, due)
		return ""
	}
	return n.Text
}

// lacksColon reports whether a key is a known one with the start of its value.
func lacksColon(key string, known []string) bool {
	word, rest, ok := strings.Cut(key, " ")
	return ok && slices.Contains(known, word) && strings.ContainsAny(rest, "{[")
}

// Lacks reports whether a mapping has none of some keys, nor anything that was meant for one of them.
func (d Decoder) Lacks(n *doc.Node, p report.Path, keys ...string) bool {
	return !n.Open && !slices.ContainsFunc(keys, func(k string) bool { return n.Get(k) != nil || d.Broken(p.Name(k)) })
}

// Required reports a key that is not there.
func (d Decoder) Required(n *doc.Node, p report.Path, keys ...string) {
	for _, k := range keys {
		if d.Lacks(n, p, k) {
			d.Errorf("missing-key", report.Value(p.Name(k)), "the key %s is missing", diag.Quote(k))
		}
	}
}

// List reads names: a list of them, or one without brackets. It returns nil when the key is not there, and an
// empty list for one that is empty.
func (d Decoder) List(n *doc.Node, p report.Path) []string {
	switch {
	case d.Refused(n, p):
		return nil
	case n.Kind == doc.List:
		list := make([]string, 0, len(n.Items))
		for i, item := range n.Items {
			q := p.Index(i)
			if item.Kind == doc.List || item.Kind == doc.Map {
				d.Wrong(item, q, "a name")
			}
			list = append(list, d.item(item, q)) // one that is refused keeps the places of the others
		}
		return list
	case n.Kind == doc.Map || n.Kind == doc.Null:
		d.Wrong(n, p, "a name or a list of names")
		return nil
	}
	return []string{d.Text(n, p)}
}

// item reads one name of a list; "" for one that is refused.
func (d Decoder) item(n *doc.Node, p report.Path) string {
	if n.Kind == doc.List || n.Kind == doc.Map {
		return ""
	}
	return d.Text(n, p)
}

func (d Decoder) Boolean(n *doc.Node, p report.Path) bool {
	switch {
	case d.Refused(n, p):
		return false
	case n.Kind == doc.Bool:
		return n.Text == "true"
	case n.Kind == doc.String && !n.Quoted:
		d.Errorf("wrong-type", report.Value(p), "%s is no boolean: write true or false", diag.Quote(n.Text))
	default:
		d.Wrong(n, p, "true or false")
	}
	return false
}

// Instant reads a point in time as RFC 3339 writes it.
func (d Decoder) Instant(n *doc.Node, p report.Path) time.Time {
	switch {
	case d.Refused(n, p):
		return time.Time{}
	case n.Kind != doc.String:
		d.Wrong(n, p, "a time such as 2027-01-01T00:00:00Z")
		return time.Time{}
	}
	at, why := ParseInstant(n.Text)
	if why != "" {
		d.Errorf("bad-time", report.Value(p), "%s %s", diag.Quote(n.Text), why)
	}
	return at
}

// exactly is RFC 3339. Go's own parser takes T0:00:00Z and a comma, too, which other readers do not.
var exactly = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$`)

// ParseInstant reads a time as RFC 3339 writes it, or says what keeps a text from being one, as the end of a sentence.
func ParseInstant(text string) (at time.Time, why string) {
	at, err := time.Parse(time.RFC3339Nano, text)
	switch {
	case err != nil || at.Year() < 1 || !exactly.MatchString(text):
		return time.Time{}, "is no time: write it with date, time and zone, as in 2027-01-01T00:00:00Z"
	case at.IsZero(): // which means "not set" wherever a time is kept
		return time.Time{}, "is what programs write for a time that was never set: leave the key out if there is none"
	}
	return at, ""
}

// Version checks the version of a file.
func (d Decoder) Version(n *doc.Node, p report.Path) {
	v := n.Get("version")
	switch {
	case d.Lacks(n, p, "version"):
		d.Errorf("missing-key", report.Value(p.Name("version")), "the key \"version\" is missing: write `version: 1`")
	case v == nil, v.Damaged:
	case v.Kind == doc.String && v.Text == "1":
		d.Errorf("bad-version", report.Value(p.Name("version")), "the version is the number 1, and in quotes it is text: take the quotes off")
	case v.Kind != doc.Int || v.Text != "1":
		d.Errorf("bad-version", report.Value(p.Name("version")), "the version is 1; this is %s", found(v))
	}
}

// Types reads the declaration of attributes.
func (d Decoder) Types(n *doc.Node, p report.Path) map[string]string {
	if n == nil {
		return nil
	}
	m := map[string]string{}
	d.Each(n, p, func(name string, n *doc.Node, p report.Path) { m[name] = d.Text(n, p) })
	return m
}

// Items calls f for every item of a list.
func (d Decoder) Items(n *doc.Node, p report.Path, f func(n *doc.Node, p report.Path)) {
	switch {
	case d.Refused(n, p):
	case n.Kind == doc.List:
		for i, item := range n.Items {
			f(item, p.Index(i))
		}
	default:
		d.Wrong(n, p, "a list")
	}
}

// Attributes reads facts as plain values; their declared types are held against them where they are used.
func (d Decoder) Attributes(n *doc.Node, p report.Path) map[string]any {
	if n == nil {
		return nil
	}
	m := map[string]any{}
	d.Each(n, p, func(name string, n *doc.Node, p report.Path) {
		if v, ok := d.fact(n, p); ok {
			m[name] = v
		}
	})
	return m
}

// ambiguous reports a fact that readers of YAML take for something else than text, and what it may be meant for.
func (d Decoder) ambiguous(n *doc.Node, p report.Path) {
	meant := "leave the attribute out"
	switch n.Ambiguous {
	case "a boolean":
		meant = "write false"
		switch strings.ToLower(n.Text) {
		case "y", "yes", "on", "true":
			meant = "write true"
		}
	case "a number":
		meant = "write it in decimal digits"
		if x := plainNumber(n.Text); x != "" {
			meant = "write " + x
		}
	}
	d.Errorf("quote-text", report.Value(p), "YAML readers take %s for %s: %s, or \"%s\" if the text is meant", n.Text, n.Ambiguous, meant, n.Text)
}

// plainNumber writes a number as every reader of YAML takes it, or returns "". Readers differ on whether a zero at the
// start makes it octal; people mean decimal.
func plainNumber(text string) string {
	text = strings.TrimPrefix(strings.ReplaceAll(text, "_", ""), "+")
	base := 10
	if strings.ContainsAny(text, "xXbBoO") {
		base = 0 // that of its prefix
	}
	if i, err := strconv.ParseInt(text, base, 64); err == nil {
		return strconv.FormatInt(i, 10)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return ""
}

// fact reads a value; one that readers of YAML disagree about, and a missing one, are reported.
func (d Decoder) fact(n *doc.Node, p report.Path) (any, bool) {
	if d.Refused(n, p) {
		return nil, false
	}
	ok := true
	switch n.Kind {
	case doc.Map:
		m := make(map[string]any, len(n.Keys))
		d.Each(n, p, func(name string, n *doc.Node, p report.Path) {
			v, fine := d.fact(n, p)
			m[name], ok = v, ok && fine
		})
		return m, ok
	case doc.List:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			v, fine := d.fact(item, p.Index(i))
			list[i], ok = v, ok && fine
		}
		return list, ok
	case doc.Null:
		d.Wrong(n, p, "a value (leave the attribute out if there is none)")
		return nil, false
	case doc.Int:
		return json.Number(n.Text), true
	case doc.String:
		if n.Ambiguous != "" {
			d.ambiguous(n, p)
		}
		return n.Text, n.Ambiguous == ""
	}
	return n.Value(), true
}
