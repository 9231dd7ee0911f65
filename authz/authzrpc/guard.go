// Package authzrpc guards methods of remote procedure calls, whatever carries them: who asks is found out once a call, each
// method has a rule, and one without is refused, and fails at the start. The modules authzgrpc and authzconnect put it before
// the handlers of gRPC and of Connect:
//
//	guard, err := authzgrpc.New(engine, whoAsks, authzrpc.Rules{
//		"/notes.v1.Notes/Get":          authzrpc.Allow("notes:read", "org:{org}/workspace:{workspace}"),
//		"/notes.v1.Notes/Watch":        authzrpc.Allow("notes:read", "org:{org}/workspace:{workspace}"),
//		"/grpc.health.v1.Health/Check": authzrpc.Public(),
//	})
//
// A stream is judged before it begins or, where its rule reads messages, at each message; and again while it lasts, whenever
// another engine decides or some time has passed: who loses a right, or whose session ends, loses the stream.
package authzrpc

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/guard"
)

// Call is a call of a method, as functions of the service see it.
type Call struct {
	Method  string                     // its full name: "/notes.v1.Notes/Get"
	Peer    string                     // the address of the connection, as the transport writes it; "" where it is not known
	Header  func(name string) []string // values that the client sent with the call
	Message any                        // that was sent; nil in a stream before one has come

	ctx context.Context
}

// Context returns the context of the call. It holds who asks ([authz.FromContext]), once that is known.
func (c *Call) Context() context.Context {
	if c == nil || c.ctx == nil {
		return context.Background()
	}
	return c.ctx
}

// Get returns the value of a header that was sent just once; else "".
func (c *Call) Get(name string) string {
	if c != nil && c.Header != nil {
		if values := c.Header(name); len(values) == 1 {
			return values[0]
		}
	}
	return ""
}

// Who says who asks: it reads the credentials of a call and binds the principal to the engine that decides. Nil, or an error, is
// nobody. An error that is [authz.ErrNotReady], or that a deadline has passed, says that it cannot be found out now. While a
// stream lasts it is asked again.
type Who func(*authz.Engine, *Call) (*authz.Subject, error)

// Fields reads the field of a message that a rule names: its value, or why it has no such field. It is given by what carries the
// calls.
type Fields func(message any, name string) (string, error)

// Guard guards methods. It is immutable and safe for concurrent use.
type Guard struct {
	inner   guard.Guard[*Call]
	rules   map[string]*Rule
	fields  Fields
	reasons bool
	every   time.Duration
	now     func() time.Time
}

// Option changes what a guard does.
type Option func(*Guard)

// WithFacts has conditions see facts that every call brings: an address, the time of a session. Handlers that ask [authz.Check]
// bring them, too. Errors are answered as those of [AllowIn] are.
func WithFacts(facts func(*Call) (authz.Facts, error)) Option {
	return func(g *Guard) { g.inner.Facts = facts }
}

// WithReasons has denials say what was asked, where, and the reason. That tells scopes that do not exist from those that
// somebody may not see, so it is for clients who may know.
func WithReasons() Option {
	return func(g *Guard) { g.reasons = true }
}

// WithRecheck sets after how long a stream is judged again: who asks is found out anew, and its rule decides. It happens when the
// stream next sends or receives. The default is a minute; that another engine decides is noticed at once in any case.
func WithRecheck(every time.Duration) Option {
	return func(g *Guard) { g.every = every }
}

// WithNow sets the clock that [WithRecheck] goes by. The default is [time.Now].
func WithNow(now func() time.Time) Option {
	return func(g *Guard) {
		if now != nil {
			g.now = now
		}
	}
}

