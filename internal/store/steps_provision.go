package store

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// OpenActivation records that an activation was requested.
func (s *Store) OpenActivation(ctx context.Context, o collaboration.Order) error {
	requested := step{
		activation: o.Activation, key: "requested", action: collaboration.ActionRequested,
		by: o.RequestedBy, at: o.RequestedAt, detail: detail{"scenario": o.Scenario},
	}
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.Customer(ctx, db.CustomerParams{ID: o.CustomerID, OfficeID: o.OfficeID}); err != nil {
			return missing(err, collaboration.CodeCustomerNotFound)
		}
		n, err := t.Queries.OpenActivation(ctx, db.OpenActivationParams{
			ID: string(o.Activation), OfficeID: o.OfficeID, CustomerID: o.CustomerID, SolutionID: o.SolutionID,
			TaskID: o.TaskID, Scenario: string(o.Scenario), State: string(collaboration.Activating),
			InvoiceRecipient: string(o.InvoiceRecipient), PeriodStart: string(o.Period.Start),
			PeriodMonth: o.Period.Month.String(), AgreementMonths: o.AgreementMonths, Locale: string(o.Locale),
			RequestedBy: o.RequestedBy, RequestedAt: utc(o.RequestedAt), UpdatedAt: now(),
			Variant: o.Variant, KeptUntil: o.KeptUntil.String(),
		})
		if err != nil || n == 0 { // there already: a repeat
			return err
		}
		t.trail = emptyTrail(o.Activation)
		return t.append(ctx, requested)
	})
	if notUnique(err) {
		err = s.exists(ctx, o)
	}
	if err != nil {
		return err
	}
	return s.tellWebhooks(ctx, requested)
}

// exists names the activation that stands in the way. It may be the order's
// own, recorded by an attempt at the same time; where it ended in the meantime,
// the next try succeeds.
func (s *Store) exists(ctx context.Context, o collaboration.Order) error {
	live, err := s.LiveActivation(ctx, o.OfficeID, o.CustomerID, o.SolutionID)
	if err != nil || live == o.Activation {
		return err
	}
	if live == "" {
		return collaboration.Errorf(collaboration.CodeUnavailable, "another activation ended just now")
	}
	return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: live}
}

// CheckTask makes sure that the order's task is an open one of its customer.
func (s *Store) CheckTask(ctx context.Context, o collaboration.Order, at time.Time) error {
	st := step{
		activation: o.Activation, key: "task_checked", action: collaboration.ActionTaskChecked,
		by: collaboration.ActorSystem, at: at,
	}
	return s.record(ctx, st, func(w *work) error {
		if err := w.must(w.state().Pending(), collaboration.CodeNotPending); err != nil {
			return err
		}
		task, err := w.TaskOfOffice(ctx, db.TaskOfOfficeParams{ID: o.TaskID, OfficeID: o.OfficeID})
		switch {
		case err != nil:
			return missing(err, collaboration.CodeTaskNotFound)
		case task.CustomerID != o.CustomerID:
			return &collaboration.Error{Code: collaboration.CodeTaskOfAnotherCustomer}
		case !task.IsOpen:
			return &collaboration.Error{Code: collaboration.CodeTaskClosed}
		case o.Scenario != collaboration.HasSolution:
			return nil
		}
		return w.mustHave(ctx, o)
	})
}

// mustHave makes sure that the customer has the solution, as the order's
// scenario says: another activation's undo may have taken it since.
func (w *work) mustHave(ctx context.Context, o collaboration.Order) error {
	subscriptions, err := w.SubscriptionsOfCustomer(ctx, o.CustomerID)
	if err != nil || slices.ContainsFunc(subscriptions, func(s db.Subscription) bool { return s.SolutionID == o.SolutionID }) {
		return err
	}
	return &collaboration.Error{Code: collaboration.CodeScenarioChanged}
}

// ActivateSolution gives the customer the solution, unless it has it.
func (s *Store) ActivateSolution(ctx context.Context, o collaboration.Order, at time.Time) error {
	st := step{
		activation: o.Activation, key: "solution_activated", action: collaboration.ActionSolutionActivated,
		by: collaboration.ActorSystem, at: at,
	}
	return s.record(ctx, st, func(w *work) error {
		if err := w.mayProvision(solutionDeactivated); err != nil {
			return err
		}
		made, err := w.addSubscription(ctx, o, at)
		w.made(o.CustomerID, made)
		return err
	})
}

// CreateAdministrator makes the order's contact the customer's administrator,
// and its main contact where it has none.
func (s *Store) CreateAdministrator(ctx context.Context, o collaboration.Order, at time.Time) error {
	if o.Contact == nil {
		return collaboration.Errorf(collaboration.CodeInternal, "the order has no contact")
	}
	st := step{
		activation: o.Activation, key: "administrator_created", action: collaboration.ActionAdministratorCreated,
		by: collaboration.ActorSystem, at: at,
	}
	return s.record(ctx, st, func(w *work) error {
		if err := w.mayProvision(administratorRemoved); err != nil {
			return err
		}
		if _, err := w.LockCustomer(ctx, o.CustomerID); err != nil {
			return err
		}
		made, err := w.addAdministrator(ctx, o.CustomerID, *o.Contact, o.Activation)
		w.made(o.CustomerID, made)
		w.private = detail{"name": o.Contact.Name, "email": o.Contact.Email, "phone": o.Contact.Phone}
		return err
	})
}

// mayProvision refuses a late attempt, after the step was undone or the
// activation came to an end.
func (w *work) mayProvision(undone string) error {
	if err := w.must(w.state() == collaboration.Activating, collaboration.CodeNotPending); err != nil {
		return err
	}
	return w.must(!w.has(undone), collaboration.CodeNotPending)
}

// made notes in the event whether the step made something of its own.
func (w *work) made(customerID string, created bool) {
	w.detail = detail{"created": created}
	if created {
		w.changed = append(w.changed, customerID)
	}
}

// addAdministrator adds a person, unless the customer has one with the
// address. The customer or its office is locked.
func (t *tx) addAdministrator(ctx context.Context, customerID string, c collaboration.Contact, by collaboration.ActivationID) (bool, error) {
	there, err := t.AdministratorsOfCustomer(ctx, customerID)
	if err != nil {
		return false, err
	}
	main := true
	for _, a := range there {
		if strings.EqualFold(a.Email, c.Email) {
			return false, nil
		}
		main = main && !a.MainContact
	}
	n, err := t.AddAdministrator(ctx, db.AddAdministratorParams{
		ID: newID(), CustomerID: customerID, Name: c.Name, Email: c.Email, Phone: c.Phone,
		MainContact: main, CreatedBy: string(by),
	})
	return n > 0, err
}

func newID() string { return strings.ToLower(rand.Text()) }
