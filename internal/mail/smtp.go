package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	netmail "net/mail"
	"time"

	"countersign/collaboration"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// TLSPolicy is the use of STARTTLS.
type TLSPolicy string

// The policies. Mandatory is the default.
const (
	TLSMandatory     TLSPolicy = "mandatory"
	TLSOpportunistic TLSPolicy = "opportunistic"
	TLSNone          TLSPolicy = "none"
)

// SMTPConfig configures an SMTP server. Only the host is required.
type SMTPConfig struct {
	Host string
	// Port is 587 by default.
	Port int
	// Username is empty for a server without authentication.
	Username string
	Password string
	TLS      TLSPolicy
	// TLSConfig is Go's default if nil.
	TLSConfig *tls.Config
	// Timeout bounds one message; it is 15 s by default.
	Timeout time.Duration
}

// SMTP sends with an SMTP server, over one connection per message. It is safe for
// concurrent use.
type SMTP struct{ config SMTPConfig }

// NewSMTP returns a sender. It opens no connection.
func NewSMTP(c SMTPConfig) *SMTP {
	c.Port = cmp.Or(c.Port, 587)
	c.TLS = cmp.Or(c.TLS, TLSMandatory)
	c.Timeout = cmp.Or(c.Timeout, 15*time.Second)
	return &SMTP{config: c}
}

// Send delivers one message. It returns the Message-ID header as the provider's ID.
func (s *SMTP) Send(ctx context.Context, m Message) (string, error) {
	if err := m.validate(); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()

	var conn connection
	defer conn.close()
	defer context.AfterFunc(ctx, conn.close)()
	client, session, err := s.startSession(ctx, &conn)
	if err != nil {
		return "", err
	}
	message := buildMessage(m)
	// After the server's 250 the message is delivered, whatever fails later.
	if err := client.SendWithSMTPClient(session, message); err != nil && !message.IsDelivered() {
		return "", deliveryError(ctx, err)
	}
	conn.setTimeout(time.Second) // for QUIT
	session.Quit()
	return m.messageID(), nil
}

// Check opens and closes a session.
func (s *SMTP) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	var conn connection
	defer conn.close()
	defer context.AfterFunc(ctx, conn.close)()
	_, session, err := s.startSession(ctx, &conn)
	if err != nil {
		return err
	}
	conn.setTimeout(time.Second)
	session.Quit()
	return nil
}

// startSession dials, starts TLS, and logs in if there is a username.
func (s *SMTP) startSession(ctx context.Context, conn *connection) (*gomail.Client, *smtp.Client, error) {
	client, err := s.client(conn)
	if err != nil {
		return nil, nil, collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SMTP settings: %w", err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return nil, nil, sessionError(ctx, err)
	}
	return client, session, nil
}

func (s *SMTP) client(conn *connection) (*gomail.Client, error) {
	policy := map[TLSPolicy]gomail.TLSPolicy{
		TLSMandatory: gomail.TLSMandatory, TLSOpportunistic: gomail.TLSOpportunistic, TLSNone: gomail.NoTLS,
	}
	options := []gomail.Option{
		gomail.WithPort(s.config.Port), gomail.WithTimeout(s.config.Timeout), gomail.WithTLSPolicy(policy[s.config.TLS]),
		gomail.WithDialContextFunc(conn.dial), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	if s.config.TLSConfig != nil {
		options = append(options, gomail.WithTLSConfig(s.config.TLSConfig.Clone()))
	}
	if s.config.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.config.Username), gomail.WithPassword(s.config.Password))
	}
	return gomail.NewClient(s.config.Host, options...)
}

func buildMessage(m Message) *gomail.Msg {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	message.FromMailAddress(&netmail.Address{Name: m.FromName, Address: m.From})
	message.ToMailAddress(&netmail.Address{Name: m.ToName, Address: m.To})
	message.Subject(m.Subject)
	message.SetMessageIDWithValue(m.messageID())
	for _, name := range m.headerNames() {
		message.SetGenHeader(gomail.Header(name), m.Headers[name])
	}
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	message.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return message
}
