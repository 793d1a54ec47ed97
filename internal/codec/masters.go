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

// MasterKey wraps data keys. Its id is written beside what it wraps.
type MasterKey struct {
	ID string
	// Key has 32 bytes.
	Key []byte
}

// masters wrap with the active one, and unwrap with each.
type masters struct {
	active string
	keys   map[string]cipher.AEAD
}

func newMasters(keys []MasterKey) (masters, error) {
	if len(keys) == 0 {
		return masters{}, errors.New("codec: no master key")
	}
	m := masters{keys[0].ID, map[string]cipher.AEAD{}}
	for _, k := range keys {
		if len(k.Key) != keySize {
			return masters{}, fmt.Errorf("codec: master key %q has %d bytes, want %d", k.ID, len(k.Key), keySize)
		}
		if m.keys[k.ID] != nil {
			return masters{}, fmt.Errorf("codec: two master keys are called %q", k.ID)
		}
		var err error
		if m.keys[k.ID], err = newAEAD(k.Key); err != nil {
			return masters{}, err
		}
	}
	return m, nil
}

// bound keeps a wrapped key at its place: one that is moved to another row, or
// under another master key, does not unwrap.
func bound(k store.DataKey) []byte {
	return []byte(strings.Join([]string{"countersign data key 1", k.ID, k.Subject, k.CustomerID, k.MasterID}, "\x00"))
}

// wrap puts a data key under the active master key.
func (m masters) wrap(k store.DataKey, secret []byte) store.DataKey {
	k.MasterID = m.active
	k.Wrapped = m.keys[m.active].Seal(nil, nil, secret, bound(k))
	return k
}

// newDataKey is wrapped.
func (m masters) newDataKey(subject, customerID string) store.DataKey {
	secret := make([]byte, keySize)
	rand.Read(secret) // never fails, as documented
	return m.wrap(store.DataKey{ID: strings.ToLower(rand.Text()), Subject: subject, CustomerID: customerID}, secret)
}

func (m masters) unwrap(k store.DataKey) ([]byte, error) {
	master := m.keys[k.MasterID]
	if master == nil {
		return nil, collaboration.Errorf(collaboration.CodeInternal, "data key %s needs the master key %q, which is not configured", k.ID, k.MasterID)
	}
	secret, err := master.Open(nil, nil, k.Wrapped, bound(k))
	if err != nil {
		return nil, collaboration.Errorf(collaboration.CodeInternal, "data key %s was wrapped by another master key than the one that is called %q here, or was changed", k.ID, k.MasterID)
	}
	return secret, nil
}

// atATime is how many data keys are read at once.
const atATime = 100

// Rotate puts every data key under the active master key, each in a transaction
// of its own, and reports how many. Those that cannot be unwrapped are left, and
// the error names the first.
func (c *Codec) Rotate(ctx context.Context) (rewrapped int, err error) {
	var first error
	left, last := 0, ""
	for {
		keys, err := c.store.DataKeysOfOthers(ctx, c.active, last, atATime)
		switch {
		case err != nil:
			return rewrapped, err
		case len(keys) == 0 && left > 0:
			return rewrapped, fmt.Errorf("%d data keys are left as they are; the first: %w", left, first)
		case len(keys) == 0:
			return rewrapped, nil
		}
		for _, k := range keys {
			done, err := c.rewrap(ctx, k)
			if done {
				rewrapped++
			}
			if err != nil {
				left, first = left+1, cmp.Or(first, err)
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

// Check tries a data key of each master key that has wrapped any.
func (c *Codec) Check(ctx context.Context) error {
	keys, err := c.store.DataKeyOfEachMaster(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for _, k := range keys {
		if _, err := c.unwrap(k); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}
