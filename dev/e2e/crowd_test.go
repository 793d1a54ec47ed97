package e2e_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

// answered is what somebody in a crowd was told.
type answered struct {
	status     int
	code       collaboration.Code
	activation collaboration.ActivationID
}

func (a answered) String() string { return fmt.Sprintf("%d %s", a.status, a.code) }

// atOnce has everybody in a crowd ask at the same moment.
func atOnce(crowd int, ask func(n int) answered) []answered {
	all, begin := make([]answered, crowd), make(chan struct{})
	var asking sync.WaitGroup
	for n := range all {
		asking.Go(func() {
			<-begin
			all[n] = ask(n)
		})
	}
	close(begin)
	asking.Wait()
	return all
}

// says asks, and is what it was told.
func (o *office) says(header http.Header, method, path string, body any) answered {
	var told struct {
		ID         collaboration.ActivationID
		Code       collaboration.Code
		Activation collaboration.ActivationID
	}
	response, err := o.tryWith(header, method, path, body, &told)
	if err != nil {
		o.t.Errorf("%s %s: %v", method, path, err)
		return answered{}
	}
	if told.ID == "" {
		told.ID = told.Activation
	}
	return answered{response.StatusCode, told.Code, told.ID}
}

// tally counts answers alike.
func tally(all []answered) map[string]int {
	counted := map[string]int{}
	for _, a := range all {
		counted[a.String()]++
	}
	return counted
}

// persistent asks again where it is too busy to answer in time, as callers do.
func persistent(ask func() answered) answered {
	for {
		if a := ask(); a.status != http.StatusServiceUnavailable {
			return a
		}
	}
}

// 500 ask for the same customer and solution: one activation lives, and everybody
// is told which.
func TestACrowdActivates(t *testing.T) {
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			o := start(t, p.use)
			o.importCustomers(1)
			request := o.requestFor(0, "crowd@kund.example")
			all := atOnce(500, func(n int) answered {
				// Some are the same click again.
				header := http.Header{"Idempotency-Key": {fmt.Sprintf("click-%d", n%400)}}
				return persistent(func() answered { return o.says(header, http.MethodPost, "/v1/activations", request) })
			})
			t.Log(tally(all))
			live := map[collaboration.ActivationID]int{}
			for _, a := range all {
				live[a.activation]++
				if a.status != http.StatusAccepted && (a.status != http.StatusConflict || a.code != collaboration.CodeActivationExists) {
					t.Errorf("answered %s", a)
				}
			}
			if len(live) != 1 || live[""] > 0 {
				t.Errorf("told of %v", live)
			}
			for id := range live {
				o.await(id, collaboration.AwaitingApproval)
				if runs := o.runs(id); len(runs) != 1 {
					t.Errorf("the engine has %d runs", len(runs))
				}
				o.checkAudit(id)
			}
			if n := o.countActivations(); n != 1 {
				t.Errorf("%d activations are recorded", n)
			}
			if n := len(o.mails("crowd@kund.example")); n != 1 {
				t.Errorf("%d invitations were mailed", n)
			}
		})
	}
}

// 200 answer one invitation, half of them with a no: one answer counts, and
// nobody is told otherwise.
func TestACrowdDecides(t *testing.T) {
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			o := start(t, p.use)
			o.importCustomers(1)
			id := o.activate(o.requestFor(0, "crowd@kund.example"))
			o.await(id, collaboration.AwaitingApproval)
			c := o.customer("crowd@kund.example")
			path := invitationPath(o.mails("crowd@kund.example")[0].Links[0])
			var i api.InvitationView
			c.call(http.MethodGet, path, nil, &i)
			answers := map[collaboration.Outcome]api.DecisionRequest{
				collaboration.Approve: {Outcome: collaboration.Approve, AcceptTerms: true, TermsHash: i.Terms.Hash, Locale: i.Terms.Locale},
				collaboration.Decline: {Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice},
			}
			outcome := func(n int) collaboration.Outcome {
				if n%2 == 0 {
					return collaboration.Approve
				}
				return collaboration.Decline
			}
			all := atOnce(200, func(n int) answered {
				return persistent(func() answered { return c.says(nil, http.MethodPost, path+"/decision", answers[outcome(n)]) })
			})
			t.Log(tally(all))
			a := o.awaitThat(id, "decided", func(a api.ActivationView) bool {
				return a.State == collaboration.Active || a.State == collaboration.Declined
			})
			counted := map[collaboration.State]collaboration.Outcome{collaboration.Active: collaboration.Approve, collaboration.Declined: collaboration.Decline}[a.State]
			for n, one := range all {
				switch {
				case one.status == http.StatusOK && outcome(n) == counted: // again, the same
				case one.status == http.StatusAccepted && one.code == collaboration.CodeOutcomeUnknown: // left as a signal
				case one.status == http.StatusConflict && one.code == collaboration.CodeAlreadyDecided:
				case one.status == http.StatusForbidden && counted == collaboration.Decline: // an administrator no more
				default:
					t.Errorf("to %s it was answered %s, and %s counted", outcome(n), one, counted)
				}
			}
			if a.Decision == nil || a.Decision.Outcome != counted {
				t.Errorf("recorded %+v", a)
			}
			o.checkAudit(id)
		})
	}
}
