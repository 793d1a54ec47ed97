package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"

	"countersign/api"
	"countersign/collaboration"
	"countersign/dev/clock"
)

// race is two things that happen to an activation in the same moment.
type race struct {
	name string
	// before leads to where they meet.
	before func(*runner)
	a, b   func(*runner) answered
	// lawful says what is wrong with what came of it, "" for nothing.
	lawful func(r *runner, a, b answered, now api.ActivationView) string
}

// runner is one activation, with everybody whom it concerns.
type runner struct {
	*office
	customer customer
	id       collaboration.ActivationID
	path     string // of the first invitation
	email    string
	terms    api.InvitationView
}

func (r *runner) sends(message string, body any) answered {
	return r.says(nil, http.MethodPost, "/v1/activations/"+string(r.id)+"/"+message, body)
}

func (r *runner) decides(outcome collaboration.Outcome) answered {
	d := api.DecisionRequest{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice}
	if outcome == collaboration.Approve {
		d = api.DecisionRequest{Outcome: collaboration.Approve, AcceptTerms: true, TermsHash: r.terms.Terms.Hash, Locale: r.terms.Terms.Locale}
	}
	return r.customer.says(nil, http.MethodPost, r.path+"/decision", d)
}

func approves(r *runner) answered  { return r.decides(collaboration.Approve) }
func declines(r *runner) answered  { return r.decides(collaboration.Decline) }
func withdraws(r *runner) answered { return r.sends("withdraw", nil) }
func resends(r *runner) answered   { return r.sends("resend", nil) }
func corrects(r *runner) answered {
	return r.sends("correct", api.CorrectRequest{Email: "right-" + r.email})
}
func changesPayer(r *runner) answered {
	return r.says(nil, http.MethodPatch, "/v1/activations/"+string(r.id), map[string]any{"invoice_recipient": "customer"})
}
func ends(when string) func(*runner) answered {
	return func(r *runner) answered { return r.sends("end", map[string]any{"when": when}) }
}
func takesBack(r *runner) answered { return r.sends("take-back", nil) }

// comes lets time pass to a moment, or to the run's end where that is sooner.
func comes(moment func(api.ActivationView) time.Time) func(*runner) answered {
	return func(r *runner) answered {
		c := r.engine()
		defer c.Close()
		to := moment(r.activation(r.id)).Add(time.Minute)
		now, err := clock.Now(r.t.Context(), c, r.id.WorkflowID())
		if err == nil {
			err = clock.FastForward(r.t.Context(), c, r.id.WorkflowID(), to.Sub(now))
		}
		if gone := (*serviceerror.NotFound)(nil); err != nil && !errors.As(err, &gone) {
			r.t.Errorf("time does not pass: %v", err)
		}
		return answered{status: http.StatusOK}
	}
}

func (a answered) taken() bool   { return a.status == http.StatusOK }
func (a answered) unknown() bool { return a.status == http.StatusAccepted }

// late is whoever came second. An administrator who was removed meanwhile has
// nothing there any more.
func (a answered) late() bool {
	switch a.code {
	case collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeNotActive, collaboration.CodeNoNotice:
		return a.status == http.StatusConflict
	case collaboration.CodeLinkReplaced, collaboration.CodeLinkExpired:
		return a.status == http.StatusGone
	case collaboration.CodeActivationNotFound:
		return a.status == http.StatusNotFound
	case collaboration.CodeForbidden:
		return a.status == http.StatusForbidden
	}
	return false
}

var (
	inForce = func(r *runner) {
		if a := r.decides(collaboration.Approve); !a.taken() {
			r.t.Fatalf("approved: %s", a)
		}
		r.await(r.id, collaboration.Active)
	}
	asIs = func(*runner) {}
)

// oneWins: of two answers that exclude each other one is taken, and it is the
// one that came about.
func oneWins(ofA, ofB collaboration.State) func(*runner, answered, answered, api.ActivationView) string {
	return func(_ *runner, a, b answered, now api.ActivationView) string {
		switch {
		case a.taken() && b.late() && now.State == ofA, b.taken() && a.late() && now.State == ofB:
			return ""
		case a.unknown() || b.unknown():
			if now.State == ofA || now.State == ofB {
				return ""
			}
		}
		return fmt.Sprintf("%s and %s, and it is %s", a, b, now.State)
	}
}

