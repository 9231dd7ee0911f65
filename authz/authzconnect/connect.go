// Package authzconnect guards the methods of Connect handlers by the rules of [authzrpc], for clients of Connect, gRPC and
// gRPC-Web alike. A method without a rule is refused, and fails at the start:
//
//	guard, err := authzconnect.New(engine, whoAsks, authzrpc.Rules{
//		notesv1connect.NotesGetProcedure:   authzrpc.Allow("notes:read", "org:{org}/workspace:{workspace}"),
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	mux := guard.Mux()
//	authzconnect.Handle(mux, notesv1connect.NewNotesHandler, notesv1connect.NotesHandler(notes))
//	handler, err := mux.Handler() // serves Connect, gRPC and gRPC-Web
//
// Whatever is not allowed is answered before the handler is reached: unauthenticated for nobody, permission_denied for a denial or
// not_found where the method hides what there is, invalid_argument for what names no scope, unavailable while there is no
// engine.
package authzconnect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"connectrpc.com/connect"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzproto"
	"github.com/trellis-authz/trellis/authz/authzrpc"
)

// Guard guards the methods of handlers. It is a [connect.Interceptor] for handlers, immutable and safe for concurrent use. The zero
// Guard lets nobody in.
type Guard struct{ inner *authzrpc.Guard }

var _ connect.Interceptor = (*Guard)(nil)

// New returns a guard. The engine is an [authz.Engine], or whatever keeps one up to date. The error says everything that is
// missing, and everything that is wrong with the rules.
func New(engine authz.Provider, who authzrpc.Who, rules authzrpc.Rules, options ...authzrpc.Option) (*Guard, error) {
	inner, err := authzrpc.New(engine, who, rules, authzproto.Field, options...)
	if err != nil {
		return nil, err
	}
	return &Guard{inner}, nil
}

// Try says which rules an engine could not decide, for authzlive.WithTrial.
func (g *Guard) Try(e *authz.Engine) error { return g.rules().Try(e) }

// Rule returns what the guard says of a method, by its full name.
func (g *Guard) Rule(method string) string { return g.rules().Rule(method) }

func (g *Guard) rules() *authzrpc.Guard {
	if g == nil {
		return nil
	}
	return g.inner
}

// Check says which methods of the services ("notes.v1.Notes") have no rule, which rules no method has, which read fields that
// messages do not have, and which the engine cannot decide: everything at once. It is for handlers that are put together
// without [Guard.Mux].
func (g *Guard) Check(services ...string) error {
	methods, err := authzproto.Methods(services...)
	return errors.Join(err, g.rules().Check(methods...))
}

// Mux serves the handlers of services. It is for one goroutine, until [Mux.Handler] has been called.
type Mux struct {
	guard    *Guard
	mux      *http.ServeMux
	services []string
	faults   []error
}

// Mux returns what serves no services yet.
func (g *Guard) Mux() *Mux { return &Mux{guard: g, mux: http.NewServeMux()} }

// Handle adds a service, by the function that was generated to make its handler. The guard is put before the interceptors of the
// options.
func Handle[S any](m *Mux, newHandler func(S, ...connect.HandlerOption) (string, http.Handler), service S, options ...connect.HandlerOption) {
	if m == nil || m.mux == nil {
		return // its Handler is an error
	}
	if newHandler == nil {
		m.faults = append(m.faults, errors.New("the function that makes a handler is nil"))
		return
	}
	all := append([]connect.HandlerOption{connect.WithInterceptors(m.guard)}, options...)
	path, handler := newHandler(service, all...)
	name := strings.Trim(path, "/")
	if slices.Contains(m.services, name) {
		m.faults = append(m.faults, fmt.Errorf("the service %q is added twice", name))
		return
	}
	if err := m.add(path, handler); err != nil {
		m.faults = append(m.faults, fmt.Errorf("the service at %q: %w", path, err))
		return
	}
	m.services = append(m.services, name)
}

// add has a handler served. What is wrong with a path is told by a panic, which is an error here.
func (m *Mux) add(path string, handler http.Handler) (err error) {
	defer func() {
		if wrong := recover(); wrong != nil {
			err = fmt.Errorf("%v", wrong)
		}
	}()
	m.mux.Handle(path, handler)
	return nil
}

