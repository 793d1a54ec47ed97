// Package stack runs all of Countersign in one process, with nothing
// installed: the embedded engine, facts in SQLite, an in-memory Redis, an inbox
// instead of a mail provider, a login that asks for no password, and the same api
// and worker as in production.
//
// Everything but the cache and who is logged in is on disk in one folder and
// survives a kill.
package stack
