// Package apikey has the API keys of an office. A key lets a program call the JSON API in
// its own name.
package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"countersign/collaboration"
)

// Key is an API key without its secret.
type Key struct {
	// ID is the program in the audit. It begins with collaboration.ProgramPrefix.
	ID       string
	OfficeID string
	Name     string
	Scope    collaboration.Scope
	// CreatedBy is the manager that created the key.
	CreatedBy, CreatedByName string
	CreatedAt                time.Time
	// ExpiresAt is zero for a key without expiry, RevokedAt for a key that is not revoked.
	ExpiresAt, RevokedAt time.Time
	// LastUsedAt is zero for an unused key, and otherwise up to a minute old.
	LastUsedAt time.Time
}

// Status is what an API key can be used for.
type Status string

// The statuses of API keys.
const (
	Active  Status = "active"
	Expired Status = "expired"
	Revoked Status = "revoked"
)

// Status returns the status at an instant.
func (k Key) Status(now time.Time) Status {
	switch {
	case !k.RevokedAt.IsZero():
		return Revoked
	case !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt):
		return Expired
	}
	return Active
}

// New is a manager's request for an API key.
type New struct {
	Name  string
	Scope collaboration.Scope
	// ExpiresAt is zero for a key without expiry.
	ExpiresAt time.Time
}

// Clean removes surrounding space.
func (n New) Clean() New {
	n.Name = strings.TrimSpace(n.Name)
	return n
}

// maxName is the largest length of a name, in characters.
const maxName = 100

// Check returns every invalid field of a clean request.
func (n New) Check(now time.Time) error {
	var wrong collaboration.FieldErrors
	wrong.CheckText("name", n.Name, maxName, collaboration.ValidName)
	switch {
	case n.Scope == "":
		wrong.Add("scope", collaboration.CodeRequired)
	case !n.Scope.Valid():
		wrong.Add("scope", collaboration.CodeInvalidChoice)
	}
	switch {
	case n.ExpiresAt.IsZero():
	case !n.ExpiresAt.After(now):
		wrong.Add("expires_at", collaboration.CodeInThePast)
	case n.ExpiresAt.Year() > maxYear:
		wrong.Add("expires_at", collaboration.CodeTooFarAhead)
	}
	return wrong.Err()
}

// maxYear bounds an expiry to what both databases and RFC 3339 represent.
const maxYear = 9000

// SecretPrefix begins every secret, so that scanners find a leaked one.
const SecretPrefix = "csk_"

// NewSecret returns a random secret of 256 bits.
func NewSecret() string {
	random := make([]byte, 32)
	rand.Read(random) // never fails, as documented
	return SecretPrefix + base64.RawURLEncoding.EncodeToString(random)
}

// IsSecret reports whether a bearer token has the form of a secret.
func IsSecret(token string) bool { return strings.HasPrefix(token, SecretPrefix) }

// Hash returns the stored form of a secret. A secret has too many values to be guessed, so
// it needs no slow hash.
func Hash(secret string) string {
	hash := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(hash[:])
}
