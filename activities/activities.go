package activities

import (
	"sync"

	"countersign/collaboration"
)

// Store stores the effects of the activities. Every method is idempotent and works in
// one transaction.
type Store interface {
	ProvisioningStore
	MailStore
	ChangeStore
	AgreementStore
	DirectoryStore
}

// Activities are registered with a worker; each exported method is an activity.
type Activities struct {
	store  Store
	mailer Mailer
	links  Links
	// localMail limits the rate of mails that local activities send, which no task queue
	// limits.
	localMail Limiter
	// catalogue has the current prices and terms.
	catalogue collaboration.Catalogue
	// sending counts mails that are being sent, also after their activity has ended.
	sending sync.WaitGroup
}

// New returns the activities of a worker. localMail limits the mails that this worker
// sends by local activities; Temporal limits the mail queue. drain waits until no mail is
// being sent: call it after the worker has stopped and before its connections close.
func New(store Store, mailer Mailer, links Links, localMail Limiter, catalogue collaboration.Catalogue) (a *Activities, drain func()) {
	a = &Activities{store: store, mailer: mailer, links: links, localMail: localMail, catalogue: catalogue}
	return a, a.sending.Wait
}
