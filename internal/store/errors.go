package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"countersign/collaboration"
)

// failure converts a database error to an error of the catalogue.
func failure(err error) error {
	var known *collaboration.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, errUnchanged):
		return err
	case isInvalidURL(err):
		return collaboration.Errorf(collaboration.CodeInternal, "the database's URL cannot be read")
	case isInvalidText(err):
		return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Cause: err}
	case isTransient(err), isUniqueViolation(err) && isRace(err):
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	default:
		return &collaboration.Error{Code: collaboration.CodeInternal, Cause: err}
	}
}

// notFound is failure with another code for a query without a row.
func notFound(err error, code collaboration.Code) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &collaboration.Error{Code: code}
	}
	return failure(err)
}

// isTransient reports whether the same call may succeed later.
func isTransient(err error) bool {
	for _, target := range []error{context.Canceled, context.DeadlineExceeded, driver.ErrBadConn, sql.ErrConnDone, pgconn.ErrConnClosed, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, target) {
			return true
		}
	}
	var network net.Error
	var connect *pgconn.ConnectError
	if errors.As(err, &network) || errors.As(err, &connect) {
		return true
	}
	switch state := sqlState(err); {
	case state == "40001", state == "40P01", state == "55P03", state == "57014": // serialization, deadlock, lock, cancelled
		return true
	case strings.HasPrefix(state, "08"), strings.HasPrefix(state, "53"), strings.HasPrefix(state, "57P"): // connection, resources, shutdown
		return true
	}
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_INTERRUPT:
		return true
	}
	return isBusy(err)
}

func isBusy(err error) bool { return sqliteCode(err)&0xff == sqlite3.SQLITE_BUSY }

func isUniqueViolation(err error) bool {
	return sqlState(err) == "23505" || sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_UNIQUE
}

// racingConstraints are the unique constraints that two concurrent transactions can
// violate although each checked first: one locks the office, the other the customer.
// A retry reads the row of the other transaction. A violation of another constraint is
// an error in the program, which a retry repeats.
var racingConstraints = []string{"administrators_by_address", "administrators_main_contact", "administrators.customer_id"}

// isRace reports a violation of a racing constraint. PostgreSQL names the constraint.
// SQLite names the index, or the columns of an index without expressions.
func isRace(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return slices.Contains(racingConstraints, e.ConstraintName)
	}
	return slices.ContainsFunc(racingConstraints, func(name string) bool { return strings.Contains(err.Error(), name) })
}

// isInvalidText reports text that PostgreSQL cannot store: a zero byte, or bytes that
// are not UTF-8.
func isInvalidText(err error) bool { return sqlState(err) == "22021" }

// isInvalidURL reports a URL that the driver cannot parse. The driver's text quotes it.
func isInvalidURL(err error) bool {
	var e *pgconn.ParseConfigError
	return errors.As(err, &e)
}

func isMissingTable(err error) bool {
	var e *sqlite.Error
	return sqlState(err) == "42P01" || errors.As(err, &e) && strings.Contains(e.Error(), "no such table")
}

func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}
