package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// Platform is our own platform: the same tables and statements as the steps
// use, which do this and record it in one transaction.
type Platform struct{ store *Store }

// Platform is the store's own.
func (s *Store) Platform() Platform { return Platform{s} }

// Activate gives a customer a solution or an administrator, unless that was
// revoked: a straggler cannot undo the undo.
func (p Platform) Activate(ctx context.Context, a collaboration.PlatformActivation) error {
	part := collaboration.PlatformSolution
	if a.Administrator != nil {
		part = collaboration.PlatformAdministrator
	}
	return p.write(ctx, a.PlatformSubject, func(t *tx) error {
		revoked, err := t.KeyTaken(ctx, revocation(a.Activation, part))
		switch {
		case err != nil || revoked > 0:
		case a.Administrator != nil:
			_, err = t.addAdministrator(ctx, a.CustomerID, *a.Administrator, a.Activation)
		default:
			_, err = t.addSubscription(ctx, collaboration.Order{
				Activation: a.Activation, CustomerID: a.CustomerID, SolutionID: a.SolutionID, Variant: a.Variant, InvoiceRecipient: a.InvoiceRecipient,
			}, time.Now())
		}
		return err
	})
}

func revocation(id collaboration.ActivationID, part collaboration.PlatformPart) string {
	return string(id) + ":revoked:" + string(part)
}

// addSubscription gives a customer a solution, unless it has it.
func (t *tx) addSubscription(ctx context.Context, o collaboration.Order, since time.Time) (bool, error) {
	n, err := t.AddSubscription(ctx, db.AddSubscriptionParams{
		ID: newID(), CustomerID: o.CustomerID, SolutionID: o.SolutionID,
		InvoiceRecipient: string(o.InvoiceRecipient), Since: utc(since), ActivatedBy: string(o.Activation), Variant: o.Variant,
	})
	return n > 0, err
}

// Grant lets exactly the named employees in.
func (p Platform) Grant(ctx context.Context, g collaboration.PlatformGrant) error {
	return p.write(ctx, g.PlatformSubject, func(t *tx) error {
		now := time.Now()
		in, err := t.AccessOf(ctx, string(g.Activation))
		if err != nil {
			return err
		}
		for _, a := range in {
			if !slices.Contains(g.Employees, a.EmployeeID) {
				err := t.RevokeAccessOf(ctx, db.RevokeAccessOfParams{ActivationID: a.ActivationID, EmployeeID: a.EmployeeID, RevokedAt: at(now)})
				if err != nil {
					return err
				}
			}
		}
		for _, e := range g.Employees {
			if _, err := t.GrantAccess(ctx, db.GrantAccessParams{ActivationID: string(g.Activation), EmployeeID: e, Since: utc(now)}); err != nil {
				return err
			}
		}
		if g.InvoiceRecipient == "" {
			return nil
		}
		_, err = t.SetInvoiceRecipient(ctx, db.SetInvoiceRecipientParams{CustomerID: g.CustomerID, SolutionID: g.SolutionID, InvoiceRecipient: string(g.InvoiceRecipient)})
		return err
	})
}

// Revoke takes back what the activation made.
func (p Platform) Revoke(ctx context.Context, r collaboration.PlatformRevocation) error {
	return p.write(ctx, r.PlatformSubject, func(t *tx) error {
		_, err := t.TakeKey(ctx, db.TakeKeyParams{Key: revocation(r.Activation, r.Part), TakenAt: now()})
		if err != nil {
			return err
		}
		switch r.Part {
		case collaboration.PlatformSolution:
			_, err = t.RemoveSubscriptionMadeBy(ctx, db.RemoveSubscriptionMadeByParams{CustomerID: r.CustomerID, SolutionID: r.SolutionID, ActivatedBy: string(r.Activation)})
		case collaboration.PlatformAdministrator:
			_, err = t.RemoveAdministratorMadeBy(ctx, db.RemoveAdministratorMadeByParams{CustomerID: r.CustomerID, CreatedBy: string(r.Activation)})
		default:
			err = &collaboration.Error{Code: collaboration.CodeInvalidRequest}
		}
		return err
	})
}

