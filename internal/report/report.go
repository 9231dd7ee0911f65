// Package report collects what the stages of a load find wrong. A stage names a place in the model by a [Path] (roles,
// admin, areas, billing); a [Locator] turns that place into a line and a column when the model came from a file. A
// policy that was built in Go has no lines, and its diagnostics name the model path instead, so that one set of rules
// serves both.
package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

// Path is a place in a model: the steps from its root. The zero Path is the root itself. Paths are immutable and
// share their prefixes, so that walking a model costs one small allocation a step.
type Path struct{ last *step }

type step struct {
	up    Path
	name  string
	index int // -1 for a name
}

// Name returns the path of the child with that name.
func (p Path) Name(name string) Path { return Path{&step{p, name, -1}} }

// Names returns the path that follows each name in turn.
func (p Path) Names(names ...string) Path {
	for _, n := range names {
		p = p.Name(n)
	}
	return p
}

// Index returns the path of the i-th element, counted from 0.
func (p Path) Index(i int) Path { return Path{&step{p, "", i}} }

// Lazy is a path that is made when it is asked for: where all is right, as with nearly every one of a million, it never is.
type Lazy func() Path

// Lazy returns the path as one that is made when it is asked for.
func (p Path) Lazy() Lazy { return func() Path { return p } }

// Name is [Path.Name].
func (l Lazy) Name(name string) Lazy { return func() Path { return l().Name(name) } }

// Index is [Path.Index].
func (l Lazy) Index(i int) Lazy { return func() Path { return l().Index(i) } }

// Step is one step of a path: a name, or an index when Name is empty.
type Step struct {
	Name  string
	Index int // -1 for a name
}

// Steps returns the steps from the root.
func (p Path) Steps() []Step { return p.AppendSteps(nil) }

// AppendSteps appends the steps from the root to a list: one that has room takes them without an allocation.
func (p Path) AppendSteps(list []Step) []Step {
	n := len(list)
	for s := p.last; s != nil; s = s.up.last {
		n++
	}
	list = slices.Grow(list, n-len(list))[:n]
	for s := p.last; s != nil; s = s.up.last {
		n--
		list[n] = Step{s.name, s.index}
	}
	return list
}

// String returns the path as it is printed: roles.admin.grants[0].when. A name that holds a dot, a bracket or
// white space stands in quotes.
func (p Path) String() string {
	var b strings.Builder
	for _, s := range p.Steps() {
		switch {
		case s.Index >= 0:
			fmt.Fprintf(&b, "[%d]", s.Index)
			continue
		case b.Len() > 0:
			b.WriteByte('.')
		}
		if len(s.Name) > maxStep { // a request may name a scope by megabytes
			s.Name = strings.ToValidUTF8(s.Name[:maxStep], "") + "…"
		}
		if s.Name == "" || strings.ContainsAny(s.Name, "[]\" \t\n") || strings.Contains(s.Name, ".") {
			b.WriteString(strconv.Quote(s.Name))
		} else {
			b.WriteString(s.Name)
		}
	}
	return b.String()
}

// The longest name of a step that is printed whole: the longest path there can be, with 32 ids of 256 bytes.
const maxStep = 16 << 10

// At is a place that a diagnostic points to: the value at a path, its key, or a part of the value's text.
type At struct {
	Path   Path
	Key    bool // the key under which the value stands
	Part   bool // only Width bytes of the value's (or the key's) text, from Offset on
	Offset int
	Width  int
}

// Value points to the value at a path.
func Value(p Path) At { return At{Path: p} }

// Key points to the key under which the value at a path stands.
func Key(p Path) At { return At{Path: p, Key: true} }

// Part points to width bytes of the text at a path, from the byte offset on.
func Part(p Path, offset, width int) At {
	return At{Path: p, Part: true, Offset: offset, Width: width}
}

// OfKey points to the same part of the key instead of the value.
func (a At) OfKey() At {
	a.Key = true
	return a
}

