// Embed is the smallest program that decides: a policy and a principal that are given in Go, no files.
package main

import (
	"fmt"
	"log"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

func main() {
	engine, err := authz.New(authz.Policy{
		Name:   "notes",
		Scopes: []scope.Kind{{Name: "org"}, {Name: "workspace", In: []string{"org"}}},
		Areas:  []roles.Area{{Name: "notes", Areas: []roles.Area{{Name: "drafts"}, {Name: "published"}}}},
		Roles: []roles.Role{{
			Name: "editor", At: []string{"org"}, Reach: roles.All,
			Areas: roles.Grant{"notes": "edit", "notes.published": "read"},
		}},
	}, nil)
	if err != nil {
		log.Fatal(err) // every mistake at once, each with its place
	}
	alice, err := engine.Bind(authz.Principal{
		ID: "alice", Status: authz.Active,
		Assignments: []authz.Assignment{{Roles: []string{"editor"}, In: []string{"org:acme"}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(alice.Can("notes.drafts:edit", "org:acme/workspace:ml"))
	fmt.Println(alice.Can("notes:edit", "org:acme/workspace:ml")) // an area stands for everything beneath it
}
