package anchor

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Keys are the public keys that verify signed heads, the active key first. Their JSON is
// a JWK Set with keys of the type OKP (RFC 8037).
type Keys []ed25519.PublicKey

// KeyID returns the RFC 7638 thumbprint of a public key.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + encode(key) + `"}`))
	return encode(sum[:])
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (k Keys) find(id string) (ed25519.PublicKey, bool) {
	for _, key := range k {
		if KeyID(key) == id {
			return key, true
		}
	}
	return nil, false
}

type jwk struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	ID    string `json:"kid"`
	Use   string `json:"use"`
	Alg   string `json:"alg"`
}

type jwkSet struct {
	Keys []jwk `json:"keys"`
}

// MarshalJSON returns a JWK Set.
func (k Keys) MarshalJSON() ([]byte, error) {
	set := jwkSet{Keys: []jwk{}}
	for _, key := range k {
		set.Keys = append(set.Keys, jwk{"OKP", "Ed25519", encode(key), KeyID(key), "sig", "EdDSA"})
	}
	return json.Marshal(set)
}

// UnmarshalJSON reads a JWK Set. It ignores the key IDs of the set, because an ID is
// computed from its key, and keys of other types.
func (k *Keys) UnmarshalJSON(b []byte) error {
	var set jwkSet
	if err := json.Unmarshal(b, &set); err != nil {
		return err
	}
	var keys Keys
	for n, each := range set.Keys {
		if each.Type != "OKP" || each.Curve != "Ed25519" {
			continue
		}
		key, err := base64.RawURLEncoding.Strict().DecodeString(each.X)
		if err != nil || len(key) != ed25519.PublicKeySize {
			return fmt.Errorf("key %d is not an Ed25519 key", n+1)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return errors.New("it has no Ed25519 key")
	}
	*k = keys
	return nil
}
