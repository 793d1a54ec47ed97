package api

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"countersign/collaboration"
)

type employeeKey struct{}

// employeeOf is who asks; only behind authenticate.
func employeeOf(ctx context.Context) collaboration.Employee {
	return ctx.Value(employeeKey{}).(collaboration.Employee)
}

// authenticate lets nobody in without a good token, before anything else of
// the request is read.
func (s *Server) authenticate(ctx huma.Context, next func(huma.Context)) {
	scheme, token, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		s.refuse(ctx, &collaboration.Error{Code: collaboration.CodeUnauthenticated})
		return
	}
	employee, err := read(ctx.Context(), s.ReadTimeout, func(ctx context.Context) (collaboration.Employee, error) {
		return s.Authenticator.Authenticate(ctx, token)
	})
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	next(huma.WithValue(ctx, employeeKey{}, employee))
}

// requireManager comes after authenticate.
func (s *Server) requireManager(ctx huma.Context, next func(huma.Context)) {
	if employeeOf(ctx.Context()).Role != collaboration.RoleManager {
		s.refuse(ctx, &collaboration.Error{Code: collaboration.CodeForbidden})
		return
	}
	next(ctx)
}
