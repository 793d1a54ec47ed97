package api

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/internal/app"
)

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

func (s *Server) listWebhooks(ctx context.Context, _ *struct{}) (*bodyOf[ListView[WebhookView]], error) {
	all, err := read(ctx, s.ReadTimeout, func(ctx context.Context) ([]collaboration.Webhook, error) {
		return s.Facts.Webhooks(ctx, employeeOf(ctx).OfficeID)
	})
	if err != nil {
		return nil, err
	}
	return &bodyOf[ListView[WebhookView]]{viewList(all, "", viewWebhook)}, nil
}

type addWebhookInput struct {
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) addWebhook(ctx context.Context, in *addWebhookInput) (*bodyOf[NewWebhookView], error) {
	body, invalid, err := decodeBody[WebhookRequest](s, in.RawBody)
	if err != nil {
		return nil, err
	}
	added, err := s.app.Webhooks.Add(ctx, employeeOf(ctx), body.URL, invalid)
	if err != nil {
		return nil, err
	}
	return &bodyOf[NewWebhookView]{NewWebhookView(added)}, nil
}

// WebhookInput names a webhook.
type WebhookInput struct {
	ID string `path:"id" doc:"The webhook."`
}

func (s *Server) removeWebhook(ctx context.Context, in *WebhookInput) (*struct{}, error) {
	return s.onWebhook(ctx, func(ctx context.Context) error { return s.Facts.RemoveWebhook(ctx, employeeOf(ctx).OfficeID, in.ID) })
}

func (s *Server) enableWebhook(ctx context.Context, in *WebhookInput) (*struct{}, error) {
	return s.onWebhook(ctx, func(ctx context.Context) error { return s.Facts.EnableWebhook(ctx, employeeOf(ctx).OfficeID, in.ID) })
}

func (s *Server) onWebhook(ctx context.Context, change func(context.Context) error) (*struct{}, error) {
	return read(ctx, s.ReadTimeout, func(ctx context.Context) (*struct{}, error) { return nil, change(ctx) })
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

func (s *Server) replayWebhook(ctx context.Context, in *replayInput) (*bodyOf[ReplayView], error) {
	body, invalid, err := decodeBody[ReplayRequest](s, in.RawBody)
	if err != nil {
		return nil, err
	}
	replayed, err := s.app.Webhooks.Replay(ctx, employeeOf(ctx), app.ReplayRequest{Webhook: in.ID, Key: in.Key, Since: body.Since, Invalid: invalid})
	if err != nil {
		return nil, err
	}
	return &bodyOf[ReplayView]{ReplayView(replayed)}, nil
}
