package store_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/codec"
	"countersign/internal/store"
)

// delivered returns the secret that signs the first delivery to a webhook.
func delivered(s *store.Store, webhook string, o collaboration.Order) (string, error) {
	post, _, err := s.WebhookPost(ctx, collaboration.WebhookDelivery{Webhook: webhook, Activation: o.Activation, Sequence: 1})
	return post.Secret, err
}

func (b backend) addWebhook(t *testing.T) (id, secret string) {
	t.Helper()
	id, secret, err := b.AddWebhook(ctx, collaboration.Webhook{OfficeID: office, URL: "https://example.com/", CreatedBy: "emp-maja", CreatedAt: noon})
	must(t, err)
	return id, secret
}

func TestWebhookSecret_IsEncrypted(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		id, secret := b.addWebhook(t)
		if got, err := delivered(b.Store, id, o); err != nil || got != secret {
			t.Errorf("the delivery is signed with %q, want %q: %v", got, secret, err)
		}
		encoded := strings.TrimPrefix(secret, "whsec_")
		raw, err := base64.StdEncoding.DecodeString(encoded)
		must(t, err)
		stored := b.dump(t, "webhooks")
		for _, form := range []string{"whsec_", encoded, string(raw)} {
			if strings.Contains(stored, form) {
				t.Errorf("the table has the secret as %q", form)
			}
		}
	})
}

// TestWebhookSecret_BoundToWebhook: a secret that was copied to another webhook, or
// changed, signs no delivery.
func TestWebhookSecret_BoundToWebhook(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		first, _ := b.addWebhook(t)
		second, _ := b.addWebhook(t)
		for _, statement := range []string{
			"UPDATE webhooks SET secret = (SELECT w.secret FROM webhooks w WHERE w.id = '" + first + "') WHERE id = '" + second + "'",
			"UPDATE webhooks SET secret = 'modified' WHERE id = '" + second + "'",
		} {
			must(t, b.exec(statement))
			secret, err := delivered(b.Store, second, o)
			if wantCode(t, err, collaboration.CodeInternal); secret != "" {
				t.Errorf("the delivery is signed with %q", secret)
			}
		}
	})
}

// TestWebhookSecret_SurvivesRotation: after the rotation of the master keys, the old one
// is no longer needed.
func TestWebhookSecret_SurvivesRotation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		id, secret := b.addWebhook(t)
		next := codec.MasterKey{ID: "2027-01", Key: []byte(strings.Repeat("n", 32))}
		if n, err := encryptSecrets(t, b.Store, next, masterKey).Rotate(ctx); n != 1 || err != nil {
			t.Fatalf("%d keys rewrapped, want 1: %v", n, err)
		}
		encryptSecrets(t, b.Store, next)
		if got, err := delivered(b.Store, id, o); err != nil || got != secret {
			t.Errorf("the delivery is signed with %q, want %q: %v", got, secret, err)
		}
		encryptSecrets(t, b.Store, masterKey)
		_, err := delivered(b.Store, id, o)
		wantCode(t, err, collaboration.CodeInternal)
	})
}

// TestWebhookSecret_RequiresKeys: a store without keys stores no secret.
func TestWebhookSecret_RequiresKeys(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		id, _ := b.addWebhook(t)
		s, err := store.Open(ctx, b.url)
		must(t, err)
		defer s.Close()
		_, _, err = s.AddWebhook(ctx, collaboration.Webhook{OfficeID: office, URL: "https://example.com/", CreatedBy: "emp-maja", CreatedAt: noon})
		wantCode(t, err, collaboration.CodeInternal)
		_, err = delivered(s, id, o)
		wantCode(t, err, collaboration.CodeInternal)
		if n := b.count(t, "SELECT COUNT(*) FROM webhooks"); n != 1 {
			t.Errorf("%d webhooks, want the first only", n)
		}
	})
}
