// Package anchor has the signed heads of audit chains, and verifies an exported audit
// against them.
//
// The audit chain alone does not detect a rewritten database: the owner of the database
// can compute new hashes. Each row is therefore signed when it is written, with an Ed25519
// key outside the database. Signed heads are also in webhooks, mails and receipts. A copy
// there detects rows that are missing at the end.
package anchor
