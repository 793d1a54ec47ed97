package mail_test

import (
	"crypto/tls"
	"crypto/x509"
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

// smtpServer is a real SMTP server in the process. Each hook may refuse.
type smtpServer struct {
	address   *net.TCPAddr
	mu        sync.Mutex
	letters   []string
	onMail    func() error
	onRcpt    func() error
	onData    func(*smtp.Conn) error
	password  string // asked for where set
	clientTLS *tls.Config
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
	s.address = listener.Addr().(*net.TCPAddr)
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// certificate borrows the one that httptest makes for 127.0.0.1.
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

func (s *smtpSession) Reset()        {}
func (s *smtpSession) Logout() error { return nil }
func (s *smtpSession) Mail(string, *smtp.MailOptions) error {
	if s.server.onMail != nil {
		return s.server.onMail()
	}
	return nil
}
func (s *smtpSession) Rcpt(string, *smtp.RcptOptions) error {
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
	return mail.SMTPConfig{Host: "127.0.0.1", Port: s.address.Port, TLS: mail.TLSNone, Timeout: 5 * time.Second}
}

func smtpStation(t *testing.T) station {
	server := newSMTPServer(t, false, nil)
	return station{mail.NewSMTP(server.config()), func() []mail.Message {
		var all []mail.Message
		for _, letter := range server.letters {
			all = append(all, parse(t, letter))
		}
		return all
	}}
}

// silentSMTP takes the connection and never greets.
func silentSMTP(t *testing.T) (mail.Sender, collaboration.Code) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return mail.NewSMTP(mail.SMTPConfig{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port}), collaboration.CodeMailUnavailable
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
		ID: id, From: from[0].Address, FromName: from[0].Name, To: to[0].Address, ToName: to[0].Name, Subject: subject,
		Headers: map[string]string{"Auto-Submitted": parsed.Header.Get("Auto-Submitted")},
	}
	_, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(parsed.Body, params["boundary"]); ; {
		part, err := r.NextPart()
		if err == io.EOF {
			return m
		} else if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part) // quoted-printable is undone by the reader
		if err != nil {
			t.Fatal(err)
		}
		// The line ends of mail are not part of the text.
		content := strings.ReplaceAll(string(body), "\r\n", "\n")
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = content
		} else {
			m.Text = content
		}
	}
}

func refuse(code int) func() error {
	return func() error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "no, asa@bagarn.example"}
	}
}

func TestSMTPErrors(t *testing.T) {
	hangUp := func(c *smtp.Conn) { c.Conn().Close() }
	for name, tt := range map[string]struct {
		set  func(*smtpServer)
		want collaboration.Code
	}{
		"sender refused":         {func(s *smtpServer) { s.onMail = refuse(550) }, collaboration.CodeMailRejected},
		"recipient refused":      {func(s *smtpServer) { s.onRcpt = refuse(550) }, collaboration.CodeMailRejected},
		"content refused":        {func(s *smtpServer) { s.onData = func(*smtp.Conn) error { return refuse(554)() } }, collaboration.CodeMailRejected},
		"sender not now":         {func(s *smtpServer) { s.onMail = refuse(421) }, collaboration.CodeMailUnavailable},
		"recipient not now":      {func(s *smtpServer) { s.onRcpt = refuse(450) }, collaboration.CodeMailUnavailable},
		"content not now":        {func(s *smtpServer) { s.onData = func(*smtp.Conn) error { return refuse(451)() } }, collaboration.CodeMailUnavailable},
		"log in first":           {func(s *smtpServer) { s.onMail = refuse(530) }, collaboration.CodeMailMisconfigured},
		"lost after the content": {func(s *smtpServer) { s.onData = func(c *smtp.Conn) error { hangUp(c); return nil } }, collaboration.CodeMailUnconfirmed},
	} {
		t.Run(name, func(t *testing.T) {
			server := newSMTPServer(t, false, tt.set)
			_, err := mail.NewSMTP(server.config()).Send(t.Context(), message("delivery-1"))
			if collaboration.CodeOf(err) != tt.want {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "example") {
				t.Errorf("the error holds an address: %v", err)
			}
		})
	}
}

