package rest

import (
	"context"

	"countersign/api/present"
	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
)

// solutions lists solutions and their forms.
type solutions struct{ handlers }

func (h solutions) register(r endpoint.Groups) {
	endpoint.Get(r.Employees, "/v1/customers/{id}/solutions/{solution}", opGetForm, h.getForm)
	endpoint.Get(r.Employees, "/v1/solutions", opListSolutions, h.listSolutions)
}

var opListSolutions = endpoint.Operation{ID: "list-solutions", Tag: tagCustomers, Summary: "List solutions",
	Text: "Lists the solutions that an office and a customer can share."}

func (h solutions) listSolutions(ctx context.Context, _ *struct{}) (*endpoint.Response[endpoint.ListView[present.Solution]], error) {
	view := func(sol collaboration.Solution) present.Solution {
		return present.NewSolution(sol, request.Locale(ctx))
	}
	return endpoint.Respond(endpoint.List(h.catalogue.For(request.Employee(ctx).OfficeID).Solutions(), "", view)), nil
}

type formInput struct {
	CustomerInput
	Solution string `path:"solution" doc:"The solution." example:"financial-overview"`
}

var opGetForm = endpoint.Operation{ID: "get-form", Tag: tagCustomers, Summary: "Read the form for a customer and a solution",
	Text:  "Returns the scenario, the effect of Activate, the fields, and the conditions that block activation. Texts follow Accept-Language.",
	Codes: []collaboration.Code{collaboration.CodeCustomerNotFound, collaboration.CodeSolutionNotFound}}

func (h solutions) getForm(ctx context.Context, in *formInput) (*endpoint.Response[present.Form], error) {
	f, err := h.app.Activations.Form(ctx, request.Employee(ctx), in.ID, in.Solution)
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(present.NewForm(f, request.Locale(ctx))), nil
}
