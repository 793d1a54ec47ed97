package api_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/api"
	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/collaboration/message"
)

var (
	pricedSEK = collaboration.Price{Amount: "249.50", Currency: "SEK", Per: collaboration.PerMonth, Text: collaboration.Text{Swedish: "exklusive moms", English: "excluding VAT"}}
	pricedEUR = collaboration.Price{Amount: "1100", Currency: "EUR", Per: collaboration.PerMonth}
	priceList = collaboration.Price{Link: "https://example.com/price-list"}
)

// withPrices gives two solutions and one of their variants other prices.
func withPrices(w *world) {
	overview, _ := catalogue.Embedded.Solution(solutionID)
	overview.Price = pricedSEK
	bookkeeping, _ := catalogue.Embedded.Solution("bookkeeping-invoicing")
	bookkeeping.Price = priceList
	bookkeeping.Variants = append([]collaboration.Variant{}, bookkeeping.Variants...)
	bookkeeping.Variants[4].Price = pricedEUR // bi-plus
	w.deps = func(d *api.Config) { d.Catalogue = catalogue.Embedded.With(overview, bookkeeping) }
}

// The form has the price by variant, and by the invoice recipient.
func TestActivatePage_ShowsPrice(t *testing.T) {
	t.Parallel()
	w := newWorld()
	withPrices(w)
	b := openBrowser(t, w.server(t), nils.Email)
	const variants = "/customers/c-platform/collaborations/bookkeeping-invoicing"
	says(t, b.send(http.MethodGet, "/customers/c-platform/collaborations/"+solutionID, nil), 200, "<p class=\"hint\">Pris: 249,50\u00a0kr per månad (exklusive moms)</p>")
	says(t, b.send(http.MethodGet, variants, nil), 200, "Bokföring & Fakturering +<br><span class=\"quiet\">1\u00a0100\u00a0EUR per månad</span>", `Bokföring<br><span class="quiet">Enligt prislistan</span>`,
		`<p class="hint">Fakturamottagaren betalar variantens pris.</p>`)
	says(t, b.send(http.MethodGet, "/customers/c-platform/collaborations/spiris-scanner", nil), 200, "Pris: Enligt gällande prislista. Fakturamottagare: Byrån.")
	says(t, b.submit(variants, "variant", "bi-plus", "invoice_recipient", "customer"), 200, "<dt>Pris</dt><dd>1\u00a0100\u00a0EUR per månad</dd>")
	says(t, b.submit(variants, "variant", "bi", "invoice_recipient", "customer"), 200,
		`<dt>Pris</dt><dd>Enligt prislistan<br><a href="https://example.com/price-list" rel="noreferrer">Öppna prislistan</a></dd>`)
	b.lang = "en"
	says(t, b.send(http.MethodGet, "/customers/c-platform/collaborations/"+solutionID, nil), 200, "Price: SEK\u00a0249.50 per month (excluding VAT)")
}

// withPricesByPayer gives the customer a higher price than the office.
func withPricesByPayer(w *world) {
	overview, _ := catalogue.Embedded.Solution(solutionID)
	overview.PriceByPayer = collaboration.PayerPrices{Office: pricedSEK, Customer: pricedEUR}
	bookkeeping, _ := catalogue.Embedded.Solution("bookkeeping-invoicing")
	bookkeeping.Variants = append([]collaboration.Variant{}, bookkeeping.Variants...)
	bookkeeping.Variants[3].PriceByPayer = collaboration.PayerPrices{Office: pricedSEK, Customer: pricedEUR} // bi
	w.deps = func(d *api.Config) { d.Catalogue = catalogue.Embedded.With(overview, bookkeeping) }
}

// Each invoice recipient has its price in the form, and the confirmation has the chosen one.
func TestActivatePage_ShowsPriceOfPayer(t *testing.T) {
	t.Parallel()
	w := newWorld()
	withPricesByPayer(w)
	b := openBrowser(t, w.server(t), nils.Email)
	const overview, variants = "/customers/c-platform/collaborations/" + solutionID, "/customers/c-platform/collaborations/bookkeeping-invoicing"
	says(t, b.send(http.MethodGet, overview, nil), 200, "Byrån<br><span class=\"quiet\">249,50\u00a0kr per månad (exklusive moms)</span>", "Kunden<br><span class=\"quiet\">1\u00a0100\u00a0EUR per månad</span>")
	says(t, b.send(http.MethodGet, variants, nil), 200,
		"Om byrån betalar: 249,50\u00a0kr per månad (exklusive moms). Om kunden betalar: 1\u00a0100\u00a0EUR per månad.", "Bokföring<br><span class=\"quiet\">Enligt gällande prislista</span>")
	for payer, want := range map[string]string{"office": "249,50\u00a0kr per månad (exklusive moms)", "customer": "1\u00a0100\u00a0EUR per månad"} {
		says(t, b.submit(variants, "variant", "bi", "invoice_recipient", payer), 200, "<dt>Pris</dt><dd>"+want+"</dd>")
		says(t, b.submit(overview, "invoice_recipient", payer), 200, "<dt>Pris</dt><dd>"+want+"</dd>")
	}
}

