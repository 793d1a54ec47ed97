// Package starter starts workflow executions, sends them commands and queries their
// state. All callers share its start options, timeouts and error codes.
package starter
