package collaboration_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
)

var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func solution(t testing.TB) collaboration.Solution {
	t.Helper()
	s, ok := catalogue.Embedded.Solution("financial-overview")
	if !ok {
		t.Fatal("the seed solution is missing")
	}
	return s
}

func customerIn(sc collaboration.Scenario) collaboration.Customer {
	c := collaboration.Customer{ID: "c-1", OfficeID: "office-1", Tasks: []collaboration.Task{
		{ID: "t-open", CustomerID: "c-1", Open: true}, {ID: "t-closed", CustomerID: "c-1"},
	}}
	if sc != collaboration.NewCustomer {
		c.Administrators = []collaboration.Administrator{{ID: "a-1", MainContact: true}}
	}
	if sc == collaboration.HasSolution {
		c.Subscriptions = []collaboration.Subscription{{SolutionID: "financial-overview"}}
	}
	return c
}

func requestFor(sc collaboration.Scenario) collaboration.Request {
	r := collaboration.Request{
		CustomerID: "c-1", SolutionID: "financial-overview", TaskID: "t-open",
		InvoiceRecipient: collaboration.PaidByCustomer, Period: collaboration.Period{Start: collaboration.NextMonth},
	}
	switch sc {
	case collaboration.HasSolution:
		r.AgreementMonths = 3
	case collaboration.NewCustomer:
		r.Contact = &collaboration.Contact{Name: " Åsa Öst ", Email: "asa@ost.example", Phone: "+46 70-123 45 67"}
	}
	return r
}

func TestNewOrder_CompletesRequest(t *testing.T) {
	t.Parallel()
	for _, sc := range []collaboration.Scenario{collaboration.HasSolution, collaboration.OnPlatform, collaboration.NewCustomer} {
		t.Run(string(sc), func(t *testing.T) {
			t.Parallel()
			r := requestFor(sc)
			o, err := collaboration.NewOrder(r, customerIn(sc), solution(t), "c-1", now)
			if err != nil {
				t.Fatal(err)
			}
			wantMonths := 12
			if sc == collaboration.HasSolution {
				wantMonths = 3
			}
			if o.Scenario != sc || o.AgreementMonths != wantMonths || o.Locale != collaboration.Swedish || o.OnEnd.Resolve() != collaboration.ReadOnly || o.OfficeID != "office-1" {
				t.Errorf("order %+v", o)
			}
			if sc == collaboration.NewCustomer && o.Contact.Name != "Åsa Öst" {
				t.Errorf("contact %+v", o.Contact)
			}
			if sc == collaboration.NewCustomer && r.Contact.Name != " Åsa Öst " {
				t.Error("the caller's request was changed")
			}
		})
	}
}

