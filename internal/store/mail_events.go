package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/store/db"
)

// RecordMailEvent stores an event of the mail provider. It returns the command that
// reports the event to the activation, until MarkMailEventReported: an earlier attempt may
// not have sent it. The command is nil for unknown mails and for other mails than
// invitations and reminders.
func (s MailDeliveries) RecordMailEvent(ctx context.Context, e collaboration.MailEvent) (report *message.Command, err error) {
	row, err := s.deliveryOf(ctx, e)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil // another system's, or sent from another database
	}
	if err != nil {
		return nil, failure(err)
	}
	if err := s.runStep(ctx, deliveryStep(row, e), func(w *stepContext) error { return w.setDelivered(ctx, row, e) }); err != nil {
		return nil, err
	}
	if !collaboration.NotificationKind(row.Kind).AsksToApprove() || row.Reported == string(e.Status) {
		return nil, nil
	}
	rows, err := s.read.InvitationDeliveries(ctx, db.InvitationDeliveriesParams{ActivationID: row.ActivationID, Generation: row.Generation})
	if err != nil {
		return nil, failure(err)
	}
	return &message.Command{
		ID: "mail:" + row.ID + ":" + string(e.Status), Activation: collaboration.ActivationID(row.ActivationID),
		Kind: collaboration.CommandReport, By: collaboration.ActorSystem, At: e.At,
		Report: &message.Report{
			Generation: row.Generation, Status: e.Status, Administrator: string(row.AdministratorID),
			Partial: deliveryToAll(rows) != collaboration.DeliveryBounced,
		},
	}, nil
}

// MarkMailEventReported stores that the activation's workflow was told an event.
func (s MailDeliveries) MarkMailEventReported(ctx context.Context, e collaboration.MailEvent) error {
	row, err := s.deliveryOf(ctx, e) // not in the transaction, which holds a connection already
	if err != nil {
		return notFound(err, collaboration.CodeNotFound)
	}
	return s.write(ctx, func(t *tx) error {
		return t.SetDeliveryReported(ctx, db.SetDeliveryReportedParams{ID: row.ID, Reported: string(e.Status)})
	})
}

// deliveryOf returns the mail of an event, by its own id or by the provider's.
func (s MailDeliveries) deliveryOf(ctx context.Context, e collaboration.MailEvent) (db.MailDelivery, error) {
	if e.Delivery != "" {
		return s.read.DeliveryByID(ctx, e.Delivery)
	}
	return s.read.DeliveryByProviderID(ctx, e.ProviderID)
}

func deliveryStep(row db.MailDelivery, e collaboration.MailEvent) step {
	action := collaboration.ActionMailDelivered
	if e.Status == collaboration.DeliveryBounced {
		action = collaboration.ActionMailBounced
	}
	return step{
		activation: collaboration.ActivationID(row.ActivationID), key: fmt.Sprintf("%s:%s", action, row.ID),
		action: action, by: collaboration.ActorSystem, at: e.At, detail: detail{"kind": row.Kind, "generation": row.Generation},
	}
}

// setDelivered updates the mail and the invitation's delivery. The event can be faster
// than FinishMail.
func (w *stepContext) setDelivered(ctx context.Context, row db.MailDelivery, e collaboration.MailEvent) error {
	row, err := w.DeliveryByID(ctx, row.ID) // as it is now that the activation is locked
	if err != nil {
		return err
	}
	row.Status = string(collaboration.DeliveryStatus(row.Status).Later(e.Status))
	if err := w.saveDelivery(ctx, row); err != nil {
		return err
	}
	if collaboration.NotificationKind(row.Kind).AsksToApprove() {
		return setDelivery(ctx, w, row.Generation)
	}
	return nil
}
