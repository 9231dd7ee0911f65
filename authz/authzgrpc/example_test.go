package authzgrpc_test

import (
	"fmt"
	"log"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzgrpc"
	"github.com/trellis-authz/trellis/authz/authzgrpc/internal/notesv1"
	"github.com/trellis-authz/trellis/authz/authzrpc"
)

func Example() {
	engine, err := authz.Open(files)
	if err != nil {
		log.Fatal(err)
	}
	whoAsks := func(engine *authz.Engine, call *authzrpc.Call) (*authz.Subject, error) {
		return engine.As(call.Get("x-user")), nil // yours reads a token
	}
	notes := &notes{}

	guard, err := authzgrpc.New(engine, whoAsks, authzrpc.Rules{
		"/notes.v1.Notes/Get":          authzrpc.Allow("notes:read", "org:{org}/workspace:{workspace}"),
		"/notes.v1.Notes/Add":          authzrpc.Allow("notes:edit", "org:{place.org}/workspace:{place.workspace}"),
		"/notes.v1.Notes/Watch":        authzrpc.Allow("notes:read", "org:{org}/workspace:{workspace}").Hidden(),
		"/grpc.health.v1.Health/Check": authzrpc.Public(),
		"/grpc.health.v1.Health/List":  authzrpc.SignedIn(),
	})
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(guard.ServerOptions()...)
	notesv1.RegisterNotesServer(server, notes)
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	if err := guard.Check(server); err != nil {
		fmt.Println(err) // every mistake in the table of methods at once
	}
	// Output:
	// the method "/grpc.health.v1.Health/Watch": there is no rule for who may call it; let everybody by Public()
	// the method "/notes.v1.Notes/Talk": there is no rule for who may call it; let everybody by Public()
}
