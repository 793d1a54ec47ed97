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
	"countersign/internal/mail"
)

// letterOf is a mail of a kind as the facts would fill it in.
func letterOf(kind collaboration.LetterKind, toOffice bool, l collaboration.Locale) collaboration.Mail {
	m := invitation(collaboration.OnPlatform, l)
	m.Kind, m.ToOffice, m.InvitedName = kind, toOffice, "Åsa Öberg"
	m.Decision = &collaboration.Decision{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice, Comment: "För <dyrt>\njust nu"}
	m.FailureCode = collaboration.CodeTaskClosed
	m.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2027, Month: time.January, Day: 31}, Months: 3, Term: 1, Renews: true, NextMonths: 12}
	switch kind {
	case collaboration.LetterReminder, collaboration.LetterBounced, collaboration.LetterDeclined, collaboration.LetterExpired, collaboration.LetterFailed, collaboration.LetterAskedAgain:
		m.Agreement = nil // there is none
	case collaboration.LetterNotice:
		m.Agreement.Renews = false
	case collaboration.LetterEnded:
		m.EndedAt, m.Link = time.Date(2027, 3, 14, 23, 30, 0, 0, time.UTC), ""
	}
	if toOffice {
		m.To, m.Link = collaboration.Recipient{ID: "emp-maja", Name: "Maja Ekström", Email: "maja@ekstroms.example"}, ""
	}
	return m
}

// everyLetter calls f for each kind and party that there is a letter for.
func everyLetter(f func(kind collaboration.LetterKind, toOffice bool)) {
	for _, kind := range collaboration.LetterKinds() {
		if kind.ToCustomer() {
			f(kind, false)
		}
		if kind.ToOffice() {
			f(kind, true)
		}
	}
}

func TestEveryLetterGolden(t *testing.T) {
	everyLetter(func(kind collaboration.LetterKind, toOffice bool) {
		if kind == collaboration.LetterInvitation {
			return // has its own
		}
		for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
			if toOffice && l == collaboration.English {
				continue // the office works in Swedish
			}
			name := string(kind) + map[bool]string{true: ".office.", false: ".customer."}[toOffice] + string(l) + ".txt"
			t.Run(name, func(t *testing.T) {
				m := compose(t, letterOf(kind, toOffice, l))
				golden(t, name, m.Subject+"\n\n"+m.Text)
			})
		}
	})
}

// outlooks are the ways an agreement may go on, with the day it ends or renews.
// Its term ends on 30 April.
var outlooks = map[string]struct {
	set    func(*collaboration.Agreement)
	on     collaboration.Date
	renews bool
}{
	"renews":              {func(*collaboration.Agreement) {}, in2027(time.April, 30), true},
	"notice":              {func(a *collaboration.Agreement) { a.Renews = false }, in2027(time.April, 30), false},
	"end in this term":    {func(a *collaboration.Agreement) { a.EndOn = in2027(time.March, 15) }, in2027(time.March, 15), false},
	"end in a later term": {func(a *collaboration.Agreement) { a.EndOn = in2027(time.June, 15) }, in2027(time.June, 15), false},
}

func in2027(month time.Month, day int) collaboration.Date {
	return collaboration.Date{Year: 2027, Month: month, Day: day}
}

// everyCase calls f for each letter in both languages, of every scenario,
// solution and outlook.
func everyCase(f func(name, outlook string, in collaboration.Mail)) {
	everyLetter(func(kind collaboration.LetterKind, toOffice bool) {
		for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
			for _, sc := range []collaboration.Scenario{collaboration.HasSolution, collaboration.OnPlatform, collaboration.NewCustomer} {
				for _, solution := range collaboration.DefaultCatalogue.Solutions() {
					for outlook, o := range outlooks {
						in := letterOf(kind, toOffice, l)
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

// found is each match once, in order.
func found(in string, what *regexp.Regexp) []string {
	all := what.FindAllString(html.UnescapeString(in), -1)
	slices.Sort(all)
	return slices.Compact(all)
}

func TestEveryLetterIsWhole(t *testing.T) {
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
		bothPartsSay(t, name, in, m)
	})
}

// bothPartsSay compares the text with the HTML: links, dates, and every line.
func bothPartsSay(t *testing.T, name string, in collaboration.Mail, m mail.Message) {
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
			t.Errorf("%s: only the text says %q", name, line)
		}
	}
}

// What people wrote becomes no line, no header and no markup.
func TestNothingThatPeopleWroteForges(t *testing.T) {
	const evil = "A\r\nBcc: x\u2028Ends: never\u202E <script>alert(1)</script> {{.Office}}"
	everyCase(func(name, _ string, in collaboration.Mail) {
		in.To.Name, in.OfficeName, in.SenderName, in.CustomerName, in.InvitedName = evil, evil, evil, evil, evil
		in.Decision.Comment = evil
		m := compose(t, in)
		if strings.ContainsAny(m.Subject+m.ToName, "\r\n\u2028\u202E") {
			t.Errorf("%s: subject %q, to %q", name, m.Subject, m.ToName)
		}
		if strings.ContainsAny(m.Text, "\r\u2028\u202E") || strings.Contains(m.Text, "\nBcc") || strings.Contains(m.Text, "\nEnds: never") {
			t.Errorf("%s: a line was forged:\n%s", name, m.Text)
		}
		if strings.Contains(m.HTML, "<script") || !strings.Contains(m.HTML, "&lt;script&gt;") {
			t.Errorf("%s: a name became markup", name)
		}
	})
}

// A letter about an agreement names the day that it ends or renews, and no
// other, wherever it speaks of it. One that waited says how it is now.
func TestALetterNamesTheRightDay(t *testing.T) {
	everyCase(func(name, outlook string, in collaboration.Mail) {
		if in.Agreement == nil || in.Kind == collaboration.LetterEnded || in.Kind.AsksToApprove() {
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
		ends, renews := saysAny(all, "upphör", "ends"), saysAny(all, "förlängs", "renews")
		if renews != o.renews || ends == o.renews {
			t.Errorf("%s: says ends %t, renews %t:\n%s", name, ends, renews, all)
		}
	})
}

func saysAny(text string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(text), w) })
}

