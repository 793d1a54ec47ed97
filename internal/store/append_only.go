package store

import (
	"context"
	"fmt"
)

// protect has the database itself refuse to change or take away what the audit
// says.
func (s *Store) protect(ctx context.Context) error {
	t, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback()
	for _, statement := range s.dialect.appendOnly {
		if _, err := t.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("append-only audit: %w", err)
		}
	}
	return t.Commit()
}
