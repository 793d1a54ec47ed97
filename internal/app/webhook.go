package app

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Webhooks are the use cases on the webhooks of the employee's office.
type Webhooks struct{ *service }

// NewWebhook is a webhook with the secret that signs its events. The secret is not shown
// again.
type NewWebhook struct{ ID, URL, Secret string }

// Add adds a webhook.
func (s *Webhooks) Add(ctx context.Context, e collaboration.Employee, url string, invalid []collaboration.FieldError) (NewWebhook, error) {
	err := required("url", url)
	if err == nil {
		if code := s.checkWebhook(url); code != "" {
			err = invalidRequest(collaboration.FieldError{Field: "url", Code: code})
		}
	}
	if err := WithInvalid(err, invalid); err != nil {
		return NewWebhook{}, err
	}
	id, secret, err := s.store.AddWebhook(ctx, collaboration.Webhook{OfficeID: e.OfficeID, URL: url, CreatedBy: e.ID, CreatedAt: s.now()})
	return NewWebhook{id, url, secret}, err
}

// ReplayRequest asks to deliver the events of a webhook again.
type ReplayRequest struct {
	Webhook string
	// Key is the idempotency key, or "". A retry delivers no event twice.
	Key     string
	Since   time.Time
	Invalid []collaboration.FieldError
}

// Replayed is the result of a replay.
type Replayed struct {
	Events int
	// Next is where the next replay continues; zero at the end.
	Next time.Time
}

// replayTimeout bounds one replay.
const replayTimeout = 30 * time.Second

// Replay delivers the events since an instant again.
func (s *Webhooks) Replay(ctx context.Context, e collaboration.Employee, r ReplayRequest) (Replayed, error) {
	if err := checkKey(r.Key); err != nil {
		return Replayed{}, err
	}
	var err error
	if r.Since.IsZero() {
		err = invalidRequest(collaboration.FieldError{Field: "since", Code: collaboration.CodeRequired})
	}
	if err := WithInvalid(err, r.Invalid); err != nil {
		return Replayed{}, err
	}
	if err := s.requireOwned(ctx, e, r.Webhook); err != nil {
		return Replayed{}, err
	}
	replay, err := s.replayID(ctx, e, r)
	if err != nil {
		return Replayed{}, err
	}
	if err := s.store.RecordReplay(ctx, e.OfficeID, r.Webhook, e.ID, replay, r.Since); err != nil {
		return Replayed{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, replayTimeout)
	defer cancel()
	events, next, err := s.store.EventsSince(ctx, e.OfficeID, r.Since)
	if err != nil {
		return Replayed{}, err
	}
	for _, event := range events {
		event.Webhook = r.Webhook
		if err := s.workflows.DeliverWebhook(ctx, event, replay); err != nil {
			return Replayed{}, err
		}
	}
	return Replayed{len(events), next}, nil
}

// requireOwned returns CodeWebhookNotFound for a webhook of another office.
func (s *Webhooks) requireOwned(ctx context.Context, e collaboration.Employee, id string) error {
	all, err := s.store.Webhooks(ctx, e.OfficeID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(w collaboration.Webhook) bool { return w.ID == id }) {
		return &collaboration.Error{Code: collaboration.CodeWebhookNotFound}
	}
	return nil
}

// replayID names a replay: the same for a retry with the same key.
func (s *Webhooks) replayID(ctx context.Context, e collaboration.Employee, r ReplayRequest) (string, error) {
	if r.Key == "" {
		return rand.Text(), nil
	}
	request := message.Fingerprint(e.OfficeID, "replay", r.Webhook, r.Since.UTC())
	return s.reserveKey(ctx, e.OfficeID, r.Key, request, message.NewID(request, r.Key))
}
