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
	return a.send(ctx, i.Letter(), "")
}

// SendLetter mails a letter to everyone it is for. One who cannot be reached
// keeps nobody else from it.
func (a *Activities) SendLetter(ctx context.Context, l collaboration.Letter) error {
	to, err := a.facts.Addressees(ctx, l)
	if err != nil {
		return failure(err)
	}
	var failed error
	for _, employee := range to {
		if err := a.send(ctx, l, employee); err != nil && (failed == nil || !isFinal(err)) {
			failed = err
		}
	}
	return failed
}

// send mails a letter to an employee, or to the customer's person for "".
func (a *Activities) send(ctx context.Context, l collaboration.Letter, employee string) error {
	if isQuickTry(ctx) && !a.quickMail.Allow() {
		// The engine holds the mail queue to its rate: wait there.
		return failure(&collaboration.Error{Code: collaboration.CodeMailRateLimited})
	}
	began := time.Now() // in UTC it would forget the clock that never jumps
	d, err := a.facts.BeginMail(ctx, l, employee)
	if err != nil {
		return failure(err)
	}
	switch d.Status {
	case collaboration.DeliverySending:
		return a.handOver(ctx, l, employee, d.Mail, began)
	case collaboration.DeliveryQueued:
		return failure(&collaboration.Error{Code: collaboration.CodeMailUnavailable, RetryAfter: comeBack})
	default: // settled; a repeat of FinishMail changes nothing
		return failure(a.facts.FinishMail(ctx, l, employee, d.Status, ""))
	}
}

// isQuickTry reports whether this is a local activity, which no queue's rate
// holds back.
func isQuickTry(ctx context.Context) bool {
	return activity.IsActivity(ctx) && activity.GetInfo(ctx).IsLocalActivity
}

// handOver sends apart from the activity's own deadline: a hand-over that was
// begun is finished and recorded, never cut off half-way, because a cut-off
// one may have reached its recipient.
func (a *Activities) handOver(ctx context.Context, l collaboration.Letter, employee string, m collaboration.Mail, began time.Time) error {
	done := make(chan error, 1)
	a.sending.Go(func() {
		ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), began.Add(handOverTimeout))
		defer cancel()
		done <- a.sendAndRecord(ctx, l, employee, m, began)
	})
	select {
	case err := <-done:
		return failure(err)
	case <-ctx.Done():
		return failure(&collaboration.Error{Code: collaboration.CodeMailUnavailable, RetryAfter: comeBack, Cause: ctx.Err()})
	}
}

func (a *Activities) sendAndRecord(ctx context.Context, l collaboration.Letter, employee string, m collaboration.Mail, began time.Time) error {
	sendCtx, cancel := context.WithDeadline(ctx, began.Add(sendTimeout))
	defer cancel()
	m.Link = a.linkOf(l, m)
	providerID, err := a.mailer.Send(sendCtx, m)
	switch code := collaboration.CodeOf(err); code {
	case "":
		return persist(ctx, func() error {
			return a.facts.FinishMail(ctx, l, employee, collaboration.DeliveryAccepted, providerID)
		})
	case collaboration.CodeMailUnconfirmed:
		return err // the lease runs out, and the record then allows one more attempt
	default:
		if recordErr := persist(ctx, func() error { return a.facts.FailMail(ctx, l, employee, code) }); recordErr != nil {
			return recordErr
		}
		return err
	}
}

// linkOf is where a mail's button leads; nowhere in a mail to the office.
func (a *Activities) linkOf(l collaboration.Letter, m collaboration.Mail) string {
	switch {
	case m.ToOffice:
		return ""
	case l.Kind.AsksToApprove():
		return a.links.ApprovalURL(l.Activation, l.Generation, l.ExpiresAt)
	case m.Agreement != nil && l.Kind != collaboration.LetterEnded:
		return a.links.CollaborationURL(l.Activation)
	default:
		return ""
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
