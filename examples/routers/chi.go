package routers

import (
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzhttp"
)

// Chi serves the routes with chi.
func Chi(engine authz.Provider) (http.Handler, error) {
	guard, err := authzhttp.New(engine, whoAsks)
	if err != nil {
		return nil, err
	}
	rules := authzhttp.Rules{
		"GET /orgs/{org}/workspaces/{ws}":    authzhttp.Allow("notes:read", workspace).Hidden(),
		"DELETE /orgs/{org}/workspaces/{ws}": authzhttp.Allow("notes:edit", workspace),
		"GET /healthz":                       authzhttp.Public(),
	}
	router := chi.NewRouter()
	handle := func(method, pattern string, handler http.HandlerFunc) {
		require := guard.Require(rules[method+" "+pattern])
		router.With(unescaped, require).Method(method, pattern, handler)
	}
	handle("GET", "/orgs/{org}/workspaces/{ws}", show)
	handle("DELETE", "/orgs/{org}/workspaces/{ws}", remove)
	handle("GET", "/healthz", health)

	var routes []string
	err = chi.Walk(router, func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routes = append(routes, method+" "+pattern)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return router, guard.Check(rules, routes...) // every mistake in the table of routes at once
}

// unescaped has r.PathValue return what the path says: chi leaves values escaped where the path has escapes.
func unescaped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if params := chi.RouteContext(r.Context()).URLParams; r.URL.RawPath != "" {
			for i, name := range params.Keys {
				value, _ := url.PathUnescape(params.Values[i]) // "", which is no id, where it cannot be
				r.SetPathValue(name, value)
			}
		}
		next.ServeHTTP(w, r)
	})
}
