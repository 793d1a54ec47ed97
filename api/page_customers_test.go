package api_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/collaboration"
)

// main returns the content of a page without the layout.
func mainOf(page string) string {
	return page[strings.Index(page, "<main"):strings.Index(page, "</main>")]
}

func TestCustomersPage_ShowsCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	waiting := w.with("c-platform", collaboration.AwaitingApproval)
	b := openBrowser(t, w.server(t), nils.Email)
	page := mainOf(b.get("/customers"))
	for _, want := range []string{"Öbergs Snickeri AB", "556677-8899", "800101-****", "Löpande bokföring", "/customers/c-has", "Egen licens",
		"/activations/" + string(waiting), "Väntar på svar", "cursor=more"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	for _, unwanted := range []string{"Någon annans", "9876", "/customers/c-new/collaborations"} {
		if strings.Contains(page, unwanted) {
			t.Errorf("%q must not be in\n%s", unwanted, page)
		}
	}
	if w.calls["Customers"] != 1 || w.calls["LiveActivations"] != 1 || w.calls["Customer"] != 0 {
		t.Errorf("one page, %v", w.calls)
	}
	b.lang = "en"
	if page := b.get("/customers"); !strings.Contains(page, "Own licence") || !strings.Contains(page, "Org. no.") {
		t.Errorf("in English:\n%s", page)
	}
}

func TestCustomersPage_PassesFilters(t *testing.T) {
	t.Parallel()
	const filled = "/customers?q=+bageri+&solution=financial-overview&sharing=waiting&tasks=mine&cursor=c-has"
	for url, want := range map[string]collaboration.CustomerFilter{
		"/customers":                    {},
		filled:                          {Query: "bageri", SolutionID: solutionID, Sharing: collaboration.Waiting, TaskOwnerID: nils.ID, Page: collaboration.Page{After: "c-has"}},
		"/customers?sharing=terminated": {Sharing: collaboration.Sharing(collaboration.PhaseTerminated)},
		"/customers?solution=unknown&sharing=ended&tasks=emp-maja": {}, // unsupported values
	} {
		w := newWorld()
		w.with("c-has", collaboration.Active, func(r *collaboration.Activation) { r.SolutionID = "spiris-scanner" })
		page := mainOf(openBrowser(t, w.server(t), nils.Email).get(url))
		if want.Page.Limit = 25; w.narrowed != want {
			t.Errorf("%s: %+v", url, w.narrowed)
		}
		if url == filled {
			for _, want := range []string{`value="bageri"`, `value="waiting" selected`, `value="mine" selected`, "/customers?cursor=more&amp;q=", "Till början",
				"/customers/c-new/collaborations/financial-overview", "Inte aktiverad"} { // the selected solution, also without a collaboration
				if !strings.Contains(page, want) {
					t.Errorf("no %q in\n%s", want, page)
				}
			}
			if strings.Contains(page, "Spiris Scanner<span") || strings.Contains(page, "cursor=c-has") {
				t.Errorf("the list has another solution, or repeats its own cursor:\n%s", page)
			}
		}
	}
}

func TestCustomersPage_EmptyAndUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), sara.Email)
	w.fail["Customers"] = &collaboration.Error{Code: collaboration.CodeInvalidRequest}
	if got := b.send(http.MethodGet, "/customers?cursor=from-nowhere", nil); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/customers" {
		t.Errorf("an unknown cursor: %d %s", got.Code, got.Header().Get("Location"))
	}
	w.fail["Customers"], w.customers = nil, nil
	says(t, b.send(http.MethodGet, "/customers?q=nobody", nil), 200, "Ingen kund passar in", "Visa alla kunder")
	says(t, b.send(http.MethodGet, "/customers", nil), 200, "Byrån har inga kunder här ännu.")
}

