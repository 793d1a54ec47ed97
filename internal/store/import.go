package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// Import adds the customers and tasks of a file to an office. What is there
// already stays as it is, also where the file says otherwise (a name, a task's
// status or owner), so that the same file twice changes nothing. bad are
// the rows that could not be read; more may be found here. Where there are any
// and partial is false, nothing is written.
func (s *Store) Import(ctx context.Context, officeID string, rows []collaboration.ImportRow, bad []collaboration.RowError, partial bool) (collaboration.ImportResult, error) {
	var result collaboration.ImportResult
	err := s.write(ctx, func(t *tx) error {
		if n, err := t.LockOffice(ctx, officeID); err != nil || n == 0 {
			return missing(cmp.Or(err, sql.ErrNoRows), collaboration.CodeNotFound)
		}
		in, err := t.newImporter(ctx, officeID)
		if err != nil {
			return err
		}
		in.result.Errors = slices.Clone(bad)
		for _, row := range rows {
			if err := in.add(ctx, row); err != nil {
				return err
			}
		}
		result = in.result
		if len(result.Errors) > 0 && !partial {
			result = collaboration.ImportResult{Errors: result.Errors}
			return errUnchanged
		}
		return nil
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	if err != nil {
		return collaboration.ImportResult{}, err
	}
	return result, nil
}

// importer knows what the office has, so that a row which changes nothing
// costs no query.
type importer struct {
	*tx
	office    string
	employees map[string]string // id by address, in lower case
	customers map[string]string // id by organisation number
	has       map[has]bool
	counted   map[string]bool // the customers in the result
	result    collaboration.ImportResult
}

// has is one thing a customer has: a task by its name, an administrator by the
// address, a solution by its id.
type has struct{ customer, kind, name string }

func (t *tx) newImporter(ctx context.Context, officeID string) (*importer, error) {
	in := &importer{tx: t, office: officeID, employees: map[string]string{}, customers: map[string]string{}, has: map[has]bool{}, counted: map[string]bool{}}
	employees, err := t.EmployeesOfOffice(ctx, officeID)
	if err != nil {
		return nil, err
	}
	for _, e := range employees {
		in.employees[strings.ToLower(e.Email)] = e.ID
	}
	customers, err := t.CustomersOfOffice(ctx, officeID)
	if err != nil {
		return nil, err
	}
	for _, c := range customers {
		in.customers[c.OrganisationNumber] = c.ID
	}
	things, err := t.ThingsOfOffice(ctx, officeID)
	if err != nil {
		return nil, err
	}
	for _, x := range things {
		if x.Kind == "administrator" {
			x.Name = strings.ToLower(x.Name)
			in.has[has{x.CustomerID, "administrator", ""}] = true
		}
		in.has[has{x.CustomerID, x.Kind, x.Name}] = true
	}
	return in, nil
}

// add writes what a row has and the office has not.
func (in *importer) add(ctx context.Context, row collaboration.ImportRow) error {
	owner, known := in.employees[strings.ToLower(row.TaskOwnerEmail)]
	if row.TaskName != "" && !known {
		in.result.Errors = append(in.result.Errors, collaboration.RowError{
			Line: row.Line, Field: "task_owner_email", Code: collaboration.CodeInvalidChoice,
		})
		return nil
	}
	id, isNew, err := in.addCustomer(ctx, row)
	if err != nil {
		return err
	}
	task, err := in.addTask(ctx, id, owner, row)
	if err != nil {
		return err
	}
	person, err := in.addPerson(ctx, id, row.Administrator)
	if err != nil {
		return err
	}
	solutions, err := in.addSolutions(ctx, id, row.SolutionIDs)
	if err != nil {
		return err
	}
	if (isNew || person || solutions) && !in.counted[id] {
		in.counted[id] = true
		in.result.Customers++
	}
	if isNew || task || person || solutions {
		in.changed = append(in.changed, id)
	} else {
		in.result.Unchanged++
	}
	return nil
}

func (in *importer) addCustomer(ctx context.Context, row collaboration.ImportRow) (id string, added bool, err error) {
	number := string(row.OrganisationNumber)
	if id, known := in.customers[number]; known {
		return id, false, nil
	}
	id = newID()
	in.customers[number] = id
	_, err = in.AddCustomer(ctx, db.AddCustomerParams{
		ID: id, OfficeID: in.office, OrganisationNumber: number, Name: row.Name, NameKey: nameKey(row.Name), CreatedAt: now(),
	})
	return id, true, err
}

func (in *importer) addTask(ctx context.Context, customerID, owner string, row collaboration.ImportRow) (bool, error) {
	if row.TaskName == "" || !in.first(has{customerID, "task", row.TaskName}) {
		return false, nil
	}
	in.result.Tasks++
	_, err := in.AddTask(ctx, db.AddTaskParams{ID: newID(), CustomerID: customerID, OwnerID: owner, Name: row.TaskName, IsOpen: row.TaskOpen})
	return true, err
}

func (in *importer) addPerson(ctx context.Context, customerID string, c *collaboration.Contact) (bool, error) {
	if c == nil {
		return false, nil
	}
	main := !in.has[has{customerID, "administrator", ""}]
	if !in.first(has{customerID, "administrator", strings.ToLower(c.Email)}) {
		return false, nil
	}
	in.has[has{customerID, "administrator", ""}] = true
	_, err := in.AddAdministrator(ctx, db.AddAdministratorParams{
		ID: newID(), CustomerID: customerID, Name: c.Name, Email: c.Email, Phone: c.Phone, MainContact: main,
	})
	return true, err
}

// addSolutions adds what the customer had before any collaboration: it pays.
func (in *importer) addSolutions(ctx context.Context, customerID string, ids []string) (added bool, err error) {
	for _, id := range ids {
		if !in.first(has{customerID, "solution", id}) {
			continue
		}
		added = true
		if _, err := in.AddSubscription(ctx, db.AddSubscriptionParams{
			ID: newID(), CustomerID: customerID, SolutionID: id,
			InvoiceRecipient: string(collaboration.PaidByCustomer), Since: now(),
		}); err != nil {
			return added, err
		}
	}
	return added, nil
}

// first reports whether the thing is new, and notes it.
func (in *importer) first(x has) bool {
	known := in.has[x]
	in.has[x] = true
	return !known
}
