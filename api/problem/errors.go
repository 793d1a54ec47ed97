package problem

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"countersign/collaboration"
)

// DomainError returns the domain error in err's chain. A timeout or cancellation
// of a downstream call becomes CodeUnavailable, any other error CodeInternal.
func DomainError(err error) *collaboration.Error {
	var e *collaboration.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	default:
		return &collaboration.Error{Code: collaboration.CodeInternal, Cause: err}
	}
}

// Unreadable returns the domain error for a request body that could not be read:
// CodeBodyTooLarge beyond the size limit, and otherwise CodeMalformedRequest.
func Unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &collaboration.Error{Code: collaboration.CodeBodyTooLarge, Cause: err}
	}
	return &collaboration.Error{Code: collaboration.CodeMalformedRequest, Cause: err}
}

// MergeFields concatenates field errors and keeps the first error of each field.
func MergeFields(lists ...[]collaboration.FieldError) []collaboration.FieldError {
	var merged []collaboration.FieldError
	for _, f := range slices.Concat(lists...) {
		if !slices.ContainsFunc(merged, func(m collaboration.FieldError) bool { return m.Field == f.Field }) {
			merged = append(merged, f)
		}
	}
	return merged
}

// RateLimited returns CodeRateLimited with a Retry-After of wait; nil if wait is zero.
func RateLimited(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return &collaboration.Error{Code: collaboration.CodeRateLimited, RetryAfter: wait}
}
