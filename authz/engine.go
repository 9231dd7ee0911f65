package authz

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/report"
)

// Engine is a compiled policy with its directory. It is immutable and safe for concurrent use, takes no lock and
// keeps no decision: what it answers is computed each time, from what it was built with and what the request
// brings. A changed policy is a new engine: a service keeps it in an [atomic.Pointer], and swaps that.
type Engine struct {
	policy    *policy
	directory *directory
	compiled
	warnings diag.List
	places   places
	clock    func() time.Time
	observe  Observer // nil: nobody
}

// hollow reports an engine that was never built: nil, or the zero value. It denies everything.
func (e *Engine) hollow() bool { return e == nil || e.policy == nil }

// Provider gives the engine that decides now; nil where none is ready. It is asked once a request, by many goroutines at
// once. An engine is its own: whoever never changes a policy hands on the engine itself.
type Provider interface{ Engine() *Engine }

// Engine returns e, or nil where it was never built.
func (e *Engine) Engine() *Engine {
	if e.hollow() {
		return nil
	}
	return e
}

// Validate says what is wrong with asking for a permission in a scope, whatever anybody holds there: the permission is
// unknown, the path is malformed or its kinds do not nest like that, or nothing of the area exists at such a scope. An empty
// scope is not looked at. It is for programs that check at their start what they are going to ask. The directory is not
// asked: the ids in the path may be any.
func (e *Engine) Validate(permission, scope string) error {
	if e.hollow() {
		return ErrNotReady
	}
	p, err := e.Permission(permission)
	if err != nil || scope == "" {
		return err
	}
	steps, err := e.policy.kinds.Resolve(scope, nil)
	if err != nil {
		return err
	}
	area := e.policy.tree.Area(p.is.of.Area)
	if kind := lastKind(steps); !area.Kinds.Has(kind) {
		return fmt.Errorf("%s does not exist at a scope of the kind %s; it exists at %s", area.Name, e.policy.kinds.Name(kind), e.policy.kindNames(area.Kinds))
	}
	return nil
}

// Option changes how an engine is built.
type Option func(*Engine)

// WithClock sets the clock that is read for a request that brings no time of its own. The default is [time.Now].
func WithClock(now func() time.Time) Option {
	return func(e *Engine) {
		if now != nil {
			e.clock = now
		}
	}
}

// New builds an engine from Go values. A nil directory means that there is none: requests bring the principals,
// and every well-formed path is a known scope. The error is a [diag.List] of everything that is wrong, by the
// same rules as for files; the places it names are those of the model ("roles.admin.areas.billing"). The values
// are copied: change them as you like once New has returned. Cost: linear in the model.
func New(p Policy, d *Directory, options ...Option) (*Engine, error) {
	s := sources{policy: p.clone(), directory: d, policyReporter: &report.Reporter{}, directoryReporter: &report.Reporter{}}
	draft := s.examine(options)
	if err := draft.Diagnostics.Err(); err != nil {
		return nil, err
	}
	return draft.Engine, nil
}

// compile makes tables of policy and directory, in which nothing is wrong.
func (e *Engine) compile() {
	e.compiled = compileTables(e.policy, e.directory)
	e.placeScopes(e.directory)
	e.directory.surround()
	e.directory.scopes.done()
	e.directory.stated.done()
}

var errBuilt = errors.New("the directory is built: begin another builder")

// sources is what an engine is built from, and where what is wrong with it goes.
type sources struct {
	policy            *Policy    // nil: it could not be read
	directory         *Directory // nil: there is none, or it could not be read
	policyReporter    *report.Reporter
	directoryReporter *report.Reporter
	policySpare       []spareLimit
	directorySpare    []spareLimit
	places            places
}

