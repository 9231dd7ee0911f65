package authzhttp

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
)

// Mux is a table of routes, each with its rule, over the patterns of [http.ServeMux]. It is for one goroutine, until
// [Mux.Handler] has been called.
type Mux struct {
	guard  *Guard
	routes []route
}

type route struct {
	pattern string
	rule    Rule
	handler http.Handler
}

// Mux returns an empty table of routes.
func (g *Guard) Mux() *Mux { return &Mux{guard: g} }

// Handle adds a route.
func (m *Mux) Handle(pattern string, rule Rule, handler http.Handler) {
	if m == nil {
		return // its Handler is an error
	}
	m.routes = append(m.routes, route{pattern, rule, handler})
}

// HandleFunc adds a route.
func (m *Mux) HandleFunc(pattern string, rule Rule, handler func(http.ResponseWriter, *http.Request)) {
	if handler == nil {
		m.Handle(pattern, rule, nil)
		return
	}
	m.Handle(pattern, rule, http.HandlerFunc(handler))
}

// Handler returns what serves the routes. The error says everything that is wrong with the table: a route without a rule, an
// unknown permission, a scope that cannot be, a wildcard that the pattern does not have, patterns that conflict or name a
// host, no engine that could tell. Nothing is served then. A request that is for no route is answered as [http.ServeMux] does.
func (m *Mux) Handler() (http.Handler, error) {
	if m == nil || m.guard == nil {
		return nil, errors.New("a table of routes is made by Guard.Mux")
	}
	mux := http.NewServeMux()
	var faults []error
	for i := range m.routes {
		r := &m.routes[i]
		if err := r.add(mux, m.guard); err != nil {
			faults = append(faults, err)
		}
	}
	if err := errors.Join(append(faults, m.ready())...); err != nil {
		return nil, err
	}
	return mux, nil
}

// Try says which rules an engine could not decide, since its policy has no such permission or no such scopes: for whoever
// must not serve a policy that leaves routes out.
func (m *Mux) Try(e *authz.Engine) error {
	if m == nil {
		return nil
	}
	var faults []error
	for i := range m.routes {
		r := &m.routes[i]
		if err := r.rule.inner.Check(e); err != nil {
			faults = append(faults, fmt.Errorf("the route %s: %w", diag.Quote(r.pattern), err))
		}
	}
	return errors.Join(faults...)
}

// add has the route served. What is wrong with a pattern is told by a panic, which is an error here.
func (r *route) add(mux *http.ServeMux, g *Guard) (err error) {
	defer func() {
		if wrong := recover(); wrong != nil {
			err = fmt.Errorf("the route %s: %v", diag.Quote(r.pattern), wrong)
		}
	}()
	if r.handler == nil {
		return fmt.Errorf("the route %s has no handler", diag.Quote(r.pattern))
	}
	if host := hostOf(r.pattern); host != "" {
		return fmt.Errorf("the route %s is for the host %s, which is whatever the client says, in any spelling: leave it out, and give each host a table of its own", diag.Quote(r.pattern), diag.Quote(host))
	}
	there := wildcards(r.pattern)
	for _, name := range r.rule.inner.Wildcards() {
		if !slices.Contains(there, name) {
			return fmt.Errorf("the route %s: its rule reads the wildcard %s, which the pattern does not have", diag.Quote(r.pattern), diag.Quote(name))
		}
	}
	mux.Handle(r.pattern, g.Require(r.rule)(r.handler))
	return nil
}

// hostOf returns the host of a pattern: what stands before its path, and behind its method.
func hostOf(pattern string) string {
	before, _, _ := strings.Cut(pattern, "/")
	if _, host, ok := strings.Cut(before, " "); ok {
		return strings.TrimSpace(host)
	}
	return before
}

// wildcards returns the names of the wildcards of a pattern.
func wildcards(pattern string) (names []string) {
	for {
		_, rest, ok := strings.Cut(pattern, "{")
		if !ok {
			return names
		}
		name, rest, _ := strings.Cut(rest, "}")
		names = append(names, strings.TrimSuffix(name, "..."))
		pattern = rest
	}
}

// Route is a line of a table of routes.
type Route struct {
	Pattern string
	Rule    string // as [Rule.String] writes it
}

// Routes lists the table, in the order in which it was written: for documents, and for tests that a route is guarded as it
// should be.
func (m *Mux) Routes() []Route {
	if m == nil {
		return nil
	}
	list := make([]Route, len(m.routes))
	for i := range m.routes {
		list[i] = Route{m.routes[i].pattern, m.routes[i].rule.String()}
	}
	return list
}

// Rules are the rules of routes that another router serves, by the name that it has for them: the method and the pattern, say.
type Rules map[string]Rule

// Check checks rules at the start, for a router other than [http.ServeMux], against the names of the routes that it serves.
// The error says everything that is wrong with the rules, which routes have none, and which rules no route has. The routes
// are guarded by [Guard.Require] with the rule of each.
func (g *Guard) Check(rules Rules, routes ...string) error {
	var faults []error
	for _, name := range routes {
		if _, ok := rules[name]; !ok {
			faults = append(faults, fmt.Errorf("the route %s: there is no rule for who may use it", diag.Quote(name)))
		}
	}
	m := g.Mux()
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		if !slices.Contains(routes, name) {
			faults = append(faults, fmt.Errorf("the rule of %s: there is no such route", diag.Quote(name)))
		}
		m.routes = append(m.routes, route{pattern: name, rule: rules[name]})
	}
	return errors.Join(append(faults, m.ready())...)
}

// ready says which rules cannot be decided by the engine that there is.
func (m *Mux) ready() error {
	if m.guard != nil && m.guard.inner.Engine != nil {
		if e := m.guard.inner.Engine.Engine(); e != nil {
			return m.Try(e)
		}
	}
	return fmt.Errorf("the routes cannot be checked: %w", authz.ErrNotReady)
}
