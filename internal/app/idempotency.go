package app

import (
	"context"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// maxKey bounds an idempotency key, in bytes.
const maxKey = 255

// checkKey rejects an idempotency key that is too long or not printable ASCII.
func checkKey(key string) error {
	if len(key) <= maxKey && !strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil
	}
	return invalidRequest(collaboration.FieldError{Field: "Idempotency-Key", Code: collaboration.CodeInvalidFormat})
}

// reserveKey binds a caller's key to a request and a value, and returns the value of
// the first request with the key. The error is CodeIdempotencyKeyReused if that was
// another request.
func (s *service) reserveKey(ctx context.Context, officeID, key, fingerprint, value string) (string, error) {
	first, err := s.store.ReserveKey(ctx, officeID, key, fingerprint, collaboration.ActivationID(value), s.now().UTC())
	return string(first), err
}

// internalKey returns a key of the application's own. It contains a line break, which
// checkKey rejects, so no caller's key equals it.
func internalKey(kind string, parts ...any) string {
	return kind + "\n" + message.Fingerprint(parts...)
}