// Locator finds places of a model in the file it was read from.
type Locator interface {
	// Locate returns the position, the source line and how many characters of it are meant. A place that is
	// not in the file is located at the nearest thing above it that is.
	Locate(At) (pos diag.Position, source string, width int)
}

// Reporter collects diagnostics. It is not safe for concurrent use.
type Reporter struct {
	// Locator may be nil: then diagnostics carry the model path alone.
	Locator Locator
	list    diag.List
	broken  map[string]bool // by path: an error stands on the value
	keys    map[string]bool // likewise, on the key; one of the two says nothing about the other
	above   map[string]bool // the paths of both and all above them
	sealed  map[string]bool // values broken before this stage
	closed  map[string]bool // likewise, keys
	silent  map[string]bool // rules
	hushed  []string        // "rule name": what a rule says of one name
	effort  int             // how many names were compared to find suggestions
	said    [2]int          // how many diagnostics there are, by severity
}

// MostFindings bounds the errors, and likewise the warnings, that are kept of one file or model; one more says so. A
// hostile file holds an error in every third byte, and reporting each would take a hundred times its memory.
const MostFindings = 10_000

// RuleTooMany is the rule of the one that says so.
const (
	RuleTooMany    = "too-many-errors"
	tooManyMessage = "here is one more finding than are shown of a file: mend those above first"
)

// The most names that are compared for the suggestions of one reporter. A file with a hundred thousand unknown names
// among a hundred thousand known ones is refused in seconds; its later errors come without a suggestion.
const maxEffort = 500_000

// Errorf reports an error of a rule at a place.
func (r *Reporter) Errorf(rule string, at At, format string, args ...any) {
	r.add(diag.Error, rule, at, "", fmt.Sprintf(format, args...))
}

// Warnf reports a warning of a rule at a place.
func (r *Reporter) Warnf(rule string, at At, format string, args ...any) {
	r.add(diag.Warning, rule, at, "", fmt.Sprintf(format, args...))
}

// Unknown reports an error about a name that is not known, and suggests the nearest of the known ones.
func (r *Reporter) Unknown(rule string, at At, written string, known []string, format string, args ...any) {
	r.add(diag.Error, rule, at, r.Nearest(written, known), fmt.Sprintf(format, args...))
}

// Nearest is [diag.Nearest] as long as the reporter has not compared very many names.
func (r *Reporter) Nearest(written string, known []string) string {
	if r.effort += len(known); r.effort > maxEffort {
		return ""
	}
	return diag.Nearest(written, known)
}

// Suggest is Errorf with a suggestion; an empty one is none.
func (r *Reporter) Suggest(rule string, at At, suggestion, format string, args ...any) {
	r.add(diag.Error, rule, at, suggestion, fmt.Sprintf(format, args...))
}

// Problem reports what is wrong with a text. The place is that of the whole text: a value, a key, or the part of a
// longer text from its Offset on.
func (r *Reporter) Problem(at At, p *diag.Problem) {
	if p.Width > 0 {
		at.Part, at.Offset, at.Width = true, at.Offset+p.Offset, p.Width
	}
	r.add(diag.Error, p.Rule, at, p.Suggestion, p.Message)
}

func (r *Reporter) add(severity diag.Severity, rule string, at At, suggestion, message string) {
	where := at.Path.String()
	before := r.sealed
	if at.Key {
		before = r.closed
	}
	if r.silent[rule] || r.hush(rule, message) || len(before) > 0 && holds(before, where) {
		return
	}
	d := diag.Diagnostic{
		Where:      where,
		Severity:   severity,
		Rule:       rule,
		Message:    message,
		Suggestion: suggestion,
	}
	if severity == diag.Error {
		r.breakAt(d.Where, at.Key)
	}
	if r.said[severity]++; r.said[severity] > MostFindings {
		if r.said[severity] > MostFindings+1 {
			return
		}
		d.Rule, d.Message, d.Suggestion = RuleTooMany, tooManyMessage, ""
	}
	if r.Locator != nil {
		d.Position, d.Source, d.Width = r.Locator.Locate(at)
	}
	r.list = append(r.list, d)
}

