package link

import (
	"crypto/hmac"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/collaboration"
)

const (
	version = "1"
	fields  = 6   // before the seal
	longest = 256 // bytes; a good link has about 120
	base    = 36  // of the expiry, to keep links short
)

// Sign makes a link's token. It is safe in a URL's path. The activation must
// be a proper ID and the purpose a word: Verify refuses anything else.
func (s *Signer) Sign(c Claims) string {
	payload := strings.Join([]string{
		version, s.active, string(c.Activation), strconv.Itoa(c.Generation), c.Purpose,
		strconv.FormatInt(c.Expires.Unix(), base),
	}, ".")
	return payload + "." + seal(s.keys[s.active], payload)
}

// Verify says what a link claims, when it is ours and for this purpose:
// otherwise link_invalid. For one that has expired it returns the claims
// together with link_expired, so that a page can offer a fresh invitation.
func (s *Signer) Verify(token, purpose string, now time.Time) (Claims, error) {
	payload, err := s.open(token)
	if err != nil {
		return Claims{}, err
	}
	c, err := parse(payload)
	if err != nil {
		return Claims{}, err
	}
	if c.Purpose != purpose {
		return Claims{}, invalid("made for another purpose")
	}
	if !now.Before(c.Expires) {
		return c, &collaboration.Error{Code: collaboration.CodeLinkExpired}
	}
	return c, nil
}

// open is the token's payload, once the seal proved that we wrote it.
func (s *Signer) open(token string) (string, error) {
	end := strings.LastIndexByte(token, '.')
	if len(token) > longest || end < 0 {
		return "", invalid("malformed")
	}
	payload, got := token[:end], token[end+1:]
	parts := strings.Split(payload, ".")
	if len(parts) != fields || parts[0] != version {
		return "", invalid("malformed")
	}
	key, known := s.keys[parts[1]]
	if !known {
		return "", invalid("signed with a key that is not in use")
	}
	// The encoded seals are compared: decoding would accept several spellings.
	if !hmac.Equal([]byte(got), []byte(seal(key, payload))) {
		return "", invalid("forged")
	}
	return payload, nil
}

func parse(payload string) (Claims, error) {
	parts := strings.Split(payload, ".")
	id, err := collaboration.ParseActivationID(parts[2])
	if err != nil {
		return Claims{}, invalid("activation: %w", err)
	}
	generation, err := strconv.Atoi(parts[3])
	if err != nil {
		return Claims{}, invalid("generation is not a number")
	}
	expires, err := strconv.ParseInt(parts[5], base, 64)
	if err != nil {
		return Claims{}, invalid("expiry is not a number")
	}
	return Claims{Activation: id, Generation: generation, Purpose: parts[4], Expires: time.Unix(expires, 0).UTC()}, nil
}

func invalid(format string, args ...any) error {
	return &collaboration.Error{Code: collaboration.CodeLinkInvalid, Cause: fmt.Errorf("link: "+format, args...)}
}
