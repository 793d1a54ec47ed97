package api

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"countersign/collaboration"
)

// authenticate lets nobody in without a good token and the right to be there, before
// anything else of the request is read.
func (s *Server) authenticate(who audience) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		person, err := s.bearer(ctx.Context(), ctx.Header("Authorization"))
		if err == nil {
			if code := who.refuses(&person); code != "" {
				err = &collaboration.Error{Code: code}
			}
		}
		if err != nil {
			s.refuse(ctx, err)
			return
		}
		next(huma.WithValue(ctx, personKey{}, person))
	}
}

func (s *Server) bearer(ctx context.Context, header string) (collaboration.Person, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return collaboration.Person{}, &collaboration.Error{Code: collaboration.CodeUnauthenticated}
	}
	person, err := read(ctx, s.ReadTimeout, func(ctx context.Context) (collaboration.Person, error) {
		return s.Authenticator.Authenticate(ctx, token)
	})
	if collaboration.CodeOf(err) == collaboration.CodeUnauthenticated {
		err = s.badToken(ctx, err)
	}
	person.Operator = s.isOperator(person.Email)
	return person, err
}
