package config

import (
	"encoding/base64"
	"strings"
)

// Key is a secret key in base64. Invalid base64 becomes an empty key, which validation
// reports as too short.
type Key []byte

// UnmarshalText decodes base64.
func (k *Key) UnmarshalText(b []byte) error {
	decoded, err := base64.StdEncoding.DecodeString(string(b))
	if err == nil {
		*k = decoded
	}
	return nil
}

// PublicKey is a public key in base64url, as in a JWK.
type PublicKey []byte

// UnmarshalText decodes base64url.
func (k *PublicKey) UnmarshalText(b []byte) error {
	decoded, err := base64.RawURLEncoding.DecodeString(string(b))
	if err == nil {
		*k = decoded
	}
	return nil
}

// MasterKey is a key with an ID, written as ID:BASE64. The ID of an invalid one is empty,
// which validation reports.
type MasterKey struct {
	ID  string
	Key Key
}

// UnmarshalText parses ID:BASE64.
func (k *MasterKey) UnmarshalText(b []byte) error {
	id, key, _ := strings.Cut(string(b), ":")
	if id != "" && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" {
		k.ID = id
	}
	return k.Key.UnmarshalText([]byte(key))
}
