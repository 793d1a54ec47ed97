package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/collaboration"
)

// runs makes an activation a running collaboration of one year.
func runs(r *collaboration.Record) {
	r.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2026, Month: 12, Day: 1}, Months: 12, Term: 1, Renews: true}
}

// noticed is one that will not renew.
func noticed(r *collaboration.Record) {
	runs(r)
	r.Agreement.Renews = false
}

// twoAdministrators gives a customer another person, and the task t-2.
func (w *world) twoAdministrators(customer string) {
	c := w.customers[customer]
	c.Administrators = append(c.Administrators, collaboration.Administrator{ID: "a-9", Name: "Ture Öberg", Email: "ture@oberg.example"})
	c.Tasks = append(c.Tasks, collaboration.Task{ID: "t-2", CustomerID: customer, Name: "Bokslut", OwnerID: "emp-nils", Open: true})
	w.customers[customer] = c
}

func onTask(id string) func(*collaboration.Record) {
	return func(r *collaboration.Record) { r.TaskID, r.TaskName = id, "Löpande bokföring" }
}

// action is one form, filled in by somebody.
type action struct {
	name, do, as, customer string
	state                  collaboration.State
	with                   []func(*collaboration.Record)
	filled                 []string
}

func (a action) in(t *testing.T, lang string) (*world, *browser, string) {
	t.Helper()
	w := newWorld()
	w.twoAdministrators("c-platform")
	if a.customer == "" {
		a.customer = "c-platform"
	}
	id := w.with(a.customer, a.state, append([]func(*collaboration.Record){onTask("t-platform")}, a.with...)...)
	b := openBrowser(t, w.server(t), a.as)
	b.lang = lang
	return w, b, "/activations/" + string(id) + "/" + a.do
}

