package bootstrap

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"

	"go.opentelemetry.io/otel/metric"

	"countersign/api/mailhook"
	"countersign/collaboration"
	"countersign/internal/config"
	countersignmail "countersign/internal/mail"
)

func mailer(c config.Config, meter metric.Meter) (*countersignmail.Mailer, error) {
	from, err := mail.ParseAddress(c.MailFrom)
	if err != nil {
		return nil, err
	}
	service, err := sender(c)
	if err != nil {
		return nil, err
	}
	sender, err := countersignmail.Measured(service, meter)
	if err != nil {
		return nil, err
	}
	return countersignmail.NewMailer(sender, collaboration.DefaultCatalogue, from.Address, from.Name), nil
}

// mailService sends mail and can check its connection.
type mailService interface {
	countersignmail.Sender
	Check(context.Context) error
}

func sender(c config.Config) (mailService, error) {
	switch c.Mail {
	case "sendgrid":
		return countersignmail.NewSendGrid(countersignmail.SendGridConfig{
			APIKey: c.SendGrid.APIKey, Sandbox: c.SendGrid.Sandbox, BaseURL: c.SendGrid.URL,
		}), nil
	case "smtp":
		return smtp(c.SMTP)
	case "inbox":
		return countersignmail.OpenInbox(c.InboxDir)
	default:
		return nil, errors.New("unknown mail service: " + c.Mail)
	}
}

// mailEvents returns nil without a verification key; the api then rejects all events.
func mailEvents(c config.SendGrid) mailhook.Parser {
	if len(c.WebhookKeys) == 0 {
		return nil
	}
	var keys []*ecdsa.PublicKey
	for _, k := range c.WebhookKeys {
		keys = append(keys, k.PublicKey)
	}
	return countersignmail.NewEvents(keys...)
}

func smtp(c config.SMTP) (mailService, error) {
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("smtp port: %w", err)
	}
	return countersignmail.NewSMTP(countersignmail.SMTPConfig{
		Host: host, Port: number, Username: c.Username, Password: c.Password, TLS: countersignmail.TLSPolicy(c.TLS),
	}), nil
}

func probeMail(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		name := "mail (" + c.Mail + ")"
		s, err := sender(c)
		if err == nil {
			err = s.Check(ctx)
		}
		return []Finding{newFinding(name, "accepts mail", err, mailFix(c.Mail, collaboration.CodeOf(err)))}
	}
}

func mailFix(service string, code collaboration.Code) string {
	switch {
	case service == "inbox":
		return "correct COUNTERSIGN_INBOX_DIR; the process needs write access"
	case service == "sendgrid" && code == collaboration.CodeMailMisconfigured:
		return "set COUNTERSIGN_SENDGRID_API_KEY to a key with the scope mail.send; EU accounts also need COUNTERSIGN_SENDGRID_URL"
	case service == "sendgrid":
		return "allow connections to COUNTERSIGN_SENDGRID_URL, or retry later"
	case code == collaboration.CodeMailMisconfigured:
		return "correct COUNTERSIGN_SMTP_USERNAME, COUNTERSIGN_SMTP_PASSWORD and COUNTERSIGN_SMTP_TLS for this server"
	default:
		return "start the mail server or correct COUNTERSIGN_SMTP_ADDRESS; its certificate must be valid unless COUNTERSIGN_SMTP_TLS is none"
	}
}
