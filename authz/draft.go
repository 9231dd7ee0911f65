package authz

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/scope"
)

// Draft is a policy and a directory as they were read, with everything that is wrong with them. Its names are known
// even when it has errors, so that what refers to them (tests, an editor) can be checked in the same run. Nothing
// is decided by a draft.
type Draft struct {
	Diagnostics diag.List // every error and warning, sorted
	Engine      *Engine   // nil when there is an error
	draft       *Engine
}

// Examine reads a policy and, unless its name is empty, a directory, and returns what it finds. The error is one of
// reading the files; what is wrong with their contents is in the draft.
func Examine(fsys fs.FS, policyFile, directoryFile string, options ...Option) (*Draft, error) {
	s, err := read(fsys, policyFile, directoryFile)
	if err != nil {
		return nil, err
	}
	return s.examine(options), nil
}

// Readable reports whether the policy could be read at all: whether its names are known.
func (d *Draft) Readable() bool { return d != nil && d.draft != nil && d.draft.policy != nil }

// Levels returns the names of the levels, least first.
func (d *Draft) Levels() []string {
	if !d.Readable() {
		return nil
	}
	return slices.Clone(d.draft.policy.chain.Names())
}

// HasArea reports whether the policy declares the area, by its whole name.
func (d *Draft) HasArea(name string) bool {
	if !d.Readable() {
		return false
	}
	_, ok := d.draft.policy.tree.Find(name)
	return ok
}

// HasAction reports whether the policy declares the action.
func (d *Draft) HasAction(name string) bool {
	if !d.Readable() {
		return false
	}
	_, ok := d.draft.policy.actions[name]
	return ok
}

// CheckPermission returns what is wrong with a permission or action; nil: nothing, or the policy could not be read.
func (d *Draft) CheckPermission(text string) *diag.Problem {
	if !d.Readable() {
		return nil
	}
	_, problem := d.draft.policy.permission(text)
	return problem
}

// CheckArea returns what is wrong with the name of an area, a permission or an action, whichever it may be.
func (d *Draft) CheckArea(text string) *diag.Problem {
	if !d.Readable() || d.HasArea(text) {
		return nil
	}
	problem := d.CheckPermission(text)
	if problem == nil || strings.Contains(text, ":") {
		return problem
	}
	known := slices.Concat(d.draft.policy.tree.Names(), d.draft.policy.actionNames)
	return &diag.Problem{Rule: "unknown-area", Width: problem.Width, Suggestion: diag.Nearest(text, known),
		Message: fmt.Sprintf("there is no area or action %s", diag.Quote(text))}
}

// CheckPrincipal returns what is wrong with the id of a principal of the directory; "" is the anonymous one.
func (d *Draft) CheckPrincipal(id string) *diag.Problem {
	if !d.Readable() || id == "" {
		return nil
	}
	dir := d.draft.directory
	if dir.lists(id) {
		return nil
	}
	problem := &diag.Problem{Rule: "unknown-principal", Message: fmt.Sprintf("the directory lists no principal %s", diag.Quote(id)), Suggestion: diag.Nearest(id, dir.namesOfPrincipals())}
	if !dir.given {
		problem.Message = fmt.Sprintf("there is no directory that could list a principal %s", diag.Quote(id))
	}
	return problem
}

// CheckScope returns what is wrong with a path: it is not written as one, or the directory does not list it and the
// request, which brings the given scopes, does not bring it.
func (d *Draft) CheckScope(path string, brought map[string]Attributes) *diag.Problem {
	if !d.Readable() {
		return nil
	}
	steps, err := d.draft.policy.kinds.Resolve(path, nil)
	if e, bad := errors.AsType[*scope.PathError](err); bad {
		return e.Problem()
	}
	dir := d.draft.directory
	if !dir.given {
		return nil
	}
	for i, s := range steps {
		p := path[:s.End]
		if dir.scopes.find(p) != nil {
			continue
		}
		if _, ok := brought[p]; !ok || i == 0 {
			return &diag.Problem{Rule: "unknown-scope", Suggestion: diag.Nearest(p, dir.namesOfScopes()), Message: fmt.Sprintf("the directory lists no scope %s", diag.Quote(p))}
		}
	}
	return nil
}

// CheckFacts reports what is wrong with the facts that a request brings, at paths under at.
func (d *Draft) CheckFacts(facts Facts, at report.Path, r *report.Reporter) {
	if d.Readable() {
		e := d.draft
		e.checkFacts(facts, at, func(id string) bool {
			return e.directory.lists(id)
		}, r)
	}
}

// CheckHolder returns what is wrong with holding a role or profile in the nearest scope on the path to where, as
// [Engine.Preview] does.
func (d *Draft) CheckHolder(name string, profile bool, where string) *diag.Problem {
	if !d.Readable() {
		return nil
	}
	p := d.draft.policy
	known, what, other := p.roles.Names(), "role", "profile"
	find, findOther := p.roles.Find, p.profiles.Find
	if profile {
		known, what, other = p.profiles.Names(), other, what
		find, findOther = findOther, find
	}
	i, ok := find(name)
	if !ok {
		problem := &diag.Problem{Rule: "unknown-" + what, Message: fmt.Sprintf("there is no %s %s", what, diag.Quote(name)), Suggestion: diag.Nearest(name, known)}
		if _, mistaken := findOther(name); mistaken {
			problem.Message, problem.Suggestion = fmt.Sprintf("%s is a %s, not a %s: name it under `%ss`", diag.Quote(name), other, what, other), ""
		}
		return problem
	}
	kinds, held := p.kindsOf(i, !profile, i, profile), []int{i}
	var limit model.Row
	if profile {
		held, limit = p.profiles.Profile(i).Roles, p.profiles.Profile(i).LimitRow
	}
	for _, role := range held {
		switch c := p.roles.Role(role); {
		case c.At == nil:
			return &diag.Problem{Rule: "not-assignable", Message: fmt.Sprintf("the role %s has no `at`, so it may only be inherited", diag.Quote(c.Name))}
		case c.NeedsLimit && limit == nil:
			return &diag.Problem{Rule: "needs-limit", Message: fmt.Sprintf("the role %s must not be given without a limit: name a profile that limits it", diag.Quote(c.Name))}
		}
	}
	steps, err := p.kinds.Resolve(where, nil)
	if err != nil || kinds.Empty() {
		return nil // that is said of the path, or of the role
	}
	if !slices.ContainsFunc(steps, func(s model.Step) bool { return kinds.Has(s.Kind) }) {
		return &diag.Problem{Rule: "wrong-kind", Message: fmt.Sprintf("%s is assigned at %s, and %s stands in no such scope", diag.Quote(name), p.kindNames(kinds), diag.Quote(where))}
	}
	return nil
}

// CheckGiven returns what is wrong with the name of a role or profile that is to be given.
func (d *Draft) CheckGiven(name string) *diag.Problem {
	if !d.Readable() {
		return nil
	}
	if _, err := d.draft.policy.bundle(name); err == nil {
		return nil
	}
	known := slices.Concat(d.draft.policy.roles.Names(), d.draft.policy.profiles.Names())
	return &diag.Problem{Rule: "unknown-role", Message: fmt.Sprintf("there is no role or profile %s", diag.Quote(name)), Suggestion: diag.Nearest(name, known)}
}
