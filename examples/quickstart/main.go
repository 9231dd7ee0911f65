// Quickstart asks Refinery Studio's policy who may delete which workspace, and why.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/examples"
)

func main() {
	// Load, check and compile a policy and a directory of people. Any mistake in them is an error here.
	today := func() time.Time { return time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC) }
	engine, err := authz.Open(examples.Product("refinery-studio"), authz.WithClock(today))
	if err != nil {
		log.Fatal(err)
	}

	// Ask. Ada is an Admin, Mona a Member; Dora, who owns the workspace "legacy", has left.
	for _, ask := range []struct{ who, permission, where string }{
		{"mona", "workspaces.delete", "org:acme/workspace:research"},
		{"ada", "workspaces.delete", "org:acme/workspace:research"},
		{"ada", "workspaces.delete", "org:acme/workspace:legacy"},
		{"ada", "workspaces.view", "org:globex/workspace:labs"},
		{"dora", "workspaces.view", "org:acme/workspace:legacy"},
	} {
		decision := engine.As(ask.who).Check(context.Background(), authz.Request{Permission: ask.permission, Scope: ask.where})
		fmt.Printf("%-4s  %-17s  %-27s  %s\n", ask.who, ask.permission, ask.where, decision)
	}

	// Ask why.
	fmt.Println()
	fmt.Print(engine.As("ada").Explain(context.Background(), authz.Request{
		Permission: "workspaces.delete",
		Scope:      "org:acme/workspace:research",
	}))
}
