package api_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
)

// requestedBefore moves the request some days back, and makes Nils its sender.
func requestedBefore(days int) func(*collaboration.Activation) {
	return func(r *collaboration.Activation) {
		r.RequestedAt = now.AddDate(0, 0, -days)
		r.ExpiresAt = r.RequestedAt.Add(collaboration.InvitationLifetime)
		r.RequestedBy, r.RequestedByName = nils.ID, nils.Name
	}
}

func delivery(d collaboration.DeliveryStatus) func(*collaboration.Activation) {
	return func(r *collaboration.Activation) { r.Delivery = d }
}

func TestRequestsPage_ShowsRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		state    collaboration.State
		with     []func(*collaboration.Activation)
		sv, en   []string
		unwanted []string
	}{
		{"waits since today", collaboration.AwaitingApproval, nil,
			[]string{"Öbergs Snickeri AB", "Ekonomisk översikt, Budget & Prognos", "2026-11-23", "Maja Ekström", "Väntar på svar", "Sedan i dag", "/resend", "/change", "/withdraw"},
			[]string{"Awaiting answer", "Since today", "Withdraw the invitation"}, []string{"Har väntat", "/end\"", "/forward\""}},
		{"has waited for long", collaboration.AwaitingApproval, []func(*collaboration.Activation){requestedBefore(14)},
			[]string{`class="old"`, "Har väntat i 14 dagar", "2026-11-09", "Nils Berg"}, []string{"Has waited for 14 days"}, []string{"Går ut"}},
		{"not yet long", collaboration.AwaitingApproval, []func(*collaboration.Activation){requestedBefore(13)}, []string{"13 dagar"}, []string{"13 days"}, []string{"Har väntat", `class="old"`}},
		{"about to expire", collaboration.AwaitingApproval, []func(*collaboration.Activation){requestedBefore(29)}, []string{"Går ut i morgon"}, []string{"Expires tomorrow"}, nil},
		{"bounced", collaboration.AwaitingApproval, []func(*collaboration.Activation){delivery(collaboration.DeliveryBounced), createsContact}, []string{"Studsade", "Rätta e-postadressen<span"}, []string{"Bounced", "Correct the e-mail address<span"}, nil},
		{"bounced, an existing administrator", collaboration.AwaitingApproval, []func(*collaboration.Activation){delivery(collaboration.DeliveryBounced)}, []string{"Studsade", "Ändra administratörens adress<span"}, []string{"Bounced", "Change the administrator's address<span"}, []string{"/correct"}},
		{"delivered", collaboration.AwaitingApproval, []func(*collaboration.Activation){delivery(collaboration.DeliveryDelivered)}, []string{"Levererad"}, []string{"Delivered"}, []string{"Studsade"}},
		{"declined", collaboration.Declined, []func(*collaboration.Activation){decision(collaboration.Decline), func(r *collaboration.Activation) { r.Decision.Reason = collaboration.ReasonPrice }},
			[]string{"Avböjd", "Priset eller villkoren passar oss inte", "Aktivera igen"}, []string{"Declined", "Activate again"}, []string{"dagar", "/withdraw"}},
		{"failed", collaboration.Failed, []func(*collaboration.Activation){func(r *collaboration.Activation) { r.FailureCode = collaboration.CodeTaskClosed }}, []string{"Misslyckad", "Uppdraget är avslutat."}, []string{"Failed", "The task is closed."}, nil},
		{"running, seen by an employee", collaboration.Active, []func(*collaboration.Activation){noticed}, []string{"Uppsagd, upphör 30 november 2027", "/change"}, []string{"Terminated, ends 30 November 2027"}, []string{`/end"`, `/revoke-notice"`}},
		{"another office's", collaboration.AwaitingApproval, []func(*collaboration.Activation){func(r *collaboration.Activation) { r.OfficeID = sara.OfficeID }}, []string{"Det finns inga förfrågningar här."}, []string{"There are no requests here."}, []string{"Öberg"}},
	} {
		for lang, texts := range map[string][]string{"sv": tt.sv, "en": tt.en} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				w.with("c-platform", tt.state, tt.with...)
				b := openBrowser(t, w.server(t), nils.Email)
				b.lang = lang
				got := b.send(http.MethodGet, "/requests", nil)
				says(t, got, 200, texts...)
				for _, unwanted := range tt.unwanted {
					if strings.Contains(got.Body.String(), unwanted) {
						t.Errorf("%q in\n%s", unwanted, got.Body)
					}
				}
			})
		}
	}
}

