// Package servertest starts real servers for tests: PostgreSQL, Redis and Caddy, for each
// test process or test, on loopback or a Unix socket. They end with the tests, and a test
// can stop, freeze and restart its servers.
//
// A test is skipped with a message if its server is not installed. With
// COUNTERSIGN_ALLOW_SKIPS=0 it fails.
package servertest
