// Package authzgrpc guards the methods of a gRPC server by the rules of [authzrpc]. A method without a rule is refused, and
// [Guard.Check] says so at the start:
//
//	guard, err := authzgrpc.New(engine, whoAsks, authzrpc.Rules{
//		"/notes.v1.Notes/Get":          authzrpc.Allow("notes:read", "org:{org}/workspace:{workspace}"),
//		"/grpc.health.v1.Health/Check": authzrpc.Public(),
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	server := grpc.NewServer(guard.ServerOptions()...)
//	notesv1.RegisterNotesServer(server, notes)
//	if err := guard.Check(server); err != nil {
//		fmt.Println(err) // every mistake in the table of methods at once
//	}
//
// Whatever is not allowed is answered before the handler is reached: Unauthenticated for nobody, PermissionDenied for a denial or
// NotFound where the method hides what there is, InvalidArgument for what names no scope, Unavailable while there is no engine.
package authzgrpc

import (
	"context"
	"errors"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzproto"
	"github.com/trellis-authz/trellis/authz/authzrpc"
)

// Guard guards the methods of a server. It is immutable and safe for concurrent use. The zero Guard lets nobody in.
type Guard struct{ inner *authzrpc.Guard }

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

// ServerOptions returns the interceptors, to be handed to [grpc.NewServer] before others: what stands before them sees calls that
// nobody has judged.
func (g *Guard) ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{grpc.ChainUnaryInterceptor(g.Unary), grpc.ChainStreamInterceptor(g.Stream)}
}

// Check says, once all services are registered, which methods have no rule, which rules no method has, which read fields that
// messages do not have, and which the engine cannot decide: everything at once. Reflection and health are services, too.
func (g *Guard) Check(server interface {
	GetServiceInfo() map[string]grpc.ServiceInfo
}) error {
	if server == nil {
		return errors.New("authzgrpc: there is no server to check")
	}
	var methods []authzrpc.Method
	for service, info := range server.GetServiceInfo() {
		for _, m := range info.Methods {
			name := "/" + service + "/" + m.Name
			methods = append(methods, authzrpc.Method{Name: name, Message: authzproto.Message(name)})
		}
	}
	slices.SortFunc(methods, func(a, b authzrpc.Method) int { return strings.Compare(a.Name, b.Name) }) // a server has no order
	return g.rules().Check(methods...)
}

// Unary is the interceptor of calls with one message and one answer.
func (g *Guard) Unary(ctx context.Context, message any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	method := "" // which has no rule
	if info != nil {
		method = info.FullMethod
	}
	judged, err := g.rules().Unary(ctx, call(ctx, method, message))
	if err != nil {
		return nil, refused(err, func(md metadata.MD) error { return grpc.SetHeader(ctx, md) })
	}
	carry(authz.CallerFrom(judged).RequestID, func(md metadata.MD) error { return grpc.SetHeader(ctx, md) })
	return handler(judged, message)
}

// Stream is the interceptor of streams.
func (g *Guard) Stream(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	method := "" // which has no rule
	if info != nil {
		method = info.FullMethod
	}
	ctx := stream.Context()
	judged, err := g.rules().Stream(ctx, call(ctx, method, nil))
	if err != nil {
		return refused(err, stream.SetHeader)
	}
	carry(authz.CallerFrom(judged.Context()).RequestID, stream.SetHeader)
	err = handler(service, &guarded{stream, judged})
	if ended := judged.Err(); ended != nil { // whatever the handler made of it
		return &failure{ended}
	}
	return err
}

// guarded is a stream whose messages are judged.
type guarded struct {
	grpc.ServerStream
	judged *authzrpc.Stream
}

// Context returns the context, which holds who asks.
func (s *guarded) Context() context.Context { return s.judged.Context() }

// RecvMsg receives a message that is allowed.
func (s *guarded) RecvMsg(message any) error {
	if err := s.ServerStream.RecvMsg(message); err != nil {
		return err
	}
	if err := s.judged.Receive(message); err != nil {
		return &failure{err}
	}
	return nil
}

// SendMsg sends a message, if that is allowed.
func (s *guarded) SendMsg(message any) error {
	if err := s.judged.Send(); err != nil {
		return &failure{err}
	}
	return s.ServerStream.SendMsg(message)
}

func call(ctx context.Context, method string, message any) authzrpc.Call {
	c := authzrpc.Call{Method: method, Message: message}
	c.Header = func(name string) []string { return metadata.ValueFromIncomingContext(ctx, name) }
	if p, ok := peer.FromContext(ctx); ok && p.Addr != nil {
		c.Peer = p.Addr.String()
	}
	return c
}

// carry puts the id that a call brought into its answer.
func carry(id string, set func(metadata.MD) error) {
	if id != "" {
		_ = set(metadata.Pairs("x-request-id", id)) // too late, or no call of a server: then it is not in the answer
	}
}

// refused returns what a call is answered with.
func refused(err error, set func(metadata.MD) error) error {
	var e *authzrpc.Error
	if errors.As(err, &e) {
		carry(e.RequestID, set)
	}
	return &failure{err}
}

// failure is an error with the status that it is answered with. It stays what it was, for what logs it.
type failure struct{ error }

// Unwrap returns the error.
func (f *failure) Unwrap() error { return f.error }

var statuses = [...]codes.Code{
	authzrpc.PermissionDenied: codes.PermissionDenied,
	authzrpc.Unauthenticated:  codes.Unauthenticated,
	authzrpc.NotFound:         codes.NotFound,
	authzrpc.InvalidArgument:  codes.InvalidArgument,
	authzrpc.Unavailable:      codes.Unavailable,
}

// GRPCStatus returns the status: the code and the message that are for the client.
func (f *failure) GRPCStatus() *status.Status {
	var e *authzrpc.Error
	if !errors.As(f.error, &e) {
		return status.New(codes.PermissionDenied, "You are not allowed to do this here.")
	}
	return status.New(statuses[e.Code], e.Message)
}
