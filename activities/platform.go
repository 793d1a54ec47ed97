package activities

import (
	"context"
	"time"

	"countersign/collaboration"
)

// Platform is where solutions, administrators and access live, where that is
// another system.
type Platform interface {
	Activate(context.Context, collaboration.PlatformActivation) error
	Grant(context.Context, collaboration.PlatformGrant) error
	Revoke(context.Context, collaboration.PlatformRevocation) error
	End(context.Context, collaboration.PlatformEnd) error
}

// PlatformFacts are facts that also say for whom something is done.
type PlatformFacts interface {
	Facts
	Activation(context.Context, collaboration.ActivationID) (collaboration.Record, error)
	CustomerNumber(ctx context.Context, customerID string) (collaboration.OrganisationNumber, error)
	// HasAdministratorOf reports whether the person that an activation made an
	// administrator still is one.
	HasAdministratorOf(ctx context.Context, customerID string, id collaboration.ActivationID) (bool, error)
	TaskParticipants(ctx context.Context, taskID string) ([]string, error)
}

// OnPlatform has another system do what the steps record: first there, then
// here. A step that fails in between is repeated, and its key makes that
// nothing new there.
func OnPlatform(facts PlatformFacts, platform Platform) Facts {
	return onPlatform{facts, facts, platform}
}

type onPlatform struct {
	Facts
	more     PlatformFacts
	platform Platform
}

func (p onPlatform) ActivateSolution(ctx context.Context, o collaboration.Order, at time.Time) error {
	s, err := p.subject(ctx, o.Activation, o.CustomerID, o.SolutionID, "solution")
	if err == nil {
		err = p.platform.Activate(ctx, collaboration.PlatformActivation{PlatformSubject: s, Variant: o.Variant, InvoiceRecipient: o.InvoiceRecipient})
	}
	if err != nil {
		return err
	}
	return p.Facts.ActivateSolution(ctx, o, at)
}

func (p onPlatform) CreateAdministrator(ctx context.Context, o collaboration.Order, at time.Time) error {
	s, err := p.subject(ctx, o.Activation, o.CustomerID, o.SolutionID, "administrator")
	if err == nil {
		err = p.platform.Activate(ctx, collaboration.PlatformActivation{PlatformSubject: s, Administrator: o.Contact})
	}
	if err != nil {
		return err
	}
	return p.Facts.CreateAdministrator(ctx, o, at)
}

func (p onPlatform) DeactivateSolution(ctx context.Context, u collaboration.Undo) error {
	if err := p.revoke(ctx, u, collaboration.PlatformSolution); err != nil {
		return err
	}
	return p.Facts.DeactivateSolution(ctx, u)
}

func (p onPlatform) RemoveAdministrator(ctx context.Context, u collaboration.Undo) error {
	// Only the facts know whether another activation needs the same person.
	if err := p.Facts.RemoveAdministrator(ctx, u); err != nil {
		return err
	}
	kept, err := p.more.HasAdministratorOf(ctx, u.CustomerID, u.Activation)
	if err != nil || kept {
		return err
	}
	return p.revoke(ctx, u, collaboration.PlatformAdministrator)
}

func (p onPlatform) revoke(ctx context.Context, u collaboration.Undo, part collaboration.PlatformPart) error {
	s, err := p.subject(ctx, u.Activation, u.CustomerID, u.SolutionID, "revoke "+string(part))
	if err != nil {
		return err
	}
	return p.platform.Revoke(ctx, collaboration.PlatformRevocation{PlatformSubject: s, Part: part})
}

func (p onPlatform) StartAgreement(ctx context.Context, start collaboration.Start) error {
	if err := p.grant(ctx, start.Activation, "start", "", ""); err != nil {
		return err
	}
	return p.Facts.StartAgreement(ctx, start)
}

// ChangeActivation asks the platform where a running collaboration gets another
// task or payer.
func (p onPlatform) ChangeActivation(ctx context.Context, c collaboration.Changed) error {
	r, err := p.more.Activation(ctx, c.Change.Activation)
	if err != nil {
		return err
	}
	if r.State == collaboration.Active && (c.Change.TaskID != "" || c.Change.InvoiceRecipient != "") {
		if err := p.grant(ctx, c.Change.Activation, "change "+c.Change.ID, c.Change.TaskID, c.Change.InvoiceRecipient); err != nil {
			return err
		}
	}
	return p.Facts.ChangeActivation(ctx, c)
}

// grant lets the people of a task in: the activation's, unless another is named.
func (p onPlatform) grant(ctx context.Context, id collaboration.ActivationID, key, task string, payer collaboration.InvoiceRecipient) error {
	r, err := p.more.Activation(ctx, id)
	if err != nil {
		return err
	}
	if task == "" {
		task = r.TaskID
	}
	if payer == "" {
		payer = r.InvoiceRecipient
	}
	people, err := p.more.TaskParticipants(ctx, task)
	if err != nil {
		return err
	}
	s, err := p.subject(ctx, id, r.CustomerID, r.SolutionID, key)
	if err != nil {
		return err
	}
	return p.platform.Grant(ctx, collaboration.PlatformGrant{PlatformSubject: s, Employees: people, InvoiceRecipient: payer})
}

func (p onPlatform) EndCollaboration(ctx context.Context, e collaboration.End) error {
	s, err := p.subject(ctx, e.Activation, e.CustomerID, e.SolutionID, "end")
	if err == nil {
		err = p.platform.End(ctx, collaboration.PlatformEnd{PlatformSubject: s, Policy: e.OnEnd})
	}
	if err != nil {
		return err
	}
	return p.Facts.EndCollaboration(ctx, e)
}

// subject names the request after the activation and the step, never after the
// attempt.
func (p onPlatform) subject(ctx context.Context, id collaboration.ActivationID, customerID, solutionID, step string) (collaboration.PlatformSubject, error) {
	number, err := p.more.CustomerNumber(ctx, customerID)
	return collaboration.PlatformSubject{
		Key: string(id) + ":" + step, Activation: id, CustomerID: customerID, OrganisationNumber: number, SolutionID: solutionID,
	}, err
}
