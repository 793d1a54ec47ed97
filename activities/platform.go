package activities

import (
	"cmp"
	"context"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/collaboration/provisioning"
)

// Platform is the other system that holds solutions, administrators and access.
type Platform interface {
	Activate(context.Context, provisioning.Activation) error
	Grant(context.Context, provisioning.Grant) error
	Revoke(context.Context, provisioning.Revocation) error
	End(context.Context, provisioning.End) error
}

// PlatformStore is a Store with the reads that requests to a platform need.
type PlatformStore interface {
	Store
	Activation(context.Context, collaboration.ActivationID) (collaboration.Activation, error)
	CustomerNumber(ctx context.Context, customerID string) (collaboration.OrganisationNumber, error)
	// HasAdministratorOf reports whether the administrator that an activation created
	// still exists.
	HasAdministratorOf(ctx context.Context, customerID string, id collaboration.ActivationID) (bool, error)
	TaskParticipants(ctx context.Context, taskID string) ([]string, error)
	AccessStore
}

// OnPlatform calls another platform before the database stores the effect. A failure in
// between is retried, and the idempotency key makes the platform ignore the repeat.
func OnPlatform(store PlatformStore, platform Platform) Store {
	return onPlatform{store, store, platform}
}

type onPlatform struct {
	Store
	reads    PlatformStore
	platform Platform
}

func (p onPlatform) ActivateSolution(ctx context.Context, o collaboration.Order, at time.Time) error {
	s, err := p.subject(ctx, o.Activation, o.CustomerID, o.SolutionID, "solution")
	if err == nil {
		err = p.platform.Activate(ctx, provisioning.Activation{Subject: s, Variant: o.Variant, InvoiceRecipient: o.InvoiceRecipient})
	}
	if err != nil {
		return err
	}
	return p.Store.ActivateSolution(ctx, o, at)
}

func (p onPlatform) CreateAdministrator(ctx context.Context, o collaboration.Order, at time.Time) error {
	s, err := p.subject(ctx, o.Activation, o.CustomerID, o.SolutionID, "administrator")
	if err == nil {
		err = p.platform.Activate(ctx, provisioning.Activation{Subject: s, Administrator: o.Contact})
	}
	if err != nil {
		return err
	}
	return p.Store.CreateAdministrator(ctx, o, at)
}

// HandOnInvitation creates the colleague on the platform as CreateAdministrator creates the
// first contact.
func (p onPlatform) HandOnInvitation(ctx context.Context, c message.Command) (string, error) {
	r, err := p.reads.Activation(ctx, c.Activation)
	if err != nil {
		return "", err
	}
	s, err := p.subject(ctx, r.ID, r.CustomerID, r.SolutionID, "hand on "+c.ID)
	if err == nil {
		colleague := c.HandOn.Colleague.Clean()
		err = p.platform.Activate(ctx, provisioning.Activation{Subject: s, Administrator: &colleague})
	}
	if err != nil {
		return "", err
	}
	return p.Store.HandOnInvitation(ctx, c)
}

func (p onPlatform) DeactivateSolution(ctx context.Context, u message.CompensationInput) error {
	if err := p.revoke(ctx, u, provisioning.Solution); err != nil {
		return err
	}
	return p.Store.DeactivateSolution(ctx, u)
}

func (p onPlatform) RemoveAdministrator(ctx context.Context, u message.CompensationInput) error {
	// Another activation may need the same administrator, which only the database can
	// decide.
	if err := p.Store.RemoveAdministrator(ctx, u); err != nil {
		return err
	}
	kept, err := p.reads.HasAdministratorOf(ctx, u.CustomerID, u.Activation)
	if err != nil || kept {
		return err
	}
	return p.revoke(ctx, u, provisioning.Administrator)
}

func (p onPlatform) revoke(ctx context.Context, u message.CompensationInput, part provisioning.Part) error {
	s, err := p.subject(ctx, u.Activation, u.CustomerID, u.SolutionID, "revoke "+string(part))
	if err != nil {
		return err
	}
	return p.platform.Revoke(ctx, provisioning.Revocation{Subject: s, Part: part})
}

