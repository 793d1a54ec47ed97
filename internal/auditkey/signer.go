package auditkey

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
)

// Signer signs with its first key. To rotate keys, insert the new key first. A removed key
// stays in the list of public keys, because its signatures are in receipts. A Signer is
// safe for concurrent use.
type Signer struct {
	active ed25519.PrivateKey
	id     string
	keys   anchor.Keys
}

// New returns a signer with private keys, as seeds, and retired public keys.
func New(seeds, retired [][]byte) (*Signer, error) {
	if len(seeds) == 0 {
		return nil, errors.New("audit: no signing key")
	}
	s := &Signer{}
	for i, seed := range seeds {
		if len(seed) != ed25519.SeedSize {
			return nil, fmt.Errorf("audit: signing key %d has %d bytes, want %d", i+1, len(seed), ed25519.SeedSize)
		}
		private := ed25519.NewKeyFromSeed(seed)
		if i == 0 {
			s.active = private
		}
		s.add(private.Public().(ed25519.PublicKey))
	}
	for i, public := range retired {
		if len(public) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("audit: public key %d has %d bytes, want %d", i+1, len(public), ed25519.PublicKeySize)
		}
		s.add(slices.Clone(public))
	}
	s.id = anchor.KeyID(s.keys[0])
	return s, nil
}

func (s *Signer) add(key ed25519.PublicKey) {
	if !slices.ContainsFunc(s.keys, func(k ed25519.PublicKey) bool { return k.Equal(key) }) {
		s.keys = append(s.keys, key)
	}
}

// Sign returns the row with its signature.
func (s *Signer) Sign(id collaboration.ActivationID, row collaboration.AuditRow) collaboration.AuditRow {
	row.KeyID = s.id
	row.Signature = base64.RawURLEncoding.EncodeToString(ed25519.Sign(s.active, anchor.Of(id, row).SignedText()))
	return row
}

// Keys returns the public keys, the active one first.
func (s *Signer) Keys() anchor.Keys { return slices.Clone(s.keys) }
