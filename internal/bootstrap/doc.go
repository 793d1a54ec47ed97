// Package bootstrap is the composition root: it builds the api, the worker and the
// migration out of their parts, and diagnoses each part's connection for
// `countersign check`. It is the only package that imports the adapters and the
// roles. main.go runs one role in a process; dev runs all of them in one.
package bootstrap
