package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

const (
	invitationKind = "invitation"
	// mailLease is how long one attempt has for handing a mail over and
	// recording what came of it.
	mailLease = 30 * time.Second
	// maxUnknown is how many attempts may end without anyone knowing how:
	// one more mail could be one too many.
	maxUnknown = 2
)

// BeginInvitation records the mail before it is sent. The status of what it
// returns tells the caller what to do: send it (sending), leave it alone
// (accepted, unconfirmed), or come back later (queued: another attempt has it).
func (s *Store) BeginInvitation(ctx context.Context, i collaboration.Invitation, now time.Time) (collaboration.Delivery, error) {
	var d collaboration.Delivery
	err := s.write(ctx, func(t *tx) error {
		w, err := t.lock(ctx, i.Order.Activation)
		if err != nil {
			return err
		}
		row, err := t.Delivery(ctx, deliveryOf(i))
		first := errors.Is(err, sql.ErrNoRows)
		if err != nil && !first {
			return err
		}
		if d, err = t.addressed(ctx, w.a, i); err != nil {
			return err
		}
		if first {
			row = db.MailDelivery{ID: deliveryID(i), Status: string(collaboration.DeliveryQueued)}
		}
		d.ID = row.ID
		d.Status = take(&row, utc(now))
		d.Attempts = row.Attempts
		if d.Status == collaboration.DeliveryQueued || collaboration.DeliveryStatus(row.Status).Settled() && row.Status == w.a.Delivery {
			return errUnchanged
		}
		if err := w.must(w.state().Pending() || d.Status.Settled(), collaboration.CodeNotPending); err != nil {
			return err
		}
		if first {
			err = t.addDelivery(ctx, i, row, d.To, now)
		} else {
			err = t.saveDelivery(ctx, row, d.To)
		}
		if err != nil {
			return err
		}
		w.a.Delivery, w.a.InvitedName, w.a.InvitedEmail = row.Status, d.To.Name, d.To.Email
		return w.save(ctx)
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	if err != nil {
		return collaboration.Delivery{}, err
	}
	return d, nil
}

// take decides who may send. It changes the row to what is then true, and
// returns what the caller is to be told.
func take(row *db.MailDelivery, now time.Time) collaboration.DeliveryStatus {
	status := collaboration.DeliveryStatus(row.Status)
	if status.Settled() {
		return status
	}
	if status == collaboration.DeliverySending {
		if now.Before(row.LeaseUntil) {
			return collaboration.DeliveryQueued
		}
		if row.Unknown++; row.Unknown >= maxUnknown {
			row.Status = string(collaboration.DeliveryUnconfirmed)
			return collaboration.DeliveryUnconfirmed
		}
	}
	row.Status, row.LeaseUntil, row.ErrorCode = string(collaboration.DeliverySending), now.Add(mailLease), ""
	row.Attempts++
	return collaboration.DeliverySending
}

// FinishInvitation records that the provider took the mail, or that nobody
// will know.
func (s *Store) FinishInvitation(ctx context.Context, i collaboration.Invitation, status collaboration.DeliveryStatus, providerID string) error {
	if !status.Settled() {
		return collaboration.Errorf(collaboration.CodeInternal, "%s does not settle a mail", status)
	}
	st := step{
		activation: i.Order.Activation, key: fmt.Sprintf("invitation_sent:%d", i.Generation),
		action: collaboration.ActionInvitationSent, by: i.By, at: i.At,
		detail: detail{"generation": i.Generation, "delivery": status},
	}
	return s.record(ctx, st, func(w *work) error {
		row, err := w.Delivery(ctx, deliveryOf(i))
		if err != nil {
			return missing(err, collaboration.CodeInternal)
		}
		row.Status, row.ErrorCode = string(status), ""
		if providerID != "" {
			row.ProviderID = providerID
		}
		if err := w.saveDelivery(ctx, row, collaboration.Administrator{ID: row.ToID, Email: row.ToEmail}); err != nil {
			return err
		}
		return w.invited(i, status)
	})
}

// invited moves the activation on. A mail that was answered or withdrawn
// before it was recorded is kept as sent, and changes nothing else.
func (w *work) invited(i collaboration.Invitation, status collaboration.DeliveryStatus) error {
	if i.Generation < w.a.Generation {
		return nil
	}
	w.a.Delivery, w.a.Generation = string(status), i.Generation
	w.a.SentAt, w.a.ExpiresAt = at(i.At), at(i.ExpiresAt)
	if w.state() == collaboration.Activating {
		return w.move(collaboration.AwaitingApproval)
	}
	return nil
}

// FailInvitation records that the provider certainly did not take the mail, so
// that another attempt may begin at once.
func (s *Store) FailInvitation(ctx context.Context, i collaboration.Invitation, code collaboration.Code) error {
	err := s.write(ctx, func(t *tx) error {
		w, err := t.lock(ctx, i.Order.Activation)
		if err != nil {
			return err
		}
		row, err := t.Delivery(ctx, deliveryOf(i))
		if err != nil {
			return missing(err, collaboration.CodeInternal)
		}
		if row.Status != string(collaboration.DeliverySending) {
			return errUnchanged
		}
		row.Status, row.ErrorCode = string(collaboration.DeliveryFailed), string(code)
		if err := t.saveDelivery(ctx, row, collaboration.Administrator{ID: row.ToID, Email: row.ToEmail}); err != nil {
			return err
		}
		w.a.Delivery = row.Status
		return w.save(ctx)
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// addressed fills in whom the mail goes to and the names in its text.
func (t *tx) addressed(ctx context.Context, a db.Activation, i collaboration.Invitation) (collaboration.Delivery, error) {
	to, err := t.MainContact(ctx, a.CustomerID)
	if err != nil {
		return collaboration.Delivery{}, missing(err, collaboration.CodeAdministratorMissing)
	}
	r, err := t.ActivationRecord(ctx, a.ID)
	if err != nil {
		return collaboration.Delivery{}, err
	}
	d := collaboration.Delivery{
		To: administrator(to), OfficeName: r.OfficeName.String,
		CustomerName: r.CustomerName.String, SenderName: r.RequestedByName.String,
	}
	switch sender, err := t.Employee(ctx, i.By); {
	case err == nil:
		d.SenderName = sender.Name
	case !errors.Is(err, sql.ErrNoRows): // the system sends in the name of who asked
		return collaboration.Delivery{}, err
	}
	return d, nil
}

func (t *tx) addDelivery(ctx context.Context, i collaboration.Invitation, row db.MailDelivery, to collaboration.Administrator, now time.Time) error {
	err := t.AddDelivery(ctx, db.AddDeliveryParams{
		ID: row.ID, ActivationID: string(i.Order.Activation), Kind: invitationKind, Generation: i.Generation,
		Status: row.Status, Attempts: row.Attempts, Unknown: row.Unknown, LeaseUntil: row.LeaseUntil, ToID: to.ID, ToEmail: to.Email,
	})
	if err != nil {
		return err
	}
	return t.append(ctx, step{
		activation: i.Order.Activation, key: fmt.Sprintf("invitation_queued:%d", i.Generation),
		action: collaboration.ActionInvitationQueued, by: i.By, at: i.At, detail: detail{"generation": i.Generation},
	})
}

func (t *tx) saveDelivery(ctx context.Context, row db.MailDelivery, to collaboration.Administrator) error {
	return t.SaveDelivery(ctx, db.SaveDeliveryParams{
		ID: row.ID, Status: row.Status, Attempts: row.Attempts, Unknown: row.Unknown, LeaseUntil: row.LeaseUntil,
		ToID: to.ID, ToEmail: to.Email, ProviderID: row.ProviderID, ErrorCode: row.ErrorCode,
	})
}

func deliveryOf(i collaboration.Invitation) db.DeliveryParams {
	return db.DeliveryParams{ActivationID: string(i.Order.Activation), Kind: invitationKind, Generation: i.Generation}
}

// deliveryID is the same for every attempt at a mail, and says nothing.
func deliveryID(i collaboration.Invitation) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", i.Order.Activation, invitationKind, i.Generation))
	return hex.EncodeToString(sum[:16])
}
