package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// RecordMailEvent records what the provider says of a mail. The report is for
// the activation, also where the event was recorded before: whoever recorded
// it may not have come to report it. There is none for a mail that is not an
// invitation or a reminder, or that is not known.
func (s *Store) RecordMailEvent(ctx context.Context, e collaboration.MailEvent) (report *collaboration.DeliveryReport, err error) {
	row, err := s.read.DeliveryByID(ctx, e.Delivery)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil // another system's, or sent from another database
	}
	if err != nil {
		return nil, failure(err)
	}
	if err := s.record(ctx, delivered(row, e), func(w *work) error { return w.delivered(ctx, row, e) }); err != nil {
		return nil, err
	}
	if !collaboration.LetterKind(row.Kind).AsksToApprove() {
		return nil, nil
	}
	return &collaboration.DeliveryReport{
		ID: "mail:" + row.ID + ":" + string(e.Status), Activation: collaboration.ActivationID(row.ActivationID),
		Generation: row.Generation, Status: e.Status, At: e.At,
	}, nil
}

func delivered(row db.MailDelivery, e collaboration.MailEvent) step {
	action := collaboration.ActionMailDelivered
	if e.Status == collaboration.DeliveryBounced {
		action = collaboration.ActionMailBounced
	}
	return step{
		activation: collaboration.ActivationID(row.ActivationID), key: fmt.Sprintf("%s:%s", action, row.ID),
		action: action, by: collaboration.ActorSystem, at: e.At, detail: detail{"kind": row.Kind, "generation": row.Generation},
	}
}

// delivered moves the mail on, and what the activation says of its invitation:
// also where the provider is faster than our own record of the hand-over.
func (w *work) delivered(ctx context.Context, row db.MailDelivery, e collaboration.MailEvent) error {
	row, err := w.DeliveryByID(ctx, row.ID) // as it is now that the activation is locked
	if err != nil {
		return err
	}
	row.Status = string(collaboration.DeliveryStatus(row.Status).Further(e.Status))
	if err := w.saveDelivery(ctx, row); err != nil {
		return err
	}
	if collaboration.LetterKind(row.Kind).AsksToApprove() && row.Generation >= w.a.Generation {
		w.a.Delivery = string(collaboration.DeliveryStatus(w.a.Delivery).Further(e.Status))
	}
	return nil
}
