package directory

import (
	"context"
	"net/http"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/directory"
)

func (h handlers) registerAdministrators(r endpoint.Groups) {
	endpoint.Post(r.Employees, "/v1/customers/{id}/administrators", opAddAdministrator, h.addAdministrator)
	endpoint.Put(r.Employees, "/v1/customers/{id}/administrators/{administrator}", opEditAdministrator, h.editAdministrator)
	endpoint.Register(r.Managers, http.MethodDelete, "/v1/customers/{id}/administrators/{administrator}", opRemoveAdministrator, h.removeAdministrator)
}

// AdministratorEntry is what the office says about an administrator of a customer.
type AdministratorEntry struct {
	collaboration.Contact
	MainContact bool `json:"main_contact,omitempty" doc:"Whether invitations are sent to this person. The first administrator is always the main contact."`
}

func (e AdministratorEntry) administrator() directory.Administrator {
	return directory.Administrator{Contact: e.Contact, MainContact: e.MainContact}
}

var administratorExample = AdministratorEntry{Contact: collaboration.Contact{Name: "Åsa Öberg", Email: "asa@oberg.example", Phone: "070-123 45 67"}}

type addAdministratorInput struct {
	CustomerKey
	endpoint.IfMatchInput
	RawBody []byte `contentType:"application/json"`
}

var opAddAdministrator = endpoint.Operation{ID: "add-administrator", Tag: endpoint.TagCustomers, Summary: "Add an administrator", Status: http.StatusCreated,
	Text:     "Adds a person with the right to approve invitations and end collaborations for the customer.",
	Consumes: "application/json", Body: AdministratorEntry{}, Example: administratorExample, Codes: changeCodes()}

func (h handlers) addAdministrator(ctx context.Context, in *addAdministratorInput) (*customerOutput, error) {
	return changeCustomer(ctx, h, in.CustomerKey, in.RawBody, func(customer string, e AdministratorEntry, invalid []collaboration.FieldError) (added bool, err error) {
		_, err = h.directory.AddAdministrator(ctx, request.Employee(ctx), customer, e.administrator(), in.Precondition(), invalid)
		return true, err
	})
}

// AdministratorKey names an administrator in a path.
type AdministratorKey struct {
	CustomerKey
	ID string `path:"administrator" doc:"The id of the administrator."`
	endpoint.IfMatchInput
}

type editAdministratorInput struct {
	AdministratorKey
	RawBody []byte `contentType:"application/json"`
}

var opEditAdministrator = endpoint.Operation{ID: "edit-administrator", Tag: endpoint.TagCustomers, Summary: "Replace an administrator",
	Text:     "Replaces name, address and phone number, and makes the person the main contact. The address cannot be that of an employee of the office. An open invitation takes over a new address: send it again. A change of the address mails the old and the new address, within the limit of each recipient.",
	Consumes: "application/json", Body: AdministratorEntry{}, Example: administratorExample, Codes: changeCodes(collaboration.CodeAdministratorInvited, collaboration.CodeNotFound)}

func (h handlers) editAdministrator(ctx context.Context, in *editAdministratorInput) (*customerOutput, error) {
	return changeCustomer(ctx, h, in.CustomerKey, in.RawBody, func(customer string, e AdministratorEntry, invalid []collaboration.FieldError) (added bool, err error) {
		err = h.directory.EditAdministrator(ctx, request.Employee(ctx), customer, in.ID, e.administrator(), in.Precondition(), invalid)
		return false, err
	})
}

var opRemoveAdministrator = endpoint.Operation{ID: "remove-administrator", Tag: endpoint.TagCustomers, Summary: "Remove an administrator",
	Text:  "Removes a person's rights at the customer. The main contact, the recipient of an open invitation, and the last administrator of a customer with a live activation cannot be removed. Managers only.",
	Codes: changeCodes(collaboration.CodeAdministratorInvited, collaboration.CodeMainContactNeeded, collaboration.CodeCustomerActive, collaboration.CodeNotFound)}

func (h handlers) removeAdministrator(ctx context.Context, in *AdministratorKey) (*customerOutput, error) {
	c, err := h.customerOf(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	err = h.directory.RemoveAdministrator(ctx, request.Employee(ctx), c.ID, in.ID, in.Precondition())
	return h.changed(ctx, c.ID, false, err)
}
