package mail

import (
	"bytes"
	"cmp"
	"context"
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

// SendGridConfig is how to reach SendGrid. Only the key is required.
type SendGridConfig struct {
	APIKey string
	// BaseURL is https://api.sendgrid.com where left out.
	BaseURL string
	// Sandbox has messages checked by SendGrid and not delivered.
	Sandbox    bool
	Categories []string
	// Timeout bounds one message; 10 s where left out.
	Timeout time.Duration
}

// SendGrid sends through the v3 API. The SDK's own client cannot be used by
// several callers at once and takes a 400 for a success, so only its message
// builder is used here.
type SendGrid struct {
	config SendGridConfig
	base   string
	client *http.Client
}

// NewSendGrid makes no connection yet.
func NewSendGrid(c SendGridConfig) *SendGrid {
	c.APIKey = strings.TrimSpace(c.APIKey) // keys from files end in a newline
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	return &SendGrid{
		config: c,
		base:   strings.TrimRight(cmp.Or(c.BaseURL, "https://api.sendgrid.com"), "/"),
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
			// A redirect would carry the key elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Send posts one message.
func (s *SendGrid) Send(ctx context.Context, m Message) (string, error) {
	if err := m.check(); err != nil {
		return "", err
	}
	var mayHaveArrived atomic.Bool
	request, err := s.request(ctx, m, &mayHaveArrived)
	if err != nil {
		return "", err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return "", lost(err, mayHaveArrived.Load())
	}
	defer response.Body.Close()
	if err := refusal(response, time.Now()); err != nil {
		return "", err
	}
	if !s.taken(response.StatusCode) {
		return "", collaboration.Errorf(collaboration.CodeMailUnconfirmed, "mail: %d is no answer of SendGrid's", response.StatusCode)
	}
	return response.Header.Get("X-Message-Id"), nil
}

// taken tells SendGrid's own answer from that of something in between, such as a
// proxy with a page of its own.
func (s *SendGrid) taken(status int) bool {
	return status == http.StatusAccepted || s.config.Sandbox && status == http.StatusOK
}

// Check asks what the key may do: send mail, that is.
func (s *SendGrid) Check(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/v3/scopes", nil)
	if err != nil {
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SendGrid's address is not a URL")
	}
	request.Header.Set("Authorization", "Bearer "+s.config.APIKey)
	response, err := s.client.Do(request)
	if err != nil {
		return lost(err, false)
	}
	defer response.Body.Close()
	if err := refusal(response, time.Now()); err != nil {
		return err
	}
	var may struct {
		Scopes []string `json:"scopes"`
	}
	if err := json.NewDecoder(response.Body).Decode(&may); err != nil {
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SendGrid's address leads to something else")
	}
	if !slices.Contains(may.Scopes, "mail.send") {
		return collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SendGrid: the key may not send mail")
	}
	return nil
}

func (s *SendGrid) request(ctx context.Context, m Message, mayHaveArrived *atomic.Bool) (*http.Request, error) {
	// From the moment there is a connection, the request may have arrived,
	// unless writing it is known to have failed.
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { mayHaveArrived.Store(true) },
		WroteRequest: func(w httptrace.WroteRequestInfo) { mayHaveArrived.Store(w.Err == nil) },
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/v3/mail/send", bytes.NewReader(s.body(m)))
	if err != nil {
		return nil, collaboration.Errorf(collaboration.CodeMailMisconfigured, "mail: SendGrid's address is not a URL")
	}
	r.Header.Set("Authorization", "Bearer "+s.config.APIKey)
	r.Header.Set("Content-Type", "application/json")
	return r, nil
}

func (s *SendGrid) body(m Message) []byte {
	to := sendgrid.NewPersonalization()
	to.AddTos(sendgrid.NewEmail(m.ToName, m.To))
	// The only argument: SendGrid keeps these, and returns them in its events.
	to.SetCustomArg("delivery_id", m.ID)

	v3 := sendgrid.NewV3Mail()
	v3.SetFrom(sendgrid.NewEmail(m.FromName, m.From))
	v3.Subject = m.Subject
	v3.AddPersonalizations(to)
	v3.AddContent(sendgrid.NewContent("text/plain", m.Text), sendgrid.NewContent("text/html", m.HTML))
	v3.AddCategories(s.config.Categories...)
	for _, name := range m.headerNames() {
		v3.SetHeader(name, m.Headers[name])
	}
	// Tracking would rewrite the personal link and watch the reader.
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

// lost is a request that nothing answered.
func lost(err error, mayHaveArrived bool) error {
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
