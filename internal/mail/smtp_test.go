package mail_test

import (
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/mail"

	"github.com/emersion/go-smtp"
)

func refuse(code int) func() error {
	return func() error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "no, asa@bagarn.example"}
	}
}

func TestSMTP_MapsReplies(t *testing.T) {
	t.Parallel()
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
				t.Errorf("the error contains an address: %v", err)
			}
		})
	}
}

// The server closes the connection after each step of a session.
func TestSMTP_LostConnection(t *testing.T) {
	t.Parallel()
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
			c := mail.SMTPConfig{Address: scripted(t, tt.script), TLS: mail.TLSNone, Timeout: 5 * time.Second}
			_, err := mail.NewSMTP(c).Send(t.Context(), message("delivery-1"))
			if collaboration.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// scripted sends the next line after each line that it reads, and then closes the connection.
func scripted(t *testing.T, script []string) (address string) {
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
	return listener.Addr().String()
}

// refusedAddress returns an address that refuses connections: the client's end of a
// connection, which keeps its port until the test ends.
func refusedAddress(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(nil)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); server.Close() })
	return conn.LocalAddr().String()
}

func TestSMTP_ConnectionRefused(t *testing.T) {
	t.Parallel()
	_, err := mail.NewSMTP(mail.SMTPConfig{Address: refusedAddress(t)}).Send(t.Context(), message("delivery-1"))
	if collaboration.CodeOf(err) != collaboration.CodeMailUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestSMTP_TLS(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		offered        bool
		implicit       bool
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
		"implicit":                     {offered: true, implicit: true, policy: mail.TLSImplicit, trust: true},
		"implicit, logged in":          {offered: true, implicit: true, policy: mail.TLSImplicit, trust: true, asked: "secret", user: "user", password: "secret"},
		"implicit, a stranger":         {offered: true, implicit: true, policy: mail.TLSImplicit, want: collaboration.CodeMailUnavailable},
		"implicit, not offered":        {offered: true, policy: mail.TLSImplicit, trust: true, want: collaboration.CodeMailUnavailable},
		"none":                         {offered: true, policy: mail.TLSNone},
		"logged in":                    {offered: true, policy: mail.TLSMandatory, trust: true, asked: "secret", user: "user", password: "secret"},
		"wrong password":               {offered: true, policy: mail.TLSMandatory, trust: true, asked: "secret", user: "user", password: "wrong-password", want: collaboration.CodeMailMisconfigured},
		"logging in where nobody asks": {offered: true, policy: mail.TLSMandatory, trust: true, user: "user", password: "secret", want: collaboration.CodeMailMisconfigured},
	} {
		t.Run(name, func(t *testing.T) {
			server := newSMTPServer(t, tt.offered, func(s *smtpServer) { s.password, s.implicit = tt.asked, tt.implicit })
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
				t.Errorf("the error contains a secret: %v", err)
			}
		})
	}
}

// The Message-ID is valid for every ID, and differs for different IDs.
func TestSMTP_MessageID(t *testing.T) {
	t.Parallel()
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