func TestNewOrder_ReportsEveryInvalidField(t *testing.T) {
	t.Parallel()
	type fields map[string]collaboration.Code
	tests := []struct {
		name      string
		scenario  collaboration.Scenario
		taskOwner string
		change    func(*collaboration.Request, *collaboration.Customer)
		want      fields
	}{
		{"no task", collaboration.HasSolution, "", func(r *collaboration.Request, _ *collaboration.Customer) { r.TaskID = "" }, fields{"task_id": collaboration.CodeRequired}},
		{"no open task", collaboration.HasSolution, "", func(r *collaboration.Request, c *collaboration.Customer) { r.TaskID, c.Tasks = "", nil }, fields{"task_id": collaboration.CodeNoOpenTask}},
		{"no such task", collaboration.HasSolution, "", func(r *collaboration.Request, _ *collaboration.Customer) { r.TaskID = "t-9" }, fields{"task_id": collaboration.CodeTaskNotFound}},
		{"task of another customer", collaboration.HasSolution, "c-2", func(r *collaboration.Request, _ *collaboration.Customer) { r.TaskID = "t-2" }, fields{"task_id": collaboration.CodeTaskOfAnotherCustomer}},
		{"closed task", collaboration.HasSolution, "c-1", func(r *collaboration.Request, _ *collaboration.Customer) { r.TaskID = "t-closed" }, fields{"task_id": collaboration.CodeTaskClosed}},
		{"no main contact", collaboration.OnPlatform, "c-1", func(_ *collaboration.Request, c *collaboration.Customer) { c.Administrators[0].MainContact = false }, fields{"customer_id": collaboration.CodeAdministratorMissing}},
		{"no choices", collaboration.HasSolution, "c-1", func(r *collaboration.Request, _ *collaboration.Customer) {
			r.InvoiceRecipient, r.AgreementMonths = "", 0
		},
			fields{"invoice_recipient": collaboration.CodeRequired, "agreement_months": collaboration.CodeRequired}},
		{"wrong choices", collaboration.HasSolution, "c-1", func(r *collaboration.Request, _ *collaboration.Customer) {
			r.InvoiceRecipient, r.AgreementMonths, r.Period.Start, r.Locale = "me", 6, "soon", "fi"
		}, fields{"invoice_recipient": collaboration.CodeInvalidChoice, "agreement_months": collaboration.CodeInvalidChoice, "period.start": collaboration.CodeInvalidChoice, "locale": collaboration.CodeInvalidChoice}},
		{"length not applicable", collaboration.OnPlatform, "c-1", func(r *collaboration.Request, _ *collaboration.Customer) { r.AgreementMonths = 12 }, fields{"agreement_months": collaboration.CodeNotApplicable}},
		{"contact not applicable", collaboration.OnPlatform, "c-1", func(r *collaboration.Request, _ *collaboration.Customer) { r.Contact = &collaboration.Contact{} }, fields{"contact": collaboration.CodeNotApplicable}},
		{"no contact", collaboration.NewCustomer, "c-1", func(r *collaboration.Request, _ *collaboration.Customer) { r.Contact = nil }, fields{"contact": collaboration.CodeRequired}},
		{"an empty contact", collaboration.NewCustomer, "c-1", func(r *collaboration.Request, _ *collaboration.Customer) {
			r.Contact = &collaboration.Contact{Name: " "}
		}, fields{"contact.name": collaboration.CodeRequired, "contact.email": collaboration.CodeRequired, "contact.phone": collaboration.CodeRequired}},
		{"a malformed contact", collaboration.NewCustomer, "c-1", func(r *collaboration.Request, _ *collaboration.Customer) {
			r.Contact = &collaboration.Contact{Name: "A\nB", Email: "a@b", Phone: "12"}
		}, fields{"contact.name": collaboration.CodeInvalidFormat, "contact.email": collaboration.CodeInvalidFormat, "contact.phone": collaboration.CodeInvalidFormat}},
		{"a long contact", collaboration.NewCustomer, "c-1", func(r *collaboration.Request, _ *collaboration.Customer) {
			r.Contact = &collaboration.Contact{Name: strings.Repeat("å", 101), Email: strings.Repeat("a", 250) + "@b.se", Phone: strings.Repeat("1", 21)}
		}, fields{"contact.name": collaboration.CodeTooLong, "contact.email": collaboration.CodeTooLong, "contact.phone": collaboration.CodeTooLong}},
		{"month not chosen", collaboration.OnPlatform, "c-1", period(collaboration.ChosenMonth, ""), fields{"period.month": collaboration.CodeRequired}},
		{"not the first of a month", collaboration.OnPlatform, "c-1", period(collaboration.ChosenMonth, "2027-01-02"), fields{"period.month": collaboration.CodeNotFirstOfMonth}},
		{"in the past", collaboration.OnPlatform, "c-1", period(collaboration.ChosenMonth, "2026-11-01"), fields{"period.month": collaboration.CodeInThePast}},
		{"too far ahead", collaboration.OnPlatform, "c-1", period(collaboration.ChosenMonth, "2028-12-01"), fields{"period.month": collaboration.CodeTooFarAhead}},
		{"month without a start rule", collaboration.OnPlatform, "c-1", period("", "2027-01-01"), fields{"period.start": collaboration.CodeRequired}},
		{"month not applicable", collaboration.OnPlatform, "c-1", period(collaboration.NextMonth, "2027-01-01"), fields{"period.month": collaboration.CodeNotApplicable}},
		{"several errors", collaboration.NewCustomer, "", func(r *collaboration.Request, _ *collaboration.Customer) {
			*r = collaboration.Request{TaskID: "t-9", InvoiceRecipient: "me", AgreementMonths: 3, Period: collaboration.Period{Start: "soon"}, Contact: &collaboration.Contact{Name: "A", Email: "a", Phone: "0701234567"}}
		}, fields{"task_id": collaboration.CodeTaskNotFound, "invoice_recipient": collaboration.CodeInvalidChoice, "agreement_months": collaboration.CodeNotApplicable,
			"period.start": collaboration.CodeInvalidChoice, "contact.email": collaboration.CodeInvalidFormat}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, c := requestFor(tt.scenario), customerIn(tt.scenario)
			tt.change(&r, &c)
			_, err := collaboration.NewOrder(r, c, solution(t), tt.taskOwner, now)
			var e *collaboration.Error
			if !errors.As(err, &e) || e.Code != collaboration.CodeInvalidRequest {
				t.Fatalf("got %v", err)
			}
			got := fields{}
			for _, f := range e.Fields {
				got[f.Field] = f.Code
			}
			if len(got) != len(e.Fields) || len(got) != len(tt.want) {
				t.Errorf("got %v, want %v", e.Fields, tt.want)
			}
			for field, code := range tt.want {
				if got[field] != code {
					t.Errorf("%s: got %q, want %q", field, got[field], code)
				}
			}
		})
	}
}