// The API has the same prices as the page. The order has those for both invoice recipients,
// because the office can change the invoice recipient.
func TestActivate_OrdersPriceOfPayer(t *testing.T) {
	t.Parallel()
	w := newWorld()
	withPricesByPayer(w)
	s := w.server(t)
	const sek, eur = "{\"text\":\"SEK\u00a0249.50 per month (excluding VAT)\",\"amount\":\"249.50\",\"currency\":\"SEK\",\"per\":\"month\"}", "{\"text\":\"EUR\u00a01,100 per month\",\"amount\":\"1100\",\"currency\":\"EUR\",\"per\":\"month\"}"
	const byPayer = `"price_by_payer":{"office":` + sek + `,"customer":` + eur + `}`
	for url, content := range map[string][]string{
		"/v1/solutions": {byPayer},
		"/v1/customers/c-platform/solutions/" + solutionID:         {`{"value":"office","label":"The office","price":` + sek + `},{"value":"customer","label":"The customer","price":` + eur + `}`},
		"/v1/customers/c-platform/solutions/bookkeeping-invoicing": {`{"value":"bi","label":"B&I",` + byPayer + `}`},
	} {
		form := request{url: url, as: "nils", status: 200, headers: map[string]string{"Accept-Language": "en"}, content: content}
		form.check(t, form.send(s))
	}
	start := post("/v1/activations", "nils", `{"customer_id":"c-platform","solution_id":"bookkeeping-invoicing","task_id":"t-platform","invoice_recipient":"customer","variant":"bi"}`)
	start.status = 202
	start.check(t, start.send(s))
	if o := w.started[0]; o.Price() != pricedEUR || o.Prices.Office != pricedSEK {
		t.Errorf("ordered %+v", o.Prices)
	}
}

// The form for a change, the page of the activation and the approval page have the price of the
// activation for each invoice recipient.
func TestInvitation_ShowsPriceOfPayer(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-has", collaboration.AwaitingApproval, func(r *collaboration.Activation) {
		r.InvoiceRecipient, r.Prices = collaboration.PaidByCustomer, collaboration.PayerPrices{Office: pricedSEK, Customer: pricedEUR}
	})
	s := w.server(t)
	b := openBrowser(t, s, nils.Email)
	says(t, b.send(http.MethodGet, "/activations/"+string(id)+"/change", nil), 200, "Byrån<br><span class=\"quiet\">249,50\u00a0kr per månad (exklusive moms)</span>", "Kunden<br><span class=\"quiet\">1\u00a0100\u00a0EUR per månad</span>")
	says(t, b.send(http.MethodGet, "/activations/"+string(id), nil), 200, "<dt>Pris</dt><dd>1\u00a0100\u00a0EUR per månad</dd>")
	says(t, as(t, s, ake).send(http.MethodGet, "/approve/"+string(id)+".1", nil), 200, "<dt>Pris</dt><dd>1\u00a0100\u00a0EUR per månad</dd>")
}

// A customer that keeps its agreement keeps the price of its variant.
func TestActivate_KeepsPriceOfVariant(t *testing.T) {
	t.Parallel()
	w := newWorld()
	withPrices(w)
	w.has("c-has", collaboration.Subscription{SolutionID: "bookkeeping-invoicing", Variant: "bi-plus"})
	s := w.server(t)
	form := request{url: "/v1/customers/c-has/solutions/bookkeeping-invoicing", as: "nils", status: 200, headers: map[string]string{"Accept-Language": "en"},
		content: []string{"\"price\":{\"text\":\"EUR\u00a01,100 per month\",\"amount\":\"1100\",\"currency\":\"EUR\",\"per\":\"month\"}", "\"hint\":\"Price: EUR\u00a01,100 per month\""}}
	form.check(t, form.send(s))
	start := post("/v1/activations", "nils", `{"customer_id":"c-has","solution_id":"bookkeeping-invoicing","task_id":"t-has","invoice_recipient":"customer"}`)
	start.status = 202
	start.check(t, start.send(s))
	if o := w.started[0]; o.Price() != pricedEUR {
		t.Errorf("ordered %+v", o)
	}
}

func TestActivate_OrdersPriceOfVariant(t *testing.T) {
	t.Parallel()
	w := newWorld()
	withPrices(w)
	s := w.server(t)
	form := request{url: "/v1/customers/c-platform/solutions/bookkeeping-invoicing", as: "nils", status: 200, headers: map[string]string{"Accept-Language": "en"},
		content: []string{`{"value":"bi","label":"B&I","price":{"text":"According to the price list","link":"https://example.com/price-list"}}`,
			"\"price\":{\"text\":\"EUR\u00a01,100 per month\",\"amount\":\"1100\",\"currency\":\"EUR\",\"per\":\"month\"}}]"}}
	form.check(t, form.send(s))
	start := post("/v1/activations", "nils", `{"customer_id":"c-platform","solution_id":"bookkeeping-invoicing","task_id":"t-platform","invoice_recipient":"office","variant":"bi-plus"}`)
	start.status = 202
	start.check(t, start.send(s))
	if o := w.started[0]; o.Price() != pricedEUR {
		t.Errorf("ordered %+v", o)
	}
}

