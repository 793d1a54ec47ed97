package api_test

import (
	"context"
	"errors"
	"slices"

	"countersign/collaboration"
	"countersign/collaboration/directory"
)

// offices fakes the directory of the world's two offices. It checks to whom an entry
// belongs, and changes nothing: the tests of the store check the changes.
type offices struct{ *facts }

func (o offices) employee(officeID, id string) error {
	if !slices.ContainsFunc([]collaboration.Employee{maja, nils, sara, o.world.hired}, func(e collaboration.Employee) bool { return e.ID == id && e.OfficeID == officeID }) {
		return &collaboration.Error{Code: collaboration.CodeEmployeeNotFound}
	}
	return nil
}

func (o offices) customer(officeID, id string) error {
	if c, known := o.world.customers[id]; !known || c.OfficeID != officeID {
		return &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	return nil
}

func (o offices) Colleagues(_ context.Context, officeID string) (all []directory.Colleague, err error) {
	for _, e := range []collaboration.Employee{maja, nils, sara, o.world.hired} {
		if e.OfficeID == officeID {
			all = append(all, directory.Colleague{Employee: e})
		}
	}
	return all, nil
}

func (o offices) Changes(context.Context, string, collaboration.Page) ([]directory.Change, string, error) {
	return []directory.Change{{ID: "d1", At: now, By: "emp-maja", ByName: "Maja Ekström", Action: "customer_added", Subject: "c-new", Detail: `{"customer":"c-new"}`}}, "", nil
}

func (o offices) CustomerID(_ context.Context, officeID, key string) (string, error) {
	return key, o.customer(officeID, key)
}

func (o offices) Participants(context.Context, string) (map[string][]string, error) { return nil, nil }

func (o offices) AddEmployee(_ context.Context, by directory.By, id string, e directory.Employee) error {
	o.world.hired = collaboration.Employee{ID: id, OfficeID: by.OfficeID, Name: e.Name, Email: e.Email, Role: e.Role}
	return o.called("AddEmployee")
}

func (o offices) EditEmployee(_ context.Context, by directory.By, id string, _ directory.Employee, _ []int) error {
	return errors.Join(o.called("EditEmployee"), o.employee(by.OfficeID, id))
}

func (o offices) PutEmployee(ctx context.Context, by directory.By, newID string, e directory.Employee, _ []int) (string, bool, error) {
	return newID, true, o.AddEmployee(ctx, by, newID, e)
}

func (o offices) DeactivateEmployee(_ context.Context, by directory.By, id, _ string) error {
	return errors.Join(o.called("DeactivateEmployee"), o.employee(by.OfficeID, id))
}

func (o offices) ActivateEmployee(_ context.Context, by directory.By, id string) error {
	return errors.Join(o.called("ActivateEmployee"), o.employee(by.OfficeID, id))
}

func (o offices) HandOver(_ context.Context, by directory.By, from, _ string) error {
	return errors.Join(o.called("HandOver"), o.employee(by.OfficeID, from))
}

func (o offices) AddCustomer(_ context.Context, by directory.By, _ directory.Customer) (string, error) {
	for id, c := range o.world.customers {
		if c.OfficeID == by.OfficeID {
			return id, o.called("AddCustomer")
		}
	}
	return "", nil
}

func (o offices) EditCustomer(_ context.Context, by directory.By, id string, c directory.Customer, _ []int) error {
	o.edited = c
	return errors.Join(o.called("EditCustomer"), o.customer(by.OfficeID, id))
}

func (o offices) PutCustomer(ctx context.Context, by directory.By, key string, r directory.Record, _ []int) (string, bool, error) {
	if o.customer(by.OfficeID, key) == nil {
		return key, false, nil
	}
	id, err := o.AddCustomer(ctx, by, r.Customer)
	return id, true, err
}

func (o offices) SetCustomerArchived(_ context.Context, by directory.By, id string, _ bool, _ []int) error {
	return errors.Join(o.called("SetCustomerArchived"), o.customer(by.OfficeID, id))
}

func (o offices) AddTask(_ context.Context, by directory.By, customerID string, _ directory.Task, _ []int) (string, error) {
	return "t-new", errors.Join(o.called("AddTask"), o.customer(by.OfficeID, customerID))
}

func (o offices) EditTask(_ context.Context, by directory.By, customerID, _ string, _ directory.Task, _ []int) error {
	return errors.Join(o.called("EditTask"), o.customer(by.OfficeID, customerID))
}

func (o offices) PutTask(_ context.Context, by directory.By, customerID string, _ directory.Task, _ []int) (string, bool, error) {
	return "t-new", true, o.customer(by.OfficeID, customerID)
}

func (o offices) AddAdministrator(_ context.Context, by directory.By, customerID string, _ directory.Administrator, _ []int) (string, error) {
	return "a-new", errors.Join(o.called("AddAdministrator"), o.customer(by.OfficeID, customerID))
}

func (o offices) EditAdministrator(_ context.Context, by directory.By, customerID, _ string, _ directory.Administrator, addressChange string, _ []int) error {
	o.world.addressChange = addressChange
	return errors.Join(o.called("EditAdministrator"), o.customer(by.OfficeID, customerID))
}

func (o offices) RemoveAdministrator(_ context.Context, by directory.By, customerID, _ string, _ []int) error {
	return errors.Join(o.called("RemoveAdministrator"), o.customer(by.OfficeID, customerID))
}

func (o offices) Settings(context.Context, string) (directory.Settings, error) {
	return directory.Settings{Name: "Byrån", Locale: collaboration.Swedish, InvitationDays: 30, ReminderDays: []int{3, 7, 14}, Notify: collaboration.NotifySenderAndOwner, Version: 3}, nil
}

func (o offices) SaveSettings(_ context.Context, _ directory.By, s directory.Settings, _ []int) error {
	o.settings = s
	return o.called("SaveSettings")
}

// Import keeps the lines of the file.
func (o offices) Import(_ context.Context, _ directory.By, file directory.ImportFile, options directory.ImportOptions) (directory.ImportResult, error) {
	if o.onImport != nil {
		o.onImport()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.imports = append(o.imports, options)
	bad := slices.Concat(file.Bad, o.importErr)
	if len(bad) > 0 && !options.Partial && !options.Preview {
		return directory.ImportResult{Errors: bad}, o.called("Import")
	}
	if !options.Preview {
		o.imported = append(o.imported, file.Rows...)
	}
	return directory.ImportResult{Customers: directory.ImportCounts{Added: len(file.Rows)}, Errors: bad}, o.called("Import")
}

// logos fakes the logos of the world's offices.
type logos struct{ *facts }

func (l logos) Logo(_ context.Context, officeID string) (collaboration.Logo, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, known := l.world.logos[officeID]
	if !known {
		return found, &collaboration.Error{Code: collaboration.CodeLogoMissing}
	}
	return found, l.called("Logo")
}

func (l logos) LogoByDigest(_ context.Context, digest string) (collaboration.Logo, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, each := range l.world.logos {
		if each.Digest == digest {
			return each, nil
		}
	}
	return collaboration.Logo{}, &collaboration.Error{Code: collaboration.CodeNotFound}
}

func (l logos) SaveLogo(_ context.Context, by directory.By, logo collaboration.Logo) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.world.logos[by.OfficeID] = logo
	return l.called("SaveLogo")
}

func (l logos) RemoveLogo(_ context.Context, by directory.By) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.world.logos, by.OfficeID)
	return l.called("RemoveLogo")
}
