package main

import (
	"context"
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

// start starts the service over a real socket, with a policy of its own to change.
func start(t *testing.T) (url, folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("policy")); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() {
		stopped <- run(ctx, listener, folder, "https://pdp.example.com", slog.New(slog.DiscardHandler))
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("stopped: %v", err)
		}
	})
	url = "http://" + listener.Addr().String()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if status, _ := ask(t, url+"/.well-known/authzen-configuration", ""); status == 200 {
			return url, folder
		}
		if time.Now().After(deadline) {
			t.Fatal("not started")
		}
	}
}

// ask posts a body, or gets without one.
func ask(t *testing.T, url, body string) (int, string) {
	method := "GET"
	if body != "" {
		method = "POST"
	}
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, strings.TrimSpace(string(text))
}

const (
	one  = `{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"}}`
	many = `{"subject":{"type":"user","id":"bob"},"resource":{"type":"record","id":"record-1"},"evaluations":[{"action":{"name":"read"}},{"action":{"name":"write"}}]}`
)

func TestServicesAskOverASocket(t *testing.T) {
	url, _ := start(t)
	for _, c := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/access/v1/evaluation", one, 200, `{"decision":true}`},
		{"/access/v1/evaluations", many, 200, `{"evaluations":[{"decision":true},{"decision":false,"context":{"reason":"level-too-low"}}]}`},
		{"/access/v1/evaluation", `{"subject":{"type":"user","id":"alice"}}`, 400, "there is no action"},
		{"/.well-known/authzen-configuration", "", 200, `{"access_evaluation_endpoint":"https://pdp.example.com/access/v1/evaluation","access_evaluations_endpoint":"https://pdp.example.com/access/v1/evaluations","policy_decision_point":"https://pdp.example.com"}`},
	} {
		if status, got := ask(t, url+c.path, c.body); status != c.status || got != c.want {
			t.Errorf("%s %s: %d %s", c.path, c.body, status, got)
		}
	}
}

// "reloaded while 32 clients ask, policy broken and mended meanwhile"
func TestAPolicyIsChangedWhileServicesAsk(t *testing.T) {
	url, folder := start(t)
	directory := filepath.Join(folder, "records.directory.yaml")
	good, err := os.ReadFile(directory)
	if err != nil {
		t.Fatal(err)
	}
	var done atomic.Bool
	var asked, no atomic.Int64
	var wait sync.WaitGroup
	for range 32 {
		wait.Go(func() {
			for !done.Load() {
				switch status, got := ask(t, url+"/access/v1/evaluation", one); {
				case status == 200 && got == `{"decision":true}`:
				case status == 200 && got == `{"decision":false,"context":{"reason":"inactive"}}`:
					no.Add(1)
				default:
					t.Errorf("%d %s", status, got)
					return
				}
				asked.Add(1)
			}
		})
	}
	until := func(what, want string) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			_, got := ask(t, url+"/access/v1/evaluation", one)
			if got == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %s", what, got)
			}
		}
	}
	put := func(text string) {
		if err := os.WriteFile(directory, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	until("at first", `{"decision":true}`)
	put(string(good[:len(good)/2]) + "\n") // broken: the engine that is there decides on
	time.Sleep(time.Second)
	until("broken", `{"decision":true}`)
	if no.Load() > 0 {
		t.Errorf("%d were denied by a directory that is broken", no.Load())
	}
	if err := os.Remove(filepath.Join(folder, "records.tests.yaml")); err != nil { // which say what alice may do
		t.Fatal(err)
	}
	put(strings.Replace(string(good), "alice: {status: active", "alice: {status: suspended", 1))
	until("suspended", `{"decision":false,"context":{"reason":"inactive"}}`)
	put(string(good))
	until("mended", `{"decision":true}`)
	done.Store(true)
	wait.Wait()
	if asked.Load() < 500 {
		t.Errorf("%d asked", asked.Load())
	}
}
