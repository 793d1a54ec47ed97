package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/clock"
	"countersign/dev/harness"
	"countersign/dev/harness/load"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

// race is two concurrent commands, or a command and a timer, of one activation.
type race struct {
	name string
	// prepare brings the activation into the state of the race.
	prepare func(*participants)
	a, b    func(*participants) harness.Answer
	// check describes an inconsistent result, and returns "" for a consistent one.
	check func(r *participants, a, b harness.Answer, now rest.ActivationView) string
}

// participants are the office and the customer of one activation.
type participants struct {
	*harness.Office
	customer harness.Customer
	id       collaboration.ActivationID
	path     string // of the first invitation
	email    string
	terms    rest.InvitationView
}

func (r *participants) send(message string, body any) harness.Answer {
	return r.Ask(nil, http.MethodPost, "/v1/activations/"+string(r.id)+"/"+message, body)
}

func (r *participants) decide(outcome collaboration.Outcome) harness.Answer {
	d := rest.DecisionRequest{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice}
	if outcome == collaboration.Approve {
		d = rest.DecisionRequest{Outcome: collaboration.Approve, AcceptTerms: true, OfferHash: r.terms.OfferHash, Locale: r.terms.Terms.Locale}
	}
	return r.customer.Ask(nil, http.MethodPost, r.path+"/decision", d)
}

func approve(r *participants) harness.Answer { return r.decide(collaboration.Approve) }

func decline(r *participants) harness.Answer { return r.decide(collaboration.Decline) }

func withdraw(r *participants) harness.Answer { return r.send("withdraw", nil) }

func resend(r *participants) harness.Answer { return r.send("resend", nil) }

func correctAddress(r *participants) harness.Answer {
	return r.send("correct", rest.CorrectRequest{Email: "right-" + r.email})
}

func changeInvoiceRecipient(r *participants) harness.Answer {
	return r.Ask(nil, http.MethodPatch, "/v1/activations/"+string(r.id), map[string]any{"invoice_recipient": "customer"})
}

func end(when string) func(*participants) harness.Answer {
	return func(r *participants) harness.Answer { return r.send("end", map[string]any{"when": when}) }
}

func revokeNotice(r *participants) harness.Answer { return r.send("revoke-notice", nil) }

// fastForward moves the clock of the execution past a time. It has no effect if the
// execution has closed.
func fastForward(timeOf func(rest.ActivationView) time.Time) func(*participants) harness.Answer {
	return func(r *participants) harness.Answer {
		c := r.Temporal()
		to := timeOf(r.Activation(r.id)).Add(time.Minute)
		workflow := clock.Workflow{Client: c, Namespace: r.At.Namespace, ID: r.id.WorkflowID()}
		now, err := workflow.Now(r.T.Context())
		if err == nil {
			err = workflow.FastForward(r.T.Context(), to.Sub(now))
		}
		if closed := (*serviceerror.NotFound)(nil); err != nil && !errors.As(err, &closed) {
			r.T.Errorf("fast-forward: %v", err)
		}
		return harness.Answer{Status: http.StatusOK}
	}
}

func startAgreement(r *participants) {
	if a := r.decide(collaboration.Approve); !a.IsAccepted() {
		r.T.Fatalf("approve: %s", a)
	}
	r.AwaitState(r.id, collaboration.Active)
}

// keepInvitation leaves the activation awaiting approval.
func keepInvitation(*participants) {}

// checkOneWins checks that one of two exclusive commands is accepted, the other is
// rejected, and the state is that of the accepted one.
func checkOneWins(ofA, ofB collaboration.State) func(*participants, harness.Answer, harness.Answer, rest.ActivationView) string {
	return func(_ *participants, a, b harness.Answer, now rest.ActivationView) string {
		switch {
		case a.IsAccepted() && b.IsTooLate() && now.State == ofA, b.IsAccepted() && a.IsTooLate() && now.State == ofB:
			return ""
		case a.IsUnknown() || b.IsUnknown():
			if now.State == ofA || now.State == ofB {
				return ""
			}
		}
		return fmt.Sprintf("%s and %s, and the state is %s", a, b, now.State)
	}
}

