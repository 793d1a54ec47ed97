package roles

import (
	"context"
	"net/url"

	"countersign/collaboration"
	"countersign/internal/identity"
)

// tokensOnly knows employees by their tokens, and nobody else: there is no
// provider to log in at yet.
type tokensOnly struct{ tokens *identity.StaticTokens }

func (t tokensOnly) Authenticate(ctx context.Context, token string) (collaboration.Person, error) {
	e, err := t.tokens.Authenticate(ctx, token)
	return collaboration.Person{Name: e.Name, Email: e.Email, Employee: &e}, err
}

func (tokensOnly) Begin(context.Context, string) (string, identity.Attempt, error) {
	return "", identity.Attempt{}, &collaboration.Error{Code: collaboration.CodeUnavailable}
}

func (tokensOnly) Finish(context.Context, identity.Attempt, url.Values) (identity.Identity, error) {
	return identity.Identity{}, &collaboration.Error{Code: collaboration.CodeUnavailable}
}

func (tokensOnly) LogoutURL(string, string) string { return "" }
