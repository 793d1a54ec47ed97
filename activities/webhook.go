package activities

import (
	"context"
	"time"

	"countersign/collaboration"
)

// WebhookStore is the stored data that a delivery to a webhook needs.
type WebhookStore interface {
	WebhookPost(context.Context, collaboration.WebhookDelivery) (post collaboration.WebhookPost, ok bool, err error)
	DisableWebhook(ctx context.Context, id string, at time.Time) error
	FailWebhook(ctx context.Context, id string, at time.Time) error
}

// Poster posts an event. gone is true if the endpoint answered 410: it wants no more
// events.
type Poster interface {
	Post(ctx context.Context, p collaboration.WebhookPost, now time.Time) (gone bool, err error)
}

// Shares bound the concurrent deliveries of one office, so that its slow endpoints do not
// use all slots of a worker.
type Shares interface {
	// Acquire reserves a slot of an office until release is called. ok is false if none
	// became free in time.
	Acquire(ctx context.Context, office string) (release func(), ok bool)
}

// Webhooks are the activities that deliver events to other systems.
type Webhooks struct {
	store  WebhookStore
	poster Poster
	shares Shares
}

// NewWebhooks returns the activities of a worker.
func NewWebhooks(store WebhookStore, poster Poster, shares Shares) *Webhooks {
	return &Webhooks{store, poster, shares}
}

// DeliverWebhook posts an event. It skips a webhook that was removed or disabled, and
// disables one that answers 410. Temporal retries it later if the office's share is used.
func (w *Webhooks) DeliverWebhook(ctx context.Context, d collaboration.WebhookDelivery) error {
	post, ok, err := w.store.WebhookPost(ctx, d)
	if err != nil || !ok {
		return failure(err)
	}
	release, ok := w.shares.Acquire(ctx, post.Office)
	if !ok {
		return failure(collaboration.Errorf(collaboration.CodeRateLimited, "other deliveries of the office wait for their endpoints"))
	}
	defer release()
	now := time.Now().UTC()
	gone, err := w.poster.Post(ctx, post, now)
	if err == nil && gone {
		err = w.store.DisableWebhook(ctx, d.Webhook, now)
	}
	return failure(err)
}

// FailWebhook stores that the delivery of an event was given up.
func (w *Webhooks) FailWebhook(ctx context.Context, d collaboration.WebhookDelivery) error {
	return failure(w.store.FailWebhook(ctx, d.Webhook, time.Now().UTC()))
}
