// Package store is the product's database: offices, employees and customers,
// activations and their audit, mails, webhooks, batches and data keys. PostgreSQL is
// for production, SQLite for development. One set of migrations serves both, and one set
// of queries, except for pages of customers.
//
// Store consists of one part for each aggregate, such as Directory and Steps. All
// parts share one transaction function (tx.go). Below it are
//
//	migrations   the schema, the triggers, and the program that applies them
//	queries      the queries, from which sqlc generates db and postgresdb
//	pages        the pages of customers, in the form of each database
//	sqldb        connections, transactions and error codes of the two databases
//	offices      what operators change; directory has what an office changes itself
//	column       types of nullable columns
//
// A step of an activation runs so:
//
//	activity ──▶ runStep: ┌ lock the activation
//	                      │ step stored already? ──▶ no change
//	                      │ effect + state + audit row
//	                      └ commit ──▶ report changed customers
//
// The activation and the step key identify a step. Their unique constraint in the
// audit makes each step idempotent.
package store

//go:generate env CGO_ENABLED=0 go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1 generate
