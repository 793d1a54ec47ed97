package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// Erasure erases personal data.
type Erasure struct{ *database }

// EraseCustomer erases the personal data of a customer: its administrators, the changes
// of their addresses, the recipients of mails, comments of declines, and the name and number of a sole trader,
// also in rows of batches and names of tasks. Without the customer's data keys,
// Temporal's payloads become unreadable. The audit chains still verify.
func (s Erasure) EraseCustomer(ctx context.Context, officeID, customerID, by string, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.LockCustomer(ctx, customerID); err != nil {
			return err
		}
		customer, err := t.Customer(ctx, db.CustomerParams{ID: customerID, OfficeID: officeID})
		if err != nil {
			return notFound(err, collaboration.CodeCustomerNotFound)
		}
		if live, err := t.LiveActivationsOfCustomer(ctx, customerID); err != nil || live > 0 {
			if err == nil {
				err = &collaboration.Error{Code: collaboration.CodeCustomerActive}
			}
			return err
		}
		activations, err := t.ActivationsToErase(ctx, customerID)
		if err != nil {
			return err
		}
		for _, id := range activations {
			if err := t.eraseActivation(ctx, collaboration.ActivationID(id), by, now); err != nil {
				return err
			}
		}
		if _, err := t.EraseAdministrators(ctx, customerID); err != nil {
			return err
		}
		if err := t.EraseAddressChanges(ctx, customerID); err != nil {
			return err
		}
		if err := t.EraseKeys(ctx, db.EraseKeysParams{OfficeID: officeID, CustomerID: customerID}); err != nil {
			return err
		}
		if err := t.eraseBatchRows(ctx, customer); err != nil {
			return err
		}
		if err := t.RecordErasedDataKeys(ctx, column.Text(customerID)); err != nil {
			return err
		}
		if err := t.EraseDataKeys(ctx, column.Text(customerID)); err != nil {
			return err
		}
		t.changedCustomers = append(t.changedCustomers, customerID)
		if err := t.erasePerson(ctx, customer); err != nil {
			return err
		}
		return t.recordChange(ctx, officeID, by, "customer_erased", customerID, map[string]string{"customer": customerID})
	})
}

func (t *tx) eraseActivation(ctx context.Context, id collaboration.ActivationID, by string, now time.Time) error {
	w, err := t.lock(ctx, id)
	if err != nil {
		return err
	}
	erased := step{activation: id, key: "personal_data_erased:" + sqldb.NewID(), action: collaboration.ActionPersonalDataErased, by: by, at: now}
	if err := t.append(ctx, erased); err != nil { // first: a trigger requires the event of the erasure
		return err
	}
	if err := t.ErasePrivate(ctx, string(id)); err != nil {
		return err
	}
	if err := t.EraseAddresses(ctx, string(id)); err != nil {
		return err
	}
	w.a.InvitedID, w.a.InvitedName, w.a.InvitedEmail = "", "", ""
	if err := eraseAnswers(w); err != nil {
		return err
	}
	return w.save(ctx)
}

// eraseAnswers erases the comments of the customer's answers, and the logins' persons.
func eraseAnswers(w *stepContext) error {
	var d *collaboration.Decision
	if err := fromJSON(w.a.Decision, &d); err != nil {
		return err
	}
	var p *collaboration.Proposal
	if err := fromJSON(w.a.Proposal, &p); err != nil {
		return err
	}
	eraseAnswer(d)
	if p != nil {
		eraseAnswer(p.Decision)
	}
	return errors.Join(setJSON(&w.a.Decision, d), setJSON(&w.a.Proposal, p))
}

func eraseAnswer(d *collaboration.Decision) {
	if d == nil {
		return
	}
	d.Comment = ""
	if d.Login != nil {
		login := d.Login.WithoutPerson()
		d.Login = &login
	}
}

// eraseBatchRows removes contacts, and the numbers of sole traders. The customer and the
// activation of a row stay.
func (t *tx) eraseBatchRows(ctx context.Context, c db.Customer) error {
	rows, err := t.BatchRowsToErase(ctx, db.BatchRowsToEraseParams{
		OfficeID: c.OfficeID, OrganisationNumber: c.OrganisationNumber, CustomerID: c.ID,
		Pattern: "%\"customer_id\":\"" + likeEscape.Replace(c.ID) + "\"%",
	})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := t.eraseBatchRow(ctx, c, row); err != nil {
			return err
		}
		if err := t.EraseBatchKey(ctx, db.EraseBatchKeyParams{OfficeID: c.OfficeID, BatchID: row.BatchID}); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) eraseBatchRow(ctx context.Context, c db.Customer, row db.BatchRow) error {
	r, err := batchRow(row)
	if err != nil {
		return err
	}
	// A row with both goes by the id: the contact may be another customer's.
	if r.Request.CustomerID = cmp.Or(r.Request.CustomerID, c.ID); r.Request.CustomerID == c.ID {
		r.Request.Contact = nil
	}
	if r.OrganisationNumber.IsSoleTrader() {
		row.OrganisationNumber = ""
	}
	request, err := json.Marshal(r.Request)
	if err != nil {
		return err
	}
	return t.EraseBatchRow(ctx, db.EraseBatchRowParams{
		BatchID: row.BatchID, Line: row.Line, Request: string(request), OrganisationNumber: row.OrganisationNumber,
	})
}

// erasePerson removes the name and number of a sole trader, which are personal data.
// Those of a company are not.
func (t *tx) erasePerson(ctx context.Context, c db.Customer) error {
	number := collaboration.OrganisationNumber(c.OrganisationNumber)
	if !number.IsSoleTrader() {
		return nil
	}
	if err := t.eraseTasks(ctx, c.ID, c.NameKey, c.OrganisationNumber, number.String()); err != nil {
		return err
	}
	name := "Raderad kund " + c.ID
	return t.Queries.EraseCustomer(ctx, db.EraseCustomerParams{
		ID: c.ID, Name: name, NameKey: column.NameKey(name), OrganisationNumber: "erased-" + c.ID,
	})
}

// eraseTasks removes the names of tasks that contain the person's name or number.
func (t *tx) eraseTasks(ctx context.Context, customerID string, personal ...string) error {
	tasks, err := t.TasksOfCustomer(ctx, customerID)
	if err != nil {
		return err
	}
	for _, task := range tasks {
		name := column.NameKey(task.Name)
		if !slices.ContainsFunc(personal, func(p string) bool { return strings.Contains(name, p) }) {
			continue
		}
		if err := t.EraseTask(ctx, db.EraseTaskParams{ID: task.ID, Name: "Raderad uppgift " + task.ID}); err != nil {
			return err
		}
	}
	return nil
}
