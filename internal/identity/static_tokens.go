package identity

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"

	"countersign/collaboration"
)

// minTokenSize is the minimum size of a token, in bytes.
const minTokenSize = 16

// StaticTokens authenticates programs by configured tokens. It stores only their hashes.
type StaticTokens struct{ tokens []token }

type token struct {
	hash  [sha256.Size]byte
	email string
}

// ParseStaticTokens parses "EMAIL:TOKEN,EMAIL:TOKEN". A user may have several tokens. The
// errors contain neither addresses nor tokens.
func ParseStaticTokens(config string) (*StaticTokens, error) {
	s := &StaticTokens{}
	for entry := range strings.SplitSeq(config, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		n := len(s.tokens) + 1
		email, secret, ok := strings.Cut(entry, ":")
		if !ok || !collaboration.ValidEmail(email) {
			return nil, fmt.Errorf("tokens: entry %d is not EMAIL:TOKEN", n)
		}
		if len(secret) < minTokenSize || isJWT(secret) {
			return nil, fmt.Errorf("tokens: the token of entry %d has %d characters, want at least %d and not two dots", n, len(secret), minTokenSize)
		}
		if s.email(secret) != "" {
			return nil, fmt.Errorf("tokens: entry %d repeats a token", n)
		}
		s.tokens = append(s.tokens, token{sha256.Sum256([]byte(secret)), strings.ToLower(email)})
	}
	return s, nil
}

// email returns the user of a token, or "". It compares with every token, so that its
// duration reveals nothing.
func (s *StaticTokens) email(secret string) (email string) {
	if s == nil {
		return ""
	}
	hash := sha256.Sum256([]byte(secret))
	for _, t := range s.tokens {
		if subtle.ConstantTimeCompare(t.hash[:], hash[:]) == 1 {
			email = t.email
		}
	}
	return email
}
