package request

import (
	"context"

	"countersign/collaboration"
)

type personKey struct{}

// WithPerson returns a context that carries the authenticated principal.
func WithPerson(ctx context.Context, p collaboration.Person) context.Context {
	return context.WithValue(ctx, personKey{}, p)
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