func period(start collaboration.StartRule, month string) func(*collaboration.Request, *collaboration.Customer) {
	return func(r *collaboration.Request, _ *collaboration.Customer) {
		r.Period.Start = start
		_ = r.Period.Month.UnmarshalText([]byte(month))
	}
}

func TestNewOrder_AcceptsMonthThatStartsToday(t *testing.T) {
	t.Parallel()
	r, c := requestFor(collaboration.OnPlatform), customerIn(collaboration.OnPlatform)
	period(collaboration.ChosenMonth, "2026-12-01")(&r, &c)
	// 23:30 UTC on 30 November is 1 December in Stockholm.
	if _, err := collaboration.NewOrder(r, c, solution(t), "c-1", time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)); err != nil {
		t.Error(err)
	}
}

// A name stands in genuine mails: it has a letter or digit, and neither a web address nor a
// sentence.
func TestContact_Name(t *testing.T) {
	t.Parallel()
	for name, valid := range map[string]bool{
		"Åsa Öberg": true, "O'Hara, Ann-Sofie": true, "3 Kronor": true, "王": true, "WWW Gruppen": true,
		"\u2060\u200b": false, "- .": false, "Logga in på https://evil.example": false, "www.evil.example": false, "logga in: evil.example/konto": false, "\u3164\u115f": false, "\u3164Anna": true, "se WWW.EVIL.example": false,
		"Anna-Karin O'Neil, jr.": true, "Dr. Anna B. Svensson": true, "Prof. em. Lars-Erik af Ekenstam": true, "Svensson, Anna Karin Maria": true, "anna karin svensson": true,
		"María del Carmen de la Torre y García López": true, "J.R.R. Tolkien": true, "Anna.Svensson": true, "Karl von und zu Ek": true, "Anna Ek, ekonomichef": true, "Anna Ek (f.d. Ask)": true,
		"du, ditt konto spärras. Logga in på https://evil.example": false, "du, ditt konto spärras. Logga in på evil": false, "du, ditt konto spärras": false,
		"Konto spärrat. Ring nu": false, "Varning! Ditt konto": false, "Obs: ring banken": false, "Ring 070-123 45 67": false, "Anna\u2028Logga in": false, "Är du Anna? Logga in": false,
		"spärras.\u00a0Logga in": false, "账户已锁定。登录": false, "en som vill att du loggar in på en annan sida nu": false,
	} {
		c := collaboration.Contact{Name: name, Email: "asa@b.se", Phone: "070-123 45 67"}
		if got := c.Check("") == nil; got != valid {
			t.Errorf("%q: valid %t, want %t", name, got, valid)
		}
	}
}

// The name of a task is in no mail. It may be a sentence, without a web address.
func TestValidTaskName(t *testing.T) {
	t.Parallel()
	for name, valid := range map[string]bool{
		"Bokslut klart. Granskas av Maja": true, "Moms: vänta! Kunden återkommer; ring 070-123 45 67": true, "Lön? Fråga Nils. Sedan bokslut.": true,
		"Klart. Se https://evil.example": false, "Klart. Se www.evil.example": false, "evil.example/konto": false, "Bokslut\u2028klart": false, "Bokslut\nklart": false, "- .": false, "\u3164": false, "a\xff": false,
	} {
		if got := collaboration.ValidTaskName(name); got != valid {
			t.Errorf("%q: valid %t, want %t", name, got, valid)
		}
	}
}

