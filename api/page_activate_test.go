package api_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/collaboration"
)

const newForm = "/customers/c-new/collaborations/" + solutionID

// linda are the values of a form for a new customer.
var linda = []string{"contact.name", "Linda Hår", "contact.email", "linda@har.example", "contact.phone", "070-123 45 67"}

func TestActivatePage_ShowsSteps(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"/customers/c-has/collaborations/" + solutionID: {"har redan Ekonomisk översikt", "Åke Åkesson (ake@akes.example) får ett mejl: logga in och godkänn samarbetet.",
			`name="agreement_months" value="12" checked`, "12 månader"},
		"/customers/c-platform/collaborations/" + solutionID: {"har inte Ekonomisk översikt", "aktiveras för Öbergs Snickeri AB", `name="invoice_recipient" value="office"`,
			`<option value="t-platform" selected>Löpande bokföring`, `data-when="period.start=chosen_month"`, `<option value="2027-01-01">1 januari 2027`},
		newForm: {"finns inte på plattformen", "läggs upp som kundens administratör", "godkänn villkoren", `type="email" id="field-contact-email"`, `type="tel"`},
		"/customers/c-platform/collaborations/bookkeeping-invoicing": {`type="radio" name="variant"`, "Attest & Fakturering"},
		"/customers/c-platform/collaborations/spiris-scanner":        {"Uppdrag"},
	} {
		w := newWorld()
		says(t, openBrowser(t, w.server(t), nils.Email).send(http.MethodGet, path, nil), 200, append(want, "När kunden har godkänt startar samarbetet avtalets första dag", "Granska och aktivera")...)
		if w.changes() != 0 {
			t.Errorf("%s changed something: %v", path, w.calls)
		}
	}
}

func TestActivatePage_ShowsBlockers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	for path, want := range map[string][]string{
		"/customers/c-idle/collaborations/" + solutionID:   {"Kunden har inget öppet uppdrag", "lägg upp ett för kunden", `href="/customers/c-idle/tasks"`},
		"/customers/c-orphan/collaborations/" + solutionID: {"Kunden saknar administratör", "huvudkontakt", `href="/customers/c-orphan/contacts"`},
	} {
		got := b.send(http.MethodGet, path, nil)
		says(t, got, 200, want...)
		if strings.Contains(got.Body.String(), "Granska") {
			t.Errorf("%s has a form despite its blocker", path)
		}
		got = b.send(http.MethodPost, path, b.form(b.get(newForm), "scenario", ""))
		says(t, got, 422, want...)
		if strings.Contains(got.Body.String(), "#field-") {
			t.Errorf("%s links to missing fields", path)
		}
	}
	if w.changes() != 0 {
		t.Errorf("something changed: %v", w.calls)
	}
}

func TestActivatePage_NamesEveryWrongField(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	got := b.submit(newForm, "task_id", "", "invoice_recipient", "nobody", "period.start", "chosen_month", "contact.name", "Linda <b>Hår</b>", "contact.email", "linda@")
	says(t, got, 422, "Något behöver rättas",
		`<a href="#field-task_id">Uppdrag: Välj vilket uppdrag samarbetet hör till.</a>`, `<a href="#field-invoice_recipient">Fakturamottagare: Välj ett av alternativen.</a>`,
		`<a href="#field-period-month">Startmånad: Välj vilken månad avtalet startar.</a>`, `<a href="#field-contact-email">Kontaktpersonens e-postadress: Skriv en fullständig`,
		`<a href="#field-contact-phone">`, `aria-invalid="true" aria-describedby="field-contact-email-error"`, `value="Linda <b>Hår</b>"`, `value="linda@"`)
	if body := got.Body.String(); strings.Contains(body, "<b>") || strings.Contains(body, "#field-contact-name") {
		t.Errorf("the input is not escaped, or a valid field has an error:\n%s", body)
	}
	b.lang = "en"
	says(t, b.submit(newForm, "contact.email", "linda@"), 422, "Something needs to be corrected", "Contact's e-mail address: Enter a complete e-mail address")
	if w.changes() != 0 {
		t.Errorf("something changed: %v", w.calls)
	}
}

