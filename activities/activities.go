package activities

import (
	"context"
	"sync"
	"time"

	"countersign/collaboration"
)

// Facts is where the steps record what they did. Every method is idempotent
// and does its work in one transaction.
type Facts interface {
	OpenActivation(context.Context, collaboration.Order) error
	CheckTask(ctx context.Context, o collaboration.Order, at time.Time) error
	ActivateSolution(ctx context.Context, o collaboration.Order, at time.Time) (created bool, err error)
	CreateAdministrator(ctx context.Context, o collaboration.Order, at time.Time) (created bool, err error)
	BeginInvitation(ctx context.Context, i collaboration.Invitation, now time.Time) (collaboration.Delivery, error)
	FinishInvitation(ctx context.Context, i collaboration.Invitation, status collaboration.DeliveryStatus, providerID string) error
	FailInvitation(ctx context.Context, i collaboration.Invitation, code collaboration.Code) error
	StartAgreement(context.Context, collaboration.Start) error
	RenewAgreement(context.Context, collaboration.Renewal) error
	RecordNotice(context.Context, collaboration.Notice) error
	EndCollaboration(context.Context, collaboration.End) error
	CloseActivation(context.Context, collaboration.Closing) error
	DeactivateSolution(context.Context, collaboration.Undo) error
	RemoveAdministrator(context.Context, collaboration.Undo) error
}

// Mailer writes and sends an invitation. Its errors are of the catalogue:
// CodeMailUnconfirmed where the mail may have gone out.
type Mailer interface {
	SendInvitation(context.Context, collaboration.InvitationMail) (providerID string, err error)
}

// Links makes the address that an invitation's button opens.
type Links interface {
	ApprovalURL(id collaboration.ActivationID, generation int, expires time.Time) string
}

// Limiter says whether one more may go at once.
type Limiter interface{ Allow() bool }

// Activities are the steps, registered with a worker as they are.
type Activities struct {
	facts  Facts
	mailer Mailer
	links  Links
	// quickMail bounds the mails that do not pass through the mail queue.
	quickMail Limiter
	// sending counts mails on their way that no activity waits for any more.
	sending sync.WaitGroup
}

// New makes the steps of a worker. quickMail bounds the mails that this worker
// sends past the mail queue, whose own rate the engine holds. drain waits until no mail is under way any
// more: call it after the worker stopped, before its connections close.
func New(facts Facts, mailer Mailer, links Links, quickMail Limiter) (a *Activities, drain func()) {
	a = &Activities{facts: facts, mailer: mailer, links: links, quickMail: quickMail}
	return a, a.sending.Wait
}
