// Package apikeys stores the API keys of offices. Each key is a program, which has a row
// beside the employees, so that activations and audit rows can name it. Every change has
// an audit row in the same transaction.
package apikeys

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/apikey"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// maxActive bounds the active API keys of an office.
const maxActive = 50

// Registry is the part of the database that has the API keys.
type Registry struct{ conns *sqldb.DB }

// New returns the API keys of a database.
func New(conns *sqldb.DB) Registry { return Registry{conns} }

// Add stores a key with the hash of its secret. by is the manager that creates it.
// The name of another active key of the office is a duplicate.
func (r Registry) Add(ctx context.Context, by collaboration.Employee, n apikey.New, hash string) (apikey.Key, error) {
	k := apikey.Key{ID: collaboration.ProgramPrefix + sqldb.NewID(), OfficeID: by.OfficeID, Name: n.Name, Scope: n.Scope,
		CreatedBy: by.ID, CreatedByName: by.Name, ExpiresAt: utc(n.ExpiresAt)}
	err := r.change(ctx, by, func(x edit) error {
		if err := x.requireRoom(ctx, n.Name); err != nil {
			return err
		}
		if err := x.AddProgram(ctx, db.AddProgramParams{ID: k.ID, OfficeID: k.OfficeID, Name: k.Name}); err != nil {
			return err
		}
		k.CreatedAt = x.now
		err := x.AddAPIKey(ctx, db.AddAPIKeyParams{ID: k.ID, OfficeID: k.OfficeID, SecretHash: hash, Scope: string(k.Scope),
			CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt, ExpiresAt: optional(k.ExpiresAt)})
		if err != nil {
			return err
		}
		detail := map[string]any{"scope": k.Scope}
		if !k.ExpiresAt.IsZero() {
			detail["expires_at"] = k.ExpiresAt
		}
		return x.record(ctx, "api_key_added", k.ID, detail)
	})
	return k, err
}

// Revoke ends a key of an office. A revoked key stays revoked, without an error.
func (r Registry) Revoke(ctx context.Context, by collaboration.Employee, id string) error {
	return r.change(ctx, by, func(x edit) error {
		known, err := x.APIKeyOfOffice(ctx, db.APIKeyOfOfficeParams{ID: id, OfficeID: by.OfficeID})
		if err != nil {
			return err
		}
		if known == 0 {
			return &collaboration.Error{Code: collaboration.CodeAPIKeyNotFound}
		}
		revoked, err := x.RevokeAPIKey(ctx, db.RevokeAPIKeyParams{ID: id, OfficeID: by.OfficeID, RevokedAt: optional(x.now)})
		if err != nil || revoked == 0 {
			return err
		}
		return x.record(ctx, "api_key_revoked", id, map[string]any{})
	})
}

// List returns all keys of an office, the newest first.
func (r Registry) List(ctx context.Context, officeID string) ([]apikey.Key, error) {
	return list(ctx, db.New(r.conns.Reader), officeID)
}

func list(ctx context.Context, q *db.Queries, officeID string) ([]apikey.Key, error) {
	rows, err := q.APIKeys(ctx, officeID)
	all := make([]apikey.Key, len(rows))
	for i, row := range rows {
		all[i] = apikey.Key{ID: row.ID, OfficeID: row.OfficeID, Name: row.Name, Scope: collaboration.Scope(row.Scope),
			CreatedBy: row.CreatedBy, CreatedByName: row.CreatedByName, CreatedAt: row.CreatedAt.UTC(),
			ExpiresAt: row.ExpiresAt.Time.UTC(), RevokedAt: row.RevokedAt.Time.UTC(), LastUsedAt: row.LastUsedAt.Time.UTC()}
	}
	return all, sqldb.Failure(err)
}

