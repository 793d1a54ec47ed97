// Package auditkey signs the rows of the audit with an Ed25519 key that is not in the
// database.
package auditkey
