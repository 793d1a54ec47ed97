package mail_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/mail"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// smtpServer is an SMTP server in the process. Each hook may reject.
type smtpServer struct {
	address string
	mu      sync.Mutex
	letters []string
	// recipients are those of every RCPT.
	recipients []string
	begun      bool // a mail that was neither sent nor cancelled
	onMail     func() error
	onRcpt     func() error
	onData     func(*smtp.Conn) error
	password   string // asked for where set
	implicit   bool   // TLS from the first byte instead of STARTTLS
	clientTLS  *tls.Config
}

func newSMTPServer(t *testing.T, withTLS bool, set func(*smtpServer)) *smtpServer {
	s := &smtpServer{}
	if set != nil {
		set(s)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		session := &smtpSession{server: s, conn: c}
		if s.password != "" {
			return authSession{session}, nil
		}
		return session, nil
	}))
	server.Domain = "mx.example"
	server.ErrorLog = quiet{}
	if withTLS {
		server.TLSConfig, s.clientTLS = certificate(t)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s.implicit {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	s.address = listener.Addr().String()
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// certificate returns httptest's certificate for 127.0.0.1.
func certificate(t *testing.T) (server, client *tls.Config) {
	h := httptest.NewTLSServer(nil)
	t.Cleanup(h.Close)
	roots := x509.NewCertPool()
	roots.AddCert(h.Certificate())
	return &tls.Config{Certificates: h.TLS.Certificates}, &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
}

type smtpSession struct {
	server *smtpServer
	conn   *smtp.Conn
}

// Reset cancels a mail. The server also calls it after each message.
func (s *smtpSession) Reset() {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.begun = false
}
func (s *smtpSession) Logout() error { return nil }
func (s *smtpSession) Mail(string, *smtp.MailOptions) error {
	if s.server.onMail != nil {
		return s.server.onMail()
	}
	return nil
}
func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	s.server.recipients, s.server.begun = append(s.server.recipients, to), true
	s.server.mu.Unlock()
	if s.server.onRcpt != nil {
		return s.server.onRcpt()
	}
	return nil
}
func (s *smtpSession) Data(r io.Reader) error {
	letter, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.server.onData != nil {
		if err := s.server.onData(s.conn); err != nil {
			return err
		}
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.letters = append(s.server.letters, string(letter))
	return nil
}

type authSession struct{ *smtpSession }

func (authSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (a authSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "user" || password != a.server.password {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *smtpServer) config() mail.SMTPConfig {
	return mail.SMTPConfig{Address: s.address, TLS: mail.TLSNone, Timeout: 5 * time.Second}
}

func smtpStation(t *testing.T) receiver {
	server := newSMTPServer(t, false, nil)
	return receiver{mail.NewSMTP(server.config()), func() []mail.Message {
		var all []mail.Message
		server.mu.Lock()
		defer server.mu.Unlock()
		for _, letter := range server.letters {
			all = append(all, parse(t, letter))
		}
		return all
	}}
}

// silentSMTP accepts the connection and sends no greeting.
func silentSMTP(t *testing.T) (mail.Sender, collaboration.Code) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return mail.NewSMTP(mail.SMTPConfig{Address: listener.Addr().String()}), collaboration.CodeMailUnavailable
}

func parse(t *testing.T, letter string) mail.Message {
	t.Helper()
	parsed, err := netmail.ReadMessage(strings.NewReader(letter))
	if err != nil {
		t.Fatal(err)
	}
	from, err := parsed.Header.AddressList("From")
	to, err2 := parsed.Header.AddressList("To")
	subject, err3 := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	id, _, _ := strings.Cut(strings.Trim(parsed.Header.Get("Message-Id"), "<>"), "@")
	m := mail.Message{
		ID: id, From: from[0].Address, FromName: from[0].Name, To: to[0].Address, ToName: to[0].Name, Subject: subject, ReplyTo: strings.Trim(parsed.Header.Get("Reply-To"), "<>"),
		Headers: map[string]string{"Auto-Submitted": parsed.Header.Get("Auto-Submitted")},
	}
	parseParts(t, parsed.Header.Get("Content-Type"), parsed.Body, &m)
	return m
}

// parseParts reads a multipart body. Its parts can be multipart themselves.
func parseParts(t *testing.T, contentType string, content io.Reader, m *mail.Message) {
	t.Helper()
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(content, params["boundary"]); ; {
		part, err := r.NextPart()
		if err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		kind := part.Header.Get("Content-Type")
		if strings.HasPrefix(kind, "multipart/") {
			parseParts(t, kind, part, m)
			continue
		}
		body, err := io.ReadAll(part) // the reader decodes quoted-printable
		if err != nil {
			t.Fatal(err)
		}
		if name := part.FileName(); name != "" && strings.HasPrefix(part.Header.Get("Content-Disposition"), "attachment") {
			decoded, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(body), "\r\n", ""))
			if err != nil {
				t.Fatal(err)
			}
			kind, _, _ := mime.ParseMediaType(kind)
			m.Attachments = append(m.Attachments, mail.Attachment{Name: name, Type: kind, Content: decoded})
			continue
		}
		// The line ends of mail are not part of the text.
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		switch {
		case strings.HasPrefix(kind, "text/html"):
			m.HTML = text
		case strings.HasPrefix(kind, "text/"):
			m.Text = text
		default:
			image, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(text, "\n", ""))
			kind, _, _ = strings.Cut(kind, ";")
			if id, how := part.Header.Get("Content-Id"), part.Header.Get("Content-Disposition"); err != nil || id != "<logo>" || !strings.HasPrefix(how, "inline") {
				t.Errorf("image %q %q, %v", id, how, err)
			}
			m.Logo = &collaboration.Logo{ContentType: kind, Content: image}
		}
	}
}
