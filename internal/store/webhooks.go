package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// WebhookRegistry has the webhooks of offices, and the events that they receive.
type WebhookRegistry struct{ *database }

// OnEvent sets a function that runs for each stored step and webhook that receives it:
// after the commit, and again when the step is repeated, because the first attempt may
// have failed in between. Its error becomes the error of the step, so that the step is
// repeated. Call it before the first write.
func (s *Store) OnEvent(f func(context.Context, collaboration.WebhookDelivery) error) { s.onEvent = f }

func (d *database) notifyWebhooks(ctx context.Context, st step) error {
	if d.onEvent == nil || !st.action.IsPublished() {
		return nil
	}
	rows, err := d.read.WebhooksOfStep(ctx, db.WebhooksOfStepParams{ActivationID: string(st.activation), StepKey: st.key})
	if err != nil {
		return failure(err)
	}
	for _, row := range rows {
		err := d.onEvent(ctx, collaboration.WebhookDelivery{
			Webhook: row.ID, Activation: st.activation, Sequence: row.Sequence,
			Subject: collaboration.Subject{OfficeID: row.OfficeID, CustomerID: row.CustomerID, SolutionID: row.SolutionID},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// SecretCipher encrypts the secrets of webhooks with a key that is not in the database.
type SecretCipher interface {
	// EncryptSecret also returns the ID of the data key. Only the same owner decrypts.
	EncryptSecret(ctx context.Context, owner, secret string) (keyID string, encrypted []byte, err error)
	DecryptSecret(ctx context.Context, owner, keyID string, encrypted []byte) (secret string, err error)
}

// EncryptSecrets sets the cipher for the secrets of webhooks. Without it, no webhook can
// be added, and none is delivered. Call it before the first write.
func (s *Store) EncryptSecrets(c SecretCipher) { s.secrets = c }

// noCipher is the cipher of a store without keys: a secret is never stored unencrypted.
type noCipher struct{}

var errNoCipher = collaboration.Errorf(collaboration.CodeInternal, "webhooks need encryption keys, and the store has none")

func (noCipher) EncryptSecret(context.Context, string, string) (string, []byte, error) {
	return "", nil, errNoCipher
}

func (noCipher) DecryptSecret(context.Context, string, string, []byte) (string, error) {
	return "", errNoCipher
}

// secretOwner binds a secret to its webhook.
func secretOwner(webhookID string) string { return "webhook " + webhookID }

// maxWebhooks bounds the webhooks of an office: each adds work to every step.
const maxWebhooks = 10

// AddWebhook adds a webhook, and returns the secret that signs its deliveries.
func (s WebhookRegistry) AddWebhook(ctx context.Context, w collaboration.Webhook) (id, secret string, err error) {
	random := make([]byte, 32)
	rand.Read(random) // never fails, as documented
	id, secret = sqldb.NewID(), "whsec_"+base64.StdEncoding.EncodeToString(random)
	// Before the transaction, because it may store a data key in one of its own.
	keyID, encrypted, err := s.secrets.EncryptSecret(ctx, secretOwner(id), secret)
	if err != nil {
		return "", "", failure(err)
	}
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
		err = t.AddWebhook(ctx, db.AddWebhookParams{
			ID: id, OfficeID: w.OfficeID, Url: w.URL, Secret: encrypted, KeyID: keyID, CreatedBy: w.CreatedBy, CreatedAt: utc(w.CreatedAt),
		})
		if err != nil {
			return err
		}
		return t.recordChange(ctx, w.OfficeID, w.CreatedBy, "webhook_added", id, map[string]string{"webhook": id})
	})
	return id, secret, err
}

// Webhooks returns the webhooks of an office.
func (s WebhookRegistry) Webhooks(ctx context.Context, officeID string) ([]collaboration.Webhook, error) {
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

// RemoveWebhook removes a webhook of an office.
func (s WebhookRegistry) RemoveWebhook(ctx context.Context, officeID, id, by string) error {
	return s.changeWebhook(ctx, officeID, id, by, "webhook_removed", func(t *tx) (int64, error) {
		return t.RemoveWebhook(ctx, db.RemoveWebhookParams{ID: id, OfficeID: officeID})
	})
}

// EnableWebhook resumes deliveries to a disabled webhook.
func (s WebhookRegistry) EnableWebhook(ctx context.Context, officeID, id, by string) error {
	return s.changeWebhook(ctx, officeID, id, by, "webhook_enabled", func(t *tx) (int64, error) {
		return t.EnableWebhook(ctx, db.EnableWebhookParams{ID: id, OfficeID: officeID})
	})
}

// RecordReplay stores which employee replays the events of a webhook since an instant. A
// repetition with the same replay ID adds no row.
func (s WebhookRegistry) RecordReplay(ctx context.Context, officeID, id, by, replay string, since time.Time) error {
	return s.write(ctx, func(t *tx) error {
		w, err := t.Webhook(ctx, id)
		if err == nil && w.OfficeID != officeID {
			err = sql.ErrNoRows
		}
		if err != nil {
			return notFound(err, collaboration.CodeWebhookNotFound)
		}
		return t.recordChangeOnce(ctx, replay, officeID, by, "webhook_replayed", id, map[string]string{"webhook": id, "since": since.UTC().Format(time.RFC3339)})
	})
}

func (s WebhookRegistry) changeWebhook(ctx context.Context, officeID, id, by, action string, change func(*tx) (int64, error)) error {
	return s.write(ctx, func(t *tx) error {
		n, err := change(t)
		switch {
		case err != nil:
			return err
		case n == 0:
			return &collaboration.Error{Code: collaboration.CodeWebhookNotFound}
		}
		return t.recordChange(ctx, officeID, by, action, id, map[string]string{"webhook": id})
	})
}

// WebhookPost returns the request of a delivery; ok is false for a removed or disabled
// webhook.
func (s WebhookRegistry) WebhookPost(ctx context.Context, d collaboration.WebhookDelivery) (post collaboration.WebhookPost, ok bool, err error) {
	w, err := s.read.Webhook(ctx, d.Webhook)
	if err != nil {
		return post, false, ignoreNoRows(err)
	}
	r, err := Lists(s).Activation(ctx, d.Activation)
	if err != nil {
		return post, false, err
	}
	events, err := AuditLog(s).Events(ctx, d.Activation, d.Sequence-1)
	if err != nil {
		return post, false, err
	}
	if len(events) == 0 || events[0].Sequence != d.Sequence || r.OfficeID != w.OfficeID {
		return post, false, collaboration.Errorf(collaboration.CodeNotFound, "no event %s", d.Event())
	}
	secret, err := s.secrets.DecryptSecret(ctx, secretOwner(w.ID), w.KeyID, w.Secret)
	if err != nil {
		return post, false, failure(err)
	}
	body, err := r.WebhookBody(events[0])
	return collaboration.WebhookPost{Office: w.OfficeID, URL: w.Url, Secret: secret, Event: d.Event(), Body: body}, !w.DisabledAt.Valid, err
}

// DisableWebhook stops deliveries to a webhook after its receiver answered that it is gone.
func (s WebhookRegistry) DisableWebhook(ctx context.Context, id string, at_ time.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.DisableWebhook(ctx, db.DisableWebhookParams{ID: id, DisabledAt: at(at_)})
	})
}

// FailWebhook stores the time of an event that could not be delivered.
func (s WebhookRegistry) FailWebhook(ctx context.Context, id string, when time.Time) error {
	return s.write(ctx, func(t *tx) error {
		return t.FailWebhook(ctx, db.FailWebhookParams{ID: id, LastFailure: at(when)})
	})
}

// eventsPage is the number of events that one query of EventsSince returns.
const eventsPage = 500

// EventsSince returns one page of an office's events from an instant on, without those
// that webhooks do not receive. next is the start of the next page, zero at the end.
// Events at exactly next are returned again.
func (s WebhookRegistry) EventsSince(ctx context.Context, officeID string, since time.Time) (events []collaboration.WebhookDelivery, next time.Time, err error) {
	rows, err := s.read.OfficeEventsSince(ctx, db.OfficeEventsSinceParams{OfficeID: officeID, Since: utc(since), MaxRows: eventsPage})
	if err != nil {
		return nil, next, failure(err)
	}
	for _, row := range rows {
		if collaboration.Action(row.Action).IsPublished() {
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
