package mail

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	"countersign/collaboration"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// TLSPolicy is the use of TLS.
type TLSPolicy string

// The policies. Mandatory, which requires STARTTLS, is the default. Implicit begins with
// TLS (RFC 8314), usually on port 465.
const (
	TLSMandatory     TLSPolicy = "mandatory"
	TLSImplicit      TLSPolicy = "implicit"
	TLSOpportunistic TLSPolicy = "opportunistic"
	TLSNone          TLSPolicy = "none"
)

// startTLS has go-mail's use of STARTTLS for each policy. Inside implicit TLS a server
// offers no STARTTLS, and go-mail knows from the connection that it is encrypted.
var startTLS = map[TLSPolicy]gomail.TLSPolicy{
	TLSMandatory: gomail.TLSMandatory, TLSImplicit: gomail.TLSOpportunistic, TLSOpportunistic: gomail.TLSOpportunistic, TLSNone: gomail.NoTLS,
}

// SMTPConfig configures an SMTP server. Only the address is required.
type SMTPConfig struct {
	// Address is HOST:PORT.
	Address string `env:"SMTP_ADDRESS"`
	// Username is empty for a server without authentication.
	Username string    `env:"SMTP_USERNAME"`
	Password string    `env:"SMTP_PASSWORD" secret:"yes"`
	TLS      TLSPolicy `env:"SMTP_TLS" envDefault:"mandatory"`
	// TLSConfig is Go's default if nil.
	TLSConfig *tls.Config
	// Timeout bounds one message; it is 15 s by default.
	Timeout time.Duration
}

// Validate reports invalid settings.
func (c SMTPConfig) Validate(p Problems) {
	host, port, err := net.SplitHostPort(c.Address)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || host == "" {
		p.Add("SMTP_ADDRESS", "must be HOST:PORT")
	}
	if _, found := startTLS[c.TLS]; !found {
		p.Add("SMTP_TLS", "must be mandatory, implicit, opportunistic or none")
	}
	if (c.Username == "") != (c.Password == "") {
		p.Add("SMTP_USERNAME", "and COUNTERSIGN_SMTP_PASSWORD must be set together")
	}
}

// Open returns a sender.
func (c SMTPConfig) Open() (Service, error) { return NewSMTP(c), nil }

// Fix describes how an operator fixes an error.
func (SMTPConfig) Fix(code collaboration.Code) string {
	if code == collaboration.CodeMailMisconfigured {
		return "correct COUNTERSIGN_SMTP_USERNAME, COUNTERSIGN_SMTP_PASSWORD, COUNTERSIGN_SMTP_TLS and COUNTERSIGN_MAIL_FROM for this server"
	}
	return "start the mail server or correct COUNTERSIGN_SMTP_ADDRESS and COUNTERSIGN_SMTP_TLS (port 465: implicit); its certificate must be valid unless COUNTERSIGN_SMTP_TLS is none"
}

// SMTP sends with an SMTP server, over one connection per message. It is safe for
// concurrent use.
type SMTP struct{ config SMTPConfig }

// NewSMTP returns a sender. It opens no connection.
func NewSMTP(c SMTPConfig) *SMTP {
	c.TLS = cmp.Or(c.TLS, TLSMandatory)
	c.Timeout = cmp.Or(c.Timeout, 15*time.Second)
	return &SMTP{config: c}
}

// Send delivers one message. It returns the Message-ID header as the provider's ID.
func (s *SMTP) Send(ctx context.Context, m Message) (string, error) {
	if err := m.validate(); err != nil {
		return "", err
	}
	err := s.inSession(ctx, func(ctx context.Context, client *gomail.Client, session *smtp.Client) error {
		message := buildMessage(m)
		// After the server's 250 the message is delivered, whatever fails later.
		if err := client.SendWithSMTPClient(session, message); err != nil && !message.IsDelivered() {
			return deliveryError(ctx, err)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return m.messageID(), nil
}

// Check begins a mail and cancels it, because some servers accept a session without
// authentication and reject its mails. The recipient is the postmaster of the sender's
// domain, an address that must exist (RFC 5321, section 4.5.1).
func (s *SMTP) Check(ctx context.Context, from string) error {
	return s.inSession(ctx, func(ctx context.Context, _ *gomail.Client, session *smtp.Client) error {
		if err := session.Mail(from); err != nil {
			return sessionError(ctx, "MAIL FROM", err)
		}
		if err := session.Rcpt("postmaster" + from[strings.LastIndexByte(from, '@'):]); err != nil {
			return sessionError(ctx, "RCPT TO", err)
		}
		if err := session.Reset(); err != nil {
			return sessionError(ctx, "RSET", err)
		}
		return nil
	})
}

// inSession dials, starts TLS, logs in if there is a username, and uses the session.
func (s *SMTP) inSession(ctx context.Context, use func(context.Context, *gomail.Client, *smtp.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	var conn connection
	defer conn.close()
	defer context.AfterFunc(ctx, conn.close)()
	client, err := s.client(&conn)
	if err != nil {
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SMTP settings: %w", err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return sessionError(ctx, "no session", err)
	}
	if err := use(ctx, client, session); err != nil {
		return err
	}
	conn.setTimeout(time.Second) // for QUIT
	session.Quit()
	return nil
}

func (s *SMTP) client(conn *connection) (*gomail.Client, error) {
	host, _, err := net.SplitHostPort(s.config.Address)
	if err != nil {
		return nil, err
	}
	dial := (&net.Dialer{}).DialContext
	if s.config.TLS == TLSImplicit {
		dial = (&tls.Dialer{Config: s.config.TLSConfig}).DialContext
	}
	options := []gomail.Option{
		gomail.WithTimeout(s.config.Timeout), gomail.WithTLSPolicy(startTLS[s.config.TLS]), gomail.WithoutNoop(), gomail.WithoutRset(),
		gomail.WithDialContextFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
			return conn.open(dial(ctx, network, s.config.Address))
		}),
	}
	if s.config.TLSConfig != nil {
		options = append(options, gomail.WithTLSConfig(s.config.TLSConfig.Clone()))
	}
	if s.config.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.config.Username), gomail.WithPassword(s.config.Password))
	}
	return gomail.NewClient(host, options...)
}

func buildMessage(m Message) *gomail.Msg {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	message.FromMailAddress(&netmail.Address{Name: m.FromName, Address: m.From})
	message.ToMailAddress(&netmail.Address{Name: m.ToName, Address: m.To})
	if m.ReplyTo != "" {
		message.ReplyToMailAddress(&netmail.Address{Address: m.ReplyTo})
	}
	message.Subject(m.Subject)
	message.SetMessageIDWithValue(m.messageID())
	for _, name := range m.headerNames() {
		message.SetGenHeader(gomail.Header(name), m.Headers[name])
	}
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	message.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	if m.Logo != nil {
		// Reading from memory does not fail.
		_ = message.EmbedReader(logoName(*m.Logo), bytes.NewReader(m.Logo.Content),
			gomail.WithFileContentID("<"+logoID+">"), gomail.WithFileContentType(gomail.ContentType(m.Logo.ContentType)))
	}
	for _, a := range m.Attachments {
		message.AttachReadSeeker(a.Name, bytes.NewReader(a.Content), gomail.WithFileContentType(gomail.ContentType(a.Type)))
	}
	return message
}
