package activities

import (
	"errors"

	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
)

// failure turns an error of the catalogue into the engine's: the code becomes
// its type and drives the retry. The outermost type decides whether the
// engine retries, so nothing wraps it again.
func failure(err error) error {
	if err == nil {
		return nil
	}
	var e *collaboration.Error
	if !errors.As(err, &e) {
		e = &collaboration.Error{Code: collaboration.CodeInternal, Cause: err}
	}
	options := temporal.ApplicationErrorOptions{
		NonRetryable:   !e.Code.Retryable(),
		NextRetryDelay: e.RetryAfter,
	}
	// What a caller did wrong is an expected outcome, not an operator's alarm.
	if s := e.Code.Status(); s >= 400 && s < 500 && !e.Code.Retryable() {
		options.Category = temporal.ApplicationErrorCategoryBenign
	}
	return temporal.NewApplicationErrorWithOptions(e.Error(), string(e.Code), options)
}

// isFinal reports whether the engine will not try again.
func isFinal(err error) bool {
	var application *temporal.ApplicationError
	return errors.As(err, &application) && application.NonRetryable()
}
