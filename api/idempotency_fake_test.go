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

func (f facts) ClaimKey(_ context.Context, office, key, hash, attempt string, _ time.Time) (response []byte, claimed bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	first, ok := f.keys[office+key]
	switch {
	case !ok:
		f.keys[office+key] = [2]string{hash, attempt}
	case first[0] != hash:
		return nil, false, &collaboration.Error{Code: collaboration.CodeIdempotencyKeyReused}
	}
	return []byte(f.responses[office+key]), !ok, f.called("ClaimKey")
}

func (f facts) StoreResponse(ctx context.Context, office, key, _ string, response []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.responses[office+key] = string(response)
	return f.called("StoreResponse")
}

func (f facts) ReleaseKey(_ context.Context, office, key, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.keys, office+key)
	return f.called("ReleaseKey")
}
