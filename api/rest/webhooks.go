package rest

import (
	"context"
	"net/http"
	"time"

	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/app"
)

// webhooks serves the webhooks of an office.
type webhooks struct{ handlers }

func (h webhooks) register(r router) {
	get(r.managers, "/v1/webhooks", opListWebhooks, h.listWebhooks)
	post(r.managers, "/v1/webhooks", opAddWebhook, h.addWebhook)
	register(r.managers, http.MethodDelete, "/v1/webhooks/{id}", opRemoveWebhook, h.removeWebhook)
	post(r.managers, "/v1/webhooks/{id}/enable", opEnableWebhook, h.enableWebhook)
	post(r.managers, "/v1/webhooks/{id}/replay", opReplayWebhook, h.replayWebhook)
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

var opListWebhooks = operation{id: "list-webhooks", tag: tagWebhooks, summary: "List webhooks", text: "The office's webhooks. Managers only."}

func (h webhooks) listWebhooks(ctx context.Context, _ *struct{}) (*bodyOf[ListView[WebhookView]], error) {
	all, err := app.CallWithin(ctx, h.readTimeout, func(ctx context.Context) ([]collaboration.Webhook, error) {
		return h.store.Webhooks(ctx, request.Employee(ctx).OfficeID)
	})
	if err != nil {
		return nil, err
	}
	return &bodyOf[ListView[WebhookView]]{viewList(all, "", viewWebhook)}, nil
}

type addWebhookInput struct {
	RawBody []byte `contentType:"application/json"`
}

var opAddWebhook = operation{id: "add-webhook", tag: tagWebhooks, summary: "Add a webhook", status: http.StatusCreated,
	text:     "Registers a URL for events. The secret in the response verifies their signatures and is returned only once. Managers only.",
	consumes: "application/json", body: WebhookRequest{}, example: WebhookRequest{URL: "https://example.com/countersign"},
	codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeTooManyWebhooks}}

func (h webhooks) addWebhook(ctx context.Context, in *addWebhookInput) (*bodyOf[NewWebhookView], error) {
	body, invalid, err := decodeBody[WebhookRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	added, err := h.app.Webhooks.Add(ctx, request.Employee(ctx), body.URL, invalid)
	if err != nil {
		return nil, err
	}
	return &bodyOf[NewWebhookView]{NewWebhookView(added)}, nil
}

// WebhookInput names a webhook.
type WebhookInput struct {
	ID string `path:"id" doc:"The webhook."`
}

var opRemoveWebhook = operation{id: "remove-webhook", tag: tagWebhooks, summary: "Remove a webhook", status: http.StatusNoContent,
	text: "Stops all deliveries to the webhook, including pending ones. Managers only.", codes: []collaboration.Code{collaboration.CodeWebhookNotFound}}

func (h webhooks) removeWebhook(ctx context.Context, in *WebhookInput) (*struct{}, error) {
	return h.onWebhook(ctx, func(ctx context.Context) error {
		return h.store.RemoveWebhook(ctx, request.Employee(ctx).OfficeID, in.ID)
	})
}

var opEnableWebhook = operation{id: "enable-webhook", tag: tagWebhooks, summary: "Enable a webhook", status: http.StatusNoContent,
	text: "Enables a webhook that was disabled by a 410 response. Replay the events that it missed. Managers only.", codes: []collaboration.Code{collaboration.CodeWebhookNotFound}}

func (h webhooks) enableWebhook(ctx context.Context, in *WebhookInput) (*struct{}, error) {
	return h.onWebhook(ctx, func(ctx context.Context) error {
		return h.store.EnableWebhook(ctx, request.Employee(ctx).OfficeID, in.ID)
	})
}

func (h webhooks) onWebhook(ctx context.Context, change func(context.Context) error) (*struct{}, error) {
	return app.CallWithin(ctx, h.readTimeout, func(ctx context.Context) (*struct{}, error) { return nil, change(ctx) })
}

type replayInput struct {
	WebhookInput
	IdempotencyKey
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

var opReplayWebhook = operation{id: "replay-webhook", tag: tagWebhooks, summary: "Replay events",
	text:     "Sends up to 500 events from `since` on again, with the same webhook-id. Continue from `next`. Managers only." + idempotencyText,
	consumes: "application/json", body: ReplayRequest{}, example: ReplayRequest{Since: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
	codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused, collaboration.CodeWebhookNotFound}}

func (h webhooks) replayWebhook(ctx context.Context, in *replayInput) (*bodyOf[ReplayView], error) {
	body, invalid, err := decodeBody[ReplayRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	replayed, err := h.app.Webhooks.Replay(ctx, request.Employee(ctx), app.ReplayRequest{Webhook: in.ID, Key: in.Key, Since: body.Since, Invalid: invalid})
	if err != nil {
		return nil, err
	}
	return &bodyOf[ReplayView]{ReplayView(replayed)}, nil
}
