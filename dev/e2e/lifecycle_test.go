package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/api/present"
	"countersign/api/problem"
	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/internal/eventually"
)

// A customer of each scenario activates, renews and ends, on the embedded stack.
// TestLifecycle_OneYear runs on PostgreSQL and Redis.
func TestLifecycle_ActivateRenewEnd(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.UseEmbedded)
	for _, r := range harness.Scenarios {
		t.Run(string(r.Scenario), func(t *testing.T) {
			o := o.As(t, o.Token)
			var form present.Form
			o.Call(http.MethodGet, "/v1/customers/"+r.Request.CustomerID+"/solutions/financial-overview", nil, &form)
			if form.Scenario != r.Scenario {
				t.Fatalf("the form has the scenario %s", form.Scenario)
			}
			id := o.Activate(r.Request)
			a := o.AwaitActions(id, r.Events)
			if got := strings.Fields(harness.Actions(a)); !slices.Equal(got, r.Events) {
				t.Errorf("actions %q, want %q", got, r.Events)
			}
			approveByMail(t, o, a)
			a = o.AwaitState(id, collaboration.Active)
			renewAndEnd(t, o, a)
		})
	}
}

// approveByMail opens the link in the mail, logs in and approves. Opening the page
// alone must not decide.
func approveByMail(t *testing.T, o *harness.Office, a rest.ActivationView) {
	t.Helper()
	mails := o.Mails(a.Invitation.Email)
	if len(mails) != 1 || len(mails[0].Links) == 0 {
		t.Fatalf("mails to the administrator: %+v", mails)
	}
	link := mails[0].Links[0]
	page := harness.LogIn(t, harness.NewBrowser(t), link, a.Invitation.Email)
	for _, want := range []string{"Ekströms Redovisning", a.CustomerName} {
		if !strings.Contains(page, strings.ReplaceAll(want, "&", "&amp;")) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if o.Activation(a.ID).State != collaboration.AwaitingApproval {
		t.Fatal("opening the page changed the activation's state")
	}
	harness.ApproveOnPage(t, link, link, a.Invitation.Email)
}

func renewAndEnd(t *testing.T, o *harness.Office, a rest.ActivationView) {
	t.Helper()
	g := a.Agreement
	if g == nil || g.Term != 1 || !g.Renews || a.Decision.TermsHash == "" {
		t.Fatalf("agreement %+v, decision %+v", g, a.Decision)
	}
	months := g.Months
	o.FastForward(a.ID, g.EndsOn.Start().Add(time.Hour))
	a = harness.AwaitTerm(o, a.ID, 2)
	if want := g.StartsOn.AddMonths(2 * months); a.Agreement.EndsOn != want {
		t.Errorf("the second term ends on %s, want %s", a.Agreement.EndsOn, want)
	}
	if r := o.Call(http.MethodPost, "/v1/activations/"+string(a.ID)+"/end", map[string]any{"when": "end_of_term"}, nil); r.StatusCode != http.StatusOK {
		t.Fatalf("give notice: %s", r.Status)
	}
	o.FastForward(a.ID, a.Agreement.EndsOn.Start().Add(time.Hour))
	a = o.AwaitState(a.ID, collaboration.Ended)
	if got := strings.Fields(harness.Actions(a)); !slices.Equal(got[len(got)-4:], []string{"agreement_started", "agreement_renewed", "notice_given", "collaboration_ended"}) {
		t.Errorf("events %q", got)
	}
}

// Declining compensates the activation's own changes and no others. The office can
// then request the same activation again.
func TestDecline_IsCompensated(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.UseEmbedded)
	for _, r := range harness.Scenarios {
		t.Run(string(r.Scenario), func(t *testing.T) {
			o := o.As(t, o.Token)
			var before, after present.Customer
			o.Call(http.MethodGet, "/v1/customers/"+r.Request.CustomerID, nil, &before)
			id := o.Activate(r.Request)
			a := o.AwaitActions(id, r.Events)
			o.Customer(a.Invitation.Email).Decline(o.Mails(a.Invitation.Email)[0].Links[0])
			a = o.AwaitState(id, collaboration.Declined)
			want := slices.Concat(r.Events, r.Compensation, []string{"closed"})
			if got := strings.Fields(harness.Actions(a)); !slices.Equal(got, want) {
				t.Errorf("events %q, want %q", got, want)
			}
			o.Call(http.MethodGet, "/v1/customers/"+r.Request.CustomerID, nil, &after)
			if len(after.Subscriptions) != len(before.Subscriptions) || len(after.Administrators) != len(before.Administrators) {
				t.Errorf("before %+v\nafter %+v", before, after)
			}
			again := o.Activate(r.Request)
			if again == id {
				t.Error("the second activation has the first one's id")
			}
			o.AwaitState(again, collaboration.AwaitingApproval)
		})
	}
}

