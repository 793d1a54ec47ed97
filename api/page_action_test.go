package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// runs makes an activation an active collaboration of one year.
func runs(r *collaboration.Activation) {
	r.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2026, Month: 12, Day: 1}, Started: true, Months: 12, Term: 1, Renews: true}
}

// noticed gives notice: the collaboration ends with its term.
func noticed(r *collaboration.Activation) {
	runs(r)
	r.Agreement.Renews = false
}

// twoAdministrators adds a second administrator and the task t-2 to a customer.
func (w *world) twoAdministrators(customer string) {
	c := w.customers[customer]
	c.Administrators = append(c.Administrators, collaboration.Administrator{ID: "a-9", Contact: collaboration.Contact{Name: "Ture Öberg", Email: "ture@oberg.example"}})
	c.Tasks = append(c.Tasks, collaboration.Task{ID: "t-2", CustomerID: customer, Name: "Bokslut", OwnerID: "emp-nils", Open: true})
	w.customers[customer] = c
}

func onTask(id string) func(*collaboration.Activation) {
	return func(r *collaboration.Activation) { r.TaskID, r.TaskName = id, "Löpande bokföring" }
}

// action is one form with its values.
type action struct {
	name, do, as, customer string
	state                  collaboration.State
	with                   []func(*collaboration.Activation)
	filled                 []string
}

func (a action) in(t *testing.T, lang string) (*world, *browser, string) {
	t.Helper()
	w := newWorld()
	w.twoAdministrators("c-platform")
	if a.customer == "" {
		a.customer = "c-platform"
	}
	if a.do == "correct" {
		a.with = append(a.with, createsContact)
	}
	id := w.with(a.customer, a.state, append([]func(*collaboration.Activation){onTask("t-platform")}, a.with...)...)
	b := openBrowser(t, w.server(t), a.as)
	b.lang = lang
	return w, b, "/activations/" + string(id) + "/" + a.do
}

