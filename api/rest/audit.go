package rest

import (
	"context"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/internal/app"
)

var opAudit = endpoint.Operation{ID: "export-audit", Tag: tagActivations, Summary: "Export an activation's audit",
	Text:  "Exports the audit chain as one file: every event, with the hash of the previous one. `countersign verify FILE` checks the file without access to this service. Store `last_hash` elsewhere to detect missing rows later. `private` and `salt` are absent for events without personal data and after erasure.",
	Codes: []collaboration.Code{collaboration.CodeActivationNotFound}}

func (h activations) exportAudit(ctx context.Context, in *ActivationInput) (*endpoint.Response[collaboration.AuditFile], error) {
	r, err := h.app.Activations.Get(ctx, request.Employee(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	file, err := app.CallWithin(ctx, h.readTimeout, func(ctx context.Context) (collaboration.AuditFile, error) { return h.store.Audit(ctx, r.ID) })
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(file), nil
}
