package authzrpc

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/guard"
)

// Unary judges a call with its message, before its handler sees it, and returns the context for the handler. The error is an
// [*Error].
func (g *Guard) Unary(ctx context.Context, c Call) (context.Context, error) {
	caller, refusal := g.identify(ctx, &c)
	if refusal == nil {
		refusal = g.judge(ctx, g.rule(c.Method), caller, &c)
	}
	if refusal != nil {
		return nil, g.refused(refusal, caller.RequestID)
	}
	return c.ctx, nil
}

// identify returns who asks, and has the context of the call hold them.
func (g *Guard) identify(ctx context.Context, c *Call) (authz.Caller, *guard.Refusal) {
	caller := authz.CallerFrom(ctx)
	c.ctx = ctx
	if caller.RequestID == "" && c.Header != nil {
		caller.RequestID = guard.RequestID(c.Header("x-request-id"))
	}
	if g == nil {
		return caller, (*guard.Guard[*Call])(nil).Identify(&caller, c)
	}
	refusal := g.inner.Identify(&caller, c)
	c.ctx = authz.WithCaller(ctx, caller)
	return caller, refusal
}

// judge has a rule decide, and the context of the call hold the facts that the rule brings.
func (g *Guard) judge(ctx context.Context, rule *Rule, caller authz.Caller, c *Call) *guard.Refusal {
	refusal := g.inner.Judge(c.ctx, &rule.inner, &caller, c)
	if rule.inner.BringsFacts() {
		c.ctx = authz.WithCaller(ctx, caller)
	}
	return refusal
}

// Stream is a call whose messages come one by one. It is safe for concurrent use.
type Stream struct {
	guard *Guard
	rule  *Rule
	outer context.Context // as what carries the call has it

	mu     sync.Mutex
	call   Call
	caller authz.Caller  // as it was found out, without the facts of the rule
	engine *authz.Engine // that there was then
	asked  time.Time     // when that was
	open   bool          // something was allowed
	failed error         // why nothing is any more
}

// Stream judges a call whose messages are still to come. Where its rule reads messages, just who asks is found out, and
// [Stream.Receive] judges. The error is an [*Error].
func (g *Guard) Stream(ctx context.Context, c Call) (*Stream, error) {
	if g == nil || g.inner.Engine == nil { // made otherwise than by New
		_, refusal := (*Guard)(nil).identify(ctx, &c)
		return nil, g.refused(refusal, "")
	}
	c.Message = nil
	s := &Stream{guard: g, rule: g.rule(c.Method), outer: ctx, call: c}
	refusal := s.identify()
	if refusal == nil && !s.rule.reads {
		refusal = s.judge()
	}
	if refusal != nil {
		return nil, g.refused(refusal, s.caller.RequestID)
	}
	return s, nil
}

var errNoStream = &Error{Code: Unavailable, Message: "It cannot be decided now who may do this. Try again later.", Err: authz.ErrNotReady}

// Context returns the context for the handler, as it is now: it holds who asks.
func (s *Stream) Context() context.Context {
	if s == nil {
		return context.Background()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.call.Context()
}

// Receive judges a message that has come, before the handler sees it. An error ends the stream: whatever is sent or received later
// has the same one.
func (s *Stream) Receive(message any) error {
	if s == nil || s.guard == nil {
		return errNoStream
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.call.Message = message
	return s.again(s.rule.reads)
}

// Err returns why the stream has ended, or nil: what carries it answers with that, whatever a handler makes of it.
func (s *Stream) Err() error {
	if s == nil || s.guard == nil {
		return errNoStream
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

var errTooEarly = errors.New("the handler sends before a message has said where: its rule reads messages")

// Send says whether the handler may send: not before something was allowed, and not after it is no longer.
func (s *Stream) Send() error {
	if s == nil || s.guard == nil {
		return errNoStream
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil && !s.open {
		s.failed = s.guard.refused(&guard.Refusal{Detail: "You are not allowed to do this here.", Err: errTooEarly}, s.caller.RequestID)
	}
	return s.again(false)
}

// again judges if it is due, or if it is time: then who asks is found out anew, too.
func (s *Stream) again(due bool) error {
	if s.failed != nil {
		return s.failed
	}
	var refusal *guard.Refusal
	if s.guard.inner.Engine.Engine() != s.engine || s.guard.now().Sub(s.asked) >= s.guard.every {
		refusal, due = s.identify(), true
	}
	if due && refusal == nil {
		refusal = s.judge()
	}
	if refusal != nil {
		s.failed = s.guard.refused(refusal, s.caller.RequestID)
		return s.failed // not before: a nil pointer is no nil error
	}
	return nil
}

// identify finds out who asks.
func (s *Stream) identify() (refusal *guard.Refusal) {
	s.asked, s.engine = s.guard.now(), s.guard.inner.Engine.Engine()
	s.caller, refusal = s.guard.identify(s.outer, &s.call)
	return refusal
}

// judge has the rule decide.
func (s *Stream) judge() *guard.Refusal {
	refusal := s.guard.judge(s.outer, s.rule, s.caller, &s.call)
	s.open = s.open || refusal == nil
	return refusal
}
