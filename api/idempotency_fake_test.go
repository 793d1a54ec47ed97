package api_test

import (
	"context"
	"time"

	"countersign/collaboration"
)

func (f facts) ReserveKey(_ context.Context, office, key, hash string, id collaboration.ActivationID, _ time.Time) (collaboration.ActivationID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.called("ReserveKey"); err != nil {
		return "", err
	}
	first, ok := f.keys[office+key]
	switch {
	case !ok:
		f.keys[office+key] = [2]string{hash, string(id)}
		return id, nil
	case first[0] != hash:
		return "", &collaboration.Error{Code: collaboration.CodeIdempotencyKeyReused}
	}
	return collaboration.ActivationID(first[1]), nil
}
