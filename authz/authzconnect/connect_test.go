package authzconnect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"connectrpc.com/connect"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzconnect"
	"github.com/trellis-authz/trellis/authz/authzconnect/internal/notesv1"
	"github.com/trellis-authz/trellis/authz/authzconnect/internal/notesv1/notesv1connect"
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
	id, ok := strings.CutPrefix(c.Get("Authorization"), "Bearer ")
	if !ok {
		return nil, authz.ErrNoPrincipal
	}
	return e.As(id), nil
}

const where = "org:{org}/workspace:{workspace}"

var rules = authzrpc.Rules{
	notesv1connect.NotesGetProcedure:   authzrpc.Allow("notes:read", where).Hidden(),
	notesv1connect.NotesAddProcedure:   authzrpc.Allow("notes:edit", "org:{place.org}/workspace:{place.workspace}"),
	notesv1connect.NotesWatchProcedure: authzrpc.Allow("notes:read", where),
	notesv1connect.NotesTalkProcedure:  authzrpc.Allow("notes:edit", "org:acme"),
}

// notes is the service. It says who asks, and sends what a test tells it to.
type notes struct {
	send    chan string
	reached atomic.Int64
}

func (n *notes) Get(ctx context.Context, r *connect.Request[notesv1.Place]) (*connect.Response[notesv1.Note], error) {
	n.reached.Add(1)
	if r.Header().Get("X-Fail") != "" {
		return nil, connect.NewError(connect.CodeAborted, errors.New("the disk is full"))
	}
	c := authz.CallerFrom(ctx)
	return connect.NewResponse(&notesv1.Note{Place: r.Msg, Text: fmt.Sprintf("%s, %t", c.Subject.ID(), authz.Can(ctx, "notes:edit", "org:acme"))}), nil
}

