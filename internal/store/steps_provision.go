package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// Steps stores the steps of activations. Each step is idempotent.
type Steps struct{ *database }

// OpenActivation stores a requested activation.
func (s Steps) OpenActivation(ctx context.Context, o collaboration.Order) error {
	requested := step{
		activation: o.Activation, key: "requested", action: collaboration.ActionRequested,
		by: o.RequestedBy, at: o.RequestedAt, detail: detail{"scenario": o.Scenario},
	}
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.Customer(ctx, db.CustomerParams{ID: o.CustomerID, OfficeID: o.OfficeID}); err != nil {
			return notFound(err, collaboration.CodeCustomerNotFound)
		}
		rules, err := json.Marshal(o.Rules)
		if err != nil {
			return err
		}
		prices, err := json.Marshal(o.Prices)
		if err != nil {
			return err
		}
		onEnd, err := json.Marshal(o.OnEnd)
		if err != nil {
			return err
		}
		n, err := t.Queries.OpenActivation(ctx, db.OpenActivationParams{
			ID: string(o.Activation), OfficeID: o.OfficeID, CustomerID: o.CustomerID, SolutionID: o.SolutionID,
			TaskID: o.TaskID, Scenario: string(o.Scenario), State: string(collaboration.Activating),
			InvoiceRecipient: string(o.InvoiceRecipient), PeriodStart: string(o.Period.Start),
			PeriodMonth: column.Date(o.Period.Month), AgreementMonths: o.AgreementMonths, Locale: string(o.Locale),
			RequestedBy: o.RequestedBy, RequestedAt: utc(o.RequestedAt), UpdatedAt: now(),
			Variant: o.Variant, KeptUntil: column.Date(o.KeptUntil), Rules: string(rules), Prices: string(prices), TermsVersion: o.TermsVersion,
			OnEnd: string(onEnd), RunningSince: column.Date(o.RunningSince),
		})
		if err != nil || n == 0 { // there already: a repeat
			return err
		}
		t.chain = newChain(o.Activation, o.OfficeID)
		return t.append(ctx, requested)
	})
	if sqldb.IsUniqueViolation(err) {
		err = s.exists(ctx, o)
	}
	if err != nil {
		return err
	}
	return s.notifyWebhooks(ctx, requested)
}

// exists returns the error that names the live activation. It can be the order's own,
// stored by a concurrent attempt. If it ended since, the next attempt succeeds.
func (s Steps) exists(ctx context.Context, o collaboration.Order) error {
	live, err := Lists(s).LiveActivation(ctx, o.OfficeID, o.CustomerID, o.SolutionID)
	if err != nil || live == o.Activation {
		return err
	}
	if live == "" {
		return collaboration.Errorf(collaboration.CodeUnavailable, "another activation ended just now")
	}
	return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: live}
}

// CheckTask checks that the order's task is an open task of its customer.
func (s Steps) CheckTask(ctx context.Context, o collaboration.Order, at time.Time) error {
	st := step{
		activation: o.Activation, key: "task_checked", action: collaboration.ActionTaskChecked,
		by: collaboration.ActorSystem, at: at,
	}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.require(w.state().IsPending(), collaboration.CodeNotPending); err != nil {
			return err
		}
		if err := w.requireCurrentCustomer(ctx, o); err != nil {
			return err
		}
		task, err := w.TaskOfOffice(ctx, db.TaskOfOfficeParams{ID: o.TaskID, OfficeID: o.OfficeID})
		switch {
		case err != nil:
			return notFound(err, collaboration.CodeTaskNotFound)
		case task.CustomerID != o.CustomerID:
			return &collaboration.Error{Code: collaboration.CodeTaskOfAnotherCustomer}
		case !task.IsOpen:
			return &collaboration.Error{Code: collaboration.CodeTaskClosed}
		case o.Scenario != collaboration.HasSolution:
			return nil
		}
		return w.requireSubscription(ctx, o)
	})
}

// requireCurrentCustomer returns CodeCustomerArchived for a customer that was archived
// after the request.
func (t *tx) requireCurrentCustomer(ctx context.Context, o collaboration.Order) error {
	c, err := t.Customer(ctx, db.CustomerParams{ID: o.CustomerID, OfficeID: o.OfficeID})
	if err == nil && c.ArchivedAt.Valid {
		return &collaboration.Error{Code: collaboration.CodeCustomerArchived}
	}
	return notFound(err, collaboration.CodeCustomerNotFound)
}

// requireSubscription checks that the customer has the solution, as the order's scenario
// requires: the compensation of another activation can have removed it.
func (w *stepContext) requireSubscription(ctx context.Context, o collaboration.Order) error {
	subscriptions, err := w.SubscriptionsOfCustomer(ctx, o.CustomerID)
	if err != nil || slices.ContainsFunc(subscriptions, func(s db.Subscription) bool { return s.SolutionID == o.SolutionID }) {
		return err
	}
	return &collaboration.Error{Code: collaboration.CodeScenarioChanged}
}

