package api_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// asked sends one change to an activation in a state, and returns the command that the
// workflow received, or nil.
func asked(t *testing.T, customer string, st collaboration.State, r request) any {
	t.Helper()
	w := newWorld()
	id := w.with(customer, st)
	if r.url == "/correct" {
		id = w.with(customer, st, createsContact)
	}
	r.url = "/v1/activations/" + string(id) + r.url
	r.check(t, r.send(w.server(t)))
	if len(w.messages) == 0 {
		return nil
	}
	return w.messages[0]
}

func TestChange_SendsCommand(t *testing.T) {
	t.Parallel()
	june := collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2027, Month: 6, Day: 1}}
	pending, running := collaboration.AwaitingApproval, collaboration.Active
	for _, tt := range []struct {
		name, method, url, as, body string
		state                       collaboration.State
		good                        func(any) bool
	}{
		{"task", "PATCH", "", "nils", `{"task_id":"t-platform"}`, pending, func(m any) bool {
			c := m.(message.Command)
			return c.Change.TaskID == "t-platform" && c.By == "emp-nils" && c.ID != "" && c.Activation != "" && c.Change.Period == nil
		}},
		{"invoice recipient, period and reminders", "PATCH", "", "nils", `{"invoice_recipient":"customer","period":{"start":"chosen_month","month":"2027-06-01"},"reminders_paused":true}`, pending, func(m any) bool {
			c := m.(message.Command)
			return c.Change.InvoiceRecipient == collaboration.PaidByCustomer && *c.Change.Period == june && *c.Change.RemindersPaused
		}},
		{"task of an active collaboration", "PATCH", "", "nils", `{"task_id":"t-platform"}`, running, func(m any) bool { return m.(message.Command).Change.TaskID == "t-platform" }},
		{"terms of an active collaboration", "PATCH", "", "maja", `{"invoice_recipient":"customer","agreement_months":3}`, running, func(m any) bool {
			c := m.(message.Command)
			return c.Change.AgreementMonths == 3 && c.Change.InvoiceRecipient == collaboration.PaidByCustomer
		}},
		{"correct", "", "/correct", "nils", `{"email":"ny@oberg.example"}`, pending, func(m any) bool { return m.(message.Command).Email == "ny@oberg.example" }},
		{"forward", "", "/forward", "nils", `{"administrator_id":"a-2"}`, pending, func(m any) bool { return m.(message.Command).Administrator == "a-2" }},
		{"end on a day", "", "/end", "maja", `{"when":"on_date","on":"2027-03-15"}`, running, func(m any) bool {
			e := m.(message.Command)
			return e.End.When == collaboration.EndOnDate && e.End.On == collaboration.Date{Year: 2027, Month: 3, Day: 15}
		}},
		{"revoke notice", "POST", "/revoke-notice", "maja", "", running, func(m any) bool { return m.(message.Command).By == "emp-maja" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := asked(t, "c-platform", tt.state, request{method: tt.method, url: tt.url, as: tt.as, body: tt.body, status: 200})
			if m == nil || !tt.good(m) {
				t.Errorf("the workflow got %+v", m)
			}
		})
	}
}

