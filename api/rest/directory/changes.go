package directory

import (
	"context"
	"encoding/json"
	"time"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/directory"
)

// ChangeView is one recorded change of the office's directory.
type ChangeView struct {
	At      time.Time       `json:"at"`
	By      string          `json:"by" example:"emp-maja" doc:"An employee, or operator."`
	Action  string          `json:"action" example:"customer_edited"`
	Subject string          `json:"subject" example:"c-1003" doc:"The id of what changed."`
	Detail  json.RawMessage `json:"detail" doc:"Ids, and the names of the changed fields. No personal data."`
}

func viewChange(c directory.Change) ChangeView {
	return ChangeView{c.At, c.By, c.Action, c.Subject, json.RawMessage(c.Detail)}
}

var opChanges = endpoint.Operation{ID: "list-directory-changes", Tag: endpoint.TagEmployees, Summary: "List the changes of the directory",
	Text:  "Who changed employees, customers, tasks and administrators, and when; newest first. Managers only.",
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest}}

type changesInput struct{ endpoint.PageQuery }

func (h handlers) listChanges(ctx context.Context, in *changesInput) (*endpoint.Response[endpoint.ListView[ChangeView]], error) {
	all, next, err := h.directory.Changes(ctx, request.Employee(ctx), in.Page())
	if err != nil {
		return nil, in.Named(err)
	}
	return endpoint.Respond(endpoint.List(all, next, viewChange)), nil
}
