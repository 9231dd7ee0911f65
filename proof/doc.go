// Package proof holds the engine to what the specification says: random policies, directories and requests, decided
// by the engine and by a reference that shares no code with it, and a property for each sentence that promises
// something. It holds tests alone; README.md says what is promised, which test shows it, and with what figures.
package proof
