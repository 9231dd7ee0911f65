//go:build !race

package proof

// sampled is how much is compared unless more is asked for.
const sampled = 200_000
