package api

import (
	"context"
	"time"

	"countersign/collaboration"
)

// WebhookView is an address that is told what happens.
type WebhookView struct {
	ID          string    `json:"id"`
	URL         string    `json:"url" example:"https://example.com/countersign"`
	CreatedBy   string    `json:"created_by" example:"emp-maja"`
	CreatedAt   time.Time `json:"created_at"`
	DisabledAt  time.Time `json:"disabled_at,omitzero" doc:"Since when it is not told any more: it answered 410."`
	LastFailure time.Time `json:"last_failure_at,omitzero" doc:"When an event was given up, after three days without a good answer."`
}

// NewWebhookView is a new webhook, with its secret.
type NewWebhookView struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Secret string `json:"secret" example:"whsec_…" doc:"Verifies what is sent. It is shown this once."`
}

// WebhookRequest names an address.
type WebhookRequest struct {
	URL string `json:"url" example:"https://example.com/countersign" doc:"An https address on the internet."`
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
	body, _, err := changeBody(s, in.RawBody, "", func(r WebhookRequest) []collaboration.FieldError {
		if wrong := required("url", r.URL); wrong != nil {
			return wrong
		}
		if code := s.CheckWebhook(r.URL); code != "" {
			return []collaboration.FieldError{{Field: "url", Code: code}}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	employee := employeeOf(ctx)
	ctx, cancel := s.reading(ctx)
	defer cancel()
	id, secret, err := s.Facts.AddWebhook(ctx, collaboration.Webhook{OfficeID: employee.OfficeID, URL: body.URL, CreatedBy: employee.ID, CreatedAt: s.Now()})
	if err != nil {
		return nil, err
	}
	return &bodyOf[NewWebhookView]{NewWebhookView{id, body.URL, secret}}, nil
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

// ReplayRequest says from when on.
type ReplayRequest struct {
	Since time.Time `json:"since" doc:"Events from this instant on are sent again, with the same webhook-id."`
}

// ReplayView is how far a replay came.
type ReplayView struct {
	Events int       `json:"events" doc:"How many are being sent again."`
	Next   time.Time `json:"next,omitzero" doc:"Where to go on: more happened since. Absent at the end."`
}

func (s *Server) replayWebhook(ctx context.Context, in *replayInput) (*bodyOf[ReplayView], error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	body, name, err := changeBody(s, in.RawBody, "replay", func(r ReplayRequest) []collaboration.FieldError {
		if r.Since.IsZero() {
			return []collaboration.FieldError{{Field: "since", Code: collaboration.CodeRequired}}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	office := employeeOf(ctx).OfficeID
	if err := s.ownsWebhook(ctx, office, in.ID); err != nil {
		return nil, err
	}
	var view ReplayView
	ctx, cancel := context.WithTimeout(ctx, replayWithin)
	defer cancel()
	events, next, err := s.Facts.EventsSince(ctx, office, body.Since)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		e.Webhook = in.ID
		if err := s.Starter.Tell(ctx, e, in.again(name)); err != nil {
			return nil, err
		}
	}
	view.Events, view.Next = len(events), next
	return &bodyOf[ReplayView]{view}, nil
}

// replayWithin bounds one replay.
const replayWithin = 30 * time.Second

// again names the replay: a repeat with the same key sends nothing twice.
func (in replayInput) again(name string) string {
	c := ChangeInput{IdempotencyKey: in.IdempotencyKey}
	return c.messageID(change{name: name}, collaboration.Record{ID: collaboration.ActivationID(in.ID)})
}

func (s *Server) ownsWebhook(ctx context.Context, officeID, id string) error {
	all, err := read(ctx, s.ReadTimeout, func(ctx context.Context) ([]collaboration.Webhook, error) { return s.Facts.Webhooks(ctx, officeID) })
	if err != nil {
		return err
	}
	for _, w := range all {
		if w.ID == id {
			return nil
		}
	}
	return &collaboration.Error{Code: collaboration.CodeWebhookNotFound}
}
