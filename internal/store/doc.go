// Package store keeps the facts: customers and what they have, activations,
// their audit, and the record of every mail. One set of queries and one set
// of migrations serve SQLite and PostgreSQL.
//
//	activities ──step──▶ record: ┌ lock the activation
//	                             │ recorded already? ──▶ nothing changes
//	                             │ fact + state + audit row
//	                             └ commit ──▶ tell who caches the customer
//
// A step is known by its activation and step key; the audit's unique
// constraint on the two is what makes it idempotent.
package store

//go:generate env CGO_ENABLED=0 go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1 generate
