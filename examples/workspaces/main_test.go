package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trellis-authz/trellis/authz/authztest"
)

func TestPolicy(t *testing.T) { authztest.Run(t, os.DirFS("policy")) }

// lines is a log that many write to.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// started is the service over a real socket, with a policy of its own to change.
type started struct {
	t           *testing.T
	url, folder string
	log         *lines
}

func start(t *testing.T) *started {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("policy")); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &started{t, "http://" + listener.Addr().String(), folder, &lines{}}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- run(ctx, listener, folder, slog.New(slog.NewJSONHandler(s.log, nil))) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("stopped: %v", err)
		}
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-stopped:
			stopped <- err
			t.Fatalf("not started: %v", err)
		default:
		}
		if answer, err := http.Get(s.url + "/readyz"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return s
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("not ready")
		}
	}
}

// ask sends a request as somebody, and returns the status and the body.
func (s *started) ask(method, path, as, body string) (int, string) {
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return 0, ""
	}
	if as != "" {
		r.SetBasicAuth(as, "demo")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Error(err)
		return 0, ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Error(err)
	}
	return answer.StatusCode, string(text)
}

const (
	research = "/orgs/acme/workspaces/research"
	lab      = "/orgs/acme/workspaces/lab"
)

func TestRequestsAreAllowedDeniedAndHidden(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		method, path, as string
		want             int
	}{
		{"GET", "/healthz", "", 200},
		{"GET", "/", "", 401},
		{"GET", "/", "eve", 200},
		{"GET", "/", "dora", 403},
		{"GET", "/", "stranger", 403},
		{"GET", research, "", 401},
		{"GET", research, "vic", 200},
		{"GET", research, "gus", 404},
		{"GET", research, "dora", 404},
		{"GET", "/orgs/acme/workspaces/nosuch", "ada", 404},
		{"GET", lab, "eve", 200}, // private, and asked from this machine
		{"GET", lab, "vic", 404},
		{"PUT", research + "/pages/plan", "vic", 403},
		{"PUT", research + "/pages/plan", "eve", 204},
		{"GET", research + "/pages/plan", "vic", 200},
		{"GET", research + "/pages/other", "vic", 404},
		{"GET", "/orgs/acme/billing", "ada", 200},
		{"GET", "/orgs/acme/billing", "eve", 403},
		{"GET", "/orgs/acme%2Fworkspace:lab/workspaces/research", "eve", 400},
		{"GET", "/orgs/acme/workspaces/..%2F..", "eve", 400},
		{"DELETE", research, "eve", 403},
		{"DELETE", research, "ada", 204},
		{"GET", research, "ada", 404},
		{"PUT", research + "/pages/plan", "eve", 404},
	} {
		if got, body := s.ask(c.method, c.path, c.as, "new text"); got != c.want {
			t.Errorf("%s %s as %q: %d, want %d\n%s", c.method, c.path, c.as, got, c.want, body)
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(s.log.String()), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("line %d of the log is no JSON: %s", i, line)
		}
	}
	if !strings.Contains(s.log.String(), `"principal":"vic","kind":"user","permission":"content.pages:edit","scope":"org:acme/workspace:research","allowed":false,"reason":"level-too-low"`) {
		t.Errorf("a denial is not in the log:\n%s", s.log)
	}
}