// End ends what the activation shared.
func (p Platform) End(ctx context.Context, e collaboration.PlatformEnd) error {
	return p.write(ctx, e.PlatformSubject, func(t *tx) error {
		if _, err := t.RevokeAccess(ctx, db.RevokeAccessParams{ActivationID: string(e.Activation), RevokedAt: at(time.Now())}); err != nil {
			return err
		}
		_, err := t.endSolution(ctx, e.CustomerID, e.SolutionID, e.Policy, time.Now())
		return err
	})
}

// endSolution does with a solution what its policy says.
func (t *tx) endSolution(ctx context.Context, customerID, solutionID string, policy collaboration.EndPolicy, ended time.Time) (int64, error) {
	end := func(access string) (int64, error) {
		return t.EndSubscription(ctx, db.EndSubscriptionParams{CustomerID: customerID, SolutionID: solutionID, EndedAt: at(ended), Access: access})
	}
	switch policy {
	case collaboration.ContinueAlone:
		return t.SetInvoiceRecipient(ctx, db.SetInvoiceRecipientParams{CustomerID: customerID, SolutionID: solutionID, InvoiceRecipient: string(collaboration.PaidByCustomer)})
	case collaboration.ReadOnly:
		return end("read_only")
	case collaboration.Delete:
		return end("none")
	default:
		return 0, collaboration.Errorf(collaboration.CodeInternal, "no end policy %q", policy)
	}
}

// Status is what a customer has of a solution.
func (p Platform) Status(ctx context.Context, s collaboration.PlatformSubject) (status collaboration.PlatformStatus, err error) {
	subscriptions, err := p.store.read.SubscriptionsOfCustomer(ctx, s.CustomerID)
	if err != nil {
		return status, failure(err)
	}
	for _, row := range subscriptions {
		if row.SolutionID == s.SolutionID {
			status.HasSolution, status.Variant, status.InvoiceRecipient = true, row.Variant, collaboration.InvoiceRecipient(row.InvoiceRecipient)
		}
	}
	administrators, err := p.store.read.AdministratorsOfCustomer(ctx, s.CustomerID)
	if err != nil {
		return status, failure(err)
	}
	status.Administrators = len(administrators)
	status.Employees, err = p.store.Access(ctx, s.Activation)
	return status, err
}

// write does something once a key. What was undone is not done again.
func (p Platform) write(ctx context.Context, s collaboration.PlatformSubject, do func(*tx) error) error {
	err := p.store.write(ctx, func(t *tx) error {
		if n, err := t.LockCustomer(ctx, s.CustomerID); err != nil || n == 0 {
			return errors.Join(err, missing(sql.ErrNoRows, collaboration.CodeCustomerNotFound))
		}
		t.changed = append(t.changed, s.CustomerID)
		n, err := t.TakeKey(ctx, db.TakeKeyParams{Key: s.Key, TakenAt: now()})
		if err != nil {
			return err
		}
		if n == 0 {
			return errUnchanged
		}
		return do(t)
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// TaskParticipants are a task's people, its owner among them.
func (s *Store) TaskParticipants(ctx context.Context, taskID string) ([]string, error) {
	people, err := s.read.Participants(ctx, taskID)
	return people, failure(err)
}

// CustomerNumber is a customer's organisation number.
func (s *Store) CustomerNumber(ctx context.Context, customerID string) (collaboration.OrganisationNumber, error) {
	c, err := s.read.CustomerByID(ctx, customerID)
	return collaboration.OrganisationNumber(c.OrganisationNumber), missing(err, collaboration.CodeCustomerNotFound)
}

// HasAdministratorOf reports whether the person that an activation made an
// administrator still is one.
func (s *Store) HasAdministratorOf(ctx context.Context, customerID string, id collaboration.ActivationID) (bool, error) {
	n, err := s.read.AdministratorMadeBy(ctx, db.AdministratorMadeByParams{CustomerID: customerID, CreatedBy: string(id)})
	return n > 0, failure(err)
}
