package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/directory"
)

// Directory has the offices, their employees and customers, and what a customer has:
// tasks, administrators and subscriptions.
type Directory struct{ *database }

// Employee returns an employee by id.
func (s Directory) Employee(ctx context.Context, id string) (collaboration.Employee, error) {
	row, err := s.read.Employee(ctx, id)
	return employee(row), notFound(err, collaboration.CodeNotFound)
}

// Employees returns the employees of an office, by name.
func (s Directory) Employees(ctx context.Context, officeID string) ([]collaboration.Employee, error) {
	rows, err := s.read.EmployeesOfOffice(ctx, officeID)
	all := make([]collaboration.Employee, len(rows))
	for i, row := range rows {
		all[i] = employee(row)
	}
	slices.SortStableFunc(all, func(a, b collaboration.Employee) int {
		return strings.Compare(column.NameKey(a.Name), column.NameKey(b.Name))
	})
	return all, failure(err)
}

// OfficeDefaults returns the settings that new activations of an office take over.
func (s Directory) OfficeDefaults(ctx context.Context, officeID string) (collaboration.OfficeDefaults, error) {
	settings, err := directory.New(s.read, nil).Settings(ctx, officeID)
	return settings.Defaults(), err
}

// DirectoryMail returns a mail about a change of an office's directory, without its link.
func (s Directory) DirectoryMail(ctx context.Context, m message.DirectoryMail) (collaboration.DirectoryMail, error) {
	mail, err := directory.Mail(ctx, s.read, m)
	return mail, failure(err)
}

// TaskOwner returns the customer of a task; "" if the office has no such task.
func (s Directory) TaskOwner(ctx context.Context, officeID, taskID string) (string, error) {
	task, err := s.read.TaskOfOffice(ctx, db.TaskOfOfficeParams{ID: taskID, OfficeID: officeID})
	return task.CustomerID, ignoreNoRows(err)
}

// TaskParticipants returns the owner of a task and the employees who work on it, without
// the deactivated ones.
func (s Directory) TaskParticipants(ctx context.Context, taskID string) ([]string, error) {
	people, err := s.read.ParticipantsWithRights(ctx, taskID)
	return people, failure(err)
}

// CustomerNumber returns the organisation number of a customer.
func (s Directory) CustomerNumber(ctx context.Context, customerID string) (collaboration.OrganisationNumber, error) {
	c, err := s.read.CustomerByID(ctx, customerID)
	return collaboration.OrganisationNumber(c.OrganisationNumber), notFound(err, collaboration.CodeCustomerNotFound)
}

// HasAdministratorOf reports whether the administrator that an activation created still
// exists.
func (s Directory) HasAdministratorOf(ctx context.Context, customerID string, id collaboration.ActivationID) (bool, error) {
	n, err := s.read.AdministratorMadeBy(ctx, db.AdministratorMadeByParams{CustomerID: customerID, CreatedBy: column.Text(id)})
	return n > 0, failure(err)
}

// CustomerByNumber returns the id of an office's customer by organisation number.
func (s Directory) CustomerByNumber(ctx context.Context, officeID string, number collaboration.OrganisationNumber) (id string, err error) {
	id, err = s.read.CustomerByNumber(ctx, db.CustomerByNumberParams{OfficeID: officeID, OrganisationNumber: string(number)})
	return id, notFound(err, collaboration.CodeCustomerNotFound)
}

// NameMainContact makes an administrator of a customer its main contact.
func (s Directory) NameMainContact(ctx context.Context, officeID, customerID, administratorID, by string) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.Customer(ctx, db.CustomerParams{ID: customerID, OfficeID: officeID}); err != nil {
			return notFound(err, collaboration.CodeCustomerNotFound)
		}
		if _, err := t.LockCustomer(ctx, customerID); err != nil {
			return err
		}
		named, err := t.Queries.Administrator(ctx, db.AdministratorParams{ID: administratorID, CustomerID: customerID})
		if errors.Is(err, sql.ErrNoRows) {
			return &collaboration.Error{Code: collaboration.CodeAdministratorNotFound}
		}
		if err != nil || named.MainContact {
			return err
		}
		t.changedCustomers = append(t.changedCustomers, customerID)
		if _, err := t.ClearMainContact(ctx, db.ClearMainContactParams{CustomerID: customerID, ID: administratorID}); err != nil {
			return err
		}
		if _, err = t.SetMainContact(ctx, db.SetMainContactParams{CustomerID: customerID, ID: administratorID}); err != nil {
			return err
		}
		return t.recordChange(ctx, officeID, by, "main_contact_named", administratorID, map[string]string{"customer": customerID})
	})
}

// Person returns the employee and the administrations of an e-mail address; neither
// for an unknown address.
func (s Directory) Person(ctx context.Context, email string) (collaboration.Person, error) {
	p := collaboration.Person{Email: strings.ToLower(email)}
	if email == "" {
		return p, nil
	}
	rows, err := s.read.MembershipsByEmail(ctx, db.MembershipsByEmailParams{Email: p.Email, Mailbox: collaboration.Mailbox(p.Email)})
	if err != nil {
		return p, failure(err)
	}
	for _, row := range rows { // the employee first
		if row.CustomerID == "" {
			p.Employers = append(p.Employers, row.OfficeID)
			if !row.OfficeActive || strings.ToLower(row.Email) != p.Email {
				continue // no rights at the office
			}
			p.Name = cmp.Or(p.Name, row.Name)
			e := employee(db.Employee{ID: row.ID, OfficeID: row.OfficeID, Name: row.Name, Email: row.Email, Role: row.Role})
			e.OfficeLocale, e.OfficeName, e.OfficeLogo = collaboration.Locale(row.OfficeLocale), row.OfficeName, row.OfficeLogo
			p.Employee = &e
			continue
		}
		p.Name = cmp.Or(p.Name, row.Name)
		p.Administers = append(p.Administers, collaboration.Administration{
			AdministratorID: row.ID, CustomerID: row.CustomerID, CustomerName: row.CustomerName,
			OfficeID: row.OfficeID, OfficeName: row.OfficeName,
		})
	}
	return p.SeparateDuties(), nil
}

// IsEmployeeAddress reports whether an active employee of an office has an e-mail address.
func (s Directory) IsEmployeeAddress(ctx context.Context, officeID, email string) (bool, error) {
	n, err := s.read.EmployeesWithAddress(ctx, db.EmployeesWithAddressParams{OfficeID: officeID, Email: strings.ToLower(email), Mailbox: collaboration.Mailbox(email)})
	return n > 0, failure(err)
}