func (n *notes) Add(ctx context.Context, stream *connect.ClientStream[notesv1.Note]) (*connect.Response[notesv1.Place], error) {
	for stream.Receive() {
		n.reached.Add(stream.Msg().GetNumber())
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	return connect.NewResponse(&notesv1.Place{Org: authz.CallerFrom(ctx).Subject.ID()}), nil
}

func (n *notes) Watch(_ context.Context, _ *connect.Request[notesv1.Place], stream *connect.ServerStream[notesv1.Note]) error {
	n.reached.Add(1)
	for text := range n.send {
		if err := stream.Send(&notesv1.Note{Text: text}); err != nil {
			return nil // a handler that says that all is well
		}
	}
	return nil
}

func (n *notes) Talk(_ context.Context, stream *connect.BidiStream[notesv1.Note, notesv1.Note]) error {
	for {
		note, err := stream.Receive()
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

func guarded(t testing.TB, p authz.Provider, options ...authzrpc.Option) *authzconnect.Guard {
	t.Helper()
	g, err := authzconnect.New(p, token, rules, options...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func handler(t testing.TB, n *notes, g *authzconnect.Guard, options ...connect.HandlerOption) http.Handler {
	t.Helper()
	mux := g.Mux()
	authzconnect.Handle(mux, notesv1connect.NewNotesHandler, notesv1connect.NotesHandler(n), options...)
	h, err := mux.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// serve serves on a socket until the test ends, by HTTP/2.
func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(func() {
		server.CloseClientConnections() // of streams that a failed test has left
		server.Close()
	})
	return server
}

// protocols are the ways in which a client may speak.
var protocols = map[string][]connect.ClientOption{
	"Connect":      nil,
	"Connect, GET": {connect.WithHTTPGet()},
	"JSON":         {connect.WithProtoJSON()},
	"gRPC":         {connect.WithGRPC()},
	"gRPC-Web":     {connect.WithGRPCWeb()},
}

// speaking runs a test with a client of each protocol.
func speaking(t *testing.T, server *httptest.Server, test func(*testing.T, notesv1connect.NotesClient)) {
	for name, options := range protocols {
		t.Run(name, func(t *testing.T) { test(t, notesv1connect.NewNotesClient(server.Client(), server.URL, options...)) })
	}
}

func limited(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func place(org, workspace string) *notesv1.Place {
	return &notesv1.Place{Org: org, Workspace: workspace}
}

// ask is a request of somebody.
func ask(as string, p *notesv1.Place) *connect.Request[notesv1.Place] {
	r := connect.NewRequest(p)
	identify(r.Header(), as)
	return r
}

func identify(h http.Header, as string) {
	if as != "" {
		h.Set("Authorization", "Bearer "+as)
	}
}

const ok = connect.Code(0)

func codeOf(err error) connect.Code {
	if err == nil {
		return ok
	}
	return connect.CodeOf(err)
}

// "with a rule for every method …; Unauthenticated, PermissionDenied, Unavailable"
func TestEveryCallIsAnsweredAsItsRuleSays(t *testing.T) {
	p, n := &provider{}, &notes{}
	e := engine(t)
	p.p.Store(e)
	server := serve(t, handler(t, n, guarded(t, p)))
	speaking(t, server, func(t *testing.T, client notesv1connect.NotesClient) {
		for _, test := range []struct {
			as    string
			place *notesv1.Place
			want  connect.Code
			text  string
		}{
			{"alice", place("acme", "ml"), ok, "alice, true"},
			{"bob", place("acme", "ml"), ok, "bob, false"},
			{"", place("acme", "ml"), connect.CodeUnauthenticated, "Sign in to do this."},
			{"nobody", place("acme", "ml"), connect.CodeNotFound, "There is no such thing here."},
			{"bob", place("bank", "vault"), connect.CodeNotFound, "There is no such thing here."},
			{"bob", place("acme", "nowhere"), connect.CodeNotFound, "There is no such thing here."},
			{"alice", place("", "ml"), connect.CodeInvalidArgument, `in the message "org" is empty`},
			{"alice", place("acme/workspace:ml", "ml"), connect.CodeInvalidArgument, `in the message "org" holds a slash`},
			{"alice", place("..", "ml"), connect.CodeNotFound, ""}, // an id, which nothing has
			{"alice", place("acme", "ml\n"), connect.CodeInvalidArgument, ""},
			{"alice", place("acme", strings.Repeat("m", 5000)), connect.CodeInvalidArgument, ""},
		} {
			before := n.reached.Load()
			note, err := client.Get(limited(t), ask(test.as, test.place))
			var failed *connect.Error
			switch {
			case codeOf(err) != test.want:
				t.Errorf("%s at %v: %v, want %s", test.as, test.place, err, test.want)
			case err == nil && note.Msg.GetText() != test.text:
				t.Errorf("%s at %v: %q, want %q", test.as, test.place, note.Msg.GetText(), test.text)
			case errors.As(err, &failed) && test.text != "" && failed.Message() != test.text:
				t.Errorf("%s at %v: %q, want %q", test.as, test.place, failed.Message(), test.text)
			}
			if reached := n.reached.Load() - before; reached != 0 && test.want != ok {
				t.Errorf("%s at %v: %d reached the handler", test.as, test.place, reached)
			}
		}
		twice := ask("alice", place("acme", "ml"))
		twice.Header().Add("Authorization", "Bearer bob")
		if _, err := client.Get(limited(t), twice); codeOf(err) != connect.CodeUnauthenticated {
			t.Errorf("of two tokens one is believed: %v", err)
		}
		p.p.Store(nil)
		defer p.p.Store(e)
		if _, err := client.Get(limited(t), ask("alice", place("acme", "ml"))); codeOf(err) != connect.CodeUnavailable {
			t.Errorf("without an engine: %v", err)
		}
		watch, err := client.Watch(limited(t), ask("alice", place("acme", "ml")))
		if err == nil {
			watch.Receive()
			err = watch.Err()
		}
		if codeOf(err) != connect.CodeUnavailable {
			t.Errorf("without an engine: %v", err)
		}
	})
}

// What a service has no method for is not there, and no handler is reached.
func TestWhatHasNoRuleIsNotServed(t *testing.T) {
	n := &notes{}
	server := serve(t, handler(t, n, guarded(t, engine(t))))
	for _, path := range []string{"/notes.v1.Notes/Nothing", "/nothing.Nothing/Get", "/notes.v1.Notes/get", "/notes.v1.Notes//Get", "//notes.v1.Notes/Get", "/", "/notes.v1.Notes/Get/", "/notes.v1.Notes/Get%2F", "/notes.v1.Notes/%47et/.."} {
		r, err := http.NewRequestWithContext(limited(t), "POST", server.URL+path, strings.NewReader(`{"org":"acme","workspace":"ml"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		identify(r.Header, "alice")
		answer, err := server.Client().Transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode < 300 || answer.StatusCode >= 500 || n.reached.Load() != 0 {
			t.Errorf("%s: %d, reached %d times", path, answer.StatusCode, n.reached.Load())
		}
	}
}

// The zero guard, and a guard that does not name a method that is served: put together without a Mux.
func TestAHandlerWithoutARuleLetsNobodyIn(t *testing.T) {
	n := &notes{}
	few, err := authzconnect.New(engine(t), token, authzrpc.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	var zero *authzconnect.Guard
	for name, test := range map[string]struct {
		guard *authzconnect.Guard
		want  connect.Code
	}{"nil": {zero, connect.CodeUnavailable}, "zero": {&authzconnect.Guard{}, connect.CodeUnavailable}, "without rules": {few, connect.CodePermissionDenied}} {
		_, h := notesv1connect.NewNotesHandler(n, connect.WithInterceptors(test.guard))
		server := serve(t, h)
		speaking(t, server, func(t *testing.T, client notesv1connect.NotesClient) {
			if _, err := client.Get(limited(t), ask("alice", place("acme", "ml"))); codeOf(err) != test.want {
				t.Errorf("%s: %v", name, err)
			}
			watch, err := client.Watch(limited(t), ask("alice", place("acme", "ml")))
			if err == nil {
				watch.Receive()
				err = watch.Err()
			}
			if codeOf(err) != test.want || n.reached.Load() != 0 {
				t.Errorf("%s: %v", name, err)
			}
		})
		if test.guard.Check("notes.v1.Notes") == nil || test.guard.Rule(notesv1connect.NotesGetProcedure) != "no rule" {
			t.Errorf("%s: it has rules", name)
		}
		if test.guard.Try(engine(t)) != nil {
			t.Errorf("%s: what has no rules fails", name)
		}
		mux := test.guard.Mux()
		authzconnect.Handle(mux, notesv1connect.NewNotesHandler, notesv1connect.NotesHandler(n))
		if h, err := mux.Handler(); h != nil || err == nil {
			t.Errorf("%s: methods without rules are served", name)
		}
	}
}

// A client that has the guard among its interceptors calls what it calls.
func TestCallsOfAClientAreNotJudged(t *testing.T) {
	server := serve(t, handler(t, &notes{}, guarded(t, engine(t))))
	nobody, err := authzconnect.New(engine(t), token, authzrpc.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	client := notesv1connect.NewNotesClient(server.Client(), server.URL, connect.WithInterceptors(nobody))
	if note, err := client.Get(limited(t), ask("bob", place("acme", "ml"))); err != nil || note.Msg.GetText() != "bob, false" {
		t.Errorf("%v, %v", note, err)
	}
	talk := client.Talk(limited(t))
	identify(talk.RequestHeader(), "alice")
	if err := talk.Send(&notesv1.Note{Text: "one"}); err != nil {
		t.Error(err)
	}
	if note, err := talk.Receive(); err != nil || note.GetText() != "one" {
		t.Errorf("%v, %v", note, err)
	}
	if err := errors.Join(talk.CloseRequest(), talk.CloseResponse()); err != nil {
		t.Error(err)
	}
}

// "with a rule for every method or failure at start"
func TestATableOfMethodsThatIsWrongFailsAtTheStart(t *testing.T) {
	g, err := authzconnect.New(engine(t), token, authzrpc.Rules{
		notesv1connect.NotesGetProcedure: authzrpc.Allow("notes:read", "org:{org}/workspace:{nothing}"),
		notesv1connect.NotesAddProcedure: authzrpc.Allow("notes:read", "org:{place}"),
		"/notes.v1.Notes/Wacth":          authzrpc.SignedIn(),
		notesv1connect.NotesTalkProcedure: authzrpc.AllowFor("notes:read", func(*authzrpc.Call, *notesv1.Place) (string, error) {
			return "org:acme", nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := g.Mux()
	authzconnect.Handle(mux, notesv1connect.NewNotesHandler, notesv1connect.NotesHandler(&notes{}))
	authzconnect.Handle(mux, notesv1connect.NewNotesHandler, notesv1connect.NotesHandler(&notes{}))
	authzconnect.Handle(mux, nil, 0)
	authzconnect.Handle(mux, func(int, ...connect.HandlerOption) (string, http.Handler) { return "bad {pattern", nil }, 0)
	h, err := mux.Handler()
	const want = `the service "notes.v1.Notes" is added twice
the function that makes a handler is nil
the service at "bad {pattern": http: nil handler
the method "/notes.v1.Notes/Get": its rule reads the field "nothing": notes.v1.Place has no field "nothing"
the method "/notes.v1.Notes/Add": its rule reads the field "place": the field notes.v1.Note.place is of the kind message, which is no id: use AllowFor
the method "/notes.v1.Notes/Watch": there is no rule for who may call it; let everybody by Public()
the method "/notes.v1.Notes/Talk": its rule takes messages of the type *notesv1.Place, and these are of the type *notesv1.Note
the rule of "/notes.v1.Notes/Wacth": no such method is served`
	if h != nil || err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if err := g.Check("notes.v1.Nothing"); err == nil || !strings.Contains(err.Error(), `there is no description of a service "notes.v1.Nothing" in the program`) {
		t.Errorf("%v", err)
	}
	for _, g := range []func() (*authzconnect.Guard, error){
		func() (*authzconnect.Guard, error) { return authzconnect.New(nil, token, nil) },
		func() (*authzconnect.Guard, error) { return authzconnect.New(engine(t), nil, nil) },
	} {
		if g, err := g(); g != nil || err == nil {
			t.Error("a guard is made of nothing")
		}
	}
	for _, path := range []string{"", "no/slash", "/{", "GET /notes.v1.Notes/", "example.com/notes.v1.Notes/", "/", "/notes.v1.Notes/Get"} {
		mux := guarded(t, engine(t)).Mux()
		authzconnect.Handle(mux, func(int, ...connect.HandlerOption) (string, http.Handler) { return path, http.NotFoundHandler() }, 0)
		if h, err := mux.Handler(); h != nil || err == nil {
			t.Errorf("what is at %q is served", path)
		}
	}
	var none *authzconnect.Mux
	for _, m := range []*authzconnect.Mux{none, {}} {
		authzconnect.Handle(m, notesv1connect.NewNotesHandler, notesv1connect.NotesHandler(&notes{}))
		if h, err := m.Handler(); h != nil || err == nil {
			t.Error("the zero mux serves")
		}
	}
	whole := guarded(t, engine(t))
	if got := whole.Rule(notesv1connect.NotesGetProcedure); got != "notes:read in org:{org}/workspace:{workspace}, hidden" {
		t.Error(got)
	}
	if err := errors.Join(whole.Try(engine(t)), whole.Check(notesv1connect.NotesName)); err != nil {
		t.Error(err)
	}
}

// X-Request-ID is carried, and what is no plain word is not.
func TestAnIDOfACallIsInItsAnswer(t *testing.T) {
	n := &notes{send: make(chan string)}
	close(n.send)
	server := serve(t, handler(t, n, guarded(t, engine(t))))
	meta := func(h http.Header, err error) string {
		var failed *connect.Error
		if errors.As(err, &failed) {
			h = failed.Meta()
		}
		return strings.Join(h.Values("X-Request-Id"), ",")
	}
	speaking(t, server, func(t *testing.T, client notesv1connect.NotesClient) {
		for _, as := range []string{"alice", "bob", "", "fail"} {
			for sent, want := range map[string]string{"abc-1": "abc-1", "a b": "", "": ""} {
				r := ask(as, place("acme", "ml"))
				if as == "fail" {
					identify(r.Header(), "alice")
					r.Header().Set("X-Fail", "1")
				}
				r.Header().Set("X-Request-Id", sent)
				answer, err := client.Get(limited(t), r)
				var h http.Header
				if err == nil {
					h = answer.Header()
				}
				if got := meta(h, err); got != want {
					t.Errorf("a call of %q: %q, want %q (%v)", as, got, want, err)
				}
				if as == "fail" {
					continue
				}
				r = ask(as, place("acme", "ml"))
				r.Header().Set("X-Request-Id", sent)
				watch, err := client.Watch(limited(t), r)
				if err == nil {
					for watch.Receive() {
					}
					h, err = watch.ResponseHeader(), watch.Err()
				}
				if got := meta(h, err); got != want {
					t.Errorf("a stream of %q: %q, want %q (%v)", as, got, want, err)
				}
			}
		}
	})
}

// watcher is an interceptor that stands before the guard: it is told of errors.
type watcher struct{ failed func(error) }

func (w watcher) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, r connect.AnyRequest) (connect.AnyResponse, error) {
		answer, err := next(ctx, r)
		w.failed(err)
		return answer, err
	}
}

func (w watcher) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		err := next(ctx, conn)
		w.failed(err)
		return err
	}
}

func (w watcher) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// "Errors are typed …, told apart by errors.Is": for what logs them, of which nothing reaches the client.
func TestErrorsAreTypedForWhatStandsBefore(t *testing.T) {
	var mu sync.Mutex
	var last error
	note := watcher{func(err error) {
		mu.Lock()
		defer mu.Unlock()
		last = err
	}}
	n, p := &notes{send: make(chan string)}, &provider{}
	close(n.send)
	_, h := notesv1connect.NewNotesHandler(n, connect.WithInterceptors(note, guarded(t, p)))
	server := serve(t, h)
	client := notesv1connect.NewNotesClient(server.Client(), server.URL)
	for _, test := range []struct {
		as    string
		ready bool
		want  error
	}{{"alice", true, nil}, {"nobody", true, authz.ErrDenied}, {"", true, authz.ErrNoPrincipal}, {"alice", false, authz.ErrNotReady}} {
		p.p.Store(nil)
		if test.ready {
			p.p.Store(engine(t))
		}
		_, _ = client.Get(limited(t), ask(test.as, place("acme", "ml")))
		mu.Lock()
		if !errors.Is(last, test.want) {
			t.Errorf("a call of %q: %v, want %v", test.as, last, test.want)
		}
		mu.Unlock()
		watch, err := client.Watch(limited(t), ask(test.as, place("acme", "ml")))
		if err == nil {
			for watch.Receive() {
			}
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
	server := serve(t, handler(t, n, guarded(t, engine(t))))
	speaking(t, server, func(t *testing.T, client notesv1connect.NotesClient) {
		add := func(as string, places ...*notesv1.Place) (string, error) {
			stream := client.Add(limited(t))
			identify(stream.RequestHeader(), as)
			for _, p := range places {
				if err := stream.Send(&notesv1.Note{Place: p, Number: 1}); err != nil {
					break // the answer says why
				}
			}
			answer, err := stream.CloseAndReceive()
			if err != nil {
				return "", err
			}
			return answer.Msg.GetOrg(), nil
		}
		for _, test := range []struct {
			as      string
			places  []*notesv1.Place
			want    connect.Code
			reached int64
		}{
			{"alice", []*notesv1.Place{place("acme", "ml"), place("acme", "ml")}, ok, 2},
			{"alice", []*notesv1.Place{place("acme", "ml"), place("bank", "vault"), place("acme", "ml")}, connect.CodePermissionDenied, 1},
			{"alice", []*notesv1.Place{place("acme", "ml"), place("acme", "a/b")}, connect.CodeInvalidArgument, 1},
			{"alice", []*notesv1.Place{nil}, connect.CodeInvalidArgument, 0},
			{"bob", []*notesv1.Place{place("acme", "ml")}, connect.CodePermissionDenied, 0},
			{"", []*notesv1.Place{place("acme", "ml")}, connect.CodeUnauthenticated, 0},
			{"alice", nil, connect.CodePermissionDenied, 0}, // an answer, and nothing said where
		} {
			before := n.reached.Load()
			answer, err := add(test.as, test.places...)
			if codeOf(err) != test.want || err == nil && answer != test.as {
				t.Errorf("%s at %v: %q, %v, want %s", test.as, test.places, answer, err, test.want)
			}
			if got := n.reached.Load() - before; got != test.reached {
				t.Errorf("%s at %v: %d messages reached the handler, want %d", test.as, test.places, got, test.reached)
			}
		}
	})
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
	server := serve(t, handler(t, n, guarded(t, p)))
	speaking(t, server, func(t *testing.T, client notesv1connect.NotesClient) {
		p.p.Store(before)
		go func() { n.send <- "one" }() // a client returns when the first message is there
		watch, err := client.Watch(limited(t), ask("alice", place("acme", "ml")))
		if err != nil {
			t.Fatal(err)
		}
		if !watch.Receive() || watch.Msg().GetText() != "one" {
			t.Fatalf("%v", watch.Err())
		}
		talking := !strings.HasSuffix(t.Name(), "Web") // which has no streams of both
		talk := client.Talk(limited(t))
		identify(talk.RequestHeader(), "alice")
		if talking {
			if err := talk.Send(&notesv1.Note{Text: "two"}); err != nil {
				t.Fatal(err)
			}
			if note, err := talk.Receive(); err != nil || note.GetText() != "two" {
				t.Fatalf("%v, %v", note, err)
			}
		}
		p.p.Store(after)
		n.send <- "secret"
		if watch.Receive() || codeOf(watch.Err()) != connect.CodePermissionDenied {
			t.Errorf("%v, %v", watch.Msg(), watch.Err())
		}
		if talking {
			reached := n.reached.Load()
			if err := talk.Send(&notesv1.Note{Text: "three"}); err != nil {
				t.Fatal(err)
			}
			if note, err := talk.Receive(); codeOf(err) != connect.CodePermissionDenied || n.reached.Load() != reached {
				t.Errorf("%v, %v, %d reached the handler", note, err, n.reached.Load()-reached)
			}
		}
		_ = talk.CloseRequest()
	})
}
