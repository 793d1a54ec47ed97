package rest

import (
	"context"

	"countersign/api/present"
	"countersign/api/request"
	"countersign/collaboration"
)

// solutions lists solutions and their forms.
type solutions struct{ handlers }

func (h solutions) register(r router) {
	get(r.employees, "/v1/customers/{id}/solutions/{solution}", opGetForm, h.getForm)
	get(r.employees, "/v1/solutions", opListSolutions, h.listSolutions)
}

var opListSolutions = operation{id: "list-solutions", tag: tagCustomers, summary: "List solutions",
	text: "Lists the solutions that an office and a customer can share."}

func (h solutions) listSolutions(ctx context.Context, _ *struct{}) (*bodyOf[ListView[present.Solution]], error) {
	view := func(sol collaboration.Solution) present.Solution {
		return present.NewSolution(sol, request.Locale(ctx))
	}
	return &bodyOf[ListView[present.Solution]]{viewList(h.catalogue.Solutions(), "", view)}, nil
}

type formInput struct {
	CustomerInput
	Solution string `path:"solution" doc:"The solution." example:"financial-overview"`
}

var opGetForm = operation{id: "get-form", tag: tagCustomers, summary: "Read the form for a customer and a solution",
	text:  "Returns the scenario, the effect of Activate, the fields, and the conditions that block activation. Texts follow Accept-Language.",
	codes: []collaboration.Code{collaboration.CodeCustomerNotFound, collaboration.CodeSolutionNotFound}}

func (h solutions) getForm(ctx context.Context, in *formInput) (*bodyOf[present.Form], error) {
	f, err := h.app.Activations.Form(ctx, request.Employee(ctx), in.ID, in.Solution)
	if err != nil {
		return nil, err
	}
	return &bodyOf[present.Form]{present.NewForm(f, request.Locale(ctx))}, nil
}
