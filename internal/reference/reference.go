// Package reference decides a second time, as plainly as the numbered sentences of the specification's "What a
// decision is" are written: from the model to a decision with maps, strings and recursion. Nothing is compiled,
// nothing is remembered from one question to the next but what was asked, and no function of the compiler, the
// engine or the conditions is called: a test holds that. It is the twin against which the engine is tested, slow on
// purpose, and for models that are valid: it checks nothing that is refused when a policy is loaded.
//
// The files stand in the order of the specification: reference (the reasons), decision (sentences 1 to 9), giving
// (who may give what), facts (what a request may bring), condition and syntax (a small CEL of its own).
package reference

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/authz"
)

// World is everything that is known before a question is asked.
type World struct {
	Policy    authz.Policy
	Directory *authz.Directory // nil: there is none

	texts map[string]expr // conditions that were read already, by their text
}

// Question asks, for somebody, somewhere, with the facts of a request. Whoever asks is listed by the directory,
// or is the first of those who are given.
type Question struct {
	As        string
	Anonymous bool
	Given     []authz.Principal
	Scope     string
	Facts     authz.Facts // the time must be set
}

// Decision is what came out.
type Decision struct {
	Allowed bool
	Level   string
	Reason  string
}

// Levels is a level for each leaf, by its name; the least is 0.
type Levels map[string]int

// Case is a question of which all but the permission is known. What its principal holds is worked out when the
// first permission is asked for.
type Case struct {
	world    *World
	question Question
	path     []string // the scopes on the path to the one in question, from the root
	invalid  bool
	asker    *authz.Principal // the one who asks, or a key; nil when nobody of that name is known
	owner    *authz.Principal // the one whose grants count: the asker, or the owner of the key
	unknown  bool             // the scope is not known
	done     bool
	granted  Levels // before boundaries and the principal's own limits
	held     Levels
}

// Ask returns the case of a question.
func (w *World) Ask(q Question) *Case {
	c := &Case{world: w, question: q}
	if q.Anonymous {
		c.asker = &authz.Principal{Kind: anonymous, Status: authz.Active}
	} else if len(q.Given) > 0 {
		c.asker = &q.Given[0]
	} else {
		c.asker = w.principal(q.As, nil)
	}
	c.owner = c.asker
	if c.asker != nil && c.asker.Kind == authz.Key {
		c.owner = w.principal(c.asker.Owner, q.Given)
	}
	var wellFormed bool
	c.path, wellFormed = pathTo(q.Scope)
	c.invalid = !wellFormed || !w.validGiven(q.Given) || !w.validFacts(q.Facts)
	c.unknown = !c.invalid && !w.knownScope(c.path, q.Facts)
	return c
}

const anonymous authz.Kind = "anonymous"

// Decide answers for one permission or action. The reasons are looked for in the order of the specification.
func (c *Case) Decide(permission string) Decision {
	w := c.world
	area, need, known := w.permission(permission)
	deny := func(reason string) Decision { return Decision{Level: w.levels()[0], Reason: reason} }
	switch {
	case c.invalid || permission == "" || known && need == 0:
		return deny("invalid-request")
	case !known:
		return deny("unknown-permission")
	case c.asker == nil:
		return deny("unknown-principal")
	case c.unknown:
		return deny("unknown-scope")
	case len(w.existing(area, c.kind())) == 0:
		return deny("wrong-scope-kind")
	case c.asker.Status != authz.Active || c.owner.Status != authz.Active:
		return deny("inactive")
	case c.expired():
		return deny("expired")
	case c.outside():
		return deny("outside-key")
	}
	if !c.done {
		c.granted, c.held = c.hold()
		c.done = true
	}
	leaves := w.existing(area, c.kind())
	level := least(c.held, leaves)
	d := Decision{Level: w.levels()[level]}
	switch {
	case level >= need:
		d.Allowed, d.Reason = true, "granted"
	case least(c.granted, leaves) >= need:
		d.Reason = "limited"
	case highest(c.granted, leaves) > 0:
		d.Reason = "level-too-low"
	default:
		d.Reason = "no-grant"
	}
	return d
}

// Held returns the level held in every leaf that exists at the scope, or nil when the case is denied before.
func (c *Case) Held() Levels {
	if c.invalid || c.asker == nil || c.unknown {
		return nil
	}
	all := Levels{}
	for _, leaf := range c.world.leaves("") {
		if !slices.Contains(c.world.kindsOf(leaf), c.kind()) {
			continue
		}
		all[leaf] = 0
		if c.asker.Status != authz.Active || c.owner.Status != authz.Active || c.expired() || c.outside() {
			continue
		}
		if !c.done {
			c.granted, c.held = c.hold()
			c.done = true
		}
		all[leaf] = c.held[leaf]
	}
	return all
}

