package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/internal/eventually"
)

func subjects(mails []harness.Mail) (s []string) {
	for _, m := range slices.Backward(mails) {
		s = append(s, m.Subject)
	}
	return s
}

// TestLifecycle_OneYear runs one activation on PostgreSQL and Redis: invitation,
// bounce, correction, reminders, approval, notice, revoked notice, renewal and end.
func TestLifecycle_OneYear(t *testing.T) {
	t.Parallel()
	runOneYear(t, harness.StartStack(t, harness.UseServers))
}

func runOneYear(t *testing.T, o *harness.Office) {
	const wrong, right, maja = "elin@hogland.example", "elin@hoglund.example", "maja@ekstroms.example"
	request := harness.Scenarios[2].Request // a new customer with a task of Nils
	contact := *request.Contact
	contact.Email = wrong
	request.Contact = &contact
	id := o.Activate(request)
	a := o.AwaitState(id, collaboration.AwaitingApproval)
	invited := a.RequestedAt

	// After a bounce the reminders are suspended until the office corrects the address.
	o.ReportDelivery(wrong, "bounce")
	a = o.AwaitActivation(id, "suspended", func(a rest.ActivationView) bool { return a.Reminders != nil && a.Reminders.Suspended })
	if a.Invitation.Delivery != collaboration.DeliveryBounced || slices.ContainsFunc(a.Upcoming, func(x rest.UpcomingView) bool { return x.Action == collaboration.UpcomingReminder }) {
		t.Errorf("after the bounce: %+v, ahead %+v", a.Invitation, a.Upcoming)
	}
	o.FastForward(id, invited.AddDate(0, 0, 4))
	superseded := o.Mails(wrong)[0].Links[0]
	if s := o.MustChange(http.MethodPost, id, "/correct", rest.CorrectRequest{Email: right}); s.Generation != 2 {
		t.Errorf("corrected: %+v", s)
	}
	a = o.AwaitActivation(id, "sent again", func(a rest.ActivationView) bool { return a.Invitation.Generation == 2 })
	for _, address := range []string{wrong, right} {
		eventually.OK(t, address+" is notified of the change", func() error {
			if got := subjects(o.Mails(address)); len(got) != 2 {
				return fmt.Errorf("mails %q", got)
			}
			return nil
		})
	}
	if a.Reminders.Suspended {
		t.Errorf("reminders %+v", a.Reminders)
	}
	elin := o.Customer(right)
	if r := elin.Call(http.MethodGet, harness.InvitationPath(superseded), nil, nil); r.StatusCode != http.StatusGone {
		t.Errorf("the superseded link, sent to the wrong address: %s", r.Status)
	}
	o.ReportDelivery(right, "delivered")
	o.AwaitActivation(id, "delivered", func(a rest.ActivationView) bool { return a.Invitation.Delivery == collaboration.DeliveryDelivered })

	// Two reminders, then the approval.
	o.FastForward(id, invited.AddDate(0, 0, 12))
	a = o.AwaitActivation(id, "reminded twice", harness.Happened(collaboration.ActionReminderSent, 2))
	mails := o.Invitations(right)
	if len(mails) != 3 || mails[0].Links[0] != mails[2].Links[0] {
		t.Errorf("mails %q: the reminders must carry the invitation's link", subjects(mails))
	}
	elin.Approve(mails[0].Links[0])
	a = o.AwaitState(id, collaboration.Active)
	if !slices.Equal(a.Access, []string{"emp-nils"}) {
		t.Errorf("access %q", a.Access)
	}
	starts, ends := a.Agreement.StartsOn, a.Agreement.EndsOn
	if ends != starts.AddMonths(12) || a.Decision.TermsHash == "" || a.Decision.Locale == "" {
		t.Errorf("agreement %+v, decision %+v", a.Agreement, a.Decision)
	}

	// Notice and its revocation. The next term is shorter.
	o.FastForward(id, ends.Start().AddDate(0, 0, -40))
	if s := o.MustChange(http.MethodPost, id, "/end", map[string]any{"when": "end_of_term"}); s.Agreement.Continues {
		t.Errorf("notice: %+v", s.Agreement)
	}
	o.AwaitActivation(id, "given notice", harness.Happened(collaboration.ActionNoticeGiven, 1))
	o.FastForward(id, ends.Start().AddDate(0, 0, -20)) // the product notifies both parties of the end
	o.MustChange(http.MethodPost, id, "/revoke-notice", nil)
	// The change needs the customer's consent.
	if s := o.MustChange(http.MethodPatch, id, "", map[string]any{"agreement_months": 3, "invoice_recipient": "office"}); s.Proposal == nil || s.Proposal.State != collaboration.ProposalOpen {
		t.Errorf("proposed: %+v", s.Proposal)
	}
	a = o.AwaitActivation(id, "revoked", harness.Happened(collaboration.ActionNoticeRevoked, 1))
	if a.InvoiceRecipient != collaboration.PaidByCustomer {
		t.Errorf("before the consent the invoice recipient is %s", a.InvoiceRecipient)
	}
	elin.ApproveChange(id)
	o.AwaitActivation(id, "changed", harness.Happened(collaboration.ActionChangeApproved, 1))

	// The agreement renews. The office then ends it on a date.
	o.FastForward(id, ends.Start().Add(time.Hour))
	a = harness.AwaitTerm(o, id, 2)
	if a.Agreement.EndsOn != starts.AddMonths(15) || a.InvoiceRecipient != collaboration.PaidByOffice {
		t.Errorf("the second term: %+v, invoice recipient %s", a.Agreement, a.InvoiceRecipient)
	}
	day := collaboration.DateOf(ends.Start().AddDate(0, 1, 0))
	o.MustChange(http.MethodPost, id, "/end", map[string]any{"when": "on_date", "on": day})
	a = o.AwaitActivation(id, "set to end", harness.Happened(collaboration.ActionEndSet, 1))
	if a.Agreement.EndsOn != day || a.Agreement.Continues {
		t.Errorf("set to end on %s: %+v", day, a.Agreement)
	}
	o.FastForward(id, day.Start().Add(time.Hour))
	a = o.AwaitState(id, collaboration.Ended)
	if len(a.Access) != 0 || len(a.Upcoming) != 0 {
		t.Errorf("access %q, ahead %+v", a.Access, a.Upcoming)
	}
	if last := harness.Actions(a); !strings.HasSuffix(last, "mail_bounced address_corrected invitation_queued invitation_sent mail_delivered reminder_sent reminder_sent "+
		"approved agreement_started notice_given notice_revoked change_proposed change_approved agreement_renewed end_set collaboration_ended") {
		t.Errorf("events %s", last)
	}

	// The manager and the task's owner are notified once of each event.
	notificationsToMaja := func() []string { return subjects(o.Mails(maja)) }
	want := []string{"kom inte fram", "har godkänt", "är uppsagt", "gäller till och med", "återtagen", "har godkänt en ändring", "är förlängt", "är uppsagt", "gäller till och med", "är avslutat"}
	eventually.True(t, "maja has every mail", func() bool { return len(notificationsToMaja()) >= len(want) })
	if got := notificationsToMaja(); len(got) != len(want) {
		t.Errorf("maja has %d mails, want %d: %q", len(got), len(want), got)
	} else {
		for i, w := range want {
			if !strings.Contains(got[i], w) {
				t.Errorf("mail %d to maja is %q, want %q", i+1, got[i], w)
			}
		}
	}
	eventually.True(t, "nils has every mail", func() bool { return len(o.Mails("nils@ekstroms.example")) >= len(want) })
	if n := len(o.Mails("nils@ekstroms.example")); n != len(want) {
		t.Errorf("the task's owner has %d mails, want %d", n, len(want))
	}
	// The office can request another activation after the end.
	again := request
	again.Contact = nil
	if next := o.Activate(again); next == id {
		t.Error("the next activation has the first one's id")
	}
}
