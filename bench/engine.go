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

// An entry is an engine that takes part, and up to which size: beyond it, it would take or need too much.
type entry struct {
	key    string // for -engines
	make   func(w *workload) engine
	upTo   int    // members
	why    string // what happens beyond
	set    string // one sentence on how it is set up
	decide bool   // a peer that decides afresh: it keeps no decisions
}

const unlimited = 1 << 30

var entries = []entry{
	{"floor", func(w *workload) engine { return &resolved{w: w} }, unlimited, "", "Go slices of integers, written for this policy alone; the caller holds integers", false},
	{"trellis", func(w *workload) engine { return &trellisBound{trellis: ofPlain(w)} }, unlimited, "", "the subject was bound before, permission and scope looked up before", false},
	{"trellis", func(w *workload) engine { return &trellisNames{trellis: ofPlain(w)} }, unlimited, "", "the subject was bound before, permission and scope are strings", false},
	{"floor", func(w *workload) engine { return &internedStrings{w: w} }, unlimited, "", "the same slices behind three Go maps from strings to integers", false},
	{"trellis", func(w *workload) engine { return &trellisStrings{trellis: ofPlain(w)} }, unlimited, "", "three strings, nothing resolved before", false},
	{"maps", func(w *workload) engine { return &nestedMaps{w: w} }, 100_000, "its maps in maps take a kilobyte a member", "what one writes first: maps of maps of strings", false},
	{"casbin-cached", func(w *workload) engine { return &casbinEngine{w: w, cached: true} }, 10_000, casbinBeyond, "each request was asked before: it looks answers up, and decides nothing", false},
	{"cedar", func(w *workload) engine { return &cedarEngine{w: w} }, 100_000, "its entities take kilobytes a member", "one policy a role, roles in scopes as groups, entities built beforehand", true},
	{"casbin", func(w *workload) engine { return &casbinEngine{w: w} }, 10_000, casbinBeyond, "RBAC with domains, strings compared before g, rules without domains", true},
	{"opa", func(w *workload) engine { return &opaEngine{w: w} }, 100_000, "its data take kilobytes a member", "prepared query, data in the store as AST values, input parsed beforehand", true},
	{"cerbos", func(w *workload) engine { return &cerbosEngine{w: w} }, 10_000, "it keeps no directory: its time does not depend on the number of members", "compiled rule table, evaluator alone, principal and scope brought by the caller", true},
	{"openfga", func(w *workload) engine { return &openfgaEngine{w: w, sqlite: true} }, 10_000, "it would take long to load and to hold equal", "the same server, its datastore in a file on this machine: the heap does not hold the tuples", true},
	{"openfga", func(w *workload) engine { return &openfgaEngine{w: w} }, 10_000, "its datastore in memory reads every tuple for each write and for many reads", "server without network, datastore in memory, typed model, caches of decisions off", true},
}

const casbinBeyond = "the implicit access of admins, written out, is a link for each admin and workspace"
