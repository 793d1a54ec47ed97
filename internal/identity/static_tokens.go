package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"

	"countersign/collaboration"
)

// Employees looks an employee up by id.
type Employees interface {
	Employee(ctx context.Context, id string) (collaboration.Employee, error)
}

// minToken is the shortest token, in bytes.
const minToken = 16

// StaticTokens knows employees by fixed tokens. It keeps the tokens' hashes
// only.
type StaticTokens struct {
	tokens    []token
	employees Employees
}

type token struct {
	hash     [sha256.Size]byte
	employee string
}

// ParseStaticTokens reads "employee-id:token,employee-id:token". An employee
// may have several tokens, a token belongs to one employee. Its errors never
// show a token.
func ParseStaticTokens(config string, employees Employees) (*StaticTokens, error) {
	s := &StaticTokens{employees: employees}
	for entry := range strings.SplitSeq(config, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		employee, secret, ok := strings.Cut(entry, ":")
		if !ok || employee == "" {
			return nil, fmt.Errorf("tokens: entry %d is not employee-id:token", len(s.tokens)+1)
		}
		if len(secret) < minToken {
			return nil, fmt.Errorf("tokens: the token of %s has %d characters, want at least %d", employee, len(secret), minToken)
		}
		hash := sha256.Sum256([]byte(secret))
		if s.find(hash) != "" {
			return nil, fmt.Errorf("tokens: the token of %s is there twice", employee)
		}
		s.tokens = append(s.tokens, token{hash, employee})
	}
	return s, nil
}

// Authenticate is the employee that a token belongs to.
func (s *StaticTokens) Authenticate(ctx context.Context, secret string) (collaboration.Employee, error) {
	id := s.find(sha256.Sum256([]byte(secret)))
	if id == "" {
		return collaboration.Employee{}, &collaboration.Error{Code: collaboration.CodeUnauthenticated}
	}
	employee, err := s.employees.Employee(ctx, id)
	if collaboration.CodeOf(err) == collaboration.CodeNotFound {
		return collaboration.Employee{}, &collaboration.Error{Code: collaboration.CodeUnauthenticated, Cause: err}
	}
	return employee, err
}

// find compares with every token, so that the time it takes tells nothing.
func (s *StaticTokens) find(hash [sha256.Size]byte) (employee string) {
	for _, t := range s.tokens {
		if subtle.ConstantTimeCompare(t.hash[:], hash[:]) == 1 {
			employee = t.employee
		}
	}
	return employee
}
