package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
)

// say has the inbox say what a mail provider would of its newest mail to an
// address.
func (o *office) say(to, event string) {
	o.t.Helper()
	response, err := http.Post(o.at.Inbox+"/messages/"+o.mails(to)[0].ID+"/"+event, "", nil)
	if err != nil {
		o.t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK { // of the page it leads to
		o.t.Fatalf("%s: %s", event, response.Status)
	}
}

// ask sends a change that must be taken.
func (o *office) ask(method string, id collaboration.ActivationID, more string, body any) (s api.StandingView) {
	o.t.Helper()
	if r := o.call(method, "/v1/activations/"+string(id)+more, body, &s); r.StatusCode != http.StatusOK {
		o.t.Fatalf("%s %s: %s", method, more, r.Status)
	}
	return s
}

// awaitThat waits until an activation is as it should be.
func (o *office) awaitThat(id collaboration.ActivationID, what string, good func(api.ActivationView) bool) api.ActivationView {
	o.t.Helper()
	var a api.ActivationView
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if a = o.activation(id); good(a) {
			return a
		}
	}
	o.t.Fatalf("not %s; events %s", what, actions(a))
	return a
}

func happened(action collaboration.Action, times int) func(api.ActivationView) bool {
	return func(a api.ActivationView) bool {
		n := 0
		for _, e := range a.Events {
			if e.Action == action {
				n++
			}
		}
		return n == times
	}
}

func subjects(mails []letter) (s []string) {
	for _, m := range slices.Backward(mails) {
		s = append(s, m.Subject)
	}
	return s
}

// TestAYearOfOneCollaboration: invite, bounce, correct, remind, approve, notice,
// notice taken back, renew, end; each through the API, on the real engine.
func TestAYearOfOneCollaboration(t *testing.T) {
	t.Parallel()
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { liveAYear(t, start(t, p.use)) })
	}
}

