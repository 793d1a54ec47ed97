package mail_test

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/eventually"
	"countersign/internal/mail"
)

const apiKey = "SG.very-secret"

// sendGridBody has the tested part of a v3 request.
type sendGridBody struct {
	ReplyTo          struct{ Email string } `json:"reply_to"`
	From             struct{ Email, Name string }
	Subject          string
	Headers          map[string]string
	Categories       []string
	CustomArgs       map[string]string `json:"custom_args"`
	Personalizations []struct {
		To         []struct{ Email, Name string }
		CustomArgs map[string]string `json:"custom_args"`
	}
	Content     []struct{ Type, Value string }
	Attachments []struct {
		Content                     []byte
		Type, Filename, Disposition string
		ContentID                   string `json:"content_id"`
	}
	TrackingSettings struct {
		ClickTracking struct {
			Enable     *bool
			EnableText *bool `json:"enable_text"`
		} `json:"click_tracking"`
		OpenTracking struct{ Enable *bool } `json:"open_tracking"`
	} `json:"tracking_settings"`
	MailSettings struct {
		SandboxMode struct{ Enable *bool } `json:"sandbox_mode"`
	} `json:"mail_settings"`
}

func (b sendGridBody) message() mail.Message {
	to := b.Personalizations[0]
	var logo *collaboration.Logo
	for _, a := range b.Attachments {
		if a.Disposition == "inline" && a.ContentID == "logo" {
			logo = &collaboration.Logo{ContentType: a.Type, Content: a.Content}
		}
	}
	m := mail.Message{
		Logo: logo,

		ID: to.CustomArgs["delivery_id"], To: to.To[0].Email, ToName: unquoted(to.To[0].Name), From: b.From.Email, FromName: unquoted(b.From.Name), ReplyTo: b.ReplyTo.Email,
		Subject: b.Subject, Text: b.Content[0].Value, HTML: b.Content[1].Value, Headers: b.Headers,
	}
	for _, a := range b.Attachments {
		if a.Disposition == "attachment" {
			m.Attachments = append(m.Attachments, mail.Attachment{Name: a.Filename, Type: a.Type, Content: a.Content})
		}
	}
	return m
}

// sendGridServer records every request and calls the handler.
type sendGridServer struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []sendGridBody
	raw    []string
	keys   []string
}

