package directory

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// AddEmployee adds an employee with a new id.
func (d Directory) AddEmployee(ctx context.Context, by directory.By, id string, e directory.Employee) error {
	return d.changeStaff(ctx, by, func(x staff) error { return x.addEmployee(ctx, id, e) })
}

// EditEmployee replaces what the office says about an employee.
func (d Directory) EditEmployee(ctx context.Context, by directory.By, id string, e directory.Employee, versions []int) error {
	return d.changeStaff(ctx, by, func(x staff) error {
		row, err := x.employee(ctx, id)
		if err != nil {
			return err
		}
		if err := checkVersion(row.Version, versions); err != nil {
			return err
		}
		return x.editEmployee(ctx, row, e)
	})
}

// PutEmployee edits the employee with the office's own id, or adds it with a new id. Without
// a new id it adds none: another change has removed the reference.
func (d Directory) PutEmployee(ctx context.Context, by directory.By, newID string, e directory.Employee, versions []int) (id string, added bool, err error) {
	err = d.changeStaff(ctx, by, func(x staff) error {
		row, err := x.EmployeeByReference(ctx, db.EmployeeByReferenceParams{OfficeID: x.OfficeID, Reference: text(e.Reference)})
		if errors.Is(err, sql.ErrNoRows) {
			if err := checkVersion(0, versions); err != nil {
				return err
			}
			if newID == "" {
				return &collaboration.Error{Code: collaboration.CodeEmployeeNotFound}
			}
			added, id = true, newID
			return x.addEmployee(ctx, id, e)
		}
		if err != nil {
			return err
		}
		id = row.ID
		if err := checkVersion(row.Version, versions); err != nil {
			return err
		}
		return x.editEmployee(ctx, row, e)
	})
	return id, added, err
}

// DeactivateEmployee removes all rights of an employee. successor is the colleague that
// takes over the open tasks and live activations; "" leaves them.
func (d Directory) DeactivateEmployee(ctx context.Context, by directory.By, id, successor string) error {
	return d.changeStaff(ctx, by, func(x staff) error {
		row, err := x.employee(ctx, id)
		if err != nil || row.DeactivatedAt.Valid {
			return err
		}
		if err := x.requireOtherManager(ctx, row); err != nil {
			return err
		}
		if successor != "" {
			if err := x.handOver(ctx, id, successor); err != nil {
				return err
			}
		}
		row.DeactivatedAt = optionalTime(x.Now)
		if err := x.saveEmployee(ctx, row); err != nil {
			return err
		}
		if err := x.syncAccessOf(ctx, id); err != nil {
			return err
		}
		return x.record(ctx, "employee_deactivated", id, nil)
	})
}

// ActivateEmployee gives a deactivated employee the rights back.
func (d Directory) ActivateEmployee(ctx context.Context, by directory.By, id string) error {
	return d.changeStaff(ctx, by, func(x staff) error {
		row, err := x.employee(ctx, id)
		if err != nil || !row.DeactivatedAt.Valid {
			return err
		}
		if err := x.requireNoAdministrator(ctx, row.Email); err != nil {
			return err
		}
		row.DeactivatedAt = sql.NullTime{}
		if err := x.saveEmployee(ctx, row); err != nil {
			return err
		}
		if err := x.syncAccessOf(ctx, id); err != nil {
			return err
		}
		return x.record(ctx, "employee_activated", id, nil)
	})
}

// HandOver makes a colleague the owner of an employee's open tasks, and the sender of the
// live activations.
func (d Directory) HandOver(ctx context.Context, by directory.By, from, to string) error {
	return d.changeStaff(ctx, by, func(x staff) error {
		if _, err := x.employee(ctx, from); err != nil {
			return err
		}
		return x.handOver(ctx, from, to)
	})
}

// staff is an edit of the employees.
type staff struct{ *edit }

func (d Directory) changeStaff(ctx context.Context, by directory.By, do func(staff) error) error {
	return d.change(ctx, by, func(x *edit) error { return do(staff{x}) })
}

func (x staff) employee(ctx context.Context, id string) (db.Employee, error) {
	row, err := x.EmployeeOfOffice(ctx, db.EmployeeOfOfficeParams{ID: id, OfficeID: x.OfficeID})
	return row, notFound(err, collaboration.CodeEmployeeNotFound)
}

// requireActiveEmployee returns the error of a field that names an employee.
func (x *edit) requireActiveEmployee(ctx context.Context, field, id string) error {
	row, err := x.EmployeeOfOffice(ctx, db.EmployeeOfOfficeParams{ID: id, OfficeID: x.OfficeID})
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.DeactivatedAt.Valid {
		return invalid(field, collaboration.CodeInvalidChoice)
	}
	return err
}

func (x staff) addEmployee(ctx context.Context, id string, e directory.Employee) error {
	if err := x.requireNoAdministrator(ctx, e.Email); err != nil {
		return err
	}
	err := x.AddNewEmployee(ctx, db.AddNewEmployeeParams{ID: id, OfficeID: x.OfficeID, Name: e.Name, Email: e.Email, Role: string(e.Role), Reference: text(e.Reference)})
	if err != nil {
		return duplicateEmployee(err)
	}
	return x.record(ctx, "employee_added", id, map[string]any{"role": e.Role})
}

