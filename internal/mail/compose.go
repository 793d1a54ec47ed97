package mail

import (
	"cmp"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"net/url"
	"strings"
	"text/template"
	"time"
	"unicode"

	"countersign/collaboration"
)

//go:embed templates
var templateFiles embed.FS

// The words are one file for each language; the two layouts are shared.
var (
	words = map[collaboration.Locale]*template.Template{
		collaboration.Swedish: template.Must(template.ParseFS(templateFiles, "templates/sv.tmpl")),
		collaboration.English: template.Must(template.ParseFS(templateFiles, "templates/en.tmpl")),
	}
	layoutText = template.Must(template.ParseFS(templateFiles, "templates/letter.txt"))
	layoutHTML = htmltemplate.Must(htmltemplate.ParseFS(templateFiles, "templates/letter.html"))
)

// facts is what the words are made of.
type facts struct {
	Recipient, Office, Person, Inviter, Customer, Payer, Solution string
	NewCustomer                                                   bool
	Start                                                         collaboration.StartRule
	Month, Until                                                  string
	Months                                                        int

	Invited, Failure string
	// Ended is the day the collaboration ended, in the letter that tells it.
	Ended string
	OnEnd collaboration.EndPolicy
	// Linked: there is a button to speak of.
	Linked bool
	// What there may not be: a text that needs it cannot be written without.
	Decision  *decision
	Agreement *agreement
	// Of a solution that comes in variants, or that the customer keeps.
	Variant, KeptUntil string
	Kept               bool
}

type decision struct {
	Reason  collaboration.DeclineReason
	Comment string
}

// agreement is how long one runs: On is the day it renews, for so many months,
// or ends for good.
type agreement struct {
	Starts, On string
	Renews     bool
	Months     int
}

// letter is the words, ready for both layouts.
type letter struct {
	Lang                                                                collaboration.Locale
	Subject, Preheader, Greeting, Intro, Button, BareLink, Link, Footer string
	Facts                                                               []fact
	Notes                                                               []string
}

type fact struct{ Label, Value string }

// compose makes the message, without its sender.
func compose(catalogue collaboration.Catalogue, m collaboration.Mail) (Message, error) {
	if err := checkLink(m); err != nil {
		return Message{}, err
	}
	solution, ok := catalogue.Solution(m.Order.SolutionID)
	if !ok {
		return Message{}, collaboration.Errorf(collaboration.CodeSolutionNotFound, "mail: no such solution in the catalogue")
	}
	l, err := write(m, solution)
	if err != nil {
		return Message{}, collaboration.Errorf(collaboration.CodeMailRejected, "mail: %w", err)
	}
	var text, html strings.Builder
	if err := cmp.Or(layoutText.Execute(&text, l), layoutHTML.Execute(&html, l)); err != nil {
		return Message{}, collaboration.Errorf(collaboration.CodeInternal, "mail: %w", err)
	}
	return Message{
		ID: m.DeliveryID, To: m.To.Email, ToName: clean(m.To.Name),
		Subject: l.Subject, Text: text.String(), HTML: html.String(),
		Headers: map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": string(l.Lang)},
	}, nil
}

// checkLink refuses what is no web address. Only a mail that asks to approve
// cannot do without one.
func checkLink(m collaboration.Mail) error {
	if m.Link == "" && !m.Kind.AsksToApprove() {
		return nil
	}
	if u, err := url.Parse(m.Link); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return collaboration.Errorf(collaboration.CodeInternal, "mail: the link is not a web address")
	}
	return nil
}

// languageOf is what the customer was invited in; the office works in Swedish.
func languageOf(m collaboration.Mail) collaboration.Locale {
	if m.ToOffice || !m.Order.Locale.Valid() {
		return collaboration.Swedish
	}
	return m.Order.Locale
}

// partyOf is whom the words are for.
func partyOf(m collaboration.Mail) string {
	switch {
	case m.ToOffice:
		return "office"
	case m.Kind.AsksToApprove():
		return "invitee"
	default:
		return "customer"
	}
}

func write(m collaboration.Mail, solution collaboration.Solution) (letter, error) {
	lang := languageOf(m)
	f := factsOf(m, solution, lang)
	say := speaker{words: words[lang], facts: &f, kind: string(m.Kind), party: partyOf(m)}
	f.Inviter = say.line("inviter")
	l := letter{
		Lang: lang, Link: m.Link,
		Subject: say.must("subject"), Intro: say.must("intro"), Preheader: say.own("preheader"), Greeting: say.line("greeting"),
		Button: say.own("button"), BareLink: say.line("bare link"), Footer: say.line("footer"),
		Notes: say.lines(say.find("notes")),
	}
	l.Preheader = cmp.Or(l.Preheader, l.Intro)
	for _, line := range say.lines(say.find("facts")) {
		label, value, _ := strings.Cut(line, ": ")
		l.Facts = append(l.Facts, fact{label, value})
	}
	return l, say.err
}

