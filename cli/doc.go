// Package cli is the command line. It has a command for each role, commands for employees
// and scripts that call the HTTP API, and ops, with which operators call Temporal.
package cli
