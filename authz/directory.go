package authz

import (
	"time"

	"github.com/trellis-authz/trellis/roles"
)

// Directory is who and where: the Go form of a NAME.directory.yaml file.
type Directory struct {
	Scopes     []Scope
	Groups     []Group
	Principals []Principal
}

// Scope is a listed scope. The scope it stands in must be listed, too.
type Scope struct {
	Path       string
	Attributes Attributes
}

// Group holds assignments for its members. Its own groups are those whose member it is: members of this group are
// members of those. Two groups are built in and need not be declared: [Authenticated] and [Everyone].
type Group struct {
	Name        string
	Assignments []Assignment
	Groups      []string
}

// The built-in groups. They may be declared, to give them assignments.
const (
	Authenticated = "authenticated" // every active principal is a member
	Everyone      = "everyone"      // the same, and the anonymous principal too
)

// Kind tells what a principal is.
type Kind string

const (
	User    Kind = "user" // the default
	Service Kind = "service"
	Key     Kind = "key" // holds what its owner holds, under limits of its own

	anonymous Kind = "anonymous" // only as conditions read it
)

// Status tells whether a principal may hold anything: only an Active one does.
type Status string

const (
	Active      Status = "active"
	Invited     Status = "invited"
	Suspended   Status = "suspended"
	Deactivated Status = "deactivated"
)

// Principal is a user, a service or an API key.
type Principal struct {
	ID          string // valid UTF-8 of 1 to 256 bytes without a slash, white space or control characters
	Kind        Kind   // "" is User
	Status      Status // required: a principal without a status holds nothing
	Groups      []string
	Attributes  Attributes
	Assignments []Assignment
	Limit       roles.Limit // over all that the principal holds

	// A key has an owner instead of groups, attributes and assignments of its own.
	Owner string    // the id of the user or service whose key it is
	In    []string  // the paths of the only scopes at or beneath which the key holds anything; none: everywhere
	Until time.Time // the end of the key, exclusive; zero: none
}

// Assignment gives every one of its roles and profiles in every one of its scopes.
type Assignment struct {
	Roles    []string
	Profiles []string
	In       []string    // paths
	Limit    roles.Limit // meets what the roles hold
	From     time.Time   // inclusive; zero: always
	Until    time.Time   // exclusive; zero: for good
}
