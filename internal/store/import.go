package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// Import adds the customers and tasks of a file to an office. Existing rows stay
// unchanged even if the file differs (a name, the status or owner of a task), so that
// importing a file twice changes nothing. bad are the rows that could not be parsed; the
// import can find more. With errors and without partial it writes no row.
func (s Directory) Import(ctx context.Context, officeID string, rows []collaboration.ImportRow, bad []collaboration.RowError, partial bool) (collaboration.ImportResult, error) {
	var result collaboration.ImportResult
	err := s.write(ctx, func(t *tx) error {
		if n, err := t.LockOffice(ctx, officeID); err != nil || n == 0 {
			return notFound(cmp.Or(err, sql.ErrNoRows), collaboration.CodeNotFound)
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

// importer caches the office's rows, so that a row of the file without changes costs no
// query.
type importer struct {
	*tx
	office    string
	employees map[string]string // id by address, in lower case
	customers map[string]string // id by organisation number
	existing  map[thing]bool
	counted   map[string]bool // the customers in the result
	result    collaboration.ImportResult
}

// thing is a task by its name, an administrator by the address, or a solution by its
// id.
type thing struct{ customer, kind, name string }

func (t *tx) newImporter(ctx context.Context, officeID string) (*importer, error) {
	in := &importer{tx: t, office: officeID, employees: map[string]string{}, customers: map[string]string{}, existing: map[thing]bool{}, counted: map[string]bool{}}
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
			in.existing[thing{x.CustomerID, "administrator", ""}] = true
		}
		in.existing[thing{x.CustomerID, x.Kind, x.Name}] = true
	}
	return in, nil
}

// add writes the parts of a row that the office does not have yet.
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
		in.changedCustomers = append(in.changedCustomers, id)
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
	id = sqldb.NewID()
	in.customers[number] = id
	_, err = in.AddCustomer(ctx, db.AddCustomerParams{
		ID: id, OfficeID: in.office, OrganisationNumber: number, Name: row.Name, NameKey: column.NameKey(row.Name), CreatedAt: now(),
	})
	return id, true, err
}

func (in *importer) addTask(ctx context.Context, customerID, owner string, row collaboration.ImportRow) (bool, error) {
	if row.TaskName == "" || !in.markSeen(thing{customerID, "task", row.TaskName}) {
		return false, nil
	}
	in.result.Tasks++
	_, err := in.AddTask(ctx, db.AddTaskParams{ID: sqldb.NewID(), OfficeID: in.office, CustomerID: customerID, OwnerID: owner, Name: row.TaskName, IsOpen: row.TaskOpen})
	return true, err
}

func (in *importer) addPerson(ctx context.Context, customerID string, c *collaboration.Contact) (bool, error) {
	if c == nil {
		return false, nil
	}
	main := !in.existing[thing{customerID, "administrator", ""}]
	if !in.markSeen(thing{customerID, "administrator", strings.ToLower(c.Email)}) {
		return false, nil
	}
	in.existing[thing{customerID, "administrator", ""}] = true
	_, err := in.AddAdministrator(ctx, db.AddAdministratorParams{
		ID: sqldb.NewID(), CustomerID: customerID, Name: c.Name, Email: c.Email, Phone: c.Phone, MainContact: main,
	})
	return true, err
}

// addSolutions adds the subscriptions that the customer had before any collaboration:
// the customer pays.
func (in *importer) addSolutions(ctx context.Context, customerID string, ids []string) (added bool, err error) {
	for _, id := range ids {
		if !in.markSeen(thing{customerID, "solution", id}) {
			continue
		}
		added = true
		if _, err := in.AddSubscription(ctx, db.AddSubscriptionParams{
			ID: sqldb.NewID(), CustomerID: customerID, SolutionID: id,
			InvoiceRecipient: string(collaboration.PaidByCustomer), Since: now(),
		}); err != nil {
			return added, err
		}
	}
	return added, nil
}

// markSeen adds a thing, and reports whether it is new.
func (in *importer) markSeen(x thing) bool {
	known := in.existing[x]
	in.existing[x] = true
	return !known
}
