package api_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"countersign/api"
	"countersign/collaboration"
	"countersign/collaboration/catalogue"
)

// The form of every solution has the right fields, in its three scenarios.
func TestForm_FieldsOfEverySolution(t *testing.T) {
	t.Parallel()
	customers := map[collaboration.Scenario]string{collaboration.HasSolution: "c-has", collaboration.OnPlatform: "c-platform", collaboration.NewCustomer: "c-new"}
	contact := []string{"contact.name", "contact.email", "contact.phone"}
	want := map[string]map[collaboration.Scenario][]string{
		"financial-overview": {
			collaboration.HasSolution: {"task_id", "invoice_recipient", "period.start", "period.month", "agreement_months"},
			collaboration.OnPlatform:  {"task_id", "invoice_recipient", "period.start", "period.month"},
			collaboration.NewCustomer: append([]string{"task_id", "invoice_recipient", "period.start", "period.month"}, contact...),
		},
		"bookkeeping-invoicing": {
			collaboration.HasSolution: {"task_id", "invoice_recipient", "period.start", "period.month"},
			collaboration.OnPlatform:  {"variant", "task_id", "invoice_recipient", "period.start", "period.month"},
			collaboration.NewCustomer: append([]string{"variant", "task_id", "invoice_recipient", "period.start", "period.month"}, contact...),
		},
		"spiris-scanner": {
			collaboration.HasSolution: {"task_id"}, collaboration.OnPlatform: {"task_id"}, collaboration.NewCustomer: append([]string{"task_id"}, contact...),
		},
		"digital-invoices": {
			collaboration.HasSolution: {"task_id", "invoice_recipient"}, collaboration.OnPlatform: {"task_id", "invoice_recipient"},
			collaboration.NewCustomer: append([]string{"task_id", "invoice_recipient"}, contact...),
		},
	}
	if n := len(catalogue.Embedded.Solutions()); n != len(want) {
		t.Errorf("%d solutions, want %d", n, len(want))
	}
	for solution, forms := range want {
		for scenario, fields := range forms {
			w := newWorld()
			w.has("c-has", collaboration.Subscription{SolutionID: solution, Variant: "bookkeeping", RenewsOn: collaboration.Date{Year: 2027, Month: 3, Day: 1}})
			r := request{url: "/v1/customers/" + customers[scenario] + "/solutions/" + solution, as: "nils", status: 200}
			got := r.send(w.server(t))
			r.check(t, got)
			names := ""
			for _, f := range fields {
				names += `{"name":"` + f + `"`
			}
			if shown := fieldNames(got.Body.String()); shown != names {
				t.Errorf("%s, %s: %s, want %s", solution, scenario, shown, names)
			}
		}
	}
}

func (w *world) has(customer string, s collaboration.Subscription) {
	c := w.customers[customer]
	c.Subscriptions = append(c.Subscriptions[:0:0], s)
	w.customers[customer] = c
}

// fieldNames returns the names of a form's fields, as its JSON writes them.
func fieldNames(body string) (names string) {
	_, fields, _ := strings.Cut(body, `"fields":`)
	for rest := fields; ; {
		_, after, found := strings.Cut(rest, `{"name":"`)
		if !found {
			return names
		}
		name, more, _ := strings.Cut(after, `"`)
		names += `{"name":"` + name + `"`
		rest = more
	}
}

