// Package temporaltest runs one Temporal server for all tests of a package.
package temporaltest
