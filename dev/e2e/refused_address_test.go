package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/internal/eventually"
)

// The mail provider rejects the customer's address permanently. No step is compensated: the
// office is notified with a link, corrects the address, and the customer approves. Without a
// correction the invitation expires.
func TestRefusedAddress_IsCorrected(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	order, abandoned := d.Order(), d.Order()
	abandoned.Contact.Email = order.Contact.Email
	provider := &external.RefusingMailer{Refused: order.Contact.Email}
	defer d.RunWorkerWith(provider)()

	id := d.MustStart(order)
	a := d.AwaitState(id, collaboration.AwaitingApproval)
	if a.Invitation.Delivery != collaboration.DeliveryBounced || !a.Reminders.Suspended || a.Invitation.ExpiresAt.Before(time.Now().AddDate(0, 0, 29)) {
		t.Errorf("invitation %+v, reminders %+v", a.Invitation, a.Reminders)
	}
	eventually.True(t, "the office is notified", func() bool { return len(provider.To("maja@ekstroms.example")) == 1 })
	notification := provider.To("maja@ekstroms.example")[0]
	if link := (harness.StubLinks{}).ActivationURL(id); !strings.Contains(notification.Text, link) || !strings.Contains(notification.HTML, link) || !strings.Contains(notification.Text, order.Contact.Email) {
		t.Errorf("the notification has no link or no address: %s", notification.Text)
	}
	wantDescribed(d, id.WorkflowID(), "The invitation bounced", "the office must correct the address")

	if r := d.Call(http.MethodPost, "/v1/activations/"+string(id)+"/correct", rest.CorrectRequest{Email: "right@direct.example"}, nil); r.StatusCode >= 300 {
		t.Fatalf("correct: %s", r.Status)
	}
	a = d.AwaitActivation(id, "sent again", func(a rest.ActivationView) bool { return a.Invitation.Delivery == collaboration.DeliveryAccepted })
	if a.Reminders.Suspended || a.Invitation.Generation != 2 || len(provider.To("right@direct.example")) == 0 {
		t.Errorf("corrected: %+v, %+v", a.Invitation, a.Reminders)
	}
	d.DecideDirectly(id, collaboration.Approve)
	a = d.AwaitState(id, collaboration.Active)
	if got := harness.Actions(a); strings.Contains(got, "removed") || strings.Contains(got, "deactivated") || strings.Count(got, "mail_bounced") != 1 || strings.Count(got, "invitation_sent") != 1 {
		t.Errorf("events %s", got)
	}

	other := d.MustStart(abandoned)
	a = d.AwaitState(other, collaboration.AwaitingApproval)
	d.FastForward(other, a.Invitation.ExpiresAt.Add(time.Minute))
	a = d.AwaitState(other, collaboration.Expired)
	if got := harness.Actions(a); strings.Contains(got, "reminder_sent") || !strings.Contains(got, "administrator_removed solution_deactivated") {
		t.Errorf("events of the expired one: %s", got)
	}
}
