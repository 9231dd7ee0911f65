package authzotel_test

import (
	"context"
	"fmt"
	"log"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzlive"
	"github.com/trellis-authz/trellis/authz/authzotel"
)

func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	source := authzlive.FS(files(policy))

	telemetry, err := authzotel.New() // of the global meter provider
	if err != nil {
		log.Fatal(err)
	}
	live, err := authzlive.Open(ctx, source,
		authzlive.WithEngineOptions(authz.WithObserver(telemetry.Observe)),
		authzlive.WithReport(telemetry.Report))
	if err != nil {
		log.Fatal(err)
	}
	if err := telemetry.Watch(live); err != nil {
		log.Fatal(err)
	}

	fmt.Println(live.Engine().Can("alice", "notes:edit", "org:acme"))
	// Output: true
}
