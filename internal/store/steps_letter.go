package store

import (
	"cmp"
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
	// mailLease is how long one attempt has for handing a mail over and
	// recording what came of it, by the database's clock: who has a clock that is
	// ahead would send what another is sending.
	mailLease = 30 * time.Second
	// maxUnknown is how many attempts may end without anyone knowing how:
	// one more mail could be one too many.
	maxUnknown = 2
)

// Addressees are whom a letter goes to: employees by id, and "" for the
// customer's person.
func (s *Store) Addressees(ctx context.Context, l collaboration.Letter) ([]string, error) {
	var to []string
	if l.Kind.ToCustomer() {
		to = append(to, "")
	}
	if !l.Kind.ToOffice() {
		return to, nil
	}
	a, err := s.read.Activation(ctx, string(l.Activation))
	if err != nil {
		return nil, missing(err, collaboration.CodeActivationNotFound)
	}
	to = append(to, a.RequestedBy)
	task, err := s.read.Task(ctx, a.TaskID)
	if err == nil && task.OwnerID != a.RequestedBy {
		to = append(to, task.OwnerID)
	}
	return to, orNone(err)
}

// BeginMail records a mail before it is sent. The status of what it returns
// tells the caller what to do: send it (sending), leave it alone (settled), or
// come back later (queued: another attempt has it).
func (s *Store) BeginMail(ctx context.Context, l collaboration.Letter, employee string) (collaboration.Delivery, error) {
	var d collaboration.Delivery
	err := s.write(ctx, func(t *tx) error {
		w, err := t.lock(ctx, l.Activation)
		if err != nil {
			return err
		}
		if err := w.mustNotBeUndone(l); err != nil {
			return err
		}
		row, err := t.Delivery(ctx, deliveryOf(l, employee))
		first := errors.Is(err, sql.ErrNoRows)
		if err != nil && !first {
			return err
		}
		if first {
			row = newDelivery(l, employee)
		}
		if d.Mail, err = w.mail(ctx, l, row); err != nil {
			return err
		}
		now, err := t.now(ctx)
		if err != nil {
			return err
		}
		lease := row.LeaseUntil
		d.Status = take(&row, now)
		d.Attempts = row.Attempts
		if d.Status == collaboration.DeliveryQueued && row.LeaseUntil.Before(lease) {
			return w.saveDelivery(ctx, row)
		}
		settled := collaboration.DeliveryStatus(row.Status).Settled()
		if d.Status == collaboration.DeliveryQueued || settled && !(l.Kind == collaboration.LetterInvitation && row.Status != w.a.Delivery) {
			return errUnchanged
		}
		if err := w.must(w.state().Pending() || !l.Kind.AsksToApprove() || settled, collaboration.CodeNotPending); err != nil {
			return err
		}
		return w.begun(ctx, l, row, d.Mail.To, first)
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	if err != nil {
		return collaboration.Delivery{}, err
	}
	return d, nil
}

// mustNotBeUndone has an invitation wait that a killed worker's successor asks for
// again: the run forgot what ended the activation, such as the customer's decline,
// and is told of it again.
func (w *work) mustNotBeUndone(l collaboration.Letter) error {
	if !l.Kind.AsksToApprove() || !w.state().Pending() {
		return nil
	}
	for _, undone := range []string{administratorRemoved, solutionDeactivated} {
		if w.has(undone) {
			return collaboration.Errorf(collaboration.CodeUnavailable, "mail: the activation is being undone")
		}
	}
	return nil
}

// begun keeps a mail that is about to be sent.
func (w *work) begun(ctx context.Context, l collaboration.Letter, row db.MailDelivery, to collaboration.Recipient, first bool) error {
	row.ToID, row.ToEmail = to.ID, to.Email
	if !first {
		if err := w.saveDelivery(ctx, row); err != nil {
			return err
		}
	} else if err := w.addDelivery(ctx, l, row, to); err != nil {
		return err
	}
	if l.Kind == collaboration.LetterInvitation {
		w.a.Delivery, w.a.InvitedID, w.a.InvitedName, w.a.InvitedEmail = row.Status, to.ID, to.Name, to.Email
	}
	return w.save(ctx)
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
			if most := now.Add(mailLease); row.LeaseUntil.After(most) { // the clock was ahead when it began
				row.LeaseUntil = most
			}
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

// FinishMail records that the provider took the mail, or that nobody will know.
func (s *Store) FinishMail(ctx context.Context, l collaboration.Letter, employee string, status collaboration.DeliveryStatus, providerID string) error {
	if !status.Settled() {
		return collaboration.Errorf(collaboration.CodeInternal, "%s does not settle a mail", status)
	}
	return s.record(ctx, sent(l, employee, status), func(w *work) error {
		row, err := w.Delivery(ctx, deliveryOf(l, employee))
		if err != nil {
			return missing(err, collaboration.CodeInternal)
		}
		status := status.Further(collaboration.DeliveryStatus(row.Status)) // the provider may have been faster
		row.Status, row.ErrorCode = string(status), ""
		if providerID != "" {
			row.ProviderID = providerID
		}
		if err := w.saveDelivery(ctx, row); err != nil {
			return err
		}
		w.private = w.addressee(row)
		switch l.Kind {
		case collaboration.LetterInvitation:
			return w.invited(l, status)
		case collaboration.LetterReminder:
			w.a.RemindedAt = at(l.At)
		}
		return nil
	})
}

// sent is the step of a mail that went out.
func sent(l collaboration.Letter, employee string, status collaboration.DeliveryStatus) step {
	st := step{activation: l.Activation, by: l.By, at: l.At, action: collaboration.ActionLetterSent, result: string(status)}
	switch l.Kind {
	case collaboration.LetterInvitation:
		st.key, st.action = fmt.Sprintf("invitation_sent:%d", l.Generation), collaboration.ActionInvitationSent
		st.detail = detail{"generation": l.Generation, "delivery": status}
		return st
	case collaboration.LetterReminder:
		st.action = collaboration.ActionReminderSent
	}
	st.key = fmt.Sprintf("letter_sent:%s:%d:%d:%s", l.Kind, l.Generation, l.Number, employee)
	st.detail = detail{"kind": l.Kind, "delivery": status, "number": l.Number}
	if employee != "" {
		st.detail["employee"] = employee
	}
	return st
}

// addressee is the customer's person whom a mail went to. Where the person was
// erased while it was on its way, or it went to the office, there is none.
func (w *work) addressee(row db.MailDelivery) detail {
	if row.EmployeeID != "" || row.ToEmail == "" {
		return nil
	}
	to := detail{"email": row.ToEmail}
	if row.ToID == w.a.InvitedID {
		to["name"] = w.a.InvitedName
	}
	return to
}

// invited moves the activation on. A mail that was answered or withdrawn
// before it was recorded is kept as sent, and changes nothing else.
func (w *work) invited(l collaboration.Letter, status collaboration.DeliveryStatus) error {
	if l.Generation < w.a.Generation {
		return nil
	}
	w.a.Delivery, w.a.Generation = string(status), l.Generation
	w.a.SentAt, w.a.ExpiresAt = at(l.At), at(l.ExpiresAt)
	if w.state() == collaboration.Activating {
		return w.move(collaboration.AwaitingApproval)
	}
	return nil
}

// leaveMail settles an invitation that was answered before it was known what became
// of its mail: the step that mails it ends with the answer. A hand-over that is under
// way may still record that the provider took it.
func (w *work) leaveMail(ctx context.Context, generation int) error {
	row, err := w.Delivery(ctx, deliveryOf(collaboration.Letter{
		Activation: collaboration.ActivationID(w.a.ID), Kind: collaboration.LetterInvitation, Generation: generation,
	}, ""))
	if err != nil {
		return orNone(err)
	}
	mayHaveGone := row.Status == string(collaboration.DeliverySending) || row.Status == string(collaboration.DeliveryFailed) && row.Unknown > 0
	if !mayHaveGone {
		return nil
	}
	row.Status, row.ErrorCode = string(collaboration.DeliveryUnconfirmed), ""
	w.a.Delivery = row.Status
	return w.saveDelivery(ctx, row)
}

// FailMail records that the provider certainly did not take the mail, so that
// another attempt may begin at once.
func (s *Store) FailMail(ctx context.Context, l collaboration.Letter, employee string, code collaboration.Code) error {
	err := s.write(ctx, func(t *tx) error {
		w, err := t.lock(ctx, l.Activation)
		if err != nil {
			return err
		}
		row, err := t.Delivery(ctx, deliveryOf(l, employee))
		if err != nil {
			return missing(err, collaboration.CodeInternal)
		}
		if row.Status != string(collaboration.DeliverySending) {
			return errUnchanged
		}
		row.Status, row.ErrorCode = string(collaboration.DeliveryFailed), string(code)
		if err := t.saveDelivery(ctx, row); err != nil {
			return err
		}
		if l.Kind == collaboration.LetterInvitation {
			w.a.Delivery = row.Status
		}
		return w.save(ctx)
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// mail is what the text of a letter is made of.
func (w *work) mail(ctx context.Context, l collaboration.Letter, row db.MailDelivery) (collaboration.Mail, error) {
	m := collaboration.Mail{DeliveryID: row.ID, Kind: l.Kind, ToOffice: row.EmployeeID != "", ExpiresAt: l.ExpiresAt}
	view, err := w.ActivationRecord(ctx, w.a.ID)
	if err != nil {
		return m, err
	}
	r, err := record(view)
	if err != nil {
		return m, err
	}
	m.Order, m.Agreement, m.Decision, m.FailureCode = r.Order(), r.Agreement, r.Decision, r.FailureCode
	m.InvitedName, m.EndedAt = r.InvitedName, r.EndedAt
	m.OfficeName, m.CustomerName, m.SenderName = r.OfficeName, r.CustomerName, r.RequestedByName
	switch sender, err := w.Employee(ctx, l.By); {
	case err == nil:
		m.SenderName = sender.Name
	case !errors.Is(err, sql.ErrNoRows): // the system sends in the name of who asked
		return m, err
	}
	m.To, err = w.recipient(ctx, l, row.EmployeeID)
	return m, err
}

// recipient is the person that a letter goes to.
func (w *work) recipient(ctx context.Context, l collaboration.Letter, employee string) (collaboration.Recipient, error) {
	if employee != "" {
		e, err := w.Employee(ctx, employee)
		return collaboration.Recipient{ID: e.ID, Name: e.Name, Email: e.Email}, err
	}
	to, err := w.administrator(ctx, cmp.Or(l.Administrator, w.a.InvitedID))
	return collaboration.Recipient{ID: to.ID, Name: to.Name, Email: to.Email}, err
}

// administrator is one of the customer's, or its main contact: where none is
// named, or the one who was is there no more.
func (w *work) administrator(ctx context.Context, id string) (db.Administrator, error) {
	if id != "" {
		a, err := w.Queries.Administrator(ctx, db.AdministratorParams{ID: id, CustomerID: w.a.CustomerID})
		if !errors.Is(err, sql.ErrNoRows) {
			return a, err
		}
	}
	a, err := w.MainContact(ctx, w.a.CustomerID)
	if errors.Is(err, sql.ErrNoRows) {
		err = &collaboration.Error{Code: collaboration.CodeAdministratorMissing}
	}
	return a, err
}

func (t *tx) addDelivery(ctx context.Context, l collaboration.Letter, row db.MailDelivery, to collaboration.Recipient) error {
	err := t.AddDelivery(ctx, db.AddDeliveryParams{
		ID: row.ID, ActivationID: row.ActivationID, Kind: row.Kind, Generation: row.Generation, Number: row.Number,
		EmployeeID: row.EmployeeID, Status: row.Status, Attempts: row.Attempts, Unknown: row.Unknown,
		LeaseUntil: row.LeaseUntil, ToID: row.ToID, ToEmail: row.ToEmail,
	})
	if err != nil || l.Kind != collaboration.LetterInvitation {
		return err
	}
	return t.append(ctx, step{
		activation: l.Activation, key: fmt.Sprintf("invitation_queued:%d", l.Generation),
		action: collaboration.ActionInvitationQueued, by: l.By, at: l.At, detail: detail{"generation": l.Generation},
		private: detail{"name": to.Name, "email": to.Email},
	})
}

func (t *tx) saveDelivery(ctx context.Context, row db.MailDelivery) error {
	return t.SaveDelivery(ctx, db.SaveDeliveryParams{
		ID: row.ID, Status: row.Status, Attempts: row.Attempts, Unknown: row.Unknown, LeaseUntil: row.LeaseUntil,
		ToID: row.ToID, ToEmail: row.ToEmail, ProviderID: row.ProviderID, ErrorCode: row.ErrorCode,
	})
}

func newDelivery(l collaboration.Letter, employee string) db.MailDelivery {
	return db.MailDelivery{
		ID: deliveryID(l, employee), ActivationID: string(l.Activation), Kind: string(l.Kind), Generation: l.Generation,
		Number: l.Number, EmployeeID: employee, Status: string(collaboration.DeliveryQueued),
	}
}

func deliveryOf(l collaboration.Letter, employee string) db.DeliveryParams {
	return db.DeliveryParams{
		ActivationID: string(l.Activation), Kind: string(l.Kind), Generation: l.Generation, Number: l.Number, EmployeeID: employee,
	}
}

// deliveryID is the same for every attempt at a mail, and says nothing.
func deliveryID(l collaboration.Letter, employee string) string {
	name := fmt.Sprintf("%s\x00%s\x00%d", l.Activation, l.Kind, l.Generation)
	if l.Number != 0 || employee != "" {
		name += fmt.Sprintf("\x00%d\x00%s", l.Number, employee)
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}
