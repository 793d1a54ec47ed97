package mail_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/internal/mail"
)

var update = flag.Bool("update", false, "write the golden files")

// outbox is a Sender that records messages.
type outbox struct {
	mu   sync.Mutex
	sent []mail.Message
	err  error
}

func (o *outbox) Send(_ context.Context, m mail.Message) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, m)
	return "provider-" + m.ID, o.err
}

const linkURL = "https://countersign.example/approve/1.Ab3_.vvvvvvvvvvvvvvvvvvvv-ssssssssssssssss.1.approve.t5z9c0.c2VhbA"

func invitation(sc collaboration.Scenario, l collaboration.Locale) collaboration.Mail {
	m := collaboration.Mail{
		DeliveryID:   "delivery-1",
		Kind:         collaboration.NotificationInvitation,
		To:           collaboration.Recipient{Name: "Åsa Öberg", Email: "asa@bagarn.example"},
		OfficeName:   "Ekströms Redovisning",
		SenderName:   "Maja Ekström",
		CustomerName: "Bagarn & Döttrar AB",
		Order: collaboration.Order{
			SolutionID: "financial-overview", Scenario: sc, Locale: l, AgreementMonths: 12,
			InvoiceRecipient: collaboration.PaidByOffice, Period: collaboration.Period{Start: collaboration.OnApproval},
			OnEnd: collaboration.EndPolicies{collaboration.ReadOnly, collaboration.ContinueAlone},
		},
		Link: linkURL,
		// Already the 23rd in Stockholm.
		ExpiresAt: time.Date(2026, 12, 22, 23, 30, 0, 0, time.UTC),
	}
	m.Order.Prices = collaboration.SamePrice(collaboration.Price{Text: collaboration.Text{Swedish: "Enligt gällande prislista", English: "According to the current price list"}, Link: "https://example.com/price-list"})
	switch sc {
	case collaboration.HasSolution:
		m.Order.Prices = collaboration.SamePrice(collaboration.Price{Amount: "1249.50", Currency: "SEK", Per: collaboration.PerMonth, Text: collaboration.Text{Swedish: "exklusive moms", English: "excluding VAT"}})
		m.Order.AgreementMonths = 3
		m.Order.Period = collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2027, Month: time.February, Day: 1}}
	case collaboration.NewCustomer:
		m.Order.InvoiceRecipient = collaboration.PaidByCustomer
		m.Order.Period = collaboration.Period{Start: collaboration.NextMonth}
	}
	return m
}

func compose(t *testing.T, m collaboration.Mail) mail.Message {
	t.Helper()
	var out outbox
	if _, err := mail.NewMailer(&out, catalogue.Embedded, "no-reply@countersign.example", "Countersign").Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return out.sent[0]
}

func TestInvitation_Golden(t *testing.T) {
	t.Parallel()
	for _, sc := range []collaboration.Scenario{collaboration.HasSolution, collaboration.OnPlatform, collaboration.NewCustomer} {
		for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
			m := compose(t, invitation(sc, l))
			for kind, got := range map[string]string{"html": m.HTML, "txt": m.Text, "subject": m.Subject + "\n"} {
				name := string(sc) + "." + string(l) + "." + kind
				t.Run(name, func(t *testing.T) { golden(t, name, got) })
			}
		}
	}
}

// The image has the office's name for readers without images, and a size that fits each side.
func TestInvitation_ShowsLogo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ width, height, wantWidth, wantHeight int }{
		{120, 40, 120, 40}, {480, 60, 240, 30}, {100, 200, 30, 60}, {1024, 16, 240, 3}, {16, 1024, 1, 60},
	} {
		m := invitation(collaboration.HasSolution, collaboration.Swedish)
		m.OfficeName = "Ekström & Co"
		m.OfficeLogo = &collaboration.Logo{ContentType: "image/png", Width: tt.width, Height: tt.height, Content: []byte("picture")}
		got := compose(t, m)
		want := fmt.Sprintf(`<img src="cid:logo" width="%d" height="%d" alt="Ekström &amp; Co"`, tt.wantWidth, tt.wantHeight)
		if !strings.Contains(got.HTML, want) || got.Logo != m.OfficeLogo {
			t.Errorf("%d × %d: no %s in\n%.900s", tt.width, tt.height, want, got.HTML)
		}
	}
	if got := compose(t, invitation(collaboration.HasSolution, collaboration.Swedish)); got.Logo != nil || strings.Contains(got.HTML, "<img") {
		t.Errorf("an office without a logo: %s", got.HTML)
	}
}

