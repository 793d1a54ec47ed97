package mail

import (
	"context"

	"countersign/collaboration"
)

// Mailer writes invitations and sends them.
type Mailer struct {
	sender         Sender
	from, fromName string
}

// NewMailer sends everything from one address, under one name.
func NewMailer(sender Sender, from, fromName string) *Mailer {
	return &Mailer{sender: sender, from: from, fromName: fromName}
}

// SendInvitation asks the customer's administrator to approve. The delivery's
// ID is the message's, so a repeat is the same mail.
func (m *Mailer) SendInvitation(ctx context.Context, invitation collaboration.InvitationMail) (providerID string, err error) {
	message, err := compose(invitation)
	if err != nil {
		return "", err
	}
	message.From, message.FromName = m.from, m.fromName
	return m.sender.Send(ctx, message)
}
