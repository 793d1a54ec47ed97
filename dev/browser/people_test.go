package browser_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"countersign/internal/eventually"
)

// The people of the tests, by the addresses with which they log in.
const (
	maja     = "maja@ekstroms.example" // manager
	nils     = "nils@ekstroms.example" // employee
	operator = "olle@drift.example"
	stranger = "stranger@elsewhere.example" // belongs to no office and to no customer
)

// openWindowAs opens a window in which a person is logged in.
func openWindowAs(t *testing.T, email string, l look) *window {
	t.Helper()
	w := openWindow(t, l)
	w.logIn(email)
	return w
}

// logIn logs in from the front page.
func (w *window) logIn(email string) {
	w.t.Helper()
	w.visit("/login?to=/")
	w.chooseLogin(email)
}

// chooseLogin chooses a person at the OpenID provider, and waits until the browser
// is back at the product.
func (w *window) chooseLogin(email string) {
	w.t.Helper()
	w.waitUntil("the provider asks for a person", `document.readyState === 'complete' && document.getElementById('email')`)
	known := `document.querySelector('button[name=person][value=` + quote(email) + `]')`
	if eval[bool](w, "!!"+known) {
		w.clickOn(known)
	} else {
		w.fill("E-mail address", email)
		w.fill("Name", "Somebody")
		w.clickOn(`document.querySelector('button.other')`)
	}
	w.waitUntil("the browser is back from the provider", "location.origin === "+quote(w.base)+" && document.readyState === 'complete'")
}

// invitationLink waits for an activation's invitation to an address, and returns the
// link in its mail. Tests share addresses, but no activation.
func invitationLink(t *testing.T, id, address string) string {
	t.Helper()
	return latestInvitationLink(t, id, address, 1)
}

// latestInvitationLink waits until an address has received a number of invitations to
// an activation, and returns the link in the latest one.
func latestInvitationLink(t *testing.T, id, address string, number int) (link string) {
	t.Helper()
	eventually.True(t, "an invitation is mailed to "+address, func() bool {
		found := mails(t, address, func(m inboxMail) bool {
			return len(m.Links) > 0 && strings.Contains(m.Links[0], "/approve/") && strings.Contains(m.Links[0], id)
		})
		if len(found) < number {
			return false
		}
		link = found[0].Links[0]
		return true
	})
	return link
}

type inboxMail struct {
	To      string
	Subject string
	Links   []string
}

// mails lists the mails to an address that match, the newest first.
func mails(t *testing.T, to string, match func(inboxMail) bool) (found []inboxMail) {
	t.Helper()
	response, err := http.Get(addresses(t).Inbox + "/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var all []inboxMail
	if err := json.NewDecoder(response.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.To == to && match(m) {
			found = append(found, m)
		}
	}
	return found
}
