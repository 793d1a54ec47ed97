package identity

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"

	"countersign/collaboration"
)

// minToken is the shortest token, in bytes.
const minToken = 16

// StaticTokens knows people by fixed tokens, for programs. It keeps the tokens'
// hashes only.
type StaticTokens struct{ tokens []token }

type token struct {
	hash  [sha256.Size]byte
	email string
}

// ParseStaticTokens reads "EMAIL:TOKEN,EMAIL:TOKEN". A person may have several
// tokens, a token belongs to one person. Its errors show neither.
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
		if len(secret) < minToken || jwt(secret) {
			return nil, fmt.Errorf("tokens: the token of entry %d has %d characters, want at least %d and not two dots", n, len(secret), minToken)
		}
		if s.email(secret) != "" {
			return nil, fmt.Errorf("tokens: the token of entry %d is there twice", n)
		}
		s.tokens = append(s.tokens, token{sha256.Sum256([]byte(secret)), strings.ToLower(email)})
	}
	return s, nil
}

// email is whose token it is; "" where nobody's. It compares with every token,
// so that the time it takes tells nothing.
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