func TestRaces(t *testing.T) {
	t.Parallel()
	expiry := comes(func(a api.ActivationView) time.Time { return a.Invitation.ExpiresAt })
	termEnd := comes(func(a api.ActivationView) time.Time { return a.Agreement.EndsOn.Start() })
	races := []race{
		{"approve and decline", asIs, approves, declines, oneWins(collaboration.Active, collaboration.Declined)},
		{"approve and withdraw", asIs, approves, withdraws, oneWins(collaboration.Active, collaboration.Withdrawn)},
		{"decline and withdraw", asIs, declines, withdraws, oneWins(collaboration.Declined, collaboration.Withdrawn)},
		{"approve and correct", asIs, approves, corrects, oneWins(collaboration.Active, collaboration.AwaitingApproval)},
		{"approve and resend", asIs, approves, resends, oneWins(collaboration.Active, collaboration.AwaitingApproval)},
		{"decline and resend", asIs, declines, resends, oneWins(collaboration.Declined, collaboration.AwaitingApproval)},
		{"approve and change", asIs, approves, changesPayer, approvedWhatWasShown},
		{"resend and correct", asIs, resends, corrects, bothGenerations},
		{"resend and expiry", asIs, resends, expiry, sentOrExpired},
		{"approve and expiry", asIs, approves, expiry, onlyOneOf(collaboration.Active, collaboration.Expired)},
		{"notice and renewal", inForce, ends("end_of_term"), termEnd, noticeStands},
		{"end and renewal", inForce, ends("now"), termEnd, onlyOneOf(collaboration.Ended, collaboration.Active)},
		{"end and notice", inForce, ends("now"), ends("end_of_term"), endsOnce},
		{"notice and taking back", inForce, ends("end_of_term"), takesBack, noticeOrNot},
	}
	o := start(t, parts[1].use)
	const rounds = 5
	o.importCustomers(len(races) * rounds)
	requests := o.requestsForAll(len(races) * rounds)
	for n, race := range races {
		t.Run(race.name, func(t *testing.T) {
			t.Parallel()
			outcomes := map[string]int{}
			for round := range rounds {
				r := o.with(t, o.token).runner(requests[n*rounds+round])
				race.before(r)
				both := atOnce(2, func(n int) answered {
					if (n == 0) == (round%2 == 0) {
						return race.a(r)
					}
					return race.b(r)
				})
				if round%2 == 1 {
					both[0], both[1] = both[1], both[0]
				}
				now := r.settled()
				if wrong := race.lawful(r, both[0], both[1], now); wrong != "" {
					t.Errorf("%s: %s; %s", r.id, wrong, actions(now))
				}
				outcomes[fmt.Sprintf("%s | %s → %s", both[0], both[1], now.State)]++
				r.checkAudit(r.id)
				r.checkInvitations(now)
			}
			t.Log(outcomes)
		})
	}
}

func (o *office) runner(request collaboration.Request) *runner {
	o.t.Helper()
	id := o.activate(request)
	o.await(id, collaboration.AwaitingApproval)
	r := &runner{office: o, id: id, email: request.Contact.Email, customer: o.customer(request.Contact.Email)}
	r.path = invitationPath(o.mails(r.email)[0].Links[0])
	r.customer.call(http.MethodGet, r.path, nil, &r.terms)
	return r
}

// settled waits until everything that was asked for is recorded.
func (r *runner) settled() api.ActivationView {
	r.t.Helper()
	before := r.activation(r.id)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		time.Sleep(400 * time.Millisecond)
		now := r.activation(r.id)
		if now.Version == before.Version {
			return now
		}
		before = now
	}
	r.t.Fatal("it does not come to rest")
	return before
}

