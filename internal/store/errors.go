package store

import (
	"database/sql"
	"errors"

	"countersign/collaboration"
	"countersign/internal/store/sqldb"
)

// failure converts a database error to an error of the catalogue.
func failure(err error) error {
	var known *collaboration.Error
	switch {
	case errors.Is(err, errUnchanged):
		return err
	case !errors.As(err, &known) && sqldb.ViolatesUnique(err, racingConstraints):
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	default:
		return sqldb.Failure(err)
	}
}

// racingConstraints are the unique constraints that two concurrent transactions can
// violate although each checked first: one locks the office, the other the customer.
// A retry reads the row of the other transaction. A violation of another constraint is
// an error in the program, which a retry repeats.
var racingConstraints = []string{"administrators_by_address", "administrators_main_contact", "administrators.customer_id"}

// notFound is failure with another code for a query without a row.
func notFound(err error, code collaboration.Code) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &collaboration.Error{Code: code}
	}
	return failure(err)
}

// ignoreNoRows is failure, without an error for a query without a row.
func ignoreNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return failure(err)
}

// optional reports whether a query found a row.
func optional[T any](row T, err error) (T, bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return row, false, nil
	}
	return row, err == nil, failure(err)
}
