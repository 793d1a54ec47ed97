package mail

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"countersign/collaboration"

	sendgrid "github.com/sendgrid/sendgrid-go/helpers/mail"
)

// SendGridConfig configures SendGrid. The key and the URL are required.
type SendGridConfig struct {
	APIKey string `env:"SENDGRID_API_KEY" secret:"yes"`
	// URL differs for EU accounts and tests.
	URL string `env:"SENDGRID_URL" envDefault:"https://api.sendgrid.com"`
	// Sandbox makes SendGrid validate messages without delivering them.
	Sandbox bool `env:"SENDGRID_SANDBOX"`
	// WebhookKeys verify SendGrid's events.
	WebhookKeys []EventKey `env:"SENDGRID_WEBHOOK_KEYS"`
	Categories  []string
	// Timeout bounds one message; it is 10 s by default.
	Timeout time.Duration
}

// Validate reports invalid settings.
func (c SendGridConfig) Validate(p Problems) {
	p.Require("SENDGRID_API_KEY", c.APIKey)
	p.RequireURL("SENDGRID_URL", c.URL)
}

// Open returns a sender.
func (c SendGridConfig) Open() (Service, error) { return NewSendGrid(c), nil }

// Fix describes how an operator fixes an error.
func (SendGridConfig) Fix(code collaboration.Code) string {
	if code == collaboration.CodeMailMisconfigured {
		return "set COUNTERSIGN_SENDGRID_API_KEY to a key with the scope mail.send; EU accounts also need COUNTERSIGN_SENDGRID_URL"
	}
	return "allow connections to COUNTERSIGN_SENDGRID_URL, or retry later"
}

// SendGrid sends with the v3 API. The SDK's client is not safe for concurrent use and
// treats status 400 as success, so only the SDK's message builder is used.
type SendGrid struct {
	config SendGridConfig
	base   string
	client *http.Client
}

// NewSendGrid returns a sender. It opens no connection.
func NewSendGrid(c SendGridConfig) *SendGrid {
	c.APIKey = strings.TrimSpace(c.APIKey) // a key from a file may end in a newline
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	return &SendGrid{
		config: c,
		base:   strings.TrimRight(c.URL, "/"),
		client: &http.Client{
			Timeout: c.Timeout,
			Transport: &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
				TLSHandshakeTimeout: 5 * time.Second,
				ForceAttemptHTTP2:   true,
				MaxIdleConnsPerHost: 16,
				IdleConnTimeout:     time.Minute,
			},
			// A redirect would send the key to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Send posts one message.
func (s *SendGrid) Send(ctx context.Context, m Message) (string, error) {
	if err := m.validate(); err != nil {
		return "", err
	}
	var mayHaveArrived atomic.Bool
	request, err := s.request(ctx, m, &mayHaveArrived)
	if err != nil {
		return "", err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return "", transportError(err, mayHaveArrived.Load())
	}
	defer response.Body.Close()
	if err := statusError(response, time.Now()); err != nil {
		return "", err
	}
	if !s.isAccepted(response.StatusCode) {
		return "", collaboration.Errorf(collaboration.CodeMailUnconfirmed, "mail: unexpected status %d: not a response of SendGrid", response.StatusCode)
	}
	return response.Header.Get("X-Message-Id"), nil
}

// isAccepted distinguishes SendGrid's response from a proxy's page.
func (s *SendGrid) isAccepted(status int) bool {
	return status == http.StatusAccepted || s.config.Sandbox && status == http.StatusOK
}

// Check requests the scopes of the key, which must include sending mail.
func (s *SendGrid) Check(ctx context.Context, _ string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/v3/scopes", nil)
	if err != nil {
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: the address of SendGrid is not a valid URL")
	}
	request.Header.Set("Authorization", "Bearer "+s.config.APIKey)
	response, err := s.client.Do(request)
	if err != nil {
		return transportError(err, false)
	}
	defer response.Body.Close()
	if err := statusError(response, time.Now()); err != nil {
		return err
	}
	var key struct {
		Scopes []string `json:"scopes"`
	}
	if err := json.NewDecoder(response.Body).Decode(&key); err != nil {
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: the address is not SendGrid's: invalid response")
	}
	if !slices.Contains(key.Scopes, "mail.send") {
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SendGrid: the key has no permission to send mail")
	}
	return nil
}

func (s *SendGrid) request(ctx context.Context, m Message, mayHaveArrived *atomic.Bool) (*http.Request, error) {
	// The request may arrive as soon as there is a connection, unless writing it fails.
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { mayHaveArrived.Store(true) },
		WroteRequest: func(w httptrace.WroteRequestInfo) { mayHaveArrived.Store(w.Err == nil) },
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/v3/mail/send", bytes.NewReader(s.body(m)))
	if err != nil {
		return nil, collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: the address of SendGrid is not a valid URL")
	}
	r.Header.Set("Authorization", "Bearer "+s.config.APIKey)
	r.Header.Set("Content-Type", "application/json")
	return r, nil
}

func (s *SendGrid) body(m Message) []byte {
	to := sendgrid.NewPersonalization()
	to.AddTos(sendgrid.NewEmail(quotedName(m.ToName), m.To))
	// SendGrid stores custom arguments and returns them in its events.
	to.SetCustomArg("delivery_id", m.ID)

	v3 := sendgrid.NewV3Mail()
	v3.SetFrom(sendgrid.NewEmail(quotedName(m.FromName), m.From))
	if m.ReplyTo != "" {
		v3.SetReplyTo(sendgrid.NewEmail("", m.ReplyTo))
	}
	v3.Subject = m.Subject
	v3.AddPersonalizations(to)
	v3.AddContent(sendgrid.NewContent("text/plain", m.Text), sendgrid.NewContent("text/html", m.HTML))
	for _, a := range m.Attachments {
		v3.AddAttachment(sendgrid.NewAttachment().SetFilename(a.Name).SetType(a.Type).SetDisposition("attachment").
			SetContent(base64.StdEncoding.EncodeToString(a.Content)))
	}
	v3.AddCategories(s.config.Categories...)
	if m.Logo != nil {
		v3.AddAttachment(sendgrid.NewAttachment().SetContent(base64.StdEncoding.EncodeToString(m.Logo.Content)).SetType(m.Logo.ContentType).
			SetFilename(logoName(*m.Logo)).SetDisposition("inline").SetContentID(logoID))
	}
	for _, name := range m.headerNames() {
		v3.SetHeader(name, m.Headers[name])
	}
	// Tracking would rewrite the personal link and observe the recipient.
	off := false
	v3.SetTrackingSettings(&sendgrid.TrackingSettings{
		ClickTracking: &sendgrid.ClickTrackingSetting{Enable: &off, EnableText: &off},
		OpenTracking:  &sendgrid.OpenTrackingSetting{Enable: &off},
	})
	if s.config.Sandbox {
		v3.SetMailSettings(sendgrid.NewMailSettings().SetSandboxMode(sendgrid.NewSetting(true)))
	}
	return sendgrid.GetRequestBody(v3)
}

// quotedName quotes a name with a separator of addresses: SendGrid writes the name into the
// header as it is, and drops the mail.
func quotedName(name string) string {
	if !strings.ContainsAny(name, ",;") {
		return name
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}

// transportError returns the error of a request without a response.
func transportError(err error, mayHaveArrived bool) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err // without the URL
	}
	code := collaboration.CodeMailUnavailable
	if mayHaveArrived {
		code = collaboration.CodeMailUnconfirmed
	}
	return collaboration.Errorf(code, "mail: SendGrid: %w", err)
}
