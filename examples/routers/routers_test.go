package routers

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzhttp"
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
scopes: {"org:acme": , "org:acme/workspace:lab": , "org:acme/workspace:a%b": , "org:bank": , "org:bank/workspace:vault": }
principals:
  ada: {status: active, assignments: [{roles: editor, in: "org:acme"}]}
  vic: {status: active, assignments: [{roles: viewer, in: "org:acme"}]}
`

func engine(t *testing.T, policy string) *authz.Engine {
	t.Helper()
	e, err := authz.Open(fstest.MapFS{"p.policy.yaml": {Data: []byte(policy)}, "p.directory.yaml": {Data: []byte(directory)}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var routers = map[string]func(authz.Provider) (http.Handler, error){"chi": Chi, "gorilla": Gorilla, "gin": Gin, "echo": Echo}

// ask sends a request as it is written: a client would mend its path.
func ask(t *testing.T, server *httptest.Server, method, path, as string) (status int, body string) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	r := httptest.NewRequest(method, "/", nil)
	if as != "" {
		r.SetBasicAuth(as, "demo")
	}
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: %s\r\n\r\n", method, path, r.Header.Get("Authorization"))
	answer, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, strings.TrimSpace(string(text))
}

func TestEveryRouterAnswersAsItsRulesSay(t *testing.T) {
	for name, router := range routers {
		t.Run(name, func(t *testing.T) {
			handler, err := router(engine(t, policy))
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(handler)
			defer server.Close()
			for _, test := range []struct {
				method, path, as string
				status           int
				body             string
			}{
				{"GET", "/healthz", "", 200, "ok"},
				{"GET", "/orgs/acme/workspaces/lab", "vic", 200, "the notes of lab; you may edit them: false"},
				{"GET", "/orgs/acme/workspaces/lab", "ada", 200, "the notes of lab; you may edit them: true"},
				{"GET", "/orgs/%61cme/workspaces/l%61b", "ada", 200, "the notes of lab; you may edit them: true"},
				{"GET", "/orgs/acme/workspaces/a%25b", "ada", 200, "the notes of a%b; you may edit them: true"},
				{"DELETE", "/orgs/acme/workspaces/lab", "ada", 204, ""},
				{"DELETE", "/orgs/acme/workspaces/lab", "vic", 403, `{"type":"about:blank","title":"Forbidden","status":403,"detail":"You are not allowed to do this here."}`},
				{"GET", "/orgs/acme/workspaces/lab", "", 401, `{"type":"about:blank","title":"Unauthorized","status":401,"detail":"Sign in to do this."}`},
				{"GET", "/orgs/bank/workspaces/vault", "ada", 404, `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no such thing here."}`},
			} {
				status, body := ask(t, server, test.method, test.path, test.as)
				if status != test.status || body != test.body {
					t.Errorf("%s %s of %q: %d %s, want %d %s", test.method, test.path, test.as, status, body, test.status, test.body)
				}
			}
		})
	}
}

// Whatever a path is made of, it names no scope but its own: nothing here is allowed, and nothing is a failure of the server.
func TestPathsMadeToHarmNameNoOtherScope(t *testing.T) {
	for name, router := range routers {
		t.Run(name, func(t *testing.T) {
			handler, err := router(engine(t, policy))
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(handler)
			defer server.Close()
			for _, path := range []string{
				"/orgs/acme/workspaces/", "/orgs//workspaces/lab", "/orgs/acme/workspaces/lab%2F", "/orgs/acme/workspaces/%2Flab", "/orgs/acme%2Fworkspace:lab/workspaces/lab",
				"/orgs/acme/workspaces/..%2Flab", "/orgs/acme/workspaces/%2e%2e", "/orgs/bank/../acme%2F/workspaces/lab", "/orgs/acme/workspaces/%2561b", "/orgs/acme/workspaces/lab%00",
				"/orgs/acme/workspaces/lab%0A", "/orgs/acme/workspaces/lab%25", "/orgs/acme/workspaces/%C0%AE", "/orgs/bank/workspaces/vault", "/orgs/bank%2Fworkspace:vault%2F../workspaces/lab",
				"/orgs/acme/workspaces/lab;x", "/orgs/acme/workspaces/l%2561b", "/orgs/*/workspaces/lab", "/orgs/{org}/workspaces/{ws}", "/orgs/acme/workspaces/LAB", "/orgs/ACME/workspaces/lab",
				"/ORGS/acme/workspaces/lab", "/orgs/acme/workspaces/lab/extra", "/orgs/acme/workspaces/a%2525b", "/nothing", "/healthz/x",
			} {
				for _, method := range []string{"GET", "DELETE", "POST", "HEAD", "OPTIONS", "get"} {
					if status, body := ask(t, server, method, path, "ada"); status < 300 && method != "OPTIONS" || status >= 500 || strings.Contains(body, "the notes") {
						t.Errorf("%s %s: %d %s", method, path, status, body)
					}
				}
			}
			for _, path := range []string{"/orgs//acme/workspaces/lab", "//orgs/acme/workspaces/lab", "/orgs/./acme/workspaces/lab", "/orgs/x/../acme/workspaces/lab"} {
				if status, body := ask(t, server, "GET", path, "vic"); status >= 500 || status < 300 && body != "the notes of lab; you may edit them: false" {
					t.Errorf("%s: %d %s", path, status, body)
				}
			}
		})
	}
}

// A handler behind a refusal is not reached, nor is one of a route that has no rule.
func TestWhatIsNotAllowedReachesNoHandler(t *testing.T) {
	guard, err := authzhttp.New(engine(t, policy), whoAsks)
	if err != nil {
		t.Fatal(err)
	}
	rules := authzhttp.Rules{"GET /a/:org": authzhttp.Allow("notes:read", "org:{org}")}
	reached := 0
	ginRouter := gin.New()
	ginRouter.Use(guardGin(guard, rules))
	for _, path := range []string{"/a/:org", "/b/:org"} {
		ginRouter.GET(path, func(*gin.Context) { reached++ }, func(*gin.Context) { reached++ })
	}
	ginRouter.NoRoute(func(*gin.Context) { reached++ })
	echoRouter := echo.New()
	echoRouter.Use(guardEcho(guard, rules))
	for _, path := range []string{"/a/:org", "/b/:org"} {
		echoRouter.GET(path, func(echo.Context) error { reached++; return nil })
	}
	for name, router := range map[string]http.Handler{"gin": ginRouter, "echo": echoRouter} {
		server := httptest.NewServer(router)
		for path, want := range map[string]int{"/a/bank": 403, "/b/acme": 403, "/nothing": 404} {
			if status, _ := ask(t, server, "GET", path, "vic"); status != want || reached != 0 {
				t.Errorf("%s, %s: %d, want %d; handlers are reached %d times", name, path, status, want, reached)
			}
		}
		if status, _ := ask(t, server, "GET", "/a/acme", "vic"); status != 200 || reached == 0 {
			t.Errorf("%s: %d, handlers are reached %d times", name, status, reached)
		}
		reached = 0
		server.Close()
	}
}

func TestATableThatIsWrongFailsAtTheStart(t *testing.T) {
	for name, router := range routers {
		_, err := router(engine(t, strings.ReplaceAll(policy, "notes", "papers")))
		if err == nil || strings.Count(err.Error(), `there is no area "notes"`) != 2 {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := router(nil); err == nil {
			t.Errorf("%s: a guard without an engine", name)
		}
	}
}
