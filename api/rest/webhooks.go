package rest

import (
	"context"
	"net/http"
	"time"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/internal/app"
)

// webhooks serves the webhooks of an office.
type webhooks struct{ handlers }

func (h webhooks) register(r endpoint.Groups) {
	endpoint.Get(r.Managers, "/v1/webhooks", opListWebhooks, h.listWebhooks)
	endpoint.Post(r.Managers, "/v1/webhooks", opAddWebhook, h.addWebhook)
	endpoint.Register(r.Managers, http.MethodDelete, "/v1/webhooks/{id}", opRemoveWebhook, h.removeWebhook)
	endpoint.Post(r.Managers, "/v1/webhooks/{id}/enable", opEnableWebhook, h.enableWebhook)
	endpoint.Post(r.Managers, "/v1/webhooks/{id}/replay", opReplayWebhook, h.replayWebhook)
}

// WebhookView is a webhook: a URL that receives the office's events.
type WebhookView struct {
	ID          string    `json:"id"`
	URL         string    `json:"url" example:"https://example.com/countersign"`
	CreatedBy   string    `json:"created_by" example:"emp-maja"`
	CreatedAt   time.Time `json:"created_at"`
	DisabledAt  time.Time `json:"disabled_at,omitzero" doc:"The time at which the webhook was disabled, because it responded with 410."`
	LastFailure time.Time `json:"last_failure_at,omitzero" doc:"The last time an event was dropped after three days of failed retries."`
}

// NewWebhookView is a new webhook, with its secret.
type NewWebhookView struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Secret string `json:"secret" example:"whsec_…" doc:"The secret to verify signatures. It is returned only once."`
}

// WebhookRequest is the URL of a new webhook.
type WebhookRequest struct {
	URL string `json:"url" example:"https://example.com/countersign" doc:"A public https URL."`
}

func viewWebhook(w collaboration.Webhook) WebhookView {
	return WebhookView{w.ID, w.URL, w.CreatedBy, w.CreatedAt, w.DisabledAt, w.LastFailure}
}

var opListWebhooks = endpoint.Operation{ID: "list-webhooks", Tag: tagWebhooks, Summary: "List webhooks", Text: "The office's webhooks. Managers only."}

func (h webhooks) listWebhooks(ctx context.Context, _ *struct{}) (*endpoint.Response[endpoint.ListView[WebhookView]], error) {
	all, err := app.CallWithin(ctx, h.readTimeout, func(ctx context.Context) ([]collaboration.Webhook, error) {
		return h.store.Webhooks(ctx, request.Employee(ctx).OfficeID)
	})
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(endpoint.List(all, "", viewWebhook)), nil
}

type addWebhookInput struct {
	RawBody []byte `contentType:"application/json"`
}

var opAddWebhook = endpoint.Operation{ID: "add-webhook", Tag: tagWebhooks, Summary: "Add a webhook", Status: http.StatusCreated,
	Text:     "Registers a URL for events. The secret in the response verifies their signatures and is returned only once. Managers only.",
	Consumes: "application/json", Body: WebhookRequest{}, Example: WebhookRequest{URL: "https://example.com/countersign"},
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeTooManyWebhooks}}

func (h webhooks) addWebhook(ctx context.Context, in *addWebhookInput) (*endpoint.Response[NewWebhookView], error) {
	body, invalid, err := endpoint.DecodeBody[WebhookRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	added, err := h.app.Webhooks.Add(ctx, request.Employee(ctx), body.URL, invalid)
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(NewWebhookView(added)), nil
}

// WebhookInput names a webhook.
type WebhookInput struct {
	ID string `path:"id" doc:"The webhook."`
}

var opRemoveWebhook = endpoint.Operation{ID: "remove-webhook", Tag: tagWebhooks, Summary: "Remove a webhook", Status: http.StatusNoContent,
	Text: "Stops all deliveries to the webhook, including pending ones. Managers only.", Codes: []collaboration.Code{collaboration.CodeWebhookNotFound}}

func (h webhooks) removeWebhook(ctx context.Context, in *WebhookInput) (*struct{}, error) {
	return h.onWebhook(ctx, func(ctx context.Context) error {
		e := request.Employee(ctx)
		return h.store.RemoveWebhook(ctx, e.OfficeID, in.ID, e.ID)
	})
}

var opEnableWebhook = endpoint.Operation{ID: "enable-webhook", Tag: tagWebhooks, Summary: "Enable a webhook", Status: http.StatusNoContent,
	Text: "Enables a webhook that was disabled by a 410 response. Replay the events that it missed. Managers only.", Codes: []collaboration.Code{collaboration.CodeWebhookNotFound}}

func (h webhooks) enableWebhook(ctx context.Context, in *WebhookInput) (*struct{}, error) {
	return h.onWebhook(ctx, func(ctx context.Context) error {
		e := request.Employee(ctx)
		return h.store.EnableWebhook(ctx, e.OfficeID, in.ID, e.ID)
	})
}

func (h webhooks) onWebhook(ctx context.Context, change func(context.Context) error) (*struct{}, error) {
	return app.CallWithin(ctx, h.readTimeout, func(ctx context.Context) (*struct{}, error) { return nil, change(ctx) })
}

type replayInput struct {
	WebhookInput
	endpoint.IdempotencyKey
	RawBody []byte `contentType:"application/json"`
}

// ReplayRequest is the start time of a replay.
type ReplayRequest struct {
	Since time.Time `json:"since" doc:"Events from this time on are sent again with the same webhook-id."`
}

// ReplayView is the progress of a replay.
type ReplayView struct {
	Events int       `json:"events" doc:"The number of events that are sent again."`
	Next   time.Time `json:"next,omitzero" doc:"The start time of the next replay request if there are more events; absent at the end."`
}

var opReplayWebhook = endpoint.Operation{ID: "replay-webhook", Tag: tagWebhooks, Summary: "Replay events",
	Text:     "Sends up to 500 events from `since` on again, with the same webhook-id. Continue from `next`. Managers only." + endpoint.IdempotencyText,
	Consumes: "application/json", Body: ReplayRequest{}, Example: ReplayRequest{Since: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused, collaboration.CodeWebhookNotFound}}

func (h webhooks) replayWebhook(ctx context.Context, in *replayInput) (*endpoint.Response[ReplayView], error) {
	body, invalid, err := endpoint.DecodeBody[ReplayRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	replayed, err := h.app.Webhooks.Replay(ctx, request.Employee(ctx), app.ReplayRequest{Webhook: in.ID, Key: in.Key, Since: body.Since, Invalid: invalid})
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(ReplayView(replayed)), nil
}
