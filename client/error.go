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

// Error is an error response of the API. Find it with errors.As.
type Error struct {
	Problem
	RetryAfter time.Duration // wait before a retry; 0 if the response has no Retry-After
	Body       []byte        // the response's body
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

// RequestID returns the reference of the request for support.
func (e *Error) RequestID() string {
	return strings.TrimPrefix(e.Instance, "urn:countersign:request:")
}

// CodeOf returns the code of an Error, and "" for any other error.
func CodeOf(err error) Code {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

// maxRetryAfter is the longest wait before a retry.
const maxRetryAfter = time.Minute

// isTemporary reports whether a retry after RetryAfter is possible within the deadline.
func (e *Error) isTemporary(ctx context.Context) bool {
	if e.RetryAfter == 0 || e.RetryAfter > maxRetryAfter {
		return false
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < e.RetryAfter {
		return false
	}
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable
}

// problem reads an error response.
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
