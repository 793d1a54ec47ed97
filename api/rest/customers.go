package rest

import (
	"context"

	"countersign/api/present"
	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
)

// customers serves the customers of an office.
type customers struct{ handlers }

func (h customers) register(r endpoint.Groups) {
	endpoint.Get(r.Employees, "/v1/customers", opListCustomers, h.listCustomers)
	endpoint.Post(r.Managers, "/v1/customers/{id}/erase", opErase, h.eraseCustomer)
	endpoint.Post(r.Managers, "/v1/customers/{id}/main-contact", opMainContact, h.setMainContact)
	endpoint.Post(r.Managers, "/v1/erase-address", opEraseAddress, h.eraseAddress)
}

type listCustomersInput struct {
	endpoint.PageQuery
	Query string `query:"q" doc:"Part of the name, or the start of the organisation number." maxLength:"100"`
}

var opListCustomers = endpoint.Operation{ID: "list-customers", Tag: tagCustomers, Summary: "List customers",
	Text:  "Lists the office's customers by name. `q` is part of a name or the start of an organisation number. A customer of the list has at most 20 tasks; `more_tasks` says that there are others.",
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest}}

func (h customers) listCustomers(ctx context.Context, in *listCustomersInput) (*endpoint.Response[endpoint.ListView[present.Customer]], error) {
	ctx, cancel := context.WithTimeout(ctx, h.readTimeout)
	defer cancel()
	customers, next, err := h.store.Customers(ctx, request.Employee(ctx).OfficeID, collaboration.CustomerFilter{Query: in.Query, Page: in.Page()})
	if err != nil {
		return nil, in.Named(err)
	}
	return endpoint.Respond(endpoint.List(customers, next, present.NewListedCustomer)), nil
}

// CustomerInput names a customer.
type CustomerInput struct {
	ID string `path:"id" doc:"The customer." example:"c-1003"`
}

type mainContactInput struct {
	CustomerInput
	RawBody []byte `contentType:"application/json"`
}

var opMainContact = endpoint.Operation{ID: "name-main-contact", Tag: tagCustomers, Summary: "Name the main contact",
	Text: "Makes one of the customer's administrators its main contact. Managers only.", Consumes: "application/json", Body: AdministratorRequest{}, Example: AdministratorRequest{AdministratorID: "a-1003-2"},
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeCustomerNotFound}}

func (h customers) setMainContact(ctx context.Context, in *mainContactInput) (*endpoint.Response[present.Customer], error) {
	body, invalid, err := endpoint.DecodeBody[AdministratorRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	customer, err := h.app.Customers.SetMainContact(ctx, request.Employee(ctx), in.ID, body.AdministratorID, invalid)
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(present.NewCustomer(customer)), nil
}

var opErase = endpoint.Operation{ID: "erase-customer", Tag: tagCustomers, Summary: "Erase a customer's personal data",
	Text: "Permanently erases the customer's administrators, the recipients' addresses, the comments of declined invitations, and a sole trader's name and number. The customer's data in Temporal becomes unreadable. Actions and times remain, and the audit chain still verifies. The request is rejected while the customer has a live activation. Managers only.", Codes: []collaboration.Code{collaboration.CodeCustomerNotFound, collaboration.CodeCustomerActive}}

// eraseCustomer erases the personal data of a customer, permanently.
func (h customers) eraseCustomer(ctx context.Context, in *CustomerInput) (*endpoint.Response[present.Customer], error) {
	customer, err := h.app.Customers.Erase(ctx, request.Employee(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(present.NewCustomer(customer)), nil
}

// EraseAddressRequest is the body of an erasure by address.
type EraseAddressRequest struct {
	Email string `json:"email" doc:"The person's e-mail address." example:"anna@kund.example" maxLength:"254"`
}

type eraseAddressInput struct {
	RawBody []byte `contentType:"application/json"`
}

var opEraseAddress = endpoint.Operation{ID: "erase-address", Tag: tagCustomers, Summary: "Erase a person by e-mail address",
	Text: "Permanently erases the person with an e-mail address from the office's data: as the administrator of customers, in closed activations and their audits, in deliveries of mails, changes of addresses and rows of batches. Actions and times remain, and the audit chains still verify. The request is rejected for the address of an employee, and while a customer of the person has a live activation. Managers only.", Consumes: "application/json", Body: EraseAddressRequest{}, Example: EraseAddressRequest{Email: "anna@kund.example"},
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeCustomerActive}}

// eraseAddress erases the personal data of a person, permanently.
func (h customers) eraseAddress(ctx context.Context, in *eraseAddressInput) (*endpoint.Response[collaboration.ErasedAddress], error) {
	body, invalid, err := endpoint.DecodeBody[EraseAddressRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	erased, err := h.app.Customers.EraseAddress(ctx, request.Employee(ctx), body.Email, invalid)
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(erased), nil
}
