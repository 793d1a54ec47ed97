package mail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/mail"
)

// station is one way to send, with what arrives at its other end.
type station struct {
	sender   mail.Sender
	received func() []mail.Message
}

// stations are all the ways to send. Every one must pass every test here.
var stations = map[string]func(*testing.T) station{
	"SendGrid": sendGridStation,
	"SMTP":     smtpStation,
	"inbox":    inboxStation,
}

func eachStation(t *testing.T, test func(*testing.T, station)) {
	for name, open := range stations {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func message(id string) mail.Message {
	return mail.Message{
		ID: id, To: "asa@bagarn.example", ToName: `Åsa "Ö" Öberg`, From: "no-reply@countersign.example", FromName: "Räkna, Skriv & Co",
		Subject: "Ekströms Redovisning bjuder in er till Ekonomisk översikt, Budget & Prognos – " + strings.Repeat("åäö ", 20) + "✓",
		Text:    "Hej Åsa!\n\n.en punkt först\n..två\n" + strings.Repeat("lång rad ", 200) + "\n= 20 % \t😀\n",
		HTML:    "<!doctype html>\n<p title=\"a=b\">Hej Åsa &amp; Örjan</p>\n.\n<p>" + strings.Repeat("åäö", 500) + "</p>\n",
		Headers: map[string]string{"Auto-Submitted": "auto-generated"},
	}
}

func TestDeliversIntact(t *testing.T) {
	eachStation(t, func(t *testing.T, s station) {
		want := message("delivery-1")
		id, err := s.sender.Send(t.Context(), want)
		if err != nil || id == "" {
			t.Fatalf("provider's ID %q, %v", id, err)
		}
		received := s.received()
		if len(received) != 1 {
			t.Fatalf("%d messages arrived", len(received))
		}
		got := received[0]
		for _, f := range []struct{ field, got, want string }{
			{"ID", got.ID, want.ID}, {"To", got.To, want.To}, {"ToName", got.ToName, want.ToName},
			{"From", got.From, want.From}, {"FromName", got.FromName, want.FromName}, {"Subject", got.Subject, want.Subject},
			{"Text", got.Text, want.Text}, {"HTML", got.HTML, want.HTML},
			{"Auto-Submitted", got.Headers["Auto-Submitted"], "auto-generated"},
		} {
			if f.got != f.want {
				t.Errorf("%s:\n got %q\nwant %q", f.field, f.got, f.want)
			}
		}
	})
}

func TestRefusesWhatCannotBeSent(t *testing.T) {
	tests := map[string]struct {
		spoil func(*mail.Message)
		want  collaboration.Code
	}{
		"no ID":                       {func(m *mail.Message) { m.ID = "" }, collaboration.CodeMailRejected},
		"line break in the ID":        {func(m *mail.Message) { m.ID = "a\r\nBcc: x@evil.example" }, collaboration.CodeMailRejected},
		"no recipient":                {func(m *mail.Message) { m.To = "" }, collaboration.CodeMailRejected},
		"two recipients":              {func(m *mail.Message) { m.To = "a@x.example, b@x.example" }, collaboration.CodeMailRejected},
		"line break in the recipient": {func(m *mail.Message) { m.To = "a@x.example\r\nRCPT TO:<b@x.example>" }, collaboration.CodeMailRejected},
		"line break in a name":        {func(m *mail.Message) { m.ToName = "Å\nBcc: x@evil.example" }, collaboration.CodeMailRejected},
		"line break in the subject":   {func(m *mail.Message) { m.Subject = "Hej\r\nBcc: x@evil.example" }, collaboration.CodeMailRejected},
		"separator in the subject":    {func(m *mail.Message) { m.Subject = "Hej\u2028Bcc" }, collaboration.CodeMailRejected},
		"line break in a header":      {func(m *mail.Message) { m.Headers = map[string]string{"X-A": "b\r\nBcc: x@evil.example"} }, collaboration.CodeMailRejected},
		"bad header name":             {func(m *mail.Message) { m.Headers = map[string]string{"Bcc: x@evil.example\r\nX": "y"} }, collaboration.CodeMailRejected},
		"no subject":                  {func(m *mail.Message) { m.Subject = "" }, collaboration.CodeMailRejected},
		"no text":                     {func(m *mail.Message) { m.Text = "" }, collaboration.CodeMailRejected},
		"no HTML":                     {func(m *mail.Message) { m.HTML = "" }, collaboration.CodeMailRejected},
		"no sender":                   {func(m *mail.Message) { m.From = "" }, collaboration.CodeMailMisconfigured},
		"line break in sender's name": {func(m *mail.Message) { m.FromName = "C\nBcc: x@evil.example" }, collaboration.CodeMailMisconfigured},
	}
	eachStation(t, func(t *testing.T, s station) {
		for name, tt := range tests {
			m := message("refused")
			tt.spoil(&m)
			_, err := s.sender.Send(t.Context(), m)
			if collaboration.CodeOf(err) != tt.want {
				t.Errorf("%s: got %v, want %s", name, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "example") {
				t.Errorf("%s: the error holds an address: %v", name, err)
			}
		}
		if got := s.received(); len(got) != 0 {
			t.Errorf("%d messages arrived", len(got))
		}
	})
}

func TestCancelledBeforeItWasSent(t *testing.T) {
	eachStation(t, func(t *testing.T, s station) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.sender.Send(ctx, message("cancelled"))
		if collaboration.CodeOf(err) != collaboration.CodeMailUnavailable || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want mail_unavailable because of the context", err)
		}
		if got := s.received(); len(got) != 0 {
			t.Errorf("%d messages arrived", len(got))
		}
	})
}

// A service that takes the connection and then says nothing must not hold the
// caller longer than its deadline.
func TestDeadlineIsHonoured(t *testing.T) {
	for name, silent := range map[string]func(*testing.T) (mail.Sender, collaboration.Code){
		"SendGrid": silentSendGrid,
		"SMTP":     silentSMTP,
	} {
		t.Run(name, func(t *testing.T) {
			sender, want := silent(t)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := sender.Send(ctx, message("late"))
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("took %v", took)
			}
			if collaboration.CodeOf(err) != want || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want %s because of the deadline", err, want)
			}
		})
	}
}

func TestFiftyAtOnce(t *testing.T) {
	eachStation(t, func(t *testing.T, s station) {
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				if _, err := s.sender.Send(t.Context(), message(fmt.Sprintf("delivery-%d", i))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		ids := map[string]int{}
		for _, m := range s.received() {
			ids[m.ID]++
		}
		for i := range 50 {
			if n := ids[fmt.Sprintf("delivery-%d", i)]; n != 1 {
				t.Errorf("message %d arrived %d times", i, n)
			}
		}
	})
}