// The length is that of the term to come.
func TestTheTermsEndSaysForHowLong(t *testing.T) {
	for _, toOffice := range []bool{false, true} {
		if m := compose(t, letterOf(collaboration.LetterTermEnds, toOffice, collaboration.Swedish)); !strings.Contains(m.Text, "förlängs 2027-04-30 med 12 månader") {
			t.Errorf("to office %t:\n%s", toOffice, m.Text)
		}
	}
}

// An agreement may start long after it was approved.
func TestApprovedIsNotBegun(t *testing.T) {
	for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
		if m := compose(t, letterOf(collaboration.LetterApproved, false, l)); saysAny(m.Subject+m.Text, "igång", "begun") {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
	}
}

// What becomes of the solution is its policy. Who paid is over, and may be
// another than who pays from now on.
func TestTheEndSaysWhatBecomesOfTheSolution(t *testing.T) {
	for _, solution := range collaboration.DefaultCatalogue.Solutions() {
		says := map[collaboration.EndPolicy]string{
			collaboration.ContinueAlone: "behåller lösningen", collaboration.ReadOnly: "läsa men inte ändra", collaboration.Delete: "tas bort",
		}[solution.OnEnd]
		for _, toOffice := range []bool{false, true} {
			in := letterOf(collaboration.LetterEnded, toOffice, collaboration.Swedish)
			in.Order.SolutionID = solution.ID
			if m := compose(t, in); !strings.Contains(m.Text, says) || !strings.Contains(m.Text, "Avslutades: 2027-03-15") || strings.Contains(m.Text, "Betalas av") {
				t.Errorf("%s:\n%s", solution.ID, m.Text)
			}
		}
	}
}

func TestADeclineSaysWhy(t *testing.T) {
	seen := map[string]bool{}
	for _, reason := range collaboration.DeclineReasons() {
		in := letterOf(collaboration.LetterDeclined, true, collaboration.Swedish)
		in.Decision.Reason = reason
		m := compose(t, in)
		_, said, _ := strings.Cut(m.Text, "Skäl: ")
		said, _, _ = strings.Cut(said, ".")
		if said == "" || seen[said] || !strings.Contains(m.Text, "”För <dyrt> just nu”") {
			t.Errorf("%s is %q:\n%s", reason, said, m.Text)
		}
		seen[said] = true
	}
}

// Each language has the same texts, made of the same facts: also those to the
// office, which nobody reads in English yet.
func TestTheLanguagesSayTheSame(t *testing.T) {
	sv, en := textsOf(t, collaboration.Swedish), textsOf(t, collaboration.English)
	if len(sv) < 2*len(collaboration.LetterKinds()) {
		t.Fatalf("only %d texts", len(sv))
	}
	for name := range sv {
		if _, there := en[name]; !there || !slices.Equal(sv[name], en[name]) {
			t.Errorf("%s: made of %v in Swedish, %v in English (there: %t)", name, sv[name], en[name], there)
		}
	}
	for name := range en {
		if _, there := sv[name]; !there {
			t.Errorf("%s: only in English", name)
		}
	}
}

// textsOf is what each text of a language is made of.
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

func TestALetterThatThereIsNotIsRefused(t *testing.T) {
	asked := letterOf(collaboration.LetterInvitation, true, collaboration.Swedish)
	asked.Link = linkURL // without one it is another error
	unagreed, undecided := letterOf(collaboration.LetterNotice, false, collaboration.Swedish), letterOf(collaboration.LetterDeclined, true, collaboration.Swedish)
	unagreed.Agreement, undecided.Decision = nil, nil
	for name, m := range map[string]collaboration.Mail{
		"unknown":                  letterOf("birthday", false, collaboration.Swedish),
		"a decline, to the client": letterOf(collaboration.LetterDeclined, false, collaboration.Swedish),
		"an invitation to nobody":  asked,
		"no agreement":             unagreed,
		"no decision":              undecided,
	} {
		var out outbox
		_, err := mail.NewMailer(&out, collaboration.DefaultCatalogue, "no-reply@countersign.example", "Countersign").Send(t.Context(), m)
		if collaboration.CodeOf(err) != collaboration.CodeMailRejected || len(out.sent) != 0 {
			t.Errorf("%s: %v, %d sent", name, err, len(out.sent))
		}
	}
}

func TestTheInvitationSaysWhatTheCustomerKeeps(t *testing.T) {
	in := invitation(collaboration.HasSolution, collaboration.English)
	in.Order.SolutionID, in.Order.Variant, in.Order.KeptUntil = "bookkeeping-invoicing", "bookkeeping", collaboration.Date{Year: 2027, Month: time.March, Day: 1}
	m := compose(t, in)
	for _, want := range []string{"Variant: Bookkeeping", "You keep your variant and your agreement, and pay nothing new until that agreement renews on 1 March 2027."} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("no %q in\n%s", want, m.Text)
		}
	}
}