func TestActionPage_SendsCommand(t *testing.T) {
	t.Parallel()
	pending, running := collaboration.AwaitingApproval, collaboration.Active
	for _, tt := range []struct {
		action
		sv, en string // the announced consequence of the action
		good   func(any) bool
	}{
		{action{name: "resend", do: "resend", as: nils.Email, state: pending}, "30 nya dagar", "30 new days", func(m any) bool {
			r := m.(message.Command)
			return r.By == nils.ID && r.ID != "" && r.Activation != ""
		}},
		{action{name: "correct", do: "correct", as: nils.Email, state: pending, filled: []string{"email", " ny@oberg.example "}}, "på den nya adressen", "at the new address",
			func(m any) bool { return m.(message.Command).Email == "ny@oberg.example" }},
		{action{name: "forward", do: "forward", as: nils.Email, state: pending, filled: []string{"administrator_id", "a-9"}}, "Ture Öberg (ture@oberg.example)", "instead of to Åsa Öberg",
			func(m any) bool { return m.(message.Command).Administrator == "a-9" }},
		{action{name: "withdraw", do: "withdraw", as: nils.Email, state: pending}, "avaktiveras igen", "is deactivated again",
			func(m any) bool { return m.(message.Command).By == nils.ID }},
		{action{name: "task of a pending one", do: "change", as: nils.Email, state: pending, filled: []string{"task_id", "t-2"}}, "Bokslut", "Bokslut", func(m any) bool {
			c := m.(message.Command)
			return c.Change.TaskID == "t-2" && c.Change.InvoiceRecipient == "" && c.Change.Period == nil && c.Change.RemindersPaused == nil && c.Change.AgreementMonths == 0
		}},
		{action{name: "terms of a pending one", do: "change", as: nils.Email, state: pending,
			filled: []string{"invoice_recipient", "customer", "period.start", "chosen_month", "period.month", "2027-06-01", "reminders_paused", "true"}}, "skickas en ny inbjudan till Åsa Öberg", "a new invitation goes to Åsa Öberg", func(m any) bool {
			c := m.(message.Command)
			june := collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2027, Month: 6, Day: 1}}
			return c.Change.TaskID == "" && c.Change.InvoiceRecipient == collaboration.PaidByCustomer && *c.Change.Period == june && *c.Change.RemindersPaused
		}},
		{action{name: "length of a pending one", do: "change", as: nils.Email, customer: "c-has", state: pending, filled: []string{"agreement_months", "3"}}, "3 månader", "3 months",
			func(m any) bool { return m.(message.Command).Change.AgreementMonths == 3 }},
		{action{name: "start of a chosen month becomes the approval", do: "change", as: nils.Email, state: pending, with: []func(*collaboration.Activation){func(r *collaboration.Activation) {
			r.Period = collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2026, Month: 11, Day: 1}}
		}}, filled: []string{"period.start", "on_approval"}}, "1 november 2026", "1 November 2026", func(m any) bool {
			return *m.(message.Command).Change.Period == collaboration.Period{Start: collaboration.OnApproval}
		}},
		{action{name: "task of a running one", do: "change", as: nils.Email, state: running, with: []func(*collaboration.Activation){runs}, filled: []string{"task_id", "t-2"}}, "får det nya uppdragets deltagare åtkomst", "its members have access in place of the others",
			func(m any) bool { return m.(message.Command).Change.TaskID == "t-2" }},
		{action{name: "terms of a running one", do: "change", as: maja.Email, state: running, with: []func(*collaboration.Activation){runs}, filled: []string{"invoice_recipient", "customer", "agreement_months", "3"}}, "Det gäller när kunden har godkänt det", "takes effect once the customer approves it", func(m any) bool {
			c := m.(message.Command)
			return c.Change.InvoiceRecipient == collaboration.PaidByCustomer && c.Change.AgreementMonths == 3 && c.Change.TaskID == ""
		}},
		{action{name: "withdraw a proposed change", do: "withdraw-change", as: maja.Email, state: running, with: []func(*collaboration.Activation){runs, proposedTo}}, "Avtalet gäller oförändrat", "The agreement stays as it is",
			func(m any) bool { return m.(message.Command).Kind == collaboration.CommandWithdrawChange }},
		{action{name: "end now", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Activation){runs}, filled: []string{"when", "now", "on", "2027-03-15"}}, "kan läsa men inte längre ändra", "can read but no longer change", func(m any) bool {
			e := m.(message.Command)
			return e.End.When == collaboration.EndNow && e.End.On.IsZero() && e.By == maja.ID
		}},
		{action{name: "end with the term", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Activation){runs}, filled: []string{"when", "end_of_term"}}, "När perioden slutar, efter 30 november 2027", "When the term ends, after 30 November 2027",
			func(m any) bool { return m.(message.Command).End.When == collaboration.EndOfTerm }},
		{action{name: "end on a day", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Activation){runs}, filled: []string{"when", "on_date", "on", "2027-03-15"}}, "Mindre än två år fram", "less than two years ahead",
			func(m any) bool {
				return m.(message.Command).End.On == collaboration.Date{Year: 2027, Month: 3, Day: 16}
			}},
		{action{name: "take back", do: "revoke-notice", as: maja.Email, state: running, with: []func(*collaboration.Activation){noticed}}, "fortsätter efter 30 november 2027", "continues after 30 November 2027",
			func(m any) bool { return m.(message.Command).By == maja.ID }},
	} {
		for lang, text := range map[string]string{"sv": tt.sv, "en": tt.en} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
				t.Parallel()
				w, b, path := tt.in(t, lang)
				says(t, b.send(http.MethodGet, path, nil), 200, text)
				got := b.submit(path, tt.filled...)
				if page, _, _ := strings.Cut(got.Header().Get("Location"), "?"); got.Code != 303 || page != strings.TrimSuffix(path, "/"+tt.do) {
					t.Fatalf("status %d, to %q\n%s", got.Code, got.Header().Get("Location"), got.Body)
				}
				if len(w.messages) != 1 || !tt.good(w.messages[0]) {
					t.Errorf("the workflow got %+v", w.messages)
				}
			})
		}
	}
}

// A form that is sent twice is one command.
func TestActionPage_SendsFormOnce(t *testing.T) {
	t.Parallel()
	for _, a := range []action{
		{do: "resend", as: nils.Email, state: collaboration.AwaitingApproval},
		{do: "correct", as: nils.Email, state: collaboration.AwaitingApproval, filled: []string{"email", "ny@oberg.example"}},
		{do: "change", as: nils.Email, state: collaboration.AwaitingApproval, filled: []string{"task_id", "t-2"}},
		{do: "end", as: maja.Email, state: collaboration.Active, with: []func(*collaboration.Activation){runs}, filled: []string{"when", "end_of_term"}},
	} {
		t.Run(a.do, func(t *testing.T) {
			t.Parallel()
			w, b, path := a.in(t, "sv")
			form := b.form(b.get(path), a.filled...)
			id := collaboration.ActivationID(strings.Split(path, "/")[2])
			w.onMessage = func() { w.becomes(id, onTask("t-2")) } // the effect of the first request
			for range 2 {
				says(t, b.send(http.MethodPost, path, form), 303)
			}
			if ids := w.messageIDs(); len(ids) != 2 || ids[0] != ids[1] {
				t.Errorf("messages %q", ids)
			}
		})
	}
}

