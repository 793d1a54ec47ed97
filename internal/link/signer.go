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

// The purposes of links.
const (
	// Approve is an invitation's.
	Approve = "approve"
	// Collaborate was for looking after a running collaboration: mails carried
	// such links until that took a login.
	Collaborate = "collaborate"
)

// Claims is what a link says.
type Claims struct {
	Activation collaboration.ActivationID
	Generation int
	// Purpose is what the link may be used for: a lower-case word.
	Purpose string
	// Expires counts whole seconds in a link.
	Expires time.Time
}

// minKey is the shortest key: as long as the hash, shorter ones weaken it.
const minKey = sha256.Size

// Signer signs with its first key and verifies with all of them, so that keys
// can be rotated: put the new one first, and remove the old one when the last
// link it signed has expired. It is safe for concurrent use.
type Signer struct {
	active string            // key id
	keys   map[string][]byte // by key id
}

// New refuses to work without a key, and with one that is too short.
func New(keys ...[]byte) (*Signer, error) {
	if len(keys) == 0 {
		return nil, errors.New("link: no signing key")
	}
	s := &Signer{keys: make(map[string][]byte, len(keys))}
	for i, key := range keys {
		if len(key) < minKey {
			return nil, fmt.Errorf("link: signing key %d has %d bytes, want at least %d", i+1, len(key), minKey)
		}
		id := keyID(key)
		if other, taken := s.keys[id]; taken && !hmac.Equal(other, key) {
			return nil, fmt.Errorf("link: signing key %d has the id of another one: choose another key", i+1)
		}
		s.keys[id] = append([]byte(nil), key...)
		if i == 0 {
			s.active = id
		}
	}
	return s, nil
}

// keyID is short, and says nothing about the key.
func keyID(key []byte) string { return sum(key, "countersign link key id")[:4] }

// seal authenticates everything before it in a link.
func seal(key []byte, payload string) string { return sum(key, "countersign link\x00"+payload) }

func sum(key []byte, text string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
