package mail

import (
	"cmp"
	"context"
	"strings"

	"countersign/collaboration"
)

// SendEmployeeMail renders and sends the mail to a new employee.
func (m *Mailer) SendEmployeeMail(ctx context.Context, mail collaboration.EmployeeMail) (providerID string, err error) {
	message, err := renderEmployeeMail(mail)
	if err != nil {
		return "", err
	}
	message.From, message.FromName = m.from, m.fromName
	return m.sender.Send(ctx, message)
}

func renderEmployeeMail(m collaboration.EmployeeMail) (Message, error) {
	lang := m.Locale
	if !lang.Valid() {
		lang = collaboration.Swedish
	}
	r := renderer{texts: texts[lang], variables: &variables{Recipient: clean(m.To.Name), Office: clean(m.OfficeName), Invited: clean(m.To.Email)}, kind: "employee", party: "office"}
	n := notification{Lang: lang, Link: m.Link, Subject: r.line("employee.subject"), Intro: r.line("employee.intro"), Greeting: r.line("greeting"),
		Button: r.line("employee.button"), BareLink: r.line("bare link"), Footer: r.line("footer")}
	n.Preheader = n.Intro
	if r.err != nil {
		return Message{}, collaboration.Errorf(collaboration.CodeMailRejected, "mail: %w", r.err)
	}
	var text, html strings.Builder
	if err := cmp.Or(layoutText.Execute(&text, n), layoutHTML.Execute(&html, n)); err != nil {
		return Message{}, collaboration.Errorf(collaboration.CodeInternal, "mail: %w", err)
	}
	return Message{
		ID: m.ID, To: m.To.Email, ToName: clean(m.To.Name), Subject: n.Subject, Text: text.String(), HTML: html.String(),
		Headers: map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": string(lang)},
	}, nil
}
