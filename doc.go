// Package trellis is an embeddable authorization library: who may do what, where, and why.
//
// # One idea
//
// Everything below can only restrict what is above it: a sub-area its area, a workspace its organisation, a derived
// role its parents, an assignment its role, an API key its owner. Grants are joined, limits are met, and there is
// no third operation: no explicit deny, no priorities, no order of rules. So adding a grant never takes access
// away, adding a limit never gives any, and the order in which things are written never matters.
//
// # The map
//
//	scope           WHERE    what a policy declares of scopes: kinds; paths and containment
//	roles           WHAT     likewise of levels, areas, grants and limits, roles
//	profiles        BUNDLES  likewise of security profiles
//	authz           DECIDE   load, check, compile, decide, explain
//	authz/authztest          the tests that policy authors write, in go test
//	authz/authzhttp          routes of net/http, each with who may use it
//	authz/authzrpc           methods of remote procedure calls, likewise: for gRPC and Connect
//	authz/authzlive          an engine that follows its files while a service runs
//	authz/authzlog           a line of the log for each decision
//	authz/authzen            decisions for services in any language, by AuthZEN
//	authz/authzgrpc          interceptors for gRPC; a module of its own, as are the next two
//	authz/authzconnect       interceptors for Connect
//	authz/authzotel          metrics and events for OpenTelemetry
//	diag                     what is wrong, where, and how to mend it
//	cmd/authz                the command: validate, test, check, explain, decide, matrix
//	proof                    that the engine decides as the specification says, and what happens when it is broken
//	examples                 five products' permissions, whole, a quick start and two services
//
// Data flows one way:
//
//	YAML ──► nodes ──► Policy, Directory ──► checked ──► tables ──► Engine ──► Decision
//	         (internal/doc)    Go values ──►  (internal/model)      (internal/table)
//	                                          conditions in CEL (internal/condition)
//	                                          who and where, by the million (internal/store)
//
// This package holds no code. Start at [github.com/trellis-authz/trellis/authz.Open].
package trellis
