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
