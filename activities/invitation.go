package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"countersign/collaboration"
)

const (
	// sendTimeout bounds one hand-over to the mail provider, and handOverTimeout
	// that and the recording of what came of it, both counted from before the
	// store leased the mail. The lease is longer: its holder is done before
	// anyone else may try.
	sendTimeout     = 20 * time.Second
	handOverTimeout = 25 * time.Second
	// comeBack is when to look again at a mail that another attempt is sending.
	comeBack = 3 * time.Second
)

// SendInvitation mails the invitation and records it before and after. A
// repeat sends nothing that the record shows as sent.
func (a *Activities) SendInvitation(ctx context.Context, i collaboration.Invitation) error {
	if isQuickTry(ctx) && !a.quickMail.Allow() {
		// The engine holds the mail queue to its rate: wait there.
		return failure(&collaboration.Error{Code: collaboration.CodeMailRateLimited})
	}
	began := time.Now().UTC()
	d, err := a.facts.BeginInvitation(ctx, i, began)
	if err != nil {
		return failure(err)
	}
	switch d.Status {
	case collaboration.DeliverySending:
		return a.handOver(ctx, i, d, began)
	case collaboration.DeliveryQueued:
		return failure(&collaboration.Error{Code: collaboration.CodeMailUnavailable, RetryAfter: comeBack})
	default: // settled; a repeat of FinishInvitation changes nothing
		return failure(a.facts.FinishInvitation(ctx, i, d.Status, ""))
	}
}

// isQuickTry reports whether this is a local activity, which no queue's rate
// holds back.
func isQuickTry(ctx context.Context) bool {
	return activity.IsActivity(ctx) && activity.GetInfo(ctx).IsLocalActivity
}

// handOver sends apart from the activity's own deadline: a hand-over that was
// begun is finished and recorded, never cut off half-way, because a cut-off
// one may have reached the customer.
func (a *Activities) handOver(ctx context.Context, i collaboration.Invitation, d collaboration.Delivery, began time.Time) error {
	done := make(chan error, 1)
	a.sending.Go(func() {
		ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), began.Add(handOverTimeout))
		defer cancel()
		done <- a.sendAndRecord(ctx, i, d, began)
	})
	select {
	case err := <-done:
		return failure(err)
	case <-ctx.Done():
		return failure(&collaboration.Error{Code: collaboration.CodeMailUnavailable, RetryAfter: comeBack, Cause: ctx.Err()})
	}
}

func (a *Activities) sendAndRecord(ctx context.Context, i collaboration.Invitation, d collaboration.Delivery, began time.Time) error {
	sendCtx, cancel := context.WithDeadline(ctx, began.Add(sendTimeout))
	defer cancel()
	providerID, err := a.mailer.SendInvitation(sendCtx, collaboration.InvitationMail{
		DeliveryID: d.ID, To: d.To, OfficeName: d.OfficeName, SenderName: d.SenderName,
		CustomerName: d.CustomerName, Order: i.Order, ExpiresAt: i.ExpiresAt,
		Link: a.links.ApprovalURL(i.Order.Activation, i.Generation, i.ExpiresAt),
	})
	switch code := collaboration.CodeOf(err); code {
	case "":
		return persist(ctx, func() error {
			return a.facts.FinishInvitation(ctx, i, collaboration.DeliveryAccepted, providerID)
		})
	case collaboration.CodeMailUnconfirmed:
		return err // the lease runs out, and the record then allows one more attempt
	default:
		if recordErr := persist(ctx, func() error { return a.facts.FailInvitation(ctx, i, code) }); recordErr != nil {
			return recordErr
		}
		return err
	}
}

// persist records what cannot be asked again, for as long as the context
// allows: what is known now and not recorded would be another mail later.
func persist(ctx context.Context, record func() error) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := record()
		if err == nil || !collaboration.CodeOf(err).Retryable() {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}
