package activities

import (
	"errors"

	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
	"countersign/internal/temporalx"
)

// failure converts an error into Temporal's application error. The code becomes its type
// and decides whether Temporal retries. Temporal reads the outermost type only, so the
// callers return the result unwrapped.
func failure(err error) error {
	if err == nil {
		return nil
	}
	var e *collaboration.Error
	if !errors.As(err, &e) {
		e = &collaboration.Error{Code: temporalx.CodeOf(err), Cause: err}
	}
	options := temporal.ApplicationErrorOptions{
		NonRetryable:   !e.Code.Retryable(),
		NextRetryDelay: e.RetryAfter,
	}
	// A rejection is an expected outcome: a benign error does not alert operators.
	if e.Code.IsRejection() {
		options.Category = temporal.ApplicationErrorCategoryBenign
	}
	return temporal.NewApplicationErrorWithOptions(e.Error(), string(e.Code), options)
}
