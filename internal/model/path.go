package model

import (
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/names"
	"github.com/trellis-authz/trellis/scope"
)

// Step is one scope on a path.
type Step struct {
	Kind int // the number of its kind
	End  int // the scope's own path is path[:End]
}

// Resolve reads a path such as "org:acme/workspace:ml" and appends its scopes to steps, from the root to the scope
// itself. The error is a *scope.PathError. Cost: linear in the path, no allocation when steps has room.
func (h *Kinds) Resolve(path string, steps []Step) ([]Step, error) {
	if path == "" {
		return steps, &scope.PathError{Message: `a path is missing; it is written kind:id, from the root, as in "org:acme"`}
	}
	first, parent, depth := len(steps), -1, 0
	var unknown *scope.PathError // well formed so far, but no such scope can be: told only when nothing is malformed
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
		case depth == scope.MaxDepth:
			return steps[:first], wrong(path, scope.Malformed, start, end-start, "a path has at most %d scopes", scope.MaxDepth)
		case err != nil && err.Fault == scope.Malformed:
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
func (h *Kinds) segment(path string, start, end int) (int, *scope.PathError) {
	text := path[start:end]
	malformed := func(format string, args ...any) *scope.PathError {
		return wrong(path, scope.Malformed, start, end-start, format, args...)
	}
	if text == "" { // the slash is what is meant
		return 0, wrong(path, scope.Malformed, max(0, start-1), 1, "a scope is missing before or after a slash")
	}
	name, id, ok := strings.Cut(text, ":")
	if !ok {
		return 0, malformed("%s is no scope: it is written kind:id", diag.Quote(text))
	}
	if why := scope.BadID(id); why != "" {
		return 0, malformed("the id in %s %s", diag.Quote(text), why)
	}
	kind, ok := h.index[name]
	if !ok {
		if !names.Identifier(name) {
			return 0, wrong(path, scope.Malformed, start, max(1, len(name)), "%s is no name of a scope kind: %s", diag.Quote(name), names.IdentifierRule)
		}
		err := wrong(path, scope.UnknownKind, start, len(name), "there is no scope kind %s", diag.Quote(name))
		err.Suggestion = diag.Nearest(name, h.names)
		return 0, err
	}
	return kind, nil
}

// nests checks that a scope of that kind may stand in one of the parent kind, or at the root.
func (h *Kinds) nests(path string, start, end, kind, parent int) *scope.PathError {
	in := h.in[kind]
	switch {
	case parent >= 0 && in.Has(parent), parent < 0 && in.Empty():
		return nil
	case in.Empty():
		return wrong(path, scope.BadNesting, start, end-start, "%s is a root: it stands in nothing", diag.Quote(h.names[kind]))
	}
	var allowed []string
	for p := range in.All() {
		allowed = append(allowed, h.names[p])
	}
	where := "at the root"
	if parent >= 0 {
		where = "in " + diag.Quote(h.names[parent])
	}
	return wrong(path, scope.BadNesting, start, end-start, "%s stands in %s, not %s", diag.Quote(h.names[kind]), strings.Join(allowed, " or "), where)
}

// wrong says what is wrong with a part of a path.
func wrong(path string, fault scope.Fault, offset, width int, format string, args ...any) *scope.PathError {
	return &scope.PathError{Path: path, Fault: fault, Offset: offset, Width: width, Message: fmt.Sprintf(format, args...)}
}
