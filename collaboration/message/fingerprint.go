package message

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Fingerprint returns a hash of the parts of a request. Equal parts have equal
// fingerprints. It distinguishes a retry with an idempotency key from another request
// with the same key, and gives a retried command the ID of the first.
func Fingerprint(parts ...any) string {
	canonical, _ := json.Marshal(parts) // structs of texts, numbers and dates only
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// NewID returns an ID for a command: the first 32 characters of the fingerprint.
func NewID(parts ...any) string { return Fingerprint(parts...)[:32] }
