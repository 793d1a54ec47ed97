package rest

import (
	"context"
	"net/http"
	"slices"

	"countersign/api/present"
	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/internal/app"
)

// activations starts and reads activations, for the office.
type activations struct{ handlers }

func (h activations) register(r endpoint.Groups) {
	endpoint.Post(r.Employees, "/v1/activations", opActivate, h.activate)
	endpoint.Get(r.Employees, "/v1/activations", opListActivations, h.listActivations)
	endpoint.Get(r.Employees, "/v1/activations/{id}", opGetActivation, h.getActivation)
	endpoint.Get(r.Employees, "/v1/activations/{id}/audit", opAudit, h.exportAudit)
	endpoint.Get(r.Employees, "/v1/activations/{id}/events", opEvents, h.followEvents)
}

type listActivationsInput struct {
	endpoint.PageQuery
	States     []collaboration.State `query:"state,explode" doc:"Only the phases of these states; repeat the parameter for several."`
	Phases     []collaboration.Phase `query:"phase,explode" doc:"Only these phases; repeat the parameter for several."`
	CustomerID string                `query:"customer_id" doc:"Only this customer's."`
	SolutionID string                `query:"solution_id" doc:"Only of this solution."`
	TaskID     string                `query:"task_id" doc:"Only on this task."`
	TaskOwner  string                `query:"task_owner_id" doc:"Only on this employee's tasks."`
	Sender     string                `query:"requested_by" doc:"Only requests that this employee sent."`
	EndsBefore string                `query:"ends_before" format:"date" doc:"Only running collaborations with a term that ends before this day, the earliest end first." example:"2027-01-01"`
}

var opListActivations = endpoint.Operation{ID: "list-activations", Tag: tagActivations, Summary: "List activations",
	Text:  "Lists the office's activations, newest first. `state=active` selects the running collaborations, `phase=terminated` those of them that end. `ends_before` lists running collaborations by end date, earliest first.",
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest}}

func (h activations) listActivations(ctx context.Context, in *listActivationsInput) (*endpoint.Response[endpoint.ListView[ActivationView]], error) {
	filter := collaboration.ActivationFilter{CustomerID: in.CustomerID, SolutionID: in.SolutionID, TaskID: in.TaskID,
		TaskOwnerID: in.TaskOwner, RequestedBy: in.Sender, Phases: in.phases(), Page: in.Page()}
	if err := filter.EndsBefore.UnmarshalText([]byte(in.EndsBefore)); err != nil {
		return nil, &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{
			{Field: "ends_before", Code: collaboration.CodeInvalidFormat}}}
	}
	view := func(r collaboration.Activation) ActivationView { return h.viewActivation(r, request.Locale(ctx)) }
	if len(filter.Phases) == 0 {
		return endpoint.Respond(endpoint.List[collaboration.Activation](nil, "", view)), nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.readTimeout)
	defer cancel()
	records, next, err := h.store.Activations(ctx, request.Employee(ctx).OfficeID, filter)
	if err != nil {
		return nil, in.Named(err)
	}
	return endpoint.Respond(endpoint.List(records, next, view)), nil
}

// phases returns the phases that both filters select; none if they exclude each other.
func (in listActivationsInput) phases() []collaboration.Phase {
	ofStates := collaboration.PhasesOf(in.States...)
	return slices.DeleteFunc(collaboration.Phases(), func(p collaboration.Phase) bool {
		return len(in.States) > 0 && !slices.Contains(ofStates, p) || len(in.Phases) > 0 && !slices.Contains(in.Phases, p)
	})
}

// ActivationInput names an activation.
type ActivationInput struct {
	ID string `path:"id" doc:"The activation." example:"m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
}

type getActivationInput struct {
	ActivationInput
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag from an earlier response." example:"\"3\""`
}

type activationOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"The version, in quotes."`
	Cache  string `header:"Cache-Control"`
	Body   ActivationView
}

var opGetActivation = endpoint.Operation{ID: "get-activation", Tag: tagActivations, Summary: "Read an activation",
	Text:  "Returns the status and history of an activation. Right after the start only its id and state are known. Send `If-None-Match` with the last ETag to get 304 if the activation is unchanged.",
	Also:  map[int]string{http.StatusNotModified: "The activation still has that ETag."},
	Codes: []collaboration.Code{collaboration.CodeActivationNotFound}}

func (h activations) getActivation(ctx context.Context, in *getActivationInput) (*activationOutput, error) {
	found, err := h.app.Activations.Find(ctx, request.Employee(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	r := found.Activation
	if !found.Stored {
		return viewNotYetStored(r), nil
	}
	out := &activationOutput{Status: http.StatusOK, ETag: endpoint.ETag(r.Version), Cache: "private, no-cache"}
	if endpoint.Matches(in.IfNoneMatch, out.ETag) {
		out.Status = http.StatusNotModified
		return out, nil
	}
	events, err := h.app.Activations.Events(ctx, r.ID, 0)
	if err != nil {
		return nil, err
	}
	out.Body = h.viewActivation(r, request.Locale(ctx))
	if r.State == collaboration.Active {
		out.Body.Access, err = app.CallWithin(ctx, h.readTimeout, func(ctx context.Context) ([]string, error) { return h.store.Access(ctx, r.ID) })
		if err != nil {
			return nil, err
		}
	}
	for _, e := range events {
		out.Body.Events = append(out.Body.Events, present.NewEvent(e, request.Locale(ctx)))
		out.Body.AuditHead = e.Hash
	}
	return out, nil
}

// viewNotYetStored returns the state only: the office is not known yet.
func viewNotYetStored(r collaboration.Activation) *activationOutput {
	body := ActivationView{ID: r.ID, State: r.State, Phase: r.Phase(), Links: linksOf(r.ID)}
	return &activationOutput{Status: http.StatusOK, Cache: "private, no-cache", Body: body}
}
