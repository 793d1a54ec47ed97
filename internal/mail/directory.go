package mail

import (
	"cmp"
	"context"
	"strings"

	"countersign/collaboration"
)

// SendDirectoryMail renders and sends a mail about a change of an office's directory.
func (m *Mailer) SendDirectoryMail(ctx context.Context, mail collaboration.DirectoryMail) (providerID string, err error) {
	message, err := renderDirectoryMail(mail)
	if err != nil {
		return "", err
	}
	message.From, message.FromName = m.from, m.fromName
	if !mail.Kind.ToOffice() {
		m.sendFor(&message, cmp.Or(mail.OfficeSender, mail.OfficeName), mail.OfficeEmail)
	}
	return m.sender.Send(ctx, message)
}

func renderDirectoryMail(m collaboration.DirectoryMail) (Message, error) {
	lang := m.Locale
	if !lang.Valid() {
		lang = collaboration.Swedish
	}
	v := variables{Recipient: clean(m.To.Name), Office: clean(m.OfficeName), Customer: clean(m.CustomerName), Address: clean(m.To.Email)}
	if !m.Kind.ToOffice() {
		v.Contact = contactOf(m.OfficeEmail, m.OfficePhone)
	}
	r := renderer{texts: texts[lang], variables: &v, kind: string(m.Kind), party: "directory"}
	n := notification{Lang: lang, Subject: r.required("subject"), Intro: r.required("intro"), Greeting: r.line("greeting"),
		Button: r.optional("button"), BareLink: r.line("bare link"), Facts: r.facts(), Notes: r.lines(r.find("notes")), Footer: r.line("footer")}
	n.Preheader = n.Intro
	if n.Button != "" {
		n.Link = m.Link
	}
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

// contactOf returns where customers ask the office questions; "" for nowhere.
func contactOf(email, phone string) string { return clean(strings.Trim(email+", "+phone, ", ")) }
