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

// refusal is nil where SendGrid refuses nothing.
func refusal(r *http.Response, now time.Time) error {
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
	err := collaboration.Errorf(code, "mail: SendGrid answered %d%s", r.StatusCode, wrongFields(r.Body))
	if code.Retryable() {
		err.RetryAfter = retryAfter(r.Header, now)
	}
	return err
}

var fieldPath = regexp.MustCompile(`^[a-z0-9_.]{1,80}$`)

// wrongFields names the fields that SendGrid complains of. Its messages are
// left out: they may quote an address.
func wrongFields(body io.Reader) string {
	var answer struct {
		Errors []struct {
			Field string `json:"field"`
		} `json:"errors"`
	}
	if json.NewDecoder(io.LimitReader(body, 64<<10)).Decode(&answer) != nil {
		return ""
	}
	var fields []string
	for _, e := range answer.Errors {
		if fieldPath.MatchString(e.Field) {
			fields = append(fields, e.Field)
		}
	}
	if fields == nil {
		return ""
	}
	return " (" + strings.Join(fields, ", ") + ")"
}

// longestWait bounds what the other side can make us wait: a wrong clock there
// must not stop the mail for days.
const longestWait = time.Hour

// retryAfter reads Retry-After (seconds or a date), or X-RateLimit-Reset
// (a Unix time). It is zero where neither says anything usable.
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
	return max(0, min(wait, longestWait))
}
