// Package profiles bundles roles: a security profile is a named set of roles, possibly limited, that is assigned
// as one.
package profiles

import (
	"github.com/trellis-authz/trellis/roles"
)

// Profile declares a security profile.
type Profile struct {
	Name        string
	Title       string
	Description string
	Roles       []string    // at least one
	Limit       roles.Limit // meets what each of them holds
	GivenWith   string      // the permission or action by which it is given and taken; "": nobody may give it
}
