package rest

import (
	"context"

	"countersign/api/present"
	"countersign/api/request"
	"countersign/collaboration"
)

// customers serves the customers of an office.
type customers struct{ handlers }

func (h customers) register(r router) {
	get(r.employees, "/v1/customers", opListCustomers, h.listCustomers)
	get(r.employees, "/v1/customers/{id}", opGetCustomer, h.getCustomer)
	post(r.employees, "/v1/customers/import", opImport, h.importCustomers)
	post(r.managers, "/v1/customers/{id}/erase", opErase, h.eraseCustomer)
	post(r.managers, "/v1/customers/{id}/main-contact", opMainContact, h.setMainContact)
}

type listCustomersInput struct {
	PageQuery
	Query string `query:"q" doc:"Part of the name, or the start of the organisation number." maxLength:"100"`
}

var opListCustomers = operation{id: "list-customers", tag: tagCustomers, summary: "List customers",
	text:  "Lists the office's customers by name. `q` is part of a name or the start of an organisation number.",
	codes: []collaboration.Code{collaboration.CodeInvalidRequest}}

func (h customers) listCustomers(ctx context.Context, in *listCustomersInput) (*bodyOf[ListView[present.Customer]], error) {
	ctx, cancel := context.WithTimeout(ctx, h.readTimeout)
	defer cancel()
	customers, next, err := h.store.Customers(ctx, request.Employee(ctx).OfficeID, collaboration.CustomerFilter{Query: in.Query, Page: in.page()})
	if err != nil {
		return nil, in.named(err)
	}
	return &bodyOf[ListView[present.Customer]]{viewList(customers, next, present.NewCustomer)}, nil
}

// CustomerInput names a customer.
type CustomerInput struct {
	ID string `path:"id" doc:"The customer." example:"c-1003"`
}

var opGetCustomer = operation{id: "get-customer", tag: tagCustomers, summary: "Read a customer",
	text:  "Returns a customer with its tasks, subscriptions and administrators. A sole trader's organisation number is masked.",
	codes: []collaboration.Code{collaboration.CodeCustomerNotFound}}

func (h customers) getCustomer(ctx context.Context, in *CustomerInput) (*bodyOf[present.Customer], error) {
	c, err := h.app.Customers.Get(ctx, request.Employee(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &bodyOf[present.Customer]{present.NewCustomer(c)}, nil
}

type mainContactInput struct {
	CustomerInput
	RawBody []byte `contentType:"application/json"`
}

var opMainContact = operation{id: "name-main-contact", tag: tagCustomers, summary: "Name the main contact",
	text: "Makes one of the customer's administrators its main contact. Managers only.", consumes: "application/json", body: AdministratorRequest{}, example: AdministratorRequest{AdministratorID: "a-1003-2"},
	codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeCustomerNotFound}}

func (h customers) setMainContact(ctx context.Context, in *mainContactInput) (*bodyOf[present.Customer], error) {
	body, invalid, err := decodeBody[AdministratorRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	customer, err := h.app.Customers.SetMainContact(ctx, request.Employee(ctx), in.ID, body.AdministratorID, invalid)
	if err != nil {
		return nil, err
	}
	return &bodyOf[present.Customer]{present.NewCustomer(customer)}, nil
}

var opErase = operation{id: "erase-customer", tag: tagCustomers, summary: "Erase a customer's personal data",
	text: "Permanently erases the customer's administrators, the recipients' addresses, the comments of declined invitations, and a sole trader's name and number. The customer's data in Temporal becomes unreadable. Actions and times remain, and the audit chain still verifies. The request is rejected while the customer has a live activation. Managers only.", codes: []collaboration.Code{collaboration.CodeCustomerNotFound, collaboration.CodeCustomerActive}}

// eraseCustomer erases the personal data of a customer, permanently.
func (h customers) eraseCustomer(ctx context.Context, in *CustomerInput) (*bodyOf[present.Customer], error) {
	customer, err := h.app.Customers.Erase(ctx, request.Employee(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &bodyOf[present.Customer]{present.NewCustomer(customer)}, nil
}
