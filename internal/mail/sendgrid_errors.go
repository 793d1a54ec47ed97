package mail

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"countersign/collaboration"
)

// statusError returns nil for a status of success.
func statusError(r *http.Response, now time.Time) error {
	var code collaboration.Code
	switch status := r.StatusCode; {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusTooManyRequests:
		code = collaboration.CodeMailRateLimited
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status < 400:
		code = collaboration.CodeMailMisconfigured
	case status < 500:
		code = collaboration.CodeMailRejected
	default:
		code = collaboration.CodeMailUnavailable
	}
	err := collaboration.Errorf(code, "mail: SendGrid returned status %d%s", r.StatusCode, invalidFields(r.Body))
	if code.Retryable() {
		err.RetryAfter = retryAfter(r.Header, now)
	}
	return err
}

var fieldPath = regexp.MustCompile(`^[a-z0-9_.]{1,80}$`)

// invalidFields lists the fields in SendGrid's error. It omits the messages, which may
// quote an address.
func invalidFields(body io.Reader) string {
	var response struct {
		Errors []struct {
			Field string `json:"field"`
		} `json:"errors"`
	}
	if json.NewDecoder(io.LimitReader(body, 64<<10)).Decode(&response) != nil {
		return ""
	}
	var fields []string
	for _, e := range response.Errors {
		if fieldPath.MatchString(e.Field) {
			fields = append(fields, e.Field)
		}
	}
	if fields == nil {
		return ""
	}
	return " (" + strings.Join(fields, ", ") + ")"
}

// maxWait bounds the wait that a provider can request: its wrong clock must not stop mail
// for days.
const maxWait = time.Hour

// retryAfter parses Retry-After (seconds or a date), or X-RateLimit-Reset (Unix time). It
// returns zero if neither is valid.
func retryAfter(h http.Header, now time.Time) time.Duration {
	var wait time.Duration
	after := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(after, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(after); err == nil {
		wait = date.Sub(now)
	} else if reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		wait = time.Unix(reset, 0).Sub(now)
	}
	return max(0, min(wait, maxWait))
}
