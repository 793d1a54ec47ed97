package activities

import (
	"context"
	"time"

	"countersign/collaboration"
)

// WebhookFacts is what a delivery to a webhook needs.
type WebhookFacts interface {
	WebhookPost(context.Context, collaboration.WebhookDelivery) (post collaboration.WebhookPost, ok bool, err error)
	DisableWebhook(ctx context.Context, id string, at time.Time) error
	FailWebhook(ctx context.Context, id string, at time.Time) error
}

// Poster posts an event. gone says that the address asked not to be called any
// more.
type Poster interface {
	Post(ctx context.Context, p collaboration.WebhookPost, now time.Time) (gone bool, err error)
}

// Webhooks are the steps of telling other systems.
type Webhooks struct {
	facts  WebhookFacts
	poster Poster
}

// NewWebhooks makes the steps of a worker.
func NewWebhooks(facts WebhookFacts, poster Poster) *Webhooks { return &Webhooks{facts, poster} }

// DeliverWebhook posts an event. A webhook that is gone or disabled meanwhile is
// not told; one that answers 410 is disabled.
func (w *Webhooks) DeliverWebhook(ctx context.Context, d collaboration.WebhookDelivery) error {
	post, ok, err := w.facts.WebhookPost(ctx, d)
	if err != nil || !ok {
		return failure(err)
	}
	now := time.Now().UTC()
	gone, err := w.poster.Post(ctx, post, now)
	if err == nil && gone {
		err = w.facts.DisableWebhook(ctx, d.Webhook, now)
	}
	return failure(err)
}

// FailWebhook notes that an event was given up.
func (w *Webhooks) FailWebhook(ctx context.Context, d collaboration.WebhookDelivery) error {
	return failure(w.facts.FailWebhook(ctx, d.Webhook, time.Now().UTC()))
}
