package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// Audit is an activation's whole audit, for export.
func (s *Store) Audit(ctx context.Context, id collaboration.ActivationID) (collaboration.AuditFile, error) {
	file := collaboration.AuditFile{Format: collaboration.AuditFormat, Activation: id, Head: collaboration.Genesis(id), Rows: []collaboration.AuditRow{}}
	rows, err := s.read.Events(ctx, db.EventsParams{ActivationID: string(id)})
	if err != nil {
		return file, failure(err)
	}
	private, err := s.read.PrivateOf(ctx, string(id))
	if err != nil {
		return file, failure(err)
	}
	parts := map[int]db.AuditPrivate{}
	for _, p := range private {
		parts[p.Sequence] = p
	}
	for _, r := range rows {
		row := sealed(r, file.Head)
		row.Hash, row.Salt, row.Private = r.Hash, parts[r.Sequence].Salt, parts[r.Sequence].Private
		file.Rows, file.Head = append(file.Rows, row), row.Hash
	}
	return file, nil
}

func sealed(r db.Audit, previous string) collaboration.AuditRow {
	return collaboration.AuditRow{
		Sequence: r.Sequence, Key: r.StepKey, Action: collaboration.Action(r.Action), By: r.Actor, At: r.HappenedAt.UTC(),
		Detail: r.Detail, Previous: previous, Commitment: r.Commitment,
	}
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
		hash := sealed(r, head).Seal(id)
		if r.Hash == "" {
			if err := t.SealAudit(ctx, db.SealAuditParams{ActivationID: string(id), Sequence: r.Sequence, Hash: hash}); err != nil {
				return "", err
			}
		}
		head = hash
	}
	return head, nil
}

// protect has the database itself refuse to change or take away what the audit
// says.
func (s *Store) protect(ctx context.Context) error {
	t, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback()
	for _, statement := range s.dialect.appendOnly {
		if _, err := t.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("append-only audit: %w", err)
		}
	}
	return t.Commit()
}

// EraseCustomer erases what is personal of a customer: its people, whom mails
// went to, what was said in declining, and a sole trader's name and number. The
// audit's chains still verify.
func (s *Store) EraseCustomer(ctx context.Context, officeID, customerID, by string, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.LockCustomer(ctx, customerID); err != nil {
			return err
		}
		customer, err := t.Customer(ctx, db.CustomerParams{ID: customerID, OfficeID: officeID})
		if err != nil {
			return missing(err, collaboration.CodeCustomerNotFound)
		}
		if live, err := t.LiveActivationsOfCustomer(ctx, customerID); err != nil || live > 0 {
			if err == nil {
				err = &collaboration.Error{Code: collaboration.CodeCustomerActive}
			}
			return err
		}
		activations, err := t.ActivationsToErase(ctx, customerID)
		if err != nil {
			return err
		}
		for _, id := range activations {
			if err := t.eraseActivation(ctx, collaboration.ActivationID(id), by, now); err != nil {
				return err
			}
		}
		if _, err := t.EraseAdministrators(ctx, customerID); err != nil {
			return err
		}
		if err := t.eraseBatchRows(ctx, customer); err != nil {
			return err
		}
		t.changed = append(t.changed, customerID)
		return t.erasePerson(ctx, customer)
	})
}

func (t *tx) eraseActivation(ctx context.Context, id collaboration.ActivationID, by string, now time.Time) error {
	w, err := t.lock(ctx, id)
	if err != nil {
		return err
	}
	if err := t.ErasePrivate(ctx, string(id)); err != nil {
		return err
	}
	if err := t.EraseAddresses(ctx, string(id)); err != nil {
		return err
	}
	w.a.InvitedID, w.a.InvitedName, w.a.InvitedEmail = "", "", ""
	if err := w.eraseComment(); err != nil {
		return err
	}
	if err := w.save(ctx); err != nil {
		return err
	}
	return t.append(ctx, step{activation: id, key: "personal_data_erased:" + newID(), action: collaboration.ActionPersonalDataErased, by: by, at: now})
}

func (w *work) eraseComment() error {
	var d *collaboration.Decision
	if err := fromJSON(w.a.Decision, &d); err != nil || d == nil {
		return err
	}
	d.Comment = ""
	return w.keep(&w.a.Decision, d)
}

// eraseBatchRows takes away the contacts in rows that were not started.
func (t *tx) eraseBatchRows(ctx context.Context, c db.Customer) error {
	rows, err := t.BatchRowsToErase(ctx, db.BatchRowsToEraseParams{
		OfficeID: c.OfficeID, OrganisationNumber: c.OrganisationNumber, Pattern: "%\"customer_id\":\"" + likeEscape.Replace(c.ID) + "\"%",
	})
	if err != nil {
		return err
	}
	for _, row := range rows {
		r, err := batchRow(row)
		if err != nil {
			return err
		}
		r.Request.Contact, r.Request.CustomerID = nil, c.ID
		request, err := json.Marshal(r.Request)
		if err != nil {
			return err
		}
		if err := t.EraseBatchRow(ctx, db.EraseBatchRowParams{BatchID: row.BatchID, Line: row.Line, Request: string(request)}); err != nil {
			return err
		}
	}
	return nil
}

// erasePerson takes away the name and number of a sole trader, which are a
// person's. A company's are not.
func (t *tx) erasePerson(ctx context.Context, c db.Customer) error {
	if !collaboration.OrganisationNumber(c.OrganisationNumber).SoleTrader() {
		return nil
	}
	name := "Raderad kund " + c.ID
	return t.Queries.EraseCustomer(ctx, db.EraseCustomerParams{
		ID: c.ID, Name: name, NameKey: strings.ToLower(name), OrganisationNumber: "erased-" + c.ID,
	})
}