func TestChange_RejectsInvalidRequests(t *testing.T) {
	t.Parallel()
	pending, running := collaboration.AwaitingApproval, collaboration.Active
	for _, tt := range []struct {
		name, method, url, as, body string
		state                       collaboration.State
		customer                    string
		status                      int
		content                     []string
	}{
		{"nothing", "PATCH", "", "nils", `{}`, pending, "", 422, []string{`"field":"body"`, code("required")}},
		{"everything is wrong", "PATCH", "", "maja", `{"task_id":"t-closed","invoice_recipient":"me","period":{"start":"soon"},"agreement_months":5,"colour":"red"}`, pending, "c-has", 422,
			[]string{`"field":"task_id","code":"task_closed"`, `"field":"invoice_recipient","code":"invalid_choice"`, `"field":"period.start","code":"invalid_choice"`, `"field":"agreement_months","code":"invalid_choice"`, `"field":"colour","code":"unknown_field"`}},
		{"another customer's task", "PATCH", "", "nils", `{"task_id":"t-has"}`, running, "", 422, []string{code("task_of_another_customer")}},
		{"another office's task", "PATCH", "", "nils", `{"task_id":"t-other"}`, running, "", 422, []string{code("task_not_found")}},
		{"an agreement period that does not apply", "PATCH", "", "maja", `{"agreement_months":3}`, pending, "", 422, []string{`"field":"agreement_months","code":"not_applicable"`}},
		{"a start in the past", "PATCH", "", "maja", `{"period":{"start":"next_month"},"reminders_paused":true}`, running, "", 422,
			[]string{`"field":"period","code":"not_applicable"`, `"field":"reminders_paused","code":"not_applicable"`}},
		{"an employee changes the invoice recipient", "PATCH", "", "nils", `{"invoice_recipient":"customer"}`, running, "", 403, []string{code("forbidden")}},
		{"an employee changes the agreement period", "PATCH", "", "nils", `{"agreement_months":3}`, running, "", 403, []string{code("forbidden")}},
		{"another office's", "PATCH", "", "sara", `{"task_id":"t-platform"}`, pending, "", 404, []string{code("activation_not_found")}},
		{"too late", "PATCH", "", "nils", `{"task_id":"t-platform"}`, collaboration.Declined, "", 409, []string{code("already_decided")}},
		{"no address", "", "/correct", "nils", `{}`, pending, "", 422, []string{`"field":"email","code":"required"`}},
		{"an invalid address", "", "/correct", "nils", `{"email":"asa"}`, pending, "", 422, []string{`"field":"email","code":"invalid_format"`}},
		{"no administrator", "", "/forward", "nils", `{}`, pending, "", 422, []string{`"field":"administrator_id","code":"required"`}},
		{"to another customer's", "", "/forward", "nils", `{"administrator_id":"a-1"}`, pending, "", 422, []string{`"field":"administrator_id","code":"administrator_not_found"`}},
		{"to another office's", "", "/forward", "sara", `{"administrator_id":"a-2"}`, pending, "", 404, []string{code("activation_not_found")}},
		{"on no day", "", "/end", "maja", `{"when":"on_date"}`, running, "", 422, []string{`"field":"on","code":"required"`}},
		{"on a day that does not exist", "", "/end", "maja", `{"when":"on_date","on":"2027-02-30"}`, running, "", 422, []string{`"field":"on","code":"invalid_format"`}},
		{"on a day in the past", "", "/end", "maja", `{"when":"on_date","on":"2026-11-23"}`, running, "", 422, []string{`"field":"on","code":"in_the_past"`}},
		{"on a far day", "", "/end", "maja", `{"when":"on_date","on":"2029-01-01"}`, running, "", 422, []string{`"field":"on","code":"too_far_ahead"`}},
		{"now, on a day", "", "/end", "maja", `{"when":"now","on":"2027-01-01"}`, running, "", 422, []string{`"field":"on","code":"not_applicable"`}},
		{"without a main contact", "", "/end", "maja", `{"when":"now"}`, running, "c-orphan", 409, []string{code("main_contact_missing")}},
		{"an employee ends", "", "/end", "nils", `{"when":"now"}`, running, "", 403, []string{code("forbidden")}},
		{"an employee revokes notice", "POST", "/revoke-notice", "nils", "", running, "", 403, []string{code("forbidden")}},
		{"another office revokes notice", "POST", "/revoke-notice", "sara", "", running, "", 404, []string{code("activation_not_found")}},
		{"no token", "PATCH", "", "", `{"task_id":"t-platform"}`, running, "", 401, []string{code("unauthenticated")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			customer := tt.customer
			if customer == "" {
				customer = "c-platform"
			}
			w := newWorld()
			id := w.with(customer, tt.state)
			if !tt.state.IsLive() {
				w.fail["change"] = over()
			}
			r := request{method: tt.method, url: "/v1/activations/" + string(id) + tt.url, as: tt.as, body: tt.body, status: tt.status, content: tt.content}
			r.check(t, r.send(w.server(t)))
			if tt.state.IsLive() && w.changes() != 0 {
				t.Errorf("something was changed: %v", w.calls)
			}
		})
	}
}

// A retry with the same key and body is the same command. Another body is rejected.
func TestChange_KeyIdentifiesOneBody(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval, createsContact)
	s := w.server(t)
	send := func(email string) request {
		return post("/v1/activations/"+string(id)+"/correct", "nils", `{"email":"`+email+`"}`, "Idempotency-Key", "k")
	}
	for range 2 {
		r := send("ny@oberg.example")
		r.status = 200
		r.check(t, r.send(s))
	}
	other := send("annan@oberg.example")
	other.status, other.content = 422, []string{code("idempotency_key_reused")}
	other.check(t, other.send(s))
	if ids := w.messageIDs(); len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("messages %q", ids)
	}
}

func TestGetActivation_ShowsUpcoming(t *testing.T) {
	t.Parallel()
	w := newWorld()
	pending := w.with("c-platform", collaboration.AwaitingApproval, func(r *collaboration.Activation) { r.RemindersPaused = true })
	bounced := w.with("c-new", collaboration.AwaitingApproval, func(r *collaboration.Activation) { r.Delivery = collaboration.DeliveryBounced })
	running := w.with("c-has", collaboration.Active, func(r *collaboration.Activation) {
		r.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2026, Month: 12, Day: 1}, Months: 12, Term: 1, Renews: true, NextMonths: 3}
	})
	s := w.server(t)
	for _, r := range []request{
		{url: "/v1/activations/" + string(pending), content: []string{`"reminders":{"paused":true,"suspended":false`, `"upcoming":[{"action":"expiry","at":"2026-12-23T09:30:00Z","text":"The invitation expires"}]`}},
		{url: "/v1/activations/" + string(bounced), content: []string{`"suspended":true`}, notContent: []string{`"action":"reminder"`}},
		{url: "/v1/activations/" + string(running), content: []string{`"next_months":3`, `"continues":true`, `"access":["emp-maja","emp-nils"]`,
			`"upcoming":[{"action":"start","at":"2026-11-30T23:00:00Z"`, `{"action":"notice","at":"2027-10-31T23:00:00Z"`, `{"action":"renewal","at":"2027-11-30T23:00:00Z"`}},
	} {
		r.as, r.status = "nils", 200
		r.headers = map[string]string{"Accept-Language": "en"}
		r.check(t, r.send(s))
	}
}

