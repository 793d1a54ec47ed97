package middleware

import (
	"context"
	"net/http"
	"strings"
	"time"

	"countersign/api/problem"
	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/limit"
)

// Authenticator returns the principal of a bearer token. It fails with
// a code of status 401 for an invalid token.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (collaboration.Person, error)
}

// Bearer authenticates requests by their Authorization header.
type Bearer struct {
	Authenticator Authenticator
	Timeout       time.Duration
	IsOperator    func(email string) bool
	// Limiter bounds invalid tokens to PerMinute for each client, without
	// slowing down valid ones from the same address.
	Limiter   *limit.Limiter
	PerMinute int
}

// Authenticate returns the principal of an Authorization header.
func (b *Bearer) Authenticate(ctx context.Context, header string) (collaboration.Person, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return collaboration.Person{}, &collaboration.Error{Code: collaboration.CodeUnauthenticated}
	}
	limited, cancel := context.WithTimeout(ctx, b.Timeout)
	defer cancel()
	person, err := b.Authenticator.Authenticate(limited, token)
	if err != nil && problem.Status(collaboration.CodeOf(err)) == http.StatusUnauthorized {
		request.From(ctx).Credential = token
		rate := limit.Rate{Events: b.PerMinute, Per: time.Minute}
		if tooMany := problem.RateLimited(b.Limiter.Take(ctx, "bad token", request.From(ctx).ClientKey, rate)); tooMany != nil {
			err = tooMany
		}
	}
	person.Operator = b.IsOperator(person.Email)
	return person, err
}
