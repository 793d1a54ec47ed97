// Package apikeys has the use cases on the API keys of an office. Only managers use them,
// and no program does.
package apikeys

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/apikey"
	"countersign/internal/app"
)

// Store stores API keys.
type Store interface {
	// Add stores a key with the hash of its secret.
	Add(ctx context.Context, by collaboration.Employee, n apikey.New, hash string) (apikey.Key, error)
	List(ctx context.Context, officeID string) ([]apikey.Key, error)
	Revoke(ctx context.Context, by collaboration.Employee, id string) error
}

// Config has the dependencies of the use cases.
type Config struct {
	Store   Store
	Now     func() time.Time
	Timeout time.Duration // of each use case
}

// Keys has the use cases.
type Keys struct{ config Config }

// New returns the use cases.
func New(c Config) *Keys { return &Keys{c} }

// Added is a new key with its secret, which is not shown again.
type Added struct {
	apikey.Key
	Secret string
}

// Add creates an API key. invalid are the fields that the caller could not decode.
func (k *Keys) Add(ctx context.Context, e collaboration.Employee, n apikey.New, invalid []collaboration.FieldError) (Added, error) {
	n = n.Clean()
	if err := app.WithInvalid(n.Check(k.config.Now()), invalid); err != nil {
		return Added{}, err
	}
	secret := apikey.NewSecret()
	return app.CallWithin(ctx, k.config.Timeout, func(ctx context.Context) (Added, error) {
		added, err := k.config.Store.Add(ctx, e, n, apikey.Hash(secret))
		return Added{added, secret}, err
	})
}

// List returns all keys of the office, the newest first.
func (k *Keys) List(ctx context.Context, e collaboration.Employee) ([]apikey.Key, error) {
	return app.CallWithin(ctx, k.config.Timeout, func(ctx context.Context) ([]apikey.Key, error) {
		return k.config.Store.List(ctx, e.OfficeID)
	})
}

// Revoke ends a key at once.
func (k *Keys) Revoke(ctx context.Context, e collaboration.Employee, id string) error {
	ctx, cancel := context.WithTimeout(ctx, k.config.Timeout)
	defer cancel()
	return k.config.Store.Revoke(ctx, e, id)
}

// In returns the instant after a number of days; zero for none.
func (k *Keys) In(days int) time.Time {
	if days <= 0 {
		return time.Time{}
	}
	return k.config.Now().AddDate(0, 0, days)
}

// Status returns what a key can be used for now.
func (k *Keys) Status(key apikey.Key) apikey.Status { return key.Status(k.config.Now()) }