// The filters of the address are the filters of the store.
func TestListPages_PassFilters(t *testing.T) {
	t.Parallel()
	pending := collaboration.PhasesOf(collaboration.Activating, collaboration.AwaitingApproval)
	running := collaboration.Active.Phases()
	for url, want := range map[string]collaboration.ActivationFilter{
		"/requests":                                           {Phases: pending},
		"/requests?outcome=accepted":                          {Phases: collaboration.PhasesOf(collaboration.Active, collaboration.Ended)},
		"/requests?outcome=all&sender=me":                     {RequestedBy: nils.ID},
		"/requests?outcome=none&sender=maja&solution=none":    {Phases: pending},
		"/requests?outcome=expired&solution=" + solutionID:    {Phases: collaboration.Expired.Phases(), SolutionID: solutionID},
		"/collaborations":                                     {Phases: running},
		"/collaborations?phase=ending":                        {Phases: running, EndsBefore: collaboration.DateOf(now).AddDays(91)},
		"/collaborations?phase=starts":                        {Phases: []collaboration.Phase{collaboration.PhaseStarts}},
		"/collaborations?phase=active":                        {Phases: []collaboration.Phase{collaboration.PhaseActive}},
		"/collaborations?phase=terminated":                    {Phases: []collaboration.Phase{collaboration.PhaseTerminated}},
		"/collaborations?phase=declined":                      {Phases: running},
		"/collaborations?phase=ended":                         {Phases: collaboration.Ended.Phases()},
		"/collaborations?phase=all&task=t-1&owner=emp-maja":   {Phases: collaboration.PhasesOf(collaboration.Active, collaboration.Ended), TaskID: "t-1", TaskOwnerID: "emp-maja"},
		"/collaborations?phase=none&solution=" + solutionID:   {Phases: running, SolutionID: solutionID},
		"/collaborations?task=&owner=&phase=&solution=&lang=": {Phases: running},
	} {
		w := newWorld()
		w.with("c-platform", collaboration.Active, runs)
		openBrowser(t, w.server(t), nils.Email).get(url)
		w.filter.Page = collaboration.Page{}
		if !reflect.DeepEqual(w.filter, want) {
			t.Errorf("%s: %+v, want %+v", url, w.filter, want)
		}
	}
}

// The links to other pages of a list keep its filters.
func TestListPages_PagesKeepFilters(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.with("c-platform", collaboration.AwaitingApproval)
	w.next = "later"
	b := openBrowser(t, w.server(t), nils.Email)
	for path, more := range map[string]string{
		"/requests?lang=sv&outcome=all&sender=me": `href="/requests?cursor=later&amp;outcome=all&amp;sender=me"`,
		"/collaborations?owner=emp-maja":          `href="/collaborations?cursor=later&amp;owner=emp-maja"`,
	} {
		if page := b.get(path); !strings.Contains(page, more) || strings.Contains(page, "Till början") {
			t.Errorf("%s links to the wrong page:\n%s", path, page)
		}
	}
	page := b.get("/requests?cursor=now&sender=me")
	if w.filter.Page.After != "now" || !strings.Contains(page, `href="/requests?sender=me">Till början`) {
		t.Errorf("filter %+v\n%s", w.filter, page)
	}
	w.fail["Activations"] = &collaboration.Error{Code: collaboration.CodeInvalidRequest}
	if got := b.send(http.MethodGet, "/requests?cursor=nowhere&sender=me", nil); got.Code != 303 || got.Header().Get("Location") != "/requests?sender=me" {
		t.Errorf("status %d, to %q", got.Code, got.Header().Get("Location"))
	}
}

func TestCollaborationsPage_GroupsByCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld()
	owned := func(r *collaboration.Activation) {
		r.TaskID, r.TaskName, r.TaskOwnerName = "t-1", "Löpande bokföring", "Nils Berg"
	}
	w.with("c-platform", collaboration.Active, runs, owned, func(r *collaboration.Activation) { r.Agreement.NextMonths = 3 })
	w.with("c-platform", collaboration.Active, noticed, owned, func(r *collaboration.Activation) { r.SolutionID = "spiris-scanner" })
	w.with("c-has", collaboration.Ended, runs, func(r *collaboration.Activation) { r.EndedAt = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC) })
	for lang, texts := range map[string][]string{
		"sv": {"Samarbeten med Öbergs Snickeri AB", "2027-11-30", "12 månader", "Pågår", "Förlängs <span class=\"when\">2027-12-01", "därefter 3 månader", "Uppsagd, upphör 30 november 2027", "Byrån", "Löpande bokföring", "Nils Berg", "Maja Ekström, Nils Berg", "Avslutad", "2026-10-01", "Alla uppdrag", "/revoke-notice", "/end"},
		"en": {"Collaborations with Öbergs Snickeri AB", "12 months", "Renews", "then 3 months", "Terminated, ends 30 November 2027", "The office", "Ended", "All tasks", "Task owner", "Revoke notice"},
	} {
		b := openBrowser(t, w.server(t), maja.Email)
		b.lang = lang
		got := b.send(http.MethodGet, "/collaborations", nil)
		says(t, got, 200, texts...)
		page := got.Body.String()
		if n := strings.Count(page, "<details class=\"card group\" open"); n != 2 {
			t.Errorf("%d customers, want 2\n%s", n, page)
		}
		if strings.Index(page, "<h2>Öbergs") < strings.Index(page, "<h2>Åkes") {
			t.Error("Ö comes before Å")
		}
	}
	// An employee can change the task, but cannot end a collaboration.
	if page := openBrowser(t, w.server(t), nils.Email).get("/collaborations"); !strings.Contains(page, "/change") || strings.Contains(page, "/end\"") || strings.Contains(page, "/revoke-notice") {
		t.Error("an employee gets other forms")
	}
}

// A list page reads the store a fixed number of times.
func TestListPages_ReadStoreFewTimes(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for range 50 {
		w.with("c-platform", collaboration.Active, runs)
	}
	s := w.server(t)
	for _, path := range []string{"/requests?outcome=all", "/collaborations"} {
		b := openBrowser(t, s, maja.Email)
		before := 0
		for _, n := range w.calls {
			before += n
		}
		b.get(path)
		after := 0
		for _, n := range w.calls {
			after += n
		}
		if after-before > 5 {
			t.Errorf("%s sends %d queries", path, after-before)
		}
	}
}
