package main

import (
	"embed"
	"encoding/json"
	"html/template"
	"io"
	"net/http"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzhttp"
	"github.com/trellis-authz/trellis/authz/authzlive"
	"github.com/trellis-authz/trellis/scope"
)

//go:embed page.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html"))

// service is what the handlers need.
type service struct {
	live  *authzlive.Live
	store *store
}

const (
	orgPath       = "org:{org}"
	workspacePath = "org:{org}/workspace:{workspace}"
)

// newHandler is the table of routes: each with who may use it.
func newHandler(live *authzlive.Live, store *store) (http.Handler, error) {
	guard, err := authzhttp.New(live, whoAsks,
		authzhttp.WithFacts(facts),
		authzhttp.WithChallenge(`Basic realm="workspaces"`),
	)
	if err != nil {
		return nil, err
	}
	s := &service{live, store}
	mux := guard.Mux()
	mux.HandleFunc("GET /healthz", authzhttp.Public(), s.healthy)
	mux.HandleFunc("GET /readyz", authzhttp.Public(), s.ready)
	mux.HandleFunc("GET /{$}", authzhttp.SignedIn(), s.home)
	mux.HandleFunc("GET /orgs/{org}/billing", authzhttp.Allow("settings.billing:read", orgPath), s.billing)
	mux.HandleFunc("GET /orgs/{org}/workspaces/{workspace}", authzhttp.Allow("content:read", workspacePath).Hidden(), s.show)
	mux.HandleFunc("DELETE /orgs/{org}/workspaces/{workspace}", authzhttp.Allow("workspaces.delete", workspacePath), s.remove)
	mux.HandleFunc("GET /orgs/{org}/workspaces/{workspace}/holds", authzhttp.Allow("content:read", workspacePath).Hidden(), s.holds)
	mux.HandleFunc("GET /orgs/{org}/workspaces/{workspace}/pages/{page}", authzhttp.Allow("content.pages:read", workspacePath).Hidden(), s.read)
	mux.HandleFunc("PUT /orgs/{org}/workspaces/{workspace}/pages/{page}", authzhttp.Allow("content.pages:edit", workspacePath), s.write)
	return mux.Handler()
}

// whoAsks takes the name for the id, once the password is right. A real service has sessions or tokens here.
func whoAsks(e *authz.Engine, r *http.Request) (*authz.Subject, error) {
	name, password, ok := r.BasicAuth()
	if !ok || password != "demo" {
		return nil, authz.ErrNoPrincipal
	}
	return e.As(name), nil
}

var client = authzhttp.ClientIP() // behind a proxy: the networks of the proxies

// facts are what conditions read of a request.
func facts(r *http.Request) (authz.Facts, error) {
	ip, err := client(r)
	return authz.Facts{Request: authz.Attributes{"ip": ip.String()}}, err
}

// workspace is the path of the workspace that a route names. The guard has found it to be one.
func workspace(r *http.Request) string {
	return "org:" + r.PathValue("org") + "/workspace:" + r.PathValue("workspace")
}

func (s *service) healthy(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }

func (s *service) ready(w http.ResponseWriter, _ *http.Request) {
	if err := s.live.Ready(); err != nil {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ready\n")
}

// home lists the workspaces that whoever asks may see: each is asked for.
func (s *service) home(w http.ResponseWriter, r *http.Request) {
	view := view{Title: "Workspaces"}
	for _, path := range s.live.Engine().Scopes() {
		if _, there := s.store.list(path); there && strings.Contains(path, "/workspace:") && authz.Can(r.Context(), "content:read", path) {
			view.Links = append(view.Links, link{path, "/orgs/" + scope.ID(scope.Parent(path)) + "/workspaces/" + scope.ID(path)})
		}
	}
	draw(w, view)
}

func (s *service) billing(w http.ResponseWriter, r *http.Request) {
	s.drawAt(w, r, "org:"+r.PathValue("org"), view{Title: "Billing of " + r.PathValue("org"), Text: "Paid."})
}

func (s *service) show(w http.ResponseWriter, r *http.Request) {
	names, there := s.store.list(workspace(r))
	if !there {
		http.NotFound(w, r)
		return
	}
	view := view{Title: r.PathValue("workspace")}
	for _, name := range names {
		view.Links = append(view.Links, link{name, r.URL.Path + "/pages/" + name})
	}
	s.drawAt(w, r, workspace(r), view)
}

func (s *service) read(w http.ResponseWriter, r *http.Request) {
	text, there := s.store.page(workspace(r), r.PathValue("page"))
	if !there {
		http.NotFound(w, r)
		return
	}
	s.drawAt(w, r, workspace(r), view{Title: r.PathValue("page"), Text: text})
}

func (s *service) write(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
	switch {
	case err != nil:
		http.Error(w, "the page is too long", http.StatusRequestEntityTooLarge)
	case !s.store.write(workspace(r), r.PathValue("page"), string(text)):
		http.NotFound(w, r)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *service) remove(w http.ResponseWriter, r *http.Request) {
	s.store.remove(workspace(r))
	w.WriteHeader(http.StatusNoContent)
}

// holds is the sidebar for a page that draws it itself.
func (s *service) holds(w http.ResponseWriter, r *http.Request) {
	c := authz.CallerFrom(r.Context())
	held, err := c.Subject.Held(r.Context(), workspace(r), c.Facts)
	if err != nil {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(held) // who has gone away misses it
}

// view is what a page shows.
type view struct {
	Title, Text string
	Links       []link
	Held        *authz.Holdings
}

type link struct{ Name, To string }

// drawAt draws a page with the sidebar of a scope.
func (s *service) drawAt(w http.ResponseWriter, r *http.Request, at string, v view) {
	c := authz.CallerFrom(r.Context())
	held, err := c.Subject.Held(r.Context(), at, c.Facts)
	if err != nil {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	v.Held = held
	draw(w, v)
}

func draw(w http.ResponseWriter, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, v) // who has gone away misses it
}
