package authzgrpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzgrpc"
	"github.com/trellis-authz/trellis/authz/authzgrpc/internal/notesv1"
	"github.com/trellis-authz/trellis/authz/authzrpc"
)

const policy = `
version: 1
name: notes
scopes: {org: , workspace: {in: org}}
areas: {notes: }
roles:
  editor: {at: [org, workspace], reach: all, areas: {notes: edit}}
  viewer: {at: [org, workspace], reach: all, areas: {notes: read}}
`

const directory = `
version: 1
scopes: {"org:acme": , "org:acme/workspace:ml": , "org:bank": , "org:bank/workspace:vault": }
principals:
  alice: {status: active, assignments: [{roles: editor, in: "org:acme"}]}
  bob: {status: active, assignments: [{roles: viewer, in: "org:acme"}]}
`

var files = fstest.MapFS{"p.policy.yaml": {Data: []byte(policy)}, "p.directory.yaml": {Data: []byte(directory)}}

func engine(t testing.TB) *authz.Engine {
	t.Helper()
	e, err := authz.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// provider gives whatever engine a test says there is.
type provider struct{ p atomic.Pointer[authz.Engine] }

func (p *provider) Engine() *authz.Engine { return p.p.Load() }

// token takes the token for the id: a test has no secrets.
func token(e *authz.Engine, c *authzrpc.Call) (*authz.Subject, error) {
	id, ok := strings.CutPrefix(c.Get("authorization"), "Bearer ")
	if !ok {
		return nil, authz.ErrNoPrincipal
	}
	return e.As(id), nil
}

const where = "org:{org}/workspace:{workspace}"

var rules = authzrpc.Rules{
	"/notes.v1.Notes/Get":                                            authzrpc.Allow("notes:read", where).Hidden(),
	"/notes.v1.Notes/Add":                                            authzrpc.Allow("notes:edit", "org:{place.org}/workspace:{place.workspace}"),
	"/notes.v1.Notes/Watch":                                          authzrpc.Allow("notes:read", where),
	"/notes.v1.Notes/Talk":                                           authzrpc.Allow("notes:edit", "org:acme"),
	"/grpc.health.v1.Health/Check":                                   authzrpc.Public(),
	"/grpc.health.v1.Health/List":                                    authzrpc.SignedIn(),
	"/grpc.health.v1.Health/Watch":                                   authzrpc.Public(),
	"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo":      authzrpc.SignedIn(),
	"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": authzrpc.SignedIn(),
}

// notes is the service. It says who asks, and sends what a test tells it to.
type notes struct {
	notesv1.UnimplementedNotesServer
	send    chan string
	reached atomic.Int64
}

func (n *notes) Get(ctx context.Context, p *notesv1.Place) (*notesv1.Note, error) {
	n.reached.Add(1)
	c := authz.CallerFrom(ctx)
	return &notesv1.Note{Place: p, Text: fmt.Sprintf("%s, %t", c.Subject.ID(), authz.Can(ctx, "notes:edit", "org:acme"))}, nil
}

func (n *notes) Add(stream grpc.ClientStreamingServer[notesv1.Note, notesv1.Place]) error {
	for {
		note, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(&notesv1.Place{Org: authz.CallerFrom(stream.Context()).Subject.ID()})
		}
		if err != nil {
			return err
		}
		n.reached.Add(note.GetNumber())
	}
}

func (n *notes) Watch(_ *notesv1.Place, stream grpc.ServerStreamingServer[notesv1.Note]) error {
	n.reached.Add(1)
	for text := range n.send {
		if err := stream.Send(&notesv1.Note{Text: text}); err != nil {
			return nil // a handler that says that all is well
		}
	}
	return nil
}

func (n *notes) Talk(stream grpc.BidiStreamingServer[notesv1.Note, notesv1.Note]) error {
	for {
		note, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		n.reached.Add(1)
		if err := stream.Send(note); err != nil {
			return err
		}
	}
}

// serve serves on a socket until the test ends, and returns a client. What stands before the guard is told of errors.
func serve(t testing.TB, n *notes, guard *authzgrpc.Guard, failed func(error), options ...grpc.ServerOption) *grpc.ClientConn {
	t.Helper()
	before := []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(func(ctx context.Context, m any, _ *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
			answer, err := h(ctx, m)
			failed(err)
			return answer, err
		}),
		grpc.ChainStreamInterceptor(func(s any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, h grpc.StreamHandler) error {
			err := h(s, stream)
			failed(err)
			return err
		}),
	}
	server := grpc.NewServer(append(append(before, guard.ServerOptions()...), options...)...)
	notesv1.RegisterNotesServer(server, n)
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	reflection.Register(server)
	if err := guard.Check(server); err != nil && guard.Rule("/notes.v1.Notes/Get") != "no rule" {
		t.Fatal(err)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- server.Serve(socket) }()
	client, err := grpc.NewClient(socket.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.Close()
		server.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return client
}