// The names of customers and offices are longer, and rejected only as sentences.
func TestValidName(t *testing.T) {
	t.Parallel()
	for name, valid := range map[string]bool{
		"AB Volvo (publ.)": true, "AB Volvo (publ.) Sverige": true, "Nordea Bank Abp, filial i Sverige": true, "Yahoo! Sverige AB": true, "Booking.com AB": true, "H. Lundbeck & Co. Kommanditbolag": true,
		"Goldcup 1234567 AB": true, "Bokföring 2026: kvartal 1, moms": true, "Bokföring inkl. moms och löner": true, "S:t Eriks Ögonsjukhus": true, "Sveriges Export u.p.a. i Stockholm": true, "1. Bokslut": true,
		"Samfällighetsföreningen för vägar och grönområden i Lilla Edet ekonomisk förening": true, "Åkes El & VVS, filial till Åkes Bygg i Norra Ydre AB": true,
		"Ditt konto spärras. Logga in": false, "Ditt konto spärras! Logga in nu": false, "Kontot spärras.Logga in på evil": false, "Skatt\u2029Logga in": false, "Ditt konto är låst; logga in": false,
		"Kontot \"spärras.\" Ring oss": false,
	} {
		if got := collaboration.ValidName(name); got != valid {
			t.Errorf("%q: valid %t, want %t", name, got, valid)
		}
	}
}

// A phone number is pasted with dashes and spaces of every kind, and invisible marks.
func TestContact_PastedPhone(t *testing.T) {
	t.Parallel()
	for pasted, want := range map[string]string{
		"\u202d070\u2013123\u00a045\u200967\u202c": "070-123 45 67",
		"+46\u00a070\u2011123.45.67":               "+46 70-123.45.67",
		"\u2066(0)8\u2212123 456\u2069\u200b":      "(0)8-123 456",
	} {
		c := collaboration.Contact{Name: "Åsa", Email: "asa@b.se", Phone: pasted}
		if wrong := c.Check(""); wrong != nil {
			t.Errorf("%+q: %+v", pasted, wrong)
		}
		if got := c.Clean().Phone; got != want {
			t.Errorf("%+q is stored as %+q", pasted, got)
		}
	}
}

func TestValidEmail(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 93) + "se"
	valid := []string{"a@b.se", "anna.svensson+office@foretag.example", "o'hara@example.ie", "a@xn--brod-5qa.example", longest}
	invalid := []string{"", "a", "@b.se", "a@", "a@b", "a@b.se ", "Anna <a@b.se>", "a@b.se,c@d.se", "a@b.se\nBcc: c@d.se", "a b@c.se", "a@[127.0.0.1]", "a@.se.",
		"åsa@foretag.example", "asa@företag.example", "asa@foretag.example\u00e4", "b" + longest,
		"anna@kund.example?subject=x", "anna@kund!.example", "anna@-kund.example", "anna@kund-.example", "anna@kund..example", "anna@kund_1.example",
		"anna@10.0.0.1", strings.Repeat("a", 65) + "@b.se", "anna@" + strings.Repeat("k", 64) + ".se"}
	for _, s := range valid {
		if !collaboration.ValidEmail(s) {
			t.Errorf("%q was rejected", s)
		}
	}
	for _, s := range invalid {
		if collaboration.ValidEmail(s) {
			t.Errorf("%q was accepted", s)
		}
	}
}

func TestCustomer_Scenario(t *testing.T) {
	t.Parallel()
	for _, sc := range []collaboration.Scenario{collaboration.HasSolution, collaboration.OnPlatform, collaboration.NewCustomer} {
		c := customerIn(sc)
		if got := c.Scenario("financial-overview"); got != sc {
			t.Errorf("got %s, want %s", got, sc)
		}
	}
	if got := customerIn(collaboration.HasSolution).Scenario("another"); got != collaboration.OnPlatform {
		t.Errorf("another solution: %s", got)
	}
	if !slices.Equal([]bool{collaboration.HasSolution.ActivatesSolution(), collaboration.OnPlatform.ActivatesSolution(), collaboration.NewCustomer.ActivatesSolution()}, []bool{false, true, true}) {
		t.Error("the scenarios that activate the solution are wrong")
	}
}

func TestRequest_WithTaskUsesTheOnlyOpenTask(t *testing.T) {
	t.Parallel()
	one := collaboration.Customer{Tasks: []collaboration.Task{{ID: "a", Open: true}, {ID: "b"}}}
	two := collaboration.Customer{Tasks: []collaboration.Task{{ID: "a", Open: true}, {ID: "b", Open: true}}}
	if r := (collaboration.Request{}).WithTask(one); r.TaskID != "a" {
		t.Errorf("used %q", r.TaskID)
	}
	if r := (collaboration.Request{}).WithTask(two); r.TaskID != "" {
		t.Errorf("used %q of two", r.TaskID)
	}
	if r := (collaboration.Request{TaskID: "b"}).WithTask(one); r.TaskID != "b" {
		t.Errorf("used %q instead of the task in the request", r.TaskID)
	}
}