// A session cut off at each point, by a server that says only so much.
func TestSMTPLost(t *testing.T) {
	for name, tt := range map[string]struct {
		script []string
		want   collaboration.Code
	}{
		"before the greeting": {nil, collaboration.CodeMailUnavailable},
		"not today":           {[]string{"421 mx.example busy"}, collaboration.CodeMailUnavailable},
		"not you":             {[]string{"554 mx.example go away"}, collaboration.CodeMailMisconfigured},
		"after the greeting":  {[]string{"220 mx.example"}, collaboration.CodeMailUnavailable},
		"after EHLO":          {[]string{"220 mx.example", "250 mx.example"}, collaboration.CodeMailUnavailable},
		"after MAIL":          {[]string{"220 mx.example", "250 mx.example", "250 ok"}, collaboration.CodeMailUnavailable},
		"after RCPT":          {[]string{"220 mx.example", "250 mx.example", "250 ok", "250 ok"}, collaboration.CodeMailUnavailable},
		"after DATA":          {[]string{"220 mx.example", "250 mx.example", "250 ok", "250 ok", "354 go on"}, collaboration.CodeMailUnconfirmed},
	} {
		t.Run(name, func(t *testing.T) {
			c := mail.SMTPConfig{Host: "127.0.0.1", Port: scripted(t, tt.script), TLS: mail.TLSNone, Timeout: 5 * time.Second}
			_, err := mail.NewSMTP(c).Send(t.Context(), message("delivery-1"))
			if collaboration.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// scripted says the next line after each one it reads, and then hangs up.
func scripted(t *testing.T, script []string) (port int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		buffer := make([]byte, 1<<16)
		for _, line := range script {
			io.WriteString(conn, line+"\r\n")
			if _, err := conn.Read(buffer); err != nil {
				return
			}
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func TestSMTPConnectionRefused(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	_, err = mail.NewSMTP(mail.SMTPConfig{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port}).Send(t.Context(), message("delivery-1"))
	if collaboration.CodeOf(err) != collaboration.CodeMailUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestSMTPProtection(t *testing.T) {
	for name, tt := range map[string]struct {
		offered        bool
		policy         mail.TLSPolicy
		user, password string
		asked          string
		trust          bool
		want           collaboration.Code
	}{
		"mandatory and offered":        {offered: true, policy: mail.TLSMandatory, trust: true},
		"mandatory where left out":     {offered: false, policy: "", want: collaboration.CodeMailMisconfigured},
		"mandatory, not offered":       {offered: false, policy: mail.TLSMandatory, want: collaboration.CodeMailMisconfigured},
		"mandatory, a stranger":        {offered: true, policy: mail.TLSMandatory, want: collaboration.CodeMailUnavailable},
		"opportunistic and offered":    {offered: true, policy: mail.TLSOpportunistic, trust: true},
		"opportunistic, not offered":   {offered: false, policy: mail.TLSOpportunistic},
		"none":                         {offered: true, policy: mail.TLSNone},
		"logged in":                    {offered: true, policy: mail.TLSMandatory, trust: true, asked: "secret", user: "user", password: "secret"},
		"wrong password":               {offered: true, policy: mail.TLSMandatory, trust: true, asked: "secret", user: "user", password: "wrong-password", want: collaboration.CodeMailMisconfigured},
		"logging in where nobody asks": {offered: true, policy: mail.TLSMandatory, trust: true, user: "user", password: "secret", want: collaboration.CodeMailMisconfigured},
	} {
		t.Run(name, func(t *testing.T) {
			server := newSMTPServer(t, tt.offered, func(s *smtpServer) { s.password = tt.asked })
			c := server.config()
			c.TLS, c.Username, c.Password = tt.policy, tt.user, tt.password
			if tt.trust {
				c.TLSConfig = server.clientTLS
			}
			id, err := mail.NewSMTP(c).Send(t.Context(), message("delivery-1"))
			if collaboration.CodeOf(err) != tt.want {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if err == nil && id != "delivery-1@countersign.example" {
				t.Errorf("provider's ID %q", id)
			}
			if err != nil && tt.password != "" && strings.Contains(err.Error(), tt.password) {
				t.Errorf("the error leaks: %v", err)
			}
		})
	}
}

// The Message-ID is one token whatever the ID is made of, and differs where
// the IDs differ.
func TestSMTPMessageID(t *testing.T) {
	server := newSMTPServer(t, false, nil)
	seen := map[string]bool{}
	for _, id := range []string{"plain-1", "with space", "with:colon", "with/slash", "<angle>", "å", strings.Repeat("l", 300)} {
		got, err := mail.NewSMTP(server.config()).Send(t.Context(), message(id))
		if err != nil || seen[got] || strings.ContainsAny(got, " :/<>å") || len(got) > 100 {
			t.Errorf("%q: got %q, %v", id, got, err)
		}
		seen[got] = true
	}
}