func TestActionPage_RejectsInvalidInput(t *testing.T) {
	t.Parallel()
	pending, running := collaboration.AwaitingApproval, collaboration.Active
	for _, tt := range []struct {
		action
		sv, en string
		field  string // the field that the error links to
	}{
		{action{name: "no address", do: "correct", as: nils.Email, state: pending, filled: []string{"email", ""}}, "Uppgiften måste fyllas i.", "This is required.", "email"},
		{action{name: "no such address", do: "correct", as: nils.Email, state: pending, filled: []string{"email", "asa@"}}, "fel format", "right format", "email"},
		{action{name: "to nobody", do: "forward", as: nils.Email, state: pending}, "Uppgiften måste fyllas i.", "This is required.", "administrator_id"},
		{action{name: "to somebody else's", do: "forward", as: nils.Email, state: pending, filled: []string{"administrator_id", "a-1"}}, "ingen sådan administratör", "no such administrator", "administrator_id"},
		{action{name: "nothing", do: "change", as: nils.Email, state: pending}, "Du har inte ändrat något.", "You have not changed anything.", ""},
		{action{name: "a task of somebody else", do: "change", as: nils.Email, state: running, with: []func(*collaboration.Activation){runs}, filled: []string{"task_id", "t-has"}}, "hör till en annan kund", "belongs to another customer", "task_id"},
		{action{name: "no month", do: "change", as: nils.Email, state: pending, filled: []string{"period.start", "chosen_month", "period.month", ""}}, "Välj vilken månad avtalet startar", "Choose the month in which the agreement starts", "period.month"},
		{action{name: "a length that there is not", do: "change", as: maja.Email, state: running, with: []func(*collaboration.Activation){runs}, filled: []string{"agreement_months", "x"}}, "Avtalsperiod från nästa förlängning", "Agreement period from the next renewal", "agreement_months"},
		{action{name: "no end", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Activation){runs}}, "Välj när samarbetet ska avslutas", "Choose when the collaboration should end", "when"},
		{action{name: "on no day", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Activation){runs}, filled: []string{"when", "on_date"}}, "måste fyllas i", "This is required", "on"},
		{action{name: "on no such day", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Activation){runs}, filled: []string{"when", "on_date", "on", "2027-02-30"}}, "fel format", "right format", "on"},
		{action{name: "on a day that has been", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Activation){runs}, filled: []string{"when", "on_date", "on", "2026-11-22"}}, "har redan varit", "is in the past", "on"},
	} {
		for lang, text := range map[string]string{"sv": tt.sv, "en": tt.en} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
				t.Parallel()
				w, b, path := tt.in(t, lang)
				got := b.submit(path, tt.filled...)
				says(t, got, 422, text)
				if tt.field != "" {
					id := "field-" + strings.ReplaceAll(tt.field, ".", "-")
					says(t, got, 422, `<a href="#`+id+`"`, `id="`+id+`"`)
				}
				for i := 0; i+1 < len(tt.filled); i += 2 { // the input is kept
					if value := tt.filled[i+1]; value != "" && !strings.HasPrefix(value, "a-1") && value != "t-has" && value != "x" {
						says(t, got, 422, `value="`+value+`"`)
					}
				}
				if w.changes() != 0 {
					t.Errorf("something was changed: %v", w.calls)
				}
			})
		}
	}
}

// Another employee was faster: the form changes nothing, and the page shows the latest
// event.
func TestActionPage_ShowsNewerState(t *testing.T) {
	t.Parallel()
	pending := collaboration.AwaitingApproval
	for _, tt := range []struct {
		action
		became []func(*collaboration.Activation)
		status int
		sv, en []string
	}{
		{action{name: "approved in between", do: "withdraw", as: nils.Email, state: pending}, []func(*collaboration.Activation){state(collaboration.Active), runs, decision(collaboration.Approve)}, 412,
			[]string{"Något hände medan sidan var öppen", "Pågår", "Kunden godkände", "Visa historiken"}, []string{"The activation changed while this page was open", "Active", "The customer approved"}},
		{action{name: "declined in between", do: "correct", as: nils.Email, state: pending, filled: []string{"email", "ny@oberg.example"}}, []func(*collaboration.Activation){state(collaboration.Declined), decision(collaboration.Decline)}, 412,
			[]string{"Avböjd", "Kunden tackade nej", "Aktivera igen"}, []string{"Declined", "Activate again"}},
		{action{name: "changed in between", do: "change", as: nils.Email, state: pending, filled: []string{"task_id", "t-2"}}, []func(*collaboration.Activation){func(r *collaboration.Activation) { r.InvoiceRecipient = collaboration.PaidByCustomer }}, 412,
			[]string{"Något hände medan sidan var öppen", `value="t-2" selected`, `value="customer" checked`, "Spara ändringen"}, []string{"Save the change"}},
	} {
		for lang, texts := range map[string][]string{"sv": tt.sv, "en": tt.en} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
				t.Parallel()
				w, b, path := tt.in(t, lang)
				form := b.form(b.get(path), tt.filled...)
				w.becomes(collaboration.ActivationID(strings.Split(path, "/")[2]), tt.became...)
				says(t, b.send(http.MethodPost, path, form), tt.status, texts...)
				if len(w.messages) != 0 {
					t.Errorf("messages %+v", w.messages)
				}
			})
		}
	}
}

