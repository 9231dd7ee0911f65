package routers

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzhttp"
)

// Gorilla serves the routes with gorilla/mux.
func Gorilla(engine authz.Provider) (http.Handler, error) {
	guard, err := authzhttp.New(engine, whoAsks)
	if err != nil {
		return nil, err
	}
	rules := authzhttp.Rules{
		"GET /orgs/{org}/workspaces/{ws}":    authzhttp.Allow("notes:read", workspace).Hidden(),
		"DELETE /orgs/{org}/workspaces/{ws}": authzhttp.Allow("notes:edit", workspace),
		"GET /healthz":                       authzhttp.Public(),
	}
	router := mux.NewRouter()
	handle := func(method, pattern string, handler http.HandlerFunc) {
		require := guard.Require(rules[method+" "+pattern])
		router.Methods(method).Path(pattern).Handler(valued(require(handler)))
	}
	handle("GET", "/orgs/{org}/workspaces/{ws}", show)
	handle("DELETE", "/orgs/{org}/workspaces/{ws}", remove)
	handle("GET", "/healthz", health)

	var routes []string
	err = router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		pattern, err := route.GetPathTemplate()
		if err != nil {
			return err
		}
		methods, err := route.GetMethods()
		for _, method := range methods {
			routes = append(routes, method+" "+pattern)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return router, guard.Check(rules, routes...) // every mistake in the table of routes at once
}

// valued has r.PathValue return what gorilla has matched, unescaped as it is.
func valued(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range mux.Vars(r) {
			r.SetPathValue(name, value)
		}
		next.ServeHTTP(w, r)
	})
}