// ActivateSolution adds a subscription, unless the customer has one.
func (s Steps) ActivateSolution(ctx context.Context, o collaboration.Order, at time.Time) error {
	st := step{
		activation: o.Activation, key: "solution_activated", action: collaboration.ActionSolutionActivated,
		by: collaboration.ActorSystem, at: at,
	}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.requireProvisionable(solutionDeactivated); err != nil {
			return err
		}
		made, err := w.addSubscription(ctx, o, at)
		w.setCreated(o.CustomerID, made)
		return err
	})
}

// addSubscription adds a subscription, unless the customer has one for the solution.
func (t *tx) addSubscription(ctx context.Context, o collaboration.Order, since time.Time) (bool, error) {
	n, err := t.AddSubscription(ctx, db.AddSubscriptionParams{
		ID: sqldb.NewID(), CustomerID: o.CustomerID, SolutionID: o.SolutionID,
		InvoiceRecipient: string(o.InvoiceRecipient), Since: utc(since), ActivatedBy: column.Text(o.Activation), Variant: o.Variant,
	})
	return n > 0, err
}

// CreateAdministrator makes the order's contact an administrator of the customer, and
// its main contact if it has none.
func (s Steps) CreateAdministrator(ctx context.Context, o collaboration.Order, at time.Time) error {
	if o.Contact == nil {
		return collaboration.Errorf(collaboration.CodeInternal, "the order has no contact")
	}
	st := step{
		activation: o.Activation, key: "administrator_created", action: collaboration.ActionAdministratorCreated,
		by: collaboration.ActorSystem, at: at,
	}
	return s.runStep(ctx, st, func(w *stepContext) error {
		if err := w.requireProvisionable(administratorRemoved); err != nil {
			return err
		}
		if _, err := w.LockCustomer(ctx, o.CustomerID); err != nil {
			return err
		}
		// The contact may have become an employee since the request.
		isEmployee, err := w.isEmployeeAddress(ctx, o.OfficeID, o.Contact.Email)
		if err != nil {
			return err
		}
		if isEmployee {
			return &collaboration.Error{Code: collaboration.CodeEmployeeAddress}
		}
		_, made, err := w.addAdministrator(ctx, sqldb.NewID(), o.CustomerID, *o.Contact, o.Activation)
		w.setCreated(o.CustomerID, made)
		w.private = detail{"name": o.Contact.Name, "email": o.Contact.Email, "phone": o.Contact.Phone}
		return err
	})
}

// requireProvisionable rejects a late attempt, after the compensation of the step or the
// end of the activation.
func (w *stepContext) requireProvisionable(compensation string) error {
	if err := w.require(w.state() == collaboration.Activating, collaboration.CodeNotPending); err != nil {
		return err
	}
	return w.require(!w.hasStep(compensation), collaboration.CodeNotPending)
}

// setCreated adds to the event whether the step created a row.
func (w *stepContext) setCreated(customerID string, created bool) {
	w.detail = detail{"created": created}
	if created {
		w.changedCustomers = append(w.changedCustomers, customerID)
	}
}

// addAdministrator adds an administrator with an id, unless the customer has one with the
// address. It returns the administrator with the address. The caller has locked the customer.
func (t *tx) addAdministrator(ctx context.Context, id, customerID string, c collaboration.Contact, by collaboration.ActivationID) (a db.Administrator, added bool, err error) {
	a, exists, err := t.administratorWithAddress(ctx, customerID, c.Email)
	if err != nil || exists {
		return a, false, err
	}
	_, hasMainContact, err := optional(t.MainContact(ctx, customerID))
	if err != nil {
		return a, false, err
	}
	a = db.Administrator{ID: id, CustomerID: customerID, Name: c.Name, Email: c.Email, Phone: c.Phone, MainContact: !hasMainContact, CreatedBy: column.Text(by)}
	n, err := t.AddAdministrator(ctx, db.AddAdministratorParams(a))
	return a, n > 0, err
}

// isEmployeeAddress reports whether an active employee of an office has an address.
func (t *tx) isEmployeeAddress(ctx context.Context, officeID, email string) (bool, error) {
	n, err := t.EmployeesWithAddress(ctx, db.EmployeesWithAddressParams{OfficeID: officeID, Email: strings.ToLower(email), Mailbox: collaboration.Mailbox(email)})
	return n > 0, err
}

// administratorWithAddress compares addresses without case.
func (t *tx) administratorWithAddress(ctx context.Context, customerID, email string) (db.Administrator, bool, error) {
	administrators, err := t.AdministratorsOfCustomer(ctx, customerID)
	i := slices.IndexFunc(administrators, func(a db.Administrator) bool { return strings.EqualFold(a.Email, email) })
	if err != nil || i < 0 {
		return db.Administrator{}, false, err
	}
	return administrators[i], true, nil
}