// A form of an old version can be sent again, and changes only the edited fields.
func TestActionPage_ResendsOnlyChangedFields(t *testing.T) {
	t.Parallel()
	w, b, path := action{do: "change", as: nils.Email, state: collaboration.AwaitingApproval}.in(t, "sv")
	form := b.form(b.get(path), "task_id", "t-2")
	w.becomes(collaboration.ActivationID(strings.Split(path, "/")[2]), func(r *collaboration.Activation) { r.InvoiceRecipient = collaboration.PaidByCustomer })
	refused := b.send(http.MethodPost, path, form)
	says(t, b.send(http.MethodPost, path, b.form(refused.Body.String())), 303)
	if c, ok := w.messages[0].(message.Command); !ok || c.Change.TaskID != "t-2" || c.Change.InvoiceRecipient != "" {
		t.Errorf("the workflow got %+v", w.messages)
	}
}

// The workflow has a decision that the store does not have yet.
func TestActionPage_ShowsRejectionOfWorkflow(t *testing.T) {
	t.Parallel()
	w, b, path := action{do: "resend", as: nils.Email, state: collaboration.AwaitingApproval}.in(t, "sv")
	w.fail["resend"] = &collaboration.Error{Code: collaboration.CodeAlreadyDecided}
	id := collaboration.ActivationID(strings.Split(path, "/")[2])
	w.statuses[id] = message.Status{
		State: collaboration.Active, Decision: &collaboration.Decision{Outcome: collaboration.Approve, At: now},
		Agreement: &collaboration.Agreement{StartsOn: collaboration.DateOf(now), Started: true, Months: 12, Term: 1, Renews: true},
	}
	says(t, b.submit(path), 409, "Inbjudan är redan besvarad.", "Pågår", "Kunden godkände", "23 november 2026")
}

func TestActionPage_OutcomeUnknown(t *testing.T) {
	t.Parallel()
	w, b, path := action{do: "resend", as: nils.Email, state: collaboration.AwaitingApproval}.in(t, "sv")
	w.fail["resend"] = &collaboration.Error{Code: collaboration.CodeOutcomeUnknown}
	here := strings.TrimSuffix(path, "/resend")
	if to := b.submit(path).Header().Get("Location"); to != here || b.pendingNotice() != here+" taken" {
		t.Errorf("leads to %q with %q", to, b.pendingNotice())
	}
}

// Temporal is unavailable: a retry of the form is the same command.
func TestActionPage_RetryHasSameCommandID(t *testing.T) {
	t.Parallel()
	w, b, path := action{do: "change", as: nils.Email, state: collaboration.AwaitingApproval}.in(t, "en")
	w.fail["change"] = &collaboration.Error{Code: collaboration.CodeUnavailable}
	id := collaboration.ActivationID(strings.Split(path, "/")[2])
	w.onMessage = func() { w.becomes(id, onTask("t-2")) } // the workflow accepted it nevertheless
	failed := b.submit(path, "task_id", "t-2")
	says(t, failed, 503, "Try again shortly")
	w.fail["change"] = nil
	says(t, b.send(http.MethodPost, path, b.form(failed.Body.String())), 303)
	if ids := w.messageIDs(); len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("messages %q", ids)
	}
}

func TestActionPage_ClosedActivation(t *testing.T) {
	t.Parallel()
	for do, in := range map[string]collaboration.State{"resend": collaboration.Active, "correct": collaboration.Expired, "forward": collaboration.Withdrawn,
		"withdraw": collaboration.Declined, "change": collaboration.Ended, "end": collaboration.Ended, "revoke-notice": collaboration.Active} {
		t.Run(do, func(t *testing.T) {
			t.Parallel()
			_, b, path := action{do: do, as: maja.Email, state: in, with: []func(*collaboration.Activation){runs}}.in(t, "sv")
			got := b.send(http.MethodGet, path, nil)
			says(t, got, 409, "Det går inte att göra längre")
			if strings.Contains(got.Body.String(), `name="nonce"`) {
				t.Error("the page has the form")
			}
		})
	}
}

