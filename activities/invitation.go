package activities

import (
	"context"
	"time"

	"countersign/collaboration"
)

const (
	// sendTimeout bounds one hand-over to the mail provider. It is shorter
	// than the store's lease on a mail, so that an outcome is recorded before
	// anyone else may try.
	sendTimeout = 20 * time.Second
	// comeBack is when to look again at a mail that another attempt is sending.
	comeBack = 3 * time.Second
)

// SendInvitation mails the invitation and records it before and after. A
// repeat sends nothing that the record shows as sent.
func (a *Activities) SendInvitation(ctx context.Context, i collaboration.Invitation) error {
	d, err := a.facts.BeginInvitation(ctx, i, time.Now().UTC())
	if err != nil {
		return failure(err)
	}
	switch d.Status {
	case collaboration.DeliverySending:
		return a.handOver(ctx, i, d)
	case collaboration.DeliveryQueued:
		return failure(&collaboration.Error{Code: collaboration.CodeMailUnavailable, RetryAfter: comeBack})
	default: // settled; a repeat of FinishInvitation changes nothing
		return failure(a.facts.FinishInvitation(ctx, i, d.Status, ""))
	}
}

// handOver sends apart from the activity's own deadline: a hand-over that was
// begun is finished and recorded, never cut off half-way, because a cut-off
// one may have reached the customer.
func (a *Activities) handOver(ctx context.Context, i collaboration.Invitation, d collaboration.Delivery) error {
	done := make(chan error, 1)
	a.sending.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout+5*time.Second)
		defer cancel()
		done <- a.sendAndRecord(ctx, i, d)
	})
	select {
	case err := <-done:
		return failure(err)
	case <-ctx.Done():
		return failure(&collaboration.Error{Code: collaboration.CodeMailUnavailable, RetryAfter: comeBack, Cause: ctx.Err()})
	}
}

func (a *Activities) sendAndRecord(ctx context.Context, i collaboration.Invitation, d collaboration.Delivery) error {
	sendCtx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	providerID, err := a.mailer.SendInvitation(sendCtx, collaboration.InvitationMail{
		DeliveryID: d.ID, To: d.To, OfficeName: d.OfficeName, SenderName: d.SenderName,
		CustomerName: d.CustomerName, Order: i.Order, ExpiresAt: i.ExpiresAt,
		Link: a.links.ApprovalURL(i.Order.Activation, i.Generation, i.ExpiresAt),
	})
	switch code := collaboration.CodeOf(err); code {
	case "":
		return a.facts.FinishInvitation(ctx, i, collaboration.DeliveryAccepted, providerID)
	case collaboration.CodeMailUnconfirmed:
		return err // the lease runs out, and the record then allows one more attempt
	default:
		if recordErr := a.facts.FailInvitation(ctx, i, code); recordErr != nil {
			return recordErr
		}
		return err
	}
}
