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

// TLSPolicy is how an SMTP connection is protected, by STARTTLS.
type TLSPolicy string

// The policies. Mandatory is the default.
const (
	TLSMandatory     TLSPolicy = "mandatory"
	TLSOpportunistic TLSPolicy = "opportunistic"
	TLSNone          TLSPolicy = "none"
)

// SMTPConfig is how to reach an SMTP server. Only the host is required.
type SMTPConfig struct {
	Host string
	// Port is 587 where left out.
	Port int
	// Username is empty where the server asks for none.
	Username string
	Password string
	TLS      TLSPolicy
	// TLSConfig is the system's where left out.
	TLSConfig *tls.Config
	// Timeout bounds one message; 15 s where left out.
	Timeout time.Duration
}

// SMTP sends through an SMTP server, on a connection of its own for each
// message: it is safe for concurrent use.
type SMTP struct{ config SMTPConfig }

// NewSMTP makes no connection yet.
func NewSMTP(c SMTPConfig) *SMTP {
	c.Port = cmp.Or(c.Port, 587)
	c.TLS = cmp.Or(c.TLS, TLSMandatory)
	c.Timeout = cmp.Or(c.Timeout, 15*time.Second)
	return &SMTP{config: c}
}

// Send delivers one message. Its Message-ID, which is made from the message's
// ID, is the provider's ID too.
func (s *SMTP) Send(ctx context.Context, m Message) (string, error) {
	if err := m.check(); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()

	var line wire
	defer line.hangUp()
	defer context.AfterFunc(ctx, line.hangUp)()
	client, session, err := s.begin(ctx, &line)
	if err != nil {
		return "", err
	}
	letter := envelope(m)
	// An error after the server's 250 is none of the message's.
	if err := client.SendWithSMTPClient(session, letter); err != nil && !letter.IsDelivered() {
		return "", notDelivered(ctx, err)
	}
	line.limit(time.Second) // for saying goodbye
	session.Quit()
	return m.messageID(), nil
}

// Check begins a session as for a message, and ends it.
func (s *SMTP) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	var line wire
	defer line.hangUp()
	defer context.AfterFunc(ctx, line.hangUp)()
	_, session, err := s.begin(ctx, &line)
	if err != nil {
		return err
	}
	line.limit(time.Second)
	session.Quit()
	return nil
}

// begin dials, protects the line, and logs in where that is asked for.
func (s *SMTP) begin(ctx context.Context, line *wire) (*gomail.Client, *smtp.Client, error) {
	client, err := s.client(line)
	if err != nil {
		return nil, nil, collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SMTP settings: %w", err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return nil, nil, noSession(ctx, err)
	}
	return client, session, nil
}

func (s *SMTP) client(line *wire) (*gomail.Client, error) {
	policy := map[TLSPolicy]gomail.TLSPolicy{
		TLSMandatory: gomail.TLSMandatory, TLSOpportunistic: gomail.TLSOpportunistic, TLSNone: gomail.NoTLS,
	}
	options := []gomail.Option{
		gomail.WithPort(s.config.Port), gomail.WithTimeout(s.config.Timeout), gomail.WithTLSPolicy(policy[s.config.TLS]),
		gomail.WithDialContextFunc(line.dial), gomail.WithoutNoop(), gomail.WithoutRset(),
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

func envelope(m Message) *gomail.Msg {
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	letter.FromMailAddress(&netmail.Address{Name: m.FromName, Address: m.From})
	letter.ToMailAddress(&netmail.Address{Name: m.ToName, Address: m.To})
	letter.Subject(m.Subject)
	letter.SetMessageIDWithValue(m.messageID())
	for _, name := range m.headerNames() {
		letter.SetGenHeader(gomail.Header(name), m.Headers[name])
	}
	letter.SetBodyString(gomail.TypeTextPlain, m.Text)
	letter.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return letter
}
