package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

// MailStore stores the deliveries of mails, one for each recipient.
type MailStore interface {
	// Invitees returns the administrators that receive an invitation or a reminder.
	Invitees(context.Context, collaboration.Notification) ([]string, error)
	// Addressees returns the recipients of another notification: the ids of employees, and
	// "" for the customer's person.
	Addressees(context.Context, collaboration.Notification) ([]string, error)
	BeginMail(ctx context.Context, n collaboration.Notification, employee string) (collaboration.Delivery, error)
	FinishMail(ctx context.Context, n collaboration.Notification, employee string, status collaboration.DeliveryStatus, providerID string) error
	FailMail(ctx context.Context, n collaboration.Notification, employee string, code collaboration.Code) error
}

// Mailer composes and sends a mail. Its errors are of the catalogue; after
// CodeMailUnconfirmed the mail may have been sent.
type Mailer interface {
	Send(context.Context, collaboration.Mail) (providerID string, err error)
	SendDirectoryMail(context.Context, collaboration.DirectoryMail) (providerID string, err error)
}

// Links builds the URLs of the buttons in mails.
type Links interface {
	// ApprovalURL opens the page on which the customer approves or declines.
	ApprovalURL(id collaboration.ActivationID, generation int, expires time.Time) string
	// CollaborationURL opens a running collaboration, for the customer's administrators.
	CollaborationURL(id collaboration.ActivationID) string
	// ActivationURL opens the activation, for the office's employees.
	ActivationURL(id collaboration.ActivationID) string
	// HomeURL opens the product.
	HomeURL() string
}

// Limiter is a rate limit. Allow reports whether one more request is within it.
type Limiter interface{ Allow() bool }

const (
	// sendTimeout bounds one request to the mail provider; dispatchTimeout bounds the
	// request and storing its result. Both start before the store leases the mail, and
	// the lease is longer: its holder is done before another attempt can begin.
	sendTimeout     = 20 * time.Second
	dispatchTimeout = 25 * time.Second
	// leaseRetryDelay is the retry delay for a mail that another attempt has leased.
	leaseRetryDelay = 3 * time.Second
)

// SendInvitation mails the invitation to each invitee. The delivery is stored before and
// after, so a repeat does not send a mail that is stored as sent. It returns a report for each
// address that the provider rejected permanently: like a bounce, it needs a correction. It
// fails without a retry only if no mail can be sent for other reasons.
func (a *Activities) SendInvitation(ctx context.Context, n collaboration.Notification) ([]message.Report, error) {
	return a.sendToInvitees(ctx, n)
}

func (a *Activities) sendToInvitees(ctx context.Context, n collaboration.Notification) (bounced []message.Report, err error) {
	invitees, err := a.store.Invitees(ctx, n)
	if err != nil {
		return nil, failure(err)
	}
	var rejected, unsent error
	sent := 0
	for _, n.Administrator = range invitees {
		switch err := a.send(ctx, n, ""); {
		case err == nil:
			sent++
		case temporalx.CodeOf(err) == collaboration.CodeMailRejected:
			bounced = append(bounced, message.Report{Generation: n.Generation, Status: collaboration.DeliveryBounced, Administrator: n.Administrator})
		case temporalx.IsNonRetryable(err):
			rejected = err
		default:
			unsent = err
		}
	}
	if unsent != nil {
		return nil, unsent
	}
	if sent+len(bounced) == 0 {
		return nil, rejected
	}
	for i := range bounced {
		bounced[i].Partial = sent > 0
	}
	return bounced, nil
}

// SendNotification mails a notification to all its recipients. A failure for one recipient
// does not stop the others. It returns the reports of SendInvitation for a reminder.
func (a *Activities) SendNotification(ctx context.Context, n collaboration.Notification) ([]message.Report, error) {
	if n.Kind.AsksToApprove() {
		return a.sendToInvitees(ctx, n)
	}
	to, err := a.store.Addressees(ctx, n)
	if err != nil {
		return nil, failure(err)
	}
	var failed error
	for _, employee := range to {
		if err := a.send(ctx, n, employee); err != nil && (failed == nil || !temporalx.IsNonRetryable(err)) {
			failed = err
		}
	}
	return nil, failed
}