func guarded(t testing.TB, p authz.Provider, options ...authzrpc.Option) *authzgrpc.Guard {
	t.Helper()
	g, err := authzgrpc.New(p, token, rules, options...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func silent(error) {}

// as is a context of a call of somebody.
func as(t testing.TB, id string, more ...string) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	if id != "" {
		more = append(more, "authorization", "Bearer "+id)
	}
	return metadata.AppendToOutgoingContext(ctx, more...)
}

func at(org, workspace string) *notesv1.Place {
	return &notesv1.Place{Org: org, Workspace: workspace}
}

// "with a rule for every method …; Unauthenticated, PermissionDenied, Unavailable"
func TestEveryCallIsAnsweredAsItsRuleSays(t *testing.T) {
	p, n := &provider{}, &notes{}
	p.p.Store(engine(t))
	client := notesv1.NewNotesClient(serve(t, n, guarded(t, p), silent))
	for _, test := range []struct {
		as    string
		place *notesv1.Place
		want  codes.Code
		text  string
	}{
		{"alice", at("acme", "ml"), codes.OK, "alice, true"},
		{"bob", at("acme", "ml"), codes.OK, "bob, false"},
		{"", at("acme", "ml"), codes.Unauthenticated, "Sign in to do this."},
		{"nobody", at("acme", "ml"), codes.NotFound, "There is no such thing here."},
		{"bob", at("bank", "vault"), codes.NotFound, "There is no such thing here."},
		{"bob", at("acme", "nowhere"), codes.NotFound, "There is no such thing here."},
		{"alice", at("", "ml"), codes.InvalidArgument, `in the message "org" is empty`},
		{"alice", nil, codes.InvalidArgument, `in the message "org" is empty`},
		{"alice", at("acme/workspace:ml", "ml"), codes.InvalidArgument, `in the message "org" holds a slash`},
		{"alice", at("..", "ml"), codes.NotFound, ""}, // an id, which nothing has
		{"alice", at("acme", "*"), codes.NotFound, ""},
		{"alice", at("acme", "ml\n"), codes.InvalidArgument, ""},
		{"alice", at("acme", strings.Repeat("m", 5000)), codes.InvalidArgument, ""},
	} {
		before := n.reached.Load()
		note, err := client.Get(as(t, test.as), test.place)
		if got := status.Convert(err); got.Code() != test.want || err != nil && test.text != "" && got.Message() != test.text {
			t.Errorf("%s at %v: %v, want %s", test.as, test.place, err, test.want)
		}
		if err == nil && note.GetText() != test.text {
			t.Errorf("%s at %v: %q, want %q", test.as, test.place, note.GetText(), test.text)
		}
		if reached := n.reached.Load() - before; reached != 0 && test.want != codes.OK {
			t.Errorf("%s at %v: %d reached the handler", test.as, test.place, reached)
		}
	}
	_, err := client.Get(as(t, "alice", "authorization", "Bearer bob"), at("acme", "ml"))
	if status.Code(err) != codes.Unauthenticated {
		t.Errorf("of two tokens one is believed: %v", err)
	}
	p.p.Store(nil)
	if _, err := client.Get(as(t, "alice"), at("acme", "ml")); status.Code(err) != codes.Unavailable {
		t.Errorf("without an engine: %v", err)
	}
	watch, err := client.Watch(as(t, "alice"), at("acme", "ml"))
	if err == nil {
		_, err = watch.Recv()
	}
	if status.Code(err) != codes.Unavailable {
		t.Errorf("without an engine: %v", err)
	}
}

// What a program cannot know is refused, even where a handler of everything would answer.
func TestWhatHasNoRuleIsRefused(t *testing.T) {
	n := &notes{}
	everything := grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error { n.reached.Add(1); return nil })
	conn := serve(t, n, guarded(t, engine(t)), silent, everything)
	for _, method := range []string{"/notes.v1.Notes/Nothing", "/nothing.Nothing/Get", "/notes.v1.Notes/get", "/notes.v1.Notes//Get", "//notes.v1.Notes/Get"} {
		err := conn.Invoke(as(t, "alice"), method, at("acme", "ml"), &notesv1.Note{})
		if status.Code(err) != codes.PermissionDenied || n.reached.Load() != 0 {
			t.Errorf("%s: %v, reached %d times", method, err, n.reached.Load())
		}
	}
	var zero *authzgrpc.Guard
	for _, g := range []*authzgrpc.Guard{zero, {}} {
		client := notesv1.NewNotesClient(serve(t, n, g, silent))
		if _, err := client.Get(as(t, "alice"), at("acme", "ml")); status.Code(err) != codes.Unavailable {
			t.Errorf("the zero guard: %v", err)
		}
		talk, err := client.Talk(as(t, "alice"))
		if err == nil {
			_, err = talk.Recv()
		}
		if status.Code(err) != codes.Unavailable || n.reached.Load() != 0 {
			t.Errorf("the zero guard: %v", err)
		}
		if g.Try(engine(t)) != nil || g.Rule("/notes.v1.Notes/Get") != "no rule" {
			t.Error("the zero guard has rules")
		}
	}
}