func TestActionPage_EndRequiresMainContact(t *testing.T) {
	t.Parallel()
	w, b, path := action{do: "end", as: maja.Email, customer: "c-orphan", state: collaboration.Active, with: []func(*collaboration.Activation){runs}}.in(t, "sv")
	says(t, b.send(http.MethodGet, path, nil), 409, "Kunden saknar huvudkontakt", `href="/customers/c-orphan/contacts"`)
	c := w.customers["c-orphan"]
	c.Administrators = []collaboration.Administrator{{ID: "a-4", MainContact: true}}
	w.customers["c-orphan"] = c
	form := b.form(b.get(path), "when", "now")
	c.Administrators = nil // removed before the form is sent
	w.customers["c-orphan"] = c
	says(t, b.send(http.MethodPost, path, form), 409, "Kunden saknar huvudkontakt")
	if w.changes() != 0 {
		t.Errorf("something was changed: %v", w.calls)
	}
}

// A page has no form for an action that the employee's role does not allow.
func TestActionPage_RequiresRole(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		do, as string
		filled []string
		status int
	}{
		{"end", nils.Email, nil, 403}, {"revoke-notice", nils.Email, nil, 403},
		{"change", nils.Email, []string{"invoice_recipient", "customer"}, 403}, {"change", nils.Email, []string{"agreement_months", "3"}, 403},
		{"change", sara.Email, nil, 404}, {"end", sara.Email, nil, 404}, {"change", "asa@oberg.example", nil, 403},
	} {
		w, b, path := action{do: tt.do, as: tt.as, state: collaboration.Active, with: []func(*collaboration.Activation){noticed}}.in(t, "sv")
		if tt.filled == nil {
			says(t, b.send(http.MethodGet, path, nil), tt.status)
		} else {
			says(t, b.submit(path, tt.filled...), tt.status)
		}
		if w.changes() != 0 {
			t.Errorf("%s by %s changed something: %v", tt.do, tt.as, w.calls)
		}
	}
	_, b, path := action{do: "change", as: nils.Email, state: collaboration.Active, with: []func(*collaboration.Activation){runs}}.in(t, "sv")
	for _, name := range []string{"invoice_recipient", "agreement_months"} {
		if strings.Contains(b.get(path), `name="`+name+`"`) {
			t.Errorf("an employee gets the form %s", name)
		}
	}
}

// The session ends before the form is sent: the form is shown again with its values, and
// is not sent by itself.
func TestActionPage_KeepsFormAfterSessionEnds(t *testing.T) {
	t.Parallel()
	w, b, path := action{do: "correct", as: nils.Email, state: collaboration.AwaitingApproval}.in(t, "sv")
	form := b.form(b.get(path), "email", "ny@oberg.example")
	b.send(http.MethodPost, "/logout", url.Values{"token": form["token"]})
	says(t, b.send(http.MethodPost, path, form), 401, "Det du hade skrivit finns kvar")
	b.login(nils.Email)
	again := b.get(path)
	if form := b.form(again); form.Get("email") != "ny@oberg.example" || !strings.Contains(again, "Det du skrev finns kvar") {
		t.Errorf("the input is lost: %v\n%s", form, again)
	}
	if len(w.messages) != 0 {
		t.Errorf("messages %+v", w.messages)
	}
	says(t, b.send(http.MethodPost, path, b.form(again)), 303)
	if len(w.messages) != 1 || w.messages[0].(message.Command).Email != "ny@oberg.example" {
		t.Errorf("messages %+v", w.messages)
	}
}

// A form without the CSRF token is rejected.
func TestCSRF_RejectsFormWithoutToken(t *testing.T) {
	t.Parallel()
	w, b, path := action{do: "resend", as: nils.Email, state: collaboration.AwaitingApproval}.in(t, "sv")
	for name, value := range map[string]string{"nonce": "mine", "version": "new", "token": "another"} {
		form := b.form(b.get(path), name, value)
		if got := b.send(http.MethodPost, path, form); name != "token" {
			says(t, got, 400, "Formuläret kunde inte läsas")
		} else if got.Code != 303 || got.Header().Get("Location") != path {
			t.Errorf("status %d", got.Code)
		}
	}
	if len(w.messages) != 0 {
		t.Errorf("messages %+v", w.messages)
	}
}
