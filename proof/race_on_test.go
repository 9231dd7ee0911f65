//go:build race

package proof

// sampled is how much is compared unless more is asked for. The race detector makes everything ten times slower, and
// looks at what goroutines share, not at what is decided.
const sampled = 40_000
