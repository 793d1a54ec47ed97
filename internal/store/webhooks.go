package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// OnEvent has f told of every recorded step that a webhook wants to know of:
// after its commit, and again where the step is repeated, because whoever
// recorded it may not have come to tell. Its error becomes the step's, so that
// the step is repeated. Set it before the first write.
func (s *Store) OnEvent(f func(context.Context, collaboration.WebhookDelivery) error) { s.event = f }

func (s *Store) tellWebhooks(ctx context.Context, st step) error {
	if s.event == nil || !st.action.Told() {
		return nil
	}
	rows, err := s.read.WebhooksToTell(ctx, db.WebhooksToTellParams{ActivationID: string(st.activation), StepKey: st.key})
	if err != nil {
		return failure(err)
	}
	for _, row := range rows {
		err := s.event(ctx, collaboration.WebhookDelivery{
			Webhook: row.ID, Activation: st.activation, Sequence: row.Sequence,
			Subject: collaboration.Subject{OfficeID: row.OfficeID, CustomerID: row.CustomerID, SolutionID: row.SolutionID},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// maxWebhooks bounds an office's webhooks: each costs at every step.
const maxWebhooks = 10

// AddWebhook adds an address, and returns the secret that signs what it is
// told.
func (s *Store) AddWebhook(ctx context.Context, w collaboration.Webhook) (id, secret string, err error) {
	random := make([]byte, 32)
	rand.Read(random) // never fails, as documented
	id, secret = newID(), "whsec_"+base64.StdEncoding.EncodeToString(random)
	err = s.write(ctx, func(t *tx) error {
		if _, err := t.LockOffice(ctx, w.OfficeID); err != nil {
			return err
		}
		n, err := t.CountWebhooks(ctx, w.OfficeID)
		if err != nil {
			return err
		}
		if n >= maxWebhooks {
			return &collaboration.Error{Code: collaboration.CodeTooManyWebhooks}
		}
		return t.AddWebhook(ctx, db.AddWebhookParams{
			ID: id, OfficeID: w.OfficeID, Url: w.URL, Secret: secret, CreatedBy: w.CreatedBy, CreatedAt: utc(w.CreatedAt),
		})
	})
	return id, secret, err
}

// Webhooks lists an office's.
func (s *Store) Webhooks(ctx context.Context, officeID string) ([]collaboration.Webhook, error) {
	rows, err := s.read.Webhooks(ctx, officeID)
	if err != nil {
		return nil, failure(err)
	}
	all := make([]collaboration.Webhook, len(rows))
	for i, row := range rows {
		all[i] = webhook(row)
	}
	return all, nil
}

func webhook(row db.Webhook) collaboration.Webhook {
	return collaboration.Webhook{
		ID: row.ID, OfficeID: row.OfficeID, URL: row.Url, CreatedBy: row.CreatedBy, CreatedAt: row.CreatedAt.UTC(),
		DisabledAt: row.DisabledAt.Time.UTC(), LastFailure: row.LastFailure.Time.UTC(),
	}
}

// RemoveWebhook removes one of an office's.
func (s *Store) RemoveWebhook(ctx context.Context, officeID, id string) error {
	return s.ofWebhook(ctx, func(t *tx) (int64, error) {
		return t.RemoveWebhook(ctx, db.RemoveWebhookParams{ID: id, OfficeID: officeID})
	})
}

// EnableWebhook has one told again after it was disabled.
func (s *Store) EnableWebhook(ctx context.Context, officeID, id string) error {
	return s.ofWebhook(ctx, func(t *tx) (int64, error) {
		return t.EnableWebhook(ctx, db.EnableWebhookParams{ID: id, OfficeID: officeID})
	})
}

func (s *Store) ofWebhook(ctx context.Context, change func(*tx) (int64, error)) error {
	return s.write(ctx, func(t *tx) error {
		n, err := change(t)
		if err == nil && n == 0 {
			err = &collaboration.Error{Code: collaboration.CodeWebhookNotFound}
		}
		return err
	})
}

// WebhookPost is what a delivery sends; ok is false where the webhook is gone or
// disabled.
func (s *Store) WebhookPost(ctx context.Context, d collaboration.WebhookDelivery) (post collaboration.WebhookPost, ok bool, err error) {
	w, err := s.read.Webhook(ctx, d.Webhook)
	if err != nil {
		return post, false, orNone(err)
	}
	r, err := s.Activation(ctx, d.Activation)
	if err != nil {
		return post, false, err
	}
	events, err := s.Events(ctx, d.Activation, d.Sequence-1)
	if err != nil {
		return post, false, err
	}
	if len(events) == 0 || events[0].Sequence != d.Sequence || r.OfficeID != w.OfficeID {
		return post, false, collaboration.Errorf(collaboration.CodeNotFound, "no event %s", d.Event())
	}
	body, err := r.WebhookBody(events[0])
	return collaboration.WebhookPost{URL: w.Url, Secret: w.Secret, Event: d.Event(), Body: body}, !w.DisabledAt.Valid, err
}

// DisableWebhook stops telling one that says it is gone.
func (s *Store) DisableWebhook(ctx context.Context, id string, at_ time.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.DisableWebhook(ctx, db.DisableWebhookParams{ID: id, DisabledAt: at(at_)})
	})
}

// FailWebhook notes that an event was given up.
func (s *Store) FailWebhook(ctx context.Context, id string, when time.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.FailWebhook(ctx, db.FailWebhookParams{ID: id, LastFailure: at(when)})
	})
}

// eventsPage is how many events one look at an office's history takes in.
const eventsPage = 500

// EventsSince are the first events of an office, from an instant on, that
// webhooks are told of. next is where to go on: that instant's events come
// again. It is zero at the end.
func (s *Store) EventsSince(ctx context.Context, officeID string, since time.Time) (events []collaboration.WebhookDelivery, next time.Time, err error) {
	rows, err := s.read.OfficeEventsSince(ctx, db.OfficeEventsSinceParams{OfficeID: officeID, Since: utc(since), MaxRows: eventsPage})
	if err != nil {
		return nil, next, failure(err)
	}
	for _, row := range rows {
		if collaboration.Action(row.Action).Told() {
			events = append(events, collaboration.WebhookDelivery{
				Activation: collaboration.ActivationID(row.ActivationID), Sequence: row.Sequence,
				Subject: collaboration.Subject{OfficeID: officeID, CustomerID: row.CustomerID, SolutionID: row.SolutionID},
			})
		}
	}
	if len(rows) == eventsPage {
		next = rows[len(rows)-1].HappenedAt.UTC()
	}
	return events, next, nil
}
