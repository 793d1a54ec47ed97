package app

import (
	"context"

	"countersign/collaboration"
)

// Customers are the use cases on the customers of the employee's office.
type Customers struct{ *service }

// Get returns a customer, usually from the cache.
func (s *Customers) Get(ctx context.Context, e collaboration.Employee, id string) (collaboration.Customer, error) {
	return s.customers.Customer(ctx, e.OfficeID, id)
}

// GetStored returns a customer from the store.
func (s *Customers) GetStored(ctx context.Context, e collaboration.Employee, id string) (collaboration.Customer, error) {
	return s.store.Customer(ctx, e.OfficeID, id)
}

// SetMainContact makes one of the customer's administrators the main contact.
func (s *Customers) SetMainContact(ctx context.Context, e collaboration.Employee, customerID, administratorID string, invalid []collaboration.FieldError) (collaboration.Customer, error) {
	if err := WithInvalid(required("administrator_id", administratorID), invalid); err != nil {
		return collaboration.Customer{}, err
	}
	err := s.store.NameMainContact(ctx, e.OfficeID, customerID, administratorID, e.ID)
	if collaboration.CodeOf(err) == collaboration.CodeAdministratorNotFound {
		err = errNoAdministrator(err)
	}
	if err != nil {
		return collaboration.Customer{}, err
	}
	return s.store.Customer(ctx, e.OfficeID, customerID)
}

// Erase erases the personal data of a customer, permanently.
func (s *Customers) Erase(ctx context.Context, e collaboration.Employee, customerID string) (collaboration.Customer, error) {
	if err := s.store.EraseCustomer(ctx, e.OfficeID, customerID, e.ID, s.now().UTC()); err != nil {
		return collaboration.Customer{}, err
	}
	return s.store.Customer(ctx, e.OfficeID, customerID)
}

// EraseAddress erases the personal data of the person with an e-mail address, permanently.
func (s *Customers) EraseAddress(ctx context.Context, e collaboration.Employee, email string, invalid []collaboration.FieldError) (collaboration.ErasedAddress, error) {
	err := required("email", email)
	if err == nil && !collaboration.ValidEmail(email) {
		err = &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{{Field: "email", Code: collaboration.CodeInvalidFormat}}}
	}
	if err := WithInvalid(err, invalid); err != nil {
		return collaboration.ErasedAddress{}, err
	}
	return s.store.EraseAddress(ctx, e, email, s.now().UTC())
}
