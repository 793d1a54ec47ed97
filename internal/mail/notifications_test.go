package mail_test

import (
	"fmt"
	"html"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/internal/mail"
)

// notificationOf returns a mail of a kind with complete data.
func notificationOf(kind collaboration.NotificationKind, toOffice bool, l collaboration.Locale) collaboration.Mail {
	m := invitation(collaboration.OnPlatform, l)
	m.Kind, m.ToOffice, m.InvitedName = kind, toOffice, "Åsa Öberg"
	m.OfficeLocale = l
	m.InvitedEmail, m.DecidedBy = "asa@bagarn.example", "Eva Lind"
	m.Decision = &collaboration.Decision{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice, Comment: "För <dyrt>\njust nu"}
	m.FailureCode = collaboration.CodeTaskClosed
	m.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2027, Month: time.January, Day: 31}, Months: 3, Term: 1, Renews: true, NextMonths: 12}
	switch kind {
	case collaboration.NotificationReminder, collaboration.NotificationBounced, collaboration.NotificationDeclined, collaboration.NotificationExpired, collaboration.NotificationFailed, collaboration.NotificationAskedAgain, collaboration.NotificationHandedOn:
		m.Agreement = nil // there is none
	case collaboration.NotificationNotice:
		m.Agreement.Renews = false
	case collaboration.NotificationChangeProposed, collaboration.NotificationChangeReminder, collaboration.NotificationChangeApproved, collaboration.NotificationChangeDeclined,
		collaboration.NotificationChangeWithdrawn, collaboration.NotificationChangeExpired:
		m.Proposal, m.Agreement = proposed(kind), nil // these mails have no dates of the agreement
	case collaboration.NotificationEnded:
		m.EndedAt, m.Link = time.Date(2027, 3, 14, 23, 30, 0, 0, time.UTC), ""
	}
	if kind.Confirms() {
		m.SignedHead = "countersign-head-1.aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb.7.HASH.KEY-ID.SIGNATURE"
	}
	if toOffice {
		m.To, m.Link = collaboration.Recipient{ID: "emp-maja", Name: "Maja Ekström", Email: "maja@ekstroms.example"}, "https://countersign.example/activations/aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb"
	}
	return m
}

// proposed returns a proposal that changes every condition, for a mail of a kind.
func proposed(kind collaboration.NotificationKind) *collaboration.Proposal {
	price := func(amount string) collaboration.PayerPrices {
		return collaboration.SamePrice(collaboration.Price{Amount: amount, Currency: "SEK", Per: collaboration.PerMonth})
	}
	p := &collaboration.Proposal{
		Number: 1, Kind: collaboration.ProposalChange,
		From: collaboration.Conditions{Prices: price("249.50"), InvoiceRecipient: collaboration.PaidByOffice, AgreementMonths: 3, TermsVersion: "2026-11"},
		To:   collaboration.Conditions{Prices: price("1299"), InvoiceRecipient: collaboration.PaidByCustomer, AgreementMonths: 12, TermsVersion: "2027-01"},
	}
	switch kind {
	case collaboration.NotificationChangeDeclined:
		p.Decision = &collaboration.Decision{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice, Comment: "För <dyrt>\njust nu"}
	case collaboration.NotificationChangeReminder, collaboration.NotificationChangeExpired:
		p.Kind, p.Unanswered = collaboration.ProposalRenewal, collaboration.EndAgreement
	}
	return p
}

// everyNotification calls f for each kind and party with a notification.
func everyNotification(f func(kind collaboration.NotificationKind, toOffice bool)) {
	for _, kind := range collaboration.NotificationKinds() {
		if kind.ToCustomer() {
			f(kind, false)
		}
		if kind.ToOffice() {
			f(kind, true)
		}
	}
}

func TestNotifications_Golden(t *testing.T) {
	t.Parallel()
	everyNotification(func(kind collaboration.NotificationKind, toOffice bool) {
		if kind == collaboration.NotificationInvitation {
			return // has its own
		}
		for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
			name := string(kind) + map[bool]string{true: ".office.", false: ".customer."}[toOffice] + string(l) + ".txt"
			t.Run(name, func(t *testing.T) {
				m := compose(t, notificationOf(kind, toOffice, l))
				golden(t, name, m.Subject+"\n\n"+m.Text)
			})
		}
	})
}

