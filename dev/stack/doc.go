// Package stack runs Countersign in one process on a running Temporal: the same
// API and worker as in production, with SQLite, an in-memory Redis, a mail server that
// shows its mails, and a login without passwords. Package embedded runs
// it with an embedded Temporal, so that Go is the only prerequisite.
//
// All data except the cache and the login sessions is in one folder and survives a
// kill.
//
// This package must not import Temporal's server, which takes minutes to compile.
package stack
