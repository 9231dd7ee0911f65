// Package routers guards routes of chi, gorilla, gin and echo with the guard of net/http. The page docs/routers.md shows each.
package routers

import (
	"fmt"
	"net/http"

	"github.com/trellis-authz/trellis/authz"
)

const workspace = "org:{org}/workspace:{ws}"

// whoAsks is yours: it reads a session or a token. This one believes whatever name comes with the password.
func whoAsks(engine *authz.Engine, r *http.Request) (*authz.Subject, error) {
	name, password, ok := r.BasicAuth()
	if !ok || password != "demo" {
		return nil, authz.ErrNoPrincipal
	}
	return engine.As(name), nil
}

// show answers with the id that was judged, and with what else the one who asks may do.
func show(w http.ResponseWriter, r *http.Request) {
	org, ws := r.PathValue("org"), r.PathValue("ws")
	edits := authz.Can(r.Context(), "notes:edit", "org:"+org+"/workspace:"+ws)
	fmt.Fprintf(w, "the notes of %s; you may edit them: %t\n", ws, edits)
}

func remove(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }

func health(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }
