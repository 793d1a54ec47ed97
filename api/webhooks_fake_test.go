package api_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/collaboration"
)

func (f facts) Webhooks(_ context.Context, office string) (all []collaboration.Webhook, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.webhooks {
		if w.OfficeID == office {
			all = append(all, w)
		}
	}
	return all, f.called("Webhooks")
}

func (f facts) AddWebhook(_ context.Context, w collaboration.Webhook) (id, secret string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.ID = fmt.Sprintf("w-%d", len(f.webhooks)+1)
	f.webhooks = append(f.webhooks, w)
	return w.ID, "whsec_secret", f.called("AddWebhook")
}

func (f facts) RemoveWebhook(_ context.Context, office, id, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.webhooks)
	f.webhooks = slices.DeleteFunc(f.webhooks, func(w collaboration.Webhook) bool { return w.ID == id && w.OfficeID == office })
	if len(f.webhooks) == before {
		return &collaboration.Error{Code: collaboration.CodeWebhookNotFound}
	}
	return f.called("RemoveWebhook")
}

func (f facts) EnableWebhook(_ context.Context, office, id, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.ContainsFunc(f.webhooks, func(w collaboration.Webhook) bool { return w.ID == id && w.OfficeID == office }) {
		return &collaboration.Error{Code: collaboration.CodeWebhookNotFound}
	}
	return f.called("EnableWebhook")
}

func (f facts) RecordReplay(_ context.Context, _, id, by, replay string, since time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.replays = append(f.replays, fmt.Sprint(id, " since ", since.Format(time.DateOnly), " by ", by, " ", replay))
	return f.called("RecordReplay")
}

func (f facts) EventsSince(context.Context, string, time.Time) ([]collaboration.WebhookDelivery, time.Time, error) {
	return []collaboration.WebhookDelivery{{Activation: "a", Sequence: 1}, {Activation: "a", Sequence: 2}}, now, f.called("EventsSince")
}
