package authztest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
)

// Result is the outcome of one assertion.
type Result struct {
	Group   string // the name of the matrix, or "checks"
	Name    string // what is asserted: "billing.cancel, ORG Member"
	Cell    bool   // it is a cell of a matrix
	Passed  bool
	Failure diag.Diagnostic // of one that failed: the position of the cell, what was expected, what is held, and the rule that decided
}

// Run runs every assertion of the suite, in the order of the file. It returns nil when the suite has an error:
// nothing is run against a policy that has one.
func (s *Suite) Run(ctx context.Context) []Result {
	if s == nil || s.engine == nil || s.Diagnostics.Err() != nil {
		return nil
	}
	subjects := map[string]*authz.Subject{}
	results := make([]Result, 0, len(s.cases))
	for i := range s.cases {
		c := &s.cases[i]
		r := Result{Group: c.group, Name: c.name, Cell: c.cell, Passed: true}
		if why := c.run(ctx, s.bind(c, subjects)); why != "" {
			r.Passed = false
			rule := "failed-check"
			if c.cell {
				rule = "wrong-cell"
			}
			r.Failure = diag.Diagnostic{Position: c.place.Position, Rule: rule, Message: why, Source: c.place.source, Width: c.place.width}
		}
		results = append(results, r)
	}
	return results
}

func (s *Suite) bind(c *testCase, bound map[string]*authz.Subject) *authz.Subject {
	key := c.subject.id
	if c.subject.isRoles {
		key = "\x00" + c.subject.where + "\x00" + strings.Join(c.subject.holds, "\x00")
	}
	if b, ok := bound[key]; ok {
		return b
	}
	var b *authz.Subject
	switch {
	case c.subject.isRoles:
		b, _ = s.engine.Preview(c.subject.where, c.subject.holds...) // an error makes a subject that holds nothing, and says so
	case c.subject.id == "":
		b = s.engine.Anonymous()
	default:
		b = s.engine.As(c.subject.id)
	}
	bound[key] = b
	return b
}

// run returns "" when the case passes, else what was expected, what is held, and the rule that decided.
func (c *testCase) run(ctx context.Context, s *authz.Subject) string {
	switch {
	case c.assign != "":
		d := s.CanAssign(ctx, authz.Giving{Name: c.assign, Scope: c.in, Facts: c.facts})
		if d.Allowed == c.want {
			return ""
		}
		return fmt.Sprintf("expected that %s %s assign %s in %s; it is %s", c.subject.label, can(c.want), c.assign, c.in, c.giving(ctx, s, d))
	case c.permission != "":
		x := s.Check(ctx, authz.Request{Permission: c.permission, Scope: c.in, Facts: c.facts})
		if x.Allowed == c.want {
			return ""
		}
		why := s.Explain(ctx, authz.Request{Permission: c.permission, Scope: c.in, Facts: c.facts})
		return fmt.Sprintf("expected that %s %s %s in %s; it is %s", c.subject.label, can(c.want), c.permission, c.in, verdict(why))
	}
	return c.runArea(ctx, s)
}

// verdict is a decision with its cause; what the cause says already, the decision need not.
func verdict(x authz.Explanation) string {
	d, cause := x.Decision, x.Cause()
	if d.Err != nil && strings.Contains(cause, d.Err.Error()) {
		d.Err = nil
	}
	return d.String() + "; " + cause
}

// giving is what became of giving a role, with the rule that decided.
func (c *testCase) giving(ctx context.Context, s *authz.Subject, d authz.GivingDecision) string {
	if d.Needs != "" {
		x := s.Explain(ctx, authz.Request{Permission: d.Needs, Scope: c.in, Facts: c.facts})
		return d.String() + "; " + x.Cause()
	}
	if len(d.Lacks) > 0 && !d.Lacks[0].Position.IsZero() {
		return fmt.Sprintf("%s (%s)", d, d.Lacks[0].Position)
	}
	return d.String()
}

func can(want bool) string {
	if want {
		return "can"
	}
	return "cannot"
}

// runArea asserts the exact level of every leaf beneath an area that exists at the scope; where none does, nothing
// is held.
func (c *testCase) runArea(ctx context.Context, s *authz.Subject) string {
	held, err := s.Held(ctx, c.in, c.facts)
	if err != nil {
		d, _ := errors.AsType[*authz.DeniedError](err)
		return fmt.Sprintf("expected %s in %s for %s; the request is %s", c.level, c.area, c.subject.label, d.Decision)
	}
	top, ok := held.Area(c.area)
	if !ok {
		return "there is no area " + c.area
	}
	if !top.Exists() {
		if c.level == top.Level() {
			return ""
		}
		return fmt.Sprintf("expected %s, and %s does not exist in %s", c.level, c.area, c.in)
	}
	for _, leaf := range leaves(top, nil) {
		if leaf.Exists() && leaf.Level() != c.level {
			x := s.Explain(ctx, authz.Request{Permission: leaf.Area() + ":" + s.TopLevel(), Scope: c.in, Facts: c.facts})
			return fmt.Sprintf("expected %s, and %s holds %s in %s in %s; %s", c.level, c.subject.label, leaf.Level(), leaf.Area(), c.in, x.Cause())
		}
	}
	return ""
}

// leaves appends the areas without sub-areas at or beneath one.
func leaves(h authz.Holding, list []authz.Holding) []authz.Holding {
	n := len(list)
	for below := range h.Areas() {
		list = leaves(below, list)
	}
	if len(list) == n {
		list = append(list, h)
	}
	return list
}

// Run runs every NAME.tests.yaml at the top of a file system, each cell and each check as a subtest. Everything that
// is wrong with the files fails the test; so do a file system without tests, and tests that are passed over because
// of their name (NAME.tests.yml, NAME.test.yaml).
func Run(t *testing.T, fsys fs.FS) {
	t.Helper()
	files, err := testFiles(fsys)
	if err != nil {
		t.Error(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, authz.TestsSuffix), func(t *testing.T) { RunFile(t, fsys, file) })
	}
}

// testFiles names the tests at the top of a file system, and says which are passed over, or that there are none.
func testFiles(fsys fs.FS) (files []string, err error) {
	if fsys == nil {
		return nil, errors.New("there is no file system to read tests from: it is nil")
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("looking for tests: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() {
			continue
		}
		if strings.HasSuffix(name, authz.TestsSuffix) {
			files = append(files, name)
		}
		for _, suffix := range []string{".tests.yml", ".test.yaml", ".test.yml"} {
			if stem, ok := strings.CutSuffix(name, suffix); ok {
				err = errors.Join(err, fmt.Errorf("%s is not read under that name; rename it to %s%s", name, stem, authz.TestsSuffix))
			}
		}
	}
	if len(files) == 0 && err == nil {
		err = errors.New("there are no tests (NAME" + authz.TestsSuffix + ")")
	}
	return files, err
}

// RunFile runs one tests file, each cell and each check as a subtest.
func RunFile(t *testing.T, fsys fs.FS, file string) {
	t.Helper()
	s, err := Load(fsys, file)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Diagnostics.Err(); err != nil {
		var b strings.Builder
		_ = s.Diagnostics.Render(&b, diag.Style{}) // a strings.Builder never fails
		t.Fatalf("nothing was run:\n%s", b.String())
	}
	for _, r := range s.Run(t.Context()) {
		t.Run(r.Group+"/"+r.Name, func(t *testing.T) {
			if !r.Passed {
				var b strings.Builder
				_ = r.Failure.Render(&b, diag.Style{}) // a strings.Builder never fails
				t.Error(b.String())
			}
		})
	}
}
