package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"countersign/collaboration"
)

// failure makes an error of the catalogue of whatever a database says.
func failure(err error) error {
	var known *collaboration.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, errUnchanged):
		return err
	case unparsed(err):
		return collaboration.Errorf(collaboration.CodeInternal, "the database's URL cannot be read")
	case invalidText(err):
		return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Cause: err}
	// Two wrote the same at once; the next try finds what the other wrote.
	case passing(err), notUnique(err):
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	default:
		return &collaboration.Error{Code: collaboration.CodeInternal, Cause: err}
	}
}

// missing is failure, with a code of its own where there was no row.
func missing(err error, code collaboration.Code) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &collaboration.Error{Code: code}
	}
	return failure(err)
}

// passing reports whether the same call may succeed later.
func passing(err error) bool {
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
	return busy(err)
}

func busy(err error) bool { return sqliteCode(err)&0xff == sqlite3.SQLITE_BUSY }

func notUnique(err error) bool {
	return sqlState(err) == "23505" || sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_UNIQUE
}

// invalidText reports text that PostgreSQL cannot hold: a zero byte, or what
// is not UTF-8.
func invalidText(err error) bool { return sqlState(err) == "22021" }

// unparsed reports a URL that the driver does not understand; its words quote it.
func unparsed(err error) bool {
	var e *pgconn.ParseConfigError
	return errors.As(err, &e)
}

func noTable(err error) bool {
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
