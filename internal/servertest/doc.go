// Package servertest starts real servers for tests: one private PostgreSQL or
// Redis per test process, on loopback or a socket of its own, gone when the
// tests end. Nothing needs to be running beforehand.
//
// Where a server is not installed the test is skipped, loudly; with
// COUNTERSIGN_ALLOW_SKIPS=0 it fails.
package servertest