func TestRaces(t *testing.T) {
	t.Parallel()
	expire := fastForward(func(a rest.ActivationView) time.Time { return a.Invitation.ExpiresAt })
	renew := fastForward(func(a rest.ActivationView) time.Time { return a.Agreement.EndsOn.Start() })
	races := []race{
		{"approve and decline", keepInvitation, approve, decline, checkOneWins(collaboration.Active, collaboration.Declined)},
		{"approve and withdraw", keepInvitation, approve, withdraw, checkOneWins(collaboration.Active, collaboration.Withdrawn)},
		{"decline and withdraw", keepInvitation, decline, withdraw, checkOneWins(collaboration.Declined, collaboration.Withdrawn)},
		{"approve and correct", keepInvitation, approve, correctAddress, checkOneWins(collaboration.Active, collaboration.AwaitingApproval)},
		{"approve and resend", keepInvitation, approve, resend, checkOneWins(collaboration.Active, collaboration.AwaitingApproval)},
		{"decline and resend", keepInvitation, decline, resend, checkOneWins(collaboration.Declined, collaboration.AwaitingApproval)},
		{"approve and change", keepInvitation, approve, changeInvoiceRecipient, checkApprovedTerms},
		{"resend and correct", keepInvitation, resend, correctAddress, checkBothGenerations},
		{"resend and expiry", keepInvitation, resend, expire, checkSentOrExpired},
		{"approve and expiry", keepInvitation, approve, expire, checkStateOfFirst(collaboration.Active, collaboration.Expired)},
		{"notice and renewal", startAgreement, end("end_of_term"), renew, checkNoticeTakesEffect},
		{"end and renewal", startAgreement, end("now"), renew, checkStateOfFirst(collaboration.Ended, collaboration.Active)},
		{"end and notice", startAgreement, end("now"), end("end_of_term"), checkEnded},
		{"notice and revoke notice", startAgreement, end("end_of_term"), revokeNotice, checkNoticeOrRevoked},
	}
	o := harness.StartStack(t, harness.Backends[1].Use)
	rounds := 2 // each command is sent first once
	if rehearsal.Enabled {
		rounds = 10
	}
	o.ImportCustomers(len(races) * rounds)
	requests := load.Requests(o, len(races)*rounds)
	for n, race := range races {
		t.Run(race.name, func(t *testing.T) {
			t.Parallel()
			outcomes := map[string]int{}
			for round := range rounds {
				r := newParticipants(o.As(t, o.Token), requests[n*rounds+round])
				race.prepare(r)
				both := harness.Concurrently(2, func(n int) harness.Answer {
					if (n == 0) == (round%2 == 0) {
						return race.a(r)
					}
					return race.b(r)
				})
				if round%2 == 1 {
					both[0], both[1] = both[1], both[0]
				}
				now := r.awaitIdle()
				if problem := race.check(r, both[0], both[1], now); problem != "" {
					t.Errorf("%s: %s; %s", r.id, problem, harness.Actions(now))
				}
				outcomes[fmt.Sprintf("%s | %s → %s", both[0], both[1], now.State)]++
				r.CheckAudit(r.id)
				r.checkInvitations(now)
			}
			t.Log(outcomes)
		})
	}
}

// newParticipants requests an activation and waits for its invitation.
func newParticipants(o *harness.Office, request collaboration.Request) *participants {
	o.T.Helper()
	id := o.Activate(request)
	o.AwaitState(id, collaboration.AwaitingApproval)
	r := &participants{Office: o, id: id, email: request.Contact.Email, customer: o.Customer(request.Contact.Email)}
	r.path = harness.InvitationPath(o.Mails(r.email)[0].Links[0])
	r.customer.Call(http.MethodGet, r.path, nil, &r.terms)
	return r
}

// awaitIdle waits until the workflow execution has no pending task, and returns the
// activation.
func (r *participants) awaitIdle() (a rest.ActivationView) {
	r.T.Helper()
	eventually.OK(r.T, "the workflow has recorded every command", func() error {
		a = r.Activation(r.id)
		d, err := r.Temporal().DescribeWorkflowExecution(r.T.Context(), r.id.WorkflowID(), "")
		if err != nil {
			return err
		}
		if harness.HasPendingWork(d) || r.Activation(r.id).Version != a.Version {
			return fmt.Errorf("it has pending work: %s", harness.Actions(a))
		}
		return nil
	})
	return a
}

// checkInvitations checks that each recorded invitation and reminder was mailed once.
func (r *participants) checkInvitations(now rest.ActivationView) {
	r.T.Helper()
	links, mails := map[string]bool{}, 0
	for _, m := range append(r.Mails(r.email), r.Mails("right-"+r.email)...) {
		isConfirmation := strings.HasPrefix(m.Subject, "Ni har tackat nej") // links to the same page
		for _, link := range m.Links {
			if strings.Contains(link, "/approve/") && !isConfirmation {
				links[link] = true
				mails++
			}
		}
	}
	invited := strings.Count(harness.Actions(now), string(collaboration.ActionInvitationSent))
	reminded := strings.Count(harness.Actions(now), string(collaboration.ActionReminderSent))
	if len(links) != invited || mails != invited+reminded {
		r.T.Errorf("%s: %d invitations and %d reminders are recorded, and %d mails with %d links were sent", r.id, invited, reminded, mails, len(links))
	}
}

