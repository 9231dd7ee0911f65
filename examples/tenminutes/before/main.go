// Before is a service that everybody may use. What guards it is the difference to ../after.
package main

import (
	"fmt"
	"log"
	"net/http"
)

func show(w http.ResponseWriter, r *http.Request)   { fmt.Fprintln(w, "the notes of", r.PathValue("ws")) }
func remove(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "removed", r.PathValue("ws")) }
func health(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

func main() {
	log.Fatal(http.ListenAndServe("localhost:8080", routes()))
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orgs/{org}/workspaces/{ws}", show)
	mux.HandleFunc("DELETE /orgs/{org}/workspaces/{ws}", remove)
	mux.HandleFunc("GET /healthz", health)
	return mux
}
