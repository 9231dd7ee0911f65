package authzconnect_test

import (
	"fmt"
	"log"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzconnect"
	"github.com/trellis-authz/trellis/authz/authzconnect/internal/notesv1/notesv1connect"
	"github.com/trellis-authz/trellis/authz/authzrpc"
)

func Example() {
	engine, err := authz.Open(files)
	if err != nil {
		log.Fatal(err)
	}
	whoAsks := func(engine *authz.Engine, call *authzrpc.Call) (*authz.Subject, error) {
		return engine.As(call.Get("X-User")), nil // yours reads a token
	}
	notes := &notes{}

	guard, err := authzconnect.New(engine, whoAsks, authzrpc.Rules{
		notesv1connect.NotesGetProcedure:   authzrpc.Allow("notes:read", "org:{org}/workspace:{workspace}"),
		notesv1connect.NotesAddProcedure:   authzrpc.Allow("notes:edit", "org:{place.org}/workspace:{place.workspace}"),
		notesv1connect.NotesWatchProcedure: authzrpc.Allow("notes:read", "org:{org}/workspace:{workspace}").Hidden(),
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := guard.Mux()
	authzconnect.Handle(mux, notesv1connect.NewNotesHandler, notesv1connect.NotesHandler(notes))
	handler, err := mux.Handler() // serves Connect, gRPC and gRPC-Web
	if err != nil {
		fmt.Println(err) // every mistake in the table of methods at once
	}
	_ = handler
	// Output:
	// the method "/notes.v1.Notes/Talk": there is no rule for who may call it; let everybody by Public()
}
