// Package e2e tests the product through its interfaces: over HTTP, with mails from
// the inbox, on the embedded stack and on PostgreSQL and Redis. Package harness runs
// the product; package durability tests that no command is lost; package rehearsal tests
// its operation and its faults.
package e2e
