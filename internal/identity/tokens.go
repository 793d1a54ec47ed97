package identity

import (
	"cmp"
	"context"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/apikey"
)

// People returns the roles of an e-mail address. An unknown address is no error.
type People interface {
	Person(ctx context.Context, email string) (collaboration.Person, error)
}

// Programs returns the program with the hash of an API key's secret. An unknown, expired
// or revoked key is an error with a code of its own.
type Programs interface {
	Program(ctx context.Context, hash string, now time.Time) (collaboration.Person, error)
}

// Tokens authenticates bearer tokens: the provider's access tokens, the API keys of offices
// and static tokens.
type Tokens struct {
	static   *StaticTokens
	provider *Provider
	people   People
	programs Programs
}

// NewTokens returns the authentication of tokens. static may be nil.
func NewTokens(static *StaticTokens, p *Provider, people People, programs Programs) *Tokens {
	return &Tokens{static, p, people, programs}
}

// Authenticate returns the person or the program of a token.
func (t *Tokens) Authenticate(ctx context.Context, token string) (collaboration.Person, error) {
	if apikey.IsSecret(token) {
		return t.programs.Program(ctx, apikey.Hash(token), time.Now())
	}
	user, err := t.identify(ctx, token)
	if err != nil {
		return collaboration.Person{}, err
	}
	person, err := t.people.Person(ctx, user.Email)
	if err != nil {
		return collaboration.Person{}, err
	}
	person.Email, person.Name, person.Login = user.Email, cmp.Or(user.Name, person.Name), user.Login()
	return person, nil
}

func (t *Tokens) identify(ctx context.Context, token string) (Identity, error) {
	if isJWT(token) {
		return t.provider.verifyAccessToken(ctx, token)
	}
	if email := t.static.email(token); email != "" {
		return Identity{Email: email}, nil
	}
	return Identity{}, invalidToken("unknown token")
}

// isJWT distinguishes the provider's tokens from static ones, which may not have two dots.
func isJWT(token string) bool { return strings.Count(token, ".") == 2 }
