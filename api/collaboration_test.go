package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"countersign/collaboration"
)

func activeWith(renews bool) func(*collaboration.Record) {
	return func(r *collaboration.Record) {
		r.InvitedID = "a-2"
		r.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2026, Month: 11, Day: 1}, Months: 12, Term: 1, Renews: renews}
	}
}

func TestTheCustomersSide(t *testing.T) {
	w := newWorld()
	id := w.with("c-platform", collaboration.Active, activeWith(true))
	orphan := w.with("c-orphan", collaboration.Active, activeWith(true))
	pending := w.with("c-has", collaboration.AwaitingApproval)
	s := w.server(t)
	at := func(id collaboration.ActivationID, more string) string {
		return "/v1/collaborations/c." + string(id) + ".0" + more
	}
	for _, r := range []request{
		{url: at(id, ""), status: 200, content: []string{`"state":"active"`, `"ends_on":"2027-11-01"`, `"on_end":"read_only"`, `"action":"renewal"`}, notContent: []string{"emp-", "@"}},
		{url: at(id, ".late"), status: 410, content: []string{code("link_expired")}},
		{url: "/v1/collaborations/" + string(id) + ".1", status: 404, content: []string{code("link_invalid")}}, // an invitation's link
		{url: at(pending, ""), status: 404, content: []string{code("link_invalid")}},
		{url: at(id, "/end"), body: `{"when":"end_of_term"}`, status: 200},
		{url: at(id, "/end"), body: `{"when":"on_date","on":"2027-02-01"}`, status: 200},
		{url: at(id, "/end"), body: `{}`, status: 422, content: []string{`"field":"when","code":"required"`}},
		{url: at(orphan, "/end"), body: `{"when":"now"}`, status: 409, content: []string{code("main_contact_missing")}},
		{url: at(id, "/take-back"), method: http.MethodPost, status: 200},
	} {
		r.check(t, r.send(s))
	}
	if len(w.messages) != 3 {
		t.Fatalf("messages %+v", w.messages)
	}
	if e := w.messages[1].(collaboration.Ending); e.By != "a-2" || e.Activation != id || e.On.String() != "2027-02-01" {
		t.Errorf("ending %+v", e)
	}
	if b := w.messages[2].(collaboration.TakingBack); b.By != "a-2" {
		t.Errorf("taking back %+v", b)
	}
}

var pageInput = regexp.MustCompile(`name="(nonce|token)" value="([^"]*)"`)

func TestTheCustomersPage(t *testing.T) {
	for _, tt := range []struct {
		name, act, sure string
		renews          bool
		shows           string
		status          int
		messages        int
	}{
		{"notice", "notice", "", true, "Give notice", 303, 1},
		{"taken back", "take_back", "", false, "Take notice back", 303, 1},
		{"ended", "end", "yes", true, "End the collaboration at once", 303, 1},
		{"ended, unsure", "end", "", true, "End the collaboration at once", 422, 0},
		{"something else", "dance", "", true, "Give notice", 400, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			id := w.with("c-platform", collaboration.Active, activeWith(tt.renews))
			s := w.server(t)
			path := "/collaboration/c." + string(id) + ".0?lang=en"
			shown := httptest.NewRecorder()
			s.ServeHTTP(shown, httptest.NewRequest(http.MethodGet, path, nil))
			body := shown.Body.String()
			if shown.Code != 200 || !strings.Contains(body, tt.shows) || !strings.Contains(body, "1 November 2027") || len(w.messages) != 0 {
				t.Fatalf("status %d, %d messages\n%s", shown.Code, len(w.messages), body)
			}
			form := url.Values{"act": {tt.act}, "sure": {tt.sure}}
			for _, m := range pageInput.FindAllStringSubmatch(body, 2) {
				form.Set(m[1], m[2])
			}
			send := func(cookie bool) *httptest.ResponseRecorder {
				r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if cookie {
					for _, c := range shown.Result().Cookies() {
						r.AddCookie(c)
					}
				}
				got := httptest.NewRecorder()
				s.ServeHTTP(got, r)
				return got
			}
			if got := send(false); got.Code != 403 || len(w.messages) != 0 {
				t.Errorf("without the cookie: status %d, %d messages", got.Code, len(w.messages))
			}
			if got := send(true); got.Code != tt.status || len(w.messages) != tt.messages {
				t.Errorf("status %d, %d messages, want %d and %d\n%s", got.Code, len(w.messages), tt.status, tt.messages, got.Body)
			}
			if got := httptest.NewRecorder(); tt.status == 303 {
				s.ServeHTTP(got, httptest.NewRequest(http.MethodGet, send(true).Header().Get("Location"), nil))
				if !strings.Contains(got.Body.String(), `role="status"`) {
					t.Errorf("nothing says that it was done:\n%s", got.Body)
				}
				if w.messageIDs()[0] != w.messageIDs()[1] {
					t.Error("sent twice, it is two messages")
				}
			}
		})
	}
}

func TestTheCustomersPageExplainsItself(t *testing.T) {
	w := newWorld()
	id := w.with("c-platform", collaboration.Ended, activeWith(true), func(r *collaboration.Record) { r.EndedAt = now })
	s := w.server(t)
	for path, want := range map[string]struct {
		status int
		shows  string
	}{
		"/collaboration/c." + string(id) + ".0?lang=en":      {200, "23 November 2026"},
		"/collaboration/c." + string(id) + ".0?lang=sv":      {200, "Avslutades"},
		"/collaboration/c." + string(id) + ".0.late?lang=en": {410, "Links to a collaboration are valid"},
		"/collaboration/forged?lang=en":                      {404, "<h1>"},
	} {
		got := httptest.NewRecorder()
		s.ServeHTTP(got, httptest.NewRequest(http.MethodGet, path, nil))
		if got.Code != want.status || !strings.Contains(got.Body.String(), want.shows) || strings.Contains(got.Body.String(), `name="act"`) {
			t.Errorf("%s: status %d\n%s", path, got.Code, got.Body)
		}
	}
}