func (c *Case) expired() bool {
	return c.asker.Kind == authz.Key && !c.asker.Until.IsZero() && !c.question.Facts.Time.Before(c.asker.Until)
}

func (c *Case) outside() bool {
	if c.asker.Kind != authz.Key || len(c.asker.In) == 0 {
		return false
	}
	for _, in := range c.asker.In {
		if slices.Contains(c.path, in) {
			return false
		}
	}
	return true
}

// kind returns the kind of the scope in question.
func (c *Case) kind() string { return kindOf(c.question.Scope) }

func kindOf(path string) string {
	kind, _, _ := strings.Cut(path[strings.LastIndex(path, "/")+1:], ":")
	return kind
}

func idOf(path string) string {
	_, id, _ := strings.Cut(path[strings.LastIndex(path, "/")+1:], ":")
	return id
}

// pathTo returns every scope on the way to a scope, from the root, and whether the text is written as a path at all.
func pathTo(text string) (path []string, wellFormed bool) {
	segments := strings.Split(text, "/")
	for i, segment := range segments {
		kind, id, ok := strings.Cut(segment, ":")
		if !ok || !identifier(kind) || !isID(id) || i >= 32 {
			return nil, false
		}
		path = append(path, strings.Join(segments[:i+1], "/"))
	}
	return path, true
}

func identifier(s string) bool {
	for i, r := range s {
		if !(r >= 'a' && r <= 'z') && !(i > 0 && (r == '_' || r >= '0' && r <= '9')) {
			return false
		}
	}
	return s != "" && len(s) <= 256
}

func isID(s string) bool {
	bad := func(r rune) bool { return r == '/' || unicode.IsSpace(r) || unicode.IsControl(r) }
	return len(s) >= 1 && len(s) <= 256 && utf8.ValidString(s) && strings.IndexFunc(s, bad) < 0
}

// knownScope: kinds nest as they are declared, and "a scope is known when the directory lists it, or when its nearest
// listed ancestor is followed by scopes whose attributes (perhaps none) the request brings".
func (w *World) knownScope(path []string, facts authz.Facts) bool {
	parent := ""
	for _, p := range path {
		if !w.nests(kindOf(p), parent) {
			return false
		}
		parent = kindOf(p)
	}
	if w.Directory == nil {
		return true
	}
	listed := 0
	for i, p := range path {
		if w.listed(p) != nil {
			listed = i + 1
		}
	}
	for _, p := range path[listed:] {
		if _, brought := facts.Scopes[p]; !brought {
			return false
		}
	}
	return listed > 0
}

func (w *World) nests(kind, parent string) bool {
	for _, k := range w.Policy.Scopes {
		if k.Name == kind {
			return len(k.In) == 0 && parent == "" || slices.Contains(k.In, parent)
		}
	}
	return false
}

func (w *World) listed(path string) *authz.Scope {
	if w.Directory == nil {
		return nil
	}
	for i := range w.Directory.Scopes {
		if w.Directory.Scopes[i].Path == path {
			return &w.Directory.Scopes[i]
		}
	}
	return nil
}

// principal finds somebody among those who are given with the question, or in the directory.
func (w *World) principal(id string, given []authz.Principal) *authz.Principal {
	for i := range given {
		if given[i].ID == id {
			return &given[i]
		}
	}
	if w.Directory != nil {
		for i := range w.Directory.Principals {
			if w.Directory.Principals[i].ID == id {
				return &w.Directory.Principals[i]
			}
		}
	}
	return nil
}

// permission reads area:level, or an action.
func (w *World) permission(text string) (area string, need int, known bool) {
	for _, a := range w.Policy.Actions {
		if a.Name == text {
			text = a.Permission
			break
		}
	}
	area, level, _ := strings.Cut(text, ":")
	need = slices.Index(w.levels(), level)
	return area, need, need >= 0 && len(w.leaves(area)) > 0 && area != ""
}

func (w *World) levels() []string {
	if w.Policy.Levels == nil {
		return []string{"none", "read", "edit"}
	}
	return w.Policy.Levels
}

func (w *World) top() int { return len(w.levels()) - 1 }

func least(levels Levels, leaves []string) int {
	low := levels[leaves[0]]
	for _, leaf := range leaves {
		low = min(low, levels[leaf])
	}
	return low
}

func highest(levels Levels, leaves []string) int {
	high := 0
	for _, leaf := range leaves {
		high = max(high, levels[leaf])
	}
	return high
}

// within reports whether a time falls into [from, until); the zero times are no bounds.
func within(now, from, until time.Time) bool {
	return (from.IsZero() || !now.Before(from)) && (until.IsZero() || now.Before(until))
}
