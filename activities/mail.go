package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"countersign/collaboration"
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
// after, so a repeat does not send a mail that is stored as sent. It fails without a retry
// only if the mail to every invitee was rejected.
func (a *Activities) SendInvitation(ctx context.Context, n collaboration.Notification) error {
	return a.sendToInvitees(ctx, n)
}

func (a *Activities) sendToInvitees(ctx context.Context, n collaboration.Notification) error {
	invitees, err := a.store.Invitees(ctx, n)
	if err != nil {
		return failure(err)
	}
	var rejected, unsent error
	sent := 0
	for _, n.Administrator = range invitees {
		switch err := a.send(ctx, n, ""); {
		case err == nil:
			sent++
		case temporalx.IsNonRetryable(err):
			rejected = err
		default:
			unsent = err
		}
	}
	if unsent == nil && sent == 0 {
		return rejected
	}
	return unsent
}

// SendNotification mails a notification to all its recipients. A failure for one recipient
// does not stop the others.
func (a *Activities) SendNotification(ctx context.Context, n collaboration.Notification) error {
	if n.Kind.AsksToApprove() {
		return a.sendToInvitees(ctx, n)
	}
	to, err := a.store.Addressees(ctx, n)
	if err != nil {
		return failure(err)
	}
	var failed error
	for _, employee := range to {
		if err := a.send(ctx, n, employee); err != nil && (failed == nil || !temporalx.IsNonRetryable(err)) {
			failed = err
		}
	}
	return failed
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
		return failure(a.store.FinishMail(ctx, n, employee, d.Status, ""))
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
	switch code := collaboration.CodeOf(err); code {
	case "":
		return retryUntilStored(ctx, func() error {
			return a.store.FinishMail(ctx, n, employee, collaboration.DeliveryAccepted, providerID)
		})
	case collaboration.CodeMailUnconfirmed:
		return err // the lease runs out, and the record then allows one more attempt
	default:
		if recordErr := retryUntilStored(ctx, func() error { return a.store.FailMail(ctx, n, employee, code) }); recordErr != nil {
			return recordErr
		}
		return err
	}
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