func newSendGridServer(t *testing.T, answer http.HandlerFunc) *sendGridServer {
	s := &sendGridServer{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v3/mail/send", func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var b sendGridBody
		if err := json.Unmarshal(raw, &b); err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.bodies, s.raw, s.keys = append(s.bodies, b), append(s.raw, string(raw)), append(s.keys, r.Header.Get("Authorization"))
		s.mu.Unlock()
		answer(w, r)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// seen returns every request so far.
func (s *sendGridServer) seen() []sendGridBody {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies)
}

func accepted(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Message-Id", "sg-1")
	w.WriteHeader(http.StatusAccepted)
}

func sendGrid(url string) *mail.SendGrid {
	return mail.NewSendGrid(mail.SendGridConfig{APIKey: apiKey, URL: url})
}

func sendGridStation(t *testing.T) receiver {
	server := newSendGridServer(t, accepted)
	return receiver{sendGrid(server.URL), func() []mail.Message {
		var all []mail.Message
		for _, b := range server.seen() {
			all = append(all, b.message())
		}
		return all
	}}
}

// silentSendGrid reads the whole request and never answers, so its outcome is unknown.
func silentSendGrid(t *testing.T) (mail.Sender, collaboration.Code) {
	hold := make(chan struct{})
	server := newSendGridServer(t, func(http.ResponseWriter, *http.Request) { <-hold })
	t.Cleanup(func() { close(hold) })
	return sendGrid(server.URL), collaboration.CodeMailUnconfirmed
}

func TestSendGrid_Request(t *testing.T) {
	t.Parallel()
	server := newSendGridServer(t, accepted)
	sender := mail.NewSendGrid(mail.SendGridConfig{APIKey: apiKey + "\n", URL: server.URL + "/", Sandbox: true, Categories: []string{"invitation"}})
	id, err := sender.Send(t.Context(), message("delivery-1"))
	if err != nil || id != "sg-1" {
		t.Fatalf("id %q, %v", id, err)
	}
	if server.keys[0] != "Bearer "+apiKey {
		t.Error("the key was modified")
	}
	b := server.seen()[0]
	args := b.Personalizations[0].CustomArgs
	if len(args) != 1 || args["delivery_id"] != "delivery-1" || len(b.CustomArgs) != 0 {
		t.Errorf("custom arguments %v %v, want only the delivery's ID", args, b.CustomArgs)
	}
	off := func(name string, v *bool) {
		if v == nil || *v {
			t.Errorf("%s is enabled", name)
		}
	}
	off("click tracking", b.TrackingSettings.ClickTracking.Enable)
	off("click tracking in text", b.TrackingSettings.ClickTracking.EnableText)
	off("open tracking", b.TrackingSettings.OpenTracking.Enable)
	if v := b.MailSettings.SandboxMode.Enable; v == nil || !*v {
		t.Error("the sandbox is disabled")
	}
	if !slices.Equal(b.Categories, []string{"invitation"}) {
		t.Errorf("categories %v", b.Categories)
	}
	if b.Content[0].Type != "text/plain" || b.Content[1].Type != "text/html" {
		t.Error("text must come before HTML")
	}
}

// unquoted returns a name as a mail program shows it.
func unquoted(name string) string {
	if plain, err := strconv.Unquote(name); err == nil {
		return plain
	}
	return name
}

// TestSendGrid_QuotesNames: SendGrid drops mail with a bare separator in a name.
func TestSendGrid_QuotesNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Åsa Öberg":          "Åsa Öberg",
		"Öberg, Åsa":         `"Öberg, Åsa"`,
		`A "B"; C\`:          `"A \"B\"; C\\"`,
		"Berg & Co; Sigtuna": `"Berg & Co; Sigtuna"`,
	} {
		server, m := newSendGridServer(t, accepted), message("delivery-1")
		m.ToName, m.FromName = name, name
		if _, err := sendGrid(server.URL).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		var sent struct {
			From             struct{ Name string }
			Personalizations []struct{ To []struct{ Name string } }
		}
		if err := json.Unmarshal([]byte(server.raw[0]), &sent); err != nil {
			t.Fatal(err)
		}
		if from, to := sent.From.Name, sent.Personalizations[0].To[0].Name; from != want || to != want {
			t.Errorf("%s: from %s, to %s, want %s", name, from, to, want)
		}
	}
}

func TestSendGrid_WithoutSandbox(t *testing.T) {
	t.Parallel()
	server := newSendGridServer(t, accepted)
	if _, err := sendGrid(server.URL).Send(t.Context(), message("delivery-1")); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(server.raw[0], "sandbox") {
		t.Error("the sandbox is enabled")
	}
}

func TestSendGrid_MapsStatuses(t *testing.T) {
	t.Parallel()
	const leak = `{"errors":[{"message":"asa@bagarn.example is bad","field":"personalizations.0.to.0.email"},{"message":"x","field":"asa@bagarn.example"}]}`
	for status, want := range map[int]collaboration.Code{
		202: "",
		302: collaboration.CodeMailMisconfigured,
		400: collaboration.CodeMailRejected, 404: collaboration.CodeMailRejected, 413: collaboration.CodeMailRejected, 415: collaboration.CodeMailRejected,
		401: collaboration.CodeMailMisconfigured, 403: collaboration.CodeMailMisconfigured,
		429: collaboration.CodeMailRateLimited,
		500: collaboration.CodeMailUnavailable, 502: collaboration.CodeMailUnavailable, 503: collaboration.CodeMailUnavailable,
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			server := newSendGridServer(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
				io.WriteString(w, leak)
			})
			_, err := sendGrid(server.URL).Send(t.Context(), message("delivery-1"))
			if collaboration.CodeOf(err) != want {
				t.Fatalf("got %v, want %q", err, want)
			}
			if err != nil && (!strings.Contains(err.Error(), "personalizations.0.to.0.email") || !strings.Contains(err.Error(), strconv.Itoa(status))) {
				t.Errorf("the error lacks the status or the field: %v", err)
			}
			if err != nil && (strings.Contains(err.Error(), "asa@") || strings.Contains(err.Error(), apiKey)) {
				t.Errorf("the error contains a secret: %v", err)
			}
			if len(server.seen()) != 1 {
				t.Errorf("%d requests", len(server.seen()))
			}
		})
	}
}

// Status 200 comes from a proxy: SendGrid accepts with 202, or in the sandbox with 200.
func TestSendGrid_ProxyResponse(t *testing.T) {
	t.Parallel()
	for _, sandbox := range []bool{false, true} {
		server := newSendGridServer(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") })
		_, err := mail.NewSendGrid(mail.SendGridConfig{APIKey: apiKey, URL: server.URL, Sandbox: sandbox}).Send(t.Context(), message("delivery-1"))
		want := collaboration.CodeMailUnconfirmed
		if sandbox {
			want = ""
		}
		if got := collaboration.CodeOf(err); got != want {
			t.Errorf("sandbox %v: %v, want %q", sandbox, err, want)
		}
	}
}

func TestSendGrid_RetryAfter(t *testing.T) {
	t.Parallel()
	began := time.Now()
	for name, tt := range map[string]struct {
		status   int
		header   map[string]string
		min, max time.Duration
	}{
		"seconds":              {429, map[string]string{"Retry-After": "7"}, 7 * time.Second, 7 * time.Second},
		"seconds win":          {429, map[string]string{"Retry-After": "7", "X-RateLimit-Reset": strconv.FormatInt(time.Now().Unix()+90, 10)}, 7 * time.Second, 7 * time.Second},
		"date":                 {429, map[string]string{"Retry-After": time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)}, 59 * time.Second, time.Minute},
		"reset":                {429, map[string]string{"X-RateLimit-Reset": strconv.FormatInt(time.Now().Unix()+90, 10)}, 89 * time.Second, 90 * time.Second},
		"reset in the past":    {429, map[string]string{"X-RateLimit-Reset": "1"}, 0, 0},
		"absurdly long":        {429, map[string]string{"Retry-After": "999999999"}, time.Hour, time.Hour},
		"nonsense":             {429, map[string]string{"Retry-After": "soon"}, 0, 0},
		"negative":             {429, map[string]string{"Retry-After": "-5"}, 0, 0},
		"nothing":              {429, nil, 0, 0},
		"unavailable for long": {503, map[string]string{"Retry-After": "30"}, 30 * time.Second, 30 * time.Second},
		"not for a rejection":  {400, map[string]string{"Retry-After": "30"}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := newSendGridServer(t, func(w http.ResponseWriter, _ *http.Request) {
				for k, v := range tt.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(tt.status)
			})
			_, err := sendGrid(server.URL).Send(t.Context(), message("delivery-1"))
			e, ok := err.(*collaboration.Error)
			least := max(0, tt.min-time.Since(began)) // a date in Retry-After comes closer
			if tt.min == tt.max {
				least = tt.min
			}
			if !ok || e.RetryAfter < least || e.RetryAfter > tt.max {
				t.Errorf("got %+v, want between %v and %v", err, least, tt.max)
			}
		})
	}
}

func TestSendGrid_LostConnection(t *testing.T) {
	t.Parallel()
	plain := newSendGridServer(t, accepted)
	hangUp := newSendGridServer(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	stranger := httptest.NewUnstartedServer(http.HandlerFunc(accepted))
	stranger.Config.ErrorLog = log.New(io.Discard, "", 0) // it will complain of us
	stranger.StartTLS()
	t.Cleanup(stranger.Close)
	for name, tt := range map[string]struct {
		url  string
		want collaboration.Code
	}{
		"connection refused":        {"http://" + refusedAddress(t), collaboration.CodeMailUnavailable},
		"no such host":              {"http://sendgrid.invalid", collaboration.CodeMailUnavailable},
		"no TLS at the other end":   {strings.Replace(plain.URL, "http:", "https:", 1), collaboration.CodeMailUnavailable},
		"certificate of a stranger": {stranger.URL, collaboration.CodeMailUnavailable},
		"hung up after the request": {hangUp.URL, collaboration.CodeMailUnconfirmed},
		"not a URL":                 {"http://[::1", collaboration.CodeMailMisconfigured},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sendGrid(tt.url).Send(eventually.Context(t), message("delivery-1"))
			if collaboration.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if strings.Contains(err.Error(), apiKey) || strings.Contains(err.Error(), "asa@") {
				t.Errorf("the error contains a secret: %v", err)
			}
		})
	}
	if len(hangUp.seen()) != 1 {
		t.Errorf("%d requests after the connection was closed: Send must not retry", len(hangUp.seen()))
	}
}

func TestSendGrid_Timeout(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	server := newSendGridServer(t, func(http.ResponseWriter, *http.Request) { <-hold })
	defer close(hold)
	sender := mail.NewSendGrid(mail.SendGridConfig{APIKey: apiKey, URL: server.URL, Timeout: 100 * time.Millisecond})
	if _, err := sender.Send(t.Context(), message("delivery-1")); collaboration.CodeOf(err) != collaboration.CodeMailUnconfirmed {
		t.Errorf("got %v", err)
	}
}
