// Package platform is the client of an external platform, which stores solutions,
// administrators and access instead of Countersign's own database. docs/platform.md
// describes the five HTTP operations. One test suite checks the own database and an
// HTTP server by the same rules.
package platform