// send mails a notification to an employee, or to the customer's person for "".
func (a *Activities) send(ctx context.Context, n collaboration.Notification, employee string) error {
	if isLocalActivity(ctx) && !a.localMail.Allow() {
		// The workflow continues on the mail queue. Temporal limits its rate.
		return failure(&collaboration.Error{Code: collaboration.CodeMailRateLimited})
	}
	began := time.Now() // not in UTC: that would drop the monotonic clock reading
	d, err := a.store.BeginMail(ctx, n, employee)
	if err != nil {
		return failure(err)
	}
	switch d.Status {
	case collaboration.DeliverySending:
		return a.dispatch(ctx, n, employee, d.Mail, began)
	case collaboration.DeliveryQueued:
		return failure(&collaboration.Error{Code: collaboration.CodeMailUnavailable, RetryAfter: leaseRetryDelay})
	default: // settled; a repeat of FinishMail changes nothing
		err := a.store.FinishMail(ctx, n, employee, d.Status, "")
		if err == nil && d.Status == collaboration.DeliveryBounced && n.Kind.AsksToApprove() {
			err = &collaboration.Error{Code: collaboration.CodeMailRejected}
		}
		return failure(err)
	}
}

// isLocalActivity reports whether this is a local activity, which no task queue limits.
func isLocalActivity(ctx context.Context) bool {
	return activity.IsActivity(ctx) && activity.GetInfo(ctx).IsLocalActivity
}

// dispatch sends in a goroutine that ignores the activity's deadline. A request that was
// started always completes and is stored, because an aborted one may have been delivered.
func (a *Activities) dispatch(ctx context.Context, n collaboration.Notification, employee string, m collaboration.Mail, began time.Time) error {
	done := make(chan error, 1)
	a.sending.Go(func() {
		ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), began.Add(dispatchTimeout))
		defer cancel()
		done <- a.sendAndRecord(ctx, n, employee, m, began)
	})
	select {
	case err := <-done:
		return failure(err)
	case <-ctx.Done():
		return failure(&collaboration.Error{Code: collaboration.CodeMailUnavailable, RetryAfter: leaseRetryDelay, Cause: ctx.Err()})
	}
}

func (a *Activities) sendAndRecord(ctx context.Context, n collaboration.Notification, employee string, m collaboration.Mail, began time.Time) error {
	sendCtx, cancel := context.WithDeadline(ctx, began.Add(sendTimeout))
	defer cancel()
	m.Link = linkOf(a.links, n, m)
	providerID, err := a.mailer.Send(sendCtx, m)
	finish := func(status collaboration.DeliveryStatus) error {
		return retryUntilStored(ctx, func() error { return a.store.FinishMail(ctx, n, employee, status, providerID) })
	}
	var recordErr error
	switch code := collaboration.CodeOf(err); {
	case code == "":
		return finish(collaboration.DeliveryAccepted)
	case code == collaboration.CodeMailUnconfirmed: // the lease runs out, and the record then allows one more attempt
	case code == collaboration.CodeMailRejected && n.Kind.AsksToApprove(): // a further attempt needs another address
		recordErr = finish(collaboration.DeliveryBounced)
	default:
		recordErr = retryUntilStored(ctx, func() error { return a.store.FailMail(ctx, n, employee, code) })
	}
	if recordErr != nil {
		return recordErr
	}
	return err
}

// linkOf is the URL of a mail's button. Every mail to the office has one.
func linkOf(l Links, n collaboration.Notification, m collaboration.Mail) string {
	switch {
	case m.ToOffice:
		return l.ActivationURL(n.Activation)
	case n.Kind.AsksToApprove():
		return l.ApprovalURL(n.Activation, n.Generation, n.ExpiresAt)
	case n.Kind == collaboration.NotificationDeclined && m.Decision != nil:
		// The page of a decided invitation does not expire.
		return l.ApprovalURL(n.Activation, m.Decision.Generation, n.At)
	case m.Agreement != nil && n.Kind != collaboration.NotificationEnded:
		return l.CollaborationURL(n.Activation)
	default:
		return ""
	}
}

// retryUntilStored retries storing the provider's answer until the context ends. An answer that is
// not stored would cause a second mail.
func retryUntilStored(ctx context.Context, record func() error) error {
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