func TestAPageShowsASidebarOfWhatMayBeSeen(t *testing.T) {
	s := start(t)
	_, page := s.ask("GET", research, "vic", "")
	for _, want := range []string{`<li title="What people make">content <span class="level read">read</span>`, `content.pages <span class="level read">`, `settings.general`, `<a href="/orgs/acme/workspaces/research/pages/plan">plan</a>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	for _, not := range []string{"deletion", "billing"} {
		if strings.Contains(page, not) {
			t.Errorf("the page shows %s:\n%s", not, page)
		}
	}
	if _, page := s.ask("GET", research, "ada", ""); !strings.Contains(page, "deletion <span class=\"level edit\">") {
		t.Errorf("the page of an admin lacks deletion:\n%s", page)
	}
	if _, page := s.ask("GET", "/", "eve", ""); !strings.Contains(page, "workspace:lab") || strings.Contains(page, "globex") {
		t.Errorf("the list of workspaces:\n%s", page)
	}
	_, held := s.ask("GET", research+"/holds", "vic", "")
	var areas []struct{ Area, Level string }
	if err := json.Unmarshal([]byte(held), &areas); err != nil || len(areas) != 4 || areas[0].Area != "content" || areas[0].Level != "read" {
		t.Errorf("%v: %s", err, held)
	}
}

// put writes a file of the policy as an editor does that knows what it does: whole, or not at all.
func (s *started) put(name, text string) {
	s.t.Helper()
	at := filepath.Join(s.folder, name)
	if err := os.WriteFile(at+".new", []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(at+".new", at); err != nil {
		s.t.Fatal(err)
	}
}

func (s *started) get(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.folder, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// until waits for an answer.
func (s *started) until(what, method, path, as string, want int) {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got, body := s.ask(method, path, as, "x")
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: still %d, want %d: %s\n%s", what, got, want, body, s.log)
		}
	}
}

// told waits until the log has a line more after a change.
func (s *started) told(what, line string, change func()) {
	s.t.Helper()
	before := strings.Count(s.log.String(), line)
	change()
	for deadline := time.Now().Add(60 * time.Second); strings.Count(s.log.String(), line) == before; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: nobody was told", what)
		}
	}
}

// "reloaded while 32 clients ask, policy broken and mended meanwhile"
func TestAPolicyIsChangedWhileClientsAsk(t *testing.T) {
	s := start(t)
	const policy, directory = "workspaces.policy.yaml", "workspaces.directory.yaml"
	good, people := s.get(policy), s.get(directory)
	var asked, failed atomic.Int64
	var done atomic.Bool
	var wait sync.WaitGroup
	for i := range 32 {
		wait.Go(func() {
			for n := 0; !done.Load(); n++ {
				as, want := "vic", 200
				if (n+i)%3 == 0 {
					as, want = "gus", 404
				}
				if got, body := s.ask("GET", research, as, ""); got != want {
					failed.Add(1)
					t.Errorf("as %s: %d %s", as, got, body)
					return
				}
				asked.Add(1)
			}
		})
	}
	promoted := strings.Replace(people, `vic: {status: active, assignments: [{roles: viewer`, `vic: {status: active, assignments: [{roles: editor`, 1)
	if promoted == people {
		t.Fatal("nobody is promoted")
	}
	s.until("at first", "PUT", research+"/pages/plan", "vic", 403)
	s.put(directory, promoted)
	s.until("promoted", "PUT", research+"/pages/plan", "vic", 204)
	for what, broken := range map[string]string{
		"a name that is not there": strings.Replace(good, "inherits: viewer", "inherits: viewre", 1),
		"cut off":                  good[:len(good)/2],
		"cut off at a line":        good[:strings.Index(good, "boundaries:")],
		"nothing":                  "",
		"a table that is not kept": strings.Replace(good, "areas: {content: read, members: read", "areas: {content: edit, members: read", 1),
		"no YAML":                  "{{{{",
	} {
		s.told(what, "does not decide", func() { s.put(policy, broken) })
		if got, _ := s.ask("PUT", research+"/pages/plan", "vic", "x"); got != 204 {
			t.Errorf("%s: %d", what, got)
		}
		if got, _ := s.ask("GET", "/readyz", "", ""); got != 200 {
			t.Errorf("%s: not ready", what)
		}
		s.told(what+", mended", `"msg":"policy"`, func() { s.put(policy, good) })
	}
	s.put(directory, people)
	s.until("mended", "PUT", research+"/pages/plan", "vic", 403)
	done.Store(true)
	wait.Wait()
	if asked.Load() < 1000 || failed.Load() > 0 {
		t.Errorf("%d asked, %d failed", asked.Load(), failed.Load())
	}
	t.Log(fmt.Sprint(asked.Load(), " requests were answered meanwhile"))
}

func TestWithoutAPolicyTheServiceDoesNotStart(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := run(t.Context(), listener, t.TempDir(), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("started all the same")
	}
}
