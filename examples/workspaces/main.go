// Workspaces is a small service of workspaces and their pages, guarded by a policy that may be changed while it runs. Pages
// show a sidebar of what whoever asks may see.
//
//	go run ./examples/workspaces
//	curl -u eve:demo localhost:8080/orgs/acme/workspaces/research
//
// Everybody's password is "demo".
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
	"github.com/trellis-authz/trellis/authz/authzlive"
	"github.com/trellis-authz/trellis/authz/authzlog"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "where to listen")
	folder := flag.String("policy", "examples/workspaces/policy", "the folder of the policy, which is watched")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	listener, err := net.Listen("tcp", *addr)
	if err == nil {
		fmt.Printf("listening on http://%s\n", listener.Addr())
		err = run(ctx, listener, *folder, logger)
	}
	if err != nil {
		logger.Error("stopped", "error", err)
		os.Exit(1)
	}
}

// run serves until the context is done.
func run(ctx context.Context, listener net.Listener, folder string, logger *slog.Logger) error {
	live, err := authzlive.Open(ctx, authzlive.Folder(folder, authzlive.WithEnd("# end")),
		authzlive.WithInterval(200*time.Millisecond),
		authzlive.WithTests(), // a policy without its tests is none
		authzlive.WithEngineOptions(authz.WithObserver(authzlog.New(logger, authzlog.WithFacts("ip")))),
		authzlive.WithReport(func(v authzlive.Event) {
			if v.Err != nil {
				logger.Error("the policy in the folder does not decide", "decides", v.Revision, "error", v.Err)
				return
			}
			logger.Info("policy", "version", v.Name, "revision", v.Revision, "took", v.Took)
		}),
	)
	if err != nil {
		return err
	}
	defer live.Close()
	handler, err := newHandler(live, newStore())
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
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
