package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/collaboration"
)

// Sender posts events. It is safe for concurrent use.
type Sender struct{ client *http.Client }

const (
	timeout         = 15 * time.Second
	maxRetryAfter   = 6 * time.Hour
	maxResponseSize = 16 << 10
)

// NewSender returns a sender that connects only to public addresses, unless private ones
// are allowed, for development.
func NewSender(allowPrivate bool) *Sender {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: rejectPrivate}
	if allowPrivate {
		dialer.Control = nil
	}
	return &Sender{&http.Client{
		Timeout: timeout,
		// No proxy: it would bypass the check of the address.
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Post posts one event. It returns gone if the receiver responded with 410 Gone. Errors are
// CodeWebhookUnreachable or CodePrivateAddress.
func (s *Sender) Post(ctx context.Context, p collaboration.WebhookPost, now time.Time) (gone bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(p.Body))
	if err != nil {
		return false, &collaboration.Error{Code: collaboration.CodeInvalidFormat}
	}
	request.URL.RawQuery = escapeNonASCII(request.URL.RawQuery)
	stamp := strconv.FormatInt(now.Unix(), 10)
	signature, err := Sign(p.Secret, p.Event, stamp, p.Body)
	if err != nil {
		return false, err
	}
	request.Header = http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"Countersign-Webhooks/1"},
		"Webhook-Id": {p.Event}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {signature},
	}
	response, err := s.client.Do(request)
	if err != nil {
		return false, postError(err)
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, maxResponseSize) // so that the connection can be reused
	switch {
	case response.StatusCode/100 == 2:
		return false, nil
	case response.StatusCode == http.StatusGone:
		return true, nil
	}
	return false, &collaboration.Error{
		Code: collaboration.CodeWebhookUnreachable, RetryAfter: retryAfter(response), Cause: fmt.Errorf("status %d", response.StatusCode),
	}
}

// postError omits the URL, which may contain a secret.
func postError(err error) error {
	var private *collaboration.Error
	if errors.As(err, &private) {
		return private
	}
	return &collaboration.Error{Code: collaboration.CodeWebhookUnreachable}
}

// retryAfter returns the Retry-After of an overloaded receiver.
func retryAfter(r *http.Response) time.Duration {
	seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
	if err != nil || seconds < 0 || r.StatusCode != http.StatusTooManyRequests && r.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}

// Sign returns the value of webhook-signature.
func Sign(secret, id, timestamp string, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return "", collaboration.Errorf(collaboration.CodeInternal, "the webhook's secret is not base64")
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// escapeNonASCII escapes the bytes of a query that may not stand in a request line. The
// rest stays as the office wrote it.
func escapeNonASCII(query string) string {
	var escaped strings.Builder
	for _, b := range []byte(query) {
		if b <= ' ' || b > '~' {
			fmt.Fprintf(&escaped, "%%%02X", b)
		} else {
			escaped.WriteByte(b)
		}
	}
	return escaped.String()
}
