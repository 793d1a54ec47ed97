package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"countersign/collaboration"
)

// Approve is the purpose of an invitation's link.
const Approve = "approve"

// Claims are the contents of a link.
type Claims struct {
	Activation collaboration.ActivationID
	Generation int
	// Purpose is the permitted use, a lower-case word.
	Purpose string
	// Expires has a precision of seconds.
	Expires time.Time
}

// minKeySize is the size of the hash. A shorter key would weaken the HMAC.
const minKeySize = sha256.Size

// Signer signs with its first key and verifies with all keys. To rotate keys, insert the
// new key first, and remove the old one when its last link has expired. A Signer is safe
// for concurrent use.
type Signer struct {
	active string            // key ID
	keys   map[string][]byte // by key ID
}

// New returns an error without a key, or if a key is too short.
func New(keys ...[]byte) (*Signer, error) {
	if len(keys) == 0 {
		return nil, errors.New("link: no signing key")
	}
	s := &Signer{keys: make(map[string][]byte, len(keys))}
	for i, key := range keys {
		if len(key) < minKeySize {
			return nil, fmt.Errorf("link: signing key %d has %d bytes, want at least %d", i+1, len(key), minKeySize)
		}
		id := keyID(key)
		if other, taken := s.keys[id]; taken && !hmac.Equal(other, key) {
			return nil, fmt.Errorf("link: signing key %d has the same ID as another key: generate a new one", i+1)
		}
		s.keys[id] = append([]byte(nil), key...)
		if i == 0 {
			s.active = id
		}
	}
	return s, nil
}

// keyID returns a short ID that reveals nothing about the key.
func keyID(key []byte) string { return sum(key, "countersign link key id")[:4] }

// mac authenticates a link's payload.
func mac(key []byte, payload string) string { return sum(key, "countersign link\x00"+payload) }

func sum(key []byte, text string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
