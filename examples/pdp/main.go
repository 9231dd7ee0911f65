// Pdp is a policy decision point: services in any language ask it by the AuthZEN Authorization API.
//
//	go run ./examples/pdp
//	curl -H 'Content-Type: application/json' localhost:8181/access/v1/evaluation -d '{
//	  "subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}}'
//
// It answers everybody: put it where only services reach it, behind TLS, and behind what tells them apart.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzen"
	"github.com/trellis-authz/trellis/authz/authzlive"
	"github.com/trellis-authz/trellis/authz/authzlog"
)

// mapping says what the words of a request mean in the policy of records.
var mapping = authzen.Mapping{
	Subjects: map[string]string{"user": ""},
	Resources: map[string]authzen.Resource{
		"record": {
			Scope:   "tenant:main/record:{id}",
			Actions: map[string]string{"read": "content:read", "write": "content:edit", "delete": "deletion:edit"},
		},
	},
	Request: map[string]string{"role": "subject.role", "status": "resource.status", "soft": "action.soft"},
}

func main() {
	addr := flag.String("addr", "localhost:8181", "where to listen")
	folder := flag.String("policy", "examples/pdp/policy", "the folder of the policy, which is watched")
	base := flag.String("base", "https://pdp.example.com", "the URL under which callers find the service")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	listener, err := net.Listen("tcp", *addr)
	if err == nil {
		fmt.Printf("listening on http://%s\n", listener.Addr())
		err = run(ctx, listener, *folder, *base, logger)
	}
	if err != nil {
		logger.Error("stopped", "error", err)
		os.Exit(1)
	}
}

// run serves until the context is done.
func run(ctx context.Context, listener net.Listener, folder, base string, logger *slog.Logger) error {
	live, err := authzlive.Open(ctx, authzlive.Folder(folder),
		authzlive.WithInterval(200*time.Millisecond),
		authzlive.WithEngineOptions(authz.WithObserver(authzlog.New(logger))),
		authzlive.WithReport(func(v authzlive.Event) {
			logger.Info("policy", "version", v.Name, "revision", v.Revision, "error", v.Err)
		}))
	if err != nil {
		return err
	}
	defer live.Close()
	pdp, err := authzen.New(live, mapping, authzen.WithBase(base), authzen.WithReasons())
	if err != nil {
		return err
	}
	server := &http.Server{Handler: pdp, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
