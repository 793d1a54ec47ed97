package store

import (
	"database/sql"
	"errors"
	"math"

	"countersign/collaboration"
)

// pageLimit is 50 by default, and at most 500.
func pageLimit(p collaboration.Page) int {
	if p.Limit <= 0 {
		return 50
	}
	return min(p.Limit, 500)
}

// integerCursor limits a cursor to the range of the databases' INTEGER, for a list that
// is ordered by a positive number. PostgreSQL rejects a larger argument.
func integerCursor(n int) int { return min(max(n, 0), math.MaxInt32) }

// cursorError is the error of a query for a cursor that the list did not return.
func cursorError(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &collaboration.Error{
			Code:   collaboration.CodeInvalidRequest,
			Fields: []collaboration.FieldError{{Field: "after", Code: collaboration.CodeInvalidFormat}},
		}
	}
	return failure(err)
}
