package directory

import (
	"context"
	"net/http"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/directory"
	app "countersign/internal/app/directory"
)

func (h handlers) registerCustomers(r endpoint.Groups) {
	endpoint.Get(r.Employees, "/v1/customers/{id}", opGetCustomer, h.getCustomer)
	endpoint.Post(r.Employees, "/v1/customers", opAddCustomer, h.addCustomer)
	endpoint.Put(r.Employees, "/v1/customers/{id}", opPutCustomer, h.putCustomer)
	endpoint.Post(r.Managers, "/v1/customers/{id}/archive", opArchive, h.archive(true))
	endpoint.Post(r.Managers, "/v1/customers/{id}/restore", opRestore, h.archive(false))
}

// CustomerEntry is what the office says about a customer.
type CustomerEntry struct {
	Name               string `json:"name" example:"Öbergs Snickeri AB"`
	OrganisationNumber string `json:"organisation_number,omitempty" example:"556677-8899" doc:"Required, except where the path has it."`
	Reference          string `json:"reference,omitempty" example:"K-1003" doc:"The office's own id of the customer: printable ASCII without spaces and slashes, and no organisation number."`
}

func (e CustomerEntry) customer() directory.Customer {
	return directory.Customer{Name: e.Name, Number: e.OrganisationNumber, Reference: e.Reference}
}

// CustomerRecord is a customer with all that another system knows about it.
type CustomerRecord struct {
	CustomerEntry
	Tasks          []TaskEntry          `json:"tasks,omitempty" doc:"The complete list of tasks. Others are closed. Without the list the tasks stay as they are."`
	Administrators []AdministratorEntry `json:"administrators,omitempty" doc:"The complete list of administrators. Others are removed; without the list they stay as they are. Only a manager may remove one."`
}

func (r CustomerRecord) record() directory.Record {
	all := directory.Record{Customer: r.customer()}
	for _, t := range r.Tasks {
		all.Tasks = append(all.Tasks, t.task())
	}
	for _, a := range r.Administrators {
		all.Administrators = append(all.Administrators, a.administrator())
	}
	return all
}

var opGetCustomer = endpoint.Operation{ID: "get-customer", Tag: endpoint.TagCustomers, Summary: "Read a customer",
	Text:  "Returns a customer with its tasks, subscriptions and administrators. A sole trader's organisation number is masked.",
	Codes: []collaboration.Code{collaboration.CodeCustomerNotFound}}

func (h handlers) getCustomer(ctx context.Context, in *CustomerKey) (*customerOutput, error) {
	c, err := h.directory.Lookup(ctx, request.Employee(ctx), in.Key)
	if err != nil {
		return nil, err
	}
	return respondCustomer(app.Customer{Customer: c}, false), nil
}

type addCustomerInput struct {
	RawBody []byte `contentType:"application/json"`
}

var customerExample = CustomerEntry{Name: "Öbergs Snickeri AB", OrganisationNumber: "556677-8899", Reference: "K-1003"}

var opAddCustomer = endpoint.Operation{ID: "add-customer", Tag: endpoint.TagCustomers, Summary: "Add a customer", Status: http.StatusCreated,
	Text:     "Adds a customer to the office. A number or `reference` that another customer has is a duplicate.",
	Consumes: "application/json", Body: CustomerEntry{}, Example: customerExample, Codes: []collaboration.Code{collaboration.CodeInvalidRequest}}

func (h handlers) addCustomer(ctx context.Context, in *addCustomerInput) (*customerOutput, error) {
	body, invalid, err := endpoint.DecodeBody[CustomerEntry](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	c, err := h.directory.AddCustomer(ctx, request.Employee(ctx), body.customer(), invalid)
	if err != nil {
		return nil, err
	}
	return respondCustomer(c, true), nil
}

type putCustomerInput struct {
	CustomerKey
	endpoint.IfMatchInput
	RawBody []byte `contentType:"application/json"`
}

var opPutCustomer = endpoint.Operation{ID: "put-customer", Tag: endpoint.TagCustomers, Summary: "Add or replace a customer",
	Text:     "Brings a customer to the given state, with its tasks and administrators, and adds it if the organisation number or `reference` in the path is new. A repetition changes nothing. A change that would break a live activation is rejected as a whole: closing its task, removing the invited administrator, changing the organisation number.",
	Consumes: "application/json", Body: CustomerRecord{}, Also: map[int]string{http.StatusCreated: "The customer was added."},
	Example: CustomerRecord{CustomerEntry: customerExample, Tasks: []TaskEntry{{Name: "Löpande bokföring", Owner: "maja@ekstroms.example", Reference: "U-17"}},
		Administrators: []AdministratorEntry{{Contact: collaboration.Contact{Name: "Åsa Öberg", Email: "asa@oberg.example", Phone: "070-123 45 67"}, MainContact: true}}},
	Codes: changeCodes(collaboration.CodeTaskInUse, collaboration.CodeAdministratorInvited, collaboration.CodeMainContactNeeded, collaboration.CodeCustomerActive, collaboration.CodeForbidden)}

func (h handlers) putCustomer(ctx context.Context, in *putCustomerInput) (*customerOutput, error) {
	body, invalid, err := endpoint.DecodeBody[CustomerRecord](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	c, added, err := h.directory.PutCustomer(ctx, request.Employee(ctx), in.Key, body.record(), in.Precondition(), invalid)
	if err != nil {
		return nil, err
	}
	return respondCustomer(c, added), nil
}

type archiveInput struct {
	CustomerKey
	endpoint.IfMatchInput
}

var opArchive = endpoint.Operation{ID: "archive-customer", Tag: endpoint.TagCustomers, Summary: "Archive a customer",
	Text:  "Removes a customer from the lists. It keeps its data and can be restored. A customer with a live activation cannot be archived. Managers only.",
	Codes: changeCodes(collaboration.CodeCustomerActive)}

var opRestore = endpoint.Operation{ID: "restore-customer", Tag: endpoint.TagCustomers, Summary: "Restore an archived customer",
	Text: "Returns an archived customer to the lists. Managers only.", Codes: changeCodes()}

func (h handlers) archive(archived bool) endpoint.Handler[archiveInput, customerOutput] {
	return func(ctx context.Context, in *archiveInput) (*customerOutput, error) {
		c, err := h.customerOf(ctx, in.Key)
		if err != nil {
			return nil, err
		}
		c, err = h.directory.SetCustomerArchived(ctx, request.Employee(ctx), c.ID, archived, in.Precondition())
		if err != nil {
			return nil, err
		}
		return respondCustomer(c, false), nil
	}
}
