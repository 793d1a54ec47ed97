// Package directory has the JSON handlers that change an office's directory: its
// employees, and its customers with their tasks and administrators.
package directory

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"countersign/api/present"
	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/internal/app/directory"
)

// handlers serves all operations of the package.
type handlers struct {
	directory *directory.Directory
	logos     *directory.Logos
	catalogue collaboration.Catalogue
	schemas   huma.Registry
}

// Mount registers the operations.
func Mount(r endpoint.Groups, d *directory.Directory, logos *directory.Logos, solutions collaboration.Catalogue, schemas huma.Registry) {
	h := handlers{d, logos, solutions, schemas}
	employees{h}.register(r)
	h.registerCustomers(r)
	h.registerImport(r)
	h.registerTasks(r)
	h.registerAdministrators(r)
	settings{h}.register(r)
	logo{h}.register(r)
	endpoint.Get(r.Managers, "/v1/directory-changes", opChanges, h.listChanges)
}

// CustomerKey names a customer in a path. The name is exported because huma ignores
// embedded inputs with unexported names.
type CustomerKey struct {
	Key string `path:"id" doc:"The customer: its id, its organisation number, or the office's own id." example:"K-1003"`
}

// customerOutput is a customer with its version.
type customerOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   present.Customer
}

func respondCustomer(c directory.Customer, added bool) *customerOutput {
	status := http.StatusOK
	if added {
		status = http.StatusCreated
	}
	v := present.NewCustomer(c.Customer)
	for i := range v.Tasks {
		v.Tasks[i].Participants = c.Participants[v.Tasks[i].ID]
	}
	return &customerOutput{status, endpoint.ETag(c.Version), v}
}

// customerOf returns the customer that a path names.
func (h handlers) customerOf(ctx context.Context, key string) (directory.Customer, error) {
	return h.directory.Customer(ctx, request.Employee(ctx), key)
}

// changeCustomer decodes the body of a change of a customer, makes the change, and returns
// the customer.
func changeCustomer[T any](ctx context.Context, h handlers, key CustomerKey, raw []byte, change func(customerID string, body T, invalid []collaboration.FieldError) (added bool, err error)) (*customerOutput, error) {
	body, invalid, err := endpoint.DecodeBody[T](h.schemas, raw)
	if err != nil {
		return nil, err
	}
	c, err := h.customerOf(ctx, key.Key)
	if err != nil {
		return nil, err
	}
	added, err := change(c.ID, body, invalid)
	return h.changed(ctx, c.ID, added, err)
}

// changed returns the customer after a change.
func (h handlers) changed(ctx context.Context, id string, added bool, err error) (*customerOutput, error) {
	if err != nil {
		return nil, err
	}
	c, err := h.customerOf(ctx, id)
	if err != nil {
		return nil, err
	}
	return respondCustomer(c, added), nil
}

// changeCodes are the error codes of every change of a customer.
func changeCodes(more ...collaboration.Code) []collaboration.Code {
	return append(more, collaboration.CodeInvalidRequest, collaboration.CodeCustomerNotFound, collaboration.CodePreconditionFailed)
}
