package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/store"
)

// permutations returns all orders of a few events.
func permutations(events []string) (all [][]string) {
	if len(events) == 0 {
		return [][]string{nil}
	}
	for i, e := range events {
		rest := slices.Delete(slices.Clone(events), i, i+1)
		for _, p := range permutations(rest) {
			all = append(all, append([]string{e}, p...))
		}
	}
	return all
}

// TestRecordMailEvent_AnyOrder: events arrive in any order, before and after
// FinishMail, and repeatedly. The result is always the same.
func TestRecordMailEvent_AnyOrder(t *testing.T) {
	t.Parallel()
	want := map[string]collaboration.DeliveryStatus{
		"accepted":                   collaboration.DeliveryAccepted,
		"accepted delivered":         collaboration.DeliveryDelivered,
		"accepted bounced":           collaboration.DeliveryBounced,
		"accepted delivered bounced": collaboration.DeliveryBounced,
	}
	cases := map[string][]string{}
	for _, set := range [][]string{{"accepted"}, {"accepted", "delivered"}, {"accepted", "bounced"}, {"accepted", "delivered", "bounced"}} {
		for _, order := range permutations(set) {
			name := ""
			for _, e := range order {
				name += e + " "
			}
			cases[name] = order
		}
	}
	eachOnBoth(t, cases, func(t *testing.T, b backend, order []string) {
		o := b.sending(t, orderFor("c-1004"))
		for range 2 { // all events repeated
			for _, e := range order {
				if e == "accepted" {
					must(t, b.FinishMail(ctx, invitation(o, 1), "", collaboration.DeliveryAccepted, "provider-1"))
					continue
				}
				b.mailEvent(t, b.mailID(t, 1), collaboration.DeliveryStatus(e))
			}
		}
		sorted := "accepted"
		for _, e := range []string{"delivered", "bounced"} {
			if slices.Contains(order, e) {
				sorted += " " + e
			}
		}
		r := b.record(t, o.Activation)
		if r.Delivery != want[sorted] || r.State != collaboration.AwaitingApproval || r.Generation != 1 {
			t.Errorf("delivery %s, state %s, generation %d, want %s", r.Delivery, r.State, r.Generation, want[sorted])
		}
		if n := b.count(t, "SELECT COUNT(*) FROM audit WHERE action IN ('mail_delivered', 'mail_bounced')"); n != len(order)-1 {
			t.Errorf("%d events in the audit, want %d", n, len(order)-1)
		}
	})
}

func (b backend) mailID(t *testing.T, generation int) (id string) {
	t.Helper()
	must(t, b.raw.QueryRow("SELECT id FROM mail_deliveries WHERE kind = 'invitation' AND generation = "+string(rune('0'+generation))).Scan(&id))
	return id
}

func (b backend) mailEvent(t *testing.T, id string, status collaboration.DeliveryStatus) *message.Command {
	t.Helper()
	report, err := b.RecordMailEvent(ctx, collaboration.MailEvent{Delivery: id, Status: status, At: noon})
	must(t, err)
	return report
}

func TestRecordMailEvent_OlderMail(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1004"))
		second := invitation(o, 2)
		_, err := b.BeginMail(ctx, second, "")
		must(t, err)
		must(t, b.FinishMail(ctx, second, "", collaboration.DeliveryAccepted, "provider-2"))
		report := b.mailEvent(t, b.mailID(t, 1), collaboration.DeliveryBounced)
		if report == nil || report.Report.Generation != 1 || report.Activation != o.Activation || report.Report.Status != collaboration.DeliveryBounced {
			t.Errorf("report %+v", report)
		}
		again := b.mailEvent(t, b.mailID(t, 1), collaboration.DeliveryBounced)
		if again == nil || again.ID != report.ID {
			t.Errorf("reported again as %+v", again)
		}
		if r := b.record(t, o.Activation); r.Delivery != collaboration.DeliveryAccepted {
			t.Errorf("the new invitation is %s", r.Delivery)
		}
	})
}

// The provider rejects the address of the first invitation: the activation waits for a
// correction, and the audit has a bounce and no sent invitation. A repeat changes nothing.
func TestFinishMail_RefusedAddress(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.sending(t, orderFor("c-1004"))
		for range 2 {
			must(t, b.FinishMail(ctx, invitation(o, 1), "", collaboration.DeliveryBounced, ""))
		}
		r := b.record(t, o.Activation)
		if r.State != collaboration.AwaitingApproval || r.Delivery != collaboration.DeliveryBounced || !r.ExpiresAt.Equal(invitation(o, 1).ExpiresAt) {
			t.Errorf("%s, %s, expires %s", r.State, r.Delivery, r.ExpiresAt)
		}
		if n := b.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'mail_bounced' AND actor = 'system'"); n != 1 {
			t.Errorf("%d bounces in the audit", n)
		}
		if n := b.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'invitation_sent'"); n != 0 {
			t.Errorf("%d sent invitations in the audit", n)
		}
		b.wantInvitees(t, collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationReminder, Generation: 1})
		d, err := b.BeginMail(ctx, invitation(o, 1), "")
		if err != nil || d.Status != collaboration.DeliveryBounced {
			t.Errorf("another attempt: %s, %v", d.Status, err)
		}
	})
}

