// Package port finds ports on the loopback interface for the servers of the
// development stack and of the tests.
package port