func TestExpiry_IsCompensated(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.Backends[0].Use)
	id := o.Activate(harness.Scenarios[2].Request)
	a := o.AwaitState(id, collaboration.AwaitingApproval)
	o.FastForward(id, a.Invitation.ExpiresAt.Add(time.Minute))
	a = o.AwaitState(id, collaboration.Expired)
	if got := harness.Actions(a); !strings.HasSuffix(got, "administrator_removed solution_deactivated closed") {
		t.Errorf("events %s", got)
	}
}

func TestActivate_RejectsSecondLiveActivation(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.Backends[0].Use)
	first := o.Activate(harness.Scenarios[1].Request)
	var p problem.Problem
	second := func() {
		t.Helper()
		response := o.Call(http.MethodPost, "/v1/activations", harness.Scenarios[1].Request, &p)
		if response.StatusCode != http.StatusConflict || p.Activation != first || !strings.HasSuffix(response.Header.Get("Location"), string(first)) {
			t.Errorf("second request: %s, activation %s, Location %q", response.Status, p.Activation, response.Header.Get("Location"))
		}
	}
	second()
	o.AwaitState(first, collaboration.AwaitingApproval)
	second() // the customer has the solution now, so the scenario differs
	otherOffice := o.As(t, "dev-manager-sara")
	for _, path := range []string{"/v1/activations/" + string(first), "/v1/customers/c-1003"} {
		if r := otherOffice.Call(http.MethodGet, path, nil, nil); r.StatusCode != http.StatusNotFound {
			t.Errorf("another office reads %s: %s", path, r.Status)
		}
	}
}

// The link of an expired invitation lets its recipient ask for a new one. The office
// is notified once, however often the recipient asks.
func TestExpiredInvitation_NotifiesOfficeOnce(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.Backends[0].Use)
	request := harness.Scenarios[2].Request // a new customer with a task of Nils
	id := o.Activate(request)
	a := o.AwaitState(id, collaboration.AwaitingApproval)
	link := o.Mails(request.Contact.Email)[0].Links[0]
	o.FastForward(id, a.Invitation.ExpiresAt.Add(time.Hour))
	o.AwaitState(id, collaboration.Expired)
	recipient := harness.NewBrowser(t)
	for range 2 {
		r, err := recipient.Post(link+"/ask", "application/x-www-form-urlencoded", nil)
		if err != nil {
			t.Fatal(err)
		}
		if body := harness.Body(t, r); r.StatusCode != http.StatusGone || !strings.Contains(body, `role="status"`) {
			t.Fatalf("ask for an invitation: %s\n%s", r.Status, body)
		}
	}
	asked := func(to string) (n int) {
		for _, m := range o.Mails(to) {
			if strings.Contains(m.Subject, "ber om en ny inbjudan") {
				n++
			}
		}
		return n
	}
	for _, to := range []string{"maja@ekstroms.example", "nils@ekstroms.example"} {
		eventually.True(t, to+" is notified", func() bool { return asked(to) > 0 })
		if n := asked(to); n != 1 {
			t.Errorf("%s was notified %d times", to, n)
		}
	}
}