// A customer with Bookkeeping & Invoicing keeps its variant and its agreement.
func TestActivate_KeepsVariantAndAgreement(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.has("c-has", collaboration.Subscription{SolutionID: "bookkeeping-invoicing", Variant: "bookkeeping", RenewsOn: collaboration.Date{Year: 2027, Month: 3, Day: 1}})
	s := w.server(t)
	form := request{url: "/v1/customers/c-has/solutions/bookkeeping-invoicing", as: "nils", status: 200, headers: map[string]string{"Accept-Language": "en"},
		content: []string{`"kept":{"variant":"bookkeeping","variant_name":"Bookkeeping","renews_on":"2027-03-01","text":"The customer keeps its variant and its agreement, and pays nothing new until that agreement renews on 1 March 2027."}`,
			`"name":"invoice_recipient","label":"Invoice recipient","type":"choice","required":true,"default":"customer"`}}
	form.check(t, form.send(s))
	body := `{"customer_id":"c-has","solution_id":"bookkeeping-invoicing","task_id":"t-has","invoice_recipient":"customer"`
	other := post("/v1/activations", "nils", body+`,"variant":"bi-plus"}`)
	other.status, other.content = 422, []string{`"field":"variant","code":"not_applicable"`}
	other.check(t, other.send(s))
	good := post("/v1/activations", "nils", body+"}")
	good.status = 202
	good.check(t, good.send(s))
	id := w.with("c-has", collaboration.AwaitingApproval, func(r *collaboration.Activation) {
		r.SolutionID, r.Variant, r.KeptUntil = "bookkeeping-invoicing", "bookkeeping", collaboration.Date{Year: 2027, Month: 3, Day: 1}
		r.Scenario = collaboration.HasSolution
	})
	r := request{url: "/v1/invitations/" + string(id) + ".1", as: "ake", status: 200, headers: map[string]string{"Accept-Language": "en"},
		content: []string{"You keep your variant and your agreement, and pay nothing new until that agreement renews on 1 March 2027.", "Bookkeeping"}}
	r.check(t, r.send(s))
	r.check(t, as(t, s, ake).send("GET", "/approve/"+string(id)+".1?lang=en", nil))
	if o := w.started[0]; o.Variant != "bookkeeping" || o.KeptUntil.String() != "2027-03-01" || o.OnEnd.Resolve() != collaboration.ContinueAlone {
		t.Errorf("ordered %+v", o)
	}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]request{
		`{"customer_id":"c-platform","solution_id":"bookkeeping-invoicing","task_id":"t-platform","invoice_recipient":"office"}`:                     {status: 422, content: []string{`"field":"variant","code":"required"`}},
		`{"customer_id":"c-platform","solution_id":"bookkeeping-invoicing","task_id":"t-platform","invoice_recipient":"office","variant":"giant"}`:   {status: 422, content: []string{`"field":"variant","code":"invalid_choice"`}},
		`{"customer_id":"c-platform","solution_id":"bookkeeping-invoicing","task_id":"t-platform","invoice_recipient":"office","variant":"bi-plus"}`: {status: 202},
		`{"customer_id":"c-platform","solution_id":"spiris-scanner","task_id":"t-platform"}`:                                                         {status: 202},
		`{"customer_id":"c-platform","solution_id":"spiris-scanner","task_id":"t-platform","variant":"bi","invoice_recipient":"office"}`:             {status: 422, content: []string{`"field":"variant","code":"not_applicable"`, `"field":"invoice_recipient","code":"not_applicable"`}},
	} {
		r := post("/v1/activations", "nils", body)
		r.status, r.content = want.status, want.content
		r.check(t, r.send(newWorld().server(t)))
	}
}

// A new solution is one file without code: the example of the README has a form, is
// validated and is activated.
func TestCatalogue_NewSolutionIsOneFile(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../examples/solution.json")
	if err != nil {
		t.Fatal(err)
	}
	extended, err := catalogue.Load(fstest.MapFS{"document_archive.json": {Data: raw}})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld()
	w.deps = func(d *api.Config) { d.Catalogue = extended }
	s := w.server(t)
	for _, r := range []request{
		{url: "/v1/solutions", status: 200, content: []string{`"id":"document-archive"`}},
		{url: "/v1/customers/c-new/solutions/document-archive", status: 200, content: []string{`"name":"variant"`, "{\"value\":\"large\",\"label\":\"Large\",\"price\":{\"text\":\"SEK\u00a0249.50 per month\",\"amount\":\"249.50\",\"currency\":\"SEK\",\"per\":\"month\"}}", `"name":"contact.email"`}},
		{url: "/v1/activations", body: `{"customer_id":"c-platform","solution_id":"document-archive","task_id":"t-platform"}`, status: 422,
			content: []string{`"field":"variant","code":"required"`, `"field":"invoice_recipient","code":"required"`}},
		{url: "/v1/activations", body: `{"customer_id":"c-platform","solution_id":"document-archive","task_id":"t-platform","invoice_recipient":"office","variant":"large"}`, status: 202},
	} {
		r.as, r.headers = "nils", map[string]string{"Accept-Language": "en"}
		r.check(t, r.send(s))
	}
	if len(w.started) != 1 || w.started[0].Variant != "large" || w.started[0].AgreementMonths != 12 {
		t.Errorf("started %+v", w.started)
	}
}

// An office with a solution of its own sees it. Another office does not.
func TestCatalogue_SolutionOfOneOffice(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../examples/solution.json")
	if err != nil {
		t.Fatal(err)
	}
	extended, err := catalogue.Load(fstest.MapFS{"office-1/document_archive.json": {Data: raw}})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld()
	w.deps = func(d *api.Config) { d.Catalogue = extended }
	s := w.server(t)
	for _, r := range []request{
		{url: "/v1/solutions", as: "nils", status: 200, content: []string{`"id":"document-archive"`}},
		{url: "/v1/customers/c-new/solutions/document-archive", as: "nils", status: 200},
		{url: "/v1/activations", as: "nils", status: 202,
			body: `{"customer_id":"c-platform","solution_id":"document-archive","task_id":"t-platform","invoice_recipient":"office","variant":"large"}`},
		{url: "/v1/solutions", as: "sara", status: 200, notContent: []string{"document-archive"}},
		{url: "/v1/customers/c-other/solutions/document-archive", as: "sara", status: 404, content: []string{"solution_not_found"}},
	} {
		r.check(t, r.send(s))
	}
	for email, status := range map[string]int{nils.Email: 200, sara.Email: 422} {
		b := openBrowser(t, s, email)
		if got := b.upload(b.tokenForm(), "organisation_number,name,solutions\n5566778899,Åkes Bageri AB,document-archive\n"); got.Code != status {
			t.Errorf("import page of %s: %d", email, got.Code)
		}
	}
}
