// Package flags has the command line of `go run ./dev`. The launcher and the
// programs that it builds parse the same flags, so that a wrong flag fails before
// anything is built. The package imports only the standard library, so
// that the launcher compiles within seconds.
package flags