func TestCustomerPage_ShowsTabs(t *testing.T) {
	t.Parallel()
	w := newWorld()
	running := w.with("c-has", collaboration.Active, func(r *collaboration.Activation) {
		r.SolutionID = "spiris-scanner"
		r.TaskID = "t-has"
		r.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2026, Month: 12, Day: 1}, Started: true, Months: 12, Term: 1, Renews: true}
	})
	declined := w.with("c-has", collaboration.Declined, func(r *collaboration.Activation) { r.SolutionID, r.EndedAt = "digital-invoices", now })
	b := openBrowser(t, w.server(t), maja.Email)
	says(t, b.send(http.MethodGet, "/customers/c-has", nil), 200, "Åkes Bageri AB", "556677-8899", "Egen licens",
		`<a class="button small" href="/customers/c-has/collaborations/financial-overview">Aktivera<span class="hide"> Ekonomisk översikt, Budget & Prognos`,
		`<a class="button second small" href="/activations/`+string(running)+`">Öppna`, "till och med 30 november 2027, förlängs sedan",
		"Kunden tackade nej 23 november 2026.", "/activations/"+string(declined), "Bokföring & Fakturering", "Inte aktiverad")
	tasks := b.send(http.MethodGet, "/customers/c-has/tasks", nil)
	says(t, tasks, 200, "Löpande bokföring", "Maja Ekström", "Öppet", "Avslutat", "/activations/"+string(running))
	if n := strings.Count(tasks.Body.String(), string(running)); n != 1 {
		t.Errorf("%d tasks have the collaboration", n)
	}
	says(t, b.send(http.MethodGet, "/customers/c-has/contacts", nil), 200, "Åke Åkesson", "ake@akes.example", "Huvudkontakt")
	says(t, b.send(http.MethodGet, "/customers/c-new/contacts", nil), 200, "ingen administratör ännu")
	for _, path := range []string{"/customers/c-other", "/customers/nobody/tasks", "/customers/c-other/contacts", "/customers/c-other/collaborations/financial-overview", "/customers/c-has/collaborations/nothing"} {
		says(t, b.send(http.MethodGet, path, nil), 404, "Det finns inget här")
	}
}

func TestCustomerPage_SetsMainContact(t *testing.T) {
	t.Parallel()
	const path = "/customers/c-orphan/contacts"
	w := newWorld()
	s := w.server(t)
	b := openBrowser(t, s, maja.Email)
	page := b.get(path)
	if !strings.Contains(page, "Gör till huvudkontakt") {
		t.Fatalf("no form:\n%s", page)
	}
	says(t, b.send(http.MethodPost, path, b.form(page, "administrator_id", "a-1")), 422, "Kunden har ingen sådan administratör.")
	got := b.submit(path)
	if to := got.Header().Get("Location"); got.Code != 303 || to != path {
		t.Fatalf("%d %s", got.Code, to)
	}
	says(t, b.send(http.MethodGet, path, nil), 200, "Huvudkontakten är ändrad.", `badge good`)
	// An employee sees the main contact, but cannot change it.
	employee := openBrowser(t, s, nils.Email)
	if page := employee.get("/customers/c-platform/contacts"); strings.Contains(page, "<button class=\"button second") {
		t.Error("an employee gets the manager's form")
	}
	form := employee.form(employee.get("/customers"), "administrator_id", "a-4")
	before := w.calls["NameMainContact"]
	if got := employee.send(http.MethodPost, path, form); got.Code != 403 || w.calls["NameMainContact"] != before {
		t.Errorf("%d, %v", got.Code, w.calls)
	}
}

func TestNotFound_IsPageForBrowsers(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	for _, r := range []request{
		{name: "a browser", url: "/nothing", headers: map[string]string{"Accept": "text/html,*/*"}, status: 404, content: []string{"<h1>Det finns inget här</h1>"}},
		{name: "a browser, in another way", method: "PUT", url: "/customers", headers: map[string]string{"Accept": "text/html,*/*"}, status: 405, content: []string{"<h1>Det finns inget här</h1>"}},
		{name: "a program, in another way", method: "PUT", url: "/v1/customers", headers: map[string]string{"Accept": "text/html"}, status: 405, content: []string{code("method_not_allowed")}},
		{name: "a program", url: "/nothing", status: 404, content: []string{code("not_found")}},
		{name: "the API, for any client", url: "/v1/nothing", headers: map[string]string{"Accept": "text/html"}, status: 404, content: []string{code("not_found")}},
	} {
		got := r.send(s)
		if says(t, got, r.status, r.content...); !strings.HasPrefix(r.name, "a browser") && got.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s", r.name, got.Header().Get("Content-Type"))
		}
	}
}
