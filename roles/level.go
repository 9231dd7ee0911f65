// Package roles says what: what a policy declares of the chain of levels, the tree of areas, grants and limits over its
// leaves, and the roles that hold them, with inheritance, limits, reach, requirements and delegation.
package roles

// Limits of a chain.
const (
	MinLevels = 2  // with one level nothing could ever be held
	MaxLevels = 16 // a chain that people can still tell apart
)

// DefaultLevels is the chain of a policy that names none.
func DefaultLevels() []string { return []string{"none", "read", "edit"} }
