package codec

import (
	"cmp"
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"countersign/collaboration"
	"countersign/internal/store"
)

// MasterKey wraps data keys. Its ID is stored with each key that it wraps.
type MasterKey struct {
	ID string
	// Key has 32 bytes.
	Key []byte
}

// masterKeys wraps with the active key, and unwraps with each key.
type masterKeys struct {
	activeID string
	keys     map[string]cipher.AEAD
}

func newMasterKeys(keys []MasterKey) (masterKeys, error) {
	if len(keys) == 0 {
		return masterKeys{}, errors.New("codec: no master key")
	}
	m := masterKeys{keys[0].ID, map[string]cipher.AEAD{}}
	for _, k := range keys {
		if len(k.Key) != keySize {
			return masterKeys{}, fmt.Errorf("codec: master key %q has %d bytes, want %d", k.ID, len(k.Key), keySize)
		}
		if m.keys[k.ID] != nil {
			return masterKeys{}, fmt.Errorf("codec: two master keys have the ID %q", k.ID)
		}
		var err error
		if m.keys[k.ID], err = newAEAD(k.Key); err != nil {
			return masterKeys{}, err
		}
	}
	return m, nil
}

// additionalData binds a wrapped key to its row and its master key: a copy elsewhere
// does not unwrap.
func additionalData(k store.DataKey) []byte {
	return []byte(strings.Join([]string{"countersign data key 1", k.ID, k.Subject, k.CustomerID, k.MasterID}, "\x00"))
}

// wrap encrypts a data key with the active master key.
func (m masterKeys) wrap(k store.DataKey, secret []byte) store.DataKey {
	k.MasterID = m.activeID
	k.Wrapped = m.keys[m.activeID].Seal(nil, nil, secret, additionalData(k))
	return k
}

// newDataKey returns a new key, wrapped.
func (m masterKeys) newDataKey(subject, customerID string) store.DataKey {
	secret := make([]byte, keySize)
	rand.Read(secret) // never fails, as documented
	return m.wrap(store.DataKey{ID: strings.ToLower(rand.Text()), Subject: subject, CustomerID: customerID}, secret)
}

func (m masterKeys) unwrap(k store.DataKey) ([]byte, error) {
	master := m.keys[k.MasterID]
	if master == nil {
		return nil, collaboration.Errorf(collaboration.CodeInternal, "data key %s needs the master key %q, which is not configured", k.ID, k.MasterID)
	}
	secret, err := master.Open(nil, nil, k.Wrapped, additionalData(k))
	if err != nil {
		return nil, collaboration.Errorf(collaboration.CodeInternal, "data key %s does not unwrap with the configured master key %q: it was modified, or wrapped with a different key of that ID", k.ID, k.MasterID)
	}
	return secret, nil
}

// rotationPage is how many data keys one query of a rotation reads.
const rotationPage = 100

// Rotate rewraps every data key with the active master key, each in its own
// transaction, and returns how many it changed. It skips keys that it cannot unwrap;
// the error contains the first of them.
func (c *Codec) Rotate(ctx context.Context) (rewrapped int, err error) {
	var first error
	failed, last := 0, ""
	for {
		keys, err := c.store.DataKeysOfOthers(ctx, c.activeID, last, rotationPage)
		switch {
		case err != nil:
			return rewrapped, err
		case len(keys) == 0 && failed > 0:
			return rewrapped, fmt.Errorf("%d data keys could not be rewrapped; the first: %w", failed, first)
		case len(keys) == 0:
			return rewrapped, nil
		}
		for _, k := range keys {
			done, err := c.rewrap(ctx, k)
			if done {
				rewrapped++
			}
			if err != nil {
				failed, first = failed+1, cmp.Or(first, err)
			}
			last = k.ID
		}
	}
}

func (c *Codec) rewrap(ctx context.Context, k store.DataKey) (bool, error) {
	secret, err := c.unwrap(k)
	if err != nil {
		return false, err
	}
	return c.store.RewrapDataKey(ctx, c.wrap(k, secret), k.MasterID)
}

// Check unwraps one data key of each master key in use.
func (c *Codec) Check(ctx context.Context) error {
	keys, err := c.store.DataKeyOfEachMaster(ctx)
	if err != nil {
		return err
	}
	var failures []error
	for _, k := range keys {
		if _, err := c.unwrap(k); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}
