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

// requests has one customer of each scenario, and who is invited.
var requests = []struct {
	scenario collaboration.Scenario
	request  collaboration.Request
	events   []string
	undone   []string
}{
	{collaboration.HasSolution,
		collaboration.Request{CustomerID: "c-1001", SolutionID: "financial-overview", TaskID: "t-1001-1", InvoiceRecipient: collaboration.PaidByOffice, AgreementMonths: 3},
		[]string{"requested", "task_checked", "invitation_queued", "invitation_sent"}, nil},
	{collaboration.OnPlatform,
		collaboration.Request{CustomerID: "c-1003", SolutionID: "financial-overview", TaskID: "t-1003-1", InvoiceRecipient: collaboration.PaidByCustomer},
		[]string{"requested", "task_checked", "solution_activated", "invitation_queued", "invitation_sent"}, []string{"solution_deactivated"}},
	{collaboration.NewCustomer,
		collaboration.Request{CustomerID: "c-1009", SolutionID: "financial-overview", TaskID: "t-1009-1", InvoiceRecipient: collaboration.PaidByCustomer,
			Contact: &collaboration.Contact{Name: "Elin Höglund", Email: "elin@hoglund.example", Phone: "070-123 45 67"}, Locale: collaboration.English},
		[]string{"requested", "task_checked", "solution_activated", "administrator_created", "invitation_queued", "invitation_sent"}, []string{"administrator_removed", "solution_deactivated"}},
}

func TestFromActivateToRenewalAndEnd(t *testing.T) {
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			o := start(t, p.use)
			for _, r := range requests {
				t.Run(string(r.scenario), func(t *testing.T) {
					o := o.with(t, o.token)
					var form api.FormView
					o.call(http.MethodGet, "/v1/customers/"+r.request.CustomerID+"/solutions/financial-overview", nil, &form)
					if form.Scenario != r.scenario {
						t.Fatalf("the form says %s", form.Scenario)
					}
					id := o.activate(r.request)
					a := o.await(id, collaboration.AwaitingApproval)
					if got := strings.Fields(actions(a)); !slices.Equal(got, r.events) {
						t.Errorf("steps %q, want %q", got, r.events)
					}
					approveInTheMail(t, o, a)
					a = o.await(id, collaboration.Active)
					renewAndEnd(t, o, a)
				})
			}
		})
	}
}

// approveInTheMail follows the link in the mail, logs in and approves.
func approveInTheMail(t *testing.T, o *office, a api.ActivationView) {
	t.Helper()
	mails := o.mails(a.Invitation.Email)
	if len(mails) != 1 || len(mails[0].Links) == 0 {
		t.Fatalf("mails to the administrator: %+v", mails)
	}
	link := mails[0].Links[0]
	page := logIn(t, visitor(t), link, a.Invitation.Email)
	for _, want := range []string{"Ekströms Redovisning", a.CustomerName} {
		if !strings.Contains(page, strings.ReplaceAll(want, "&", "&amp;")) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if o.activation(a.ID).State != collaboration.AwaitingApproval {
		t.Fatal("looking at the page decided")
	}
	approveOnThePage(t, link, link, a.Invitation.Email)
}

func renewAndEnd(t *testing.T, o *office, a api.ActivationView) {
	t.Helper()
	g := a.Agreement
	if g == nil || g.Term != 1 || !g.Renews || a.Decision.TermsHash == "" {
		t.Fatalf("agreement %+v, decision %+v", g, a.Decision)
	}
	months := g.Months
	o.forward(a.ID, g.EndsOn.Start().Add(time.Hour))
	a = awaitTerm(o, a.ID, 2)
	if want := g.StartsOn.AddMonths(2 * months); a.Agreement.EndsOn != want {
		t.Errorf("the second term ends on %s, want %s", a.Agreement.EndsOn, want)
	}
	if r := o.call(http.MethodPost, "/v1/activations/"+string(a.ID)+"/end", map[string]any{"when": "end_of_term"}, nil); r.StatusCode != http.StatusOK {
		t.Fatalf("notice: %s", r.Status)
	}
	o.forward(a.ID, a.Agreement.EndsOn.Start().Add(time.Hour))
	a = o.await(a.ID, collaboration.Ended)
	if got := strings.Fields(actions(a)); !slices.Equal(got[len(got)-4:], []string{"agreement_started", "agreement_renewed", "notice_given", "collaboration_ended"}) {
		t.Errorf("events %q", got)
	}
}

func awaitTerm(o *office, id collaboration.ActivationID, term int) api.ActivationView {
	o.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if a := o.activation(id); a.Agreement != nil && a.Agreement.Term == term {
			return a
		}
	}
	o.t.Fatalf("the agreement did not reach term %d", term)
	return api.ActivationView{}
}

// Declining takes back what the activation made, and nothing else; then the
// same can be asked for again.
func TestDeclineIsUndoneAndCanBeAskedAgain(t *testing.T) {
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			o := start(t, p.use)
			for _, r := range requests {
				t.Run(string(r.scenario), func(t *testing.T) {
					o := o.with(t, o.token)
					var before, after api.CustomerView
					o.call(http.MethodGet, "/v1/customers/"+r.request.CustomerID, nil, &before)
					id := o.activate(r.request)
					a := o.await(id, collaboration.AwaitingApproval)
					o.customer(a.Invitation.Email).decline(o.mails(a.Invitation.Email)[0].Links[0])
					a = o.await(id, collaboration.Declined)
					want := slices.Concat(r.events, r.undone, []string{"closed"})
					if got := strings.Fields(actions(a)); !slices.Equal(got, want) {
						t.Errorf("events %q, want %q", got, want)
					}
					o.call(http.MethodGet, "/v1/customers/"+r.request.CustomerID, nil, &after)
					if len(after.Subscriptions) != len(before.Subscriptions) || len(after.Administrators) != len(before.Administrators) {
						t.Errorf("before %+v\nafter %+v", before, after)
					}
					again := o.activate(r.request)
					if again == id {
						t.Error("the second activation has the first one's id")
					}
					o.await(again, collaboration.AwaitingApproval)
				})
			}
		})
	}
}

func TestAnUnansweredInvitationExpires(t *testing.T) {
	o := start(t, parts[0].use)
	id := o.activate(requests[2].request)
	a := o.await(id, collaboration.AwaitingApproval)
	o.forward(id, a.Invitation.ExpiresAt.Add(time.Minute))
	a = o.await(id, collaboration.Expired)
	if got := actions(a); !strings.HasSuffix(got, "administrator_removed solution_deactivated closed") {
		t.Errorf("events %s", got)
	}
}

func TestOnlyOneActivationIsLive(t *testing.T) {
	o := start(t, parts[0].use)
	first := o.activate(requests[1].request)
	var p api.Problem
	second := func() {
		t.Helper()
		response := o.call(http.MethodPost, "/v1/activations", requests[1].request, &p)
		if response.StatusCode != http.StatusConflict || p.Activation != first || !strings.HasSuffix(response.Header.Get("Location"), string(first)) {
			t.Errorf("second: %s, activation %s, Location %q", response.Status, p.Activation, response.Header.Get("Location"))
		}
	}
	second()
	o.await(first, collaboration.AwaitingApproval)
	second() // the customer has the solution now, so the form is another one
	stranger := o.with(t, "dev-manager-sara")
	for _, path := range []string{"/v1/activations/" + string(first), "/v1/customers/c-1003"} {
		if r := stranger.call(http.MethodGet, path, nil, nil); r.StatusCode != http.StatusNotFound {
			t.Errorf("another office's %s: %s", path, r.Status)
		}
	}
}
