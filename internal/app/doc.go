// Package app is the application layer: one method per use case. A use case takes the
// principal and typed arguments, checks authorization, preconditions and the domain's
// rules, and then writes to the store or sends a command to Temporal.
//
// The package has no HTTP, no request decoding and no texts. The JSON API and the
// pages call the same methods.
package app
