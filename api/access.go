package api

import (
	"context"
	"slices"
	"strings"

	"countersign/collaboration"
)

// audience is who may use an address. What is theirs there is the handlers'
// matter: an office's own, a customer's own.
type audience int

// The audiences. What says nothing is for employees.
const (
	employees audience = iota
	managers
	administrators // of some customer
	operators
	anyone // who is logged in
	everyone
)

// refuses is the code that keeps somebody out, "" for who may come in. This is
// the one place that says so, for the JSON and for the pages.
func (a audience) refuses(p *collaboration.Person) collaboration.Code {
	allowed := false
	switch {
	case a == everyone:
		return ""
	case p == nil:
		return collaboration.CodeUnauthenticated
	case a == anyone:
		allowed = true
	case a == administrators:
		allowed = len(p.Administers) > 0
	case a == operators:
		allowed = p.Operator
	case a == employees:
		allowed = p.Employee != nil
	case a == managers:
		allowed = p.Employee != nil && p.Employee.Role == collaboration.RoleManager
	}
	if !allowed {
		return collaboration.CodeForbidden
	}
	return ""
}

// isOperator goes by the settings: operators are of no office and no customer.
func (s *Server) isOperator(email string) bool {
	return slices.ContainsFunc(s.Operators, func(o string) bool { return strings.ToLower(o) == email })
}

type personKey struct{}

func withPerson(ctx context.Context, p collaboration.Person) context.Context {
	return context.WithValue(ctx, personKey{}, p)
}

// personOf is who asks; nobody where an address is for everyone.
func personOf(ctx context.Context) collaboration.Person {
	p, _ := ctx.Value(personKey{}).(collaboration.Person)
	return p
}

// employeeOf is the employee who asks; only behind employees and managers.
func employeeOf(ctx context.Context) collaboration.Employee { return *personOf(ctx).Employee }
