// Package pattern holds paths of scopes with wildcards for ids, "org:{org}/workspace:{ws}": what routes, methods and
// resources of other protocols are mapped by.
package pattern

import (
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/scope"
)

// Path is the path of a scope with wildcards. The zero Path is none.
type Path struct{ pieces []piece }

// piece is a part of a path: as it stands, and then the value of a wildcard, if it names one.
type piece struct{ text, wildcard string }

// Parse reads a path with wildcards. Whether its kinds exist and nest like that is for an engine to say, of its sample.
func Parse(text string) (Path, error) {
	var p Path
	before := ""
	for i, step := range strings.Split(text, "/") {
		kind, id, ok := strings.Cut(step, ":")
		if i > 0 {
			before += "/"
		}
		name, wild := strings.CutPrefix(id, "{")
		name, closed := strings.CutSuffix(name, "}")
		fail := func(format string, args ...any) (Path, error) {
			return Path{}, fmt.Errorf("in %s the step %s %s", diag.Quote(text), diag.Quote(step), fmt.Sprintf(format, args...))
		}
		switch {
		case !ok || kind == "":
			return fail("is no kind:id")
		case wild && closed && name != "" && !strings.ContainsAny(name, "{}"):
			p.pieces = append(p.pieces, piece{before + kind + ":", name})
			before = ""
			continue
		case strings.ContainsAny(step, "{}"):
			return fail("is not a wildcard, kind:{name}, and no id has braces")
		case scope.BadID(id) != "":
			return fail("has an id that %s", scope.BadID(id))
		}
		before += step
	}
	if before != "" {
		p.pieces = append(p.pieces, piece{before, ""})
	}
	return p, nil
}

// Wildcards returns the names of the wildcards, in their order.
func (p Path) Wildcards() []string {
	var names []string
	for _, x := range p.pieces {
		if x.wildcard != "" {
			names = append(names, x.wildcard)
		}
	}
	return names
}

// Sample returns a path as this one may become.
func (p Path) Sample() string {
	path, err := p.Fill(func(string) (string, error) { return "id", nil })
	if err != nil { // "id" is an id
		return ""
	}
	return path
}

// BadValue says that the value of a wildcard is no id.
type BadValue struct{ Wildcard, Why string }

// Error returns which value is wrong and why, and not the value.
func (e *BadValue) Error() string { return fmt.Sprintf("%s %s", diag.Quote(e.Wildcard), e.Why) }

// Fill returns the path with the values of its wildcards. Each stands for one id and nothing else: the error is a
// [*BadValue] for one that is none, or that of value. Cost: one allocation, where there are few wildcards.
func (p Path) Fill(value func(wildcard string) (string, error)) (string, error) {
	var room [4]string
	values, size := room[:0], 0
	for _, x := range p.pieces {
		v := ""
		if x.wildcard != "" {
			var err error
			if v, err = value(x.wildcard); err != nil {
				return "", err
			}
			if bad := scope.BadID(v); bad != "" {
				return "", &BadValue{x.wildcard, bad}
			}
		}
		values, size = append(values, v), size+len(x.text)+len(v)
	}
	var b strings.Builder
	b.Grow(size)
	for i, x := range p.pieces {
		b.WriteString(x.text)
		b.WriteString(values[i])
	}
	return b.String(), nil
}