func (x staff) editEmployee(ctx context.Context, row db.Employee, e directory.Employee) error {
	changed := changedFields(
		field{"name", row.Name != e.Name}, field{"email", row.Email != e.Email},
		field{"role", row.Role != string(e.Role)}, field{"reference", row.Reference != text(e.Reference)},
	)
	if len(changed) == 0 {
		return nil
	}
	if !strings.EqualFold(row.Email, e.Email) && !row.DeactivatedAt.Valid {
		if err := x.requireNoAdministrator(ctx, e.Email); err != nil {
			return err
		}
	}
	if e.Role != collaboration.RoleManager {
		if err := x.requireOtherManager(ctx, row); err != nil {
			return err
		}
	}
	row.Name, row.Email, row.Role, row.Reference = e.Name, e.Email, string(e.Role), text(e.Reference)
	if err := x.saveEmployee(ctx, row); err != nil {
		return err
	}
	return x.record(ctx, "employee_edited", row.ID, map[string]any{"fields": changed, "role": e.Role})
}

// requireNoAdministrator rejects the address of an administrator of one of the office's
// customers: as an employee the person could no longer answer for the customer.
func (x staff) requireNoAdministrator(ctx context.Context, email string) error {
	n, err := x.AdministratorsWithAddress(ctx, db.AdministratorsWithAddressParams{OfficeID: x.OfficeID, Email: strings.ToLower(email)})
	if err == nil && n > 0 {
		err = invalid("email", collaboration.CodeAdministratorAddress)
	}
	return err
}

func (x staff) saveEmployee(ctx context.Context, row db.Employee) error {
	err := x.SaveEmployee(ctx, db.SaveEmployeeParams{ID: row.ID, Name: row.Name, Email: row.Email, Role: row.Role, Reference: row.Reference, DeactivatedAt: row.DeactivatedAt})
	return duplicateEmployee(err)
}

// duplicateEmployee names the field that another employee has. An address is unique over
// all offices.
func duplicateEmployee(err error) error {
	switch {
	case sqldb.ViolatesUnique(err, []string{"employees_by_reference", "employees.office_id"}):
		return invalid("reference", collaboration.CodeDuplicate)
	case sqldb.IsUniqueViolation(err):
		return invalid("email", collaboration.CodeDuplicate)
	}
	return err
}

// requireOtherManager returns CodeLastManager for the only manager with rights.
func (x staff) requireOtherManager(ctx context.Context, row db.Employee) error {
	if row.Role != string(collaboration.RoleManager) || row.DeactivatedAt.Valid {
		return nil
	}
	others, err := x.OtherManagers(ctx, db.OtherManagersParams{OfficeID: x.OfficeID, ID: row.ID})
	if err == nil && others == 0 {
		err = &collaboration.Error{Code: collaboration.CodeLastManager}
	}
	return err
}

func (x staff) handOver(ctx context.Context, from, to string) error {
	if from == to {
		return invalid("successor_id", collaboration.CodeInvalidChoice)
	}
	if err := x.requireActiveEmployee(ctx, "successor_id", to); err != nil {
		return err
	}
	tasks, err := x.TasksOfEmployee(ctx, from)
	if err != nil {
		return err
	}
	owned := 0
	for _, t := range tasks {
		if t.OwnerID != from {
			continue
		}
		owned++
		t.OwnerID = to
		if err := x.saveTask(ctx, t); err != nil {
			return err
		}
		if err := x.SyncAccess(ctx, t.ID, x.ID, x.Now); err != nil {
			return err
		}
		if err := x.recordCustomer(ctx, "task_edited", t.CustomerID, t.ID, map[string]any{"fields": []string{"owner"}, "owner": to}); err != nil {
			return err
		}
	}
	sent, err := x.LiveActivationsOfSender(ctx, db.LiveActivationsOfSenderParams{OfficeID: x.OfficeID, RequestedBy: from})
	if err != nil {
		return err
	}
	for _, id := range sent {
		if err := x.Tx.HandOver(ctx, id, to, x.ID, x.Now); err != nil {
			return err
		}
	}
	return x.record(ctx, "employee_handed_over", from, map[string]any{"to": to, "tasks": owned, "activations": len(sent)})
}

// syncAccessOf corrects the access to the running collaborations of an employee's tasks.
func (x staff) syncAccessOf(ctx context.Context, employee string) error {
	tasks, err := x.TasksOfEmployee(ctx, employee)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if err := x.SyncAccess(ctx, t.ID, x.ID, x.Now); err != nil {
			return err
		}
	}
	return nil
}

// field is a field of an entry, and whether an edit changes it.
type field struct {
	name    string
	changed bool
}

// changedFields returns the names of the changed fields.
func changedFields(all ...field) []string {
	var names []string
	for _, f := range all {
		if f.changed {
			names = append(names, f.name)
		}
	}
	return names
}
