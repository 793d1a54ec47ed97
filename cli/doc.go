// Package cli is the command line: a command for each role, commands that call
// the HTTP API for people and scripts of the office, and ops, which goes to the
// engine for operators.
package cli
