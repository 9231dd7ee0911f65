// Package model compiles the declarations of a policy, which stand in scope, roles and profiles: names become numbers,
// and everything that is wrong is reported. What it returns is for the engine alone: kinds and paths of scopes, the chain
// of levels, the tree of areas with rows of levels and their two operations, roles and profiles with what they inherit.
package model
