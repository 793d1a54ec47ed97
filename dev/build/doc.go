// Package build compiles a program of the development stack with the go command
// and shows the progress: packages compiled, packages in all, and the time left.
//
// Build calls the go command at every start, so that an outdated program never runs.
// The go command compiles only the packages that changed. This package imports only
// the standard library, so that the launcher compiles within seconds.
package build
