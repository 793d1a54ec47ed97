package browser_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"
)

// The people of the tests, as they are called where they log in.
const (
	maja     = "maja@ekstroms.example" // manager
	nils     = "nils@ekstroms.example" // employee
	operator = "olle@drift.example"
	nobody   = "nobody@elsewhere.example"
)

// person opens a window in which somebody is logged in.
func person(t *testing.T, email string, l look) *window {
	t.Helper()
	w := anybody(t, l)
	w.logIn(email)
	return w
}

// logIn logs in at the provider, from wherever it is asked for.
func (w *window) logIn(email string) {
	w.t.Helper()
	w.visit("/login?to=/")
	w.becomes(email)
}

// becomes says at the provider who one is.
func (w *window) becomes(email string) {
	w.t.Helper()
	w.until("the provider", `document.getElementById('email')`)
	known := `document.querySelector('button[name=person][value=` + quote(email) + `]')`
	if eval[bool](w, "!!"+known) {
		w.clickOn(known)
	} else {
		w.fill("E-mail address", email)
		w.fill("Name", "Somebody")
		w.clickOn(`document.querySelector('button.other')`)
	}
	w.until("being back", "location.origin === "+quote(w.base)+" && document.readyState === 'complete'")
}

// mailTo is the link in the newest mail to an address, once there is one.
func mailTo(t *testing.T, address string) (link string) {
	t.Helper()
	return mailAfter(t, address, 0)
}

// mailAfter waits until there are more mails to an address than that.
func mailAfter(t *testing.T, address string, number int) (link string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if all := mails(t, address); len(all) > number && len(all[0].Links) > 0 {
			return all[0].Links[0]
		}
	}
	t.Fatalf("no mail to %s", address)
	return ""
}

type letter struct {
	To      string
	Subject string
	Links   []string
}

// mails lists the inbox for an address, newest first.
func mails(t *testing.T, to string) (found []letter) {
	t.Helper()
	a, err := site()
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(a.Inbox + "/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var all []letter
	if err := json.NewDecoder(response.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.To == to {
			found = append(found, m)
		}
	}
	return found
}