// Services that libraries bring are methods like all others.
func TestHealthAndReflectionHaveRules(t *testing.T) {
	conn := serve(t, &notes{}, guarded(t, engine(t)), silent)
	probe := grpc_health_v1.NewHealthClient(conn)
	if _, err := probe.Check(as(t, ""), &grpc_health_v1.HealthCheckRequest{}); err != nil {
		t.Error(err)
	}
	if _, err := probe.List(as(t, ""), &grpc_health_v1.HealthListRequest{}); status.Code(err) != codes.Unauthenticated {
		t.Error(err)
	}
	if _, err := probe.List(as(t, "bob"), &grpc_health_v1.HealthListRequest{}); err != nil {
		t.Error(err)
	}
}

// "with a rule for every method or failure at start"
func TestATableOfMethodsThatIsWrongFailsAtTheStart(t *testing.T) {
	g, err := authzgrpc.New(engine(t), token, authzrpc.Rules{
		"/notes.v1.Notes/Get":   authzrpc.Allow("notes:read", "org:{org}/workspace:{nothing}"),
		"/notes.v1.Notes/Add":   authzrpc.Allow("notes:read", "org:{place}"),
		"/notes.v1.Notes/Wacth": authzrpc.SignedIn(),
		"/notes.v1.Notes/Talk": authzrpc.AllowFor("notes:read", func(*authzrpc.Call, *notesv1.Place) (string, error) {
			return "org:acme", nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(g.ServerOptions()...)
	notesv1.RegisterNotesServer(server, &notes{})
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	err = g.Check(server)
	const want = `the method "/grpc.health.v1.Health/Check": there is no rule for who may call it; let everybody by Public()
the method "/grpc.health.v1.Health/List": there is no rule for who may call it; let everybody by Public()
the method "/grpc.health.v1.Health/Watch": there is no rule for who may call it; let everybody by Public()
the method "/notes.v1.Notes/Add": its rule reads the field "place": the field notes.v1.Note.place is of the kind message, which is no id: use AllowFor
the method "/notes.v1.Notes/Get": its rule reads the field "nothing": notes.v1.Place has no field "nothing"
the method "/notes.v1.Notes/Talk": its rule takes messages of the type *notesv1.Place, and these are of the type *notesv1.Note
the method "/notes.v1.Notes/Watch": there is no rule for who may call it; let everybody by Public()
the rule of "/notes.v1.Notes/Wacth": no such method is served`
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if err := g.Check(nil); err == nil {
		t.Error("no server is checked")
	}
	_, err = authzgrpc.New(engine(t), token, authzrpc.Rules{"/notes.v1.Notes/Get": authzrpc.Allow("nots:read", "org:{org}")})
	if err == nil || !strings.Contains(err.Error(), `there is no area "nots"`) {
		t.Errorf("%v", err)
	}
	for _, g := range []func() (*authzgrpc.Guard, error){
		func() (*authzgrpc.Guard, error) { return authzgrpc.New(nil, token, nil) },
		func() (*authzgrpc.Guard, error) { return authzgrpc.New(engine(t), nil, nil) },
	} {
		if g, err := g(); g != nil || err == nil {
			t.Error("a guard is made of nothing")
		}
	}
	whole := guarded(t, engine(t))
	if got := whole.Rule("/notes.v1.Notes/Get"); got != "notes:read in org:{org}/workspace:{workspace}, hidden" {
		t.Error(got)
	}
	if err := whole.Try(engine(t)); err != nil {
		t.Error(err)
	}
}

// X-Request-ID is carried, and what is no plain word is not.
func TestAnIDOfACallIsInItsAnswer(t *testing.T) {
	n := &notes{send: make(chan string)}
	close(n.send)
	client := notesv1.NewNotesClient(serve(t, n, guarded(t, engine(t)), silent))
	for _, id := range []string{"alice", "bob", ""} {
		for sent, want := range map[string]string{"abc-1": "abc-1", "a b": "", "": ""} {
			var header metadata.MD
			_, _ = client.Get(as(t, id, "x-request-id", sent), at("acme", "ml"), grpc.Header(&header))
			if got := strings.Join(header.Get("x-request-id"), ","); got != want {
				t.Errorf("a call of %q: %q, want %q", id, got, want)
			}
			watch, err := client.Watch(as(t, id, "x-request-id", sent), at("acme", "ml"))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = watch.Recv()
			header, _ = watch.Header()
			if got := strings.Join(header.Get("x-request-id"), ","); got != want {
				t.Errorf("a stream of %q: %q, want %q", id, got, want)
			}
		}
	}
}

// "Errors are typed …, told apart by errors.Is": for what logs them, of which nothing reaches the client.
func TestErrorsAreTypedForWhatStandsBefore(t *testing.T) {
	var mu sync.Mutex
	var last error
	note := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		last = err
	}
	n := &notes{send: make(chan string)}
	close(n.send)
	p := &provider{}
	p.p.Store(engine(t))
	client := notesv1.NewNotesClient(serve(t, n, guarded(t, p), note))
	for _, test := range []struct {
		as    string
		ready bool
		want  error
	}{{"alice", true, nil}, {"nobody", true, authz.ErrDenied}, {"", true, authz.ErrNoPrincipal}, {"alice", false, authz.ErrNotReady}} {
		p.p.Store(nil)
		if test.ready {
			p.p.Store(engine(t))
		}
		_, _ = client.Get(as(t, test.as), at("acme", "ml"))
		mu.Lock()
		if !errors.Is(last, test.want) {
			t.Errorf("a call of %q: %v, want %v", test.as, last, test.want)
		}
		mu.Unlock()
		watch, err := client.Watch(as(t, test.as), at("acme", "ml"))
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = watch.Recv()
		}
		mu.Lock()
		if !errors.Is(last, test.want) {
			t.Errorf("a stream of %q: %v, want %v", test.as, last, test.want)
		}
		mu.Unlock()
	}
}

func TestStreamsAreJudgedByTheirMessages(t *testing.T) {
	n := &notes{}
	client := notesv1.NewNotesClient(serve(t, n, guarded(t, engine(t)), silent))
	add := func(id string, places ...*notesv1.Place) (string, error) {
		stream, err := client.Add(as(t, id))
		if err != nil {
			return "", err
		}
		for _, p := range places {
			if err := stream.Send(&notesv1.Note{Place: p, Number: 1}); err != nil {
				break // the answer says why
			}
		}
		answer, err := stream.CloseAndRecv()
		return answer.GetOrg(), err
	}
	for _, test := range []struct {
		as      string
		places  []*notesv1.Place
		want    codes.Code
		reached int64
	}{
		{"alice", []*notesv1.Place{at("acme", "ml"), at("acme", "ml")}, codes.OK, 2},
		{"alice", []*notesv1.Place{at("acme", "ml"), at("bank", "vault"), at("acme", "ml")}, codes.PermissionDenied, 1},
		{"alice", []*notesv1.Place{at("acme", "ml"), at("acme", "a/b")}, codes.InvalidArgument, 1},
		{"alice", []*notesv1.Place{nil}, codes.InvalidArgument, 0},
		{"bob", []*notesv1.Place{at("acme", "ml")}, codes.PermissionDenied, 0},
		{"", []*notesv1.Place{at("acme", "ml")}, codes.Unauthenticated, 0},
		{"alice", nil, codes.PermissionDenied, 0}, // an answer, and nothing said where
	} {
		before := n.reached.Load()
		answer, err := add(test.as, test.places...)
		if status.Code(err) != test.want || err == nil && answer != test.as {
			t.Errorf("%s at %v: %q, %v, want %s", test.as, test.places, answer, err, test.want)
		}
		if got := n.reached.Load() - before; got != test.reached {
			t.Errorf("%s at %v: %d messages reached the handler, want %d", test.as, test.places, got, test.reached)
		}
	}
}

// Who loses a right loses the stream, whatever its handler makes of that.
func TestAStreamEndsWithTheRight(t *testing.T) {
	before := engine(t)
	after, err := before.Apply(authz.SetStatus("alice", authz.Suspended))
	if err != nil {
		t.Fatal(err)
	}
	p, n := &provider{}, &notes{send: make(chan string)}
	p.p.Store(before)
	client := notesv1.NewNotesClient(serve(t, n, guarded(t, p), silent))
	watch, err := client.Watch(as(t, "alice"), at("acme", "ml"))
	if err != nil {
		t.Fatal(err)
	}
	n.send <- "one"
	if note, err := watch.Recv(); err != nil || note.GetText() != "one" {
		t.Fatalf("%v, %v", note, err)
	}
	talk, err := client.Talk(as(t, "alice"))
	if err == nil {
		err = talk.Send(&notesv1.Note{Text: "two"})
	}
	if err != nil {
		t.Fatal(err)
	}
	if note, err := talk.Recv(); err != nil || note.GetText() != "two" {
		t.Fatalf("%v, %v", note, err)
	}
	p.p.Store(after)
	n.send <- "secret"
	if note, err := watch.Recv(); status.Code(err) != codes.PermissionDenied {
		t.Errorf("%v, %v", note, err)
	}
	reached := n.reached.Load()
	if err := talk.Send(&notesv1.Note{Text: "three"}); err != nil {
		t.Fatal(err)
	}
	if note, err := talk.Recv(); status.Code(err) != codes.PermissionDenied || n.reached.Load() != reached {
		t.Errorf("%v, %v, %d reached the handler", note, err, n.reached.Load()-reached)
	}
}

// BenchmarkUnary is a guarded call without a network, beside what a call costs with one.
func BenchmarkUnary(b *testing.B) {
	n := &notes{}
	g := guarded(b, engine(b))
	ctx := metadata.NewIncomingContext(context.Background(), metadata.Pairs("authorization", "Bearer bob"))
	info := &grpc.UnaryServerInfo{FullMethod: "/notes.v1.Notes/Get"}
	var place any = at("acme", "ml")
	handler := func(context.Context, any) (any, error) { return place, nil }
	b.Run("interceptor", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := g.Unary(ctx, place, info, handler); err != nil {
				b.Fatal(err)
			}
		}
	})
	client := notesv1.NewNotesClient(serve(b, n, g, silent))
	call := as(b, "bob")
	b.Run("over a socket", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Get(call, at("acme", "ml")); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Calls that no server makes: of nothing, of what is no message, with too much.
func TestCallsMadeToHarmAreRefused(t *testing.T) {
	g := guarded(t, engine(t))
	reached := func(context.Context, any) (any, error) { t.Error("a handler is reached"); return nil, nil }
	get := &grpc.UnaryServerInfo{FullMethod: "/notes.v1.Notes/Get"}
	bob := metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer bob"))
	many := metadata.MD{"authorization": make([]string, 10_000)}
	for i := range many["authorization"] {
		many["authorization"][i] = "Bearer bob"
	}
	for name, c := range map[string]struct {
		ctx     context.Context
		message any
		info    *grpc.UnaryServerInfo
		want    codes.Code
	}{
		"no method":           {bob, at("acme", "ml"), nil, codes.PermissionDenied},
		"an empty method":     {bob, at("acme", "ml"), &grpc.UnaryServerInfo{}, codes.PermissionDenied},
		"no message":          {bob, nil, get, codes.Unavailable},
		"a nil message":       {bob, (*notesv1.Place)(nil), get, codes.InvalidArgument},
		"another message":     {bob, &notesv1.Note{}, get, codes.Unavailable},
		"no message of proto": {bob, "acme", get, codes.Unavailable},
		"no metadata":         {t.Context(), at("acme", "ml"), get, codes.Unauthenticated},
		"many tokens":         {metadata.NewIncomingContext(t.Context(), many), at("acme", "ml"), get, codes.Unauthenticated},
		"a token of 1 MB":     {metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer "+strings.Repeat("b", 1<<20))), at("acme", "ml"), get, codes.NotFound},
	} {
		_, err := g.Unary(c.ctx, c.message, c.info, reached)
		if status.Code(err) != c.want || len(status.Convert(err).Message()) > 200 {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	stream := func(any, grpc.ServerStream) error { t.Error("a handler is reached"); return nil }
	if err := g.Stream(nil, nothing{ctx: bob}, nil, stream); status.Code(err) != codes.PermissionDenied {
		t.Errorf("a stream of no method: %v", err)
	}
}

// nothing is a stream that has its context alone.
type nothing struct {
	grpc.ServerStream
	ctx context.Context
}

func (n nothing) Context() context.Context { return n.ctx }
