package api_test

import (
	"testing"

	"countersign/collaboration"
)

// The compensation of a decline removes the administrator that the activation created. The
// person with the invited address can still read the declined offer; others cannot.
func TestDeclined_NewcomerReadsInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld()
	declined := func(r *collaboration.Activation) {
		r.InvitedName, r.InvitedEmail, r.Scenario = "Nova Ny", "nova@new.example", collaboration.NewCustomer
		r.Decision = &collaboration.Decision{ID: "d", Generation: 1, Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice, At: now}
	}
	id := string(w.with("c-platform", collaboration.Declined, declined))
	open := string(w.with("c-has", collaboration.AwaitingApproval, func(r *collaboration.Activation) { r.InvitedEmail = "nova@new.example" }))
	s := w.server(t)
	for _, path := range []string{"/my/invitations/" + id, "/approve/" + id + ".1"} {
		v := as(t, s, "Nova@new.example")
		v.lang = "en"
		request{url: "/approve/", status: 200, content: []string{"You declined on", "Invoice recipient", "Agreement period", "Reason: The price"}}.check(t, v.send("GET", path, nil))
	}
	for who, path := range map[string]string{"other@new.example": id, "nova@new.example": open} {
		v := as(t, s, who)
		v.lang = "en"
		request{url: "/approve/", status: 404, notContent: []string{"Invoice recipient"}}.check(t, v.send("GET", "/my/invitations/"+path, nil))
	}
	erased := w.records[collaboration.ActivationID(id)]
	erased.InvitedName, erased.InvitedEmail = "", ""
	w.records[collaboration.ActivationID(id)] = erased
	request{url: "/approve/", status: 404}.check(t, as(t, s, "nova@new.example").send("GET", "/my/invitations/"+id, nil))
}
