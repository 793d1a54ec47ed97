// Package cli is the command line: a command for each role, and commands that
// call the HTTP API for people and scripts of the office.
package cli
