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
	version  = "1"
	fields   = 6   // without the MAC
	maxBytes = 256 // a valid link has about 120
	base     = 36  // of the expiry, for short links
)

// Sign returns a link's token, which is safe in a URL's path. Verify rejects an invalid
// activation ID, and a purpose that is not a word.
func (s *Signer) Sign(c Claims) string {
	payload := strings.Join([]string{
		version, s.active, string(c.Activation), strconv.Itoa(c.Generation), c.Purpose,
		strconv.FormatInt(c.Expires.Unix(), base),
	}, ".")
	return payload + "." + mac(s.keys[s.active], payload)
}

// Verify returns the claims of a valid link with this purpose, and link_invalid otherwise.
// For an expired link it returns the claims and link_expired, so that a page can offer a
// new invitation.
func (s *Signer) Verify(token, purpose string, now time.Time) (Claims, error) {
	// Mail programs make the punctuation behind an address a part of it.
	payload, err := s.authenticate(strings.TrimRight(token, ".,;:!?)>]}'\""))
	if err != nil {
		return Claims{}, err
	}
	c, err := parse(payload)
	if err != nil {
		return Claims{}, err
	}
	if c.Purpose != purpose {
		return Claims{}, invalid("wrong purpose")
	}
	if !now.Before(c.Expires) {
		return c, &collaboration.Error{Code: collaboration.CodeLinkExpired}
	}
	return c, nil
}

// authenticate returns the payload of a token with a valid MAC.
func (s *Signer) authenticate(token string) (string, error) {
	end := strings.LastIndexByte(token, '.')
	if len(token) > maxBytes || end < 0 {
		return "", invalid("malformed")
	}
	payload, got := token[:end], token[end+1:]
	parts := strings.Split(payload, ".")
	if len(parts) != fields || parts[0] != version {
		return "", invalid("malformed")
	}
	key, found := s.keys[parts[1]]
	if !found {
		return "", invalid("signed with an unknown key")
	}
	// The encoded MACs are compared, because base64 decoding accepts several spellings.
	if !hmac.Equal([]byte(got), []byte(mac(key, payload))) {
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
