package routers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzhttp"
)

// Echo serves the routes with echo.
func Echo(engine authz.Provider) (http.Handler, error) {
	guard, err := authzhttp.New(engine, whoAsks)
	if err != nil {
		return nil, err
	}
	rules := authzhttp.Rules{
		"GET /orgs/:org/workspaces/:ws":    authzhttp.Allow("notes:read", workspace).Hidden(),
		"DELETE /orgs/:org/workspaces/:ws": authzhttp.Allow("notes:edit", workspace),
		"GET /healthz":                     authzhttp.Public(),
	}
	router := echo.New()
	router.Use(guardEcho(guard, rules))
	router.GET("/orgs/:org/workspaces/:ws", echo.WrapHandler(http.HandlerFunc(show)))
	router.DELETE("/orgs/:org/workspaces/:ws", echo.WrapHandler(http.HandlerFunc(remove)))
	router.GET("/healthz", echo.WrapHandler(http.HandlerFunc(health)))

	var routes []string
	for _, route := range router.Routes() {
		routes = append(routes, route.Method+" "+route.Path)
	}
	return router, guard.Check(rules, routes...) // every mistake in the table of routes at once
}

// guardEcho guards every route by its rule: one that has none is refused.
func guardEcho(guard *authzhttp.Guard, rules authzhttp.Rules) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if c.Path() == "" { // no route
				return echo.ErrNotFound
			}
			for i, name := range c.ParamNames() {
				value := c.ParamValues()[i]
				if c.Request().URL.RawPath != "" { // then echo leaves it escaped
					value, _ = url.PathUnescape(value) // "", which is no id, where it cannot be
				}
				c.Request().SetPathValue(name, value)
			}
			var failed error
			require := guard.Require(rules[c.Request().Method+" "+c.Path()])
			require(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				c.SetRequest(r) // which knows who asks
				failed = next(c)
			})).ServeHTTP(c.Response(), c.Request())
			return failed
		}
	}
}