func TestSetMainContact(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	url := "/v1/customers/c-orphan/main-contact"
	for _, r := range []request{
		{url: url, as: "nils", body: `{"administrator_id":"a-4"}`, status: 403},
		{url: url, as: "sara", body: `{"administrator_id":"a-4"}`, status: 404, content: []string{code("customer_not_found")}},
		{url: url, as: "maja", body: `{"administrator_id":"a-1"}`, status: 422, content: []string{`"field":"administrator_id","code":"administrator_not_found"`}},
		{url: url, as: "maja", body: `{}`, status: 422, content: []string{`"field":"administrator_id","code":"required"`}},
		{url: url, as: "maja", body: `{"administrator_id":"a-4"}`, status: 200, content: []string{`"id":"a-4"`, `"main_contact":true`}},
	} {
		r.method = http.MethodPost
		r.check(t, r.send(s))
	}
}

// The upcoming events follow the rules of the workflow's timers.
func TestUpcoming_FollowsTimersOfWorkflow(t *testing.T) {
	t.Parallel()
	expires := now.Add(collaboration.InvitationLifetime)
	r := collaboration.Activation{State: collaboration.AwaitingApproval, ExpiresAt: expires}
	for day, want := range map[int]string{0: "3", 3: "7", 6: "7", 13: "14", 14: "28", 28: ""} {
		got := ""
		for _, a := range r.Forecast(now.AddDate(0, 0, day)) {
			if a.Action == collaboration.UpcomingReminder {
				got = map[time.Duration]string{3 * 24 * time.Hour: "3", 7 * 24 * time.Hour: "7", 14 * 24 * time.Hour: "14", 28 * 24 * time.Hour: "28"}[a.At.Sub(now)]
			}
		}
		if got != want {
			t.Errorf("on day %d the next reminder is on day %q, want %q", day, got, want)
		}
	}
	// The clock of this activation was advanced: it has had its first reminder.
	r.RemindedAt = now.Add(3 * 24 * time.Hour)
	if ahead := r.Forecast(now); len(ahead) != 2 || ahead[0].At.Sub(now) != 7*24*time.Hour {
		t.Errorf("ahead %+v", ahead)
	}
	var actions []string
	r = collaboration.Activation{State: collaboration.Active, Agreement: &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2027, Month: 1, Day: 31}, Months: 3, Term: 1}}
	for _, a := range r.Forecast(now) {
		actions = append(actions, string(a.Action))
	}
	if !slices.Equal(actions, []string{"start", "notice", "end"}) {
		t.Errorf("ahead %q", actions)
	}
}

func TestAudit_ExportAndErase(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Ended)
	s := w.server(t)
	for _, r := range []request{
		{url: "/v1/activations/" + string(id) + "/audit", as: "nils", status: 200, content: []string{`"format":"countersign audit 1"`}},
		{url: "/v1/activations/" + string(id) + "/audit", as: "sara", status: 404},
		{url: "/v1/activations/" + string(id) + "/audit", status: 401},
		{url: "/v1/customers/c-platform/erase", method: http.MethodPost, as: "nils", status: 403},
		{url: "/v1/customers/c-platform/erase", method: http.MethodPost, as: "sara", status: 404},
		{url: "/v1/customers/c-platform/erase", method: http.MethodPost, as: "maja", status: 200, content: []string{`"id":"c-platform"`}},
	} {
		r.check(t, r.send(s))
	}
	export := request{url: "/v1/activations/" + string(id) + "/audit", as: "nils"}.send(s)
	if report, err := collaboration.VerifyAudit(export.Body); err != nil || report.Rows != 1 {
		t.Errorf("the export: %+v, %v", report, err)
	}
	if w.calls["EraseCustomer"] != 1 {
		t.Errorf("erased %d times", w.calls["EraseCustomer"])
	}
	w.fail["EraseCustomer"] = &collaboration.Error{Code: collaboration.CodeCustomerActive}
	r := request{url: "/v1/customers/c-platform/erase", method: http.MethodPost, as: "maja", status: 409, content: []string{code("customer_active")}}
	r.check(t, r.send(s))
}
