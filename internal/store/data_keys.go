package store

import (
	"context"
	"errors"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
)

// DataKey encrypts Temporal's payloads of one subject: an office's customer and
// solution. The shared key, for payloads of no customer, has neither subject nor
// customer. A master key, of which only the id is stored, wraps the key.
type DataKey struct {
	ID, Subject, CustomerID, MasterID string
	Wrapped                           []byte
	CreatedAt                         time.Time
}

func dataKey(row db.DataKey) DataKey {
	return DataKey{
		ID: row.ID, Subject: row.Subject, CustomerID: string(row.CustomerID), MasterID: row.MasterID,
		Wrapped: row.Wrapped, CreatedAt: row.CreatedAt.UTC(),
	}
}

func dataKeys(rows []db.DataKey, err error) ([]DataKey, error) {
	keys := make([]DataKey, len(rows))
	for i, row := range rows {
		keys[i] = dataKey(row)
	}
	return keys, failure(err)
}

// ErrNoDataKey reports a key that was neither erased nor ever stored: the database is
// another one, or was restored from an older backup.
var ErrNoDataKey = errors.New("not in this database, which may be another one, or restored from before")

// DataKeys stores the wrapped data keys.
type DataKeys struct{ *database }

// DataKey is the key with an id; false where it was erased.
func (s DataKeys) DataKey(ctx context.Context, id string) (DataKey, bool, error) {
	row, found, err := optional(s.read.DataKey(ctx, id))
	if found || err != nil {
		return dataKey(row), found, err
	}
	erased, err := s.read.DataKeyErased(ctx, id)
	if err == nil && erased == 0 {
		return DataKey{}, false, collaboration.Errorf(collaboration.CodeInternal, "data key %s: %w", id, ErrNoDataKey)
	}
	return DataKey{}, false, failure(err)
}

// DataKeyOf returns the key of a subject, if it has one.
func (s DataKeys) DataKeyOf(ctx context.Context, subject string) (DataKey, bool, error) {
	row, found, err := optional(s.read.DataKeyOf(ctx, subject))
	return dataKey(row), found, err
}

// AddDataKey stores the first key of a subject, and returns the stored key.
func (s DataKeys) AddDataKey(ctx context.Context, k DataKey) (kept DataKey, err error) {
	err = s.write(ctx, func(t *tx) error {
		err := t.AddDataKey(ctx, db.AddDataKeyParams{
			ID: k.ID, Subject: k.Subject, CustomerID: column.Text(k.CustomerID), MasterID: k.MasterID, Wrapped: k.Wrapped, CreatedAt: now(),
		})
		if err != nil {
			return err
		}
		row, err := t.DataKeyOf(ctx, k.Subject)
		kept = dataKey(row)
		return err
	})
	return kept, err
}

// CustomerOf returns the customer of a subject; false before its first activation is
// stored.
func (s DataKeys) CustomerOf(ctx context.Context, subject string) (customerID string, known bool, err error) {
	return optional(s.read.CustomerOfSubject(ctx, db.CustomerOfSubjectParams{FirstID: subject + "-", AfterID: subject + "."}))
}

// DataKeysOfOthers returns up to limit keys after an id that another master key has
// wrapped.
func (s DataKeys) DataKeysOfOthers(ctx context.Context, masterID, after string, limit int) ([]DataKey, error) {
	return dataKeys(s.read.DataKeysOfOthers(ctx, db.DataKeysOfOthersParams{MasterID: masterID, AfterID: after, MaxRows: int32(limit)}))
}

// RewrapDataKey stores a key wrapped by another master key. It reports false if another
// process rewrapped or erased the key.
func (s DataKeys) RewrapDataKey(ctx context.Context, k DataKey, oldMasterID string) (done bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		n, err := t.RewrapDataKey(ctx, db.RewrapDataKeyParams{ID: k.ID, Wrapped: k.Wrapped, MasterID: k.MasterID, OldMasterID: oldMasterID})
		done = n > 0
		return err
	})
	return done, err
}

// DataKeyOfEachMaster returns one key of each master key.
func (s DataKeys) DataKeyOfEachMaster(ctx context.Context) ([]DataKey, error) {
	return dataKeys(s.read.DataKeyOfEachMaster(ctx))
}
