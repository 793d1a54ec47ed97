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
	ActivateSolution(ctx context.Context, o collaboration.Order, at time.Time) error
	CreateAdministrator(ctx context.Context, o collaboration.Order, at time.Time) error
	// Addressees are whom a letter goes to: employees by id, and "" for the
	// customer's person.
	Addressees(context.Context, collaboration.Letter) ([]string, error)
	BeginMail(ctx context.Context, l collaboration.Letter, employee string) (collaboration.Delivery, error)
	FinishMail(ctx context.Context, l collaboration.Letter, employee string, status collaboration.DeliveryStatus, providerID string) error
	FailMail(ctx context.Context, l collaboration.Letter, employee string, code collaboration.Code) error
	ChangeActivation(context.Context, collaboration.Changed) error
	CorrectAddress(context.Context, collaboration.Correction) error
	ForwardInvitation(context.Context, collaboration.Forwarding) error
	StartAgreement(context.Context, collaboration.Start) error
	RenewAgreement(context.Context, collaboration.Renewal) error
	RecordNotice(context.Context, collaboration.Notice) error
	RecordAgreement(context.Context, collaboration.AgreementChange) error
	EndCollaboration(context.Context, collaboration.End) error
	CloseActivation(context.Context, collaboration.Closing) error
	DeactivateSolution(context.Context, collaboration.Undo) error
	RemoveAdministrator(context.Context, collaboration.Undo) error
}

// Mailer writes and sends a mail. Its errors are of the catalogue:
// CodeMailUnconfirmed where the mail may have gone out.
type Mailer interface {
	Send(context.Context, collaboration.Mail) (providerID string, err error)
}

// Links makes the addresses that a mail's button opens.
type Links interface {
	// ApprovalURL is where the customer approves or declines.
	ApprovalURL(id collaboration.ActivationID, generation int, expires time.Time) string
	// CollaborationURL is where the customer looks after a running
	// collaboration, once logged in.
	CollaborationURL(id collaboration.ActivationID) string
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