// checkApprovedTerms checks that the customer approved the terms of the invitation: a
// concurrent change comes after the approval, or supersedes the invitation.
func checkApprovedTerms(r *participants, a, b harness.Answer, now rest.ActivationView) string {
	changes := strings.Count(harness.Actions(now)+" ", string(collaboration.ActionChanged)+" ")
	switch {
	case a.IsAccepted() && now.State == collaboration.Active:
		// A change after the approval is a proposal.
		if proposed := strings.Contains(harness.Actions(now), string(collaboration.ActionChangeProposed)); b.IsAccepted() != proposed || changes != 0 {
			return fmt.Sprintf("approve is answered %s, change %s", a, b)
		}
		return ""
	case b.IsAccepted() && (a.IsTooLate() || a.Code == collaboration.CodeTermsChanged) && now.State == collaboration.AwaitingApproval && now.Invitation.Generation == 2 && changes == 1:
		return ""
	case a.IsUnknown() || b.IsUnknown():
		return ""
	}
	return fmt.Sprintf("approve is answered %s, change %s, and the state is %s", a, b, now.State)
}

func checkBothGenerations(_ *participants, a, b harness.Answer, now rest.ActivationView) string {
	if a.IsAccepted() && b.IsAccepted() && now.State == collaboration.AwaitingApproval && now.Invitation.Generation == 3 && strings.HasPrefix(now.Invitation.Email, "right-") {
		return ""
	}
	return fmt.Sprintf("%s and %s: generation %d to %s", a, b, now.Invitation.Generation, now.Invitation.Email)
}

// checkSentOrExpired checks that an accepted resend is sent. The new invitation may
// have expired too: the clock moves past both, as they expire nearly at once.
func checkSentOrExpired(_ *participants, a, _ harness.Answer, now rest.ActivationView) string {
	sent := now.Invitation.Generation == 2 && strings.Count(harness.Actions(now), string(collaboration.ActionInvitationSent)) == 2
	if a.IsAccepted() && sent || a.IsTooLate() && !sent && now.State == collaboration.Expired || a.IsUnknown() {
		return ""
	}
	return fmt.Sprintf("%s, and the state is %s", a, now.State)
}

// checkStateOfFirst checks that the state is accepted if the first command is accepted,
// and rejected if it is rejected.
func checkStateOfFirst(accepted, rejected collaboration.State) func(*participants, harness.Answer, harness.Answer, rest.ActivationView) string {
	return func(_ *participants, a, _ harness.Answer, now rest.ActivationView) string {
		switch {
		case a.IsAccepted() && now.State == accepted, a.IsTooLate() && now.State == rejected:
			return ""
		case a.IsUnknown() && (now.State == accepted || now.State == rejected):
			return ""
		}
		return fmt.Sprintf("%s, and the state is %s", a, now.State)
	}
}

// checkNoticeTakesEffect checks that a notice ends the agreement with the term in which
// it is accepted.
func checkNoticeTakesEffect(_ *participants, a, _ harness.Answer, now rest.ActivationView) string {
	switch {
	case a.IsAccepted() && now.State == collaboration.Ended && now.Agreement.Term == 1:
		return ""
	case a.IsAccepted() && now.State == collaboration.Active && now.Agreement.Term == 2 && !now.Agreement.Renews:
		return ""
	case a.IsUnknown():
		return ""
	}
	return fmt.Sprintf("notice is answered %s, and the state is %s in term %d, renews %v", a, now.State, now.Agreement.Term, now.Agreement.Renews)
}

func checkEnded(_ *participants, a, b harness.Answer, now rest.ActivationView) string {
	if now.State == collaboration.Ended && (a.IsAccepted() || a.IsUnknown()) && (b.IsAccepted() || b.IsUnknown() || b.IsTooLate()) {
		return ""
	}
	return fmt.Sprintf("%s and %s, and the state is %s", a, b, now.State)
}

func checkNoticeOrRevoked(_ *participants, a, b harness.Answer, now rest.ActivationView) string {
	switch {
	case !a.IsAccepted() && !a.IsUnknown():
	case b.IsAccepted() && now.Agreement.Renews, b.IsTooLate() && !now.Agreement.Renews, b.IsUnknown():
		return ""
	}
	return fmt.Sprintf("notice is answered %s, revoke notice %s, renews %v", a, b, now.Agreement.Renews)
}
