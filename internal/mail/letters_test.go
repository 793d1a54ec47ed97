package mail_test

import (
	"html"
	"strings"
	"testing"
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
	case collaboration.LetterReminder, collaboration.LetterBounced, collaboration.LetterDeclined, collaboration.LetterExpired, collaboration.LetterFailed:
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

func TestEveryLetterIsWhole(t *testing.T) {
	everyLetter(func(kind collaboration.LetterKind, toOffice bool) {
		for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
			in := letterOf(kind, toOffice, l)
			m := compose(t, in)
			for part, text := range map[string]string{"subject": m.Subject, "text": m.Text, "html": m.HTML} {
				for _, broken := range []string{"<no value>", "{{", "}}", "%!", "<dyrt>", "  \n\n\n"} {
					if strings.Contains(text, broken) && (broken != "<dyrt>" || part == "html") { // plain text has no markup
						t.Errorf("%s to office %t in %s: %q in the %s:\n%s", kind, toOffice, l, broken, part, text)
					}
				}
				if links := strings.Count(text, "http"); part != "subject" && (links > 0) != (in.Link != "") {
					t.Errorf("%s to office %t: %d links in the %s", kind, toOffice, links, part)
				}
			}
			for _, line := range strings.Split(m.Text, "\n") {
				if line != "" && line != in.Link && !strings.Contains(html.UnescapeString(m.HTML), line) && !strings.Contains(line, ": ") && !strings.HasSuffix(line, ":") {
					t.Errorf("%s: only the text says %q", kind, line)
				}
			}
		}
	})
}

// A term that ends says so, one that renews says for how long.
func TestTheTermsEndSaysWhatHappens(t *testing.T) {
	for _, toOffice := range []bool{false, true} {
		renews := letterOf(collaboration.LetterTermEnds, toOffice, collaboration.Swedish)
		if m := compose(t, renews); !strings.Contains(m.Text, "förlängs 2027-04-30 med 12 månader") {
			t.Errorf("renews:\n%s", m.Text)
		}
		renews.Agreement.Renews = false
		if m := compose(t, renews); !strings.Contains(m.Text, "upphör 2027-04-30") || strings.Contains(m.Text, "förlängs") {
			t.Errorf("ends:\n%s", m.Text)
		}
	}
}

func TestALetterThatThereIsNotIsRefused(t *testing.T) {
	for name, m := range map[string]collaboration.Mail{
		"unknown":                  letterOf("birthday", false, collaboration.Swedish),
		"a decline, to the client": letterOf(collaboration.LetterDeclined, false, collaboration.Swedish),
		"an invitation to nobody":  letterOf(collaboration.LetterInvitation, true, collaboration.Swedish),
	} {
		var out outbox
		m.Link = linkURL
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