func TestActivatePage_ConfirmationShowsOrder(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	says(t, b.submit(newForm, append(linda, "invoice_recipient", "customer", "period.start", "chosen_month", "period.month", "2027-02-01")...), 200,
		"Aktivera Ekonomisk översikt, Budget & Prognos för Lindas Hår?", "knyts till uppdraget Löpande bokföring", "Maja Ekström",
		"Linda Hår (070-123 45 67) läggs upp som kundens administratör.", "Linda Hår får ett mejl till linda@har.example på svenska", "svara till den 23 december 2026",
		"från 1 februari 2027", "i 12 månader", "Fakturan går till kunden, från den dag avtalet börjar gälla.", "800101-****", "Ändra uppgifterna")
	says(t, b.submit("/customers/c-has/collaborations/"+solutionID, "agreement_months", "3", "period.month", "2027-02-01"), 200, // a month, although "chosen month" is not selected
		"Åke Åkesson får ett mejl till ake@akes.example", "från dagen då kunden godkänner", "i 3 månader", "Fakturan går till byrån")
	b.lang = "en"
	says(t, b.submit(newForm, linda...), 200, "Activate Financial overview, Budget & Forecast for Lindas Hår?", "gets an e-mail at linda@har.example in Swedish", "until 23 December 2026")
	if w.changes() != 0 {
		t.Errorf("something changed: %v", w.calls)
	}
}

func TestActivatePage_ShowsKeptSubscription(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := w.customers["c-has"]
	c.Subscriptions = append(c.Subscriptions, collaboration.Subscription{SolutionID: "bookkeeping-invoicing", Variant: "bookkeeping", RenewsOn: collaboration.Date{Year: 2027, Month: 3, Day: 1}})
	w.customers[c.ID] = c
	b := openBrowser(t, w.server(t), nils.Email)
	const path = "/customers/c-has/collaborations/bookkeeping-invoicing"
	says(t, b.send(http.MethodGet, path, nil), 200, "Kunden behåller sin variant och sitt avtal", "1 mars 2027")
	says(t, b.submit(path), 200, "Fakturan går till kunden. Kunden behåller", "1 mars 2027", "Bokföring")
}

func TestActivatePage_StartsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.onStart = func(o collaboration.Order) error {
		w.records[o.Activation] = collaboration.Activation{ID: o.Activation, OfficeID: o.OfficeID, CustomerID: o.CustomerID, SolutionID: o.SolutionID, Scenario: o.Scenario, State: collaboration.Activating, Version: 1}
		w.live = o.Activation
		return nil
	}
	b := openBrowser(t, w.server(t), nils.Email)
	confirmation := b.submit(newForm, linda...).Body.String()
	form := b.form(confirmation, "confirm", "yes")
	got := b.send(http.MethodPost, newForm, form)
	if len(w.started) != 1 {
		t.Fatalf("%d started: %d %s", len(w.started), got.Code, got.Body)
	}
	o := w.started[0]
	if want := "/activations/" + string(o.Activation); got.Code != 303 || got.Header().Get("Location") != want {
		t.Errorf("%d to %s, want %s", got.Code, got.Header().Get("Location"), want)
	}
	if o.CustomerID != "c-new" || o.RequestedBy != nils.ID || o.Contact == nil || o.Contact.Email != "linda@har.example" || o.Scenario != collaboration.NewCustomer || o.TaskID != "t-new" {
		t.Errorf("%+v %+v", o, o.Contact)
	}
	// By now the customer has the solution and an administrator. A double click and a later
	// retry of the form lead to the same activation.
	c := w.customers["c-new"]
	c.Administrators, c.Subscriptions = []collaboration.Administrator{{ID: "a-9", MainContact: true}}, []collaboration.Subscription{{SolutionID: solutionID}}
	w.customers["c-new"] = c
	for range 2 {
		if again := b.send(http.MethodPost, newForm, form); again.Code != 303 || again.Header().Get("Location") != got.Header().Get("Location") {
			t.Errorf("again: %d %s\n%s", again.Code, again.Header().Get("Location"), again.Body)
		}
	}
	// A second request conflicts with the first one.
	second := b.form(confirmation, "confirm", "yes", "nonce", strings.Repeat("A", 26))
	says(t, b.send(http.MethodPost, newForm, second), 409, "Det finns redan ett pågående samarbete", `href="/activations/`+string(o.Activation)+`"`)
	says(t, b.send(http.MethodGet, newForm, nil), 200, "Det finns redan ett samarbete", "Aktiveras", `href="/activations/`+string(o.Activation)+`"`)
	if len(w.started) != 1 {
		t.Errorf("%d started", len(w.started))
	}
}

