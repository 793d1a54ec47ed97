// Package embedded runs the development stack on a Temporal server in the same
// process. Package temporalserver has the server, package
// stack has the rest.
package embedded
