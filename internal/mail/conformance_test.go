package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/eventually"
	"countersign/internal/mail"
)

// receiver is a sender with the messages that its other end received.
type receiver struct {
	sender   mail.Sender
	received func() []mail.Message
}

// receivers has all senders. Each of them passes every test in this file.
var receivers = map[string]func(*testing.T) receiver{
	"SendGrid": sendGridStation,
	"SMTP":     smtpStation,
}

func eachStation(t *testing.T, test func(*testing.T, receiver)) {
	for name, open := range receivers {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func message(id string) mail.Message {
	return mail.Message{
		ID: id, To: "asa@bagarn.example", ToName: `Åsa "Ö" Öberg`, From: "no-reply@countersign.example", FromName: "Räkna, Skriv & Co", ReplyTo: "hej@byran.example",
		Subject:     "Ekströms Redovisning bjuder in er till Ekonomisk översikt, Budget & Prognos – " + strings.Repeat("åäö ", 20) + "✓",
		Text:        "Hej Åsa!\n\n.en punkt först\n..två\n" + strings.Repeat("lång rad ", 200) + "\n= 20 % \t😀\n",
		HTML:        "<!doctype html>\n<p title=\"a=b\">Hej Åsa &amp; Örjan</p>\n.\n<p>" + strings.Repeat("åäö", 500) + "</p>\n",
		Headers:     map[string]string{"Auto-Submitted": "auto-generated"},
		Attachments: []mail.Attachment{{Name: "receipt-1.pdf", Type: "application/pdf", Content: []byte("%PDF-1.4\r\n\x00\xff" + strings.Repeat("å", 300))}},
	}
}

// The logo is a part of the mail, with the Content-ID that the HTML has.
func TestSend_EmbedsLogo(t *testing.T) {
	t.Parallel()
	eachStation(t, func(t *testing.T, s receiver) {
		want := message("delivery-1")
		want.Logo = &collaboration.Logo{ContentType: "image/png", Content: []byte(strings.Repeat("\x00picture\xff", 30))}
		if _, err := s.sender.Send(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got := s.received()[0]
		if got.Logo == nil || got.Logo.ContentType != "image/png" || !bytes.Equal(got.Logo.Content, want.Logo.Content) {
			t.Errorf("the logo is %+v", got.Logo)
		}
		if got.Text != want.Text || got.HTML != want.HTML {
			t.Errorf("text %q\nHTML %q", got.Text, got.HTML)
		}
	})
}

func TestSend_DeliversWholeMessage(t *testing.T) {
	t.Parallel()
	eachStation(t, func(t *testing.T, s receiver) {
		want := message("delivery-1")
		id, err := s.sender.Send(t.Context(), want)
		if err != nil || id == "" {
			t.Fatalf("provider ID %q, %v", id, err)
		}
		received := s.received()
		if len(received) != 1 {
			t.Fatalf("%d messages received", len(received))
		}
		got := received[0]
		for _, f := range []struct{ field, got, want string }{
			{"ID", got.ID, want.ID}, {"To", got.To, want.To}, {"ToName", got.ToName, want.ToName},
			{"From", got.From, want.From}, {"FromName", got.FromName, want.FromName}, {"ReplyTo", got.ReplyTo, want.ReplyTo}, {"Subject", got.Subject, want.Subject},
			{"Text", got.Text, want.Text}, {"HTML", got.HTML, want.HTML},
			{"Auto-Submitted", got.Headers["Auto-Submitted"], "auto-generated"},
		} {
			if f.got != f.want {
				t.Errorf("%s:\n got %q\nwant %q", f.field, f.got, f.want)
			}
		}
		if !reflect.DeepEqual(got.Attachments, want.Attachments) {
			t.Errorf("attachments %q", got.Attachments)
		}
	})
}

func TestSend_RejectsInvalidMessage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*mail.Message)
		want  collaboration.Code
	}{
		"no ID":                                 {func(m *mail.Message) { m.ID = "" }, collaboration.CodeMailRejected},
		"line break in the ID":                  {func(m *mail.Message) { m.ID = "a\r\nBcc: x@evil.example" }, collaboration.CodeMailRejected},
		"no recipient":                          {func(m *mail.Message) { m.To = "" }, collaboration.CodeMailRejected},
		"two recipients":                        {func(m *mail.Message) { m.To = "a@x.example, b@x.example" }, collaboration.CodeMailRejected},
		"line break in the recipient":           {func(m *mail.Message) { m.To = "a@x.example\r\nRCPT TO:<b@x.example>" }, collaboration.CodeMailRejected},
		"line break in a name":                  {func(m *mail.Message) { m.ToName = "Å\nBcc: x@evil.example" }, collaboration.CodeMailRejected},
		"line break in the subject":             {func(m *mail.Message) { m.Subject = "Hej\r\nBcc: x@evil.example" }, collaboration.CodeMailRejected},
		"separator in the subject":              {func(m *mail.Message) { m.Subject = "Hej\u2028Bcc" }, collaboration.CodeMailRejected},
		"line break in a header":                {func(m *mail.Message) { m.Headers = map[string]string{"X-A": "b\r\nBcc: x@evil.example"} }, collaboration.CodeMailRejected},
		"bad header name":                       {func(m *mail.Message) { m.Headers = map[string]string{"Bcc: x@evil.example\r\nX": "y"} }, collaboration.CodeMailRejected},
		"no subject":                            {func(m *mail.Message) { m.Subject = "" }, collaboration.CodeMailRejected},
		"no text":                               {func(m *mail.Message) { m.Text = "" }, collaboration.CodeMailRejected},
		"no HTML":                               {func(m *mail.Message) { m.HTML = "" }, collaboration.CodeMailRejected},
		"no sender":                             {func(m *mail.Message) { m.From = "" }, collaboration.CodeMailMisconfigured},
		"line break in the address for answers": {func(m *mail.Message) { m.ReplyTo = "a@b.example\nBcc: x@evil.example" }, collaboration.CodeMailRejected},
		"line break in sender's name":           {func(m *mail.Message) { m.FromName = "C\nBcc: x@evil.example" }, collaboration.CodeMailMisconfigured},
	}
	eachStation(t, func(t *testing.T, s receiver) {
		for name, tt := range tests {
			m := message("refused")
			tt.spoil(&m)
			_, err := s.sender.Send(t.Context(), m)
			if collaboration.CodeOf(err) != tt.want {
				t.Errorf("%s: got %v, want %s", name, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "example") {
				t.Errorf("%s: the error contains an address: %v", name, err)
			}
		}
		if got := s.received(); len(got) != 0 {
			t.Errorf("%d messages received", len(got))
		}
	})
}

func TestSend_CanceledContext(t *testing.T) {
	t.Parallel()
	eachStation(t, func(t *testing.T, s receiver) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.sender.Send(ctx, message("cancelled"))
		if collaboration.CodeOf(err) != collaboration.CodeMailUnavailable || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want mail_unavailable because of the context", err)
		}
		if got := s.received(); len(got) != 0 {
			t.Errorf("%d messages received", len(got))
		}
	})
}

// A server that accepts the connection and does not answer cannot delay the caller beyond
// its deadline.
func TestSend_Deadline(t *testing.T) {
	t.Parallel()
	for name, silent := range map[string]func(*testing.T) (mail.Sender, collaboration.Code){
		"SendGrid": silentSendGrid,
		"SMTP":     silentSMTP,
	} {
		t.Run(name, func(t *testing.T) {
			sender, want := silent(t)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			result := make(chan error, 1)
			go func() {
				_, err := sender.Send(ctx, message("late"))
				result <- err
			}()
			err := eventually.Receive(t, "Send ends while the service is silent", result)
			if collaboration.CodeOf(err) != want || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want %s because of the deadline", err, want)
			}
		})
	}
}

func TestSend_Concurrently(t *testing.T) {
	t.Parallel()
	eachStation(t, func(t *testing.T, s receiver) {
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
				t.Errorf("message %d was received %d times", i, n)
			}
		}
	})
}
