package store_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
)

// told records the events of OnEvent.
type told struct {
	all  []collaboration.WebhookDelivery
	fail error
}

// managers has a manager of each office.
var managers = map[string]string{office: "emp-maja", "office-2": "emp-sara"}

func (b backend) listening(t *testing.T, offices ...string) (*told, []string) {
	t.Helper()
	l := &told{}
	b.OnEvent(func(_ context.Context, d collaboration.WebhookDelivery) error {
		if l.fail != nil {
			return l.fail
		}
		l.all = append(l.all, d)
		return nil
	})
	var ids []string
	for _, o := range offices {
		id, secret, err := b.AddWebhook(ctx, collaboration.Webhook{OfficeID: o, URL: "https://example.com/" + o, CreatedBy: managers[o], CreatedAt: noon})
		must(t, err)
		if !strings.HasPrefix(secret, "whsec_") || len(secret) != 50 {
			t.Errorf("secret %q", secret)
		}
		ids = append(ids, id)
	}
	return l, ids
}

func TestOnEvent_OncePerStateChange(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		l, ids := b.listening(t, office, "office-2")
		o := b.active(t, orderFor("c-1004"))
		b.renewedAndEnded(t, o)
		var types []string
		seen := map[string]bool{}
		for _, d := range l.all {
			if d.Webhook != ids[0] {
				t.Error("an event for the webhook of another office")
			}
			if d.Subject != o.Subject() {
				t.Errorf("it is about %+v", d.Subject)
			}
			if seen[d.Event()] {
				continue // the sender drops repeated events by id
			}
			seen[d.Event()] = true
			post, ok, err := b.WebhookPost(ctx, d)
			must(t, err)
			var body struct {
				Type string
				Data struct {
					Activation string `json:"activation_id"`
					Sequence   int
					Detail     map[string]any
				}
			}
			must(t, json.Unmarshal(post.Body, &body))
			if !ok || post.Event != d.Event() || body.Data.Activation != string(o.Activation) || body.Data.Sequence != d.Sequence {
				t.Errorf("%+v: %s", post, post.Body)
			}
			for _, personal := range []string{"@", "Öberg", "070"} {
				if strings.Contains(string(post.Body), personal) {
					t.Errorf("personal: %s", post.Body)
				}
			}
			types = append(types, body.Type)
		}
		want := []string{"activation.requested", "invitation.sent", "invitation.approved", "collaboration.started", "collaboration.renewed", "collaboration.notice_given", "collaboration.ended"}
		if !slices.Equal(types, want) {
			t.Errorf("events %q, want %q", types, want)
		}
	})
}

// TestOnEvent_ErrorFailsStep: a step fails if its event cannot be delivered. The retry
// delivers it.
func TestOnEvent_ErrorFailsStep(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		l, _ := b.listening(t, office)
		l.fail = &collaboration.Error{Code: collaboration.CodeUnavailable}
		o := orderFor("c-1004")
		wantCode(t, b.OpenActivation(ctx, o), collaboration.CodeUnavailable)
		l.fail = nil
		must(t, b.OpenActivation(ctx, o))
		c := closing(o, collaboration.Withdrawn)
		l.fail = &collaboration.Error{Code: collaboration.CodeUnavailable}
		wantCode(t, b.CloseActivation(ctx, c), collaboration.CodeUnavailable)
		l.fail = nil
		must(t, b.CloseActivation(ctx, c))
		if len(l.all) != 2 || l.all[0].Sequence != 1 || l.all[1].Sequence != 2 {
			t.Errorf("events %+v", l.all)
		}
	})
}

func TestOnEvent_SkipsDisabledWebhooks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		l, ids := b.listening(t, office)
		must(t, b.OpenActivation(ctx, orderFor("c-1004")))
		d := l.all[0]
		must(t, b.DisableWebhook(ctx, ids[0], noon))
		must(t, b.FailWebhook(ctx, ids[0], noon))
		all, err := b.Webhooks(ctx, office)
		must(t, err)
		if len(all) != 1 || !all[0].DisabledAt.Equal(noon) || !all[0].LastFailure.Equal(noon) {
			t.Errorf("webhooks %+v", all)
		}
		if _, ok, err := b.WebhookPost(ctx, d); ok || err != nil {
			t.Errorf("a post for a disabled webhook: %t, %v", ok, err)
		}
		must(t, b.OpenActivation(ctx, orderFor("c-1006")))
		if len(l.all) != 1 {
			t.Errorf("events %+v", l.all)
		}
		wantCode(t, b.EnableWebhook(ctx, "office-2", ids[0], "emp-sara"), collaboration.CodeWebhookNotFound)
		must(t, b.EnableWebhook(ctx, office, ids[0], "emp-maja"))
		must(t, b.OpenActivation(ctx, orderFor("c-1008")))
		wantCode(t, b.RemoveWebhook(ctx, "office-2", ids[0], "emp-sara"), collaboration.CodeWebhookNotFound)
		must(t, b.RemoveWebhook(ctx, office, ids[0], "emp-maja"))
		must(t, b.OpenActivation(ctx, orderFor("c-1009")))
		if len(l.all) != 2 {
			t.Errorf("events %+v", l.all)
		}
		if _, ok, err := b.WebhookPost(ctx, d); ok || err != nil {
			t.Errorf("a post for a removed webhook: %t, %v", ok, err)
		}
	})
}

func TestEventsSince_AndLimit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		events, next, err := b.EventsSince(ctx, office, noon)
		must(t, err)
		if len(events) != 4 || !next.IsZero() || events[0].Activation != o.Activation || events[0].Subject != o.Subject() {
			t.Errorf("events %+v, next %s", events, next)
		}
		if later, _, err := b.EventsSince(ctx, office, noon.Add(30*24*time.Hour)); err != nil || len(later) != 0 {
			t.Errorf("later %+v, %v", later, err)
		}
		if others, _, err := b.EventsSince(ctx, "office-2", noon); err != nil || len(others) != 0 {
			t.Errorf("another office's %+v, %v", others, err)
		}
		for range 10 {
			_, _, err := b.AddWebhook(ctx, collaboration.Webhook{OfficeID: office, CreatedBy: "emp-maja", CreatedAt: noon})
			must(t, err)
		}
		_, _, err = b.AddWebhook(ctx, collaboration.Webhook{OfficeID: office, CreatedBy: "emp-maja", CreatedAt: noon})
		wantCode(t, err, collaboration.CodeTooManyWebhooks)
	})
}
