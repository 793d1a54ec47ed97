package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"countersign/collaboration"
)

// A caller cannot detect whether a foreign resource exists. A foreign resource and a
// missing one get the same answer, with the same headers. If the ID can be guessed, both
// also cost the same calls.
func TestEnumeration_ForeignResource(t *testing.T) {
	t.Parallel()
	nothing := map[string]string{"customers": "c-nothing!", "batches": "b-0", "webhooks": "w-0", "employees": "emp-nothing"}
	unknown := string(collaboration.NewActivationID("office-9", "c-9", "financial-overview"))
	compared := 0
	p := newPlace(t)
	for _, r := range p.s.Routes() {
		// A PUT with an unknown key adds an entry to the caller's own office.
		adds := r.Method == "PUT" && (r.Path == "/v1/customers/:id" || r.Path == "/v1/employees/:id")
		if !strings.Contains(r.Path, ":id") || adds {
			continue
		}
		route := r.Method + " " + r.Path
		who := "sara" // a manager of another office
		if strings.HasPrefix(r.Path, "/my/") || strings.HasPrefix(r.Path, "/v1/collaborations") {
			who = "ake" // an administrator of another customer
		}
		theirs := func(p *place) string { return p.path(route) }
		missing := func(p *place) string {
			path := p.path(route)
			for kind, id := range map[string]string{"customers": "c-platform", "batches": "b-1", "webhooks": "w-1", "employees": "emp-nils"} {
				path = strings.Replace(path, "/"+kind+"/"+id, "/"+kind+"/"+nothing[kind], 1)
			}
			return strings.NewReplacer(string(p.pending), unknown, string(p.running), unknown).Replace(path)
		}
		there, thereCalls := notYours(t, p, route, who, theirs)
		away, awayCalls := notYours(t, p, route, who, missing)
		if there != away {
			t.Errorf("%s: foreign\n%s\nmissing\n%s", route, there, away)
		}
		guessed := !strings.Contains(r.Path, "activations") && !strings.Contains(r.Path, "/my/") && !strings.Contains(r.Path, "collaborations/:id")
		if guessed && !maps.Equal(thereCalls, awayCalls) {
			t.Errorf("%s: calls for a foreign resource %v, for a missing one %v", route, thereCalls, awayCalls)
		}
		compared++
	}
	if compared < 40 {
		t.Errorf("%d addresses compared", compared)
	}
}

// notYours returns the answer without the requested IDs, and the calls behind it.
func notYours(t *testing.T, p *place, route, who string, at func(*place) string) (answer string, calls map[string]int) {
	t.Helper()
	p.renew()
	path := at(p)
	body, contentType := bodies[route], "application/json"
	v := openBrowser(t, p.s, address(who))
	if !isJSON(route) {
		form, _ := url.ParseQuery(body)
		form.Set("token", v.token())
		form.Set("nonce", strings.Repeat("N", 26))
		form.Set("version", "3")
		body, contentType = form.Encode(), "application/x-www-form-urlencoded"
	}
	before := maps.Clone(p.calls)
	r := httptest.NewRequest(strings.Fields(route)[0], path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Request-Id", "r-1")
	if isJSON(route) {
		r.Header.Set("Authorization", "Bearer "+who+"-token")
	} else {
		for name, value := range v.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	got := httptest.NewRecorder()
	p.s.ServeHTTP(got, r)
	if got.Code != 404 {
		t.Errorf("%s: %d", route, got.Code)
	}
	calls = maps.Clone(p.calls)
	for what, n := range before {
		calls[what] -= n
	}
	maps.DeleteFunc(calls, func(_ string, n int) bool { return n == 0 })
	got.Header().Del("Content-Length")
	got.Header().Del("Set-Cookie") // the cookie of the session
	answer = fmt.Sprint(got.Code, got.Header(), "\n", got.Body)
	for _, own := range append(strings.Split(path, "/"), v.token()) {
		if len(own) > 2 {
			answer = strings.ReplaceAll(answer, own, "OWN")
		}
	}
	return answer, calls
}

// The same holds for the IDs in a body.
func TestEnumeration_ForeignIDInBody(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ method, path, body, theirs, missing string }{
		"customer":                  {"POST", "/v1/activations", goodHas, "c-has/c-other", "c-has/c-nothing"},
		"task":                      {"POST", "/v1/activations", goodHas, "t-has/t-other", "t-has/t-nothing"},
		"task of a change":          {"PATCH", "/v1/activations/ID", `{"task_id":"t"}`, `"t"/"t-other"`, `"t"/"t-nothing"`},
		"administrator":             {"POST", "/v1/activations/ID/forward", `{"administrator_id":"a"}`, `"a"/"a-1"`, `"a"/"a-none"`},
		"main contact":              {"POST", "/v1/customers/c-platform/main-contact", `{"administrator_id":"a"}`, `"a"/"a-1"`, `"a"/"a-none"`},
		"customer and bad solution": {"POST", "/v1/activations", change(goodHas, "financial-overview", "none"), "c-has/c-other", "c-has/c-nothing"},
	} {
		answer := func(swap string) string {
			w := newWorld()
			id := string(w.with("c-platform", collaboration.AwaitingApproval))
			old, new, _ := strings.Cut(swap, "/")
			r := request{method: tt.method, url: strings.Replace(tt.path, "ID", id, 1), as: "maja", body: change(tt.body, old, new), headers: map[string]string{"X-Request-Id": "r-1"}}
			got := r.send(w.server(t))
			if got.Code < 400 || got.Code >= 500 {
				t.Errorf("%s: %d", name, got.Code)
			}
			got.Header().Del("Content-Length")
			return fmt.Sprint(got.Code, got.Header(), got.Body)
		}
		if theirs, missing := answer(tt.theirs), answer(tt.missing); theirs != missing {
			t.Errorf("%s: foreign\n%s\nmissing\n%s", name, theirs, missing)
		}
	}
}