func factsOf(m collaboration.Mail, solution collaboration.Solution, lang collaboration.Locale) facts {
	f := facts{
		Recipient: clean(m.To.Name), Office: clean(m.OfficeName), Person: clean(m.SenderName), Customer: clean(m.CustomerName),
		Solution: solution.Name.In(lang), NewCustomer: m.Order.Scenario == collaboration.NewCustomer,
		Start: m.Order.Period.Start, Month: day(m.Order.Period.Month, lang),
		Months: m.Order.AgreementMonths, Until: day(collaboration.DateOf(m.ExpiresAt), lang),
		Invited: clean(m.InvitedName), OnEnd: solution.OnEnd, Linked: m.Link != "",
	}
	if v, ok := solution.Variant(m.Order.Variant); ok {
		f.Variant = v.Name.In(lang)
	}
	if f.Kept = solution.KeepsAgreement && m.Order.Scenario == collaboration.HasSolution; f.Kept {
		f.KeptUntil = day(m.Order.KeptUntil, lang)
	}
	f.Payer = f.Customer
	if m.Order.InvoiceRecipient == collaboration.PaidByOffice {
		f.Payer = f.Office
	}
	if d := m.Decision; d != nil {
		f.Decision = &decision{d.Reason, clean(d.Comment)}
	}
	if m.FailureCode != "" {
		f.Failure = m.FailureCode.Text(lang)
	}
	if m.Agreement != nil {
		f.Agreement = agreementOf(*m.Agreement, lang)
	}
	if m.Kind == collaboration.LetterEnded {
		f.Ended = day(collaboration.DateOf(m.EndedAt), lang)
	}
	return f
}

// agreementOf names the day that was set for the end also where it lies in a
// later term: the renewals until then are nothing to tell.
func agreementOf(a collaboration.Agreement, lang collaboration.Locale) *agreement {
	on := a.EndsOn()
	if !a.EndOn.IsZero() {
		on = a.EndOn
	}
	return &agreement{
		Starts: day(a.StartsOn, lang), On: day(on, lang),
		Renews: a.Renews && a.EndOn.IsZero(), Months: cmp.Or(a.NextMonths, a.Months),
	}
}

// speaker turns the named texts of one language into lines, and keeps the
// first error. A text is for a kind of letter and a party, or for every letter
// to a party, or for everyone.
type speaker struct {
	words       *template.Template
	facts       *facts
	kind, party string
	err         error
}

// find is the name of the narrowest text there is; "" for none.
func (s *speaker) find(name string) string {
	for _, full := range []string{s.kind + "." + s.party + "." + name, s.party + "." + name, name} {
		if s.words.Lookup(full) != nil {
			return full
		}
	}
	return ""
}

func (s *speaker) lines(name string) []string {
	if name == "" {
		return nil
	}
	var out strings.Builder
	s.err = cmp.Or(s.err, s.words.ExecuteTemplate(&out, name, s.facts))
	if text := strings.TrimSpace(out.String()); text != "" {
		return strings.Split(text, "\n")
	}
	return nil
}

func (s *speaker) line(name string) string { return strings.Join(s.lines(name), " ") }

// own is a text that a letter may do without.
func (s *speaker) own(name string) string { return s.line(s.find(name)) }

// must is a text without which there is no letter of that kind to that party.
func (s *speaker) must(name string) string {
	full := s.kind + "." + s.party + "." + name
	if s.words.Lookup(full) == nil {
		s.err = cmp.Or(s.err, fmt.Errorf("no words for %s", full))
		return ""
	}
	return s.line(full)
}

// day writes a date the way the language does.
func day(d collaboration.Date, l collaboration.Locale) string {
	if l == collaboration.English && !d.IsZero() {
		return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Format("2 January 2006")
	}
	return d.String()
}

// clean makes a name one line: what breaks lines or turns the direction of
// writing becomes a space. A header, a sentence or a line can then not be
// forged with a name.
func clean(name string) string {
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || breaksLine(r) || unicode.Is(unicode.Bidi_Control, r)
	}), " ")
}
