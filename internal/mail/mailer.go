package mail

import (
	"context"

	"countersign/collaboration"
)

// Mailer writes mails and sends them.
type Mailer struct {
	sender         Sender
	catalogue      collaboration.Catalogue
	from, fromName string
}

// NewMailer sends everything from one address, under one name. The catalogue is
// where solutions have their names.
func NewMailer(sender Sender, catalogue collaboration.Catalogue, from, fromName string) *Mailer {
	return &Mailer{sender: sender, catalogue: catalogue, from: from, fromName: fromName}
}

// Send writes one mail and hands it over. The delivery's ID is the message's,
// so a repeat is the same mail.
func (m *Mailer) Send(ctx context.Context, mail collaboration.Mail) (providerID string, err error) {
	message, err := compose(m.catalogue, mail)
	if err != nil {
		return "", err
	}
	message.From, message.FromName = m.from, m.fromName
	return m.sender.Send(ctx, message)
}
