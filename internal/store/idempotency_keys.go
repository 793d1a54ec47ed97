package store

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// IdempotencyKeys stores the idempotency keys of requests.
type IdempotencyKeys struct{ *database }

// ReserveKey stores the id of the activation that a request with this key will create,
// or returns the id that is stored.
func (s IdempotencyKeys) ReserveKey(ctx context.Context, officeID, key, requestHash string, id collaboration.ActivationID, now time.Time) (collaboration.ActivationID, error) {
	var kept db.IdempotencyKey
	err := s.write(ctx, func(t *tx) error {
		err := t.ReserveKey(ctx, db.ReserveKeyParams{
			OfficeID: officeID, Key: key, RequestHash: requestHash, ActivationID: string(id), CreatedAt: utc(now),
		})
		if err != nil {
			return err
		}
		kept, err = t.ReservedKey(ctx, db.ReservedKeyParams{OfficeID: officeID, Key: key})
		return err
	})
	if err != nil {
		return "", err
	}
	if kept.RequestHash != requestHash {
		return "", &collaboration.Error{Code: collaboration.CodeIdempotencyKeyReused, Activation: collaboration.ActivationID(kept.ActivationID)}
	}
	return collaboration.ActivationID(kept.ActivationID), nil
}
