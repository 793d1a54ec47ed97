package config

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"strings"
)

// Key is a secret key, written in base64. Text that is not base64 is read as
// no key, so that it is reported with the others that are too short.
type Key []byte

// UnmarshalText reads base64.
func (k *Key) UnmarshalText(b []byte) error {
	decoded, err := base64.StdEncoding.DecodeString(string(b))
	if err == nil {
		*k = decoded
	}
	return nil
}

// MasterKey is a key with a name, ID:BASE64. What is not stays without a name, and
// is reported with what else is wrong.
type MasterKey struct {
	ID  string
	Key Key
}

// UnmarshalText reads ID:BASE64.
func (k *MasterKey) UnmarshalText(b []byte) error {
	id, key, _ := strings.Cut(string(b), ":")
	if id != "" && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" {
		k.ID = id
	}
	return k.Key.UnmarshalText([]byte(key))
}

// EventKey is an ECDSA public key, in base64 as SendGrid shows it. Other text is
// read as no key, and reported with what else is wrong.
type EventKey struct{ *ecdsa.PublicKey }

// UnmarshalText reads base64 of a PKIX public key.
func (k *EventKey) UnmarshalText(b []byte) error {
	der, err := base64.StdEncoding.DecodeString(string(b))
	if err != nil {
		return nil
	}
	if parsed, err := x509.ParsePKIXPublicKey(der); err == nil {
		k.PublicKey, _ = parsed.(*ecdsa.PublicKey)
	}
	return nil
}
