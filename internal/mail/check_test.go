package mail_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/mail"
)

// sender is the sender of checked mails.
const sender = "no-reply@countersign.example"

func TestSMTP_Check(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		asked, password string
		policy          mail.TLSPolicy
		trust           bool
		want            collaboration.Code
	}{
		"no login, no TLS":   {policy: mail.TLSNone},
		"logged in":          {asked: "s3cret", password: "s3cret", policy: mail.TLSMandatory, trust: true},
		"wrong password":     {asked: "s3cret", password: "wr0ng", policy: mail.TLSMandatory, trust: true, want: collaboration.CodeMailMisconfigured},
		"nobody is asked":    {password: "wr0ng", policy: mail.TLSMandatory, trust: true, want: collaboration.CodeMailMisconfigured},
		"a stranger's proof": {policy: mail.TLSMandatory, want: collaboration.CodeMailUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			server := newSMTPServer(t, tt.policy != mail.TLSNone, func(s *smtpServer) { s.password = tt.asked })
			c := server.config()
			c.TLS = tt.policy
			if c.Password = tt.password; c.Password != "" {
				c.Username = "user"
			}
			if tt.trust {
				c.TLSConfig = server.clientTLS
			}
			err := mail.NewSMTP(c).Check(t.Context(), sender)
			if collaboration.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && tt.password != "" && strings.Contains(err.Error(), tt.password) {
				t.Errorf("the error contains a secret: %v", err)
			}
			if len(server.letters) != 0 {
				t.Error("a message was sent")
			}
		})
	}
	nobody := mail.SMTPConfig{Address: scripted(t, nil), TLS: mail.TLSNone}
	if err := mail.NewSMTP(nobody).Check(t.Context(), sender); collaboration.CodeOf(err) != collaboration.CodeMailUnavailable {
		t.Errorf("no greeting: %v", err)
	}
}

// A server may accept a session and reject its mails.
func TestSMTP_CheckBeginsMail(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		set  func(*smtpServer)
		want collaboration.Code
	}{
		"accepted":                {nil, ""},
		"requires authentication": {func(s *smtpServer) { s.onMail = refuse(530) }, collaboration.CodeMailMisconfigured},
		"sender refused":          {func(s *smtpServer) { s.onMail = refuse(550) }, collaboration.CodeMailMisconfigured},
		"relay refused":           {func(s *smtpServer) { s.onRcpt = refuse(554) }, collaboration.CodeMailMisconfigured},
		"recipient not now":       {func(s *smtpServer) { s.onRcpt = refuse(450) }, collaboration.CodeMailUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			server := newSMTPServer(t, false, tt.set)
			err := mail.NewSMTP(server.config()).Check(t.Context(), sender)
			if collaboration.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "example") {
				t.Errorf("the error contains an address: %v", err)
			}
			if len(server.letters) != 0 {
				t.Error("a message was sent")
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			if err == nil && (server.recipients[0] != "postmaster@countersign.example" || server.begun) {
				t.Errorf("recipients %q, the mail is begun: %t", server.recipients, server.begun)
			}
		})
	}
}

func TestSendGrid_Check(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   collaboration.Code
	}{
		"good":             {200, `{"scopes": ["mail.send", "sender_verification_eligible"]}`, ""},
		"may only read":    {200, `{"scopes": ["stats.read"]}`, collaboration.CodeMailMisconfigured},
		"not SendGrid":     {200, `<html>SG.very-secret`, collaboration.CodeMailMisconfigured},
		"unknown key":      {401, `{"errors": [{"message": "authorization required"}]}`, collaboration.CodeMailMisconfigured},
		"leads elsewhere":  {302, ``, collaboration.CodeMailMisconfigured},
		"too many":         {429, ``, collaboration.CodeMailRateLimited},
		"SendGrid is away": {503, ``, collaboration.CodeMailUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			var asked string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = r.Method + " " + r.URL.Path + " " + r.Header.Get("Authorization")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			}))
			defer server.Close()
			err := mail.NewSendGrid(mail.SendGridConfig{APIKey: apiKey, URL: server.URL}).Check(t.Context(), sender)
			if collaboration.CodeOf(err) != tt.want || asked != "GET /v3/scopes Bearer "+apiKey {
				t.Errorf("requested %q, got %v, want %q", asked, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), apiKey) {
				t.Errorf("the error contains a secret: %v", err)
			}
			server.Close()
			if err := mail.NewSendGrid(mail.SendGridConfig{APIKey: apiKey, URL: server.URL}).Check(t.Context(), sender); collaboration.CodeOf(err) != collaboration.CodeMailUnavailable {
				t.Errorf("without a server: %v", err)
			}
		})
	}
}
