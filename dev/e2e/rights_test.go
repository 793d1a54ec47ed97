package e2e_test

import (
	"net/http"
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

// Only a customer's own administrators answer for it, whoever has the link, and
// they see nothing but their own.
func TestOnlyTheCustomersOwnAnswer(t *testing.T) {
	o := start(t, parts[0].use)
	id := o.activate(requests[1].request)
	a := o.await(id, collaboration.AwaitingApproval)
	link := o.mails(a.Invitation.Email)[0].Links[0]
	mine := "/v1/collaborations/" + string(id)
	const (
		main, deputy = "hjordis@blabarsbageriet.example", "Ture@Blabarsbageriet.example"
		other, vera  = "tove@fagelsang.example", "vera@nowhere.example"
	)
	decline := api.DecisionRequest{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice}
	refused := map[string]*office{
		"the office": o, "another customer": o.customer(other).office, "nobody": o.customer(vera).office,
		"a token of nobody's": o.with(t, "nobody-0123456789ab"), "no token": o.with(t, ""),
	}
	for name, who := range refused {
		for _, path := range []string{invitationPath(link), mine} {
			if r := who.call(http.MethodGet, path, nil, nil); r.StatusCode/100 != 4 {
				t.Errorf("%s reads %s: %s", name, path, r.Status)
			}
		}
		if r := who.call(http.MethodPost, invitationPath(link)+"/decision", decline, nil); r.StatusCode/100 != 4 {
			t.Errorf("%s decides: %s", name, r.Status)
		}
	}
	if s := o.activation(id).State; s != collaboration.AwaitingApproval {
		t.Fatalf("the activation is %s", s)
	}

	// Either of the two may.
	o.customer(deputy).approve(link)
	o.await(id, collaboration.Active)
	var own, others api.ListView[api.CollaborationView]
	o.customer(main).call(http.MethodGet, "/v1/collaborations", nil, &own)
	o.customer(other).call(http.MethodGet, "/v1/collaborations", nil, &others)
	if len(own.Items) != 1 || own.Items[0].ID != id || len(others.Items) != 0 {
		t.Errorf("its own: %+v, another's: %+v", own.Items, others.Items)
	}
	now := map[string]any{"when": "now"}
	for name, who := range refused {
		if who == o {
			continue // an office ends it in its own way
		}
		for _, path := range []string{mine + "/end", "/v1/activations/" + string(id) + "/end"} {
			if r := who.call(http.MethodPost, path, now, nil); r.StatusCode/100 != 4 {
				t.Errorf("%s ends it at %s: %s", name, path, r.Status)
			}
		}
	}
	if s := o.activation(id).State; s != collaboration.Active {
		t.Fatalf("the activation is %s", s)
	}
	if r := o.customer(main).call(http.MethodPost, mine+"/end", now, nil); r.StatusCode != http.StatusOK {
		t.Errorf("the customer ends it: %s", r.Status)
	}
	o.await(id, collaboration.Ended)
}
