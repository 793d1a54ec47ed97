package api_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/receipt"
	"countersign/internal/receipt/receipttest"
)

// earlierAndLater are two approvals of one activation. Neither text is in the catalogue.
func earlierAndLater(id collaboration.ActivationID) []collaboration.Approval {
	first, second := receipttest.Approval(collaboration.Swedish), receipttest.Approval(collaboration.English)
	first.Activation, second.Activation = id, id
	second.Row.Sequence, second.Terms = 9, "Later words <b>"
	return []collaboration.Approval{first, second}
}

// Both parties get the approved words and the receipt, of the newest approval or of an
// earlier one, although the catalogue has neither.
func TestEvidence_OfBothParties(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Active, decision(collaboration.Approve))
	w.approvals = earlierAndLater(id)
	r := w.records[id]
	r.SolutionID = "removed-from-the-catalogue"
	w.records[id] = r
	s := w.server(t)
	for path, who := range map[string]string{"/v1/activations/": "nils", "/v1/collaborations/": "asa"} {
		at := path + string(id)
		for _, r := range []request{
			{url: at + "/terms", as: who, status: 200, content: []string{`"entry":9`, `Later words`, `"locale":"en"`, `"receipt_path":"` + at + `/receipt.pdf"`}},
			{url: at + "/terms?entry=6", as: who, status: 200, content: []string{`"entry":6`, "Byrån får läsa", `"version":"2026-11"`}},
			{url: at + "/terms?entry=5", as: who, status: 404, content: []string{code("terms_not_found")}},
			{url: at + "/receipt.pdf?entry=5", as: who, status: 404, content: []string{code("terms_not_found")}},
		} {
			r.check(t, r.send(s))
		}
		for n, entry := range map[int]string{0: "?entry=6", 1: ""} {
			got := request{url: at + "/receipt.pdf" + entry, as: who}.send(s)
			want, err := receipt.Render(w.approvals[n])
			if err != nil || !bytes.Equal(got.Body.Bytes(), want) || got.Header().Get("Content-Type") != "application/pdf" ||
				got.Header().Get("Content-Disposition") != `attachment; filename="`+receipt.FileName(w.approvals[n])+`"` {
				t.Errorf("%s: %d %v, %v", at, got.Code, got.Header(), err)
			}
		}
	}
	w.approvals = []collaboration.Approval{}
	none := request{url: "/v1/activations/" + string(id) + "/terms", as: "nils", status: 404, content: []string{code("terms_not_found")}}
	none.check(t, none.send(s))
}

func TestEvidencePages_ShowTermsAndReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Active, decision(collaboration.Approve))
	w.approvals = earlierAndLater(id)
	s := w.server(t)
	for path, who := range map[string]string{"/activations/": nils.Email, "/my/collaborations/": asa} {
		at := path + string(id)
		b := openBrowser(t, s, who)
		terms := b.send(http.MethodGet, at+"/terms", nil)
		if strings.Contains(terms.Body.String(), "<b>") {
			t.Error("the terms are not escaped")
		}
		says(t, terms, 200, "Later words <b>", `lang="en"`, `href="`+at+`/receipt.pdf"`, "Version 2026-11", "Öbergs Snickeri AB")
		got := b.send(http.MethodGet, at+"/receipt.pdf", nil)
		if text := receipttest.Text(got.Body.Bytes()); got.Code != 200 || !strings.Contains(text, "Later words <b>") {
			t.Errorf("%s: %d\n%s", at, got.Code, text)
		}
		r := w.records[id]
		r.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2026, Month: 12, Day: 1}, Months: 12, Term: 1, Renews: true}
		r.Decision = &collaboration.Decision{Outcome: collaboration.Approve, At: now, By: "a-2", Offer: &w.approvals[0].Offer}
		w.records[id] = r
		says(t, b.send(http.MethodGet, at, nil), 200, `href="`+at+`/terms"`, `href="`+at+`/receipt.pdf"`)
	}
}
