package authz

import "context"

type contextKey struct{}

// NewContext returns a context that holds the subject: what middleware puts there, once a request.
func NewContext(ctx context.Context, s *Subject) context.Context {
	return context.WithValue(ctx, contextKey{}, s)
}

// FromContext returns the subject that the context holds, or nil, which holds nothing.
func FromContext(ctx context.Context) *Subject {
	if ctx == nil {
		return nil
	}
	s, _ := ctx.Value(contextKey{}).(*Subject)
	return s
}

// Check decides for the subject that the context holds, and returns nil when the permission is allowed. Otherwise
// the error says why: [ErrNoPrincipal] when the context holds nobody, else a [*DeniedError]. Both are [ErrDenied]
// to [errors.Is].
func Check(ctx context.Context, permission, scope string) error {
	s := FromContext(ctx)
	if s == nil {
		return noPrincipal{}
	}
	d := s.Check(ctx, Request{Permission: permission, Scope: scope})
	if d.Allowed {
		return nil
	}
	return &DeniedError{Permission: permission, Scope: scope, Decision: d}
}

// noPrincipal is ErrNoPrincipal, and a denial.
type noPrincipal struct{}

func (noPrincipal) Error() string        { return ErrNoPrincipal.Error() }
func (noPrincipal) Is(target error) bool { return target == ErrNoPrincipal || target == ErrDenied }
