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

// ChangeActivation records a change of a live activation: while it is pending
// what the customer is asked for, while it runs who works on it and who pays.
func (s *Store) ChangeActivation(ctx context.Context, c collaboration.Changed) error {
	m := c.Change
	st := step{
		activation: m.Activation, key: "changed:" + m.ID, action: collaboration.ActionChanged, by: m.By, at: m.At, detail: ofChange(m),
	}
	return s.record(ctx, st, func(w *work) error {
		if err := w.must(w.state().Live(), collaboration.CodeNotPending); err != nil {
			return err
		}
		if m.TaskID != "" {
			if err := w.changeTask(ctx, m); err != nil {
				return err
			}
		}
		if m.Period != nil {
			w.a.PeriodStart, w.a.PeriodMonth = string(m.Period.Start), m.Period.Month.String()
		}
		if m.RemindersPaused != nil {
			w.a.RemindersPaused = *m.RemindersPaused
		}
		if m.AgreementMonths != 0 && c.Agreement == nil {
			w.a.AgreementMonths = m.AgreementMonths
		}
		if c.Agreement != nil {
			if err := w.keep(&w.a.Agreement, c.Agreement); err != nil {
				return err
			}
		}
		return w.changePayer(ctx, m.InvoiceRecipient)
	})
}

func ofChange(m collaboration.Change) detail {
	d := detail{}
	if m.TaskID != "" {
		d["task_id"] = m.TaskID
	}
	if m.InvoiceRecipient != "" {
		d["invoice_recipient"] = m.InvoiceRecipient
	}
	if m.Period != nil {
		d["period"] = m.Period
	}
	if m.AgreementMonths != 0 {
		d["agreement_months"] = m.AgreementMonths
	}
	if m.RemindersPaused != nil {
		d["reminders_paused"] = *m.RemindersPaused
	}
	return d
}

// changeTask hangs the activation on another task of its customer. Whether that
// one is open was asked when the change was; it may have been closed since.
func (w *work) changeTask(ctx context.Context, m collaboration.Change) error {
	task, err := w.TaskOfOffice(ctx, db.TaskOfOfficeParams{ID: m.TaskID, OfficeID: w.a.OfficeID})
	if err != nil {
		return missing(err, collaboration.CodeTaskNotFound)
	}
	if task.CustomerID != w.a.CustomerID {
		return &collaboration.Error{Code: collaboration.CodeTaskOfAnotherCustomer}
	}
	w.a.TaskID = m.TaskID
	if w.state() != collaboration.Active {
		return nil
	}
	if err := w.revokeAccess(ctx, "access_revoked:"+m.ID, m.TaskID, m.By, m.At); err != nil {
		return err
	}
	return w.grantAccess(ctx, "access_granted:"+m.ID, m.By, m.At)
}

// changePayer sets who pays; for a running collaboration from now on.
func (w *work) changePayer(ctx context.Context, payer collaboration.InvoiceRecipient) error {
	if payer == "" {
		return nil
	}
	w.a.InvoiceRecipient = string(payer)
	if w.state() != collaboration.Active {
		return nil
	}
	return w.setInvoiceRecipient(ctx, payer)
}

// CorrectAddress puts right the address of the person who was invited.
func (s *Store) CorrectAddress(ctx context.Context, c collaboration.Correction) error {
	st := step{
		activation: c.Activation, key: "address_corrected:" + c.ID, action: collaboration.ActionAddressCorrected, by: c.By, at: c.At,
	}
	return s.record(ctx, st, func(w *work) error {
		if err := w.must(w.state().Pending(), collaboration.CodeNotPending); err != nil {
			return err
		}
		invited, err := w.administrator(ctx, w.a.InvitedID)
		if err != nil {
			return err
		}
		w.a.InvitedEmail = c.Email
		w.detail, w.private = detail{"administrator": invited.ID}, detail{"name": invited.Name, "email": c.Email}
		return w.changedCustomer(w.SetAdministratorEmail(ctx, db.SetAdministratorEmailParams{
			ID: invited.ID, CustomerID: w.a.CustomerID, Email: c.Email,
		}))
	})
}