// outlooks has the possible continuations of an agreement, with its last day, or the day
// on which the next term begins: 30 April.
var outlooks = map[string]struct {
	set    func(*collaboration.Agreement)
	on     collaboration.Date
	renews bool
}{
	"renews":              {func(*collaboration.Agreement) {}, in2027(time.April, 30), true},
	"notice":              {func(a *collaboration.Agreement) { a.Renews = false }, in2027(time.April, 29), false},
	"end in this term":    {func(a *collaboration.Agreement) { a.EndOn = in2027(time.March, 15) }, in2027(time.March, 14), false},
	"end in a later term": {func(a *collaboration.Agreement) { a.EndOn = in2027(time.June, 15) }, in2027(time.June, 14), false},
}

func in2027(month time.Month, day int) collaboration.Date {
	return collaboration.Date{Year: 2027, Month: month, Day: day}
}

// everyCase calls f for each notification in both languages, of every scenario,
// solution and outlook.
func everyCase(f func(name, outlook string, in collaboration.Mail)) {
	everyNotification(func(kind collaboration.NotificationKind, toOffice bool) {
		for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
			for _, sc := range []collaboration.Scenario{collaboration.HasSolution, collaboration.OnPlatform, collaboration.NewCustomer} {
				for _, solution := range catalogue.Embedded.Solutions() {
					for outlook, o := range outlooks {
						in := notificationOf(kind, toOffice, l)
						in.Order = invitation(sc, l).Order
						in.Order.SolutionID = solution.ID
						if in.Agreement != nil {
							in.Agreement.Renews = true
							o.set(in.Agreement)
						}
						f(fmt.Sprintf("%s, to office %t, %s, %s, %s, %s", kind, toOffice, l, sc, solution.ID, outlook), outlook, in)
					}
				}
			}
		}
	})
}

var (
	addresses = regexp.MustCompile(`[a-z]+://[^\s"<]+`)
	dates     = regexp.MustCompile(`\d{4}-\d\d-\d\d|\d{1,2} [A-Z][a-z]+ \d{4}`)
	fields    = regexp.MustCompile(`\.[A-Z][A-Za-z]*`)
)

// found returns each match once, in order.
func found(in string, what *regexp.Regexp) []string {
	all := what.FindAllString(html.UnescapeString(in), -1)
	slices.Sort(all)
	return slices.Compact(all)
}

func TestNotifications_AreComplete(t *testing.T) {
	t.Parallel()
	everyCase(func(name, _ string, in collaboration.Mail) {
		m := compose(t, in)
		if paragraphs := strings.Split(m.Text, "\n\n"); m.Subject == "" || len(paragraphs) < 4 || len(paragraphs[1]) < 20 {
			t.Errorf("%s: subject %q, text:\n%s", name, m.Subject, m.Text)
		}
		for part, text := range map[string]string{"subject": m.Subject, "text": m.Text, "html": m.HTML} {
			for _, broken := range []string{"<no value>", "{{", "}}", "%!", "  ", " .", "\n\n\n", `12px;"></p>`} {
				if strings.Contains(text, broken) {
					t.Errorf("%s: %q in the %s:\n%s", name, broken, part, text)
				}
			}
		}
		wantSameParts(t, name, in, m)
	})
}

// wantSameParts compares the text with the HTML: links, dates, and every line.
func wantSameParts(t *testing.T, name string, in collaboration.Mail, m mail.Message) {
	t.Helper()
	var want []string
	if in.Link != "" {
		want = []string{in.Link}
	}
	if text, markup := found(m.Text, addresses), found(m.HTML, addresses); !slices.Equal(text, want) || !slices.Equal(markup, want) {
		t.Errorf("%s: links %q in the text, %q in the HTML; want %q", name, text, markup, want)
	}
	if text, markup := found(m.Subject+"\n"+m.Text, dates), found(m.HTML, dates); !slices.Equal(text, markup) {
		t.Errorf("%s: dates %q in the text, %q in the HTML", name, text, markup)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(m.Text), "\n") {
		if label, value, isFact := strings.Cut(line, ": "); isFact && strings.Contains(m.HTML, ">"+label+"</span>") {
			line = value
		}
		if !strings.Contains(html.UnescapeString(m.HTML), strings.TrimSuffix(line, ":")) {
			t.Errorf("%s: only the text contains %q", name, line)
		}
	}
}