// The provider rejects the address when it gets a reminder.
func TestFinishMail_RefusedReminder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1004"))
		reminder := collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationReminder, Generation: 1, Number: 1, By: collaboration.ActorSystem, At: noon}
		_, err := b.BeginMail(ctx, reminder, "")
		must(t, err)
		must(t, b.FinishMail(ctx, reminder, "", collaboration.DeliveryBounced, ""))
		if r := b.record(t, o.Activation); r.Delivery != collaboration.DeliveryBounced || !r.RemindedAt.IsZero() {
			t.Errorf("delivery %s, reminded at %s", r.Delivery, r.RemindedAt)
		}
		if n := b.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'reminder_sent'"); n != 0 {
			t.Errorf("%d sent reminders in the audit", n)
		}
	})
}

func TestRecordMailEvent_UnknownMail(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		before := b.rows(t)
		if report := b.mailEvent(t, "nobody's", collaboration.DeliveryBounced); report != nil {
			t.Errorf("report %+v", report)
		}
		l := collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationApproved, By: collaboration.ActorSystem, At: noon}
		d, err := b.BeginMail(ctx, l, "emp-maja")
		must(t, err)
		must(t, b.FinishMail(ctx, l, "emp-maja", collaboration.DeliveryAccepted, ""))
		if report := b.mailEvent(t, d.Mail.DeliveryID, collaboration.DeliveryBounced); report != nil {
			t.Errorf("a notification to the office is no invitation: %+v", report)
		}
		if r := b.record(t, o.Activation); r.Delivery != collaboration.DeliveryAccepted {
			t.Errorf("the invitation is %s", r.Delivery)
		}
		if after := b.rows(t); after["audit"] != before["audit"]+2 {
			t.Errorf("%d audit rows", after["audit"]-before["audit"])
		}
	})
}

// An event that names only the provider's id finds its mail. It is reported until the
// report is marked; a repetition is not reported again.
func TestRecordMailEvent_ReportsOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.sending(t, orderFor("c-1004"))
		must(t, b.FinishMail(ctx, invitation(o, 1), "", collaboration.DeliveryAccepted, "provider-1"))
		bounced := collaboration.MailEvent{ProviderID: "provider-1", Status: collaboration.DeliveryBounced, At: noon}
		for range 2 {
			if report, err := b.RecordMailEvent(ctx, bounced); err != nil || report == nil || report.Activation != o.Activation {
				t.Fatalf("%+v, %v", report, err)
			}
		}
		must(t, b.MarkMailEventReported(ctx, bounced))
		bounced = collaboration.MailEvent{Delivery: b.mailID(t, 1), Status: collaboration.DeliveryBounced, At: noon}
		if report, err := b.RecordMailEvent(ctx, bounced); err != nil || report != nil {
			t.Errorf("reported again: %+v, %v", report, err)
		}
		for _, id := range []string{"provider-2", ""} {
			if report, err := b.RecordMailEvent(ctx, collaboration.MailEvent{ProviderID: id, Status: collaboration.DeliveryBounced, At: noon}); err != nil || report != nil {
				t.Errorf("provider id %q: %+v, %v", id, report, err)
			}
		}
		if r := b.record(t, o.Activation); r.Delivery != collaboration.DeliveryBounced {
			t.Errorf("delivery %s", r.Delivery)
		}
	})
}

// A time that could not be read back is refused before it is stored.
func TestRecordMailEvent_ImpossibleTime(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.sending(t, orderFor("c-1004"))
		at := time.Unix(1795886000000, 0).UTC() // milliseconds
		_, err := b.RecordMailEvent(ctx, collaboration.MailEvent{Delivery: b.mailID(t, 1), Status: collaboration.DeliveryBounced, At: at})
		if collaboration.CodeOf(err) != collaboration.CodeInvalidRequest {
			t.Errorf("got %v", err)
		}
		if r := b.record(t, o.Activation); r.Delivery == collaboration.DeliveryBounced {
			t.Errorf("stored: %+v", r)
		}
	})
}

// Storing an event needs one connection at a time: with two, a full pool would wait for
// itself.
func TestMarkMailEventReported_UsesOneConnection(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		b.sending(t, orderFor("c-1004"))
		single, err := store.Open(ctx, b.url, store.MaxConns(1))
		must(t, err)
		defer single.Close()
		limited, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		must(t, single.MarkMailEventReported(limited, collaboration.MailEvent{Delivery: b.mailID(t, 1), Status: collaboration.DeliveryBounced, At: noon}))
	})
}