// Broken reports whether an error was reported at the value of that path: what was read there is not what the author
// meant, and a rule that would complain about the rest of it stays silent. What is wrong with a key alone leaves its
// value to be looked into.
func (r *Reporter) Broken(p Path) bool { return len(r.broken) > 0 && holds(r.broken, p.String()) }

// BrokenAt is Broken. Where nothing is broken anywhere, the path is not made.
func (r *Reporter) BrokenAt(l Lazy) bool { return len(r.broken) > 0 && r.Broken(l()) }

// holds reports whether a path is in a set. One name may stand for a list of one, so of the first item the list's own
// path counts, too.
func holds(set map[string]bool, where string) bool {
	if set[where] {
		return true
	}
	list, first := strings.CutSuffix(where, "[0]")
	return first && set[list]
}

// BrokenWithin reports whether an error was reported at that path or at one beneath it. It takes constant time.
func (r *Reporter) BrokenWithin(p Path) bool { return len(r.above) > 0 && r.above[p.String()] }

// Seal ends a stage: whatever is reported from now on at a path that is broken already is dropped. What was read there
// is not what the author meant, and one mistake is said once.
func (r *Reporter) Seal() {
	r.sealed, r.closed = maps.Clone(r.broken), maps.Clone(r.keys)
}

// Silence drops every later report of some rules: those that look names up in something that could not be read.
func (r *Reporter) Silence(rules ...string) {
	if r.silent == nil {
		r.silent = map[string]bool{}
	}
	for _, rule := range rules {
		r.silent[rule] = true
	}
}

// SilenceOf drops every later report of some rules that quotes a name: it stands for something that was declared, and
// could not be read.
func (r *Reporter) SilenceOf(name string, rules ...string) {
	for _, rule := range rules {
		r.hushed = append(r.hushed, rule+" "+diag.Quote(name))
	}
}

func (r *Reporter) hush(rule, message string) bool {
	for _, h := range r.hushed {
		if of, name, _ := strings.Cut(h, " "); of == rule && strings.Contains(message, name) {
			return true
		}
	}
	return false
}

// Break marks a path as broken without a diagnostic: what stands there was refused by someone else.
func (r *Reporter) Break(p Path) { r.breakAt(p.String(), false) }

// Restore takes the mark from a path: what was refused there is understood nevertheless, and may be looked into.
func (r *Reporter) Restore(p Path) { delete(r.broken, p.String()) }

func (r *Reporter) breakAt(where string, key bool) {
	if r.broken == nil {
		r.broken, r.keys, r.above = map[string]bool{}, map[string]bool{}, map[string]bool{"": true}
	}
	set := r.broken
	if key {
		set = r.keys
	}
	if set[where] {
		return
	}
	set[where], r.above[where] = true, true
	quoted := false
	for i := 0; i < len(where); i++ { // the steps end at dots and brackets outside quotes
		switch c := where[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '.' || c == '['):
			r.above[where[:i]] = true
		}
	}
}

// keyRules are the rules of package doc that are about keys. Its diagnostics name the path of what they are about, and
// not whether that is the key or the value.
var keyRules = map[string]bool{"yaml-key": true, "yaml-key-space": true, "duplicate-key": true}

// Append adds diagnostics that were made elsewhere, all of them. Where one of them is an error, the path that it names
// is broken.
func (r *Reporter) Append(list diag.List) {
	for _, d := range list {
		r.said[d.Severity]++
		if d.Severity == diag.Error && d.Where != "" {
			r.breakAt(d.Where, keyRules[d.Rule])
		}
	}
	r.list = append(r.list, list...)
}

// Truncate returns the first findings of a list that is sorted, and one more that says that there are others.
func Truncate(l diag.List) diag.List {
	if len(l) <= MostFindings {
		return l
	}
	next := l[MostFindings]
	next.Rule, next.Message, next.Suggestion = RuleTooMany, tooManyMessage, ""
	return append(l[:MostFindings:MostFindings], next)
}

// List returns what was reported so far, sorted.
func (r *Reporter) List() diag.List { return r.list.Sort() }
