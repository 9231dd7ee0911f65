package authzgrpc_test

import (
	"fmt"
	"log"
	"os"
	"strings"
	"testing"

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

// What documents show is what the example runs.
func TestDocumentsShowTheExample(t *testing.T) {
	shown(t, "\tguard, err := authzgrpc.New", "grpc.go", "../../docs/service.md")
}

// shown holds that pieces of code that begin so in documents stand in the example, line by line.
func shown(t *testing.T, first string, documents ...string) {
	t.Helper()
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documents {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, found := strings.Cut(string(text), strings.TrimSpace(first))
		if !found {
			t.Errorf("%s does not show it", name)
			continue
		}
		for line := range strings.Lines(strings.TrimSpace(first) + rest) {
			line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "//"))
			if line == "```" || line == "" {
				break
			}
			if !strings.Contains(string(source), "\t"+line+"\n") {
				t.Errorf("%s shows what is not in the example: %s", name, line)
			}
		}
	}
}
