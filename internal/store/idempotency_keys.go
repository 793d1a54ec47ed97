package store

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
)

// IdempotencyKeys stores the idempotency keys of requests.
type IdempotencyKeys struct{ *database }

// claimTime is the time after which a request that has stored no response counts as
// abandoned. It is longer than any request runs.
const claimTime = 2 * time.Minute

// ReserveKey stores the id of the activation that a request with this key will create,
// or returns the id that is stored.
func (s IdempotencyKeys) ReserveKey(ctx context.Context, officeID, key, requestHash string, id collaboration.ActivationID, now time.Time) (collaboration.ActivationID, error) {
	stored, err := s.reserve(ctx, db.ReserveKeyParams{OfficeID: officeID, Key: key, RequestHash: requestHash, ActivationID: string(id)}, now)
	return collaboration.ActivationID(stored.ActivationID), err
}

// ClaimKey reserves a key for one attempt of a request that is answered with a stored
// response. response is that of the first request with the key. Without one, the attempt
// either has the claim and must run the request, or another attempt is running it.
func (s IdempotencyKeys) ClaimKey(ctx context.Context, officeID, key, requestHash, attempt string, now time.Time) (response []byte, claimed bool, err error) {
	stored, err := s.reserve(ctx, db.ReserveKeyParams{OfficeID: officeID, Key: key, RequestHash: requestHash, ActivationID: attempt, Response: []byte{}}, now)
	if err != nil || len(stored.Response) == 0 {
		return nil, stored.ActivationID == attempt, err
	}
	text, err := s.secrets.DecryptSecret(ctx, responseOwner(officeID, key), string(stored.ResponseKey), stored.Response)
	return []byte(text), false, failure(err)
}

func (s IdempotencyKeys) reserve(ctx context.Context, p db.ReserveKeyParams, now time.Time) (stored db.IdempotencyKey, err error) {
	p.CreatedAt, p.ExpiredBefore, p.AbandonedBefore = utc(now), utc(now.Add(-collaboration.IdempotencyKeyLifetime)), utc(now.Add(-claimTime))
	err = s.write(ctx, func(t *tx) error {
		if err := t.ReserveKey(ctx, p); err != nil {
			return err
		}
		var err error
		stored, err = t.ReservedKey(ctx, db.ReservedKeyParams{OfficeID: p.OfficeID, Key: p.Key})
		return err
	})
	if err == nil && stored.RequestHash != p.RequestHash {
		err = &collaboration.Error{Code: collaboration.CodeIdempotencyKeyReused, Activation: collaboration.ActivationID(stored.ActivationID)}
	}
	return stored, err
}

// StoreResponse stores the response of the attempt that has the claim. It is encrypted,
// because responses have personal data and secrets.
func (s IdempotencyKeys) StoreResponse(ctx context.Context, officeID, key, attempt string, response []byte) error {
	keyID, encrypted, err := s.secrets.EncryptSecret(ctx, responseOwner(officeID, key), string(response))
	if err != nil {
		return failure(err)
	}
	return s.write(ctx, func(t *tx) error {
		return t.StoreResponse(ctx, db.StoreResponseParams{
			OfficeID: officeID, Key: key, Attempt: attempt, Response: encrypted, ResponseKey: column.Text(keyID),
		})
	})
}

// ReleaseKey removes the claim of an attempt that had no effect: the key can be used again.
func (s IdempotencyKeys) ReleaseKey(ctx context.Context, officeID, key, attempt string) error {
	return s.write(ctx, func(t *tx) error {
		return t.ReleaseKey(ctx, db.ReleaseKeyParams{OfficeID: officeID, Key: key, Attempt: attempt})
	})
}

// responseOwner binds an encrypted response to its key.
func responseOwner(officeID, key string) string { return "response " + officeID + "\n" + key }
