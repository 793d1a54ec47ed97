package api_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/collaboration"
)

// TestNotice_IsShownOnce: the notice of a change is on the page that the change redirects
// to, once. No address shows one.
func TestNotice_IsShownOnce(t *testing.T) {
	t.Parallel()
	const notice = `<p class="notice"`
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	const path = "/customers/c-orphan/contacts"
	for _, link := range []string{path, "/overview", "/customers", "/office/people"} {
		if page := b.get(link + "?note=do.end"); strings.Contains(page, notice) {
			t.Errorf("%s shows a notice of its address", link)
		}
	}
	got := b.submit(path)
	if to := got.Header().Get("Location"); to != path || !strings.Contains(got.Header().Get("Set-Cookie"), "HttpOnly") {
		t.Fatalf("to %q, %q", to, got.Header()["Set-Cookie"])
	}
	if page := b.get("/customers"); strings.Contains(page, notice) {
		t.Error("another page shows the notice")
	}
	if got := b.send(http.MethodHead, path, nil); got.Code != 200 {
		t.Errorf("HEAD: %d", got.Code)
	}
	for n, want := range []bool{true, false} {
		if page := b.get(path); strings.Contains(page, notice) != want {
			t.Errorf("load %d: notice %t, want %t", n, !want, want)
		}
	}
	b.leave(path, "not a note")
	if page := b.get(path); strings.Contains(page, notice) {
		t.Error("an unknown notice is shown")
	}
}

// TestNotice_AnswerIsOnItsWay: the page says that the answer was received, and shows no
// second form, also when it is loaded again before the answer is stored.
func TestNotice_AnswerIsOnItsWay(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.fail["decide"] = &collaboration.Error{Code: collaboration.CodeOutcomeUnknown}
	path := "/approve/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + ".1"
	v := as(t, w.server(t), asa)
	if got := v.send("POST", path, approve(v.form(path))); got.Code != 303 || got.Header().Get("Location") != path {
		t.Fatalf("%d to %q", got.Code, got.Header().Get("Location"))
	}
	for range 2 {
		request{url: path, status: 200, content: []string{"Vi har tagit emot ert svar"}, notContent: []string{`name="outcome"`}}.check(t, v.send("GET", path, nil))
	}
	other := as(t, w.server(t), asa)
	request{url: path, status: 200, content: []string{`name="outcome"`}}.check(t, other.send("GET", path+"?note=received", nil))
}
