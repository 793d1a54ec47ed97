package store

import (
	"cmp"
	"context"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// Audit is an activation's whole audit, for export.
func (s *Store) Audit(ctx context.Context, id collaboration.ActivationID) (collaboration.AuditFile, error) {
	file := collaboration.AuditFile{Format: collaboration.AuditFormat, Activation: id, Head: collaboration.Genesis(id), Rows: []collaboration.AuditRow{}}
	rows, err := s.read.AuditOf(ctx, string(id))
	if err != nil {
		return file, failure(err)
	}
	for _, r := range rows {
		row := linked(r.Audit, id, file.Head)
		row.Salt, row.Private = r.Salt, r.Private
		file.Rows, file.Head = append(file.Rows, row), row.Hash
	}
	return file, nil
}

// linked is a row after the one with the hash previous. Where it has no hash
// yet, it is the one that sealing will give it.
func linked(r db.Audit, id collaboration.ActivationID, previous string) collaboration.AuditRow {
	row := collaboration.AuditRow{
		Sequence: r.Sequence, Key: r.StepKey, Action: collaboration.Action(r.Action), By: r.Actor, At: r.HappenedAt.UTC(),
		Detail: r.Detail, Previous: previous, Commitment: r.Commitment,
	}
	row.Hash = cmp.Or(r.Hash, row.Seal(id))
	return row
}

// seal gives rows without a hash theirs: those from before the chain, and those
// that a process of an older release adds while it is being replaced.
func (s *Store) seal(ctx context.Context) error {
	activations, err := s.read.UnsealedActivations(ctx)
	if err != nil {
		return err
	}
	for _, id := range activations {
		err := s.write(ctx, func(t *tx) error {
			_, err := t.seal(ctx, collaboration.ActivationID(id))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// seal is the head of an activation's chain once every row has its hash.
func (t *tx) seal(ctx context.Context, id collaboration.ActivationID) (head string, err error) {
	rows, err := t.Events(ctx, db.EventsParams{ActivationID: string(id)})
	if err != nil {
		return "", err
	}
	head = collaboration.Genesis(id)
	for _, r := range rows {
		head = linked(r, id, head).Hash
		if r.Hash != "" {
			continue
		}
		if err := t.SealAudit(ctx, db.SealAuditParams{ActivationID: string(id), Sequence: r.Sequence, Hash: head}); err != nil {
			return "", err
		}
	}
	return head, nil
}
