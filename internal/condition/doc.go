// Package condition holds the conditions of a policy: boolean expressions in CEL, type-checked when the policy is
// loaded, over facts that are checked where they come in. It is the only importer of cel-go, and knows neither YAML
// nor the policy model.
//
// An [Env] is made from the attributes that a policy declares. It compiles sources into [Program]s, and turns Go
// values into [Attributes], each checked against its declared type, and these into [Object]s. A program is evaluated
// over [Facts], which are objects. So a condition never sees a value of another type than it was compiled for, and
// every mistake is found before a decision is asked for: in the condition at load, in a fact where it is given.
//
// A source goes through compile.go: its tokens (lex.go), slips of other languages put right (mend.go), CEL's parser, what
// is wrong whatever the types are (inspect.go, judge.go), CEL's checker, what the checker lets pass (sound.go), and a
// program that pays for what it does (meter.go, guard.go, prices.go, walk.go). What CEL says of a source is told in the
// files of advice; what it says of an evaluation (eval.go) in explain.go.
//
// What has neither loops nor patterns, and could not cost too much (bounds.go), is evaluated by closures: translate.go
// and its companions, a file for each family of types. They are held to CEL, which says what they mean, and why they
// fail when they do. What a condition reads (reads.go) tells its caller which facts it need not gather (frame.go).
//
// Everything is bounded: the size and the nesting of a source (so that compiling takes milliseconds), the size of
// facts, and the cost of an evaluation (so that it takes milliseconds and megabytes, whatever the facts are). The
// bounds stand in limits.go. Nothing here reads the clock, the network or the environment; the one exception is the
// time zone database of the machine, for a condition that names a zone.
package condition
