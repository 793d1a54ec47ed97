// Package temporalx defines the search attributes of the workflow executions and
// classifies Temporal's errors, so that the workflows, the starter, the operators'
// commands and the traces agree on both.
//
// The package does no I/O and keeps no state: workflow code may call it.
package temporalx
