package authz

import "context"

// Caller is what a context knows of the request that it belongs to: who asks, with which facts. The zero Caller is nobody.
type Caller struct {
	Subject   *Subject
	Facts     Facts  // that every check made with the context brings, as if it had been given with its [Request]
	RequestID string // for logs
}

// calling is a context with its caller, in one allocation.
type calling struct {
	context.Context
	Caller
}

type contextKey struct{}

// Value returns the context itself for the key that only this package has.
func (c *calling) Value(key any) any {
	if key == (contextKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// WithCaller returns a context that holds a caller: what middleware puts there, once a request. The maps of its facts are
// not copied: do not change them.
func WithCaller(ctx context.Context, c Caller) context.Context {
	if ctx == nil {
		ctx = context.Background()
	}
	return &calling{ctx, c}
}

// CallerFrom returns the caller that the context holds.
func CallerFrom(ctx context.Context) Caller {
	if ctx == nil {
		return Caller{}
	}
	if c, ok := ctx.Value(contextKey{}).(*calling); ok {
		return c.Caller
	}
	return Caller{}
}

// NewContext returns a context that holds the subject, in the place of the one that ctx holds. Facts and the request's id
// stay.
func NewContext(ctx context.Context, s *Subject) context.Context {
	c := CallerFrom(ctx)
	c.Subject = s
	return WithCaller(ctx, c)
}

// FromContext returns the subject that the context holds, or nil, which holds nothing.
func FromContext(ctx context.Context) *Subject { return CallerFrom(ctx).Subject }

// Check decides for the subject that the context holds, with the facts that it holds, and returns nil when the permission is
// allowed. Otherwise the error says why, and is told apart with [errors.Is]: [ErrNoPrincipal] when the context holds
// nobody, else a [*DeniedError], which may be [ErrNotReady] or [ErrInvalidRequest] as well. All of them are [ErrDenied].
func Check(ctx context.Context, permission, scope string) error {
	c := CallerFrom(ctx)
	if c.Subject == nil {
		return noPrincipal{}
	}
	d := c.Subject.Check(ctx, c.asks(permission, scope))
	if d.Allowed {
		return nil
	}
	return &DeniedError{Permission: permission, Scope: scope, Decision: d}
}

// Can reports whether [Check] returns nil: for what is only shown to those who may use it.
func Can(ctx context.Context, permission, scope string) bool {
	c := CallerFrom(ctx)
	return c.Subject.Check(ctx, c.asks(permission, scope)).Allowed
}

// Explain explains what [Check] decides: for those who may see why, which is seldom the one who asked.
func Explain(ctx context.Context, permission, scope string) Explanation {
	c := CallerFrom(ctx)
	return c.Subject.Explain(ctx, c.asks(permission, scope))
}

// asks returns a request of the caller.
func (c *Caller) asks(permission, scope string) Request {
	return Request{Permission: permission, Scope: scope, Facts: c.Facts}
}

// noPrincipal is ErrNoPrincipal, and a denial.
type noPrincipal struct{}

func (noPrincipal) Error() string        { return ErrNoPrincipal.Error() }
func (noPrincipal) Is(target error) bool { return target == ErrNoPrincipal || target == ErrDenied }
