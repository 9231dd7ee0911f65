package routers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzhttp"
)

// Gin serves the routes with gin.
func Gin(engine authz.Provider) (http.Handler, error) {
	guard, err := authzhttp.New(engine, whoAsks)
	if err != nil {
		return nil, err
	}
	rules := authzhttp.Rules{
		"GET /orgs/:org/workspaces/:ws":    authzhttp.Allow("notes:read", workspace).Hidden(),
		"DELETE /orgs/:org/workspaces/:ws": authzhttp.Allow("notes:edit", workspace),
		"GET /healthz":                     authzhttp.Public(),
	}
	router := gin.New()
	router.Use(guardGin(guard, rules)) // before any route: gin guards those that come after
	router.GET("/orgs/:org/workspaces/:ws", gin.WrapF(show))
	router.DELETE("/orgs/:org/workspaces/:ws", gin.WrapF(remove))
	router.GET("/healthz", gin.WrapF(health))

	var routes []string
	for _, route := range router.Routes() {
		routes = append(routes, route.Method+" "+route.Path)
	}
	return router, guard.Check(rules, routes...) // every mistake in the table of routes at once
}

// guardGin guards every route by its rule: one that has none is refused, and no handler runs after a refusal.
func guardGin(guard *authzhttp.Guard, rules authzhttp.Rules) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.FullPath() == "" { // no route
			c.AbortWithStatus(http.StatusNotFound)
			return
		}
		for _, param := range c.Params {
			c.Request.SetPathValue(param.Key, param.Value)
		}
		allowed := false
		require := guard.Require(rules[c.Request.Method+" "+c.FullPath()])
		require(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			allowed, c.Request = true, r // which knows who asks
			c.Next()
		})).ServeHTTP(c.Writer, c.Request)
		if !allowed {
			c.Abort()
		}
	}
}