// checkInvitations finds each generation, and each reminder, mailed once.
func (r *runner) checkInvitations(now api.ActivationView) {
	r.t.Helper()
	links, mails := map[string]bool{}, 0
	for _, m := range append(r.mails(r.email), r.mails("right-"+r.email)...) {
		for _, link := range m.Links {
			if strings.Contains(link, "/approve/") {
				links[link] = true
				mails++
			}
		}
	}
	invited := strings.Count(actions(now), string(collaboration.ActionInvitationSent))
	reminded := strings.Count(actions(now), string(collaboration.ActionReminderSent))
	if len(links) != invited || mails != invited+reminded {
		r.t.Errorf("%s: %d invitations and %d reminders are recorded, and %d mails with %d links were sent", r.id, invited, reminded, mails, len(links))
	}
}

func approvedWhatWasShown(r *runner, a, b answered, now api.ActivationView) string {
	changes := strings.Count(actions(now), string(collaboration.ActionChanged))
	switch {
	case a.taken() && now.State == collaboration.Active:
		// A change that came after the approval is of what runs.
		before, _, _ := strings.Cut(actions(now), string(collaboration.ActionAgreementStarted))
		if b.taken() != (changes == 1) || strings.Contains(before, string(collaboration.ActionChanged)) {
			return fmt.Sprintf("approved %s, changed %s", a, b)
		}
		return ""
	case b.taken() && a.late() && now.State == collaboration.AwaitingApproval && now.Invitation.Generation == 2 && changes == 1:
		return ""
	case a.unknown() || b.unknown():
		return ""
	}
	return fmt.Sprintf("approved %s, changed %s, and it is %s", a, b, now.State)
}

func bothGenerations(_ *runner, a, b answered, now api.ActivationView) string {
	if a.taken() && b.taken() && now.State == collaboration.AwaitingApproval && now.Invitation.Generation == 3 && strings.HasPrefix(now.Invitation.Email, "right-") {
		return ""
	}
	return fmt.Sprintf("%s and %s: generation %d to %s", a, b, now.Invitation.Generation, now.Invitation.Email)
}

// sentOrExpired: a resend that was taken is sent. Its own thirty days end a moment
// later, and time may have passed that too.
func sentOrExpired(_ *runner, a, _ answered, now api.ActivationView) string {
	sent := now.Invitation.Generation == 2 && strings.Count(actions(now), string(collaboration.ActionInvitationSent)) == 2
	if a.taken() && sent || a.late() && !sent && now.State == collaboration.Expired || a.unknown() {
		return ""
	}
	return fmt.Sprintf("%s, and it is %s", a, now.State)
}

// onlyOneOf: what was taken came about, and what was refused did not.
func onlyOneOf(taken, otherwise collaboration.State) func(*runner, answered, answered, api.ActivationView) string {
	return func(_ *runner, a, _ answered, now api.ActivationView) string {
		switch {
		case a.taken() && now.State == taken, a.late() && now.State == otherwise:
			return ""
		case a.unknown() && (now.State == taken || now.State == otherwise):
			return ""
		}
		return fmt.Sprintf("%s, and it is %s", a, now.State)
	}
}

func noticeStands(_ *runner, a, _ answered, now api.ActivationView) string {
	switch {
	case a.taken() && now.State == collaboration.Ended && now.Agreement.Term == 1:
		return ""
	case a.taken() && now.State == collaboration.Active && now.Agreement.Term == 2 && !now.Agreement.Renews:
		return ""
	case a.unknown():
		return ""
	}
	return fmt.Sprintf("notice %s, and it is %s in term %d, renews %v", a, now.State, now.Agreement.Term, now.Agreement.Renews)
}

func endsOnce(_ *runner, a, b answered, now api.ActivationView) string {
	if now.State == collaboration.Ended && (a.taken() || a.unknown()) && (b.taken() || b.unknown() || b.late()) {
		return ""
	}
	return fmt.Sprintf("%s and %s, and it is %s", a, b, now.State)
}

func noticeOrNot(_ *runner, a, b answered, now api.ActivationView) string {
	switch {
	case !a.taken() && !a.unknown():
	case b.taken() && now.Agreement.Renews, b.late() && !now.Agreement.Renews, b.unknown():
		return ""
	}
	return fmt.Sprintf("notice %s, taken back %s, renews %v", a, b, now.Agreement.Renews)
}
