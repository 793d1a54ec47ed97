package collaboration_test

import (
	"reflect"
	"testing"

	"countersign/collaboration"
)

func TestDecision_Check(t *testing.T) {
	t.Parallel()
	approve := collaboration.Decision{ID: "d", Outcome: collaboration.Approve, Offer: &collaboration.Offer{TermsVersion: "1", TermsHash: "h"}}
	decline := collaboration.Decision{ID: "d", Outcome: collaboration.Decline, Reason: collaboration.ReasonOther}
	if approve.Check() != nil || decline.Check() != nil {
		t.Errorf("%v, %v", approve.Check(), decline.Check())
	}
	decline.Reason = "bored"
	approve.Offer = &collaboration.Offer{TermsVersion: "1"}
	for _, d := range []collaboration.Decision{approve, decline, {}, {ID: "d", Outcome: "maybe"}, {ID: "d", Outcome: collaboration.Approve}} {
		if collaboration.CodeOf(d.Check()) != collaboration.CodeInvalidRequest {
			t.Errorf("%+v: %v", d, d.Check())
		}
	}
}

// A customer that approves the hash approves every value that the page shows.
func TestOffer_HashDependsOnEveryValue(t *testing.T) {
	t.Parallel()
	r := collaboration.Activation{
		Variant: "small", InvoiceRecipient: collaboration.PaidByOffice, AgreementMonths: 12, Period: collaboration.Period{Start: collaboration.OnApproval},
		Prices: collaboration.SamePrice(collaboration.Price{Amount: "249", Currency: "SEK", Per: collaboration.PerMonth}),
	}
	text := func(s string) collaboration.Text { return collaboration.Text{Swedish: s, English: s} }
	solution := func() collaboration.Solution {
		return collaboration.Solution{
			Name: text("Archive"), Variants: []collaboration.Variant{{ID: "small", Name: text("Small")}, {ID: "large", Name: text("Large")}},
			Terms: collaboration.Terms{Version: "1", Text: text("Terms")},
		}
	}
	hashes := map[string]string{r.Offer(solution(), collaboration.Swedish).Hash(): "the offer", r.Offer(solution(), collaboration.English).Hash(): "the locale"}
	ofActivation := map[string]func(*collaboration.Activation){
		"variant": func(r *collaboration.Activation) { r.Variant = "large" }, "payer": func(r *collaboration.Activation) { r.InvoiceRecipient = collaboration.PaidByCustomer },
		"amount": func(r *collaboration.Activation) { r.Prices.Office.Amount = "250" }, "currency": func(r *collaboration.Activation) { r.Prices.Office.Currency = "EUR" },
		"price text": func(r *collaboration.Activation) { r.Prices.Office.Text = text("excluding VAT") }, "price list": func(r *collaboration.Activation) { r.Prices.Office.Link = "https://example.com" },
		"period": func(r *collaboration.Activation) { r.Period.Start = collaboration.NextMonth }, "months": func(r *collaboration.Activation) { r.AgreementMonths = 3 },
		"kept": func(r *collaboration.Activation) { r.KeptUntil = collaboration.Date{Year: 2027, Month: 3, Day: 1} },
	}
	for name, change := range ofActivation {
		changed := r
		change(&changed)
		hashes[changed.Offer(solution(), collaboration.Swedish).Hash()] = name
	}
	ofSolution := map[string]func(*collaboration.Solution){
		"name": func(s *collaboration.Solution) { s.Name = text("Folder") }, "variant's name": func(s *collaboration.Solution) { s.Variants[0].Name = text("Tiny") },
		"version": func(s *collaboration.Solution) { s.Terms.Version = "2" }, "terms": func(s *collaboration.Solution) { s.Terms.Text = text("Other terms") },
	}
	for name, change := range ofSolution {
		changed := solution()
		change(&changed)
		hashes[r.Offer(changed, collaboration.Swedish).Hash()] = name
	}
	if want := 2 + len(ofActivation) + len(ofSolution); len(hashes) != want {
		t.Errorf("%d hashes for %d offers: %v", len(hashes), want, hashes)
	}
	if n := reflect.TypeFor[collaboration.Offer]().NumField(); n != 10 {
		t.Errorf("the offer has %d fields: add the new ones to this test", n)
	}
}
