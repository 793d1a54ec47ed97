package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// proposedTo adds an open proposal: the customer pays, and the agreement is longer.
func proposedTo(r *collaboration.Activation) {
	from := r.Conditions()
	to := from
	to.InvoiceRecipient, to.AgreementMonths = collaboration.PaidByCustomer, 12
	if from.InvoiceRecipient == to.InvoiceRecipient {
		to.InvoiceRecipient = collaboration.PaidByOffice
	}
	r.Proposal = &collaboration.Proposal{
		Number: 1, Kind: collaboration.ProposalChange, State: collaboration.ProposalOpen, From: from, To: to, By: "emp-maja",
		At: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), ExpiresAt: time.Date(2026, 12, 20, 9, 0, 0, 0, time.UTC),
	}
}

func TestDecideChange(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Active, onTask("t-platform"), runs, proposedTo)
	url := "/v1/collaborations/" + string(id)
	var read struct {
		Proposal struct {
			OfferHash string `json:"offer_hash"`
			Terms     struct{ Text string }
		}
	}
	s := w.server(t)
	get := request{url: url, as: "asa", status: 200, content: []string{`"state":"open"`, `"agreement_months":12`}}
	got := get.send(s)
	get.check(t, got)
	if err := json.Unmarshal(got.Body.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if read.Proposal.OfferHash == "" || read.Proposal.Terms.Text == "" {
		t.Fatalf("the proposal is %+v", read)
	}
	for name, tt := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"another number":         {`{"number":2,"outcome":"decline","reason":"price"}`, 200, ""}, // the workflow decides
		"without a reason":       {`{"number":1,"outcome":"decline"}`, 422, `"field":"reason"`},
		"without accepted terms": {`{"number":1,"outcome":"approve","offer_hash":"` + read.Proposal.OfferHash + `"}`, 422, `"field":"accept_terms"`},
		"another offer":          {`{"number":1,"outcome":"approve","accept_terms":true,"offer_hash":"x"}`, 409, `"terms_changed"`},
		"declined for another":   {`{"number":1,"outcome":"decline","reason":"price","offer_hash":"x"}`, 409, `"terms_changed"`},
	} {
		before := len(w.messages)
		c := request{url: url + "/decide-change", method: http.MethodPost, as: "asa", body: tt.body, status: tt.status}
		if tt.want != "" {
			c.content = []string{tt.want}
		}
		c.check(t, c.send(s))
		if tt.status != 200 && len(w.messages) != before {
			t.Errorf("%s: sent %+v", name, w.messages[before:])
		}
	}
	w.messages = nil
	approve := request{url: url + "/decide-change", method: http.MethodPost, as: "asa", status: 200,
		body: `{"number":1,"outcome":"approve","accept_terms":true,"offer_hash":"` + read.Proposal.OfferHash + `"}`}
	approve.check(t, approve.send(s))
	approve.check(t, approve.send(s))
	first, second := w.messages[0].(message.Command), w.messages[1].(message.Command)
	if first.ID != second.ID || first.Kind != collaboration.CommandDecideChange || first.Decision.Offer == nil || first.Decision.Offer.Hash() != read.Proposal.OfferHash || first.Decision.Generation != 1 {
		t.Errorf("sent %+v and %+v", first, second)
	}
}

// The pages show both conditions, and the answer names the offer that was shown.
func TestChangePage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Active, onTask("t-platform"), runs, proposedTo)
	s := w.server(t)
	b := openBrowser(t, s, "asa@oberg.example")
	mine := "/my/collaborations/" + string(id)
	for path, want := range map[string]string{"/my/collaborations": mine + "/change", mine: mine + "/change", mine + "/change": "Öbergs Snickeri AB"} {
		if page := b.get(path); !strings.Contains(page, want) {
			t.Errorf("%s lacks %q:\n%s", path, want, page)
		}
	}
	got := b.submit(mine+"/change", "outcome", "approve", "accept_terms", "yes")
	if got.Code != 303 || len(w.messages) != 1 {
		t.Fatalf("%d, sent %+v\n%s", got.Code, w.messages, got.Body)
	}
	if c := w.messages[0].(message.Command); c.Kind != collaboration.CommandDecideChange || c.Decision.Offer == nil || c.By == "" || c.Decision.Login == nil {
		t.Errorf("sent %+v", c)
	}
	if page := openBrowser(t, s, maja.Email).get("/activations/" + string(id)); !strings.Contains(page, "Föreslagen ändring") || !strings.Contains(page, "/withdraw-change") {
		t.Errorf("the office's page:\n%s", page)
	}
}
