package scope

import (
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/names"
)

// Limits of a path. Both bound what a request can make a decision cost: the walk to a scope is as long as its
// path is deep.
const (
	MaxDepth = 32          // scopes on one path
	MaxID    = names.MaxID // bytes of one id
)

// Step is one scope on a path.
type Step struct {
	Kind int // the number of its kind
	End  int // the scope's own path is path[:End]
}

// Fault says what is wrong with a path.
type Fault uint8

const (
	Malformed   Fault = iota // it is not written as a path
	UnknownKind              // it names a kind that is not declared
	BadNesting               // its kinds do not stand in each other so
)

// PathError says why a text is no path of a scope, and where in it.
type PathError struct {
	Path          string
	Fault         Fault
	Offset, Width int    // the part of Path that is meant, in bytes
	Message       string // one sentence
	Suggestion    string // a known kind near to the one that was written, or ""
}

// Error returns the path and what is wrong with it.
func (e *PathError) Error() string {
	s := fmt.Sprintf("scope %s: %s", diag.Quote(e.Path), e.Message)
	if e.Suggestion != "" {
		s += fmt.Sprintf("; did you mean %q?", e.Suggestion)
	}
	return s
}

// Problem returns the error as what is wrong with a text: bad-path, unknown-kind or bad-nesting.
func (e *PathError) Problem() *diag.Problem {
	rule := [...]string{Malformed: "bad-path", UnknownKind: "unknown-kind", BadNesting: "bad-nesting"}[e.Fault]
	return &diag.Problem{Rule: rule, Message: e.Message, Suggestion: e.Suggestion, Offset: e.Offset, Width: e.Width}
}

// Resolve reads a path such as "org:acme/workspace:ml" and appends its scopes to steps, from the root to the scope
// itself. The error is a *PathError. Cost: linear in the path, no allocation when steps has room.
func (h *Kinds) Resolve(path string, steps []Step) ([]Step, error) {
	if path == "" {
		return steps, &PathError{Message: `a path is missing; it is written kind:id, from the root, as in "org:acme"`}
	}
	first, parent, depth := len(steps), -1, 0
	var unknown *PathError // well formed so far, but no such scope can be: told only when nothing is malformed
	for start := 0; start <= len(path); depth++ {
		end := len(path)
		if i := strings.IndexByte(path[start:], '/'); i >= 0 {
			end = start + i
		}
		kind, err := h.segment(path, start, end)
		if err == nil && unknown == nil {
			err = h.nests(path, start, end, kind, parent)
		}
		switch {
		case depth == MaxDepth:
			return steps[:first], &PathError{path, Malformed, start, end - start, fmt.Sprintf("a path has at most %d scopes", MaxDepth), ""}
		case err != nil && err.Fault == Malformed:
			return steps[:first], err
		case unknown == nil:
			unknown = err
		}
		steps = append(steps, Step{kind, end})
		parent, start = kind, end+1
	}
	if unknown != nil {
		return steps[:first], unknown
	}
	return steps, nil
}

// segment reads kind:id and returns the number of the kind.
func (h *Kinds) segment(path string, start, end int) (int, *PathError) {
	text := path[start:end]
	malformed := func(format string, args ...any) *PathError {
		return &PathError{path, Malformed, start, end - start, fmt.Sprintf(format, args...), ""}
	}
	if text == "" { // the slash is what is meant
		return 0, &PathError{path, Malformed, max(0, start-1), 1, "a scope is missing before or after a slash", ""}
	}
	name, id, ok := strings.Cut(text, ":")
	if !ok {
		return 0, malformed("%s is no scope: it is written kind:id", diag.Quote(text))
	}
	if why := BadID(id); why != "" {
		return 0, malformed("the id in %s %s", diag.Quote(text), why)
	}
	kind, ok := h.index[name]
	if !ok {
		if !names.Identifier(name) {
			return 0, &PathError{path, Malformed, start, max(1, len(name)), fmt.Sprintf("%s is no name of a scope kind: %s", diag.Quote(name), names.IdentifierRule), ""}
		}
		return 0, &PathError{path, UnknownKind, start, len(name), fmt.Sprintf("there is no scope kind %s", diag.Quote(name)), diag.Nearest(name, h.names)}
	}
	return kind, nil
}

// nests checks that a scope of that kind may stand in one of the parent kind, or at the root.
func (h *Kinds) nests(path string, start, end, kind, parent int) *PathError {
	in := h.in[kind]
	switch {
	case parent >= 0 && in.Has(parent), parent < 0 && in.Empty():
		return nil
	case in.Empty():
		return &PathError{path, BadNesting, start, end - start, fmt.Sprintf("%s is a root: it stands in nothing", diag.Quote(h.names[kind])), ""}
	}
	var allowed []string
	for p := range in.All() {
		allowed = append(allowed, h.names[p])
	}
	where := "at the root"
	if parent >= 0 {
		where = "in " + diag.Quote(h.names[parent])
	}
	return &PathError{path, BadNesting, start, end - start,
		fmt.Sprintf("%s stands in %s, not %s", diag.Quote(h.names[kind]), strings.Join(allowed, " or "), where), ""}
}

// BadID says what keeps s from being the id of a scope or a principal, as the end of a sentence ("is empty"), or
// "" when it is one: valid UTF-8 of 1 to 256 bytes without a slash, white space or control characters.
func BadID(s string) string { return names.BadID(s) }

// Parent returns the path of the scope in which a path's scope stands, and "" for a root.
func Parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return ""
}

// Contains reports whether inner is outer or stands beneath it. Both are well-formed paths.
func Contains(outer, inner string) bool {
	return outer == inner || len(inner) > len(outer) && inner[len(outer)] == '/' && inner[:len(outer)] == outer
}

// ID returns the id of a path's last scope: "ml" for "org:acme/workspace:ml".
func ID(path string) string {
	last := path[strings.LastIndexByte(path, '/')+1:]
	_, id, _ := strings.Cut(last, ":")
	return id
}
