package api_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
)

func (w *world) Customer(_ context.Context, officeID, id string) (collaboration.Customer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.customers[id]
	if err := w.called("Customer"); err != nil {
		return collaboration.Customer{}, err
	}
	if !ok || c.OfficeID != officeID {
		return collaboration.Customer{}, &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	return c, nil
}

func (f facts) Customers(_ context.Context, officeID string, filter collaboration.CustomerFilter) ([]collaboration.Customer, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []collaboration.Customer
	f.narrowed = filter
	for _, c := range f.customers {
		if c.OfficeID == officeID {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b collaboration.Customer) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	return found[:min(filter.Page.Limit, len(found))], "more", f.called("Customers")
}

func (f facts) Employees(_ context.Context, officeID string) (all []collaboration.Employee, _ error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range []collaboration.Employee{maja, nils, sara} {
		if e.OfficeID == officeID {
			all = append(all, e)
		}
	}
	return all, f.called("Employees")
}

func (f facts) TaskOwner(_ context.Context, officeID, taskID string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.customers {
		if c.OfficeID == officeID && slices.ContainsFunc(c.Tasks, func(t collaboration.Task) bool { return t.ID == taskID }) {
			return c.ID, f.called("TaskOwner")
		}
	}
	return "", f.called("TaskOwner")
}

func (f facts) NameMainContact(_ context.Context, office, customerID, administratorID, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.customers[customerID]
	if !ok || c.OfficeID != office {
		return &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	c.Administrators = slices.Clone(c.Administrators)
	found := false
	for i := range c.Administrators {
		c.Administrators[i].MainContact = c.Administrators[i].ID == administratorID
		found = found || c.Administrators[i].MainContact
	}
	if !found {
		return &collaboration.Error{Code: collaboration.CodeAdministratorNotFound}
	}
	f.customers[customerID] = c
	return f.called("NameMainContact")
}

func (f facts) EraseAddress(_ context.Context, _ collaboration.Employee, _ string, _ time.Time) (collaboration.ErasedAddress, error) {
	return collaboration.ErasedAddress{}, f.called("EraseAddress")
}

func (f facts) EraseCustomer(_ context.Context, office, customerID, _ string, _ time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, ok := f.customers[customerID]; !ok || c.OfficeID != office {
		return &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	return f.called("EraseCustomer")
}

func (f facts) LastLocale(context.Context, string, string, string) (collaboration.Locale, error) {
	return f.lastLocale, nil
}

// IsEmployeeAddress reports whether an employee of an office has an address.
func (f facts) IsEmployeeAddress(_ context.Context, officeID, email string) (bool, error) {
	for _, e := range []collaboration.Employee{maja, nils, sara} {
		if e.OfficeID == officeID && strings.EqualFold(e.Email, email) {
			return true, nil
		}
	}
	return false, nil
}

func (f facts) OfficeDefaults(context.Context, string) (collaboration.OfficeDefaults, error) {
	return f.defaults, nil
}
