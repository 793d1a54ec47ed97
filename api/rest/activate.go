package rest

import (
	"context"
	"net/http"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/internal/app"
)

type activateInput struct {
	endpoint.IdempotencyKey
	RawBody []byte `contentType:"application/json"`
}

// AcceptedView is an activation that Temporal has accepted. A retry has the same
// answer: read the activation for its status.
type AcceptedView struct {
	ID       collaboration.ActivationID `json:"id" example:"m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
	State    collaboration.State        `json:"state" enum:"activating" doc:"The initial state of every activation."`
	Scenario collaboration.Scenario     `json:"scenario"`
	Links    ActivationLinks            `json:"links"`
}

// ActivationLinks are the URLs of an activation.
type ActivationLinks struct {
	Self   string `json:"self" example:"/v1/activations/m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
	Events string `json:"events,omitempty" example:"/v1/activations/m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg/events"`
}

func linksOf(id collaboration.ActivationID) ActivationLinks {
	return ActivationLinks{Self: activationPath(id), Events: activationPath(id) + "/events"}
}

type acceptedOutput struct {
	Location string `header:"Location"`
	Body     AcceptedView
}

func accepted(id collaboration.ActivationID, sc collaboration.Scenario) *acceptedOutput {
	return &acceptedOutput{activationPath(id), AcceptedView{ID: id, State: collaboration.Activating, Scenario: sc, Links: linksOf(id)}}
}

var opActivate = endpoint.Operation{ID: "create-activation", Tag: tagActivations, Summary: "Activate",
	Text:   "Starts an activation. The response is sent as soon as Temporal has accepted the workflow; the steps run after that. Only one activation can be live per customer and solution: a second one is a conflict, and the problem contains the id of the first." + endpoint.IdempotencyText,
	Status: http.StatusAccepted, Consumes: "application/json", Body: collaboration.Request{}, Example: activationExample,
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused,
		collaboration.CodeCustomerNotFound, collaboration.CodeSolutionNotFound, collaboration.CodeActivationExists}}

func (h activations) activate(ctx context.Context, in *activateInput) (*acceptedOutput, error) {
	wanted, invalid, err := endpoint.DecodeBody[collaboration.Request](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	started, err := h.app.Activations.Activate(ctx, request.Employee(ctx), app.ActivationRequest{Request: wanted, Key: in.Key, Invalid: invalid})
	if err != nil {
		return nil, err
	}
	return accepted(started.ID, started.Scenario), nil
}

func activationPath(id collaboration.ActivationID) string { return "/v1/activations/" + string(id) }
