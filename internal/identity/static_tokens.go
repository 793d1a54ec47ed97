package identity

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"countersign/collaboration"
)

// minToken is the shortest token, in bytes.
const minToken = 16

// StaticTokens knows people by fixed tokens, for programs. It keeps the tokens'
// hashes only; what a lookup's time tells of a hash tells nothing of a token.
type StaticTokens struct {
	emails map[[sha256.Size]byte]string
}

// ParseStaticTokens reads "EMAIL:TOKEN,EMAIL:TOKEN". A person may have several
// tokens, a token belongs to one person. Its errors show neither.
func ParseStaticTokens(config string) (*StaticTokens, error) {
	s := &StaticTokens{emails: map[[sha256.Size]byte]string{}}
	n := 0
	for entry := range strings.SplitSeq(config, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		n++
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
		s.emails[sha256.Sum256([]byte(secret))] = strings.ToLower(email)
	}
	return s, nil
}

// email is whose token it is; "" where nobody's.
func (s *StaticTokens) email(secret string) string {
	if s == nil {
		return ""
	}
	return s.emails[sha256.Sum256([]byte(secret))]
}