// Program returns the program with the hash of a secret. It fails with CodeTokenInvalid for
// an unknown hash, CodeTokenRevoked and CodeTokenExpired. The program of a deactivated
// office has no rights.
func (r Registry) Program(ctx context.Context, hash string, now time.Time) (collaboration.Person, error) {
	row, err := db.New(r.conns.Reader).APIKeyByHash(ctx, hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return collaboration.Person{}, collaboration.Errorf(collaboration.CodeTokenInvalid, "unknown API key")
	case err != nil:
		return collaboration.Person{}, sqldb.Failure(err)
	}
	k := apikey.Key{ExpiresAt: row.ExpiresAt.Time, RevokedAt: row.RevokedAt.Time}
	switch k.Status(now) {
	case apikey.Revoked:
		return collaboration.Person{}, &collaboration.Error{Code: collaboration.CodeTokenRevoked}
	case apikey.Expired:
		return collaboration.Person{}, &collaboration.Error{Code: collaboration.CodeTokenExpired}
	}
	r.use(ctx, row, now)
	scope := collaboration.Scope(row.Scope)
	p := collaboration.Person{Name: row.Name, Scope: scope}
	if !row.OfficeDeactivatedAt.Valid {
		p.Employee = &collaboration.Employee{ID: row.ID, OfficeID: row.OfficeID, Name: row.Name, Role: scope.Role(),
			OfficeLocale: collaboration.Locale(row.OfficeLocale)}
	}
	return p, nil
}

const (
	// useInterval is the time between two writes of a key's last use.
	useInterval = time.Minute
	// useTimeout bounds such a write, which must not delay a request much.
	useTimeout = time.Second
)

// use stores the time of a use. It ignores errors: the key also works while the database
// cannot be written.
func (r Registry) use(ctx context.Context, row db.APIKeyByHashRow, now time.Time) {
	if row.LastUsedAt.Valid && now.Sub(row.LastUsedAt.Time) < useInterval {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, useTimeout)
	defer cancel()
	_ = db.New(r.conns.Writer).UseAPIKey(ctx, db.UseAPIKeyParams{ID: row.ID, UsedAt: optional(utc(now)), Before: optional(utc(now.Add(-useInterval)))})
}

// edit is one transaction that changes the keys of an office.
type edit struct {
	*db.Queries
	by  collaboration.Employee
	now time.Time // the database's
}

// change runs do in one transaction, with the office locked.
func (r Registry) change(ctx context.Context, by collaboration.Employee, do func(edit) error) error {
	tx, err := r.conns.Begin(ctx)
	if err != nil {
		return sqldb.Failure(err)
	}
	defer tx.Rollback()
	q := db.New(tx)
	if _, err := q.LockOffice(ctx, by.OfficeID); err != nil {
		return sqldb.Failure(err)
	}
	now, err := r.conns.Now(ctx, tx)
	if err != nil {
		return sqldb.Failure(err)
	}
	if err := do(edit{q, by, now}); err != nil {
		return sqldb.Failure(err)
	}
	return sqldb.Failure(tx.Commit())
}

// requireRoom returns an error if an active key has the name, or if the office has too
// many active keys.
func (x edit) requireRoom(ctx context.Context, name string) error {
	all, err := list(ctx, x.Queries, x.by.OfficeID)
	if err != nil {
		return err
	}
	active := 0
	for _, k := range all {
		if k.Status(x.now) != apikey.Active {
			continue
		}
		active++
		if column.NameKey(k.Name) == column.NameKey(name) {
			return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{{Field: "name", Code: collaboration.CodeDuplicate}}}
		}
	}
	if active >= maxActive {
		return &collaboration.Error{Code: collaboration.CodeTooManyAPIKeys}
	}
	return nil
}

// record stores the audit row of a change. detail has no personal data.
func (x edit) record(ctx context.Context, action, subject string, detail map[string]any) error {
	encoded, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	return x.AddDirectoryChange(ctx, db.AddDirectoryChangeParams{ID: sqldb.NewID(), OfficeID: x.by.OfficeID, HappenedAt: x.now,
		Actor: x.by.ID, Action: action, Subject: subject, Detail: string(encoded)})
}

func utc(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func optional(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }
