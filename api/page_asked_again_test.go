package api_test

import (
	"testing"
	"time"

	"countersign/collaboration"
)

func TestAskedAgain_OfficeActivatesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld()
	asked := func(r *collaboration.Activation) {
		r.AskedAgainAt, r.InvoiceRecipient = now.Add(-time.Hour), collaboration.PaidByCustomer
		r.TaskID = "t-1"
	}
	id := string(w.with("c-platform", collaboration.Expired, asked))
	w.overview = collaboration.Overview{Pending: []int{0, 0, 0, 0}, AskedAgain: 1, FirstAskedAgain: []collaboration.Activation{w.records[collaboration.ActivationID(id)]}}
	s := w.server(t)
	v := as(t, s, maja.Email)
	v.lang = "en"
	form := "/customers/c-platform/collaborations/" + solutionID + "?again=" + id
	request{url: "/activations/", status: 200, content: []string{"asked for a new invitation on", "Activate again", form}}.check(t, v.send("GET", "/activations/"+id, nil))
	request{url: "/", status: 200, content: []string{"Ask for a new invitation", "/activations/" + id}}.check(t, v.send("GET", "/overview", nil))
	request{url: "/customers/", status: 200, content: []string{`name="invoice_recipient" value="customer" checked`}}.check(t, v.send("GET", form, nil))

	customer := as(t, s, asa)
	customer.lang = "en"
	request{url: "/my/", status: 200, content: []string{"You asked for a new invitation on"}, notContent: []string{`/ask"`}}.check(t, customer.send("GET", "/my/invitations/"+id, nil))
}
