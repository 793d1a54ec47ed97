package app

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

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

// reserveCustomerKey binds the key of a customer's administrator, if there is one, to a
// request about an activation. Keys of a customer are separate from those of the
// office and of other customers.
func (s *service) reserveCustomerKey(ctx context.Context, a collaboration.Activation, key string, request any) error {
	if err := checkKey(key); key == "" || err != nil {
		return err
	}
	_, err := s.reserveKey(ctx, a.OfficeID, internalKey("customer", a.CustomerID, key), message.Fingerprint("customer", a.ID, request), string(a.ID))
	return err
}

// reserveAnswer binds the key of an answer to it. The ID of an answer has all its values.
func (s *service) reserveAnswer(ctx context.Context, a collaboration.Activation, answer Answer) error {
	return s.reserveCustomerKey(ctx, a, answer.Key, answer.ID)
}

// internalKey returns a key of the application's own. It contains a line break, which
// checkKey rejects, so no caller's key equals it.
func internalKey(kind string, parts ...any) string {
	return kind + "\n" + message.Fingerprint(parts...)
}

// Responses answers repeated requests of an office's employees with the first response.
type Responses struct{ *service }

// runningWait is how long a repeat waits for the first request, which is still running.
const runningWait = 5 * time.Second

// Once runs a request with an idempotency key, and returns its response. A repeat returns
// the stored response; another request with the key is CodeIdempotencyKeyReused. A request
// that fails releases its key.
func (s *Responses) Once(ctx context.Context, officeID, key, fingerprint string, run func(context.Context) ([]byte, error)) ([]byte, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	attempt, timeout := rand.Text(), time.After(runningWait)
	for {
		response, claimed, err := s.store.ClaimKey(ctx, officeID, key, fingerprint, attempt, s.now().UTC())
		switch {
		case err != nil || len(response) > 0:
			return response, err
		case claimed:
			return s.runClaimed(ctx, officeID, key, attempt, run)
		}
		select {
		case <-time.After(s.poll):
		case <-timeout:
			return nil, collaboration.Errorf(collaboration.CodeUnavailable, "the first request with this key is still running")
		}
	}
}

// runClaimed runs a request and stores its response, even if the caller has gone.
func (s *Responses) runClaimed(ctx context.Context, officeID, key, attempt string, run func(context.Context) ([]byte, error)) ([]byte, error) {
	response, err := run(ctx)
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		// A claim that is not released expires.
		_ = s.store.ReleaseKey(ctx, officeID, key, attempt)
		return nil, err
	}
	// The request has had its effect, so its caller gets the response in any case.
	_ = s.store.StoreResponse(ctx, officeID, key, attempt, response)
	return response, nil
}
