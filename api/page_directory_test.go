package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// A rejected form names each wrong field, and keeps the input.
func TestEntryForms_NameEveryWrongField(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	for path, wants := range map[string][]string{
		"/customers/new":                         {`href="#field-name"`, `href="#field-organisation_number"`, `value="K 1"`},
		"/customers/c-platform/edit":             {`href="#field-name"`, `href="#field-organisation_number"`, `value="K 1"`},
		"/customers/c-platform/tasks/new":        {`href="#field-name"`, `href="#field-owner"`},
		"/customers/c-platform/tasks/t-platform": {`href="#field-name"`, `href="#field-owner"`},
		"/customers/c-platform/contacts/new":     {`href="#field-name"`, `href="#field-email"`, `href="#field-phone"`, `value="no address"`},
		"/customers/c-platform/contacts/a-2":     {`href="#field-name"`, `href="#field-email"`, `href="#field-phone"`, `value="no address"`},
	} {
		got := b.submit(path, "name", "", "organisation_number", "123", "reference", "K 1", "owner", "", "email", "no address", "phone", "x")
		says(t, got, 422, wants...)
	}
	if n := w.changes(); n != 0 {
		t.Errorf("%d changes", n)
	}
}

// A conflict says what to do, and the form can be sent again.
func TestEntryForms_ExplainConflicts(t *testing.T) {
	t.Parallel()
	for code, c := range map[collaboration.Code]struct{ call, path, want string }{
		collaboration.CodeTaskInUse:            {"EditTask", "/customers/c-platform/tasks/t-platform", "Välj ett annat uppdrag"},
		collaboration.CodeCustomerActive:       {"SetCustomerArchived", "/customers/c-platform/archive", "pågående samarbete"},
		collaboration.CodeAdministratorInvited: {"RemoveAdministrator", "/customers/c-platform/contacts/a-2/remove", "öppen inbjudan"},
		collaboration.CodePreconditionFailed:   {"EditCustomer", "/customers/c-platform/edit", "<button"},
	} {
		w := newWorld()
		w.fail[c.call] = &collaboration.Error{Code: code}
		b := openBrowser(t, w.server(t), maja.Email)
		got := b.submit(c.path, "name", "Nya AB", "organisation_number", "5566778899", "owner", "emp-nils")
		if got.Code != 409 && got.Code != 412 || !strings.Contains(got.Body.String(), c.want) {
			t.Errorf("%s: %d, without %q", code, got.Code, c.want)
		}
	}
}

// The form of a sole trader shows the number masked, and keeps it.
func TestEditCustomer_KeepsMaskedNumber(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := w.customers["c-new"]
	c.Version, c.OrganisationNumber = 1, "8502142386"
	w.customers["c-new"] = c
	b := openBrowser(t, w.server(t), maja.Email)
	page := b.get("/customers/c-new/edit")
	if strings.Contains(page, "2386") {
		t.Error("the number is not masked")
	}
	got := b.send(http.MethodPost, "/customers/c-new/edit", b.form(page, "name", "Lindas Hår & Skägg"))
	if got.Code != 303 {
		t.Errorf("%d", got.Code)
	}
	if w.edited.Number != "8502142386" {
		t.Errorf("the number became %q", w.edited.Number)
	}
}

// Without an open task the page names the gap once, and does not offer Activate.
func TestCustomerPage_WithoutOpenTask(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, newWorld().server(t), nils.Email)
	page := b.get("/customers/c-idle")
	if n := strings.Count(page, "inget öppet uppdrag"); n != 1 || !strings.Contains(page, `href="/customers/c-idle/tasks/new"`) {
		t.Errorf("said %d times what is missing", n)
	}
	if strings.Contains(page, "/customers/c-idle/collaborations/") {
		t.Error("Activate is offered")
	}
	if page := b.get("/customers/c-has"); !strings.Contains(page, "/customers/c-has/collaborations/") {
		t.Error("Activate is not offered with an open task")
	}
}

// A new employee receives a mail, and an edited one does not.
func TestEmployees_ReceiveMailOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	if got := b.submit("/office/people/new", "name", "Kim", "email", "kim@byran.example", "role", "employee"); got.Code != 303 {
		t.Fatalf("%d", got.Code)
	}
	if len(w.announced) != 1 || w.announced[0].ID != w.hired.ID || w.announced[0].OfficeID != maja.OfficeID {
		t.Errorf("announced %+v, hired %+v", w.announced, w.hired)
	}
	b.submit("/office/people/emp-nils", "name", "Nils B", "email", nils.Email, "role", "employee")
	if len(w.announced) != 1 {
		t.Errorf("announced %+v", w.announced)
	}
}

// Every way to change the address of an administrator mails the old and the new address.
func TestEditAdministrator_MailsBothAddresses(t *testing.T) {
	t.Parallel()
	page := func(w *world, t *testing.T, email string) {
		b := openBrowser(t, w.server(t), nils.Email)
		if got := b.submit("/customers/c-has/contacts/a-1", "name", "Åke", "email", email, "phone", "0701234567"); got.Code != 303 {
			t.Errorf("%d", got.Code)
		}
	}
	json := func(w *world, t *testing.T, email string) {
		r := request{method: "PUT", url: "/v1/customers/c-has/administrators/a-1", as: "nils", body: `{"name":"Åke","email":"` + email + `","phone":"0701234567"}`}
		if got := r.send(w.server(t)); got.Code != 200 {
			t.Errorf("%d\n%s", got.Code, got.Body)
		}
	}
	for name, edit := range map[string]func(*world, *testing.T, string){"page": page, "JSON": json} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			edit(w, t, "AKE@akes.example")
			if len(w.announced) != 0 || w.addressChange != "" {
				t.Errorf("the same address: %+v", w.announced)
			}
			edit(w, t, "ny@akes.example")
			if w.addressChange == "" || !slices.Equal(w.announced, message.AddressMails(nils.OfficeID, w.addressChange)) {
				t.Errorf("announced %+v for %q", w.announced, w.addressChange)
			}
		})
	}
}
