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
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/directory"
)

// maxUnknown bounds the attempts with an unknown outcome. Each further attempt may send
// the mail a second time.
const maxUnknown = 2

// MailDeliveries stores each mail before and after it is sent.
type MailDeliveries struct{ *database }

// Addressees returns the recipients of a notification: the ids of employees, and "" for
// the customer's administrator. A program has no address.
func (s MailDeliveries) Addressees(ctx context.Context, l collaboration.Notification) ([]string, error) {
	var to []string
	if l.Kind.ToCustomer() {
		to = append(to, "")
	}
	if !l.Kind.ToOffice() {
		return to, nil
	}
	a, err := s.read.Activation(ctx, string(l.Activation))
	if err != nil {
		return nil, notFound(err, collaboration.CodeActivationNotFound)
	}
	office, err := s.read.OfficeSettings(ctx, a.OfficeID)
	if err != nil {
		return nil, failure(err)
	}
	task, err := s.read.Task(ctx, a.TaskID)
	if err := ignoreNoRows(err); err != nil {
		return nil, err
	}
	return append(to, notified(collaboration.Notified(office.Notify), a.RequestedBy, task.OwnerID)...), nil
}

// notified returns the employees that an office notifies. Without a task the sender is
// notified. A program has no address: the owner is notified instead of it.
func notified(choice collaboration.Notified, sender, owner string) []string {
	switch {
	case collaboration.IsProgram(sender) && owner == "":
		return nil
	case collaboration.IsProgram(sender):
		return []string{owner}
	case owner == "" || owner == sender || choice == collaboration.NotifySender:
		return []string{sender}
	case choice == collaboration.NotifyOwner:
		return []string{owner}
	}
	return []string{sender, owner}
}

