package identity

import (
	"cmp"
	"context"
	"strings"

	"countersign/collaboration"
)

// People knows what is an e-mail address's: somebody without anything is no
// error.
type People interface {
	Person(ctx context.Context, email string) (collaboration.Person, error)
}

// Tokens knows people by bearer tokens: the provider's access tokens, and
// static ones.
type Tokens struct {
	static   *StaticTokens
	provider *Provider
	people   People
}

// NewTokens makes do without static tokens where they are nil.
func NewTokens(static *StaticTokens, p *Provider, people People) *Tokens {
	return &Tokens{static, p, people}
}

// Authenticate is the person that a token belongs to.
func (t *Tokens) Authenticate(ctx context.Context, token string) (collaboration.Person, error) {
	who, err := t.identify(ctx, token)
	if err != nil {
		return collaboration.Person{}, err
	}
	person, err := t.people.Person(ctx, who.Email)
	if err != nil {
		return collaboration.Person{}, err
	}
	person.Email, person.Name = who.Email, cmp.Or(who.Name, person.Name)
	return person, nil
}

func (t *Tokens) identify(ctx context.Context, token string) (Identity, error) {
	if jwt(token) {
		return t.provider.bearer(ctx, token)
	}
	if email := t.static.email(token); email != "" {
		return Identity{Email: email}, nil
	}
	return Identity{}, unauthenticated("nobody's token")
}

// jwt tells the provider's tokens from static ones, which never look like it.
func jwt(token string) bool { return strings.Count(token, ".") == 2 }
