// Package e2e tests the product as its users meet it: over HTTP, with mails
// from the inbox, on the embedded engine, and again with the facts in a real
// PostgreSQL and the cache in a real Redis. It also breaks things: processes
// are killed at every step, every part of a site is stopped and started under
// load, and a seed has parts die, freeze and misbehave when nobody expects it.
package e2e