// BeginMail stores a mail before it is sent. The returned status decides what the caller
// does: send it (sending), skip it (settled), or retry later (queued: another attempt
// holds the lease).
func (s MailDeliveries) BeginMail(ctx context.Context, l collaboration.Notification, employee string) (collaboration.Delivery, error) {
	var d collaboration.Delivery
	err := s.write(ctx, func(t *tx) error {
		w, err := t.lock(ctx, l.Activation)
		if err != nil {
			return err
		}
		if err := w.requireNoCompensation(l); err != nil {
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
		if d.Mail, err = w.composeInput(ctx, l, row); err != nil {
			return err
		}
		now, err := t.now(ctx)
		if err != nil {
			return err
		}
		lease, before := row.LeaseUntil, row.Status
		d.Status = claim(&row, now)
		d.Attempts = row.Attempts
		if d.Status == collaboration.DeliveryQueued && row.LeaseUntil.Before(lease) {
			return w.saveDelivery(ctx, row)
		}
		settled := collaboration.DeliveryStatus(row.Status).IsSettled()
		if d.Status == collaboration.DeliveryQueued || settled && row.Status == before {
			return errUnchanged
		}
		if err := w.require(w.state().IsPending() || !l.Kind.AsksToApprove() || settled, collaboration.CodeNotPending); err != nil {
			return err
		}
		if err := requireOpenProposal(l, d.Mail.Proposal); err != nil && !settled {
			return err
		}
		if err := requireNoEmployee(ctx, w, l, d.Mail); err != nil && !settled {
			return err
		}
		return w.storeDelivery(ctx, l, row, d.Mail.To, first)
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	if err != nil {
		return collaboration.Delivery{}, err
	}
	return d, nil
}

// requireNoCompensation makes an invitation wait while the activation is compensated.
// The worker that replaces a killed one repeats the invitation before it repeats the
// command that ended the activation, such as the customer's decline.
func (w *stepContext) requireNoCompensation(l collaboration.Notification) error {
	if !l.Kind.AsksToApprove() || !w.state().IsPending() {
		return nil
	}
	for _, compensation := range []string{administratorRemoved, solutionDeactivated} {
		if w.hasStep(compensation) {
			return collaboration.Errorf(collaboration.CodeUnavailable, "mail: the activation is being compensated")
		}
	}
	return nil
}

// requireNoEmployee rejects an invitation or a reminder to an employee of the office, who must
// not answer for the customer. An administrator may have become one since the invitation.
func requireNoEmployee(ctx context.Context, w *stepContext, l collaboration.Notification, m collaboration.Mail) error {
	if !l.Kind.AsksToApprove() || m.ToOffice {
		return nil
	}
	isEmployee, err := w.isEmployeeAddress(ctx, w.a.OfficeID, m.To.Email)
	if err == nil && isEmployee {
		err = &collaboration.Error{Code: collaboration.CodeEmployeeAddress}
	}
	return err
}

// requireOpenProposal rejects a mail that asks for an answer to a proposal that has one.
func requireOpenProposal(l collaboration.Notification, p *collaboration.Proposal) error {
	if !l.Kind.AsksAboutChange() || p.IsOpen() && p.Number == l.Generation {
		return nil
	}
	return &collaboration.Error{Code: collaboration.CodeNotPending}
}

// storeDelivery stores a mail that is about to be sent.
func (w *stepContext) storeDelivery(ctx context.Context, l collaboration.Notification, row db.MailDelivery, to collaboration.Recipient, first bool) error {
	row.ToID, row.ToEmail = column.Text(to.ID), to.Email
	if !first {
		if err := w.saveDelivery(ctx, row); err != nil {
			return err
		}
	} else if err := w.addDelivery(ctx, l, row, to); err != nil {
		return err
	}
	if l.Kind == collaboration.NotificationInvitation {
		if err := setInvitee(ctx, w, l, row, to); err != nil {
			return err
		}
	}
	return w.save(ctx)
}

// claim decides whether the caller may send the mail, and changes the row accordingly.
// Leases count by the database's clock: a worker with a clock that is ahead must not send a
// mail that another worker is sending.
func claim(row *db.MailDelivery, now time.Time) collaboration.DeliveryStatus {
	status := collaboration.DeliveryStatus(row.Status)
	if status.IsSettled() {
		return status
	}
	if status == collaboration.DeliverySending {
		if now.Before(row.LeaseUntil) {
			if most := now.Add(collaboration.MailLease); row.LeaseUntil.After(most) { // the clock was ahead when it began
				row.LeaseUntil = most
			}
			return collaboration.DeliveryQueued
		}
		if row.Unknown++; row.Unknown >= maxUnknown {
			row.Status = string(collaboration.DeliveryUnconfirmed)
			return collaboration.DeliveryUnconfirmed
		}
	}
	row.Status, row.LeaseUntil, row.ErrorCode = string(collaboration.DeliverySending), now.Add(collaboration.MailLease), ""
	row.Attempts++
	return collaboration.DeliverySending
}

// FinishMail stores the final status of a mail: the provider accepted it, it rejected the
// address of an invitation permanently, or the outcome stays unknown.
func (s MailDeliveries) FinishMail(ctx context.Context, l collaboration.Notification, employee string, status collaboration.DeliveryStatus, providerID string) error {
	if !status.IsSettled() {
		return collaboration.Errorf(collaboration.CodeInternal, "%s does not settle a mail", status)
	}
	return s.runStep(ctx, sentStep(l, employee, status), func(w *stepContext) error {
		row, err := w.Delivery(ctx, deliveryOf(l, employee))
		if err != nil {
			return notFound(err, collaboration.CodeInternal)
		}
		status := status.Later(collaboration.DeliveryStatus(row.Status)) // the provider may have been faster
		row.Status, row.ErrorCode = string(status), ""
		if providerID != "" {
			row.ProviderID = providerID
		}
		if err := w.saveDelivery(ctx, row); err != nil {
			return err
		}
		w.private = w.addressee(row)
		switch {
		case l.Kind == collaboration.NotificationInvitation:
			return w.setInvited(ctx, l)
		case l.Kind == collaboration.NotificationReminder && status == collaboration.DeliveryBounced:
			return setDelivery(ctx, w, l.Generation)
		case l.Kind == collaboration.NotificationReminder:
			w.a.RemindedAt = at(l.At)
		}
		return nil
	})
}

// sentStep is the step of a mail that was sent, or of an invitation or a reminder that the
// provider rejected permanently.
func sentStep(l collaboration.Notification, employee string, status collaboration.DeliveryStatus) step {
	st := step{activation: l.Activation, by: l.By, at: l.At, action: collaboration.ActionNotificationSent, result: string(status)}
	st.key = fmt.Sprintf("notification_sent:%s:%d:%d:%s", l.Kind, l.Generation, l.Number, cmp.Or(employee, l.Administrator))
	st.detail = detail{"kind": l.Kind, "delivery": status, "number": l.Number}
	if employee != "" {
		st.detail["employee"] = employee
	}
	switch l.Kind {
	case collaboration.NotificationInvitation:
		st.key, st.action = fmt.Sprintf("invitation_sent:%d:%s", l.Generation, l.Administrator), collaboration.ActionInvitationSent
		st.detail = detail{"generation": l.Generation, "delivery": status}
		if l.Administrator != "" {
			st.detail["administrator"] = l.Administrator
		}
	case collaboration.NotificationReminder:
		st.action = collaboration.ActionReminderSent
	}
	if l.Kind.AsksToApprove() && status == collaboration.DeliveryBounced {
		st.action, st.by = collaboration.ActionMailBounced, collaboration.ActorSystem
		st.detail["kind"] = l.Kind
	}
	return st
}

// addressee is the customer's administrator who received a mail; nil for a mail to the
// office, or after an erasure.
func (w *stepContext) addressee(row db.MailDelivery) detail {
	if row.EmployeeID != "" || row.ToEmail == "" {
		return nil
	}
	to := detail{"email": row.ToEmail}
	if row.ToID == w.a.InvitedID {
		to["name"] = w.a.InvitedName
	}
	return to
}

// setInvited updates the activation after its invitation was sent. An invitation that
// was answered or withdrawn before this step changes nothing else.
func (w *stepContext) setInvited(ctx context.Context, l collaboration.Notification) error {
	if l.Generation < w.a.Generation {
		return nil
	}
	if err := setDelivery(ctx, w, l.Generation); err != nil {
		return err
	}
	w.a.Generation = l.Generation
	w.a.SentAt, w.a.ExpiresAt = at(l.At), at(l.ExpiresAt)
	if w.state() == collaboration.Activating {
		return w.transition(collaboration.AwaitingApproval)
	}
	return nil
}

// markUnconfirmed settles an invitation that was answered before the outcome of its mail
// is known: the step that sends it ends with the answer. An attempt that is still
// running can store that the provider accepted the mail.
func (w *stepContext) markUnconfirmed(ctx context.Context, generation int) error {
	rows, err := w.InvitationDeliveries(ctx, db.InvitationDeliveriesParams{ActivationID: w.a.ID, Generation: generation})
	if err != nil {
		return err
	}
	for _, row := range recipientsOf(rows) {
		mayHaveGone := row.Status == string(collaboration.DeliverySending) || row.Status == string(collaboration.DeliveryFailed) && row.Unknown > 0
		if !mayHaveGone {
			continue
		}
		row.Status, row.ErrorCode = string(collaboration.DeliveryUnconfirmed), ""
		if err := w.saveDelivery(ctx, row); err != nil {
			return err
		}
		if err := setDelivery(ctx, w, generation); err != nil {
			return err
		}
	}
	return nil
}

// FailMail stores that the provider rejected the mail, so that another attempt can begin
// at once.
func (s MailDeliveries) FailMail(ctx context.Context, l collaboration.Notification, employee string, code collaboration.Code) error {
	err := s.write(ctx, func(t *tx) error {
		w, err := t.lock(ctx, l.Activation)
		if err != nil {
			return err
		}
		row, err := t.Delivery(ctx, deliveryOf(l, employee))
		if err != nil {
			return notFound(err, collaboration.CodeInternal)
		}
		if row.Status != string(collaboration.DeliverySending) {
			return errUnchanged
		}
		row.Status, row.ErrorCode = string(collaboration.DeliveryFailed), string(code)
		if err := t.saveDelivery(ctx, row); err != nil {
			return err
		}
		if l.Kind == collaboration.NotificationInvitation {
			if err := setDelivery(ctx, w, l.Generation); err != nil {
				return err
			}
		}
		return w.save(ctx)
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// composeInput returns the data for the text of a mail.
func (w *stepContext) composeInput(ctx context.Context, l collaboration.Notification, row db.MailDelivery) (collaboration.Mail, error) {
	m := collaboration.Mail{DeliveryID: row.ID, Kind: l.Kind, ToOffice: row.EmployeeID != "", ExpiresAt: l.ExpiresAt}
	view, err := w.ActivationDetail(ctx, w.a.ID)
	if err != nil {
		return m, err
	}
	r, err := toActivation(view)
	if err != nil {
		return m, err
	}
	m.Order, m.Agreement, m.Decision, m.FailureCode = r.Order(), r.Agreement, r.Decision, r.FailureCode
	if l.Kind == collaboration.NotificationApproved || l.Kind == collaboration.NotificationChangeApproved {
		if m.Approval, err = lastApproval(ctx, w.Queries, l.Activation); err != nil {
			return m, err
		}
	}
	m.InvitedName, m.InvitedEmail, m.EndedAt, m.Proposal = r.InvitedName, r.InvitedEmail, r.EndedAt, r.Proposal
	if l.Kind == collaboration.NotificationExpired {
		m.ExpiresAt = r.ExpiresAt
	}
	m.OfficeName, m.CustomerName = r.OfficeName, r.CustomerName
	if m.ToOffice {
		office, err := w.OfficeSettings(ctx, r.OfficeID)
		if err != nil {
			return m, err
		}
		m.OfficeLocale = collaboration.Locale(office.Locale)
	}
	if !collaboration.IsProgram(r.RequestedBy) { // otherwise the office sends
		m.SenderName = r.RequestedByName
	}
	m.OfficeEmail, m.OfficePhone, m.OfficeSender = r.OfficeEmail, r.OfficePhone, string(view.OfficeSender)
	if r.OfficeLogo != "" && !m.ToOffice {
		row, err := w.OfficeLogo(ctx, r.OfficeID)
		switch {
		case err == nil:
			logo := directory.NewLogo(row)
			m.OfficeLogo = &logo
		case !errors.Is(err, sql.ErrNoRows): // otherwise it was just removed
			return m, err
		}
	}
	switch sender, err := w.Employee(ctx, l.By); {
	case err == nil && collaboration.IsProgram(sender.ID):
	case err == nil:
		m.SenderName = sender.Name
	case !errors.Is(err, sql.ErrNoRows): // the system sends in the name of the requesting employee
		return m, err
	}
	if l.Kind.Confirms() {
		last, err := w.LastAuditRow(ctx, w.a.ID)
		if err != nil {
			return m, err
		}
		m.SignedHead = signedHead(last).String()
	}
	if l.Kind == collaboration.NotificationBounced && l.Administrator != "" {
		if m.InvitedName, m.InvitedEmail, err = bouncedRecipient(ctx, w, l); err != nil {
			return m, err
		}
	}
	if l.Kind == collaboration.NotificationHandedOn && l.Administrator != r.InvitedID { // handed on again since
		colleague, err := w.Queries.Administrator(ctx, db.AdministratorParams{ID: l.Administrator, CustomerID: w.a.CustomerID})
		if m.InvitedName, m.InvitedEmail = colleague.Name, colleague.Email; ignoreNoRows(err) != nil {
			return m, err
		}
	}
	if m.DecidedBy, err = decidedBy(ctx, w, r, l); err != nil {
		return m, err
	}
	m.To, err = w.recipient(ctx, l, string(row.EmployeeID))
	return m, err
}

// recipient returns the recipient of a notification.
func (w *stepContext) recipient(ctx context.Context, l collaboration.Notification, employee string) (collaboration.Recipient, error) {
	if employee != "" {
		e, err := w.Employee(ctx, employee)
		return collaboration.Recipient{ID: e.ID, Name: e.Name, Email: e.Email}, err
	}
	id := cmp.Or(l.Administrator, string(w.a.InvitedID))
	to, err := w.administrator(ctx, id)
	isMissing := collaboration.CodeOf(err) == collaboration.CodeAdministratorMissing
	wasRemoved := err == nil && to.ID != id && id == string(w.a.InvitedID)
	if l.Kind == collaboration.NotificationDeclined && w.a.InvitedEmail != "" && (isMissing || wasRemoved) {
		// The compensation has removed the administrator that this activation had created.
		return collaboration.Recipient{ID: string(w.a.InvitedID), Name: w.a.InvitedName, Email: w.a.InvitedEmail}, nil
	}
	return collaboration.Recipient{ID: to.ID, Name: to.Name, Email: to.Email}, err
}

// administrator returns an administrator of the customer by id. It returns the main
// contact for "" or a removed administrator.
func (w *stepContext) administrator(ctx context.Context, id string) (db.Administrator, error) {
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

func (t *tx) addDelivery(ctx context.Context, l collaboration.Notification, row db.MailDelivery, to collaboration.Recipient) error {
	err := t.AddDelivery(ctx, db.AddDeliveryParams{
		ID: row.ID, ActivationID: row.ActivationID, OfficeID: t.chain.office, Kind: row.Kind, Generation: row.Generation, Number: row.Number,
		EmployeeID: row.EmployeeID, AdministratorID: row.AdministratorID, Status: row.Status, Attempts: row.Attempts, Unknown: row.Unknown,
		LeaseUntil: row.LeaseUntil, ToID: row.ToID, ToEmail: row.ToEmail,
	})
	if err != nil || l.Kind != collaboration.NotificationInvitation {
		return err
	}
	return t.append(ctx, step{
		activation: l.Activation, key: fmt.Sprintf("invitation_queued:%d:%s", l.Generation, l.Administrator),
		action: collaboration.ActionInvitationQueued, by: l.By, at: l.At, detail: detail{"generation": l.Generation, "administrator": to.ID},
		private: detail{"name": to.Name, "email": to.Email},
	})
}

func (t *tx) saveDelivery(ctx context.Context, row db.MailDelivery) error {
	return t.SaveDelivery(ctx, db.SaveDeliveryParams{
		ID: row.ID, Status: row.Status, Attempts: row.Attempts, Unknown: row.Unknown, LeaseUntil: row.LeaseUntil,
		ToID: row.ToID, ToEmail: row.ToEmail, ProviderID: row.ProviderID, ErrorCode: row.ErrorCode,
	})
}

func newDelivery(l collaboration.Notification, employee string) db.MailDelivery {
	return db.MailDelivery{
		AdministratorID: column.Text(administratorOf(l, employee)),
		ID:              deliveryID(l, employee), ActivationID: string(l.Activation), Kind: string(l.Kind), Generation: l.Generation,
		Number: l.Number, EmployeeID: column.Text(employee), Status: string(collaboration.DeliveryQueued),
	}
}

// administratorOf returns the administrator of a delivery; "" for one to an employee.
func administratorOf(l collaboration.Notification, employee string) string {
	if employee != "" {
		return ""
	}
	return l.Administrator
}

func deliveryOf(l collaboration.Notification, employee string) db.DeliveryParams {
	return db.DeliveryParams{
		ActivationID: string(l.Activation), Kind: string(l.Kind), Generation: l.Generation, Number: l.Number, EmployeeID: employee,
		AdministratorID: administratorOf(l, employee),
	}
}

// deliveryID returns the same ID for every attempt at a mail. As a hash, it reveals
// no address to the provider.
func deliveryID(l collaboration.Notification, employee string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%d\x00%s\x00%s", l.Activation, l.Kind, l.Generation, l.Number, employee, administratorOf(l, employee)))
	return hex.EncodeToString(sum[:16])
}
