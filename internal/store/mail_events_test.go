package store_test

import (
	"slices"
	"testing"

	"countersign/collaboration"
)

// permutations of up to a handful of events.
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

// Events come in any order, before and after our own record of the hand-over,
// and more than once: all of it comes to the same.
func TestMailEventsInEveryOrder(t *testing.T) {
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
		for range 2 { // and all of it again
			for _, e := range order {
				if e == "accepted" {
					must(t, b.FinishMail(ctx, invitation(o, 1).Letter(), "", collaboration.DeliveryAccepted, "provider-1"))
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

func (b backend) mailEvent(t *testing.T, id string, status collaboration.DeliveryStatus) *collaboration.DeliveryReport {
	t.Helper()
	report, err := b.RecordMailEvent(ctx, collaboration.MailEvent{Delivery: id, Status: status, At: noon})
	must(t, err)
	return report
}

func TestMailEventsOfOlderMails(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1004"))
		second := invitation(o, 2).Letter()
		_, err := b.BeginMail(ctx, second, "")
		must(t, err)
		must(t, b.FinishMail(ctx, second, "", collaboration.DeliveryAccepted, "provider-2"))
		report := b.mailEvent(t, b.mailID(t, 1), collaboration.DeliveryBounced)
		if report == nil || report.Generation != 1 || report.Activation != o.Activation || report.Status != collaboration.DeliveryBounced {
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

func TestMailEventsThatAreNotOurs(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		before := b.rows(t)
		if report := b.mailEvent(t, "nobody's", collaboration.DeliveryBounced); report != nil {
			t.Errorf("report %+v", report)
		}
		l := collaboration.Letter{Activation: o.Activation, Kind: collaboration.LetterApproved, By: collaboration.ActorSystem, At: noon}
		d, err := b.BeginMail(ctx, l, "emp-maja")
		must(t, err)
		must(t, b.FinishMail(ctx, l, "emp-maja", collaboration.DeliveryAccepted, ""))
		if report := b.mailEvent(t, d.Mail.DeliveryID, collaboration.DeliveryBounced); report != nil {
			t.Errorf("a letter to the office is no invitation: %+v", report)
		}
		if r := b.record(t, o.Activation); r.Delivery != collaboration.DeliveryAccepted {
			t.Errorf("the invitation is %s", r.Delivery)
		}
		if after := b.rows(t); after["audit"] != before["audit"]+2 {
			t.Errorf("%d audit rows", after["audit"]-before["audit"])
		}
	})
}