// examine checks and compiles. Nothing is built by half: with any error there is no engine.
func (s *sources) examine(options []Option) *Draft {
	e, all := s.check()
	d := &Draft{Diagnostics: all, draft: e}
	if all.Err() != nil {
		return d
	}
	e.warnings = all.Only(diag.Warning)
	e.policy.index()
	e.compile()
	e.clock = time.Now
	for _, option := range options {
		if option != nil {
			option(e)
		}
	}
	d.Engine = e
	return d
}

// check runs every check there is on policy and directory, and returns all that they say.
func (s *sources) check() (*Engine, diag.List) {
	e := &Engine{places: s.places, directory: emptyDirectory()}
	s.policyReporter.Seal()
	s.directoryReporter.Seal()
	switch {
	case s.policy == nil && s.directory != nil:
		e.directory = checkDirectoryAlone(s.directory, s.directoryReporter)
	case s.policy != nil:
		e.policy = checkPolicy(s.policy, s.policyReporter)
		e.policy.checkSpare(s.policySpare, s.policyReporter)
		if s.directory != nil {
			silenceUnread(s.policyReporter, s.directoryReporter)
			e.directory = checkDirectory(e.policy, s.directory, s.directoryReporter)
			e.policy.checkSpare(s.directorySpare, s.directoryReporter)
			if !s.directoryReporter.Broken(report.Path{}.Name("scopes")) {
				e.directory.checkPolicyPaths(e.policy, s.policyReporter)
			}
		}
	}
	if e.directory.checking != nil {
		var env *condition.Env // none: the policy could not be read
		if e.policy != nil {
			env = e.policy.env
		}
		e.directory.settle(env, s.directoryReporter.Locator != nil)
	}
	all := slices.Concat(s.policyReporter.List(), s.directoryReporter.List())
	return e, all.Sort()
}

// lookups are the rules that look names up in a section of a policy.
var lookups = map[string][]string{
	"scopes":   {"unknown-kind", "bad-nesting", "unreachable-grant", "wrong-kind", "condition-name"},
	"areas":    {"unknown-area"},
	"levels":   {"unknown-level", "above-area"},
	"roles":    {"unknown-role"},
	"profiles": {"unknown-profile"},
	"actions":  {"unknown-action"},
}

// silenceUnread silences the rules that look names up in sections of the policy that could not be read: every name
// would be unknown, and the author knows why already.
func silenceUnread(policy *report.Reporter, silenced ...*report.Reporter) {
	for section, rules := range lookups {
		if policy.Broken(report.Path{}.Name(section)) {
			for _, r := range silenced {
				r.Silence(rules...)
			}
		}
	}
}

// places are the files, in which the place of a rule is looked for when it is told. What was given in Go, or with a
// request, stands nowhere.
type places struct {
	policy, directory doc.Spot
}

// role is where a role stands.
func (p *places) role(name string) doc.Spot { return p.policy.Name("roles").Name(name) }

// boundary is where a boundary stands.
func (p *places) boundary(name string) doc.Spot { return p.policy.Name("boundaries").Name(name) }

// principal is where a principal stands.
func (p *places) principal(who *principal) doc.Spot { return p.directory.At(who.where()) }

// assignments are where those of a principal stand, of which many are told: no path is made. Whom the directory does not
// list has an id that it does not hold.
func (p *places) assignments(who *principal) doc.Spot {
	return p.directory.Name("principals").Name(who.id).Name("assignments")
}

// Warnings returns what was found that loads, but can have no effect or is likely to surprise.
func (e *Engine) Warnings() diag.List {
	if e.hollow() {
		return nil
	}
	return slices.Clone(e.warnings)
}

// Principals returns the ids of the principals that the directory lists, in its order.
func (e *Engine) Principals() []string {
	if e.hollow() {
		return nil
	}
	return e.directory.principals.IDs()
}

// Scopes returns the paths of the scopes that the directory lists, in its order.
func (e *Engine) Scopes() []string {
	if e.hollow() {
		return nil
	}
	return e.directory.scopes.paths()
}
