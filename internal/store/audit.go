package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
	"countersign/internal/store/db"
)

// AuditLog reads the audit of activations.
type AuditLog struct{ *database }

// RowSigner signs a row of the audit with a key that is not in the database.
type RowSigner interface {
	Sign(collaboration.ActivationID, collaboration.AuditRow) collaboration.AuditRow
}

// SignAudit sets the signer of audit rows. Without it, rows have no signature. Call it
// before the first write.
func (s *Store) SignAudit(signer RowSigner) { s.signer = signer }

// unsigned is the signer of a store without keys.
type unsigned struct{}

func (unsigned) Sign(_ collaboration.ActivationID, row collaboration.AuditRow) collaboration.AuditRow {
	return row
}

// Audit returns the whole audit of an activation, for export.
func (s AuditLog) Audit(ctx context.Context, id collaboration.ActivationID) (collaboration.AuditFile, error) {
	file, err := auditOf(ctx, s.read, id)
	return file, failure(err)
}

func auditOf(ctx context.Context, q *db.Queries, id collaboration.ActivationID) (collaboration.AuditFile, error) {
	file := collaboration.AuditFile{Format: collaboration.AuditFormat, Activation: id, LastHash: collaboration.Genesis(id), Rows: []collaboration.AuditRow{}}
	rows, err := q.AuditOf(ctx, string(id))
	if err != nil {
		return file, err
	}
	for _, r := range rows {
		row := auditRow(r.Audit, file.LastHash)
		row.Salt, row.Private = r.Salt, r.Private
		file.Rows, file.LastHash = append(file.Rows, row), row.Hash
	}
	return file, nil
}

// Events returns the audit of an activation after a sequence number, in order.
func (s AuditLog) Events(ctx context.Context, id collaboration.ActivationID, after int) ([]collaboration.Event, error) {
	rows, err := s.read.Events(ctx, db.EventsParams{ActivationID: string(id), After: integerCursor(after)})
	if err != nil {
		return nil, failure(err)
	}
	events, unnamed := make([]collaboration.Event, len(rows)), false
	for i, row := range rows {
		r := row.Audit
		events[i] = collaboration.Event{
			Activation: id, Sequence: r.Sequence, Action: collaboration.Action(r.Action),
			By: r.Actor, ByName: row.ActorName, At: r.HappenedAt.UTC(), Detail: r.Detail, Hash: r.Hash, SignedHead: signedHead(r).String(),
		}
		unnamed = unnamed || events[i].Action == collaboration.ActionHandedOn || row.ActorName == "" && r.Actor != collaboration.ActorSystem && r.Actor != collaboration.ActorOperator
	}
	if !unnamed {
		return events, nil
	}
	names, err := s.removedPeople(ctx, id)
	for i := range events {
		events[i].ByName = cmp.Or(events[i].ByName, names[events[i].By])
		if events[i].Action == collaboration.ActionHandedOn {
			var detail struct{ Administrator string }
			if err := fromJSON(events[i].Detail, &detail); err != nil {
				return nil, failure(err)
			}
			events[i].ToName = names[detail.Administrator]
		}
	}
	return events, err
}

// removedPeople returns the names of the administrators that an activation's audit names, by
// id. It has none after an erasure.
func (s AuditLog) removedPeople(ctx context.Context, id collaboration.ActivationID) (map[string]string, error) {
	rows, err := s.read.PeopleOfAudit(ctx, string(id))
	if err != nil {
		return nil, failure(err)
	}
	names := map[string]string{}
	for _, r := range rows {
		var public struct {
			Administrator string `json:"administrator"`
		}
		var private struct {
			Name   string `json:"name"`
			ByName string `json:"by_name"`
			// AnsweredName is set if another person than the invited one answered.
			AnsweredName string `json:"answered_name"`
		}
		if err := errors.Join(fromJSON(r.Detail, &public), fromJSON(r.Private, &private)); err != nil {
			return nil, failure(err)
		}
		names[public.Administrator] = cmp.Or(private.Name, names[public.Administrator])
		names[r.Actor] = cmp.Or(private.ByName, private.AnsweredName, names[r.Actor])
	}
	return names, nil
}

// AddTerms stores a text of terms once. It writes nothing if the text is stored: most
// approvals are of a text that another customer approved.
func (s AuditLog) AddTerms(ctx context.Context, t collaboration.TermsText) error {
	if n, err := s.read.HasTerms(ctx, t.Hash); err != nil || n > 0 {
		return failure(err)
	}
	return s.write(ctx, func(tx *tx) error {
		if n, err := tx.HasTerms(ctx, t.Hash); err != nil || n > 0 { // a trigger of SQLite rejects a second insert
			return err
		}
		return tx.AddTerms(ctx, db.AddTermsParams{
			Hash: t.Hash, Locale: string(t.Locale), Version: t.Version, SolutionID: t.SolutionID, Text: t.Text, StoredAt: now(),
		})
	})
}

// Approvals returns the approvals of an activation with their terms, in order.
func (s AuditLog) Approvals(ctx context.Context, id collaboration.ActivationID) ([]collaboration.Approval, error) {
	approvals, err := approvalsOf(ctx, s.read, id)
	return approvals, failure(err)
}

