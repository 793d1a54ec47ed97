package directory

import (
	"context"
	"errors"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// importer imports the lines of a file in one transaction.
type importer struct {
	*edit
	options directory.ImportOptions
	result  directory.ImportResult
	failed  []collaboration.RowError
	// locked are the customers that the transaction has locked or added.
	locked map[string]bool
	// current is the change that the importer makes; record completes it.
	current directory.ImportChange
}

func newImporter(x *edit, o directory.ImportOptions) *importer {
	m := &importer{edit: x, options: o, locked: map[string]bool{}}
	x.recorded = m.recordChange
	return m
}

// recordChange adds an audit row to the result.
func (m *importer) recordChange(action, _ string, detail map[string]any) {
	change := m.current
	change.Action = action
	change.Fields, _ = detail["fields"].([]string)
	if isOpen, known := detail["open"].(bool); known && !isOpen && slices.Contains(change.Fields, "open") {
		change.Action = "task_closed"
	}
	m.result.Add(change)
}

// importRow brings the parts of one line to their state.
func (m *importer) importRow(ctx context.Context, row collaboration.ImportRow) error {
	before := m.result.Made()
	m.current = directory.ImportChange{Line: row.Line, Customer: row.Name}
	customer, err := m.importCustomer(ctx, row)
	if err != nil {
		return m.fail(row.Line, err, customerColumns)
	}
	if err := m.importTask(ctx, customer, row); err != nil {
		return m.fail(row.Line, err, taskColumns)
	}
	if err := m.importAdministrator(ctx, customer, row.Administrator); err != nil {
		return m.fail(row.Line, err, administratorColumns)
	}
	if err := m.importSolutions(ctx, customer, row.SolutionIDs); err != nil {
		return err
	}
	if m.result.Made() == before {
		m.result.Unchanged++
	}
	return nil
}

func (m *importer) importCustomer(ctx context.Context, row collaboration.ImportRow) (id string, err error) {
	stored, found := m.office.customers[string(row.OrganisationNumber)]
	wanted := directory.Customer{Name: row.Name, Number: string(row.OrganisationNumber), Reference: string(stored.Reference)}
	switch {
	case !found:
		id, err = m.addCustomer(ctx, wanted)
		m.locked[id] = true
		return id, err
	case stored.ArchivedAt.Valid:
		return "", invalid("organisation_number", collaboration.CodeCustomerArchived)
	case stored.Name != row.Name:
		if err := m.lock(ctx, stored.ID); err != nil {
			return "", err
		}
		return stored.ID, m.editCustomer(ctx, stored, wanted)
	}
	return stored.ID, nil
}

// importTask adds or edits the task of a line. It keeps the participants of a task and the
// office's own id, which a file does not have, and without a status also the status.
func (m *importer) importTask(ctx context.Context, customerID string, row collaboration.ImportRow) error {
	if row.TaskName == "" {
		return nil
	}
	m.current.Entry = row.TaskName
	owner, known := m.office.colleagues[strings.ToLower(row.TaskOwnerEmail)]
	if !known {
		return invalid("owner", collaboration.CodeInvalidChoice)
	}
	wanted := directory.Task{Name: row.TaskName, Owner: owner, Open: row.TaskOpen}
	stored, found := matchTask(m.office.tasks[customerID], nil, wanted)
	if found && !row.HasTaskStatus && !m.options.CloseMissingTasks {
		wanted.Open = stored.IsOpen
	}
	if found && stored.OwnerID == owner && stored.IsOpen == wanted.Open {
		return nil // also a closed task of an employee that left
	}
	if !m.office.isActive[owner] {
		return invalid("owner", collaboration.CodeInvalidChoice)
	}
	if err := m.lock(ctx, customerID); err != nil {
		return err
	}
	if !found {
		_, err := m.addTask(ctx, customerID, wanted, "")
		return err
	}
	wanted.Reference = string(stored.Reference)
	wanted.Participants = slices.DeleteFunc(slices.Clone(m.office.participants[stored.ID]), func(id string) bool { return !m.office.isActive[id] })
	return m.editTask(ctx, stored, wanted, "")
}

// importAdministrator adds the administrator of a line, or edits the one with its address.
func (m *importer) importAdministrator(ctx context.Context, customerID string, c *collaboration.Contact) error {
	if c == nil {
		return nil
	}
	m.current.Entry = c.Name
	hasAddress := func(a db.Administrator) bool { return strings.EqualFold(a.Email, c.Email) }
	isSame := func(a db.Administrator) bool { return hasAddress(a) && a.Name == c.Name && a.Phone == c.Phone }
	if slices.ContainsFunc(m.office.administrators[customerID], isSame) {
		return nil
	}
	if err := m.lock(ctx, customerID); err != nil {
		return err
	}
	stored := m.office.administrators[customerID] // as the lock has read them
	i := slices.IndexFunc(stored, hasAddress)
	if i < 0 {
		_, err := m.addAdministrator(ctx, customerID, directory.Administrator{Contact: *c}, "")
		return err
	}
	wanted := *c
	wanted.Email = stored[i].Email
	return m.editAdministrator(ctx, stored[i], directory.Administrator{Contact: wanted}, "")
}

// importSolutions adds the subscriptions that the customer had before any collaboration:
// the customer pays.
func (m *importer) importSolutions(ctx context.Context, customerID string, ids []string) error {
	for _, id := range ids {
		if slices.Contains(m.office.solutions[customerID], id) {
			continue
		}
		if err := m.lock(ctx, customerID); err != nil {
			return err
		}
		m.current.Entry = id
		m.office.solutions[customerID] = append(m.office.solutions[customerID], id)
		subscription := sqldb.NewID()
		added, err := m.AddSubscription(ctx, db.AddSubscriptionParams{ID: subscription, CustomerID: customerID, SolutionID: id,
			InvoiceRecipient: string(collaboration.PaidByCustomer), Since: m.Now})
		if err != nil || added == 0 { // a step of an activation has just added it
			return err
		}
		if err := m.recordCustomer(ctx, "subscription_added", customerID, subscription, map[string]any{"solution": id}); err != nil {
			return err
		}
	}
	return nil
}

// closeMissing closes the open tasks that the file lacks, of the customers in the file.
func (m *importer) closeMissing(ctx context.Context, rows []collaboration.ImportRow) error {
	type customer struct {
		id    string
		first collaboration.ImportRow
	}
	var customers []customer
	hasTask := map[[2]string]bool{}
	isKnown, hasTasks := map[string]bool{}, false
	for _, row := range rows {
		id := m.office.customers[string(row.OrganisationNumber)].ID
		hasTask[[2]string{id, row.TaskName}] = true
		hasTasks = hasTasks || row.TaskName != ""
		if !isKnown[id] {
			isKnown[id] = true
			customers = append(customers, customer{id, row})
		}
	}
	if !hasTasks {
		// A file without tasks would close them all.
		return m.fail(1, invalid("task", collaboration.CodeRequired), taskColumns)
	}
	for _, c := range customers {
		for _, task := range slices.Clone(m.office.tasks[c.id]) {
			if !task.IsOpen || hasTask[[2]string{c.id, task.Name}] {
				continue
			}
			m.current = directory.ImportChange{Line: c.first.Line, Customer: c.first.Name, Entry: task.Name}
			if err := m.lock(ctx, c.id); err != nil {
				return err
			}
			if err := m.closeTask(ctx, task); err != nil {
				if err := m.fail(c.first.Line, err, taskColumns); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// lock locks a customer before its first change, and reads again what the steps of an
// activation may have changed since the import began.
func (m *importer) lock(ctx context.Context, customerID string) error {
	if m.locked[customerID] {
		return nil
	}
	m.locked[customerID] = true
	if _, err := m.customer(ctx, customerID, nil); err != nil {
		return err
	}
	stored, err := m.AdministratorsOfCustomer(ctx, customerID)
	m.office.administrators[customerID] = stored
	return err
}

// The columns of a file by the fields of an entry; "" is the column of an error without a
// field.
var (
	customerColumns      = map[string]string{"": "organisation_number"}
	taskColumns          = map[string]string{"": "task", "name": "task", "reference": "task", "owner": "task_owner_email", "participants": "task_owner_email"}
	administratorColumns = map[string]string{"": "administrator_email", "name": "administrator_name", "email": "administrator_email", "phone": "administrator_phone"}
)

// lineCodes are the errors that concern one line.
var lineCodes = []collaboration.Code{
	collaboration.CodeInvalidRequest, collaboration.CodeTaskInUse, collaboration.CodeCustomerArchived,
	collaboration.CodeCustomerActive, collaboration.CodeAdministratorInvited, collaboration.CodeDuplicate,
}

// fail adds the errors of a line. It returns an error that does not concern a line alone.
func (m *importer) fail(line int, err error, columns map[string]string) error {
	var e *collaboration.Error
	if !errors.As(err, &e) || !slices.Contains(lineCodes, e.Code) {
		return err
	}
	fields := e.Fields
	if len(fields) == 0 {
		fields = []collaboration.FieldError{{Code: e.Code}}
	}
	for _, f := range fields {
		column, known := columns[f.Field]
		if !known {
			column = f.Field
		}
		m.failed = append(m.failed, collaboration.RowError{Line: line, Field: column, Code: f.Code})
	}
	return nil
}
