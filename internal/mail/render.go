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

// Each language has a file of texts. The layouts are shared.
var (
	texts = map[collaboration.Locale]*template.Template{
		collaboration.Swedish: template.Must(template.ParseFS(templateFiles, "templates/sv.tmpl")),
		collaboration.English: template.Must(template.ParseFS(templateFiles, "templates/en.tmpl")),
	}
	layoutText = template.Must(template.ParseFS(templateFiles, "templates/notification.txt"))
	layoutHTML = htmltemplate.Must(htmltemplate.ParseFS(templateFiles, "templates/notification.html"))
)

// variables are the data of the templates.
type variables struct {
	Recipient, Office, Person, Inviter, Customer, Payer, Solution string
	NewCustomer                                                   bool
	Start                                                         collaboration.StartRule
	Month, Until                                                  string
	Months                                                        int

	// Address is the recipient's, to log in with.
	Address string
	// Contact is where the customer asks the office questions; "" in a mail to the office.
	Contact          string
	Invited, Failure string
	// InvitedEmail is the address of the invitation, or the one that bounced.
	InvitedEmail string
	FailureCode  collaboration.Code
	// DecidedBy is the name of the administrator who answered; "" for an unknown one.
	DecidedBy string
	// Ended is the day on which the collaboration ended, in the notification of its end.
	Ended string
	// OnEnd is the end policy of the solution; "" before the approval.
	OnEnd collaboration.EndPolicy
	// Linked reports whether the mail has a button.
	Linked bool
	// Receipt reports whether the receipt of the approval is attached.
	Receipt bool
	// Decision and Agreement may be nil. A text that needs them then fails.
	Decision  *decision
	Agreement *agreement
	// Proposal is nil in a mail that is about no proposed change.
	Proposal *proposal
	// Amount and PriceText are the parts of the price; each may be empty. PriceListed
	// reports whether the price is only a link to a price list: the mail has no other link
	// than its own.
	Amount, PriceText string
	PriceListed       bool
	// Variant is empty for a solution without variants. KeptUntil and Kept apply to an
	// agreement that the customer keeps.
	Variant, KeptUntil string
	Kept               bool
}

type decision struct {
	Reason  collaboration.DeclineReason
	Comment string
}

// agreement has the term of an agreement. On is the day on which the next term begins, of
// Months months, if it renews, and otherwise the last day.
type agreement struct {
	Starts, On string
	Renews     bool
	Months     int
}

// notification has the rendered texts, for both layouts.
type notification struct {
	Lang                                                                collaboration.Locale
	Subject, Preheader, Greeting, Intro, Button, BareLink, Link, Footer string
	Facts                                                               []fact
	Notes                                                               []string
	// SignedHead is empty in a mail that confirms nothing.
	HeadLabel, SignedHead string
	// Logo is nil for none.
	Logo *logoImage
}

type fact struct{ Label, Value string }

// render returns the message, without its sender.
func render(catalogue collaboration.Catalogue, m collaboration.Mail) (Message, error) {
	if err := checkLink(m); err != nil {
		return Message{}, err
	}
	solution, ok := catalogue.For(m.Order.OfficeID).Solution(m.Order.SolutionID)
	if !ok {
		return Message{}, collaboration.Errorf(collaboration.CodeSolutionNotFound, "mail: no such solution in the catalogue")
	}
	n, err := renderTexts(m, solution)
	if err != nil {
		return Message{}, collaboration.Errorf(collaboration.CodeMailRejected, "mail: %w", err)
	}
	var text, html strings.Builder
	if err := cmp.Or(layoutText.Execute(&text, n), layoutHTML.Execute(&html, n)); err != nil {
		return Message{}, collaboration.Errorf(collaboration.CodeInternal, "mail: %w", err)
	}
	return Message{
		ID: m.DeliveryID, To: m.To.Email, ToName: clean(m.To.Name),
		Subject: n.Subject, Text: text.String(), HTML: html.String(),
		Headers: map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": string(n.Lang)}, Logo: m.OfficeLogo,
	}, nil
}

// checkLink requires a web address. It is optional except in a mail to the office, and in
// one that asks for an approval.
func checkLink(m collaboration.Mail) error {
	if m.Link == "" && !m.Kind.AsksToApprove() && !m.ToOffice {
		return nil
	}
	if u, err := url.Parse(m.Link); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return collaboration.Errorf(collaboration.CodeInternal, "mail: the link is not a web address")
	}
	return nil
}

// languageOf returns the language of the invitation for customers, and that of the office for
// its employees.
func languageOf(m collaboration.Mail) collaboration.Locale {
	lang := m.Order.Locale
	if m.ToOffice {
		lang = m.OfficeLocale
	}
	if !lang.Valid() {
		return collaboration.Swedish
	}
	return lang
}

// partyOf returns the recipient's party in the names of the texts.
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

func renderTexts(m collaboration.Mail, solution collaboration.Solution) (notification, error) {
	lang := languageOf(m)
	v := variablesOf(m, solution, lang)
	r := renderer{texts: texts[lang], variables: &v, kind: string(m.Kind), party: partyOf(m)}
	v.Inviter = r.line("inviter")
	n := notification{
		Lang: lang, Link: m.Link,
		Subject: r.required("subject"), Intro: r.required("intro"), Preheader: r.optional("preheader"), Greeting: r.line("greeting"),
		Button: r.optional("button"), BareLink: r.line("bare link"), Footer: r.line("footer"),
		Notes: r.lines(r.find("notes")), HeadLabel: r.line("signed head"), SignedHead: m.SignedHead, Logo: newLogoImage(m),
	}
	n.Preheader = cmp.Or(n.Preheader, n.Intro)
	n.Facts = r.facts()
	return n, r.err
}