// ForwardInvitation makes another administrator the one who is invited.
func (s *Store) ForwardInvitation(ctx context.Context, f collaboration.Forwarding) error {
	st := step{
		activation: f.Activation, key: "forwarded:" + f.ID, action: collaboration.ActionForwarded, by: f.By, at: f.At,
		detail: detail{"administrator": f.Administrator},
	}
	return s.record(ctx, st, func(w *work) error {
		if err := w.must(w.state().Pending(), collaboration.CodeNotPending); err != nil {
			return err
		}
		to, err := w.Queries.Administrator(ctx, db.AdministratorParams{ID: f.Administrator, CustomerID: w.a.CustomerID})
		if err != nil {
			return missing(err, collaboration.CodeAdministratorNotFound)
		}
		w.a.InvitedID, w.a.InvitedName, w.a.InvitedEmail = to.ID, to.Name, to.Email
		w.private = detail{"name": to.Name, "email": to.Email}
		return nil
	})
}

// grantAccess lets the people of the activation's task in.
func (w *work) grantAccess(ctx context.Context, key, by string, since time.Time) error {
	employees, err := w.Participants(ctx, w.a.TaskID)
	if err != nil {
		return err
	}
	var granted []string
	for _, employee := range employees {
		n, err := w.GrantAccess(ctx, db.GrantAccessParams{ActivationID: w.a.ID, EmployeeID: employee, Since: utc(since)})
		if err != nil {
			return err
		}
		if n > 0 {
			granted = append(granted, employee)
		}
	}
	if len(granted) == 0 {
		return nil
	}
	w.also = append(w.also, step{
		activation: collaboration.ActivationID(w.a.ID), key: key, action: collaboration.ActionAccessGranted, by: by, at: since,
		detail: detail{"employees": granted},
	})
	return nil
}

// revokeAccess shuts everyone out but the people of a task, "" for none.
func (w *work) revokeAccess(ctx context.Context, key, exceptTask, by string, revoked time.Time) error {
	n, err := w.RevokeAccess(ctx, db.RevokeAccessParams{ActivationID: w.a.ID, ExceptTask: exceptTask, RevokedAt: at(revoked)})
	if err != nil || n == 0 {
		return err
	}
	w.also = append(w.also, step{
		activation: collaboration.ActivationID(w.a.ID), key: key, action: collaboration.ActionAccessRevoked, by: by, at: revoked,
		detail: detail{"employees": n},
	})
	return nil
}

// Access lists the employees who may use what an activation shares.
func (s *Store) Access(ctx context.Context, id collaboration.ActivationID) ([]string, error) {
	rows, err := s.read.AccessOf(ctx, string(id))
	if err != nil {
		return nil, failure(err)
	}
	employees := make([]string, len(rows))
	for i, row := range rows {
		employees[i] = row.EmployeeID
	}
	return employees, nil
}

// AccessOn is, by activation, the names of the employees who may use what the
// running ones of a page share.
func (s *Store) AccessOn(ctx context.Context, officeID string, page []collaboration.Record) (map[collaboration.ActivationID][]string, error) {
	names := map[collaboration.ActivationID][]string{}
	if len(page) == 0 {
		return names, nil
	}
	byTime := func(a, b collaboration.Record) int { return a.RequestedAt.Compare(b.RequestedAt) }
	rows, err := s.read.AccessBetween(ctx, db.AccessBetweenParams{
		OfficeID: officeID, First: slices.MinFunc(page, byTime).RequestedAt, Last: slices.MaxFunc(page, byTime).RequestedAt,
	})
	for _, row := range rows {
		id := collaboration.ActivationID(row.ActivationID)
		names[id] = append(names[id], row.EmployeeName)
	}
	return names, failure(err)
}

// NameMainContact makes one of a customer's administrators its main contact.
func (s *Store) NameMainContact(ctx context.Context, officeID, customerID, administratorID string) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.Customer(ctx, db.CustomerParams{ID: customerID, OfficeID: officeID}); err != nil {
			return missing(err, collaboration.CodeCustomerNotFound)
		}
		if _, err := t.LockCustomer(ctx, customerID); err != nil {
			return err
		}
		_, err := t.Queries.Administrator(ctx, db.AdministratorParams{ID: administratorID, CustomerID: customerID})
		if errors.Is(err, sql.ErrNoRows) {
			return &collaboration.Error{Code: collaboration.CodeAdministratorNotFound}
		}
		if err != nil {
			return err
		}
		t.changed = append(t.changed, customerID)
		if _, err := t.ClearMainContact(ctx, db.ClearMainContactParams{CustomerID: customerID, ID: administratorID}); err != nil {
			return err
		}
		_, err = t.SetMainContact(ctx, db.SetMainContactParams{CustomerID: customerID, ID: administratorID})
		return err
	})
}