func approvalsOf(ctx context.Context, q *db.Queries, id collaboration.ActivationID) ([]collaboration.Approval, error) {
	file, err := auditOf(ctx, q, id)
	if err != nil {
		return nil, err
	}
	approvals, err := collaboration.Approvals(file)
	if err != nil {
		return nil, err
	}
	for i := range approvals {
		a := &approvals[i]
		if a.Terms, err = q.TermsText(ctx, a.Offer.TermsHash); ignoreNoRows(err) != nil {
			return nil, err
		}
		if a.Terms != "" && collaboration.TermsHash(a.Terms) != a.Offer.TermsHash {
			return nil, collaboration.Errorf(collaboration.CodeInternal, "the terms %s were changed in the database", a.Offer.TermsHash)
		}
	}
	return approvals, nil
}

// lastApproval returns the newest approval of an activation with its terms; nil without one. An approval that another system sent directly to the workflow has no text.
func lastApproval(ctx context.Context, q *db.Queries, id collaboration.ActivationID) (*collaboration.Approval, error) {
	approvals, err := approvalsOf(ctx, q, id)
	for _, a := range slices.Backward(approvals) {
		if a.Terms != "" {
			return &a, nil
		}
	}
	return nil, err
}

// auditRow converts a row, which follows the row with the hash previous.
func auditRow(r db.Audit, previous string) collaboration.AuditRow {
	return collaboration.AuditRow{
		Sequence: r.Sequence, Key: r.StepKey, Action: collaboration.Action(r.Action), By: r.Actor, At: r.HappenedAt.UTC(),
		Detail: r.Detail, Previous: previous, Hash: r.Hash, Commitment: r.Commitment, KeyID: r.KeyID, Signature: r.Signature,
	}
}

func signedHead(r db.Audit) anchor.SignedHead {
	return anchor.SignedHead{Activation: collaboration.ActivationID(r.ActivationID), Sequence: r.Sequence, Hash: r.Hash, KeyID: r.KeyID, Signature: r.Signature}
}

// auditChain is the part of an activation's audit that a new row depends on.
type auditChain struct {
	activation collaboration.ActivationID
	office     string
	steps      map[string]bool
	// sequence and hash are those of the last row.
	sequence int
	hash     string
}

// readChain reads the audit chain of a locked activation.
func (t *tx) readChain(ctx context.Context, id collaboration.ActivationID, office string) error {
	rows, err := t.AuditChain(ctx, string(id))
	if err != nil {
		return err
	}
	t.chain = newChain(id, office)
	for _, row := range rows {
		t.chain.add(row.StepKey, row.Sequence, row.Hash)
	}
	return nil
}

func newChain(id collaboration.ActivationID, office string) auditChain {
	return auditChain{activation: id, office: office, steps: map[string]bool{}, hash: collaboration.Genesis(id)}
}

func (c *auditChain) add(key string, sequence int, hash string) {
	c.steps[key], c.sequence, c.hash = true, sequence, hash
}

// append adds an event to the activation's chain. The activation is locked, or
// was opened in the same transaction.
func (t *tx) append(ctx context.Context, st step) (err error) {
	row := collaboration.AuditRow{Key: st.key, Action: st.action, By: st.by, At: utc(st.at)}
	if t.chain.activation != st.activation {
		return collaboration.Errorf(collaboration.CodeInternal, "%s: the audit of %s was not read", st.key, st.activation)
	}
	row.Sequence, row.Previous = t.chain.sequence+1, t.chain.hash
	if row.Detail, err = st.detail.text(); err != nil {
		return err
	}
	if len(st.private) > 0 {
		private, err := st.private.text()
		if err != nil {
			return err
		}
		row.Commit(private)
	}
	row.Hash = row.ComputeHash(st.activation)
	row = t.signer.Sign(st.activation, row)
	t.chain.add(row.Key, row.Sequence, row.Hash)
	t.steps = append(t.steps, StoredStep{Activation: st.activation, Action: st.action, Result: st.result, ApprovalDuration: st.approvalDuration})
	return t.insertAuditRow(ctx, st.activation, row)
}

func (t *tx) insertAuditRow(ctx context.Context, id collaboration.ActivationID, row collaboration.AuditRow) error {
	err := t.AppendAudit(ctx, db.AppendAuditParams{
		ActivationID: string(id), Sequence: row.Sequence, OfficeID: t.chain.office, StepKey: row.Key, Action: string(row.Action),
		Actor: row.By, HappenedAt: row.At, Detail: row.Detail, Hash: row.Hash, Commitment: row.Commitment, KeyID: row.KeyID, Signature: row.Signature,
	})
	if err != nil || row.Private == "" {
		return err
	}
	return t.AppendPrivate(ctx, db.AppendPrivateParams{ActivationID: string(id), Sequence: row.Sequence, Salt: row.Salt, Private: row.Private})
}

func (d detail) text() (string, error) {
	if len(d) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(d)
	return string(text), err
}