// User input cannot inject lines, headers or markup.
func TestNotifications_InputCannotInject(t *testing.T) {
	t.Parallel()
	const evil = "A\r\nBcc: x\u2028Ends: never\u202E <script>alert(1)</script> {{.Office}}"
	everyCase(func(name, _ string, in collaboration.Mail) {
		in.To.Name, in.OfficeName, in.SenderName, in.CustomerName, in.InvitedName = evil, evil, evil, evil, evil
		in.InvitedEmail, in.DecidedBy = evil, evil
		in.Decision.Comment = evil
		m := compose(t, in)
		if strings.ContainsAny(m.Subject+m.ToName, "\r\n\u2028\u202E") {
			t.Errorf("%s: subject %q, to %q", name, m.Subject, m.ToName)
		}
		if strings.ContainsAny(m.Text, "\r\u2028\u202E") || strings.Contains(m.Text, "\nBcc") || strings.Contains(m.Text, "\nEnds: never") {
			t.Errorf("%s: an injected line:\n%s", name, m.Text)
		}
		if strings.Contains(m.HTML, "<script") || !strings.Contains(m.HTML, "&lt;script&gt;") {
			t.Errorf("%s: a name was not escaped", name)
		}
	})
}

// A notification about an agreement contains its last day or the day on which it renews, and
// no other day. A delayed notification has the current state.
func TestNotifications_HaveCorrectDay(t *testing.T) {
	t.Parallel()
	everyCase(func(name, outlook string, in collaboration.Mail) {
		if in.Agreement == nil || in.Kind == collaboration.NotificationEnded || in.Kind.AsksToApprove() {
			return
		}
		m, o := compose(t, in), outlooks[outlook]
		want := []string{"2027-01-31", o.on.String()}
		if m.Headers["Content-Language"] == "en" {
			want = []string{"31 January 2027", fmt.Sprintf("%d %s %d", o.on.Day, o.on.Month, o.on.Year)}
		}
		slices.Sort(want)
		all := m.Subject + "\n" + m.Text
		if got := found(all, dates); !slices.Equal(got, want) {
			t.Errorf("%s: dates %q, want %q:\n%s", name, got, want, all)
		}
		ends, renews := saysAny(all, "till och med", "last day", "ends on"), saysAny(all, "förlängs", "renews")
		if renews != o.renews || ends == o.renews {
			t.Errorf("%s: ends %t, renews %t:\n%s", name, ends, renews, all)
		}
	})
}

func saysAny(text string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(text), w) })
}

// Every mail to the office has a button to the activation's page.
func TestOfficeMail_HasButton(t *testing.T) {
	t.Parallel()
	everyCase(func(name, _ string, in collaboration.Mail) {
		if !in.ToOffice {
			return
		}
		label := map[collaboration.Locale]string{collaboration.Swedish: "Öppna aktiveringen", collaboration.English: "Open the activation"}[in.OfficeLocale]
		if m := compose(t, in); !strings.Contains(m.Text, label+":\n"+in.Link+"\n") || !strings.Contains(m.HTML, `href="`+in.Link+`"`) {
			t.Errorf("%s:\n%s", name, m.Text)
		}
		in.Link = ""
		var out outbox
		_, err := mail.NewMailer(&out, catalogue.Embedded, "no-reply@countersign.example", "Countersign").Send(t.Context(), in)
		if collaboration.CodeOf(err) != collaboration.CodeInternal || len(out.sent) != 0 {
			t.Errorf("%s without a link: %v, %d sent", name, err, len(out.sent))
		}
	})
}

