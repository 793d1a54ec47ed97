package sqldb

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

// Failure converts a database error to an error of the catalogue. An error of the
// catalogue stays.
func Failure(err error) error {
	var known *collaboration.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case IsInvalidURL(err):
		return collaboration.Errorf(collaboration.CodeInternal, "the database's URL cannot be read")
	case IsInvalidText(err):
		return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Cause: err}
	case IsTransient(err):
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	default:
		return &collaboration.Error{Code: collaboration.CodeInternal, Cause: err}
	}
}

// IsTransient reports whether the same call may succeed later.
func IsTransient(err error) bool {
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

// IsUniqueViolation reports the violation of a unique constraint.
func IsUniqueViolation(err error) bool {
	return sqlState(err) == "23505" || sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_UNIQUE
}

// ViolatesUnique reports the violation of one of some unique constraints. PostgreSQL
// names the constraint. SQLite names the index, or the columns of an index without
// expressions.
func ViolatesUnique(err error, constraints []string) bool {
	if !IsUniqueViolation(err) {
		return false
	}
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return slices.Contains(constraints, e.ConstraintName)
	}
	return slices.ContainsFunc(constraints, func(name string) bool { return strings.Contains(err.Error(), name) })
}

// IsInvalidText reports text that PostgreSQL cannot store: a zero byte, or bytes that
// are not UTF-8.
func IsInvalidText(err error) bool { return sqlState(err) == "22021" }

// IsInvalidURL reports a URL that the driver cannot parse. The driver's text quotes it.
func IsInvalidURL(err error) bool {
	var e *pgconn.ParseConfigError
	return errors.As(err, &e)
}

// IsMissingTable reports a query of a table that does not exist.
func IsMissingTable(err error) bool {
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
