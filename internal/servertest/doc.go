// Package servertest starts real servers for tests: a PostgreSQL for each test
// process or test, a Redis, a balancer, on loopback or a socket of their own, gone
// when the tests end. Nothing needs to be running beforehand. A test can take a
// server away and bring it back.
//
// Where a server is missing the test is skipped, loudly; with
// COUNTERSIGN_ALLOW_SKIPS=0 it fails.
package servertest
