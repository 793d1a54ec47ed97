package mail

import (
	"cmp"
	"embed"
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
	layoutText = template.Must(template.ParseFS(templateFiles, "templates/invitation.txt"))
	layoutHTML = htmltemplate.Must(htmltemplate.ParseFS(templateFiles, "templates/invitation.html"))
)

// facts is what the words are made of.
type facts struct {
	Recipient, Office, Person, Inviter, Customer, Payer, Solution string
	NewCustomer                                                   bool
	Start                                                         collaboration.StartRule
	Month, Until                                                  string
	Months                                                        int
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
func compose(m collaboration.Mail) (Message, error) {
	if u, err := url.Parse(m.Link); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return Message{}, collaboration.Errorf(collaboration.CodeInternal, "mail: the link is not a web address")
	}
	solution, ok := collaboration.DefaultCatalogue.Solution(m.Order.SolutionID)
	if !ok {
		return Message{}, collaboration.Errorf(collaboration.CodeSolutionNotFound, "mail: no such solution in the catalogue")
	}
	l, err := write(m, solution)
	if err != nil {
		return Message{}, collaboration.Errorf(collaboration.CodeInternal, "mail: %w", err)
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

func write(m collaboration.Mail, solution collaboration.Solution) (letter, error) {
	lang := m.Order.Locale
	if !lang.Valid() {
		lang = collaboration.Swedish
	}
	f := facts{
		Recipient: clean(m.To.Name), Office: clean(m.OfficeName), Person: clean(m.SenderName), Customer: clean(m.CustomerName),
		Solution: solution.Name.In(lang), NewCustomer: m.Order.Scenario == collaboration.NewCustomer,
		Start: m.Order.Period.Start, Month: day(m.Order.Period.Month, lang),
		Months: m.Order.AgreementMonths, Until: day(collaboration.DateOf(m.ExpiresAt), lang),
	}
	f.Payer = f.Customer
	if m.Order.InvoiceRecipient == collaboration.PaidByOffice {
		f.Payer = f.Office
	}
	say := speaker{words: words[lang], facts: &f}
	f.Inviter = say.line("inviter")
	l := letter{
		Lang: lang, Link: m.Link,
		Subject: say.line("subject"), Preheader: say.line("preheader"), Greeting: say.line("greeting"), Intro: say.line("intro"),
		Button: say.line("button"), BareLink: say.line("bare link"), Footer: say.line("footer"),
		Notes: say.lines("notes"),
	}
	for _, line := range say.lines("facts") {
		label, value, _ := strings.Cut(line, ": ")
		l.Facts = append(l.Facts, fact{label, value})
	}
	return l, say.err
}

// speaker turns the named texts of one language into lines, and keeps the
// first error.
type speaker struct {
	words *template.Template
	facts *facts
	err   error
}

func (s *speaker) lines(name string) []string {
	var out strings.Builder
	s.err = cmp.Or(s.err, s.words.ExecuteTemplate(&out, name, s.facts))
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

func (s *speaker) line(name string) string { return strings.Join(s.lines(name), " ") }

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