func TestFormsReachTheWorkflow(t *testing.T) {
	pending, running := collaboration.AwaitingApproval, collaboration.Active
	for _, tt := range []struct {
		action
		sv, en string // what the page says will happen
		good   func(any) bool
	}{
		{action{name: "resend", do: "resend", as: nils.Email, state: pending}, "30 nya dagar", "30 new days", func(m any) bool {
			r := m.(collaboration.Resend)
			return r.By == nils.ID && r.ID != "" && r.Activation != ""
		}},
		{action{name: "correct", do: "correct", as: nils.Email, state: pending, filled: []string{"email", " ny@oberg.example "}}, "på den nya adressen", "at the new address",
			func(m any) bool { return m.(collaboration.Correction).Email == "ny@oberg.example" }},
		{action{name: "forward", do: "forward", as: nils.Email, state: pending, filled: []string{"administrator_id", "a-9"}}, "Ture Öberg (ture@oberg.example)", "instead of to Åsa Öberg",
			func(m any) bool { return m.(collaboration.Forwarding).Administrator == "a-9" }},
		{action{name: "withdraw", do: "withdraw", as: nils.Email, state: pending}, "avaktiveras igen", "is deactivated again",
			func(m any) bool { return m.(collaboration.Withdrawal).By == nils.ID }},
		{action{name: "task of a pending one", do: "change", as: nils.Email, state: pending, filled: []string{"task_id", "t-2"}}, "Bokslut", "Bokslut", func(m any) bool {
			c := m.(collaboration.Change)
			return c.TaskID == "t-2" && c.InvoiceRecipient == "" && c.Period == nil && c.RemindersPaused == nil && c.AgreementMonths == 0
		}},
		{action{name: "terms of a pending one", do: "change", as: nils.Email, state: pending,
			filled: []string{"invoice_recipient", "customer", "period.start", "chosen_month", "period.month", "2027-06-01", "reminders_paused", "true"}}, "skickas en ny inbjudan till Åsa Öberg", "a new invitation goes to Åsa Öberg", func(m any) bool {
			c := m.(collaboration.Change)
			june := collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2027, Month: 6, Day: 1}}
			return c.TaskID == "" && c.InvoiceRecipient == collaboration.PaidByCustomer && *c.Period == june && *c.RemindersPaused
		}},
		{action{name: "length of a pending one", do: "change", as: nils.Email, customer: "c-has", state: pending, filled: []string{"agreement_months", "3"}}, "3 månader", "3 months",
			func(m any) bool { return m.(collaboration.Change).AgreementMonths == 3 }},
		{action{name: "start of a chosen month becomes the approval", do: "change", as: nils.Email, state: pending, with: []func(*collaboration.Record){func(r *collaboration.Record) {
			r.Period = collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2026, Month: 11, Day: 1}}
		}}, filled: []string{"period.start", "on_approval"}}, "1 november 2026", "1 November 2026", func(m any) bool {
			return *m.(collaboration.Change).Period == collaboration.Period{Start: collaboration.OnApproval}
		}},
		{action{name: "task of a running one", do: "change", as: nils.Email, state: running, with: []func(*collaboration.Record){runs}, filled: []string{"task_id", "t-2"}}, "får det nya uppdragets deltagare åtkomst", "the people on the new one get access",
			func(m any) bool { return m.(collaboration.Change).TaskID == "t-2" }},
		{action{name: "terms of a running one", do: "change", as: maja.Email, state: running, with: []func(*collaboration.Record){runs}, filled: []string{"invoice_recipient", "customer", "agreement_months", "3"}}, "från nästa förlängning, 1 december 2027", "from the next renewal, 1 December 2027", func(m any) bool {
			c := m.(collaboration.Change)
			return c.InvoiceRecipient == collaboration.PaidByCustomer && c.AgreementMonths == 3 && c.TaskID == ""
		}},
		{action{name: "end now", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Record){runs}, filled: []string{"when", "now", "on", "2027-03-15"}}, "kan läsa men inte längre ändra", "can read but no longer change", func(m any) bool {
			e := m.(collaboration.Ending)
			return e.When == collaboration.EndNow && e.On.IsZero() && e.By == maja.ID
		}},
		{action{name: "end with the term", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Record){runs}, filled: []string{"when", "end_of_term"}}, "När perioden slutar, 1 december 2027", "When the term ends, on 1 December 2027",
			func(m any) bool { return m.(collaboration.Ending).When == collaboration.EndOfTerm }},
		{action{name: "end on a day", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Record){runs}, filled: []string{"when", "on_date", "on", "2027-03-15"}}, "Högst två år fram", "Two years ahead at most",
			func(m any) bool {
				return m.(collaboration.Ending).On == collaboration.Date{Year: 2027, Month: 3, Day: 15}
			}},
		{action{name: "take back", do: "take-back", as: maja.Email, state: running, with: []func(*collaboration.Record){noticed}}, "fortsätter efter 1 december 2027", "goes on after 1 December 2027",
			func(m any) bool { return m.(collaboration.TakingBack).By == maja.ID }},
	} {
		for lang, text := range map[string]string{"sv": tt.sv, "en": tt.en} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
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

// A double click, or a form that is sent again, is the same message.
func TestAFormThatIsSentTwice(t *testing.T) {
	for _, a := range []action{
		{do: "resend", as: nils.Email, state: collaboration.AwaitingApproval},
		{do: "correct", as: nils.Email, state: collaboration.AwaitingApproval, filled: []string{"email", "ny@oberg.example"}},
		{do: "change", as: nils.Email, state: collaboration.AwaitingApproval, filled: []string{"task_id", "t-2"}},
		{do: "end", as: maja.Email, state: collaboration.Active, with: []func(*collaboration.Record){runs}, filled: []string{"when", "end_of_term"}},
	} {
		t.Run(a.do, func(t *testing.T) {
			w, b, path := a.in(t, "sv")
			form := b.form(b.get(path), a.filled...)
			id := collaboration.ActivationID(strings.Split(path, "/")[2])
			w.onMessage = func() { w.becomes(id, onTask("t-2")) } // what the first one did
			for range 2 {
				says(t, b.send(http.MethodPost, path, form), 303)
			}
			if ids := w.messageIDs(); len(ids) != 2 || ids[0] != ids[1] {
				t.Errorf("messages %q", ids)
			}
		})
	}
}

func TestWrongInputChangesNothing(t *testing.T) {
	pending, running := collaboration.AwaitingApproval, collaboration.Active
	for _, tt := range []struct {
		action
		sv, en string
		field  string // that the mistake leads to
	}{
		{action{name: "no address", do: "correct", as: nils.Email, state: pending, filled: []string{"email", ""}}, "Uppgiften måste fyllas i.", "This is required.", "email"},
		{action{name: "no such address", do: "correct", as: nils.Email, state: pending, filled: []string{"email", "asa@"}}, "fel format", "right format", "email"},
		{action{name: "to nobody", do: "forward", as: nils.Email, state: pending}, "Uppgiften måste fyllas i.", "This is required.", "administrator_id"},
		{action{name: "to somebody else's", do: "forward", as: nils.Email, state: pending, filled: []string{"administrator_id", "a-1"}}, "ingen sådan administratör", "no such administrator", "administrator_id"},
		{action{name: "nothing", do: "change", as: nils.Email, state: pending}, "Du har inte ändrat något.", "You have not changed anything.", ""},
		{action{name: "a task of somebody else", do: "change", as: nils.Email, state: running, with: []func(*collaboration.Record){runs}, filled: []string{"task_id", "t-has"}}, "hör till en annan kund", "belongs to another customer", "task_id"},
		{action{name: "no month", do: "change", as: nils.Email, state: pending, filled: []string{"period.start", "chosen_month", "period.month", ""}}, "måste fyllas i", "This is required", "period.month"},
		{action{name: "a length that there is not", do: "change", as: maja.Email, state: running, with: []func(*collaboration.Record){runs}, filled: []string{"agreement_months", "x"}}, "Avtalstid från nästa förlängning", "Agreement period from the next renewal", "agreement_months"},
		{action{name: "no end", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Record){runs}}, "måste fyllas i", "This is required", "when"},
		{action{name: "on no day", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Record){runs}, filled: []string{"when", "on_date"}}, "måste fyllas i", "This is required", "on"},
		{action{name: "on no such day", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Record){runs}, filled: []string{"when", "on_date", "on", "2027-02-30"}}, "fel format", "right format", "on"},
		{action{name: "on a day that has been", do: "end", as: maja.Email, state: running, with: []func(*collaboration.Record){runs}, filled: []string{"when", "on_date", "on", "2026-11-23"}}, "har redan varit", "lies in the past", "on"},
	} {
		for lang, text := range map[string]string{"sv": tt.sv, "en": tt.en} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
				w, b, path := tt.in(t, lang)
				got := b.submit(path, tt.filled...)
				says(t, got, 422, text)
				if tt.field != "" {
					id := "field-" + strings.ReplaceAll(tt.field, ".", "-")
					says(t, got, 422, `<a href="#`+id+`"`, `id="`+id+`"`)
				}
				for i := 0; i+1 < len(tt.filled); i += 2 { // as it was typed
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

// Somebody else was faster: what was sent changes nothing, and the page shows
// what happened instead.
func TestChangesThatComeTooLate(t *testing.T) {
	pending := collaboration.AwaitingApproval
	for _, tt := range []struct {
		action
		became []func(*collaboration.Record)
		status int
		sv, en []string
	}{
		{action{name: "approved meanwhile", do: "withdraw", as: nils.Email, state: pending}, []func(*collaboration.Record){state(collaboration.Active), runs, decision(collaboration.Approve)}, 412,
			[]string{"Något hände medan sidan var öppen", "Pågår", "Kunden godkände", "Visa vad som har hänt"}, []string{"Something happened while the page was open", "Running", "The customer approved"}},
		{action{name: "declined meanwhile", do: "correct", as: nils.Email, state: pending, filled: []string{"email", "ny@oberg.example"}}, []func(*collaboration.Record){state(collaboration.Declined), decision(collaboration.Decline)}, 412,
			[]string{"Avböjd", "Kunden tackade nej", "Aktivera igen"}, []string{"Declined", "Activate again"}},
		{action{name: "changed meanwhile", do: "change", as: nils.Email, state: pending, filled: []string{"task_id", "t-2"}}, []func(*collaboration.Record){func(r *collaboration.Record) { r.InvoiceRecipient = collaboration.PaidByCustomer }}, 412,
			[]string{"Något hände medan sidan var öppen", `value="t-2" selected`, `value="customer" checked`, "Spara ändringen"}, []string{"Save the change"}},
	} {
		for lang, texts := range map[string][]string{"sv": tt.sv, "en": tt.en} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
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

// What was overtaken can be sent again, and changes only what was touched.
func TestAnOvertakenFormIsSentAgain(t *testing.T) {
	w, b, path := action{do: "change", as: nils.Email, state: collaboration.AwaitingApproval}.in(t, "sv")
	form := b.form(b.get(path), "task_id", "t-2")
	w.becomes(collaboration.ActivationID(strings.Split(path, "/")[2]), func(r *collaboration.Record) { r.InvoiceRecipient = collaboration.PaidByCustomer })
	refused := b.send(http.MethodPost, path, form)
	says(t, b.send(http.MethodPost, path, b.form(refused.Body.String())), 303)
	if c, ok := w.messages[0].(collaboration.Change); !ok || c.TaskID != "t-2" || c.InvoiceRecipient != "" {
		t.Errorf("the workflow got %+v", w.messages)
	}
}

// The workflow knows of an answer before the facts do.
func TestTheWorkflowRefuses(t *testing.T) {
	w, b, path := action{do: "resend", as: nils.Email, state: collaboration.AwaitingApproval}.in(t, "sv")
	w.fail["Resend"] = &collaboration.Error{Code: collaboration.CodeAlreadyDecided}
	id := collaboration.ActivationID(strings.Split(path, "/")[2])
	w.standings[id] = collaboration.Standing{State: collaboration.Active, Decision: &collaboration.Decision{Outcome: collaboration.Approve, At: now}}
	says(t, b.submit(path), 409, "Inbjudan är redan besvarad.", "Pågår", "Kunden godkände", "23 november 2026")
}

func TestAnOutcomeThatIsNotKnown(t *testing.T) {
	w, b, path := action{do: "resend", as: nils.Email, state: collaboration.AwaitingApproval}.in(t, "sv")
	w.fail["Resend"] = &collaboration.Error{Code: collaboration.CodeOutcomeUnknown}
	if to := b.submit(path).Header().Get("Location"); to != strings.TrimSuffix(path, "/resend")+"?note=taken" {
		t.Errorf("leads to %q", to)
	}
}

// The engine cannot be reached: the same form, sent again, is the same message.
func TestAFormThatIsSentAgain(t *testing.T) {
	w, b, path := action{do: "change", as: nils.Email, state: collaboration.AwaitingApproval}.in(t, "en")
	w.fail["Change"] = &collaboration.Error{Code: collaboration.CodeUnavailable}
	id := collaboration.ActivationID(strings.Split(path, "/")[2])
	w.onMessage = func() { w.becomes(id, onTask("t-2")) } // it was taken all the same
	failed := b.submit(path, "task_id", "t-2")
	says(t, failed, 503, "Try again shortly")
	w.fail["Change"] = nil
	says(t, b.send(http.MethodPost, path, b.form(failed.Body.String())), 303)
	if ids := w.messageIDs(); len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("messages %q", ids)
	}
}

func TestFormsOfWhatIsOver(t *testing.T) {
	for do, in := range map[string]collaboration.State{"resend": collaboration.Active, "correct": collaboration.Expired, "forward": collaboration.Withdrawn,
		"withdraw": collaboration.Declined, "change": collaboration.Ended, "end": collaboration.Ended, "take-back": collaboration.Active} {
		t.Run(do, func(t *testing.T) {
			_, b, path := action{do: do, as: maja.Email, state: in, with: []func(*collaboration.Record){runs}}.in(t, "sv")
			got := b.send(http.MethodGet, path, nil)
			says(t, got, 409, "Det går inte att göra längre")
			if strings.Contains(got.Body.String(), `name="nonce"`) {
				t.Error("the form is offered")
			}
		})
	}
}

func TestEndingNeedsAMainContact(t *testing.T) {
	w, b, path := action{do: "end", as: maja.Email, customer: "c-orphan", state: collaboration.Active, with: []func(*collaboration.Record){runs}}.in(t, "sv")
	says(t, b.send(http.MethodGet, path, nil), 409, "Kunden saknar huvudkontakt", `href="/customers/c-orphan/contacts"`)
	c := w.customers["c-orphan"]
	c.Administrators = []collaboration.Administrator{{ID: "a-4", MainContact: true}}
	w.customers["c-orphan"] = c
	form := b.form(b.get(path), "when", "now")
	c.Administrators = nil // gone again before the form is sent
	w.customers["c-orphan"] = c
	says(t, b.send(http.MethodPost, path, form), 409, "Kunden saknar huvudkontakt")
	if w.changes() != 0 {
		t.Errorf("something was changed: %v", w.calls)
	}
}

// Nobody has a form for what they may not do.
func TestWhoMayUseAForm(t *testing.T) {
	for _, tt := range []struct {
		do, as string
		filled []string
		status int
	}{
		{"end", nils.Email, nil, 403}, {"take-back", nils.Email, nil, 403},
		{"change", nils.Email, []string{"invoice_recipient", "customer"}, 403}, {"change", nils.Email, []string{"agreement_months", "3"}, 403},
		{"change", sara.Email, nil, 404}, {"end", sara.Email, nil, 404}, {"change", "asa@oberg.example", nil, 403},
	} {
		w, b, path := action{do: tt.do, as: tt.as, state: collaboration.Active, with: []func(*collaboration.Record){noticed}}.in(t, "sv")
		if tt.filled == nil {
			says(t, b.send(http.MethodGet, path, nil), tt.status)
		} else {
			says(t, b.submit(path, tt.filled...), tt.status)
		}
		if w.changes() != 0 {
			t.Errorf("%s by %s changed something: %v", tt.do, tt.as, w.calls)
		}
	}
	_, b, path := action{do: "change", as: nils.Email, state: collaboration.Active, with: []func(*collaboration.Record){runs}}.in(t, "sv")
	for _, name := range []string{"invoice_recipient", "agreement_months"} {
		if strings.Contains(b.get(path), `name="`+name+`"`) {
			t.Errorf("an employee is offered %s", name)
		}
	}
}

// The session ends while somebody fills in the form: it is shown again, filled
// in, and sent only when that is asked for.
func TestASessionThatEndsInMidForm(t *testing.T) {
	w, b, path := action{do: "correct", as: nils.Email, state: collaboration.AwaitingApproval}.in(t, "sv")
	form := b.form(b.get(path), "email", "ny@oberg.example")
	b.send(http.MethodPost, "/logout", url.Values{"token": form["token"]})
	says(t, b.send(http.MethodPost, path, form), 401, "Det du hade skrivit finns kvar")
	b.login(nils.Email)
	again := b.get(path)
	if form := b.form(again); form.Get("email") != "ny@oberg.example" || !strings.Contains(again, "Det du skrev finns kvar") {
		t.Errorf("what was typed is lost: %v\n%s", form, again)
	}
	if len(w.messages) != 0 {
		t.Errorf("messages %+v", w.messages)
	}
	says(t, b.send(http.MethodPost, path, b.form(again)), 303)
	if len(w.messages) != 1 || w.messages[0].(collaboration.Correction).Email != "ny@oberg.example" {
		t.Errorf("messages %+v", w.messages)
	}
}

// A form without what proves that it is of this page does nothing.
func TestAFormThatIsNotOurs(t *testing.T) {
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
