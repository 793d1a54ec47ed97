package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
)

// An invitation that has expired is not the end: whoever has its link asks the
// office for a new one, which is told once, however often that is asked.
func TestAnExpiredInvitationAsksTheOffice(t *testing.T) {
	o := start(t, parts[0].use)
	request := requests[2].request // a new customer; the task is nils's
	id := o.activate(request)
	a := o.await(id, collaboration.AwaitingApproval)
	link := o.mails(request.Contact.Email)[0].Links[0]
	o.forward(id, a.Invitation.ExpiresAt.Add(time.Hour))
	o.await(id, collaboration.Expired)
	for range 2 {
		r, err := http.Post(link+"/ask", "application/x-www-form-urlencoded", nil)
		if err != nil {
			t.Fatal(err)
		}
		if body := text(t, r); r.StatusCode != http.StatusGone || !strings.Contains(body, `role="status"`) {
			t.Fatalf("asked: %s\n%s", r.Status, body)
		}
	}
	asked := func(to string) (n int) {
		for _, m := range o.mails(to) {
			if strings.Contains(m.Subject, "ber om en ny inbjudan") {
				n++
			}
		}
		return n
	}
	for _, to := range []string{"maja@ekstroms.example", "nils@ekstroms.example"} {
		for end := time.Now().Add(30 * time.Second); asked(to) == 0 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		}
		if n := asked(to); n != 1 {
			t.Errorf("%s was told %d times", to, n)
		}
	}
}