func (p onPlatform) StartAgreement(ctx context.Context, start message.StartInput) error {
	if err := p.grantCurrent(ctx, start.Activation, "start"); err != nil {
		return err
	}
	return p.Store.StartAgreement(ctx, start)
}

func (p onPlatform) TakeOver(ctx context.Context, t message.TakeOverInput) error {
	if err := p.grantCurrent(ctx, t.Activation, "start"); err != nil {
		return err
	}
	return p.Store.TakeOver(ctx, t)
}

// ChangeActivation calls the platform if a running collaboration gets another task or
// invoice recipient.
func (p onPlatform) ChangeActivation(ctx context.Context, c message.Command) error {
	r, err := p.reads.Activation(ctx, c.Activation)
	if err != nil {
		return err
	}
	change := c.Change
	if r.HasStarted() && (change.TaskID != "" || change.InvoiceRecipient != "") {
		if err := p.grant(ctx, r, "change "+c.ID, cmp.Or(change.TaskID, r.TaskID), r.Conditions().With(*change)); err != nil {
			return err
		}
	}
	return p.Store.ChangeActivation(ctx, c)
}

// RecordProposal calls the platform if the customer approved another variant or invoice
// recipient.
func (p onPlatform) RecordProposal(ctx context.Context, c message.ProposalInput) error {
	if c.Proposal.State == collaboration.ProposalApproved && c.Proposal.Kind == collaboration.ProposalChange {
		r, err := p.reads.Activation(ctx, c.Activation)
		if err != nil {
			return err
		}
		if r.HasStarted() {
			if err := p.grant(ctx, r, "change "+c.ID, r.TaskID, c.Proposal.To); err != nil {
				return err
			}
		}
	}
	return p.Store.RecordProposal(ctx, c)
}

// grantCurrent gives access to the participants of the activation's task.
func (p onPlatform) grantCurrent(ctx context.Context, id collaboration.ActivationID, key string) error {
	r, err := p.reads.Activation(ctx, id)
	if err != nil {
		return err
	}
	return p.grant(ctx, r, key, r.TaskID, r.Conditions())
}

// grant gives access to the participants of a task, and passes the conditions.
func (p onPlatform) grant(ctx context.Context, r collaboration.Activation, key, task string, c collaboration.Conditions) error {
	people, err := p.reads.TaskParticipants(ctx, task)
	if err != nil {
		return err
	}
	s, err := p.subject(ctx, r.ID, r.CustomerID, r.SolutionID, key)
	if err != nil {
		return err
	}
	return p.platform.Grant(ctx, provisioning.Grant{Subject: s, Employees: people, Variant: c.Variant, InvoiceRecipient: c.InvoiceRecipient})
}

// EndCollaboration does not call the platform for an agreement that ends before its start, if
// the customer had the solution before.
func (p onPlatform) EndCollaboration(ctx context.Context, e message.EndInput) error {
	r, err := p.reads.Activation(ctx, e.Activation)
	if err != nil {
		return err
	}
	if r.HasStarted() || r.Scenario != collaboration.HasSolution {
		s, err := p.subject(ctx, e.Activation, e.CustomerID, e.SolutionID, "end")
		if err == nil {
			err = p.platform.End(ctx, provisioning.End{Subject: s, Policy: e.OnEnd})
		}
		if err != nil {
			return err
		}
	}
	return p.Store.EndCollaboration(ctx, e)
}

// subject is the idempotency key: it names the activation and the step, never the attempt.
func (p onPlatform) subject(ctx context.Context, id collaboration.ActivationID, customerID, solutionID, step string) (provisioning.Subject, error) {
	number, err := p.reads.CustomerNumber(ctx, customerID)
	return provisioning.Subject{
		Key: string(id) + ":" + step, Activation: id, CustomerID: customerID, OrganisationNumber: number, SolutionID: solutionID,
	}, err
}
