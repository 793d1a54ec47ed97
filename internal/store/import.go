package store

import (
	"context"
	"countersign/collaboration"
)

func (s *Store) Import(ctx context.Context, officeID string, rows []collaboration.ImportRow, partial bool) (collaboration.ImportResult, error) {
	panic("todo")
}
func (s *Store) Seed(ctx context.Context) error { panic("todo") }