func TestActivatePage_ReturnsToForm(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	confirmation := b.submit(newForm, append(linda, "period.start", "chosen_month", "period.month", "2027-02-01")...).Body.String()
	says(t, b.send(http.MethodPost, newForm, b.form(confirmation, "change", "yes")), 200, `value="linda@har.example"`, `value="2027-02-01" selected`, "Granska och aktivera")
	// Modified hidden fields are validated like input.
	says(t, b.send(http.MethodPost, newForm, b.form(confirmation, "confirm", "yes", "contact.email", "linda@")), 422, "#field-contact-email", `value="linda@"`)
	// A form without a valid nonce is shown again.
	says(t, b.send(http.MethodPost, newForm, b.form(confirmation, "confirm", "yes", "nonce", "short")), 200, "Ändra uppgifterna")
	if w.calls["Start"] != 0 {
		t.Error("something was started")
	}
}

func TestActivatePage_RejectsChangedScenario(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	confirmation := b.submit(newForm, linda...).Body.String()
	c := w.customers["c-new"]
	c.Administrators = []collaboration.Administrator{{ID: "a-9", Contact: collaboration.Contact{Name: "Lisa", Email: "lisa@har.example"}, MainContact: true}}
	w.customers["c-new"] = c
	says(t, b.send(http.MethodPost, newForm, b.form(confirmation, "confirm", "yes")), 409, "Kunden har ändrats sedan formuläret visades", "Lisa (lisa@har.example)")
	if w.changes() != 0 {
		t.Errorf("something changed: %v", w.calls)
	}
}

// Temporal has a live activation that the store does not have.
func TestActivatePage_ShowsLiveActivationOfTemporal(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	form := b.form(b.submit(newForm, linda...).Body.String(), "confirm", "yes")
	other := collaboration.NewActivationID("office-1", "c-new", solutionID)
	w.fail["Start"] = &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: other}
	says(t, b.send(http.MethodPost, newForm, form), 409, "Det finns redan ett samarbete", `href="/activations/`+string(other)+`"`)
}

// Temporal does not answer, so the outcome is unknown. A retry of the form is safe.
func TestActivatePage_RetriesAfterFailure(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	form := b.form(b.submit(newForm, linda...).Body.String(), "confirm", "yes")
	w.fail["Start"] = &collaboration.Error{Code: collaboration.CodeUnavailable}
	got := b.send(http.MethodPost, newForm, form)
	says(t, got, 503, "den startar bara en gång", `value="`+form.Get("nonce")+`"`)
	w.fail["Start"] = nil
	if got := b.send(http.MethodPost, newForm, b.form(got.Body.String(), "confirm", "yes")); got.Code != 303 || len(w.started) != 1 {
		t.Errorf("%d, %d started", got.Code, len(w.started))
	}
}

func TestActivatePage_KeepsFormAfterSessionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	b := openBrowser(t, s, nils.Email)
	form := b.form(b.get(newForm), append(linda, "period.start", "next_month")...)
	b.cookies = map[string]string{} // the session has ended
	says(t, b.send(http.MethodPost, newForm, form), 401, "Logga in för att fortsätta", "finns kvar")
	b.login(nils.Email)
	got := b.send(http.MethodGet, newForm, nil)
	says(t, got, 200, "Det du skrev finns kvar", `value="linda@har.example"`, `value="070-123 45 67"`, `value="next_month" checked`)
	says(t, b.send(http.MethodPost, newForm, b.form(got.Body.String())), 200, "Ändra uppgifterna", "linda@har.example")
	if w.changes() != 0 {
		t.Errorf("something changed: %v", w.calls)
	}
	says(t, b.send(http.MethodPost, "/customers/c-other/collaborations/"+solutionID, b.form(b.get(newForm))), 404, "Det finns inget här")
	says(t, openBrowser(t, s, "ake@akes.example").send(http.MethodGet, newForm, nil), 403, "Sidan är inte till för dig")
}

// The form suggests the language of the contact's last invitation, and sends the choice.
func TestActivatePage_Language(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.lastLocale = collaboration.English
	b := openBrowser(t, w.server(t), nils.Email)
	page := b.get("/customers/c-platform/collaborations/digital-invoices")
	if !strings.Contains(page, `name="locale" value="en" checked`) {
		t.Error("the language of the last invitation is not suggested")
	}
	for _, choice := range []string{"en", "sv"} {
		w.started = nil
		path := "/customers/c-platform/collaborations/digital-invoices"
		confirmation := b.submit(path, "locale", choice).Body.String()
		b.send(http.MethodPost, path, b.form(confirmation, "confirm", "yes"))
		if len(w.started) != 1 || string(w.started[0].Locale) != choice {
			t.Errorf("chose %s, started %+v", choice, w.started)
		}
	}
}
