package mail

import (
	"cmp"
	"context"

	"countersign/collaboration"
	"countersign/internal/receipt"
)

// Mailer renders and sends mails.
type Mailer struct {
	sender         Sender
	catalogue      collaboration.Catalogue
	from, fromName string
}

// NewMailer sends all mails from one address and name. A customer reads the office's name
// before it, and answers to the office. The catalogue has the names of
// solutions.
func NewMailer(sender Sender, catalogue collaboration.Catalogue, from, fromName string) *Mailer {
	return &Mailer{sender: sender, catalogue: catalogue, from: from, fromName: fromName}
}

// Send renders and sends one mail. The delivery's ID becomes the message's ID, so a retry
// is recognizable as the same mail.
func (m *Mailer) Send(ctx context.Context, mail collaboration.Mail) (providerID string, err error) {
	message, err := render(m.catalogue, mail)
	if err != nil {
		return "", err
	}
	if mail.Approval != nil {
		pdf, err := receipt.Render(*mail.Approval)
		if err != nil {
			return "", err
		}
		message.Attachments = []Attachment{{Name: receipt.FileName(*mail.Approval), Type: receipt.MediaType, Content: pdf}}
	}
	message.From, message.FromName = m.from, m.fromName
	if !mail.ToOffice {
		m.sendFor(&message, cmp.Or(mail.OfficeSender, mail.OfficeName), mail.OfficeEmail)
	}
	return m.sender.Send(ctx, message)
}

// sendFor makes an office the sender that a customer reads, and the recipient of answers.
func (m *Mailer) sendFor(message *Message, office, email string) {
	message.FromName, message.ReplyTo = clean(office)+" via "+m.fromName, email
}