func variablesOf(m collaboration.Mail, solution collaboration.Solution, lang collaboration.Locale) variables {
	v := variables{
		Recipient: clean(m.To.Name), Address: clean(m.To.Email), Office: clean(m.OfficeName), Person: clean(m.SenderName), Customer: clean(m.CustomerName),
		Solution: solution.Name.In(lang), NewCustomer: m.Order.Scenario == collaboration.NewCustomer,
		Start: m.Order.Period.Start, Month: day(m.Order.Period.Month, lang),
		Months: m.Order.AgreementMonths, Until: day(collaboration.DateOf(m.ExpiresAt), lang),
		InvitedEmail: clean(m.InvitedEmail), FailureCode: m.FailureCode, DecidedBy: clean(m.DecidedBy),
		Invited: clean(m.InvitedName), Linked: m.Link != "", Receipt: m.Approval != nil,
	}
	if variant, ok := solution.Variant(m.Order.Variant); ok {
		v.Variant = variant.Name.In(lang)
	}
	if v.Kept = solution.KeepsAgreement && m.Order.Scenario == collaboration.HasSolution; v.Kept {
		v.KeptUntil = day(m.Order.KeptUntil, lang)
	}
	if !m.ToOffice {
		v.Contact = contactOf(m.OfficeEmail, m.OfficePhone)
	}
	p := m.Order.Price()
	v.Amount, v.PriceText = p.AmountIn(lang), clean(p.Text.In(lang))
	v.PriceListed = v.Amount == "" && v.PriceText == "" && p.Link != ""
	v.Payer = v.Customer
	if m.Order.InvoiceRecipient == collaboration.PaidByOffice {
		v.Payer = v.Office
	}
	if d := m.Decision; d != nil {
		v.Decision = &decision{d.Reason, clean(d.Comment)}
	}
	if m.FailureCode != "" {
		v.Failure = failureText(m.FailureCode, lang)
	}
	if m.Agreement != nil {
		v.Agreement, v.OnEnd = agreementOf(*m.Agreement, lang), m.Order.OnEnd.Resolve(m.Agreement.OnEnd)
	}
	v.Proposal = proposalOf(m.Proposal, v, solution, lang)
	if m.Kind == collaboration.NotificationEnded {
		v.Ended = day(endedOn(m), lang)
	}
	return v
}

// agreementOf uses the day that was set for the end even if it is in a later term: the
// recipient does not need the renewals until then.
func agreementOf(a collaboration.Agreement, lang collaboration.Locale) *agreement {
	on, renews := a.EndsOn(), a.Renews && a.EndOn.IsZero()
	if !a.EndOn.IsZero() {
		on = a.EndOn
	}
	if !renews {
		on = on.AddDays(-1)
	}
	return &agreement{
		Starts: day(a.StartsOn, lang), On: day(on, lang),
		Renews: renews, Months: cmp.Or(a.NextMonths, a.Months),
	}
}

// endedOn returns the last day of a collaboration that has ended: an agreement that ended
// by its terms ended as EndsOn began.
func endedOn(m collaboration.Mail) collaboration.Date {
	on := collaboration.DateOf(m.EndedAt)
	if a := m.Agreement; a != nil && a.IsTerminated() && !on.Before(a.EndsOn()) {
		return a.LastDay()
	}
	return on
}

// renderer executes the named texts of one language and keeps the first error. A text
// applies to a kind of notification and a party, to a party, or to all notifications.
type renderer struct {
	texts       *template.Template
	variables   *variables
	kind, party string
	err         error
}

// find returns the name of the most specific text, or "".
func (r *renderer) find(name string) string {
	for _, full := range []string{r.kind + "." + r.party + "." + name, r.party + "." + name, name} {
		if r.texts.Lookup(full) != nil {
			return full
		}
	}
	return ""
}

func (r *renderer) lines(name string) []string {
	if name == "" {
		return nil
	}
	var out strings.Builder
	r.err = cmp.Or(r.err, r.texts.ExecuteTemplate(&out, name, r.variables))
	if text := strings.TrimSpace(out.String()); text != "" {
		return strings.Split(text, "\n")
	}
	return nil
}

// facts renders the labelled values of the mail, one in each line of their text.
func (r *renderer) facts() (all []fact) {
	for _, line := range r.lines(r.find("facts")) {
		label, value, _ := strings.Cut(line, ": ")
		all = append(all, fact{label, value})
	}
	return all
}

func (r *renderer) line(name string) string { return strings.Join(r.lines(name), " ") }

// optional renders the most specific text, if there is one.
func (r *renderer) optional(name string) string { return r.line(r.find(name)) }

// required renders a text of this kind and party, which must exist.
func (r *renderer) required(name string) string {
	full := r.kind + "." + r.party + "." + name
	if r.texts.Lookup(full) == nil {
		r.err = cmp.Or(r.err, fmt.Errorf("no text %s", full))
		return ""
	}
	return r.line(full)
}

// day formats a date in a language.
func day(d collaboration.Date, l collaboration.Locale) string {
	if l == collaboration.English && !d.IsZero() {
		return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Format("2 January 2006")
	}
	return d.String()
}

// clean replaces line breaks and bidirectional controls by spaces, so that a name cannot
// forge a header, a sentence or a line.
func clean(name string) string {
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || breaksLine(r) || unicode.Is(unicode.Bidi_Control, r)
	}), " ")
}

// failureText returns the reason of a failed activation in a language; that of CodeInternal
// for a code without a text.
func failureText(c collaboration.Code, lang collaboration.Locale) string {
	t := texts[lang].Lookup("failure." + string(c))
	if t == nil {
		t = texts[lang].Lookup("failure." + string(collaboration.CodeInternal))
	}
	var text strings.Builder
	_ = t.Execute(&text, nil) // a text without values
	return text.String()
}
