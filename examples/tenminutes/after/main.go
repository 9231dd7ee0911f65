// After is ../before, guarded.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzhttp"
	"github.com/trellis-authz/trellis/authz/authzlive"
)

func show(w http.ResponseWriter, r *http.Request)   { fmt.Fprintln(w, "the notes of", r.PathValue("ws")) }
func remove(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "removed", r.PathValue("ws")) }
func health(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

func main() {
	live, err := authzlive.Open(context.Background(), authzlive.Folder("examples/tenminutes/after/policy"))
	if err != nil {
		log.Fatal(err) // every mistake in the policy at once, each with its place
	}
	handler, err := routes(live)
	if err != nil {
		log.Fatal(err) // every mistake in the table of routes at once
	}
	log.Fatal(http.ListenAndServe("localhost:8080", handler))
}

// whoAsks is yours: it reads a session or a token. This one believes whatever name comes with the password.
func whoAsks(engine *authz.Engine, r *http.Request) (*authz.Subject, error) {
	name, password, ok := r.BasicAuth()
	if !ok || password != "demo" {
		return nil, authz.ErrNoPrincipal
	}
	return engine.As(name), nil
}

func routes(live authz.Provider) (http.Handler, error) {
	guard, err := authzhttp.New(live, whoAsks)
	if err != nil {
		return nil, err
	}
	const workspace = "org:{org}/workspace:{ws}"
	mux := guard.Mux()
	mux.HandleFunc("GET /orgs/{org}/workspaces/{ws}", authzhttp.Allow("notes:read", workspace).Hidden(), show)
	mux.HandleFunc("DELETE /orgs/{org}/workspaces/{ws}", authzhttp.Allow("notes:edit", workspace), remove)
	mux.HandleFunc("GET /healthz", authzhttp.Public(), health)
	return mux.Handler()
}
