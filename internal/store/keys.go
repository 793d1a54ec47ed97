package store

import (
	"context"
	"database/sql"
	"errors"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// DataKey encrypts what the engine is told of one subject: an office's customer
// and solution. The shared one, of what is nobody's, has neither subject nor
// customer. It is wrapped by a master key, of which only the id is here.
type DataKey = db.DataKey

// ErrNoDataKey is about a key that was neither erased nor ever there: the database
// is another one, or was restored from before.
var ErrNoDataKey = errors.New("not in this database, which may be another one, or restored from before")

// DataKey is the key with an id; false where it was erased.
func (s *Store) DataKey(ctx context.Context, id string) (DataKey, bool, error) {
	k, there, err := found(s.read.DataKey(ctx, id))
	if there || err != nil {
		return k, there, err
	}
	erased, err := s.read.DataKeyErased(ctx, id)
	if err == nil && erased == 0 {
		return k, false, collaboration.Errorf(collaboration.CodeInternal, "data key %s: %w", id, ErrNoDataKey)
	}
	return k, false, failure(err)
}

// DataKeyOf is the key of a subject, if it has one yet.
func (s *Store) DataKeyOf(ctx context.Context, subject string) (DataKey, bool, error) {
	return found(s.read.DataKeyOf(ctx, subject))
}

// AddDataKey keeps a subject's first key, and returns the one that is kept.
func (s *Store) AddDataKey(ctx context.Context, k DataKey) (kept DataKey, err error) {
	k.CreatedAt = now()
	err = s.write(ctx, func(t *tx) error {
		if err := t.AddDataKey(ctx, db.AddDataKeyParams(k)); err != nil {
			return err
		}
		kept, err = t.DataKeyOf(ctx, k.Subject)
		return err
	})
	return kept, err
}

// CustomerOf is whose a subject is; false where no step of it is recorded yet.
func (s *Store) CustomerOf(ctx context.Context, subject string) (customerID string, known bool, err error) {
	return found(s.read.CustomerOfSubject(ctx, db.CustomerOfSubjectParams{FirstID: subject + "-", AfterID: subject + "."}))
}

// DataKeysOfOthers are up to limit keys, by id after a given one, that another
// master key than masterID has wrapped.
func (s *Store) DataKeysOfOthers(ctx context.Context, masterID, after string, limit int) ([]DataKey, error) {
	keys, err := s.read.DataKeysOfOthers(ctx, db.DataKeysOfOthersParams{MasterID: masterID, AfterID: after, MaxRows: int32(limit)})
	return keys, failure(err)
}

// RewrapDataKey puts a key under another master key than oldMasterID. It reports
// whether it did: another process may have been first, or erased the key.
func (s *Store) RewrapDataKey(ctx context.Context, k DataKey, oldMasterID string) (done bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		n, err := t.RewrapDataKey(ctx, db.RewrapDataKeyParams{ID: k.ID, Wrapped: k.Wrapped, MasterID: k.MasterID, OldMasterID: oldMasterID})
		done = n > 0
		return err
	})
	return done, err
}

// DataKeyOfEachMaster is one key that each master key has wrapped.
func (s *Store) DataKeyOfEachMaster(ctx context.Context) ([]DataKey, error) {
	keys, err := s.read.DataKeyOfEachMaster(ctx)
	return keys, failure(err)
}

func found[T any](row T, err error) (T, bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return row, false, nil
	}
	return row, err == nil, failure(err)
}