// The price is in the order, so a changed catalogue does not change it. The mail has no link
// to a price list: the only link is the invitation's.
func TestInvitation_ShowsPriceOfOrder(t *testing.T) {
	t.Parallel()
	link := collaboration.Price{Link: "https://example.com/price-list"}
	amount := collaboration.Price{Amount: "99", Currency: "EUR", Per: collaboration.PerMonth}
	for _, tt := range []struct {
		price            collaboration.Price
		swedish, english string
	}{
		{amount, "Pris: 99\u00a0EUR per månad\n", "Price: EUR\u00a099 per month\n"},
		{link, "Pris: Enligt prislistan\n", "Price: According to the price list\n"},
		{collaboration.Price{}, "", ""},
	} {
		for l, want := range map[collaboration.Locale]string{collaboration.Swedish: tt.swedish, collaboration.English: tt.english} {
			m := invitation(collaboration.OnPlatform, l)
			m.Order.Prices = collaboration.SamePrice(tt.price)
			text := compose(t, m).Text
			if !strings.Contains(text, want) || strings.Contains(text, "Pris") && want == "" || strings.Contains(text, "example.com") {
				t.Errorf("%+v in %s:\n%s", tt.price, l, text)
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s (go test -update to accept):\n%s", path, got)
	}
}

func TestInvitation_Headers(t *testing.T) {
	t.Parallel()
	var out outbox
	id, err := mail.NewMailer(&out, catalogue.Embedded, "no-reply@countersign.example", "Countersign").Send(t.Context(), invitation(collaboration.OnPlatform, collaboration.English))
	if err != nil || id != "provider-delivery-1" || len(out.sent) != 1 {
		t.Fatalf("id %q, %v, %d sent", id, err, len(out.sent))
	}
	m := out.sent[0]
	m.Subject, m.Text, m.HTML = "", "", ""
	want := mail.Message{ID: "delivery-1", To: "asa@bagarn.example", ToName: "Åsa Öberg", From: "no-reply@countersign.example", FromName: "Ekströms Redovisning via Countersign"}
	if m.Headers["Content-Language"] != "en" || m.Headers["Auto-Submitted"] != "auto-generated" || len(m.Headers) != 2 {
		t.Errorf("headers %v", m.Headers)
	}
	m.Headers = nil
	if m.ID != want.ID || m.To != want.To || m.ToName != want.ToName || m.From != want.From || m.FromName != want.FromName {
		t.Errorf("got %+v, want %+v", m, want)
	}
}

// A customer answers to the office, and reads its settings. A mail to the office has none
// of that.
func TestSend_OfficeSettings(t *testing.T) {
	t.Parallel()
	var out outbox
	mailer := mail.NewMailer(&out, catalogue.Embedded, "no-reply@countersign.example", "Countersign")
	in := invitation(collaboration.OnPlatform, collaboration.English)
	in.OfficeSender, in.OfficeEmail, in.OfficePhone = "Ekströms", "hej@ekstroms.example", "08-123 45 67"
	for _, toOffice := range []bool{false, true} {
		in.ToOffice = toOffice
		if toOffice {
			in.Kind = collaboration.NotificationBounced
		}
		if _, err := mailer.Send(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	toCustomer, toOffice := out.sent[0], out.sent[1]
	if toCustomer.FromName != "Ekströms via Countersign" || toCustomer.ReplyTo != "hej@ekstroms.example" || !strings.Contains(toCustomer.Text, "Questions: hej@ekstroms.example, 08-123 45 67.") {
		t.Errorf("to the customer: %+v", toCustomer)
	}
	if toOffice.FromName != "Countersign" || toOffice.ReplyTo != "" || strings.Contains(toOffice.Text, "08-123 45 67") {
		t.Errorf("to the office: %+v", toOffice)
	}
}

func TestInvitation_UnknownLocaleIsSwedish(t *testing.T) {
	t.Parallel()
	for _, l := range []collaboration.Locale{"", "fi"} {
		if m := compose(t, invitation(collaboration.OnPlatform, l)); m.Headers["Content-Language"] != "sv" || !strings.Contains(m.HTML, `lang="sv"`) {
			t.Errorf("locale %q: language %q", l, m.Headers["Content-Language"])
		}
	}
}

func TestInvitation_NamesCannotInject(t *testing.T) {
	t.Parallel()
	m := invitation(collaboration.OnPlatform, collaboration.English)
	m.OfficeName = "Office\r\nBcc: victim@evil.example"
	m.SenderName = "\u202Egnol <script>alert(1)</script>"
	m.CustomerName = "A\u2028B\x00 C"
	m.To.Name = "Åsa\nInvoice recipient: nobody"
	got := compose(t, m)
	if strings.ContainsAny(got.Subject+got.ToName, "\r\n") || got.Subject != "Office Bcc: victim@evil.example invites you to Financial overview, Budget & Forecast" {
		t.Errorf("subject %q, to %q", got.Subject, got.ToName)
	}
	if strings.Contains(got.HTML, "<script>") || !strings.Contains(got.HTML, "&lt;script&gt;") {
		t.Error("a name was not escaped")
	}
	if strings.Contains(got.Text, "\nInvoice recipient: nobody") || !strings.Contains(got.Text, "invites A B C to use") || strings.Contains(got.Text, "\u202E") {
		t.Errorf("a name contains a line break:\n%s", got.Text)
	}
}

func TestInvitation_InvalidInput(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(*collaboration.Mail)
		want  collaboration.Code
	}{
		"script for a link": {func(m *collaboration.Mail) { m.Link = "javascript:alert(1)" }, collaboration.CodeInternal},
		"relative link":     {func(m *collaboration.Mail) { m.Link = "/approve/x" }, collaboration.CodeInternal},
		"no link":           {func(m *collaboration.Mail) { m.Link = "" }, collaboration.CodeInternal},
		"unknown solution":  {func(m *collaboration.Mail) { m.Order.SolutionID = "gone" }, collaboration.CodeSolutionNotFound},
	} {
		var out outbox
		m := invitation(collaboration.OnPlatform, collaboration.Swedish)
		tt.spoil(&m)
		_, err := mail.NewMailer(&out, catalogue.Embedded, "no-reply@countersign.example", "").Send(t.Context(), m)
		if collaboration.CodeOf(err) != tt.want || len(out.sent) != 0 {
			t.Errorf("%s: got %v, %d sent; want %s", name, err, len(out.sent), tt.want)
		}
	}
}

func TestMailer_ReturnsSendersError(t *testing.T) {
	t.Parallel()
	refusal := &collaboration.Error{Code: collaboration.CodeMailRateLimited, RetryAfter: time.Minute}
	_, err := mail.NewMailer(&outbox{err: refusal}, catalogue.Embedded, "no-reply@countersign.example", "").Send(t.Context(), invitation(collaboration.OnPlatform, collaboration.Swedish))
	var got *collaboration.Error
	if !errors.As(err, &got) || got != refusal {
		t.Errorf("got %v", err)
	}
}

func directoryMail(kind collaboration.DirectoryMailKind, l collaboration.Locale) collaboration.DirectoryMail {
	m := collaboration.DirectoryMail{Kind: kind, ID: "mail-1", To: collaboration.Recipient{Name: "Kim Ek", Email: "kim@ek.example"}, OfficeName: "Ekströms Redovisning",
		OfficeEmail: "info@ekstroms.example", OfficePhone: "08-123 45 67", OfficeSender: "Ekströms", Locale: l, Link: "https://countersign.example/"}
	if !kind.ToOffice() {
		m.CustomerName = "Bagarn & Döttrar AB"
	}
	return m
}

func TestSendDirectoryMail_Golden(t *testing.T) {
	t.Parallel()
	for _, kind := range []collaboration.DirectoryMailKind{collaboration.MailEmployeeAdded, collaboration.MailOldAddress, collaboration.MailNewAddress} {
		for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
			var out outbox
			if _, err := mail.NewMailer(&out, catalogue.Embedded, "no-reply@countersign.example", "Countersign").SendDirectoryMail(t.Context(), directoryMail(kind, l)); err != nil {
				t.Fatal(err)
			}
			m := out.sent[0]
			golden(t, string(kind)+".directory."+string(l)+".txt", m.Subject+"\n\n"+m.Text)
			from, replyTo := "Ekströms via Countersign", "info@ekstroms.example"
			if kind.ToOffice() {
				from, replyTo = "Countersign", ""
			}
			if m.ID != "mail-1" || m.FromName != from || m.ReplyTo != replyTo || strings.Contains(m.HTML, `<a href="">`) || m.Headers["Content-Language"] != string(l) {
				t.Errorf("%s: %+v", kind, m)
			}
		}
	}
}
