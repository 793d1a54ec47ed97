package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/load"
)

// Sixty requests for one customer and solution start one activation; every response
// names it.
func TestActivate_ConcurrentRequests(t *testing.T) {
	t.Parallel()
	for _, p := range harness.Backends {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			o := harness.StartStack(t, p.Use)
			o.ImportCustomers(1)
			request := o.RequestFor(0, "crowd@kund.example")
			all := harness.Concurrently(60, func(n int) harness.Answer {
				// Ten requests repeat the idempotency key of another one.
				header := http.Header{"Idempotency-Key": {fmt.Sprintf("click-%d", n%50)}}
				return harness.RetryWhileBusy(func() harness.Answer { return o.Ask(header, http.MethodPost, "/v1/activations", request) })
			})
			t.Log(harness.CountAnswers(all))
			live := map[collaboration.ActivationID]int{}
			for _, a := range all {
				live[a.Activation]++
				if a.Status != http.StatusAccepted && (a.Status != http.StatusConflict || a.Code != collaboration.CodeActivationExists) {
					t.Errorf("a request is answered %s", a)
				}
			}
			if len(live) != 1 || live[""] > 0 {
				t.Errorf("the responses name %v", live)
			}
			for id := range live {
				o.AwaitState(id, collaboration.AwaitingApproval)
				if runs := o.Runs(id); len(runs) != 1 {
					t.Errorf("Temporal has %d executions", len(runs))
				}
				o.CheckAudit(id)
			}
			if n := o.CountActivations(); n != 1 {
				t.Errorf("%d activations are recorded", n)
			}
			if n := len(o.Mails("crowd@kund.example")); n != 1 {
				t.Errorf("%d invitations were mailed", n)
			}
		})
	}
}

// Of fifty concurrent decisions on one invitation, half approvals and half declines,
// one takes effect. No response contradicts it.
func TestDecide_ConcurrentAnswers(t *testing.T) {
	t.Parallel()
	for _, p := range harness.Backends {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			o := harness.StartStack(t, p.Use)
			o.ImportCustomers(1)
			id := o.Activate(o.RequestFor(0, "crowd@kund.example"))
			o.AwaitState(id, collaboration.AwaitingApproval)
			c := o.Customer("crowd@kund.example")
			path := harness.InvitationPath(o.Mails("crowd@kund.example")[0].Links[0])
			var i rest.InvitationView
			c.Call(http.MethodGet, path, nil, &i)
			answers := map[collaboration.Outcome]rest.DecisionRequest{
				collaboration.Approve: {Outcome: collaboration.Approve, AcceptTerms: true, OfferHash: i.OfferHash, Locale: i.Terms.Locale},
				collaboration.Decline: {Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice},
			}
			outcome := func(n int) collaboration.Outcome {
				if n%2 == 0 {
					return collaboration.Approve
				}
				return collaboration.Decline
			}
			all := harness.Concurrently(50, func(n int) harness.Answer {
				return harness.RetryWhileBusy(func() harness.Answer { return c.Ask(nil, http.MethodPost, path+"/decision", answers[outcome(n)]) })
			})
			t.Log(harness.CountAnswers(all))
			a := o.AwaitActivation(id, "decided", func(a rest.ActivationView) bool {
				return a.State == collaboration.Active || a.State == collaboration.Declined
			})
			counted := map[collaboration.State]collaboration.Outcome{collaboration.Active: collaboration.Approve, collaboration.Declined: collaboration.Decline}[a.State]
			for n, one := range all {
				switch {
				case one.Status == http.StatusOK && outcome(n) == counted: // a repeat of the same decision
				case one.Status == http.StatusAccepted && one.Code == collaboration.CodeOutcomeUnknown: // sent as a Signal
				case one.Status == http.StatusConflict && one.Code == collaboration.CodeAlreadyDecided:
				case one.Status == http.StatusForbidden && counted == collaboration.Decline: // the administrator is removed
				default:
					t.Errorf("a request to %s is answered %s, and the outcome is %s", outcome(n), one, counted)
				}
			}
			if a.Decision == nil || a.Decision.Outcome != counted {
				t.Errorf("the decision is %+v, want %s", a.Decision, counted)
			}
			o.CheckAudit(id)
		})
	}
}

// A client that gets no response to the end of an agreement retries under the same
// idempotency key and gets the first response, as office and as customer.
func TestEnd_IdempotencyKey(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.Backends[0].Use)
	o.ImportCustomers(2)
	for n, tt := range []struct {
		name, path string
		isOffice   bool
	}{{"office", "/v1/activations/", true}, {"customer", "/v1/collaborations/", false}} {
		t.Run(tt.name, func(t *testing.T) {
			id := o.Activate(o.RequestFor(n, load.EmailOf(n)))
			o.AwaitState(id, collaboration.AwaitingApproval)
			c := o.Customer(load.EmailOf(n))
			c.Approve(o.Mails(load.EmailOf(n))[0].Links[0])
			o.AwaitState(id, collaboration.Active)
			by := c.Office
			if tt.isOffice {
				by = o
			}
			end := func(key string) harness.Answer {
				return by.Ask(http.Header{"Idempotency-Key": {key}}, http.MethodPost, tt.path+string(id)+"/end", rest.EndRequest{When: collaboration.EndNow})
			}
			first := end("the key")
			o.AwaitState(id, collaboration.Ended)
			if repeat := end("the key"); first.Status != http.StatusOK || repeat != first {
				t.Errorf("the request is answered %s, and its repeat %s", first, repeat)
			}
			if other := end("another key"); other.Code != collaboration.CodeNotActive {
				t.Errorf("a request under another key is answered %s", other)
			}
		})
	}
}
