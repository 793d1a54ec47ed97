package app

import (
	"time"

	"countersign/collaboration"
)

// Config holds the dependencies of the use cases. Every field is required.
type Config struct {
	Store     Store
	Customers CustomerLookup // usually a cache in front of the store
	Workflows Workflows
	Links     Links
	Limiter   Limiter
	Catalogue collaboration.Catalogue
	// CheckWebhook returns the code that rejects a webhook's URL, or "".
	CheckWebhook func(url string) collaboration.Code
	Now          func() time.Time

	ReadTimeout    time.Duration // of one call of the store
	MessageTimeout time.Duration // of one call of Temporal
	ImportTimeout  time.Duration // of one call that writes many rows
	CloseWait      time.Duration // for an activation that is about to close
	Poll           time.Duration // between two reads while waiting
}

// App groups the use cases by their subject.
type App struct {
	Activations    *Activations
	Changes        *Changes
	Invitations    *Invitations
	Collaborations *Collaborations
	Customers      *Customers
	Batches        *Batches
	Webhooks       *Webhooks
	Responses      *Responses
}

// New returns the use cases.
func New(c Config) *App {
	d := deadlines{read: c.ReadTimeout, message: c.MessageTimeout, bulk: c.ImportTimeout}
	s := &service{
		store: newTimedStore(c.Store, d), customers: timedCustomers{c.Customers, d}, workflows: timedWorkflows{c.Workflows, d},
		links: c.Links, limiter: c.Limiter, catalogue: c.Catalogue, checkWebhook: c.CheckWebhook, now: c.Now,
		closeWait: c.CloseWait, poll: c.Poll, statusTimeout: min(c.ReadTimeout, time.Second),
	}
	return &App{
		Activations: &Activations{s}, Changes: &Changes{s}, Invitations: &Invitations{s}, Collaborations: &Collaborations{s},
		Customers: &Customers{s}, Batches: &Batches{s}, Webhooks: &Webhooks{s}, Responses: &Responses{s},
	}
}

// service holds what all use cases share. Its store, customers and workflows apply a
// deadline to each call.
type service struct {
	store         Store
	customers     CustomerLookup
	workflows     Workflows
	links         Links
	limiter       Limiter
	catalogue     collaboration.Catalogue
	checkWebhook  func(url string) collaboration.Code
	now           func() time.Time
	closeWait     time.Duration
	poll          time.Duration
	statusTimeout time.Duration // of a status that a caller can do without
}

func (s *service) today() collaboration.Date { return collaboration.DateOf(s.now()) }

// solutionOf returns the solution of an activation. A solution that is missing in the
// catalogue is an error of the installation.
func (s *service) solutionOf(a collaboration.Activation) (collaboration.Solution, error) {
	solution, ok := s.catalogue.For(a.OfficeID).Solution(a.SolutionID)
	if !ok {
		return solution, collaboration.Errorf(collaboration.CodeInternal, "solution %q is not in the catalogue", a.SolutionID)
	}
	return solution, nil
}
