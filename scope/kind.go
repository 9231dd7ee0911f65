// Package scope says where: the kinds of scopes a policy declares, how they nest, and the paths that name single
// scopes, such as "org:acme/workspace:ml".
package scope

// Kind declares a kind of scope.
type Kind struct {
	Name       string            // [a-z][a-z0-9_]*
	In         []string          // the kinds it stands in; none for a root. A kind may stand in itself
	Attributes map[string]string // what conditions may read of such a scope: name to type
}

// MaxKinds bounds the kinds of a policy: what may stand in what is computed for every pair of them.
const MaxKinds = 256
