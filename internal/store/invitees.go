package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
)

// Invitees returns the administrators that receive an invitation or a reminder. A reminder
// goes to the recipients of the invitation without a bounced mail.
func (s MailDeliveries) Invitees(ctx context.Context, l collaboration.Notification) ([]string, error) {
	if l.Kind == collaboration.NotificationReminder {
		rows, err := s.read.InvitationDeliveries(ctx, db.InvitationDeliveriesParams{ActivationID: string(l.Activation), Generation: l.Generation})
		return remindable(rows), failure(err)
	}
	if l.Administrator != "" {
		return []string{l.Administrator}, nil
	}
	a, err := s.read.Activation(ctx, string(l.Activation))
	if err != nil {
		return nil, notFound(err, collaboration.CodeActivationNotFound)
	}
	administrators, err := s.read.AdministratorsToInvite(ctx, db.AdministratorsToInviteParams{CustomerID: a.CustomerID, MaxRows: collaboration.MaxInvited})
	if err != nil {
		return nil, failure(err)
	}
	var ids []string
	for _, each := range administrators {
		ofOffice, err := Directory(s).IsEmployeeAddress(ctx, a.OfficeID, each.Email)
		if err != nil {
			return nil, err
		}
		if !ofOffice {
			ids = append(ids, each.ID)
		}
	}
	if len(ids) == 0 {
		err = &collaboration.Error{Code: collaboration.CodeAdministratorMissing}
	}
	return ids, err
}

// recipientsOf returns the delivery of the invitation to each recipient, with what the
// provider reported about its reminders. The invitations are first in rows.
func recipientsOf(rows []db.MailDelivery) (recipients []db.MailDelivery) {
	for _, row := range rows {
		i := slices.IndexFunc(recipients, func(r db.MailDelivery) bool { return r.AdministratorID == row.AdministratorID })
		switch status := collaboration.DeliveryStatus(row.Status); {
		case row.Kind == string(collaboration.NotificationInvitation):
			recipients = append(recipients, row)
		case i >= 0 && (status == collaboration.DeliveryBounced || status == collaboration.DeliveryDelivered):
			recipients[i].Status = string(collaboration.DeliveryStatus(recipients[i].Status).Later(status))
		}
	}
	return recipients
}

func remindable(rows []db.MailDelivery) (ids []string) {
	for _, r := range recipientsOf(rows) {
		if r.Status != string(collaboration.DeliveryBounced) {
			ids = append(ids, string(r.AdministratorID))
		}
	}
	return ids
}

// deliveryToAll returns the status of a generation's invitation to all its recipients.
func deliveryToAll(rows []db.MailDelivery) collaboration.DeliveryStatus {
	var all []collaboration.DeliveryStatus
	for _, r := range recipientsOf(rows) {
		all = append(all, collaboration.DeliveryStatus(r.Status))
	}
	return collaboration.Furthest(all)
}

// setDelivery updates the delivery of the activation after that of a recipient was saved.
func setDelivery(ctx context.Context, w *stepContext, generation int) error {
	if generation < w.a.Generation {
		return nil
	}
	rows, err := w.InvitationDeliveries(ctx, db.InvitationDeliveriesParams{ActivationID: w.a.ID, Generation: generation})
	if status := deliveryToAll(rows); err == nil && status != "" {
		w.a.Delivery = column.Text(status)
	}
	return err
}

// setInvitee makes the first recipient of a generation the invited one.
func setInvitee(ctx context.Context, w *stepContext, l collaboration.Notification, row db.MailDelivery, to collaboration.Recipient) error {
	rows, err := w.InvitationDeliveries(ctx, db.InvitationDeliveriesParams{ActivationID: w.a.ID, Generation: l.Generation})
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(rows, func(other db.MailDelivery) bool { return other.ID != row.ID }) {
		w.a.InvitedID, w.a.InvitedName, w.a.InvitedEmail = column.Text(to.ID), to.Name, to.Email
	}
	return setDelivery(ctx, w, l.Generation)
}

// bouncedRecipient returns the recipient of the bounced mail, with the address to which it was sent:
// the administrator may have another one by now.
func bouncedRecipient(ctx context.Context, w *stepContext, l collaboration.Notification) (name, email string, err error) {
	rows, err := w.InvitationDeliveries(ctx, db.InvitationDeliveriesParams{ActivationID: w.a.ID, Generation: l.Generation})
	if err != nil {
		return "", "", err
	}
	name, err = personName(ctx, w, l.Administrator)
	if i := slices.IndexFunc(rows, func(d db.MailDelivery) bool { return string(d.ToID) == l.Administrator }); i >= 0 {
		email = rows[i].ToEmail
	}
	return name, email, err
}

// decidedBy returns the name of the administrator who answered or handed the invitation on; ""
// for none, and after an erasure.
func decidedBy(ctx context.Context, w *stepContext, r collaboration.Activation, l collaboration.Notification) (string, error) {
	if l.Kind == collaboration.NotificationHandedOn {
		return personName(ctx, w, l.By)
	}
	d := r.Decision
	if l.Kind == collaboration.NotificationChangeApproved || l.Kind == collaboration.NotificationChangeDeclined {
		if d = nil; r.Proposal != nil {
			d = r.Proposal.Decision
		}
	}
	if d == nil {
		return "", nil
	}
	return personName(ctx, w, d.By)
}

// personName returns the name of an administrator of the customer, or of the invited person
// after the compensation has removed it; "" for another id.
func personName(ctx context.Context, w *stepContext, id string) (string, error) {
	a, err := w.Queries.Administrator(ctx, db.AdministratorParams{ID: id, CustomerID: w.a.CustomerID})
	if errors.Is(err, sql.ErrNoRows) {
		if err = nil; id == string(w.a.InvitedID) {
			a.Name = w.a.InvitedName
		}
	}
	return a.Name, err
}
