package temporalx

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
)

// CodeOf returns the catalogue's code of an activity's error:
//
//	nil, or the activity was cancelled   ""
//	application error of the catalogue   its type
//	timeout                              unavailable
//	any other error                      internal
//
// An activity that ran out of time after a failed attempt has the code of that attempt,
// which Temporal keeps as the timeout's cause.
func CodeOf(err error) collaboration.Code {
	var application *temporal.ApplicationError
	switch {
	case err == nil || temporal.IsCanceledError(err):
		return ""
	case errors.As(err, &application) && collaboration.Code(application.Type()).Known():
		return collaboration.Code(application.Type())
	case temporal.IsTimeoutError(err) || errors.Is(err, context.DeadlineExceeded):
		return collaboration.CodeUnavailable
	default:
		return collaboration.CodeInternal
	}
}

// IsNonRetryable reports whether an activity's error is final: the activity was
// cancelled, or Temporal does not retry the error.
func IsNonRetryable(err error) bool {
	var application *temporal.ApplicationError
	return temporal.IsCanceledError(err) || errors.As(err, &application) && application.NonRetryable()
}

// RetryDelay returns the delay that the other system requested before the next attempt; 0 if
// it did not ask.
func RetryDelay(err error) time.Duration {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return application.NextRetryDelay()
	}
	return 0
}

// ServiceError returns an error of Temporal's service as an error of the catalogue:
// activation_not_found for an execution that does not exist or is closed, internal for a
// request that Temporal does not accept as it is configured, such as one with a search
// attribute that is not registered, and unavailable for every other error.
func ServiceError(err error) error {
	var notFound *serviceerror.NotFound
	var invalid *serviceerror.InvalidArgument
	var denied *serviceerror.PermissionDenied
	var noNamespace *serviceerror.NamespaceNotFound
	switch {
	case err == nil:
		return nil
	case errors.As(err, &noNamespace), errors.As(err, &invalid), errors.As(err, &denied):
		return &collaboration.Error{Code: collaboration.CodeInternal, Cause: err}
	case errors.As(err, &notFound):
		return &collaboration.Error{Code: collaboration.CodeActivationNotFound, Cause: err}
	default:
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	}
}