// Handler returns what serves the services. The error says everything that [Guard.Check] would; nothing is served then.
func (m *Mux) Handler() (http.Handler, error) {
	if m == nil || m.mux == nil {
		return nil, errors.New("what serves services is made by Guard.Mux")
	}
	if err := errors.Join(append(m.faults, m.guard.Check(m.services...))...); err != nil {
		return nil, err
	}
	return m.mux, nil
}

// WrapUnary judges calls with one message and one answer.
func (g *Guard) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, r connect.AnyRequest) (connect.AnyResponse, error) {
		if r.Spec().IsClient {
			return next(ctx, r)
		}
		judged, err := g.rules().Unary(ctx, authzrpc.Call{Method: r.Spec().Procedure, Peer: r.Peer().Addr, Header: r.Header().Values, Message: r.Any()})
		if err != nil {
			failed, id := refused(err)
			if id != "" {
				failed.Meta().Set(requestID, id)
			}
			return nil, failed
		}
		answer, err := next(judged, r)
		if id := authz.CallerFrom(judged).RequestID; id != "" {
			var failed *connect.Error
			switch {
			case err == nil:
				answer.Header().Set(requestID, id)
			case errors.As(err, &failed):
				failed.Meta().Set(requestID, id)
			}
		}
		return answer, err
	}
}

const requestID = "X-Request-Id"

// WrapStreamingHandler judges streams.
func (g *Guard) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		judged, err := g.rules().Stream(ctx, authzrpc.Call{Method: conn.Spec().Procedure, Peer: conn.Peer().Addr, Header: conn.RequestHeader().Values})
		if err != nil {
			failed, id := refused(err)
			carry(conn, id)
			return failed
		}
		carry(conn, authz.CallerFrom(judged.Context()).RequestID)
		err = next(judged.Context(), &guarded{conn, judged})
		if ended := judged.Err(); ended != nil { // whatever the handler made of it
			err, _ = refused(ended)
		}
		return err
	}
}

// carry puts the id that a stream brought into its answer. Metadata of an error would come twice: before and after messages.
func carry(conn connect.StreamingHandlerConn, id string) {
	if id != "" {
		conn.ResponseHeader().Set(requestID, id)
	}
}

// WrapStreamingClient changes nothing: calls of others are theirs to judge.
func (g *Guard) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// guarded is a stream whose messages are judged.
type guarded struct {
	connect.StreamingHandlerConn
	judged *authzrpc.Stream
}

// Receive receives a message that is allowed.
func (s *guarded) Receive(message any) error {
	if err := s.StreamingHandlerConn.Receive(message); err != nil {
		return err
	}
	if err := s.judged.Receive(message); err != nil {
		failed, _ := refused(err)
		return failed
	}
	return nil
}

// Send sends a message, if that is allowed.
func (s *guarded) Send(message any) error {
	if err := s.judged.Send(); err != nil {
		failed, _ := refused(err)
		return failed
	}
	return s.StreamingHandlerConn.Send(message)
}

var codes = [...]connect.Code{
	authzrpc.PermissionDenied: connect.CodePermissionDenied,
	authzrpc.Unauthenticated:  connect.CodeUnauthenticated,
	authzrpc.NotFound:         connect.CodeNotFound,
	authzrpc.InvalidArgument:  connect.CodeInvalidArgument,
	authzrpc.Unavailable:      connect.CodeUnavailable,
}

// told is an error whose text is for the client. It stays what it was, for what logs it.
type told struct{ e *authzrpc.Error }

// Error returns the message.
func (t told) Error() string { return t.e.Message }

// Unwrap returns the error.
func (t told) Unwrap() error { return t.e }

// refused returns what a call is answered with, and the id that it brought.
func refused(err error) (failed *connect.Error, id string) {
	var e *authzrpc.Error
	if !errors.As(err, &e) {
		e = &authzrpc.Error{Message: "You are not allowed to do this here.", Err: err} // of whatever else there could be
	}
	return connect.NewError(codes[e.Code], told{e}), e.RequestID
}