// The price is the one that the office offered, although the catalogue has another one by now.
func TestInvitation_ShowsOfferedPrice(t *testing.T) {
	t.Parallel()
	w := newWorld()
	withPrices(w)
	id := w.with("c-has", collaboration.AwaitingApproval, func(r *collaboration.Activation) { r.Prices = collaboration.SamePrice(pricedEUR) })
	s := w.server(t)
	const json = "\"price\":{\"text\":\"EUR\u00a01,100 per month\",\"amount\":\"1100\",\"currency\":\"EUR\",\"per\":\"month\"}"
	for url, person := range map[string]string{"/v1/invitations/" + string(id) + ".1": "ake", "/v1/activations/" + string(id): "nils"} {
		r := request{url: url, as: person, status: 200, headers: map[string]string{"Accept-Language": "en"}, content: []string{json}, notContent: []string{"per month (excluding VAT)\"}"}}
		r.check(t, r.send(s))
	}
	says(t, as(t, s, ake).send(http.MethodGet, "/approve/"+string(id)+".1", nil), 200, "<dt>Pris</dt><dd>1\u00a0100\u00a0EUR per månad</dd>")
	says(t, openBrowser(t, s, nils.Email).send(http.MethodGet, "/activations/"+string(id), nil), 200, "<dt>Pris</dt><dd>1\u00a0100\u00a0EUR per månad</dd>")
}

// The decision has the offered price, also after the catalogue has changed.
func TestDecide_KeepsOfferedPrice(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval, func(r *collaboration.Activation) { r.Prices = collaboration.SamePrice(pricedEUR) })
	w.status = message.Status{State: collaboration.AwaitingApproval, Generation: 1}
	path := "/approve/" + string(id) + ".1"
	v := as(t, w.server(t), asa)
	form := approve(v.form(path))
	withPrices(w) // the operator changes the files
	changed := w.server(t)
	v = as(t, changed, asa)
	form.Set("token", v.form(path).Get("token"))
	if got := v.send(http.MethodPost, path, form); got.Code != 303 || len(w.decisions) != 1 || w.decisions[0].Offer.Price != pricedEUR {
		t.Errorf("%d, decisions %+v\n%s", got.Code, w.decisions, got.Body)
	}
	w.records[id] = func() collaboration.Activation {
		r := w.records[id]
		r.Decision = &collaboration.Decision{Outcome: collaboration.Approve, At: now, By: "a-2", Offer: &collaboration.Offer{TermsVersion: "2026-11", Locale: collaboration.Swedish, Price: pricedEUR}}
		return r
	}()
	shown := request{url: "/v1/activations/" + string(id), as: "nils", status: 200, headers: map[string]string{"Accept-Language": "en"}, content: []string{"\"price\":\"1\u00a0100\u00a0EUR per månad\""}}
	shown.check(t, shown.send(changed))
}

// A change of the payer after the page was opened: the customer has not read it, and gets the
// new page instead of an approval.
func TestDecide_RejectsOfferThatWasNotRead(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*collaboration.Activation){
		"payer": func(r *collaboration.Activation) { r.InvoiceRecipient = collaboration.PaidByCustomer },
		"price": func(r *collaboration.Activation) { r.Prices = collaboration.SamePrice(pricedSEK) },
		"start": func(r *collaboration.Activation) { r.Period.Start = collaboration.NextMonth },
	} {
		w := newWorld()
		id := w.with("c-platform", collaboration.AwaitingApproval)
		w.status = message.Status{State: collaboration.AwaitingApproval, Generation: 1}
		path := "/my/invitations/" + string(id)
		v := as(t, w.server(t), asa)
		form := approve(v.form(path))
		r := w.records[id]
		change(&r)
		w.records[id] = r
		if got := v.send(http.MethodPost, path, form); got.Code != 409 || len(w.decisions) != 0 || !strings.Contains(got.Body.String(), "Villkoren har ändrats") {
			t.Errorf("%s: %d, %d decisions\n%.300s", name, got.Code, len(w.decisions), got.Body)
		}
	}
}

// The payer of a running collaboration has changed since the approval. A retry of the approval
// is still the same answer.
func TestDecide_RepeatsAfterChange(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Active, decision(collaboration.Approve), func(r *collaboration.Activation) { r.InvoiceRecipient = collaboration.PaidByCustomer })
	r := post("/v1/invitations/"+string(id)+".1/decision", "asa", `{"outcome":"approve","accept_terms":true,"offer_hash":"`+offerHash("c-platform", "en")+`","locale":"en"}`)
	r.status, r.notContent = 200, []string{code("terms_changed")}
	r.check(t, r.send(w.server(t)))
	if len(w.decisions) != 1 {
		t.Errorf("the workflow got %d decisions, to compare their ids", len(w.decisions))
	}
}