// A mail to the office says the fact that it is about.
func TestOfficeMail_SaysFact(t *testing.T) {
	t.Parallel()
	for kind, want := range map[collaboration.NotificationKind][]string{
		collaboration.NotificationBounced:        {"Åsa Öberg på Bagarn & Döttrar AB (asa@bagarn.example)"},
		collaboration.NotificationApproved:       {"Eva Lind på Bagarn & Döttrar AB har godkänt"},
		collaboration.NotificationDeclined:       {"Eva Lind på Bagarn & Döttrar AB har tackat nej", "Skäl: priset", "”För <dyrt> just nu”"},
		collaboration.NotificationExpired:        {"Åsa Öberg på Bagarn & Döttrar AB (asa@bagarn.example)", "gällde till 2026-12-23"},
		collaboration.NotificationFailed:         {"Uppdraget är avslutat", "aktivera sedan på nytt"},
		collaboration.NotificationHandedOn:       {"Eva Lind på Bagarn & Döttrar AB har lämnat vidare inbjudan", "Åsa Öberg på Bagarn & Döttrar AB (asa@bagarn.example)"},
		collaboration.NotificationChangeApproved: {"Eva Lind på Bagarn & Döttrar AB har godkänt"},
		collaboration.NotificationChangeDeclined: {"Eva Lind på Bagarn & Döttrar AB har avböjt", "Orsak: priset", "”För <dyrt> just nu”"},
	} {
		m := compose(t, notificationOf(kind, true, collaboration.Swedish))
		for _, fact := range want {
			if !strings.Contains(m.Text, fact) {
				t.Errorf("%s: no %q in\n%s", kind, fact, m.Text)
			}
		}
	}
	failed := notificationOf(collaboration.NotificationFailed, true, collaboration.Swedish)
	failed.FailureCode = collaboration.CodeMailRejected
	if m := compose(t, failed); !strings.Contains(m.Text, "adressen asa@bagarn.example") {
		t.Errorf("a rejected mail:\n%s", m.Text)
	}
}

// The length is that of the next term.
func TestRenewal_HasNextTerm(t *testing.T) {
	t.Parallel()
	for _, toOffice := range []bool{false, true} {
		if m := compose(t, notificationOf(collaboration.NotificationTermEnds, toOffice, collaboration.Swedish)); !strings.Contains(m.Text, "förlängs 2027-04-30 med 12 månader") {
			t.Errorf("to office %t:\n%s", toOffice, m.Text)
		}
	}
}

// An agreement may start long after its approval.
func TestApproved_LaterStart(t *testing.T) {
	t.Parallel()
	for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
		if m := compose(t, notificationOf(collaboration.NotificationApproved, false, l)); saysAny(m.Subject+m.Text, "igång", "begun") {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
	}
}

// The notification describes the end policy of the solution. It omits the former invoice
// recipient, who may differ from the next one.
func TestEnded_DescribesPolicy(t *testing.T) {
	t.Parallel()
	for _, solution := range catalogue.Embedded.Solutions() {
		says := map[collaboration.EndPolicy]string{
			collaboration.ContinueAlone: "behåller lösningen", collaboration.ReadOnly: "läsa men inte ändra", collaboration.Delete: "tas bort",
		}[solution.OnEnd.Resolve()]
		for _, toOffice := range []bool{false, true} {
			in := notificationOf(collaboration.NotificationEnded, toOffice, collaboration.Swedish)
			in.Order.SolutionID, in.Order.OnEnd = solution.ID, solution.OnEnd
			if m := compose(t, in); !strings.Contains(m.Text, says) || !strings.Contains(m.Text, "Avslutades: 2027-03-15") || strings.Contains(m.Text, "Fakturamottagare") {
				t.Errorf("%s:\n%s", solution.ID, m.Text)
			}
		}
	}
}

// The mails of a notice, of a term that ends and of the end say the chosen policy.
func TestEnding_SaysChosenPolicy(t *testing.T) {
	t.Parallel()
	for _, kind := range []collaboration.NotificationKind{collaboration.NotificationNotice, collaboration.NotificationTermEnds, collaboration.NotificationEnded} {
		for choice, says := range map[collaboration.EndPolicy]string{"": "läsa men inte ändra", collaboration.ContinueAlone: "behåller lösningen"} {
			for _, toOffice := range []bool{false, true} {
				in := notificationOf(kind, toOffice, collaboration.Swedish)
				in.Agreement.Renews, in.Agreement.OnEnd = false, choice
				if m := compose(t, in); !strings.Contains(m.Text, says) {
					t.Errorf("%s, choice %q, to office %t:\n%s", kind, choice, toOffice, m.Text)
				}
			}
		}
	}
}

