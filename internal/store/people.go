package store

import (
	"context"

	"countersign/collaboration"
)

// Person is what is theirs who has that e-mail address: maybe nothing.
func (s *Store) Person(context.Context, string) (collaboration.Person, error) {
	return collaboration.Person{}, &collaboration.Error{Code: collaboration.CodeUnavailable}
}