func liveAYear(t *testing.T, o *office) {
	const wrong, right, maja = "elin@hogland.example", "elin@hoglund.example", "maja@ekstroms.example"
	request := requests[2].request // a new customer; the task is nils's
	contact := *request.Contact
	contact.Email = wrong
	request.Contact = &contact
	id := o.activate(request)
	a := o.await(id, collaboration.AwaitingApproval)
	invited := a.RequestedAt

	// The address was wrong: no reminders until it is corrected.
	o.say(wrong, "bounce")
	a = o.awaitThat(id, "suspended", func(a api.ActivationView) bool { return a.Reminders != nil && a.Reminders.Suspended })
	if a.Invitation.Delivery != collaboration.DeliveryBounced || slices.ContainsFunc(a.Ahead, func(x api.AheadView) bool { return x.Action == collaboration.AheadReminder }) {
		t.Errorf("after the bounce: %+v, ahead %+v", a.Invitation, a.Ahead)
	}
	o.forward(id, invited.AddDate(0, 0, 4))
	dead := o.mails(wrong)[0].Links[0]
	if s := o.ask(http.MethodPost, id, "/correct", api.CorrectRequest{Email: right}); s.Generation != 2 {
		t.Errorf("corrected: %+v", s)
	}
	a = o.awaitThat(id, "sent again", func(a api.ActivationView) bool { return a.Invitation.Generation == 2 })
	if len(o.mails(wrong)) != 1 || a.Reminders.Suspended {
		t.Errorf("%d mails to the wrong address, reminders %+v", len(o.mails(wrong)), a.Reminders)
	}
	elin := o.customer(right)
	if r := elin.call(http.MethodGet, invitationPath(dead), nil, nil); r.StatusCode != http.StatusGone {
		t.Errorf("the link that went to the wrong address: %s", r.Status)
	}
	o.say(right, "delivered")
	o.awaitThat(id, "delivered", func(a api.ActivationView) bool { return a.Invitation.Delivery == collaboration.DeliveryDelivered })

	// Two reminders, then the answer.
	o.forward(id, invited.AddDate(0, 0, 12))
	a = o.awaitThat(id, "reminded twice", happened(collaboration.ActionReminderSent, 2))
	mails := o.mails(right)
	if len(mails) != 3 || mails[0].Links[0] != mails[2].Links[0] {
		t.Errorf("mails %q: the reminders must carry the invitation's link", subjects(mails))
	}
	elin.approve(mails[0].Links[0])
	a = o.await(id, collaboration.Active)
	if !slices.Equal(a.Access, []string{"emp-nils"}) {
		t.Errorf("access %q", a.Access)
	}
	starts, ends := a.Agreement.StartsOn, a.Agreement.EndsOn
	if ends != starts.AddMonths(12) || a.Decision.TermsHash == "" || a.Decision.Locale == "" {
		t.Errorf("agreement %+v, decision %+v", a.Agreement, a.Decision)
	}

	// Notice, and notice taken back; the next term is shorter.
	o.forward(id, ends.Start().AddDate(0, 0, -40))
	if s := o.ask(http.MethodPost, id, "/end", map[string]any{"when": "end_of_term"}); s.Agreement.Continues {
		t.Errorf("notice: %+v", s.Agreement)
	}
	o.awaitThat(id, "given notice", happened(collaboration.ActionNoticeGiven, 1))
	o.forward(id, ends.Start().AddDate(0, 0, -20)) // both are told that it ends
	o.ask(http.MethodPost, id, "/take-back", nil)
	o.ask(http.MethodPatch, id, "", map[string]any{"agreement_months": 3, "invoice_recipient": "office"})
	o.awaitThat(id, "taken back", happened(collaboration.ActionNoticeTakenBack, 1))

	// It renews, and ends on a day.
	o.forward(id, ends.Start().Add(time.Hour))
	a = awaitTerm(o, id, 2)
	if a.Agreement.EndsOn != starts.AddMonths(15) || a.InvoiceRecipient != collaboration.PaidByOffice {
		t.Errorf("the second term: %+v, paid by the %s", a.Agreement, a.InvoiceRecipient)
	}
	day := collaboration.DateOf(ends.Start().AddDate(0, 1, 0))
	o.ask(http.MethodPost, id, "/end", map[string]any{"when": "on_date", "on": day})
	a = o.awaitThat(id, "set to end", happened(collaboration.ActionEndSet, 1))
	if a.Agreement.EndsOn != day || a.Agreement.Continues {
		t.Errorf("set to end on %s: %+v", day, a.Agreement)
	}
	o.forward(id, day.Start().Add(time.Hour))
	a = o.await(id, collaboration.Ended)
	if len(a.Access) != 0 || len(a.Ahead) != 0 {
		t.Errorf("access %q, ahead %+v", a.Access, a.Ahead)
	}
	if last := actions(a); !strings.HasSuffix(last, "mail_bounced address_corrected invitation_queued invitation_sent mail_delivered reminder_sent reminder_sent "+
		"agreement_started notice_given notice_taken_back changed agreement_renewed end_set collaboration_ended") {
		t.Errorf("events %s", last)
	}

	// Everyone was told, each thing once.
	toldMaja := func() []string { return subjects(o.mails(maja)) }
	for end := time.Now().Add(10 * time.Second); len(toldMaja()) < 8 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
	}
	want := []string{"kom inte fram", "har godkänt", "är uppsagt", "upphör", "tillbakatagen", "är uppsagt", "upphör", "är avslutat"}
	if told := toldMaja(); len(told) != len(want) {
		t.Errorf("maja was told %q", told)
	} else {
		for i, w := range want {
			if !strings.Contains(told[i], w) {
				t.Errorf("maja was told %q, want %q", told[i], w)
			}
		}
	}
	if n := len(o.mails("nils@ekstroms.example")); n != len(want) {
		t.Errorf("the task's owner was told %d times", n)
	}
	// After a collaboration another one may begin.
	again := request
	again.Contact = nil
	if next := o.activate(again); next == id {
		t.Error("the next activation has the first one's id")
	}
}
