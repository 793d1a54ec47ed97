package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is what the API refused, and why: find it with errors.As.
type Error struct {
	Problem
	RetryAfter time.Duration // when it may be tried again; 0 where the API does not say
	Body       []byte        // the problem as it came
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)", e.Title, e.Code)
	for _, f := range e.Errors {
		fmt.Fprintf(&b, "; %s: %s (%s)", f.Field, f.Message, f.Code)
	}
	for _, r := range e.Rows {
		fmt.Fprintf(&b, "; line %d: %s (%s)", r.Line, r.Message, r.Code)
	}
	return b.String()
}

// RequestID is what to quote when you ask for help.
func (e *Error) RequestID() string {
	return strings.TrimPrefix(e.Instance, "urn:countersign:request:")
}

// CodeOf is the code of what the API refused; empty where err is anything else.
func CodeOf(err error) Code {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

// longestWait is how long a call waits at most before it tries again.
const longestWait = time.Minute

// passes tells whether it is worth waiting for.
func (e *Error) passes(ctx context.Context) bool {
	if e.RetryAfter == 0 || e.RetryAfter > longestWait {
		return false
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < e.RetryAfter {
		return false
	}
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable
}

// problem reads what was refused.
func (c *Client) problem(response *http.Response) error {
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	e := &Error{Body: raw}
	if err := c.decode(raw, &e.Problem); err != nil {
		return err
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}
