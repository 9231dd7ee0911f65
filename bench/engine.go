package main

// An engine is one way to decide a workload. The loop over requests is the engine's own: a call for each of them, or a
// closure, would cost as much as the fastest engines do.
type engine interface {
	name() string
	// load takes in the workload that the engine was made for. It is timed, and the heap that it leaves is measured.
	load() error
	// prepare words requests as a caller would hold them when it asks. It is not timed. Their number is a power of two.
	prepare([]request) error
	// run decides n prepared requests, from the given one on and around, and counts those that are allowed. It is safe
	// for concurrent use.
	run(from, n int) (allowed int)
}

// check decides the one prepared request.
func check(e engine, i int) bool { return e.run(i, 1) == 1 }