// An agreement that ended by its terms has ended on its last day, also if the worker was late.
func TestEnded_HasLastDay(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		set     func(*collaboration.Agreement)
		endedAt time.Time
		want    string
	}{
		"at the end of the term": {func(a *collaboration.Agreement) { a.Renews = false }, in2027(time.April, 30).Start(), "2027-04-29"},
		"after an outage":        {func(a *collaboration.Agreement) { a.Renews = false }, in2027(time.May, 2).Start(), "2027-04-29"},
		"on a date":              {func(a *collaboration.Agreement) { a.EndOn = in2027(time.March, 15) }, in2027(time.March, 15).Start(), "2027-03-14"},
		"at once":                {func(*collaboration.Agreement) {}, in2027(time.March, 15).Start().Add(time.Hour), "2027-03-15"},
		"at once, after notice":  {func(a *collaboration.Agreement) { a.Renews = false }, in2027(time.March, 15).Start().Add(time.Hour), "2027-03-15"},
	} {
		for _, toOffice := range []bool{false, true} {
			in := notificationOf(collaboration.NotificationEnded, toOffice, collaboration.Swedish)
			in.EndedAt = tt.endedAt
			tt.set(in.Agreement)
			if m := compose(t, in); !strings.Contains(m.Text, "Avslutades: "+tt.want+"\n") {
				t.Errorf("%s, to office %t, want %s:\n%s", name, toOffice, tt.want, m.Text)
			}
		}
	}
}

func TestDeclined_HasReason(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, reason := range collaboration.DeclineReasons() {
		in := notificationOf(collaboration.NotificationDeclined, true, collaboration.Swedish)
		in.Decision.Reason = reason
		m := compose(t, in)
		_, said, _ := strings.Cut(m.Text, "Skäl: ")
		said, _, _ = strings.Cut(said, ".")
		if said == "" || seen[said] || !strings.Contains(m.Text, "”För <dyrt> just nu”") {
			t.Errorf("%s: %q:\n%s", reason, said, m.Text)
		}
		seen[said] = true
	}
}

// Both languages have the same texts with the same variables, including the unused English
// texts for the office.
func TestTexts_HaveSameVariables(t *testing.T) {
	t.Parallel()
	sv, en := textsOf(t, collaboration.Swedish), textsOf(t, collaboration.English)
	if len(sv) < 2*len(collaboration.NotificationKinds()) {
		t.Fatalf("only %d texts", len(sv))
	}
	for name := range sv {
		if _, there := en[name]; !there || !slices.Equal(sv[name], en[name]) {
			t.Errorf("%s: variables %v in Swedish, %v in English (exists: %t)", name, sv[name], en[name], there)
		}
	}
	for name := range en {
		if _, there := sv[name]; !there {
			t.Errorf("%s: only in English", name)
		}
	}
}

// textsOf returns the variables of each text of a language.
func textsOf(t *testing.T, l collaboration.Locale) map[string][]string {
	t.Helper()
	file := string(l) + ".tmpl"
	all, err := template.ParseFiles(filepath.Join("templates", file))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]string{}
	for _, text := range all.Templates() {
		if text.Name() != file {
			texts[text.Name()] = found(text.Root.String(), fields)
		}
	}
	return texts
}

func TestNotifications_UnknownKind(t *testing.T) {
	t.Parallel()
	asked := notificationOf(collaboration.NotificationInvitation, true, collaboration.Swedish)
	unagreed, undecided := notificationOf(collaboration.NotificationNotice, false, collaboration.Swedish), notificationOf(collaboration.NotificationDeclined, true, collaboration.Swedish)
	unagreed.Agreement, undecided.Decision = nil, nil
	for name, m := range map[string]collaboration.Mail{
		"unknown":                  notificationOf("birthday", false, collaboration.Swedish),
		"an expiry, to the client": notificationOf(collaboration.NotificationExpired, false, collaboration.Swedish),
		"an invitation to nobody":  asked,
		"no agreement":             unagreed,
		"no decision":              undecided,
	} {
		var out outbox
		_, err := mail.NewMailer(&out, catalogue.Embedded, "no-reply@countersign.example", "Countersign").Send(t.Context(), m)
		if collaboration.CodeOf(err) != collaboration.CodeMailRejected || len(out.sent) != 0 {
			t.Errorf("%s: %v, %d sent", name, err, len(out.sent))
		}
	}
}

func TestInvitation_KeptAgreement(t *testing.T) {
	t.Parallel()
	in := invitation(collaboration.HasSolution, collaboration.English)
	in.Order.SolutionID, in.Order.Variant, in.Order.KeptUntil = "bookkeeping-invoicing", "bookkeeping", collaboration.Date{Year: 2027, Month: time.March, Day: 1}
	m := compose(t, in)
	for _, want := range []string{"Variant: Bookkeeping", "You keep your variant and your agreement, and pay nothing new until that agreement renews on 1 March 2027."} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("no %q in\n%s", want, m.Text)
		}
	}
}