// New returns a guard: for what carries calls, which gives the function that reads messages. Services use the New of authzgrpc
// or authzconnect. The error says everything that is missing or wrong, in the rules too where there is an engine already.
func New(engine authz.Provider, who Who, rules Rules, fields Fields, options ...Option) (*Guard, error) {
	switch {
	case engine == nil:
		return nil, errors.New("authzrpc: a guard without an engine lets nobody in: pass an engine, or what keeps one")
	case who == nil:
		return nil, errors.New("authzrpc: a guard has to know who asks: pass a function that tells")
	case fields == nil:
		return nil, errors.New("authzrpc: the function that reads messages is nil")
	}
	g := &Guard{rules: make(map[string]*Rule, len(rules)), fields: fields, every: time.Minute, now: time.Now}
	g.inner = guard.Guard[*Call]{Engine: engine, Who: who, Place: "in the message",
		Value: func(c *Call, name string) (string, error) { return g.fields(c.Message, name) }}
	for name, rule := range rules {
		g.rules[name] = &rule
	}
	for _, option := range options {
		if option != nil {
			option(g)
		}
	}
	if g.every <= 0 {
		return nil, fmt.Errorf("authzrpc: judging streams again every %s is none", g.every)
	}
	if e := engine.Engine(); e != nil {
		if err := g.Try(e); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// Try says which rules an engine could not decide, since its policy has no such permission or no such scopes: for whoever
// must not serve a policy that leaves methods out (authzlive.WithTrial).
func (g *Guard) Try(e *authz.Engine) error {
	if g == nil {
		return nil
	}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(g.rules)) {
		if err := g.rules[name].inner.Check(e); err != nil {
			faults = append(faults, fmt.Errorf("the method %s: %w", diag.Quote(name), err))
		}
	}
	return errors.Join(faults...)
}

// Method is a method that is served.
type Method struct {
	Name    string // its full name: "/notes.v1.Notes/Get"
	Message any    // an empty message such as it takes; nil where that is not known
}

// Check says, at the start, which of the methods that are served have no rule, which rules no method has, which rules read fields
// that the messages do not have, and which the engine cannot decide: everything at once. Without an engine that could tell it is
// an error.
func (g *Guard) Check(methods ...Method) error {
	if g == nil || g.inner.Engine == nil {
		return fmt.Errorf("the methods cannot be checked: %w", authz.ErrNotReady)
	}
	var faults []error
	served := make(map[string]bool, len(methods))
	for _, m := range methods {
		served[m.Name] = true
		rule := g.rules[m.Name]
		if rule == nil {
			faults = append(faults, fmt.Errorf("the method %s: there is no rule for who may call it; let everybody by Public()", diag.Quote(m.Name)))
			continue
		}
		if err := g.reads(rule, m.Message); err != nil {
			faults = append(faults, fmt.Errorf("the method %s: %w", diag.Quote(m.Name), err))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.rules)) {
		if !served[name] {
			faults = append(faults, fmt.Errorf("the rule of %s: no such method is served", diag.Quote(name)))
		}
	}
	e := g.inner.Engine.Engine()
	if e == nil {
		return errors.Join(append(faults, fmt.Errorf("the methods cannot be checked: %w", authz.ErrNotReady))...)
	}
	return errors.Join(append(faults, g.Try(e))...)
}

// reads says why a rule cannot read messages such as this.
func (g *Guard) reads(rule *Rule, message any) error {
	switch {
	case !rule.reads:
		return nil
	case message == nil:
		return errors.New("its rule reads the message, and of what type that is, is not known: use AllowIn")
	case rule.message != nil && !reflect.TypeOf(message).AssignableTo(rule.message):
		return fmt.Errorf("its rule takes messages of the type %s, and these are of the type %T", rule.message, message)
	}
	var faults []error
	for _, name := range rule.inner.Wildcards() {
		if _, err := g.fields(message, name); err != nil {
			faults = append(faults, fmt.Errorf("its rule reads the field %s: %w", diag.Quote(name), err))
		}
	}
	return errors.Join(faults...)
}

// Rule returns what the guard says of a method, as [Rule.String] writes it: for documents, and for tests that a method is guarded
// as it should be.
func (g *Guard) Rule(method string) string { return g.rule(method).String() }

func (g *Guard) rule(method string) *Rule {
	if g != nil {
		if rule := g.rules[method]; rule != nil {
			return rule
		}
	}
	return &Rule{}
}
