package request

import (
	"context"

	"countersign/collaboration"
)

type personKey struct{}

// WithPerson returns a context that carries the authenticated principal.
func WithPerson(ctx context.Context, p collaboration.Person) context.Context {
	Identify(ctx, p)
	return context.WithValue(ctx, personKey{}, p)
}

// Identify makes a principal the actor of the request's log line.
func Identify(ctx context.Context, p collaboration.Person) {
	info := From(ctx)
	switch {
	case p.Employee != nil:
		info.Actor = p.Employee.ID
	case len(p.Administers) > 0:
		info.Actor = p.Administers[0].AdministratorID
	default:
		info.Credential = p.Email
	}
}

// Person returns the authenticated principal; the zero Person on a public route
// without one.
func Person(ctx context.Context) collaboration.Person {
	p, _ := ctx.Value(personKey{}).(collaboration.Person)
	return p
}

// Employee returns the authenticated principal as an employee. It returns the zero
// Employee for another principal; no data belongs to its empty office.
func Employee(ctx context.Context) collaboration.Employee {
	if e := Person(ctx).Employee; e != nil {
		return *e
	}
	return collaboration.Employee{}
}

// Subjects returns the office and the person that share a bound, for the request.
// A person without an office, or an anonymous client, has a share as an office has.
func Subjects(ctx context.Context) (office, person string) {
	p := Person(ctx)
	switch {
	case p.Employee != nil:
		return "office " + p.Employee.OfficeID, "employee " + p.Employee.ID
	case p.Email != "":
		return "person " + p.Email, "person " + p.Email
	}
	client := "client " + From(ctx).ClientKey
	return client, client
}
