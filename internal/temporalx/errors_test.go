package temporalx_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
	"countersign/internal/temporalx"
)

// application returns the error that an activity returns for a code, as Temporal hands
// it to the workflow.
func application(code string, nonRetryable bool, delay time.Duration) error {
	return fmt.Errorf("activity: %w", temporal.NewApplicationErrorWithOptions("text", code, temporal.ApplicationErrorOptions{
		NonRetryable: nonRetryable, NextRetryDelay: delay,
	}))
}

func TestActivityErrors_AreClassified(t *testing.T) {
	t.Parallel()
	refused := application(string(collaboration.CodeTaskClosed), true, 0)
	rateLimited := application(string(collaboration.CodeMailRateLimited), false, time.Minute)
	for name, tt := range map[string]struct {
		err          error
		code         collaboration.Code
		nonRetryable bool
		delay        time.Duration
	}{
		"no error":                      {nil, "", false, 0},
		"refused":                       {refused, collaboration.CodeTaskClosed, true, 0},
		"asked to wait":                 {rateLimited, collaboration.CodeMailRateLimited, false, time.Minute},
		"type outside the catalogue":    {application("PanicError", false, 0), collaboration.CodeInternal, false, 0},
		"error outside the catalogue":   {errors.New("text"), collaboration.CodeInternal, false, 0},
		"cancelled":                     {temporal.NewCanceledError(), "", true, 0},
		"timed out":                     {temporal.NewTimeoutError(enums.TIMEOUT_TYPE_START_TO_CLOSE, nil), collaboration.CodeUnavailable, false, 0},
		"timed out after failure":       {temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, rateLimited), collaboration.CodeMailRateLimited, false, time.Minute},
		"timed out inside the activity": {fmt.Errorf("query: %w", context.DeadlineExceeded), collaboration.CodeUnavailable, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := temporalx.CodeOf(tt.err); got != tt.code {
				t.Errorf("code %q, want %q", got, tt.code)
			}
			if got := temporalx.IsNonRetryable(tt.err); got != tt.nonRetryable {
				t.Errorf("non-retryable %t, want %t", got, tt.nonRetryable)
			}
			if got := temporalx.RetryDelay(tt.err); got != tt.delay {
				t.Errorf("retry delay %s, want %s", got, tt.delay)
			}
		})
	}
}

func TestServiceError_IsOfTheCatalogue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want collaboration.Code
	}{
		{nil, ""},
		{serviceerror.NewNotFound("no such execution"), collaboration.CodeActivationNotFound},
		{serviceerror.NewUnavailable("no connection"), collaboration.CodeUnavailable},
		{&serviceerror.ResourceExhausted{Message: "too many updates"}, collaboration.CodeUnavailable},
		{context.DeadlineExceeded, collaboration.CodeUnavailable},
		{serviceerror.NewInvalidArgument("no mapping defined for search attribute Phase"), collaboration.CodeInternal},
		{serviceerror.NewPermissionDenied("no access to the namespace", ""), collaboration.CodeInternal},
		{serviceerror.NewNamespaceNotFound("nowhere"), collaboration.CodeInternal},
	} {
		err := temporalx.ServiceError(tt.err)
		if got := collaboration.CodeOf(err); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%v became %v, want the code %q and the cause", tt.err, err, tt.want)
		}
	}
}
